/** Facts about chips, each with its source. The user's own come before those that travel with MindPort. */
import known from './hardware.json';

export interface Fact {
  value: number;
  source: string;
}

export interface ChipFacts {
  /** as targets name it */
  id: string;
  title: string;
  /** other names runs use for it; case, spaces and punctuation do not count */
  names: string[];
  /** the first fact counts, the others are told beside it */
  memoryGB?: Fact[];
  fp16Tflops?: Fact[];
  fp32Tflops?: Fact[];
  bandwidthGBs?: Fact[];
  frameworks?: string[];
}

export const factFields = ['memoryGB', 'fp16Tflops', 'fp32Tflops', 'bandwidthGBs'] as const;
export type FactField = (typeof factFields)[number];

export const knownChips: readonly ChipFacts[] = known;

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/** The facts of the chip a run names, or null. */
export function chipNamed(name: string, chips: readonly ChipFacts[]): ChipFacts | null {
  const wanted = plain(name);
  return chips.find((chip) => [chip.id, chip.title, ...chip.names].some((other) => plain(other) === wanted)) ?? null;
}

/** The user's facts over the known ones: chips of the same id field by field, new ones in front. */
export function withUserChips(own: readonly ChipFacts[], chips: readonly ChipFacts[] = knownChips): ChipFacts[] {
  const merged = chips.map((chip) => {
    const mine = own.find(({ id }) => id === chip.id);
    return mine === undefined ? chip : { ...chip, ...mine, names: [...new Set([...mine.names, ...chip.names])] };
  });
  return [...own.filter(({ id }) => !chips.some((chip) => chip.id === id)), ...merged];
}

/** Where a file of chips is wrong: `chips[2].memoryGB[0].value`. */
export class ChipFactsError extends Error {
  constructor(readonly path: string) {
    super(`unexpected value: ${path}`);
  }
}

type Fields = Record<string, unknown>;

/**
 * Checks a list of chip facts as a user writes it (`[{ "id", "title"?, "names"?, "memoryGB"?: [{ "value", "source" }], … }]`).
 * Throws `ChipFactsError` with the place of what is wrong.
 */
export function parseChips(value: unknown): ChipFacts[] {
  if (!Array.isArray(value)) throw new ChipFactsError('chips');
  return value.map((item: unknown, i) => {
    const path = `chips[${i}]`;
    const chip = fieldsOf(item, path);
    const id = text(chip['id'], `${path}.id`);
    const facts: ChipFacts = { id, title: chip['title'] === undefined ? id : text(chip['title'], `${path}.title`), names: [] };
    if (chip['names'] !== undefined) facts.names = texts(chip['names'], `${path}.names`);
    if (chip['frameworks'] !== undefined) facts.frameworks = texts(chip['frameworks'], `${path}.frameworks`);
    for (const field of factFields) {
      const given = chip[field];
      if (given === undefined) continue;
      if (!Array.isArray(given) || given.length === 0) throw new ChipFactsError(`${path}.${field}`);
      facts[field] = given.map((entry: unknown, k) => {
        const at = `${path}.${field}[${k}]`;
        const fact = fieldsOf(entry, at);
        const amount = fact['value'];
        if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0) throw new ChipFactsError(`${at}.value`);
        // a fact without a source is an opinion
        return { value: amount, source: text(fact['source'], `${at}.source`) };
      });
    }
    return facts;
  });
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ChipFactsError(path);
  return value as Fields;
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 200) throw new ChipFactsError(path);
  return value;
}

function texts(value: unknown, path: string): string[] {
  if (!Array.isArray(value)) throw new ChipFactsError(path);
  return value.map((item: unknown, i) => text(item, `${path}[${i}]`));
}

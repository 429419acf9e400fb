/** What the evidence files say of an API: rows of `dist/catalog.json`, taken apart when they are first asked for. */
import type { ChosenTarget } from './targets';
import { fixed } from '../syntax/name-table';

/** The outcome of executing (or of checking otherwise) one API's examples. */
export interface Outcome {
  /** `stale`: of something else than what the record says now */
  state: 'agreed' | 'disagreed' | 'stale';
  /** largest relative error of the results; null where nothing was compared */
  forward: number | null;
  /** largest relative error of the gradients; null where there are none */
  grad: number | null;
  /** modes in which all examples agreed */
  modes: readonly ('pynative' | 'jit')[];
  calls: number;
  /** the day on which this outcome was first obtained, YYYY-MM-DD */
  date: string;
  /** how it was checked, where not by execution: `signature-checked`, `documented` */
  level: string | null;
  /** other inputs (dtypes, shapes, edge cases) with which every example agreed: `f16`, `empty` */
  also: readonly string[];
  /** and those with which one did not, in which way: `refused`, `differs` */
  not: readonly (readonly [variant: string, misfit: string])[];
  /** the parameters whose inputs the dtypes among them were for, `self` for the receiver; null: not said */
  of: readonly string[] | null;
}

const STATES: Record<string, Outcome['state']> = fixed({ y: 'agreed', n: 'disagreed', s: 'stale' });

const figure = (text: string | undefined): number | null => (text && Number.isFinite(Number(text)) ? Number(text) : null);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(text) : []);

/** `f16 i64|c64:refused|nan:differs` */
function variantsIn(packed: string): Pick<Outcome, 'also' | 'not'> {
  const [also = '', ...not] = packed.split('|');
  return {
    also: also.split(' ').filter(Boolean),
    not: not.flatMap((item) => {
      const [variant, misfit] = item.split(':');
      return variant && misfit ? [[variant, misfit] as const] : [];
    }),
  };
}

/** What many outcomes share, and the outcomes themselves: `evidence` of the packed catalog, taken apart when first asked for. */
export class EvidenceTables {
  private outcomes: readonly (Outcome | null)[] | null = null;

  /** @param packed `evidence` in the packed catalog, whatever it holds */
  constructor(private readonly packed: Record<string, unknown>) {}

  outcome(index: number): Outcome | null {
    this.outcomes ??= this.read();
    return this.outcomes[index] ?? null;
  }

  private read(): readonly (Outcome | null)[] {
    const { dates, levels, variants, params } = this.packed;
    const [days, kinds, others, concerned] = [strings(dates), strings(levels), strings(variants), strings(params)];
    return text(this.packed.outcomes)
      .split('\n')
      .map((row): Outcome | null => {
        const [state, forward, grad, modes, calls, date, level, more, of] = row.split(' ');
        if (!STATES[state ?? '']) return null;
        return {
          state: STATES[state!]!,
          forward: figure(forward),
          grad: figure(grad),
          modes: [...(modes?.includes('p') ? ['pynative' as const] : []), ...(modes?.includes('j') ? ['jit' as const] : [])],
          calls: figure(calls) ?? 0,
          date: days[Number(date)] ?? '',
          level: kinds[Number(level)] || null,
          ...variantsIn(others[Number(more)] ?? ''),
          of: concerned[Number(of)]?.split(' ') ?? null,
        };
      });
  }
}

/** The evidence of one framework version on one chip. */
export class EvidenceFile {
  readonly framework: string;
  readonly version: string;
  readonly chip: string;
  private outcomes: Map<string, Outcome> | null = null;

  /**
   * @param packed one element of `evidence.files` in the packed catalog, whatever it holds
   * @param names the records' names by row
   */
  constructor(
    private readonly packed: Record<string, unknown>,
    private readonly names: readonly (string | null)[],
    private readonly tables: EvidenceTables,
  ) {
    this.framework = text(packed.framework);
    this.version = text(packed.version);
    this.chip = text(packed.chip);
  }

  outcome(api: string): Outcome | undefined {
    return this.read().get(api);
  }

  get size(): number {
    return this.read().size;
  }

  private read(): ReadonlyMap<string, Outcome> {
    if (this.outcomes) return this.outcomes;
    this.outcomes = new Map();
    let at = -1;
    for (const row of text(this.packed.rows).split(',')) {
      const [first, second] = row.split(' ').map(Number);
      at += second === undefined ? 1 : first!;
      const api = this.names[at];
      const outcome = this.tables.outcome((second ?? first)!);
      if (api && outcome) this.outcomes.set(api, outcome);
    }
    return this.outcomes;
  }
}

/** The files that speak of a target, its own version first, then the others from new to old. Asked of every call: sorted once for a catalog. */
export function evidenceFor({ framework, chip, version }: ChosenTarget, files: readonly EvidenceFile[]): readonly EvidenceFile[] {
  let orders = ordersOf.get(files);
  if (!orders) ordersOf.set(files, (orders = new Map<string, readonly EvidenceFile[]>()));
  const key = `${framework}@${chip} ${version}`;
  let order = orders.get(key);
  if (!order) {
    const own = files.filter((file) => file.framework === framework && file.chip === chip);
    order = own.sort((a, b) => Number(b.version === version) - Number(a.version === version) || byVersion(b.version, a.version));
    orders.set(key, order);
  }
  return order;
}

/** By the evidence of a catalog, by target. */
const ordersOf = new WeakMap<readonly EvidenceFile[], Map<string, readonly EvidenceFile[]>>();

const byVersion = new Intl.Collator('en', { numeric: true }).compare;

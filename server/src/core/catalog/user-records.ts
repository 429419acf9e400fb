/**
 * Records and chips of the user's own (docs/catalog.md, "Records of your own"): text of a file → what can be used of it, and what is wrong with the
 * rest, with places. Nothing of a file is executed; what is kept is built anew from the fields that are known, so that no key can mean anything else.
 */
import { Families, noTensorOf } from '../semantics/families';
import type { Span } from '../syntax/ast';
import { buildValue, type JsonPath } from './json-shape';
import { parseJsonTree, JsonTreeError, type JsonNode } from './json-tree';
import type { ApiRecord } from './record';
import { RECORD, TARGETS } from './record-shape';
import type { UserLayer } from './load';
import { Targets, type TargetData, type TargetsData } from './targets';
import { problemsOf } from './validate';

/** A sentence of `l10n/records.*.json` about a place of the file. */
export interface FileProblem {
  message: { id: string; args: Record<string, string> };
  span: Span;
  /** `mappings/schema.json` says it too: an editor that validates with it has said it */
  structural: boolean;
}

export interface UserFile {
  records: ApiRecord[];
  targets: TargetData[];
  /** packages that are to be followed */
  packages: string[];
  problems: FileProblem[];
  /** where the names of the records stand */
  places: Map<ApiRecord, Span>;
}

/** One file as it was found. */
export interface UserSource {
  /** as shown to the user */
  file: string;
  /** files of one folder: a name may stand in one of them only; what comes later goes before what came earlier */
  folder: string;
  trusted: boolean;
  text: string;
}

/**
 * All files together: the layer for the catalog, and the problems by file.
 * @param sources in the order in which they are laid over each other
 */
export function readUserLayer(
  sources: readonly UserSource[],
  shipped: TargetsData,
  rewrites: ReadonlySet<string>,
): { layer: UserLayer; problems: Map<UserSource, FileProblem[]> } {
  const own = new Map<UserSource, UserFile>();
  const plain = new Targets(shipped);
  const shippedFamilies = new Families(shipped.packages);
  const chips = new Map<string, TargetData>();
  const packages = new Set<string>();
  for (const source of sources) {
    if (!mayHoldTargets(source.text)) continue;
    const file = readUserFile(source.text, plain, rewrites, shippedFamilies);
    own.set(source, file);
    for (const chip of file.targets) chips.set(chip.id, chip);
    for (const name of file.packages) packages.add(name);
  }
  const targets = new Targets(shipped, [...chips.values()]);
  const families = new Families([...shipped.packages, ...packages]);
  const records: UserLayer['records'][number][] = [];
  const problems = new Map<UserSource, FileProblem[]>();
  const owners = new Map<string, string>();
  for (const source of sources) {
    const { file, folder, trusted, text } = source;
    const read = own.get(source) ?? readUserFile(text, targets, rewrites, families);
    const said = [...read.problems];
    for (const record of read.records) {
      const key = `${folder}\n${record.torch}`;
      const owner = owners.get(key);
      if (owner === undefined) records.push({ record, origin: { file, trusted } });
      else
        said.push({
          message: { id: 'records.twiceElsewhere', args: { file: owner, name: record.torch } },
          span: read.places.get(record)!,
          structural: false,
        });
      owners.set(key, owner ?? file);
    }
    problems.set(source, said);
  }
  return { layer: { records, targets: [...chips.values()], packages: [...packages] }, problems };
}

/** A file of chips is an object, one of records an array. */
const mayHoldTargets = (text: string): boolean => /^\ufeff?\s*\{/.test(text.slice(0, 1_000));

/** Larger files are not read. */
export const MOST_CHARACTERS = 1_000_000;
const MOST_RECORDS = 5_000;

/**
 * @param targets those that records may name: the shipped ones, and the user's as far as they are known
 * @param rewrites names of the rewrites there are
 * @param families the packages that records may speak of: the shipped ones, and the user's as far as they are known
 */
export function readUserFile(text: string, targets: Targets, rewrites: ReadonlySet<string>, families: Families): UserFile {
  const file: UserFile = { records: [], targets: [], packages: [], problems: [], places: new Map() };
  const report = (id: string, span: Span, structural: boolean, args: Record<string, string> = {}): void =>
    void file.problems.push({ message: { id, args }, span, structural });
  if (text.length > MOST_CHARACTERS) {
    report('records.tooLarge', { start: 0, end: 1 }, false);
    return file;
  }
  let root: JsonNode;
  try {
    root = parseJsonTree(text);
  } catch (error) {
    if (!(error instanceof JsonTreeError)) throw error;
    report(
      error.id,
      { start: Math.min(error.at, Math.max(0, text.length - 1)), end: Math.min(error.at + 1, text.length) },
      error.id === 'records.json',
    );
    return file;
  }
  if (root.kind === 'object') readTargets(root, targets, file, report);
  else if (root.kind === 'array') readRecords(root.items, targets, rewrites, families, file, report);
  else report('records.root', root, true);
  return file;
}

type Report = (id: string, span: Span, structural: boolean, args?: Record<string, string>) => void;

function readTargets(root: JsonNode, shipped: Targets, file: UserFile, report: Report): void {
  const value = buildValue(root, TARGETS, (id, span, args) => report(id, span, true, args));
  if (value === undefined) return;
  const { targets: chips = [], packages = [] } = value as { targets?: Omit<TargetData, 'id'>[]; packages?: string[] };
  const ids = new Set<string>();
  for (const [i, { framework, chip, title }] of chips.entries()) {
    const node = nodeAt(root, ['targets', i]);
    const id = `${framework}@${chip}`;
    if (!Object.hasOwn(shipped.data.frameworks, framework))
      report('records.framework', nodeAt(root, ['targets', i, 'framework']), false, {
        name: framework,
        known: Object.keys(shipped.data.frameworks).join(', '),
      });
    else if (shipped.data.targets.some((target) => target.id === id) || ids.has(id)) report('records.chip', node, false, { name: id });
    else file.targets.push({ id, framework, chip, title });
    ids.add(id);
  }
  for (const [i, name] of packages.entries()) {
    if (isOrdinary(name)) report('records.packageOrdinary', nodeAt(root, ['packages', i]), false, { name });
    else file.packages.push(name);
  }
}

/** Packages that no program moves away from: NumPy, MindSpore, what comes with Python. */
const isOrdinary = (name: string): boolean =>
  noTensorOf(name) !== null || /^(?:builtins|typing|collections|__future__|mindport_ops)\b/.test(name);

function readRecords(
  items: readonly JsonNode[],
  targets: Targets,
  rewrites: ReadonlySet<string>,
  families: Families,
  file: UserFile,
  report: Report,
): void {
  const names = new Map<string, Span>();
  if (items.length > MOST_RECORDS) report('records.tooMany', items[MOST_RECORDS]!, false, { most: String(MOST_RECORDS) });
  for (const item of items.slice(0, MOST_RECORDS)) {
    const built = buildValue(item, RECORD, (id, span, args) => report(id, span, true, args));
    if (built === undefined) continue;
    const record: ApiRecord = {
      ...(built as Omit<ApiRecord, 'examples' | 'sources'> & Partial<ApiRecord>),
      examples: [],
      sources: (built as Partial<ApiRecord>).sources ?? [],
    };
    const problems = problemsOf(record, targets, rewrites);
    for (const { id, args, path } of problems) report(id, nodeAt(item, path), id === 'records.note', args);
    const place = nodeAt(item, ['torch']);
    if (!families.has(record.torch.replace(/\.\*$/, ''))) {
      report('records.package', place, false, { name: record.torch.split('.')[0]! });
      continue;
    }
    if (names.has(record.torch)) report('records.twice', place, false, { name: record.torch });
    else if (problems.length === 0) file.records.push(record);
    file.places.set(record, place);
    names.set(record.torch, place);
  }
}

/** The value at the end of a path, or the last one on the way. */
function nodeAt(root: JsonNode, path: JsonPath): JsonNode {
  let node = root;
  for (const step of path) {
    const next =
      typeof step === 'number'
        ? node.kind === 'array' && node.items[step]
        : node.kind === 'object' && node.members.findLast(({ key }) => key === step)?.value;
    if (!next) break;
    node = next;
  }
  return node;
}

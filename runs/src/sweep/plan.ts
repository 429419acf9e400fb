/** From the description of a sweep to the runs it consists of. Each row has its run id from the beginning: who goes on with a sweep starts no second run. */
import { resolve } from 'node:path';
import { newRunId } from '../directory';
import { RunError } from '../errors';
import { type Launcher, type LaunchDraft } from '../launch/launch';
import { type RunKind } from '../spec';
import { type RowValues, type RowsGiven, rowsOf } from './axes';

/** Runs at once on a machine, where the sweep says nothing; a scheduler has a queue of its own. */
export const usualLimit = { direct: 1, slurm: 8 };

export interface SweepRow {
  /** id of its run */
  run: string;
  name: string;
  values: RowValues;
  /** null: this machine */
  machine: string | null;
  /** folder of this machine with the program */
  folder: string;
  /** as typed, with the row's values put in */
  words: string[];
  env: Record<string, string>;
  /** interpreter; null: the machine's, or MINDPORT_PYTHON here */
  python: string | null;
  launch: LaunchDraft | null;
}

export interface Sweep {
  version: 1;
  id: string;
  name: string;
  kind: RunKind;
  createdAt: string;
  /** runs at once, by machine ("" is this one); null: the usual */
  limits: Record<string, number>;
  limit: number | null;
  rows: SweepRow[];
}

/** What a chip or a framework of the sweep needs that the others do not. */
interface Part {
  program?: string[];
  folder?: string;
  python?: string;
  machine?: string | null;
  env?: Record<string, string>;
  launcher?: Launcher;
  nodes?: number;
  /** devices of a node, from which a row has its nodes where `nodes` is not given */
  devicesPerNode?: number;
}

const known = [
  'name', 'kind', 'program', 'folder', 'python', 'machine', 'env', 'launcher', 'nodes', 'devicesPerNode', 'axes', 'rows', 'table', 'exclude', 'repeats', 'chips',
  'frameworks', 'limit', 'telemetry', 'minutes',
]; // prettier-ignore
const knownOfPart = ['program', 'folder', 'python', 'machine', 'env', 'launcher', 'nodes', 'devicesPerNode'];

/**
 * Plans a sweep from its description, as a file or the command line gives it. `base` is the folder its paths are relative to. In the words of the
 * program and in variables `{batch}`, `{devices}`, `{devices_per_node}`, `{nodes}`, `{framework}`, `{chip}`, `{precision}`, `{seed}`, `{workers}` and `{repeat}` stand
 * for the row's values. Throws `sweep.*` with the field at fault.
 */
export function planSweep(description: unknown, base: string, createdAt = new Date()): Sweep {
  const given = object(description, '', known);
  const name = text(given['name'] ?? 'sweep', 'name');
  const kind = given['kind'] ?? 'train';
  if (kind !== 'train' && kind !== 'infer') bad('kind');
  const chips = parts(given['chips'], 'chips');
  const frameworks = parts(given['frameworks'], 'frameworks');
  const whole = part(Object.fromEntries(Object.entries(given).filter(([field]) => knownOfPart.includes(field))), '');
  const telemetry = given['telemetry'] === undefined ? 1 : given['telemetry'];
  if (telemetry !== null && !(typeof telemetry === 'number' && telemetry >= 0.1 && telemetry <= 3600)) bad('telemetry');
  const minutes = given['minutes'] === undefined ? null : wholeNumber(given['minutes'], 'minutes', 527_040);
  const { limit, limits } = limitsOf(given['limit']);

  const rows = rowsOf(given as RowsGiven).map((values): SweepRow => {
    const { env: _whole, ...first } = whole;
    const own: Part = { ...first, ...chips[values.chip], ...frameworks[values.framework] };
    const env = { ...whole.env, ...chips[values.chip]?.env, ...frameworks[values.framework]?.env };
    const nodes = own.nodes ?? (own.devicesPerNode === undefined ? 1 : Math.ceil(values.devices / own.devicesPerNode));
    const put = (word: string): string => filled(word, values, nodes);
    if (own.program === undefined) throw new RunError('sweep.no_program', { framework: values.framework });
    const launcher = own.launcher ?? (values.devices > 1 ? (values.framework === 'mindspore' ? 'msrun' : 'torchrun') : 'plain');
    return {
      run: newRunId(),
      name: rowName(name, values),
      values,
      machine: own.machine ?? null,
      folder: resolve(base, own.folder ?? '.'),
      words: own.program.map(put),
      env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, put(value)])),
      python: own.python ?? null,
      launch: {
        launcher,
        nodes,
        telemetry: telemetry === null ? null : { seconds: telemetry as number },
        ...(minutes === null ? {} : { slurm: { minutes } }),
      },
    };
  });
  return { version: 1, id: newRunId(), name, kind: kind as RunKind, createdAt: createdAt.toISOString(), limit, limits, rows };
}

/** A sweep as it was stored. Throws `sweep.unreadable` for anything else. */
export function parseSweep(content: string, path: string): Sweep {
  try {
    const sweep = JSON.parse(content) as Sweep;
    if (sweep.version === 1 && Array.isArray(sweep.rows) && typeof sweep.id === 'string') return sweep;
  } catch {
    // said below
  }
  throw new RunError('sweep.unreadable', { path });
}

function rowName(name: string, { framework, chip, devices, batch, precision, seed, workers, repeat }: RowValues): string {
  const more = [
    batch === null ? '' : `b${batch}`,
    precision ?? '',
    seed === null ? '' : `s${seed}`,
    workers === null ? '' : `w${workers}`,
    repeat === 1 ? '' : `#${repeat}`,
  ];
  return [name, framework, `${chip}x${devices}`, ...more].filter(Boolean).join(' ');
}

function filled(word: string, values: RowValues, nodes: number): string {
  const holes: Record<string, string | number | null> = {
    ...values,
    nodes,
    devices_per_node: Math.max(1, Math.ceil(values.devices / nodes)),
  };
  return word.replace(/\{(\w+)\}/g, (hole, field: string) => {
    if (!Object.hasOwn(holes, field)) return hole;
    const value = holes[field];
    if (value === null || value === undefined) throw new RunError('sweep.no_value', { field });
    return String(value);
  });
}

function limitsOf(value: unknown): { limit: number | null; limits: Record<string, number> } {
  if (value === undefined || value === null) return { limit: null, limits: {} };
  if (typeof value === 'number') return { limit: wholeNumber(value, 'limit', 100_000), limits: {} };
  const each = object(value, 'limit', null);
  const limits = Object.entries(each).map(
    ([machine, most]) => [machine, wholeNumber(most, `limit.${machine.slice(0, 60)}`, 100_000)] as const,
  );
  return { limit: null, limits: Object.fromEntries(limits) };
}

function parts(value: unknown, at: string): Record<string, Part> {
  const each = object(value ?? {}, at, null);
  return Object.fromEntries(Object.entries(each).map(([name, given]) => [name, part(given, `${at}.${name.slice(0, 60)}`)]));
}

function part(value: unknown, at: string): Part {
  const given = object(value, at, knownOfPart);
  const field = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const result: Part = {};
  if (given['program'] !== undefined) {
    const { program } = given;
    if (!Array.isArray(program) || program.length === 0 || !program.every((word) => typeof word === 'string')) bad(field('program'));
    result.program = program as string[];
  }
  for (const name of ['folder', 'python'] as const) if (given[name] !== undefined) result[name] = text(given[name], field(name));
  if (given['machine'] !== undefined) result.machine = given['machine'] === null ? null : text(given['machine'], field('machine'));
  if (given['env'] !== undefined) {
    const env = object(given['env'], field('env'), null);
    result.env = Object.fromEntries(Object.entries(env).map(([name, each]) => [name, text(each, field(`env.${name.slice(0, 60)}`), true)]));
  }
  if (given['launcher'] !== undefined) {
    if (!['plain', 'torchrun', 'msrun'].includes(given['launcher'] as string)) bad(field('launcher'));
    result.launcher = given['launcher'] as Launcher;
  }
  if (given['nodes'] !== undefined) result.nodes = wholeNumber(given['nodes'], field('nodes'), 100_000);
  if (given['devicesPerNode'] !== undefined) result.devicesPerNode = wholeNumber(given['devicesPerNode'], field('devicesPerNode'), 4096);
  return result;
}

function bad(field: string): never {
  throw new RunError('sweep.bad_field', { field });
}

function object(value: unknown, at: string, names: readonly string[] | null): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) bad(at || 'sweep');
  for (const name of Object.keys(value as object)) if (names !== null && !names.includes(name)) bad(at === '' ? name : `${at}.${name}`);
  return value as Record<string, unknown>;
}

function text(value: unknown, at: string, empty = false): string {
  if (typeof value !== 'string' || (!empty && value.trim() === '') || value.length > 4096) bad(at);
  return value as string;
}

function wholeNumber(value: unknown, at: string, most: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most) bad(at);
  return value as number;
}

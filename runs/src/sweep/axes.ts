/** The rows of a sweep: every combination of its axes, or rows given one by one, as those of the paper's Tables 2 and 3. */
import { RunError } from '../errors';
import { type Framework } from '../spec';

/** What one row fixes. */
export interface RowValues {
  framework: Framework;
  chip: string;
  devices: number;
  batch: number | null;
  precision: string | null;
  seed: number | null;
  /** processes that load data beside each process of the program */
  workers: number | null;
  /** 1.. where a row is run several times */
  repeat: number;
}

export const axisNames = ['framework', 'chip', 'devices', 'batch', 'precision', 'seed', 'workers'] as const;
type AxisName = (typeof axisNames)[number];

/** Most rows of a sweep. */
const mostRows = 1000;

const frameworks = ['torch', 'torch_npu', 'mindspore'];

/** Rows of the paper's tables (arXiv:2510.17852): chip in our words, devices, batch size. */
const tables: Record<string, Partial<Record<AxisName, unknown>>[]> = {
  table2: [
    { framework: 'torch', chip: 'nvidia', devices: 16, batch: 2 },
    { framework: 'torch', chip: 'nvidia', devices: 16, batch: 1 },
    { framework: 'torch', chip: 'nvidia-3090', devices: 16, batch: 1 },
    { framework: 'torch_npu', chip: 'ascend910b', devices: 16, batch: 2 },
    { framework: 'torch_npu', chip: 'ascend910b', devices: 16, batch: 1 },
    { framework: 'torch', chip: 'dcu-z100l', devices: 16, batch: 1 },
    { framework: 'torch', chip: 'dcu-z100l', devices: 32, batch: 1 },
    { framework: 'torch', chip: 'dcu-z100l', devices: 64, batch: 1 },
  ],
  table3: [
    { framework: 'mindspore', chip: 'nvidia', devices: 16, batch: 2 },
    { framework: 'mindspore', chip: 'nvidia', devices: 16, batch: 1 },
    { framework: 'mindspore', chip: 'ascend910b', devices: 16, batch: 2 },
    { framework: 'mindspore', chip: 'ascend910b', devices: 16, batch: 1 },
  ],
};

export const tableNames = Object.keys(tables);

export interface RowsGiven {
  axes?: unknown;
  rows?: unknown;
  /** "table2" or "table3" */
  table?: unknown;
  exclude?: unknown;
  repeats?: unknown;
}

/**
 * The rows in their order: those of the table, those given, then the combinations of the axes (the last axis changes fastest), without the
 * excluded ones and each once. Throws `sweep.bad_field`, `sweep.no_rows` or `sweep.too_many`.
 */
export function rowsOf(given: RowsGiven): RowValues[] {
  const listed = [...tableRows(given.table), ...list(given.rows, 'rows').map((row, i) => values(row, `rows[${i}]`))];
  const combined = given.axes === undefined ? (listed.length === 0 ? [{}] : []) : combinations(given.axes);
  const excluded = list(given.exclude, 'exclude').map((row, i) => values(row, `exclude[${i}]`));
  const repeats = given.repeats === undefined ? 1 : count(given.repeats, 'repeats', 100);
  const rows: RowValues[] = [];
  const seen = new Set<string>();
  for (const row of [...listed, ...combined]) {
    const whole = complete(row);
    const key = JSON.stringify(whole);
    if (seen.has(key) || excluded.some((pattern) => matches(whole, pattern))) continue;
    seen.add(key);
    for (let repeat = 1; repeat <= repeats; repeat += 1) rows.push({ ...whole, repeat });
    if (rows.length > mostRows) throw new RunError('sweep.too_many', { most: String(mostRows) });
  }
  if (rows.length === 0) throw new RunError('sweep.no_rows');
  return rows;
}

type Row = Partial<Record<AxisName, unknown>>;

function tableRows(name: unknown): Row[] {
  if (name === undefined) return [];
  if (typeof name !== 'string' || !Object.hasOwn(tables, name)) throw new RunError('sweep.bad_field', { field: 'table' });
  return tables[name]!;
}

function combinations(given: unknown): Row[] {
  const axes = values(given, 'axes');
  let rows: Row[] = [{}];
  for (const name of axisNames) {
    const choices = axes[name];
    if (choices === undefined) continue;
    const many = Array.isArray(choices) ? choices : [choices];
    if (many.length === 0) throw new RunError('sweep.bad_field', { field: `axes.${name}` });
    rows = rows.flatMap((row) => many.map((value: unknown) => ({ ...row, [name]: value })));
    if (rows.length > mostRows) throw new RunError('sweep.too_many', { most: String(mostRows) });
  }
  return rows;
}

function complete(row: Row): RowValues {
  const { framework = 'torch', chip = 'cpu', devices = 1, batch = null, precision = null, seed = null, workers = null } = row;
  const bad = (field: string): never => {
    throw new RunError('sweep.bad_field', { field });
  };
  const word = (value: unknown): boolean => typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(value);
  if (!frameworks.includes(framework as string)) bad('framework');
  if (!word(chip)) bad('chip');
  if (precision !== null && !word(precision)) bad('precision');
  if (seed !== null && !Number.isSafeInteger(seed)) bad('seed');
  return {
    framework: framework as Framework,
    chip: chip as string,
    devices: count(devices, 'devices', 1_000_000),
    batch: batch === null ? null : count(batch, 'batch', 2 ** 31),
    precision: precision as string | null,
    seed: seed as number | null,
    workers: workers === null ? null : count(workers, 'workers', 10_000, 0),
    repeat: 1,
  };
}

function matches(row: RowValues, pattern: Row): boolean {
  return axisNames.every((name) => {
    const wanted = pattern[name];
    return wanted === undefined || (Array.isArray(wanted) ? wanted.includes(row[name]) : wanted === row[name]);
  });
}

function values(value: unknown, at: string): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RunError('sweep.bad_field', { field: at });
  for (const name of Object.keys(value)) {
    if (!(axisNames as readonly string[]).includes(name)) throw new RunError('sweep.bad_field', { field: `${at}.${name.slice(0, 60)}` });
  }
  return value;
}

function list(value: unknown, at: string): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new RunError('sweep.bad_field', { field: at });
  return value;
}

function count(value: unknown, at: string, most: number, least = 1): number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
    throw new RunError('sweep.bad_field', { field: at });
  return value as number;
}

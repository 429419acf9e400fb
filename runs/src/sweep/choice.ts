/** A sweep as chosen in a form, as the description that `planSweep` takes. */
import { type Framework, type RunKind } from '../spec';
import { type RowValues, type axisNames, rowsOf } from './axes';

export interface SweepChoice {
  name: string;
  kind: RunKind;
  /** folder of this machine with the program */
  folder: string;
  /** the script and its arguments, with {batch}, {devices}, … for the values of a row */
  words: readonly string[];
  /** the migrated program for rows of MindSpore; null: the same one */
  mindspore: { folder: string; words: readonly string[] } | null;
  /** rows of a table of the paper; null: the combinations of the axes */
  table: string | null;
  axes: Partial<Record<(typeof axisNames)[number], readonly (string | number)[]>>;
  repeats: number;
  /** chip → machine, null for this one, and devices of a node where runs may use several; rows of other chips are left out */
  chips: Record<string, { machine: string | null; devicesPerNode?: number }>;
  /** runs at once on a machine; null: the usual */
  limit: number | null;
  env: Record<string, string>;
}

/** The axes as they stand in a form: lists as typed, with commas between; an empty one is no axis. */
export interface TypedAxes {
  frameworks: readonly Framework[];
  chips: readonly string[];
  devices: string;
  batch: string;
  precision: string;
  workers: string;
}

export function typedAxes({ frameworks, chips, devices, batch, precision, workers }: TypedAxes): SweepChoice['axes'] {
  const axes: SweepChoice['axes'] = { framework: frameworks, chip: chips, devices: listed(devices).map(Number) };
  if (listed(batch).length > 0) axes.batch = listed(batch).map(Number);
  if (listed(precision).length > 0) axes.precision = listed(precision);
  if (listed(workers).length > 0) axes.workers = listed(workers).map(Number);
  return axes;
}

/** Axes of which rows have different values that the program is never told: its arguments hold no `{batch}`, `{precision}` or `{workers}`. */
export function untold({ axes, table, words, mindspore }: Pick<SweepChoice, 'axes' | 'table' | 'words' | 'mindspore'>): string[] {
  const told = [words, ...(mindspore === null ? [] : [mindspore.words])];
  return (['batch', 'precision', 'workers'] as const).filter(
    (axis) => table === null && (axes[axis]?.length ?? 0) > 1 && !told.every((each) => each.some((word) => word.includes(`{${axis}}`))),
  );
}

/** The items of a list as typed. */
export const listed = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

/** Rows of the table or the axes before chips without a machine are left out. */
export function chosenRows({ table, axes, repeats }: Pick<SweepChoice, 'table' | 'axes' | 'repeats'>): RowValues[] {
  return rowsOf({ ...(table === null ? { axes } : { table }), repeats });
}

export function describeSweep(choice: SweepChoice): Record<string, unknown> {
  const { name, kind, folder, words, mindspore, table, axes, repeats, chips, limit, env } = choice;
  const rows = chosenRows(choice);
  const absent = [...new Set(rows.map(({ chip }) => chip))].filter((chip) => chips[chip] === undefined);
  return {
    name,
    kind,
    folder,
    program: [...words],
    ...(table === null ? { axes } : { table }),
    ...(absent.length === 0 ? {} : { exclude: absent.map((chip) => ({ chip })) }),
    repeats,
    chips,
    ...(mindspore === null ? {} : { frameworks: { mindspore: { folder: mindspore.folder, program: [...mindspore.words] } } }),
    ...(limit === null ? {} : { limit }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}

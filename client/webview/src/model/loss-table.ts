/** The loss of a run as columns, from either form of the document. A column is made when it is asked for; nothing but small facts is kept. */
import type { NumberColumn, RunSummary } from '../../../../runs/src/results/document';
import { toldValues, unpackColumn, type LossColumnName } from '../../../../runs/src/results/loss-columns';

export type Numbers = Float64Array | Float32Array;

export type LossSide = 'train' | 'validation';

type Run = Pick<RunSummary, 'loss' | 'lossColumns'>;

/** How many points there are. */
export function lossCount(run: Run): number {
  return run.lossColumns?.n ?? run.loss.length;
}

/** the run that was asked for last: its columns are asked for one after the other, those of all runs would fill the memory */
let latest: { run: Run; columns: Map<LossColumnName, Numbers> } | null = null;

/** One column, not to be changed; NaN where a point has no such value. */
export function lossColumn(run: Run, name: LossColumnName): Numbers {
  if (latest?.run !== run) latest = { run, columns: new Map() };
  let column = latest.columns.get(name);
  if (!column) {
    const { lossColumns: columns } = run;
    column = columns ? columnOf(columns[name], columns.n) : Float64Array.from(run.loss, (point) => point[name] ?? Number.NaN);
    latest.columns.set(name, column);
  }
  return column;
}

/** counters of steps are the same for many runs */
const ramps = new Map<string, Float32Array>();
const mostRamps = 8;

function columnOf(column: NumberColumn, n: number): Float32Array {
  if (column.form !== 'ramp') return unpackColumn(column, n);
  const key = `${column.first} ${column.step} ${n}`;
  let ramp = ramps.get(key);
  if (!ramp) {
    if (ramps.size === mostRamps) ramps.clear();
    ramps.set(key, (ramp = unpackColumn(column, n)));
  }
  return ramp;
}

/**
 * The points of one side, among all points of the run: which ones (null: all, in order), and their values. A point without a number on this side is
 * left out; one without a number on either side was not finite and stays, as NaN.
 */
export function lossSide(run: Run, side: LossSide): { at: Uint32Array | null; values: Numbers } {
  const other = side === 'train' ? 'validation' : 'train';
  const column = run.lossColumns?.[side];
  if (column?.form === 'sparse' && !hasGap(lossColumn(run, other))) {
    const told = toldValues(column);
    const n = lossCount(run);
    // ascending places and numbers, as they are written
    if (told.at.length === told.values.length && told.at.every((at, k) => at < n && at > (told.at[k - 1] ?? -1)) && !hasGap(told.values))
      return told;
  }
  const values = lossColumn(run, side);
  if (!hasGap(values)) return { at: null, values };
  const others = lossColumn(run, other);
  const at = new Uint32Array(values.length);
  let kept = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!) || Number.isNaN(others[i]!)) at[kept++] = i;
  return kept === values.length ? { at: null, values } : { at: at.subarray(0, kept), values: picked(values, at.subarray(0, kept)) };
}

/** The values at some points. */
export function picked(values: Numbers, at: Uint32Array): Numbers {
  const chosen = values instanceof Float32Array ? new Float32Array(at.length) : new Float64Array(at.length);
  for (let k = 0; k < at.length; k++) chosen[k] = values[at[k]!]!;
  return chosen;
}

function hasGap(values: Numbers): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return true;
  return false;
}

const longest = new WeakMap<Run, number>();

/** Seconds since the run started, of the latest point. */
export function longestTime(run: Run): number {
  let time = longest.get(run);
  if (time === undefined) {
    time = 0;
    for (const t of lossColumn(run, 't')) if (t > time) time = t;
    longest.set(run, time);
  }
  return time;
}

export interface LossFacts {
  /** lowest validation loss and where it was reached */
  best: { value: number; epoch: number } | null;
  /** points with neither value: they were not finite */
  broken: number;
}

const known = new WeakMap<Run, LossFacts>();

export function lossFacts(run: Run): LossFacts {
  let facts = known.get(run);
  if (facts) return facts;
  facts = { best: null, broken: 0 };
  const { at, values } = lossSide(run, 'validation');
  let best = -1;
  for (let k = 0; k < values.length; k++) {
    if (Number.isNaN(values[k]!)) facts.broken++;
    else if (best < 0 || values[k]! < values[best]!) best = k;
  }
  if (best >= 0) facts.best = { value: values[best]!, epoch: lossColumn(run, 'epoch')[at ? at[best]! : best]! };
  known.set(run, facts);
  return facts;
}

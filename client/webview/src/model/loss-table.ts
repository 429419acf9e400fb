/** The loss of a run as columns, from either form of the document. A column is made when it is asked for; nothing but small facts is kept. */
import type { RunSummary } from '../../../../runs/src/results/document';
import { unpackColumn, type LossColumnName } from '../../../../runs/src/results/loss-columns';

export type Numbers = Float64Array | Float32Array;

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
    column = columns ? unpackColumn(columns[name], columns.n) : Float64Array.from(run.loss, (point) => point[name] ?? Number.NaN);
    latest.columns.set(name, column);
  }
  return column;
}

/** Seconds since the run started, of the latest point. */
export function longestTime(run: Run): number {
  let longest = 0;
  for (const t of lossColumn(run, 't')) if (t > longest) longest = t;
  return longest;
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
  const [epoch, train, validation] = [lossColumn(run, 'epoch'), lossColumn(run, 'train'), lossColumn(run, 'validation')];
  for (let i = 0; i < train.length; i++) {
    const value = validation[i]!;
    if (Number.isNaN(value)) {
      if (Number.isNaN(train[i]!)) facts.broken++;
    } else if (!facts.best || value < facts.best.value) facts.best = { value, epoch: epoch[i]! };
  }
  known.set(run, facts);
  return facts;
}

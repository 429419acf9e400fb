/** Curves as the plots draw them: plain arrays of x and y, ascending in x, NaN where the line must break. */
import type { LossPoint, RunSummary, ScoreCurve } from '../../../../runs/src/results/document';

export type LossAxis = 'epoch' | 'step' | 'time';

export interface Line {
  x: Float64Array;
  y: Float64Array;
}

export interface TimeUnit {
  unit: 's' | 'min' | 'h';
  seconds: number;
}

/** The unit in which times up to `longest` seconds read best. */
export function timeUnit(longest: number): TimeUnit {
  if (longest >= 2 * 3600) return { unit: 'h', seconds: 3600 };
  if (longest >= 300) return { unit: 'min', seconds: 60 };
  return { unit: 's', seconds: 1 };
}

/**
 * One side of a run's loss. A point without a number on this side is left out (validation is measured once an epoch, training at every step);
 * a point without a number on either side was not finite and breaks the line. Over epochs, several points of one epoch become their mean.
 */
export function lossLine(points: readonly LossPoint[], side: 'train' | 'validation', axis: LossAxis, time: TimeUnit): Line {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const point of points) {
    const value = point[side];
    const broken = point.train === null && point.validation === null;
    if (value === null && !broken) continue;
    xs.push(axis === 'epoch' ? point.epoch : axis === 'step' ? point.step : point.t / time.seconds);
    ys.push(value ?? Number.NaN);
  }
  const line = ascending(xs, ys);
  return axis === 'epoch' ? meanPerX(line) : line;
}

/** Sorts by x where a resumed or merged log steps back; the order of equal x stays. */
function ascending(xs: number[], ys: number[]): Line {
  let sorted = true;
  for (let i = 1; i < xs.length && sorted; i++) sorted = xs[i]! >= xs[i - 1]!;
  if (sorted) return { x: Float64Array.from(xs), y: Float64Array.from(ys) };
  const order = xs.map((_, i) => i).sort((a, b) => xs[a]! - xs[b]!);
  return { x: Float64Array.from(order, (i) => xs[i]!), y: Float64Array.from(order, (i) => ys[i]!) };
}

function meanPerX({ x, y }: Line): Line {
  const xs: number[] = [];
  const ys: number[] = [];
  for (let i = 0; i < x.length;) {
    let sum = 0;
    let n = 0;
    let j = i;
    for (; j < x.length && x[j] === x[i]; j++) {
      if (Number.isNaN(y[j]!)) continue;
      sum += y[j]!;
      n++;
    }
    xs.push(x[i]!);
    ys.push(n ? sum / n : Number.NaN);
    i = j;
  }
  return { x: Float64Array.from(xs), y: Float64Array.from(ys) };
}

/** A score over lead time in hours. */
export function scoreLine(curve: ScoreCurve | undefined): Line {
  const points = [...(curve?.points ?? [])].sort((a, b) => a.leadHours - b.leadHours);
  return { x: Float64Array.from(points, (p) => p.leadHours), y: Float64Array.from(points, (p) => p.value ?? Number.NaN) };
}

export interface Extent {
  min: number;
  max: number;
}

/** Smallest and largest finite value of `y` where x lies in `within`; null when there is none. With `positive`, only values above 0 count. */
export function extentOf(lines: readonly Line[], of: 'x' | 'y', options: { within?: Extent; positive?: boolean } = {}): Extent | null {
  const { within, positive } = options;
  let min = Infinity;
  let max = -Infinity;
  for (const line of lines) {
    const values = line[of];
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value) || (positive && value <= 0)) continue;
      if (within && (line.x[i]! < within.min || line.x[i]! > within.max)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? { min, max } : null;
}

/** An extent with a little air, never empty; on a log axis the air is a factor. */
export function padded(extent: Extent | null, log: boolean): Extent {
  if (!extent) return log ? { min: 0.1, max: 1 } : { min: 0, max: 1 };
  if (log) {
    const factor = extent.max / extent.min > 1 ? (extent.max / extent.min) ** 0.05 : 1.5;
    return { min: extent.min / factor, max: extent.max * factor };
  }
  const air = (extent.max - extent.min) * 0.05 || Math.abs(extent.max) * 0.1 || 1;
  return { min: extent.min - air, max: extent.max + air };
}

/** Lowest validation loss of a run and where it was reached. */
export function bestValidation(run: RunSummary): { value: number; epoch: number } | null {
  let best: { value: number; epoch: number } | null = null;
  for (const point of run.loss) {
    if (point.validation !== null && (!best || point.validation < best.value)) best = { value: point.validation, epoch: point.epoch };
  }
  return best;
}

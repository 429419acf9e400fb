/** Curves as the plots draw them: plain arrays of x and y, ascending in x, NaN where the line must break. */
import type { RunSummary, ScoreCurve } from '../../../../runs/src/results/document';
import { lowerBound } from './downsample';
import { lossColumn, lossSide, picked, type LossSide, type Numbers } from './loss-table';
import { pyramidOf, type Range } from './pyramid';

export type LossAxis = 'epoch' | 'step' | 'time';

export interface Line {
  x: Numbers;
  y: Numbers;
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
export function lossLine(run: Pick<RunSummary, 'loss' | 'lossColumns'>, side: LossSide, axis: LossAxis, time: TimeUnit): Line {
  const { at, values } = lossSide(run, side);
  const all = lossColumn(run, axis === 'time' ? 't' : axis);
  let x = at ? picked(all, at) : all;
  if (axis === 'time' && time.seconds !== 1) x = x.map((seconds) => seconds / time.seconds);
  const line = ascending(x, values);
  return axis === 'epoch' ? meanPerX(line) : line;
}

/** columns that were looked through and ascend: counters of steps are shared by many runs */
const sorted = new WeakSet<Numbers>();

/** Sorts by x where a resumed or merged log steps back; the order of equal x stays. */
function ascending(x: Numbers, y: Numbers): Line {
  let ascends = true;
  if (!sorted.has(x)) for (let i = 1; i < x.length && ascends; i++) ascends = x[i]! >= x[i - 1]!;
  if (ascends) {
    sorted.add(x);
    return { x, y };
  }
  const order = Uint32Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]! || a - b);
  return { x: picked(x, order), y: picked(y, order) };
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

/**
 * Smallest and largest x of the lines, and smallest and largest value of `y` where x lies in `within`; null when there is none. With `positive`,
 * only values above 0 count.
 */
export function extentOf(lines: readonly Line[], of: 'x' | 'y', options: { within?: Extent; positive?: boolean } = {}): Extent | null {
  const { within, positive = false } = options;
  let min = Infinity;
  let max = -Infinity;
  const range: Range = { min, max };
  for (const { x, y } of lines) {
    if (x.length === 0) continue;
    if (of === 'x') {
      // x ascends
      range.min = x[0]!;
      range.max = x[x.length - 1]!;
    } else {
      const from = within ? lowerBound(x, within.min) : 0;
      let to = within ? lowerBound(x, within.max) : x.length;
      while (within && to < x.length && x[to]! <= within.max) to++;
      pyramidOf(y, positive).extremes(from, to, range);
    }
    if (range.min < min && Number.isFinite(range.min)) min = range.min;
    if (range.max > max && Number.isFinite(range.max)) max = range.max;
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

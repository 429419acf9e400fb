/** Spread of a sample: order statistics by linear interpolation between closest ranks. */
import { type Measure } from '../results/document';

/** The quantile `q` (0..1) of ascending `sorted`; NaN for no values. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const below = sorted[low]!;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return below + (above - below) * (at - low);
}

/** A measure over the finite ones of `values`: its value is their mean or median; with none it is missing for the reason given. */
export function measureOf(values: readonly number[], value: 'mean' | 'median', reason: NonNullable<Measure['missing']>): Measure {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return missing(reason);
  const median = quantile(sorted, 0.5);
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  const measure: Measure = { value: value === 'mean' ? mean : median, n: sorted.length };
  if (sorted.length > 1) Object.assign(measure, { min: sorted[0], median, max: sorted.at(-1), p95: quantile(sorted, 0.95) });
  return measure;
}

export function single(value: number): Measure {
  return { value, n: 1 };
}

/** Not measured, and why. */
export function missing(reason: NonNullable<Measure['missing']>): Measure {
  return { value: null, n: 0, missing: reason };
}

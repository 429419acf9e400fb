/** Comparing a measure with the baseline's. */
import type { Measure } from '../../../../runs/src/results/document';
import type { MeasureKind } from './measures';

export type Verdict = 'better' | 'worse' | 'within' | 'single' | 'none';

export interface Comparison {
  row: number;
  base: number;
  /** row ÷ base */
  ratio: number;
  /** (row − base) ÷ base, as a fraction */
  change: number;
  verdict: Verdict;
}

/**
 * Ratio and relative change against the baseline, or null where there is none (a value is missing, or the baseline is 0).
 * Better or worse is said only when both sides rest on several samples and their ranges min..max do not touch.
 */
export function compareMeasures(row: Measure, base: Measure, better: MeasureKind['better']): Comparison | null {
  if (row.value === null || base.value === null || base.value === 0) return null;
  const ratio = row.value / base.value;
  const change = (row.value - base.value) / Math.abs(base.value);
  if (!Number.isFinite(ratio) || !Number.isFinite(change)) return null;
  return { row: row.value, base: base.value, ratio, change, verdict: verdict(row, base, better) };
}

function verdict(row: Measure, base: Measure, better: MeasureKind['better']): Verdict {
  if (better === 'neither') return 'none';
  if (!hasSpread(row) || !hasSpread(base)) return 'single';
  const lower = row.max < base.min;
  const higher = row.min > base.max;
  if (!lower && !higher) return 'within';
  return lower === (better === 'lower') ? 'better' : 'worse';
}

/** True when the measure rests on more than one sample and its range is known. */
export function hasSpread(measure: Measure): measure is Measure & { min: number; max: number } {
  return measure.n > 1 && Number.isFinite(measure.min) && Number.isFinite(measure.max);
}

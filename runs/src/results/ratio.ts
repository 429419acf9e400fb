/** Ratio columns: a row's figure over the baseline's. */
import { type Measure } from './document';

/** `row / baseline`; null when either is missing or the baseline is 0. */
export function ratio(row: Measure, baseline: Measure): number | null {
  if (row.value === null || baseline.value === null || baseline.value === 0) return null;
  return row.value / baseline.value;
}

/** A ratio as signed per cent: 0.9 is "-10.0 %". */
export function percent(value: number): string {
  const change = (value - 1) * 100;
  return `${change >= 0 ? '+' : '-'}${Math.abs(change).toFixed(1)} %`;
}

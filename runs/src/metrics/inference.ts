/** Time per inference step: median and 95th percentile, warm-up dropped. */
import { type Measure } from '../results/document';
import { measureOf, missing } from './spread';

export interface InferenceStep {
  seconds: number;
  /** as the program marks it; null when it does not */
  warmup: boolean | null;
}

/** Drops the steps the program marks as warm-up; when it marks none, the first `warmupSteps`. */
export function inferenceTime(steps: readonly InferenceStep[], warmupSteps: number): Measure {
  if (steps.length === 0) return missing('not_reported');
  const marked = steps.some((step) => step.warmup !== null);
  const timed = steps.filter((step, i) => (marked ? step.warmup !== true : i >= warmupSteps));
  return measureOf(
    timed.map((step) => step.seconds),
    'median',
    'incomplete',
  );
}

/** Distribution of step times: every drawn step of a run, its quartiles, median and 95th percentile. */
import type { Measure, RunSummary, StepTimes } from '../../../../runs/src/results/document';

export type StepKind = 'training' | 'inference';

export interface StepStrip {
  run: RunSummary;
  kind: StepKind;
  /** seconds, ascending; all that the document holds */
  seconds: Float64Array;
  /** how many steps there were */
  of: number;
  lower: number;
  upper: number;
  /** of all steps where the run reported them (warm-up dropped, as its definition says), else of `seconds` */
  median: number;
  p95: number;
}

/** One strip for every run and kind that has step times: training first. */
export function stepStrips(runs: readonly RunSummary[]): StepStrip[] {
  return (['training', 'inference'] as const).flatMap((kind) =>
    runs.flatMap((run) => {
      const strip =
        kind === 'training'
          ? stripOf(run, kind, run.trainingSteps, run.secondsPerStep)
          : stripOf(run, kind, run.inferenceSteps, run.inferenceSecondsPerStep);
      return strip ? [strip] : [];
    }),
  );
}

function stripOf(run: RunSummary, kind: StepKind, steps: StepTimes | undefined, measure: Measure): StepStrip | null {
  const seconds = Float64Array.from(steps?.seconds.filter((value) => Number.isFinite(value)) ?? []).sort();
  if (!steps || seconds.length === 0) return null;
  return {
    run,
    kind,
    seconds,
    of: Math.max(steps.of, seconds.length),
    lower: quantile(seconds, 0.25),
    upper: quantile(seconds, 0.75),
    median: measure.median ?? quantile(seconds, 0.5),
    p95: measure.p95 ?? quantile(seconds, 0.95),
  };
}

/** Quantile of ascending values, linear between neighbours (Hyndman and Fan's type 7, the default of NumPy). */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low]!;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return below + (above - below) * (at - low);
}

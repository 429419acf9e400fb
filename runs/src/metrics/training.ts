/** Figures of a training run: time per epoch, convergence epoch, training time. */
import { type Measure } from '../results/document';
import { measureOf, missing, single } from './spread';

export interface ConvergenceRule {
  /** epochs looked ahead */
  window: number;
  /** least relative improvement that counts */
  epsilon: number;
}

export const convergenceRule: ConvergenceRule = { window: 5, epsilon: 0.005 };

export interface EpochRecord {
  epoch: number;
  seconds: number | null;
  train: number | null;
  validation: number | null;
}

/** Mean over the epochs after the first, and the first apart: it holds compilation. `epochs` ascending. */
export function epochTimes(epochs: readonly EpochRecord[]): { first: Measure; rest: Measure } {
  const seconds = epochs.map((epoch) => epoch.seconds);
  const first = seconds[0];
  const rest = seconds.slice(1).filter((s) => s !== null);
  return {
    first: first == null || !Number.isFinite(first) ? missing('not_reported') : single(first),
    rest: measureOf(rest, 'mean', first == null ? 'not_reported' : 'incomplete'),
  };
}

/**
 * The first epoch e whose best validation loss improves by less than `epsilon` (relative) in (e, e + window]. Only epochs with the whole
 * window behind them can qualify. Losses that are no finite number never are the best.
 */
export function convergenceEpoch(epochs: readonly EpochRecord[], rule: ConvergenceRule = convergenceRule): Measure {
  const told = epochs.filter((epoch) => epoch.validation !== null);
  const last = told.at(-1);
  if (last === undefined) return missing('not_reported');
  let best = Infinity;
  for (const [i, { epoch, validation }] of told.entries()) {
    best = Math.min(best, finiteOr(validation, Infinity));
    if (!Number.isFinite(best) || epoch + rule.window > last.epoch) continue;
    let later = best;
    for (let j = i + 1; j < told.length && told[j]!.epoch <= epoch + rule.window; j += 1) {
      later = Math.min(later, finiteOr(told[j]!.validation, Infinity));
    }
    const improvement = best === later ? 0 : (best - later) / Math.abs(best);
    if (improvement < rule.epsilon) return single(epoch);
  }
  return missing('not_converged');
}

function finiteOr(value: number | null, other: number): number {
  return value !== null && Number.isFinite(value) ? value : other;
}

/** Time per epoch × convergence epoch. */
export function trainingTime(perEpoch: Measure, convergence: Measure): Measure {
  if (perEpoch.value === null) return missing(perEpoch.missing ?? 'not_reported');
  if (convergence.value === null) return missing(convergence.missing ?? 'not_converged');
  return { value: perEpoch.value * convergence.value, n: perEpoch.n };
}

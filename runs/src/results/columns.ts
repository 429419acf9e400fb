/** Columns of the exported tables, in the order of the paper's: what ran, how it trained, how it infers, how good it is. */
import { type Language, type MessageKey, render } from '../messages';
import { type Measure, type RunSummary } from './document';

export interface MeasureColumn {
  key: MessageKey;
  /** column name in CSV, the same in every language */
  name: string;
  of(run: RunSummary): Measure;
  /** whether a ratio to the baseline row is shown beside it */
  compared: boolean;
}

export interface TextColumn {
  key: MessageKey;
  name: string;
  of(run: RunSummary): string;
}

const shown = (value: string | number | null): string => (value === null ? '' : String(value));

export const textColumns: readonly TextColumn[] = [
  { key: 'column.name', name: 'name', of: (run) => run.name },
  { key: 'column.kind', name: 'kind', of: (run) => run.kind },
  { key: 'column.state', name: 'state', of: (run) => run.state },
  { key: 'column.framework', name: 'framework', of: (run) => [run.framework, run.frameworkVersion].filter(Boolean).join(' ') },
  { key: 'column.mode', name: 'mode', of: (run) => shown(run.mode) },
  { key: 'column.chip', name: 'chip', of: (run) => run.chip },
  { key: 'column.devices', name: 'devices', of: (run) => String(run.devices) },
  { key: 'column.precision', name: 'precision', of: (run) => run.precision },
  { key: 'column.batch', name: 'batch', of: (run) => shown(run.batch) },
  { key: 'column.workers', name: 'workers', of: (run) => shown(run.workers ?? null) },
];

/** Score at the longest lead time told, of the first variable told. */
function score(run: RunSummary, metric: 'rmse' | 'acc'): Measure {
  const point = run.scores.find((curve) => curve.metric === metric)?.points.at(-1);
  if (point?.value != null) return { value: point.value, n: 1 };
  return { value: null, n: 0, missing: run.kind === 'train' ? 'not_run' : 'not_reported' };
}

/** What the score columns show: "t2m at 36 h". */
export function scoreLabel(run: RunSummary): string {
  const curve = run.scores[0];
  const point = curve?.points.at(-1);
  return curve === undefined || point === undefined ? '' : `${curve.variable} ${point.leadHours} h`;
}

export const measureColumns: readonly MeasureColumn[] = [
  { key: 'column.secondsPerEpoch', name: 'seconds_per_epoch', of: (run) => run.secondsPerEpoch, compared: true },
  { key: 'column.firstEpochSeconds', name: 'first_epoch_seconds', of: (run) => run.firstEpochSeconds, compared: false },
  { key: 'column.convergenceEpoch', name: 'convergence_epoch', of: (run) => run.convergenceEpoch, compared: false },
  { key: 'column.trainingSeconds', name: 'training_seconds', of: (run) => run.trainingSeconds, compared: true },
  { key: 'column.secondsPerStep', name: 'seconds_per_step', of: (run) => run.secondsPerStep, compared: true },
  {
    key: 'column.inferenceSecondsPerStep',
    name: 'inference_seconds_per_step',
    of: (run) => run.inferenceSecondsPerStep,
    compared: true,
  },
  { key: 'column.rmse', name: 'rmse', of: (run) => score(run, 'rmse'), compared: false },
  { key: 'column.acc', name: 'acc', of: (run) => score(run, 'acc'), compared: false },
  { key: 'column.finalLoss', name: 'final_loss', of: (run) => run.finalLoss, compared: false },
  { key: 'column.bestValidationLoss', name: 'best_validation_loss', of: (run) => run.bestValidationLoss, compared: false },
  { key: 'column.energyJoules', name: 'energy_joules', of: (run) => run.energyJoules, compared: true },
  { key: 'column.meanPowerWatts', name: 'mean_power_watts', of: (run) => run.meanPowerWatts, compared: false },
];

/** A number for people: four significant digits, whole numbers as they are. */
export function figure(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  return size >= 1e5 || (size < 1e-3 && size > 0) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** Why a figure is missing, in words. */
export function missingText(measure: Measure, language: Language): string {
  return render(language, `missing.${measure.missing ?? 'not_reported'}`);
}

/**
 * The comparison document: everything the results page shows, as plain JSON. Made by `results/compare.ts` from run directories, drawn by
 * `client/webview`, embedded in the standalone HTML report. Numbers that were not measured are null and say why; no number stands without
 * its definition.
 */
import { type ChipFacts } from './tables/hardware';

/** A number with how it came about. `value` null means not measured, for the reason `missing` (an l10n key of the page). */
export interface Measure {
  value: number | null;
  /** samples it rests on; with n > 1 min, median and max are given */
  n: number;
  min?: number;
  median?: number;
  max?: number;
  p95?: number;
  missing?: 'energy.no_sensor' | 'not_reported' | 'not_run' | 'not_converged' | 'incomplete';
}

export interface LossPoint {
  epoch: number;
  step: number;
  /** seconds since run_start */ t: number;
  train: number | null;
  validation: number | null;
}

/** Float32 or uint32 numbers, little-endian, in base64. */
type Block = string;

/** The values of `n` points in the shortest of four forms. */
export type NumberColumn =
  /** one float32 a point; NaN: none */
  | { form: 'dense'; values: Block }
  /** first + i × step */
  | { form: 'ramp'; first: number; step: number }
  /** the point `at[k]` (uint32, ascending, the first 0) and those after it have `values[k]` */
  | { form: 'held'; at: Block; values: Block }
  /** the points `at` have `values`, all others none */
  | { form: 'sparse'; at: Block; values: Block };

/** The loss of a long run: the members of `LossPoint` as columns, numbers with the precision of float32. */
export interface LossColumns {
  n: number;
  epoch: NumberColumn;
  step: NumberColumn;
  t: NumberColumn;
  train: NumberColumn;
  validation: NumberColumn;
}

/** One curve of a score over lead time. */
export interface ScoreCurve {
  metric: 'rmse' | 'acc';
  /** id of the definition in `definitions` */
  definition: string;
  variable: string;
  units: string;
  /** who computed it: the program itself, or MindPort's metrics tool from saved fields (absent: the program) */
  by?: 'program' | 'tool';
  /** id of the climatology the anomalies are taken from, and of the mask whose cells were left out; null where there is none */
  climatology?: string | null;
  mask?: string | null;
  /** n: forecasts a value rests on */
  points: { leadHours: number; value: number | null; n?: number }[];
}

/** One field on a latitude-longitude grid, for maps. */
export interface FieldMap {
  variable: string;
  units: string;
  leadHours: number;
  /** ISO 8601, or null where the data do not tell */
  validTime: string | null;
  role: 'truth' | 'prediction';
  /** degrees north and east of the rows' and columns' centres, in the order of `values` */
  latitudes: number[];
  longitudes: number[];
  /** [latitude, longitude] float32, little-endian, row by row, in base64; NaN where there is no value */
  values: string;
  /** one bit a cell in the same order, most significant bit first, set on land; base64; null where the data have no mask */
  land: string | null;
}

/** Times of single steps in seconds, in order, none left out but by even drawing where there are more than 2,000; `of`: how many there were. */
export interface StepTimes {
  of: number;
  seconds: number[];
}

/** What made the program of a run. */
export interface RunOrigin {
  /** commit of the folder the code was taken from, and whether files differed from it */
  commit: string | null;
  dirty: boolean;
  /** what `mindport migrate` noted of the program; null for a program that was not migrated */
  migration: { from: string | null; target: string; version: string; files: number; manual: number } | null;
}

/** Samples of one device over the run; null where the tool did not tell. */
export interface DeviceCurve {
  node: string;
  device: string;
  /** npu, dcu, gpu or cpu */
  chip: string;
  /** t in seconds since the run was started; watts, percent, MiB, degrees Celsius */
  points: { t: number; power: number | null; utilisation: number | null; memory: number | null; temperature: number | null }[];
}

/** What was sampled beside a run, and how far its energy was measured. */
export interface TelemetrySummary {
  /** what is taken for the measured time: the program's own window, its epochs or steps, or the whole run */
  basis: 'window' | 'epochs' | 'steps' | 'run';
  windowSeconds: number;
  /** measured share of the window, 0..1; below 0.95 energy and power count as incomplete */
  coverage: number;
  idleWatts: number | null;
  devices: { node: string; id: string; joules: number; by: 'counter' | 'power'; implausible: number }[];
  notes: { node: string; what: string; text: string }[];
  curves: DeviceCurve[];
}

export interface RunSummary {
  id: string;
  /** ids of the runs a row of training and inference was put together from */
  parts?: string[];
  name: string;
  /** 1.. by age, where nothing but their time tells runs of one name apart; absent elsewhere */
  ordinal?: number;
  /** what the user runs together, for example one model on several chips; absent when the run was given none */
  group?: string;
  kind: 'train' | 'infer' | 'train+infer';
  state: string;
  /** why it failed, if it did */
  explanation: string | null;
  framework: string;
  frameworkVersion: string;
  /** "PyNative", "graph", or null for PyTorch */
  mode: string | null;
  chip: string;
  devices: number;
  precision: string;
  batch: number | null;
  seed: number | null;
  /** processes that load data beside each process of the program; absent when not told */
  workers?: number;
  /** memory of the machine, GiB, where the program runs on its processor; absent when not known */
  memoryGB?: number;
  codeHash: string | null;
  startedAt: string | null;
  parameters: number | null;
  secondsPerEpoch: Measure;
  /** the first epoch apart: it holds compilation */
  firstEpochSeconds: Measure;
  convergenceEpoch: Measure;
  trainingSeconds: Measure;
  secondsPerStep: Measure;
  inferenceSecondsPerStep: Measure;
  finalLoss: Measure;
  bestValidationLoss: Measure;
  energyJoules: Measure;
  meanPowerWatts: Measure;
  /** samples per second of training, and samples per joule: throughput over mean power */
  throughput?: Measure;
  samplesPerJoule?: Measure;
  /** mean power of inference in a row of training and inference; `meanPowerWatts` is that of training there */
  inferencePowerWatts?: Measure;
  /** energy of one forecast step, joules */
  joulesPerStep?: Measure;
  /** absent when nothing was sampled */
  telemetry?: TelemetrySummary;
  trainingSteps?: StepTimes;
  inferenceSteps?: StepTimes;
  loss: LossPoint[];
  /** instead of `loss`, which is empty then, where there are many points */
  lossColumns?: LossColumns;
  scores: ScoreCurve[];
  /** absent when no fields were saved for maps */
  fields?: FieldMap[];
  origin?: RunOrigin;
}

export interface Definition {
  id: string;
  en: string;
  zh: string;
  formula: string;
  source: string;
}

export interface ComparisonDocument {
  version: 1;
  title: string;
  createdAt: string;
  baseline: string | null;
  runs: RunSummary[];
  definitions: Definition[];
  /** parameters of the convergence rule, shown beside the number */
  convergence: { window: number; epsilon: number };
  /** warnings about comparing these rows, e.g. they differ in more than chip or framework */
  warnings: { id: string; args: Record<string, string> }[];
  /** facts about chips, the user's own first; absent: those MindPort knows */
  chips?: ChipFacts[];
  /** the user's own notes on this comparison, plain text */
  notes?: string;
}

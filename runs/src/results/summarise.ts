/** From the events of one run to its row in the comparison. What the program's own helper tells wins over what was read in its log. */
import { chipKind } from '../launch/chips';
import { convergenceEpoch, type ConvergenceRule, convergenceRule, type EpochRecord, epochTimes, trainingTime } from '../metrics/training';
import { inferenceTime } from '../metrics/inference';
import { measureOf, missing, single } from '../metrics/spread';
import { type EventOf, type RunEvent } from '../events';
import { type Framework, type RunSpec } from '../spec';
import { type RunState } from '../state';
import { deviceCurves } from '../telemetry/curves';
import { measureEnergy } from '../telemetry/measure';
import { type NodeSeries } from '../telemetry/series';
import { best, isImported } from './best-events';
import { type LossPoint, type Measure, type RunSummary, type TelemetrySummary } from './document';
import { type Saved } from './saved';
import { scoreCurves } from './score-curves';
import { perJoule, throughput, timesOfSteps } from './work-done';

export interface RunMaterial {
  spec: RunSpec;
  state: RunState;
  explanation: string | null;
  /** milliseconds since 1970 */
  startedAt: number | null;
  events: readonly RunEvent[];
  /** samples of its nodes; none when it was not sampled */
  telemetry?: readonly (NodeSeries | null)[];
  /** what it left in `results/` */
  saved?: Saved;
}

const frameworkNames: Record<Framework, string> = { torch: 'PyTorch', torch_npu: 'PyTorch (torch_npu)', mindspore: 'MindSpore' };

export function summarise(material: RunMaterial, rule: ConvergenceRule = convergenceRule): RunSummary {
  const { spec, events } = material;
  const launched = events.find((event): event is EventOf<'run_start'> => event.ev === 'run_start' && event.src === 'launcher');
  const told = best(events, 'run_start').filter((event) => event.src !== 'launcher');
  const last = <F extends 'mode' | 'precision' | 'batch' | 'seed' | 'workers' | 'parameters'>(field: F): EventOf<'run_start'>[F] =>
    told.map((event) => event[field]).findLast((value) => value !== undefined);
  const unreported = material.state === 'succeeded' ? 'not_reported' : 'incomplete';
  const absent = (kind: 'train' | 'infer'): NonNullable<Measure['missing']> => (spec.kind === kind ? unreported : 'not_run');
  const orAbsent = (measure: Measure, kind: 'train' | 'infer'): Measure =>
    measure.missing === 'not_reported' ? missing(absent(kind)) : measure;

  const epochs = epochRecords(events);
  const times = epochTimes(epochs);
  const convergence = convergenceEpoch(epochs, rule);
  const finalTrain = epochs.findLast((epoch) => epoch.train !== null)?.train;
  const validation = epochs.map((epoch) => epoch.validation).filter((loss) => loss !== null && Number.isFinite(loss)) as number[];
  const steps = best(events, 'infer_step').map((step) => ({ seconds: step.seconds, warmup: step.warmup ?? null }));

  const batch = spec.batch ?? last('batch') ?? null;
  const workers = spec.workers ?? last('workers');
  const secondsPerStep = orAbsent(stepTime(events), 'train');
  const inferenceSecondsPerStep = orAbsent(inferenceTime(steps, spec.warmupSteps), 'infer');
  const rate = orAbsent(throughput(events, batch, spec.target.devices, secondsPerStep), 'train');
  const energy = sampled(material);
  const { scores = [], fields = [] } = material.saved ?? {};

  return {
    id: spec.id,
    name: spec.name,
    ...(spec.group === null ? {} : { group: spec.group }),
    kind: spec.kind,
    state: material.state,
    explanation: material.explanation,
    framework: frameworkNames[spec.target.framework],
    frameworkVersion: launched?.versions?.[spec.target.framework] ?? launched?.versions?.['torch'] ?? '',
    mode: spec.mode ?? last('mode') ?? null,
    chip: spec.target.chip,
    devices: spec.target.devices,
    precision: spec.precision ?? last('precision') ?? '',
    batch,
    seed: spec.seed ?? last('seed') ?? null,
    ...(workers === undefined ? {} : { workers }),
    ...(launched?.memory_gb === undefined || chipKind(spec.target.chip) !== 'cpu' ? {} : { memoryGB: launched.memory_gb }),
    codeHash: spec.code?.hash ?? null,
    startedAt: material.startedAt === null ? null : new Date(material.startedAt).toISOString(),
    parameters: parametersOf(events),
    secondsPerEpoch: orAbsent(times.rest, 'train'),
    firstEpochSeconds: orAbsent(times.first, 'train'),
    convergenceEpoch: orAbsent(convergence, 'train'),
    trainingSeconds: orAbsent(trainingTime(times.rest, convergence), 'train'),
    secondsPerStep,
    inferenceSecondsPerStep,
    finalLoss: finalTrain === undefined || finalTrain === null ? missing(absent('train')) : finite(finalTrain),
    bestValidationLoss: validation.length === 0 ? missing(absent('train')) : single(Math.min(...validation)),
    ...energy,
    throughput: rate,
    ...perJoule(rate, inferenceSecondsPerStep, energy.meanPowerWatts),
    ...timesOfSteps(events),
    loss: lossCurve(events, material.startedAt),
    scores: [...scoreCurves(events), ...scores],
    ...(fields.length === 0 ? {} : { fields }),
    ...(spec.origin === null ? {} : { origin: spec.origin }),
  };
}

/** Energy, power and what was sampled. */
function sampled(material: RunMaterial): Pick<RunSummary, 'energyJoules' | 'meanPowerWatts'> & { telemetry?: TelemetrySummary } {
  const { telemetry = [], events, spec, startedAt } = material;
  if (telemetry.length === 0) return { energyJoules: missing('energy.no_sensor'), meanPowerWatts: missing('energy.no_sensor') };
  const { energy, power, basis, window, coverage, idlePower, devices, notes } = measureEnergy(telemetry, events, spec.kind);
  const start = startedAt ?? (telemetry.find((series) => series?.samples[0])?.samples[0]?.t ?? 0) * 1000;
  return {
    energyJoules: energy,
    meanPowerWatts: power,
    telemetry: {
      basis,
      windowSeconds: window,
      coverage,
      idleWatts: idlePower,
      devices: devices.map(({ node, id, joules, by, implausible }) => ({ node, id, joules, by, implausible })),
      notes,
      curves: deviceCurves(telemetry, start),
    },
  };
}

/** The epochs of a run, ascending; what several lines tell of one epoch is put together, the later word counts. */
export function epochRecords(events: readonly RunEvent[]): EpochRecord[] {
  const records = new Map<number, EpochRecord & { whole: boolean }>();
  for (const event of best(events, 'epoch_end')) {
    const record = records.get(event.epoch) ?? { epoch: event.epoch, seconds: null, train: null, validation: null, whole: false };
    if (event.seconds !== undefined) {
      record.seconds = event.seconds;
      record.whole = true;
    } else if (!record.whole && event.train_seconds !== undefined) {
      record.seconds = event.train_seconds;
    }
    record.train = event.train_loss ?? record.train;
    record.validation = event.val_loss ?? record.validation;
    records.set(event.epoch, record);
  }
  const epochs = [...records.values()].sort((a, b) => a.epoch - b.epoch).map(({ whole: _, ...record }) => record);
  return epochs.some(({ train, validation }) => train !== null || validation !== null) ? epochs : withImportedLosses(epochs, events);
}

/** Where only times were printed, the losses other tools were told, in order: their epochs may be counted otherwise. */
function withImportedLosses(epochs: EpochRecord[], events: readonly RunEvent[]): EpochRecord[] {
  const ends = best(events.filter(isImported), 'epoch_end');
  const numbers = [...new Set(ends.map(({ epoch }) => epoch))].sort((a, b) => a - b);
  return epochs.map((record, i) => {
    const told = ends.filter(({ epoch }) => epoch === numbers[i]);
    const loss = (name: 'train_loss' | 'val_loss'): number | null => told.findLast((end) => end[name] !== undefined)?.[name] ?? null;
    return { ...record, train: loss('train_loss'), validation: loss('val_loss') };
  });
}

function parametersOf(events: readonly RunEvent[]): number | null {
  const told = events.filter((event): event is EventOf<'run_start'> => event.ev === 'run_start' && event.parameters !== undefined);
  return (told.findLast((event) => event.src === 'job') ?? told.at(-1))?.parameters ?? null;
}

function finite(value: number): Measure {
  return Number.isFinite(value) ? single(value) : missing('incomplete');
}

function stepTime(events: readonly RunEvent[]): Measure {
  const steps = best(events, 'step').flatMap((event) => event.seconds ?? []);
  if (steps.length > 0) return measureOf(steps.slice(1), 'median', 'incomplete');
  const perEpoch = best(events, 'epoch_end').flatMap((event) => event.step_seconds ?? []);
  return measureOf(perEpoch.slice(1), 'median', perEpoch.length > 0 ? 'incomplete' : 'not_reported');
}

function number(value: number | undefined | null): number | null {
  return value !== undefined && value !== null && Number.isFinite(value) ? value : null;
}

/**
 * Points of the loss curve. Where the program tells its steps they carry the training loss and the epochs only the validation loss. Lines of a
 * log bear no time: there the sum of the epochs' seconds stands for it.
 */
function lossCurve(events: readonly RunEvent[], startedAt: number | null): LossPoint[] {
  const steps = best(events, 'step').filter((event) => event.loss !== undefined);
  const start = events.find((event) => event.ev === 'run_start' && event.src === 'job')?.t ?? (startedAt ?? 0) / 1000;
  const fromStart = (t: number): number => Math.max(0, t - start);
  const ends = best(events, 'epoch_end');
  const points: LossPoint[] = [];
  let elapsed = 0;
  for (const { epoch, seconds, train, validation } of epochRecords(events)) {
    elapsed += number(seconds) ?? 0;
    const end = ends.findLast((event) => event.epoch === epoch)!;
    const lastStep = steps.findLast((event) => event.epoch === epoch)?.step;
    const t = end.src === 'job' || isImported(end) ? fromStart(end.t) : elapsed;
    if (train === null && validation === null) continue;
    if (steps.length > 0 && validation === null) continue;
    points.push({
      epoch,
      step: end.step ?? lastStep ?? 0,
      t,
      train: steps.length > 0 ? null : number(train),
      validation: number(validation),
    });
  }
  for (const event of steps) {
    points.push({ epoch: event.epoch ?? 0, step: event.step, t: fromStart(event.t), train: number(event.loss), validation: null });
  }
  return points.sort((a, b) => a.t - b.t || a.epoch - b.epoch || a.step - b.step);
}

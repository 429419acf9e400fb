/**
 * What arrives is checked before it is believed. The skeleton must be right, else the page says what is wrong; single numbers may be missing or
 * not finite (a diverged loss, a sensor that answered "NA") and become null.
 */
import type { ComparisonDocument, Definition, LossPoint, Measure, RunSummary, ScoreCurve } from '../../../../runs/src/results/document';
import { fieldMapsOf, originOf } from './check-fields';
import { parseChips, type ChipFacts } from '../../../../runs/src/results/tables/hardware';
import { mostNotes } from '../protocol';
import { lossColumnsOf } from './check-loss';
import { stepTimesOf, telemetryOf } from './check-measured';
import { Mismatch, isMembers, list, members, number, optionalMembers, requiredText, text, textOrNull } from './checked-values';
import type { Expected } from './checked-values';

export type { Expected } from './checked-values';

export type Checked = { document: ComparisonDocument } | { problem: { path: string; expected: Expected } };

/** @returns the document, rebuilt from known fields only, or the first place that is wrong */
export function checkDocument(value: unknown): Checked {
  try {
    return { document: documentOf(value) };
  } catch (error) {
    if (error instanceof Mismatch) return { problem: { path: error.path, expected: error.expected } };
    throw error;
  }
}

function documentOf(value: unknown): ComparisonDocument {
  const doc = members(value, 'document');
  if (doc['version'] !== 1) throw new Mismatch('version', 'version');
  const runs = list(doc['runs'], 'runs').map((run, i) => runOf(run, `runs[${i}]`));
  const ids = new Set<string>();
  runs.forEach((run, i) => {
    if (ids.has(run.id)) throw new Mismatch(`runs[${i}].id`, 'unique');
    ids.add(run.id);
  });
  const convergence = optionalMembers(doc['convergence']);
  const baseline = textOrNull(doc['baseline']);
  return {
    version: 1,
    title: text(doc['title'], ''),
    createdAt: text(doc['createdAt'], ''),
    baseline: baseline !== null && ids.has(baseline) ? baseline : null,
    runs,
    definitions: list(doc['definitions'] ?? [], 'definitions').map((item, i) => definitionOf(item, `definitions[${i}]`)),
    ...present('chips', chipsOf(doc['chips'])),
    ...present('notes', textOrNull(doc['notes'])?.slice(0, mostNotes)),
    convergence: { window: number(convergence['window']) ?? 0, epsilon: number(convergence['epsilon']) ?? 0 },
    warnings: list(doc['warnings'] ?? [], 'warnings').map((item, i) => {
      const warning = members(item, `warnings[${i}]`);
      return {
        id: requiredText(warning['id'], `warnings[${i}].id`),
        args: Object.fromEntries(Object.entries(optionalMembers(warning['args'])).map(([key, arg]) => [key, String(arg)])),
      };
    }),
  };
}

/** Facts that are wrong are left out: those MindPort knows count then. */
function chipsOf(value: unknown): ChipFacts[] | undefined {
  if (value === undefined) return undefined;
  try {
    return parseChips(value);
  } catch {
    return undefined;
  }
}

function runOf(value: unknown, path: string): RunSummary {
  const run = members(value, path);
  const id = requiredText(run['id'], `${path}.id`);
  const kind = run['kind'];
  if (kind !== 'train' && kind !== 'infer' && kind !== 'train+infer') throw new Mismatch(`${path}.kind`, 'kind');
  return {
    id,
    ...(Array.isArray(run['parts']) ? { parts: run['parts'].filter((part): part is string => typeof part === 'string') } : {}),
    name: text(run['name'], id),
    ...present('ordinal', number(run['ordinal']) ?? undefined),
    ...present('group', textOrNull(run['group']) ?? undefined),
    kind,
    state: text(run['state'], ''),
    explanation: textOrNull(run['explanation']),
    framework: text(run['framework'], ''),
    frameworkVersion: text(run['frameworkVersion'], ''),
    mode: textOrNull(run['mode']),
    chip: text(run['chip'], ''),
    devices: number(run['devices']) ?? 1,
    precision: text(run['precision'], ''),
    batch: number(run['batch']),
    seed: number(run['seed']),
    ...present('workers', number(run['workers']) ?? undefined),
    ...present('memoryGB', number(run['memoryGB']) ?? undefined),
    codeHash: textOrNull(run['codeHash']),
    startedAt: textOrNull(run['startedAt']),
    parameters: number(run['parameters']),
    secondsPerEpoch: measureOf(run['secondsPerEpoch']),
    firstEpochSeconds: measureOf(run['firstEpochSeconds']),
    convergenceEpoch: measureOf(run['convergenceEpoch']),
    trainingSeconds: measureOf(run['trainingSeconds']),
    secondsPerStep: measureOf(run['secondsPerStep']),
    inferenceSecondsPerStep: measureOf(run['inferenceSecondsPerStep']),
    finalLoss: measureOf(run['finalLoss']),
    bestValidationLoss: measureOf(run['bestValidationLoss']),
    energyJoules: measureOf(run['energyJoules']),
    meanPowerWatts: measureOf(run['meanPowerWatts']),
    ...efficiencyOf(run),
    ...present('telemetry', telemetryOf(run['telemetry'])),
    ...present('trainingSteps', stepTimesOf(run['trainingSteps'])),
    ...present('inferenceSteps', stepTimesOf(run['inferenceSteps'])),
    loss: list(run['loss'] ?? [], `${path}.loss`).map((point, i) => lossPointOf(point, path, i)),
    ...present('lossColumns', lossColumnsOf(run['lossColumns'])),
    scores: list(run['scores'] ?? [], `${path}.scores`).map((curve, i) => curveOf(curve, `${path}.scores[${i}]`)),
    ...present('fields', fieldMapsOf(run['fields'])),
    ...present('origin', originOf(run['origin'])),
  };
}

/** A member that is absent rather than undefined. */
function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

const efficiency = ['throughput', 'samplesPerJoule', 'inferencePowerWatts', 'joulesPerStep'] as const;
type Efficiency = (typeof efficiency)[number];

/** Measures that older documents do not have. */
function efficiencyOf(run: Record<string, unknown>): Pick<RunSummary, Efficiency> {
  const measures: Pick<RunSummary, Efficiency> = {};
  for (const key of efficiency) {
    if (isMembers(run[key])) measures[key] = measureOf(run[key]);
  }
  return measures;
}

const reasons: readonly unknown[] = ['energy.no_sensor', 'not_reported', 'not_run', 'not_converged', 'incomplete'];

function measureOf(value: unknown): Measure {
  const given = optionalMembers(value);
  const amount = number(given['value']);
  const measure: Measure = { value: amount, n: number(given['n']) ?? (amount === null ? 0 : 1) };
  for (const key of ['min', 'median', 'max', 'p95'] as const) {
    const part = number(given[key]);
    if (part !== null) measure[key] = part;
  }
  if (amount === null) measure.missing = reasons.includes(given['missing']) ? (given['missing'] as Measure['missing']) : 'not_reported';
  return measure;
}

function lossPointOf(value: unknown, run: string, index: number): LossPoint {
  // there may be millions: the path is written only when it is needed
  const point = isMembers(value) ? value : members(value, `${run}.loss[${index}]`);
  return {
    epoch: number(point['epoch']) ?? 0,
    step: number(point['step']) ?? 0,
    t: number(point['t']) ?? 0,
    train: number(point['train']),
    validation: number(point['validation']),
  };
}

function curveOf(value: unknown, path: string): ScoreCurve {
  const curve = members(value, path);
  const metric = curve['metric'];
  if (metric !== 'rmse' && metric !== 'acc') throw new Mismatch(`${path}.metric`, 'metric');
  return {
    metric,
    definition: text(curve['definition'], ''),
    variable: text(curve['variable'], ''),
    units: text(curve['units'], ''),
    ...(curve['by'] === 'program' || curve['by'] === 'tool' ? { by: curve['by'] } : {}),
    ...(curve['climatology'] === undefined ? {} : { climatology: textOrNull(curve['climatology']) }),
    ...(curve['mask'] === undefined ? {} : { mask: textOrNull(curve['mask']) }),
    points: list(curve['points'] ?? [], `${path}.points`).flatMap((item) => {
      const point = optionalMembers(item);
      const leadHours = number(point['leadHours']);
      const n = number(point['n']);
      return leadHours === null ? [] : [{ leadHours, value: number(point['value']), ...(n === null ? {} : { n }) }];
    }),
  };
}

function definitionOf(value: unknown, path: string): Definition {
  const definition = members(value, path);
  return {
    id: requiredText(definition['id'], `${path}.id`),
    en: text(definition['en'], ''),
    zh: text(definition['zh'], ''),
    formula: text(definition['formula'], ''),
    source: text(definition['source'], ''),
  };
}

/**
 * What arrives is checked before it is believed. The skeleton must be right, else the page says what is wrong; single numbers may be missing or
 * not finite (a diverged loss, a sensor that answered "NA") and become null.
 */
import type { ComparisonDocument, Definition, LossPoint, Measure, RunSummary, ScoreCurve } from '../../../../runs/src/results/document';

/** What stands at a place of a right document; a key of the page's words. */
export type Expected = 'object' | 'list' | 'text' | 'unique' | 'version' | 'kind' | 'metric';

export type Checked = { document: ComparisonDocument } | { problem: { path: string; expected: Expected } };

class Mismatch extends Error {
  constructor(
    readonly path: string,
    readonly expected: Expected,
  ) {
    super(`${path}: expected ${expected}`);
  }
}

type Fields = Record<string, unknown>;

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
  const doc = fields(value, 'document');
  if (doc['version'] !== 1) throw new Mismatch('version', 'version');
  const runs = list(doc['runs'], 'runs').map((run, i) => runOf(run, `runs[${i}]`));
  const ids = new Set<string>();
  runs.forEach((run, i) => {
    if (ids.has(run.id)) throw new Mismatch(`runs[${i}].id`, 'unique');
    ids.add(run.id);
  });
  const convergence = optionalFields(doc['convergence']);
  const baseline = textOrNull(doc['baseline']);
  return {
    version: 1,
    title: text(doc['title'], ''),
    createdAt: text(doc['createdAt'], ''),
    baseline: baseline !== null && ids.has(baseline) ? baseline : null,
    runs,
    definitions: list(doc['definitions'] ?? [], 'definitions').map((item, i) => definitionOf(item, `definitions[${i}]`)),
    convergence: { window: number(convergence['window']) ?? 0, epsilon: number(convergence['epsilon']) ?? 0 },
    warnings: list(doc['warnings'] ?? [], 'warnings').map((item, i) => {
      const warning = fields(item, `warnings[${i}]`);
      return {
        id: requiredText(warning['id'], `warnings[${i}].id`),
        args: Object.fromEntries(Object.entries(optionalFields(warning['args'])).map(([key, arg]) => [key, String(arg)])),
      };
    }),
  };
}

function runOf(value: unknown, path: string): RunSummary {
  const run = fields(value, path);
  const id = requiredText(run['id'], `${path}.id`);
  const kind = run['kind'];
  if (kind !== 'train' && kind !== 'infer' && kind !== 'train+infer') throw new Mismatch(`${path}.kind`, 'kind');
  return {
    id,
    ...(Array.isArray(run['parts']) ? { parts: run['parts'].filter((part): part is string => typeof part === 'string') } : {}),
    name: text(run['name'], id),
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
    loss: list(run['loss'] ?? [], `${path}.loss`).map((point, i) => lossPointOf(point, path, i)),
    scores: list(run['scores'] ?? [], `${path}.scores`).map((curve, i) => curveOf(curve, `${path}.scores[${i}]`)),
  };
}

const reasons: readonly unknown[] = ['energy.no_sensor', 'not_reported', 'not_run', 'not_converged', 'incomplete'];

function measureOf(value: unknown): Measure {
  const given = optionalFields(value);
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
  const point = isFields(value) ? value : fields(value, `${run}.loss[${index}]`);
  return {
    epoch: number(point['epoch']) ?? 0,
    step: number(point['step']) ?? 0,
    t: number(point['t']) ?? 0,
    train: number(point['train']),
    validation: number(point['validation']),
  };
}

function curveOf(value: unknown, path: string): ScoreCurve {
  const curve = fields(value, path);
  const metric = curve['metric'];
  if (metric !== 'rmse' && metric !== 'acc') throw new Mismatch(`${path}.metric`, 'metric');
  return {
    metric,
    definition: text(curve['definition'], ''),
    variable: text(curve['variable'], ''),
    units: text(curve['units'], ''),
    points: list(curve['points'] ?? [], `${path}.points`).flatMap((item) => {
      const point = optionalFields(item);
      const leadHours = number(point['leadHours']);
      return leadHours === null ? [] : [{ leadHours, value: number(point['value']) }];
    }),
  };
}

function definitionOf(value: unknown, path: string): Definition {
  const definition = fields(value, path);
  return {
    id: requiredText(definition['id'], `${path}.id`),
    en: text(definition['en'], ''),
    zh: text(definition['zh'], ''),
    formula: text(definition['formula'], ''),
    source: text(definition['source'], ''),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown, path: string): Fields {
  if (!isFields(value)) throw new Mismatch(path, 'object');
  return value;
}

function optionalFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new Mismatch(path, 'list');
  return value;
}

/** Finite numbers only: NaN and Inf, as numbers or as strings, are "no number". */
function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function requiredText(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw new Mismatch(path, 'text');
  return value;
}

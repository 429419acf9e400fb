/** Several runs side by side: pairs of training and inference become one row, and what makes rows hard to compare is said. */
import { definitions } from '../metrics/definitions';
import { type ConvergenceRule, convergenceRule } from '../metrics/training';
import { type ComparisonDocument, type RunSummary } from './document';
import { withCompactLoss } from './loss-columns';
import { type SavedProblem } from './saved';

/** A run's row and what decides whether it belongs to another: runs pair within one group, framework and chip. */
export interface Comparable {
  summary: RunSummary;
  group: string;
  /** epochs the run has told, for the warning about a short run */
  epochs: number;
  /** a loss that was not finite was told */
  diverged: boolean;
  /** what of its saved results could not be shown */
  unread?: readonly SavedProblem[];
}

export interface CompareOptions {
  title: string;
  createdAt: Date;
  /** id of a run among those compared */
  baseline?: string | null;
  rule?: ConvergenceRule;
}

export function compare(given: readonly Comparable[], options: CompareOptions): ComparisonDocument {
  const runs = numbered(given);
  const rule = options.rule ?? convergenceRule;
  const rows = pairRuns(runs);
  const summaries = rows.map((row) => row.summary);
  const baseline = rows.find((row) => row.ids.includes(options.baseline ?? ''))?.summary.id ?? null;
  const scored = new Set(summaries.flatMap((row) => row.scores.map((curve) => curve.definition)));
  return {
    version: 1,
    title: options.title,
    createdAt: options.createdAt.toISOString(),
    baseline,
    runs: summaries.map(withCompactLoss),
    definitions: definitions.filter(({ id }) => !/^(rmse|acc)\./.test(id) || scored.has(id)),
    convergence: { window: rule.window, epsilon: rule.epsilon },
    warnings: [...differences(summaries), ...doubts(runs, rule)],
  };
}

/** Runs that nothing but their time tells apart (one program run again) are numbered, the oldest first. */
function numbered(runs: readonly Comparable[]): Comparable[] {
  const key = ({ name, kind, framework, chip }: RunSummary): string => JSON.stringify([name, kind, framework, chip]);
  const alike = new Map<string, string[]>();
  for (const { summary } of runs) alike.set(key(summary), [...(alike.get(key(summary)) ?? []), summary.id]);
  for (const ids of alike.values()) ids.sort();
  return runs.map((run) => {
    const ids = alike.get(key(run.summary))!;
    return ids.length === 1 ? run : { ...run, summary: { ...run.summary, ordinal: ids.indexOf(run.summary.id) + 1 } };
  });
}

interface Row {
  summary: RunSummary;
  ids: string[];
}

/**
 * One row per training run, with the inference run that belongs to it: of the same group, framework and chip, each inference run goes to the
 * latest training run started before it that has none yet. Ids are ULIDs, so their order is the order of creation.
 */
function pairRuns(runs: readonly Comparable[]): Row[] {
  const key = (run: Comparable): string => JSON.stringify([run.group, run.summary.framework, run.summary.mode, run.summary.chip]);
  const partner = new Map<string, Comparable>();
  const taken = new Set<string>();
  const byId = [...runs].sort((a, b) => (a.summary.id < b.summary.id ? -1 : 1));
  for (const infer of byId.filter((run) => run.summary.kind === 'infer')) {
    const free = byId.filter((run) => run.summary.kind === 'train' && key(run) === key(infer) && !partner.has(run.summary.id));
    const train = free.findLast((run) => run.summary.id < infer.summary.id) ?? free[0];
    if (train === undefined) continue;
    partner.set(train.summary.id, infer);
    taken.add(infer.summary.id);
  }
  return runs
    .filter((run) => !taken.has(run.summary.id))
    .map((run) => {
      const infer = partner.get(run.summary.id);
      if (infer === undefined) return { summary: run.summary, ids: [run.summary.id] };
      return { summary: merge(run.summary, infer.summary), ids: [run.summary.id, infer.summary.id] };
    });
}

const wellness = ['succeeded', 'draft', 'queued', 'submitting', 'syncing', 'running', 'cancelling'];

/** How bad a state is: an ended run that did not succeed is worst. */
function badness(run: RunSummary): number {
  const place = wellness.indexOf(run.state);
  return place === -1 ? wellness.length : place;
}

function merge(train: RunSummary, infer: RunSummary): RunSummary {
  const worse = badness(infer) > badness(train) ? infer : train;
  return {
    ...train,
    kind: 'train+infer',
    parts: [train.id, infer.id],
    state: worse.state,
    explanation: worse.explanation,
    parameters: train.parameters ?? infer.parameters,
    inferenceSecondsPerStep: infer.inferenceSecondsPerStep,
    inferencePowerWatts: infer.meanPowerWatts,
    ...(infer.joulesPerStep === undefined ? {} : { joulesPerStep: infer.joulesPerStep }),
    ...(infer.inferenceSteps === undefined ? {} : { inferenceSteps: infer.inferenceSteps }),
    scores: infer.scores.length > 0 ? infer.scores : train.scores,
    ...(infer.fields === undefined ? {} : { fields: infer.fields }),
  };
}

type Warning = ComparisonDocument['warnings'][number];

/** Rows that differ in more than chip or framework. Code, version and mode may differ between frameworks, not within one. */
function differences(rows: readonly RunSummary[]): Warning[] {
  const warnings: Warning[] = [];
  for (const field of ['precision', 'batch', 'devices', 'seed', 'workers'] as const) {
    const values = distinct(rows.map((row) => row[field]));
    if (values.length > 1) warnings.push({ id: `differs.${field}`, args: { values: values.join(', ') } });
  }
  for (const framework of new Set(rows.map((row) => row.framework))) {
    const same = rows.filter((row) => row.framework === framework);
    for (const field of ['frameworkVersion', 'mode', 'codeHash'] as const) {
      const values = distinct(same.map((row) => (field === 'codeHash' ? row[field]?.slice(0, 8) : row[field])));
      if (values.length > 1) warnings.push({ id: `differs.${field}`, args: { framework, values: values.join(', ') } });
    }
  }
  return warnings;
}

function distinct(values: readonly (string | number | null | undefined)[]): string[] {
  return [...new Set(values.map((value) => (value === null || value === undefined || value === '' ? '?' : String(value))))];
}

/** Rows whose figures stand on little: unfinished, diverged, or too short to tell convergence. */
function doubts(runs: readonly Comparable[], rule: ConvergenceRule): Warning[] {
  const warnings: Warning[] = [];
  for (const { summary, epochs, diverged, unread = [] } of runs) {
    const run = `${summary.name}${summary.ordinal === undefined ? '' : ` #${summary.ordinal}`} (${summary.kind})`;
    if (summary.state !== 'succeeded') warnings.push({ id: 'not_succeeded', args: { run, state: summary.state } });
    for (const { file, what, count } of unread) warnings.push({ id: `saved.${what}`, args: { run, file, count: String(count) } });
    if (diverged) warnings.push({ id: 'loss_not_finite', args: { run } });
    if (summary.kind === 'train' && epochs > 0 && epochs <= rule.window) {
      warnings.push({ id: 'too_few_epochs', args: { run, epochs: String(epochs), needed: String(rule.window + 1) } });
    }
  }
  return warnings;
}

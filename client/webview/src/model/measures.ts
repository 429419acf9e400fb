/** The measures a run can be compared by: where each lives in the document, its unit, and which way is better. */
import type { Measure, RunSummary, ScoreCurve } from '../../../../runs/src/results/document';
import { groupOfKey, scoreKey } from './score-group';

export const measureIds = [
  'secondsPerEpoch',
  'firstEpochSeconds',
  'convergenceEpoch',
  'trainingSeconds',
  'secondsPerStep',
  'inferenceSecondsPerStep',
  'rmse',
  'acc',
  'finalLoss',
  'bestValidationLoss',
  'meanPowerWatts',
  'energyJoules',
] as const;
export type MeasureId = (typeof measureIds)[number];

/** What the score columns show. */
export interface ScoreChoice {
  variable: string | null;
  lead: number | null;
  /** group of comparable scores per metric (`score-group.ts`) */
  rmse: string | null;
  acc: string | null;
}

export interface MeasureKind {
  unit: '' | 's' | 's/step' | 'W' | 'J';
  better: 'lower' | 'higher' | 'neither';
}

export const measureKinds: Record<MeasureId, MeasureKind> = {
  secondsPerEpoch: { unit: 's', better: 'lower' },
  firstEpochSeconds: { unit: 's', better: 'lower' },
  convergenceEpoch: { unit: '', better: 'lower' },
  trainingSeconds: { unit: 's', better: 'lower' },
  secondsPerStep: { unit: 's/step', better: 'lower' },
  inferenceSecondsPerStep: { unit: 's/step', better: 'lower' },
  rmse: { unit: '', better: 'lower' },
  acc: { unit: '', better: 'higher' },
  finalLoss: { unit: '', better: 'lower' },
  bestValidationLoss: { unit: '', better: 'lower' },
  // drawing more power is neither good nor bad by itself
  meanPowerWatts: { unit: 'W', better: 'neither' },
  energyJoules: { unit: 'J', better: 'lower' },
};

/** The curve of one metric, or undefined when the run has none of the chosen group. */
export function scoreCurve(run: RunSummary, metric: 'rmse' | 'acc', choice: ScoreChoice): ScoreCurve | undefined {
  return run.scores.find((curve) => curve.metric === metric && curve.variable === choice.variable && scoreKey(curve) === choice[metric]);
}

/** The measure of a run. Scores are read from their curve at the chosen lead time and rest on one value. */
export function measureOf(run: RunSummary, id: MeasureId, choice: ScoreChoice): Measure {
  if (id !== 'rmse' && id !== 'acc') return run[id];
  const curve = scoreCurve(run, id, choice);
  const value = curve?.points.find((point) => point.leadHours === choice.lead)?.value ?? null;
  if (value !== null) return { value, n: 1 };
  return { value: null, n: 0, missing: run.kind === 'train' && run.scores.length === 0 ? 'not_run' : 'not_reported' };
}

export interface ScoreMenu {
  variables: string[];
  leads: number[];
  rmse: string[];
  acc: string[];
  /** the groups that have a variable, by metric */
  groups: Record<'rmse' | 'acc', ReadonlyMap<string, string[]>>;
}

/** Everything the runs offer to choose from: variables and groups in order of appearance, lead times ascending. */
export function scoreMenu(runs: readonly RunSummary[]): ScoreMenu {
  const variables = new Set<string>();
  const leads = new Set<number>();
  const groups = { rmse: new Map<string, string[]>(), acc: new Map<string, string[]>() };
  for (const run of runs) {
    for (const curve of run.scores) {
      variables.add(curve.variable);
      const known = groups[curve.metric].get(curve.variable) ?? [];
      const key = scoreKey(curve);
      if (!known.includes(key)) groups[curve.metric].set(curve.variable, [...known, key]);
      for (const point of curve.points) leads.add(point.leadHours);
    }
  }
  return {
    variables: [...variables],
    leads: [...leads].sort((a, b) => a - b),
    rmse: [...new Set([...groups.rmse.values()].flat())],
    acc: [...new Set([...groups.acc.values()].flat())],
    groups,
  };
}

/**
 * Keeps what is still offered of a choice; takes the first variable, the longest lead time, and of the groups that have the variable the one most like
 * the wanted one for the rest.
 */
export function settleChoice(wanted: Partial<ScoreChoice>, menu: ScoreMenu): ScoreChoice {
  const keep = <T>(value: T | null | undefined, offered: readonly T[], otherwise: T | undefined): T | null =>
    value !== null && value !== undefined && offered.includes(value) ? value : (otherwise ?? null);
  const variable = keep(wanted.variable, menu.variables, menu.variables[0]);
  const group = (metric: 'rmse' | 'acc'): string | null => {
    const offered = menu.groups[metric].get(variable ?? '') ?? menu[metric];
    const like = typeof wanted[metric] === 'string' ? groupOfKey(metric, wanted[metric]) : null;
    const near = offered
      .map((key) => groupOfKey(metric, key))
      .findIndex(({ definition, by }) => definition === like?.definition && by === like.by);
    return keep(wanted[metric], offered, offered[Math.max(0, near)]);
  };
  return {
    variable,
    lead: keep(wanted.lead, menu.leads, menu.leads.at(-1)),
    rmse: group('rmse'),
    acc: group('acc'),
  };
}

/** Scores over lead time as the program tells them. */
import { type EventOf, type RunEvent } from '../events';
import { scoreDefinitionId } from '../metrics/definitions';
import { best } from './best-events';
import { type ScoreCurve } from './document';

/** One curve per score, definition and variable; repeated lead times (several initial conditions) become their mean, of `n`. */
export function scoreCurves(events: readonly RunEvent[]): ScoreCurve[] {
  const curves = new Map<string, ScoreCurve & { sums: Map<number, { sum: number; n: number; times: number }> }>();
  for (const event of best(events, 'metric')) {
    const metric = event.name.toLowerCase();
    if ((metric !== 'rmse' && metric !== 'acc') || event.lead_h === undefined || !Number.isFinite(event.lead_h)) continue;
    const definition = scoreDefinitionId(metric, event.def);
    const variable = event.var ?? '';
    const key = JSON.stringify([metric, definition, variable]);
    const curve = curves.get(key) ?? newCurve(metric, definition, variable, event);
    const at = curve.sums.get(event.lead_h) ?? { sum: 0, n: 0, times: 0 };
    curve.sums.set(event.lead_h, { sum: at.sum + event.value, n: at.n + (event.n ?? 1), times: at.times + 1 });
    curves.set(key, curve);
  }
  return [...curves.values()].map(({ sums, ...curve }) => ({
    ...curve,
    points: [...sums]
      .sort(([a], [b]) => a - b)
      .map(([leadHours, { sum, n, times }]) => ({ leadHours, value: Number.isFinite(sum) ? sum / times : null, n })),
  }));
}

function newCurve(metric: 'rmse' | 'acc', definition: string, variable: string, { units }: EventOf<'metric'>) {
  return { metric, definition, variable, units: units ?? '', by: 'program' as const, points: [], sums: new Map() };
}

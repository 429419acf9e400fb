/** Scores over variable and lead time, one group of comparable scores at a time. */
import type { RunSummary, ScoreCurve } from '../../../../runs/src/results/document';
import { groupOfKey, scoreKey, type ScoreGroup } from './score-group';

/** A group with what tells it from the others of both metrics. */
export interface HeatGroup extends ScoreGroup {
  id: string;
}

export interface HeatRow {
  variable: string;
  units: string;
  run: RunSummary;
  /** first row of its variable */
  first: boolean;
  /** one a lead time; null where there is none */
  values: (number | null)[];
  /** value ÷ the baseline's; null without a baseline value, or where it is 0 */
  ratios: (number | null)[];
  n: (number | undefined)[];
}

export interface HeatMap {
  group: HeatGroup;
  leads: number[];
  rows: HeatRow[];
  /** smallest and largest value of every variable */
  ranges: Map<string, { min: number; max: number }>;
  /** largest |log2 ratio|; null without ratios */
  reach: number | null;
}

export type HeatOrder = 'document' | 'name' | 'largest' | 'smallest';

const idOf = (curve: ScoreCurve): string => `${curve.metric} ${scoreKey(curve)}`;

/** The groups the runs have scores of, in order of appearance. */
export function scoreGroups(runs: readonly RunSummary[]): HeatGroup[] {
  const groups = new Map<string, HeatGroup>();
  for (const run of runs) {
    for (const curve of run.scores) {
      const id = idOf(curve);
      if (!groups.has(id)) groups.set(id, { ...groupOfKey(curve.metric, scoreKey(curve)), id });
    }
  }
  return [...groups.values()];
}

/**
 * The heat map of one group: rows by variable, within a variable one a run.
 * @param order of the runs within a variable, by the value at the longest lead time; `name` orders the variables too
 */
export function heatMap(
  runs: readonly RunSummary[],
  group: HeatGroup,
  baseline: RunSummary | null,
  order: HeatOrder,
  locale: string,
): HeatMap {
  const curves = (run: RunSummary): ScoreCurve[] => run.scores.filter((curve) => idOf(curve) === group.id);
  const byRun = new Map(runs.map((run) => [run, new Map([...curves(run)].reverse().map((curve) => [curve.variable, curve]))]));
  const base = baseline && new Map([...curves(baseline)].reverse().map((curve) => [curve.variable, valuesOf(curve)]));
  const variables = [...new Set(runs.flatMap((run) => curves(run).map(({ variable }) => variable)))];
  const leads = [...new Set(runs.flatMap((run) => curves(run).flatMap(({ points }) => points.map((point) => point.leadHours))))].sort(
    (a, b) => a - b,
  );
  const { compare } = new Intl.Collator(locale, { numeric: true });
  if (order === 'name') variables.sort(compare);
  const ranges = new Map<string, { min: number; max: number }>();
  let reach: number | null = null;
  const rows = variables.flatMap((variable) => {
    const baseValues = base?.get(variable);
    const ofVariable = runs.flatMap((run): HeatRow[] => {
      const curve = byRun.get(run)!.get(variable);
      if (!curve) return [];
      const points = new Map(curve.points.map((point) => [point.leadHours, point]));
      const values = leads.map((lead) => points.get(lead)?.value ?? null);
      const ratios = values.map((value, i) => {
        const against = baseValues?.get(leads[i]!) ?? null;
        return value === null || against === null || against === 0 ? null : value / against;
      });
      return [{ variable, units: curve.units, run, first: false, values, ratios, n: leads.map((lead) => points.get(lead)?.n) }];
    });
    sortRows(ofVariable, order, compare);
    if (ofVariable[0]) ofVariable[0].first = true;
    const numbers = ofVariable.flatMap(({ values }) => values.filter((value) => value !== null));
    if (numbers.length > 0) ranges.set(variable, { min: Math.min(...numbers), max: Math.max(...numbers) });
    for (const { ratios } of ofVariable) {
      for (const ratio of ratios) if (ratio !== null && ratio > 0) reach = Math.max(reach ?? 0, Math.abs(Math.log2(ratio)));
    }
    return ofVariable;
  });
  return { group, leads, rows, ranges, reach };
}

function valuesOf(curve: ScoreCurve): Map<number, number | null> {
  return new Map(curve.points.map((point) => [point.leadHours, point.value]));
}

function sortRows(rows: HeatRow[], order: HeatOrder, compare: (a: string, b: string) => number): void {
  if (order === 'name') rows.sort((a, b) => compare(a.run.name, b.run.name));
  if (order !== 'largest' && order !== 'smallest') return;
  const last = ({ values }: HeatRow): number | null => values.findLast((value) => value !== null) ?? null;
  rows.sort((a, b) => {
    const [x, y] = [last(a), last(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return order === 'largest' ? y - x : x - y;
  });
}

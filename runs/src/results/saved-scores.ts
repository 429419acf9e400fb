/** `results/scores.json`, entry by entry, as curves over lead time. */
import { definitions } from '../metrics/definitions';
import { type ScoreCurve } from './document';
import { finiteNumber, membersOf, plainText } from './saved-words';

const mostScores = 200_000;
const longestName = 200;
/** a century */
const latestLead = 24 * 36_525;

interface Entry {
  metric: 'rmse' | 'acc';
  definition: string;
  variable: string;
  units: string;
  leadHours: number;
  value: number | null;
  n: number;
}

/** @returns one curve a metric, definition and variable, lead times ascending; of two values for one lead time the later counts */
export function checkScores(document: Record<string, unknown>): { curves: ScoreCurve[]; leftOut: number } {
  const { scores } = document;
  const climatology = plainText(document['climatology'], longestName);
  const mask = plainText(document['mask'], longestName);
  if (!Array.isArray(scores)) return { curves: [], leftOut: 1 };
  let leftOut = Math.max(0, scores.length - mostScores);
  const curves = new Map<string, ScoreCurve & { at: Map<number, ScoreCurve['points'][number]> }>();
  for (const item of scores.slice(0, mostScores)) {
    const entry = entryOf(item);
    if (entry === null) {
      leftOut += 1;
      continue;
    }
    const { metric, definition, variable, units, leadHours, value, n } = entry;
    const key = JSON.stringify([definition, variable]);
    const curve =
      curves.get(key) ??
      ({
        ...{ metric, definition, variable, units, by: 'tool', mask, points: [] },
        climatology: metric === 'acc' ? climatology : null,
        at: new Map(),
      } as ScoreCurve & { at: Map<number, ScoreCurve['points'][number]> });
    curve.at.set(leadHours, { leadHours, value, n });
    curves.set(key, curve);
  }
  return {
    curves: [...curves.values()].map(({ at, ...curve }) => ({
      ...curve,
      points: [...at.values()].sort((a, b) => a.leadHours - b.leadHours),
    })),
    leftOut,
  };
}

function entryOf(item: unknown): Entry | null {
  const { metric, definition: word, variable: name, units: unit, lead_h: lead, value, n } = membersOf(item);
  if (metric !== 'rmse' && metric !== 'acc') return null;
  const definition = `${metric}.${String(word)}`;
  const variable = plainText(name, longestName);
  const units = plainText(unit, longestName);
  const leadHours = finiteNumber(lead);
  // a number nobody defines is none
  if (!definitions.some(({ id }) => id === definition) || variable === null || variable === '' || units === null) return null;
  if (leadHours === null || leadHours < 0 || leadHours > latestLead) return null;
  const amount = finiteNumber(value);
  if ((amount === null && value !== null) || typeof n !== 'number' || !Number.isSafeInteger(n) || n < 0) return null;
  // no root is negative and no correlation is above one, rounding apart
  if (amount !== null && (metric === 'rmse' ? amount < 0 : Math.abs(amount) > 1 + 1e-6)) return null;
  return { metric, definition, variable, units, leadHours, value: amount, n };
}

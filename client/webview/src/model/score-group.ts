/**
 * What makes two scores comparable: same metric and definition, computed by the same side (the program or MindPort's tool), against the same climatology
 * and without the same cells. Everything that sets scores side by side does so within one group.
 */
import type { ScoreCurve } from '../../../../runs/src/results/document';

export interface ScoreGroup {
  metric: ScoreCurve['metric'];
  definition: string;
  by: 'program' | 'tool';
  climatology: string | null;
  mask: string | null;
}

/** The group of a curve as a text that is stored and compared: the definition alone where nothing else is said. */
export function scoreKey({ definition, by = 'program', climatology = null, mask = null }: ScoreCurve): string {
  const plain = by === 'program' && climatology === null && mask === null && !definition.startsWith('[');
  return plain ? definition : JSON.stringify([definition, by, climatology, mask]);
}

/** The group a key stands for. */
export function groupOfKey(metric: ScoreCurve['metric'], key: string): ScoreGroup {
  const plain: ScoreGroup = { metric, definition: key, by: 'program', climatology: null, mask: null };
  if (!key.startsWith('[')) return plain;
  try {
    const [definition, by, climatology, mask] = JSON.parse(key) as [string, ScoreGroup['by'], string | null, string | null];
    return { metric, definition, by, climatology, mask };
  } catch {
    return plain; // a stored choice that no version of this page wrote
  }
}

/**
 * What a run left in `results/`: scores and fields, as `python/mindport_metrics` writes them. They come from another machine, so sizes are bounded
 * and every member is checked; what is wrong is left out and said.
 */
import { type Transport } from '../transport';
import { type Whole, readWhole } from '../whole';
import { type FieldMap, type ScoreCurve } from './document';
import { checkFields } from './saved-fields';
import { checkScores } from './saved-scores';

/** Why something is not shown: the file, and a key of the page's words. */
export interface SavedProblem {
  file: string;
  what: 'too_large' | 'not_json' | 'other_format' | 'entries_left_out';
  /** entries that were left out */
  count: number;
}

export interface Saved {
  scores: ScoreCurve[];
  fields: FieldMap[];
  problems: SavedProblem[];
}

export const savedFiles = { scores: 'results/scores.json', fields: 'results/fields.json' } as const;

/** Reads both files of a run over any transport; what is not there is empty. Throws `LinkError` when the machine is not reached. */
export async function readSaved(transport: Transport, id: string): Promise<Saved> {
  const saved: Saved = { scores: [], fields: [], problems: [] };
  const bytes = await readWhole(transport, id, { [savedFiles.scores]: 16_000_000, [savedFiles.fields]: 64_000_000 });
  const scores = parsed(bytes[savedFiles.scores] ?? null, savedFiles.scores, 'mindport-scores', saved);
  const fields = parsed(bytes[savedFiles.fields] ?? null, savedFiles.fields, 'mindport-fields', saved);
  if (scores !== null) {
    const { curves, leftOut } = checkScores(scores);
    saved.scores = curves;
    told(saved, savedFiles.scores, leftOut);
  }
  if (fields !== null) {
    const { maps, leftOut } = checkFields(fields);
    saved.fields = maps;
    told(saved, savedFiles.fields, leftOut);
  }
  return saved;
}

function told(saved: Saved, file: string, leftOut: number): void {
  if (leftOut > 0) saved.problems.push({ file, what: 'entries_left_out', count: leftOut });
}

/** The members of a file of the right format and version; null when it is not there or not that. */
function parsed(bytes: Whole, file: string, format: string, saved: Saved): Record<string, unknown> | null {
  if (bytes === null) return null;
  const bad = (what: SavedProblem['what']): null => {
    saved.problems.push({ file, what, count: 0 });
    return null;
  };
  if (bytes === 'longer') return bad('too_large');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return bad('not_json');
  }
  const document = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  return document['format'] === format && document['version'] === 1 ? document : bad('other_format');
}

/**
 * Long runs of comment lines, as commented-out code. The grammar reads the rest of such a run again for every comment of it, so that its cost grows with
 * the square of the run; blank lines cost nothing. Comments change no tree of ours: of a long run most are covered by blanks and noted here instead.
 */
import type { Comment } from './ast';
import { K } from './kinds';
import type { NodeTable } from './node-table';

/** Comment lines in a row that are left to the grammar, and those at the beginning of a longer run: where a block ends is read from them. */
const SHORT_RUN = 64;
const KEPT = 8;

/** A line with one of these might, in a text of several lines, end it or begin an expression. */
const TELLING = /['"\\{}]/;

export interface CoveredText {
  /** of the same length */
  text: string;
  covered: readonly Comment[];
}

/** The text for the grammar, with the comments it does not see; null when there are no long runs. */
export function coverLongRuns(text: string): CoveredText | null {
  if (!hasMany(text, '#', SHORT_RUN)) return null;
  const covered: Comment[] = [];
  let run: Comment[] = [];
  const endRun = (): void => {
    if (run.length > SHORT_RUN) for (const comment of run.slice(KEPT)) if (!TELLING.test(comment.text)) covered.push(comment);
    run = [];
  };
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let at = start;
    while (at < end && (text[at] === ' ' || text[at] === '\t' || text[at] === '\r')) at++;
    if (text[at] === '#') run.push({ start: at, end, text: text.slice(at + 1, end) });
    else if (at < end) endRun();
    start = end + 1;
  }
  endRun();
  return covered.length === 0 ? null : { text: blanked(text, covered), covered };
}

/** Those of the covered lines that are comments: not the ones in a text of several lines. */
export function commentsOf(covered: readonly Comment[], { kind, start, end, count }: NodeTable): Comment[] {
  const comments: Comment[] = [];
  let row = 0;
  let stringEnd = 0;
  for (const comment of covered) {
    for (; row < count && start[row]! <= comment.start; row++) if (kind[row] === K.String) stringEnd = Math.max(stringEnd, end[row]!);
    if (comment.start >= stringEnd) comments.push(comment);
  }
  return comments;
}

function hasMany(text: string, character: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) if (++count > most) return true;
  return false;
}

function blanked(text: string, covered: readonly Comment[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end } of covered) {
    pieces.push(text.slice(at, start), ' '.repeat(end - start));
    at = end;
  }
  pieces.push(text.slice(at));
  return pieces.join('');
}

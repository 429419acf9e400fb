/**
 * Edits that turn one stretch of text into another by touching only the tokens that differ. What was copied is known beforehand (anchors); between
 * anchors the longest common run of tokens is kept. Kept tokens keep the blank space and comments around them; deleted arguments take their comma
 * and blank space with them, but never a comment.
 */
import { tokenize, type Token } from '../catalog/tokens';
import type { Edit } from './rewrite';

/** `length` characters at `old` are the same as at `now`. */
export interface Anchor {
  old: number;
  now: number;
  length: number;
}

/** Whether line breaks outside brackets mean something (statements) or are blank space (an expression inside brackets). */
export type Layout = 'statements' | 'expression';

/** Edits in offsets of `old`; empty when the texts are equal. The result has the tokens of `now`, except for trailing commas kept. */
export function align(old: string, now: string, anchors: readonly Anchor[], layout: Layout): Edit[] {
  if (old === now) return [];
  const before = significant(old, layout);
  const after = significant(now, layout);
  const pairs = match(before, after, anchors);
  const gaps: Gap[] = [];
  let i = -1;
  let j = -1;
  for (const [nextI, nextJ] of [...pairs, [before.length, after.length] as const]) {
    gaps.push({
      old,
      now,
      oldStart: before[i]?.end ?? 0,
      oldEnd: before[nextI]?.start ?? old.length,
      nowStart: after[j]?.end ?? 0,
      nowEnd: after[nextJ]?.start ?? now.length,
      gone: before.slice(i + 1, nextI),
      added: after.slice(j + 1, nextJ),
      endsCall: endsCall(after, nextJ),
    });
    [i, j] = [nextI, nextJ];
  }
  const moved = movedComments(gaps);
  return gaps.flatMap((gap) => gapEdit(gap, moved) ?? []);
}

/** Comments inside what is added: they came along with an argument that moved. */
function movedComments(gaps: readonly Gap[]): Set<string> {
  const moved = new Set<string>();
  for (const { now, added } of gaps) {
    if (added.length < 2) continue;
    for (const token of tokenize(now.slice(added[0]!.start, added[added.length - 1]!.end)))
      if (token.type === 'comment') moved.add(token.text.trimEnd());
  }
  return moved;
}

/** Tokens that matter: in a layout of statements, line breaks and comments outside brackets too. */
export function significant(text: string, layout: Layout): Token[] {
  return tokenize(text).filter((token) =>
    token.type === 'comment' || token.type === 'newline' ? layout === 'statements' && token.depth === 0 : true,
  );
}

// ---------------------------------------------------------------- matching

type Pair = readonly [number, number];

function match(before: readonly Token[], after: readonly Token[], anchors: readonly Anchor[]): Pair[] {
  const fixed: Pair[] = [];
  let i = 0;
  let j = 0;
  for (const { old, now, length } of increasing(anchors)) {
    while (i < before.length && before[i]!.start < old) i++;
    while (j < after.length && after[j]!.start < now) j++;
    while (i < before.length && j < after.length && before[i]!.end <= old + length && after[j]!.end <= now + length) {
      const [a, b] = [before[i]!.start - old, after[j]!.start - now];
      if (a === b && before[i]!.text === after[j]!.text) fixed.push([i++, j++]);
      else if (a < b) i++;
      else if (b < a) j++;
      else [i, j] = [i + 1, j + 1];
    }
  }
  const pairs: Pair[] = [];
  let [lastI, lastJ] = [-1, -1];
  for (const pair of [...fixed, [before.length, after.length] as const]) {
    pairs.push(...early(common(before, after, lastI + 1, pair[0], lastJ + 1, pair[1]), before, after, lastI, lastJ));
    if (pair[0] < before.length) pairs.push(pair);
    [lastI, lastJ] = pair;
  }
  return pairs;
}

/** The chain of anchors in the order of both texts that carries the most characters. */
function increasing(anchors: readonly Anchor[]): Anchor[] {
  const sorted = [...anchors].sort((a, b) => a.now - b.now);
  const follows = (a: Anchor, b: Anchor) => a.old + a.length <= b.old;
  if (sorted.every((anchor, index) => index === 0 || follows(sorted[index - 1]!, anchor))) return sorted;
  const best: { weight: number; previous: number }[] = [];
  for (const [index, anchor] of sorted.entries()) {
    let previous = -1;
    for (let k = Math.max(0, index - 400); k < index; k++) {
      if (follows(sorted[k]!, anchor) && best[k]!.weight > (best[previous]?.weight ?? 0)) previous = k;
    }
    best.push({ weight: anchor.length + (best[previous]?.weight ?? 0), previous });
  }
  let at = best.reduce((top, item, index) => (item.weight > best[top]!.weight ? index : top), 0);
  const chain: Anchor[] = [];
  for (; at >= 0; at = best[at]!.previous) chain.unshift(sorted[at]!);
  return chain;
}

const TOO_LARGE = 4_000_000;

/** The longest common subsequence of two runs of tokens; of equally long ones the latest, so that `torch.nn.gelu(` and `ops.gelu(` share `.gelu(`. */
function common(before: readonly Token[], after: readonly Token[], i0: number, i1: number, j0: number, j1: number): Pair[] {
  const rows = i1 - i0;
  const columns = j1 - j0;
  if (rows === 0 || columns === 0 || rows * columns > TOO_LARGE) return [];
  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  for (let i = 1; i <= rows; i++) {
    for (let j = 1; j <= columns; j++) {
      length[i * width + j] =
        before[i0 + i - 1]!.text === after[j0 + j - 1]!.text
          ? length[(i - 1) * width + j - 1]! + 1
          : Math.max(length[(i - 1) * width + j]!, length[i * width + j - 1]!);
    }
  }
  const pairs: Pair[] = [];
  let i = rows;
  let j = columns;
  while (i > 0 && j > 0) {
    if (before[i0 + i - 1]!.text === after[j0 + j - 1]!.text) pairs.push([i0 + --i, j0 + --j]);
    else if (length[(i - 1) * width + j]! >= length[i * width + j - 1]!) i--;
    else j--;
  }
  return pairs.reverse();
}

/**
 * Of several commas or opening brackets that could be the kept one, the first: what goes or comes is then an argument with the comma behind it, and
 * a comment behind a kept comma stays with its argument.
 */
function early(pairs: readonly Pair[], before: readonly Token[], after: readonly Token[], lastI: number, lastJ: number): Pair[] {
  const out: Pair[] = [];
  for (const [i, j] of pairs) {
    const { text, depth } = before[i]!;
    const last = out[out.length - 1] ?? [lastI, lastJ];
    const slides = text === ',' || text === '(' || text === '[';
    const first = (tokens: readonly Token[], from: number, to: number, level: number) => {
      for (let k = from; k < to; k++) if (tokens[k]!.text === text && tokens[k]!.depth === level) return k;
      return to;
    };
    out.push(
      slides
        ? [
            first(before, last[0] + 1, i, depth),
            text === ',' ? first(after, last[1] + 1, j, after[j]!.depth) : firstOpen(after, last[1], j, text),
          ]
        : [i, j],
    );
  }
  return out;
}

/** The first of the brackets that stand directly before this one. */
function firstOpen(tokens: readonly Token[], last: number, index: number, text: string): number {
  let at = index;
  while (at - 1 > last && tokens[at - 1]!.text === text) at--;
  return at;
}

// ---------------------------------------------------------------- one gap

/** What stands between two kept tokens, in both texts. */
interface Gap {
  old: string;
  now: string;
  oldStart: number;
  oldEnd: number;
  nowStart: number;
  nowEnd: number;
  gone: readonly Token[];
  added: readonly Token[];
  /** the kept token after the gap closes the arguments of a call */
  endsCall: boolean;
}

function gapEdit(gap: Gap, moved: ReadonlySet<string>): Edit | null {
  const { old, now, oldStart, oldEnd, nowStart, nowEnd, gone, added } = gap;
  const was = old.slice(oldStart, oldEnd);
  const is = now.slice(nowStart, nowEnd);
  if (was === is) return null;
  if ([...gone, ...added].some((token) => token.type === 'newline' || token.type === 'comment')) return trimmed(oldStart, was, is);
  // a block that moves to another indentation takes the lines inside brackets along
  if (gone.length === 0 && added.length === 0) return moves(was, is) ? trimmed(oldStart, was, is) : null;
  const text = gone.length === 0 ? insertion(gap) : added.length === 0 ? deletion(gap, moved) : replacement(gap, moved);
  return trimmed(oldStart, was, text);
}

/** Whether a token is the `)` of a call or a `def`, where a comma before it means nothing. */
function endsCall(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.text !== ')') return false;
  for (let i = index - 1; i >= 0; i--) {
    if (tokens[i]!.text !== '(' || tokens[i]!.depth !== token.depth) continue;
    const callee = tokens[i - 1];
    return callee !== undefined && (isCloser(callee.text) || (callee.type === 'name' && !KEYWORDS.has(callee.text)));
  }
  return false;
}

const KEYWORDS = new Set(
  'and as assert await del elif else for from if import in is lambda not or raise return while with yield'.split(' '),
);

/** The smallest edit of whole words that turns `was` into `is`. */
export function trimmed(start: number, was: string, is: string): Edit | null {
  if (was === is) return null;
  let head = 0;
  while (head < was.length && head < is.length && was[head] === is[head]) head++;
  while (head > 0 && (splitsWord(was, head) || splitsWord(is, head))) head--;
  let tail = 0;
  while (tail < was.length - head && tail < is.length - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++;
  while (tail > 0 && (splitsWord(was, was.length - tail) || splitsWord(is, is.length - tail))) tail--;
  return { start: start + head, end: start + was.length - tail, newText: is.slice(head, is.length - tail) };
}

function splitsWord(text: string, at: number): boolean {
  return (
    at > 0 &&
    at < text.length &&
    /[\p{L}\p{N}\p{M}_\u{d800}-\u{dfff}]/u.test(text[at - 1]!) &&
    /[\p{L}\p{N}\p{M}_\u{d800}-\u{dfff}]/u.test(text[at]!)
  );
}

function insertion({ old, now, oldStart, oldEnd, nowStart, nowEnd, added }: Gap): string {
  const space = old.slice(oldStart, oldEnd);
  if (space === '') return now.slice(nowStart, nowEnd);
  const first = added[0]!;
  const last = added[added.length - 1]!;
  const text = now.slice(first.start, last.end);
  const opens = last.text === ',' || last.text === '(' || last.text === '[' || last.text === '.';
  const attachesLeft = first.text === ',' || (!opens && isCloser(now[nowEnd] ?? ')'));
  return attachesLeft ? now.slice(nowStart, first.start) + text + space : space + text + now.slice(last.end, nowEnd);
}

function deletion({ old, now, oldStart, oldEnd, nowStart, nowEnd, gone, endsCall }: Gap, moved: ReadonlySet<string>): string {
  const first = gone[0]!;
  const last = gone[gone.length - 1]!;
  const lead = old.slice(oldStart, first.start);
  const trail = old.slice(last.end, oldEnd);
  const startsWithComma = first.text === ',';
  const endsWithComma = last.text === ',';
  // the comma after the last argument of a call written over several lines is layout
  const keepsComma = endsCall && startsWithComma && endsWithComma && hasBreak(trail);
  const comments = commentsIn(old, oldStart, oldEnd, gone, moved);
  const empties = endsCall && old[oldStart - 1] === '(';
  if (empties && comments === '') return '';
  if (comments !== '') return (keepsComma ? ',' : '') + comments;
  if (keepsComma) return lead + ',' + trail;
  if (startsWithComma || isCloser(first.text)) return trail;
  if (endsWithComma) return lead;
  const is = now.slice(nowStart, nowEnd);
  // what ends the old text takes the blank space before it along
  const ends = oldEnd === old.length && nowEnd === now.length;
  return (lead === '' || ends) && !hasBreak(trail) && !hasBreak(lead) ? is : lead;
}

function replacement({ old, now, oldStart, oldEnd, nowStart, nowEnd, gone, added, endsCall }: Gap, moved: ReadonlySet<string>): string {
  const first = gone[0]!;
  const last = gone[gone.length - 1]!;
  const newFirst = added[0]!;
  const newLast = added[added.length - 1]!;
  const keepsComma = endsCall && last.text === ',' && newLast.text !== ',' && hasBreak(old.slice(last.end, oldEnd));
  const text = now.slice(newFirst.start, newLast.end) + (keepsComma ? ',' : '');
  const tight = isCloser(newFirst.text) || [',', '.', '(', '['].includes(newFirst.text);
  const lead = spacing(old.slice(oldStart, first.start), now.slice(nowStart, newFirst.start), tight);
  const trail = spacing(old.slice(last.end, oldEnd), now.slice(newLast.end, nowEnd), ['.', '(', '['].includes(newLast.text));
  const inner = gone.length > 1 ? commentsIn(old, first.end, last.start, gone.slice(1, -1), moved) : '';
  return inner === '' ? lead + text + trail : lead + text + inner + trail.trimStart();
}

/** Old blank space wins over new where it carries layout or comments. */
function spacing(was: string, is: string, tight: boolean): string {
  if (was === '' || (tight && !hasBreak(was)) || moves(was, is)) return is;
  return was;
}

/** Both break the line: only the indentation differs, and the new one is meant. */
function moves(was: string, is: string): boolean {
  return /[\n\r]/.test(was) && /[\n\r]/.test(is) && was.trim() === is.trim();
}

/** The blank space of a stretch that holds comments, without the tokens in it and comments that moved elsewhere; empty when it holds none. */
function commentsIn(text: string, start: number, end: number, tokens: readonly Token[], moved: ReadonlySet<string>): string {
  let kept = '';
  let at = start;
  for (const stop of [...tokens.map((token) => token.start), end]) {
    const space = text.slice(at, stop).replace(/#[^\r\n]*(?:\r?\n[ \t]*)?/g, (comment) => (moved.has(comment.trimEnd()) ? '' : comment));
    if (space.includes('#')) kept += kept === '' ? space : space.replace(/^[ \t]+/, '');
    at = tokens.find((token) => token.start === stop)?.end ?? stop;
  }
  return kept;
}

function hasBreak(space: string): boolean {
  return /[\n\r#]/.test(space);
}

function isCloser(text: string): boolean {
  return text === ')' || text === ']' || text === '}';
}

/**
 * Incremental parsing by statements. Of a text under edit only the stretch of top-level statements around the edit is parsed again; the others keep
 * their nodes, moved in place. tree-sitter's own incremental parse is no help here: in Python it often re-uses nothing behind the edit.
 *
 * Why the pieces make the tree of the whole: a stretch begins with a statement at the start of a line whose first character is untouched, and
 * ends before such a statement. There the parser's state is always the same (no bracket, string or indentation open), so error-free statements in
 * the stretch are the statements of the whole. A statement reads on across the border only where the stretch by itself is broken:
 * - a clause at its beginning (`else`), or a decorator at its end: tried again with one more statement on either side;
 * - an open bracket: broken in the whole as well, unless another broken stretch closes it: tried again with all broken stretches;
 * - an open triple-quoted string, or a backslash before the line's end: the whole is parsed;
 * - names with a comma at the end (`x,`): the grammar, unlike Python, takes an assignment on the next line as one with them. Parsed together.
 * A stretch that stays broken keeps its errors to itself: the rest of the file goes on as it was.
 */
import type { Comment, Module, Stmt } from './ast';
import { lower } from './lower';
import type { PythonParser } from './parser';
import { shift, shiftTree } from './shift';

export interface Stretch {
  from: number;
  to: number;
}

/** What was edited since the last parse: `from`..`oldEnd` of the text then is `from`..`newEnd` of the text now. */
export interface Edited {
  from: number;
  oldEnd: number;
  newEnd: number;
}

/** Adds the replacement of `start`..`end` of the present text by `length` code units. */
export function widen(edited: Edited | null, start: number, end: number, length: number): Edited {
  const { from, oldEnd, newEnd } = edited ?? { from: start, oldEnd: end, newEnd: end };
  const reach = Math.max(newEnd, end);
  return { from: Math.min(from, start), oldEnd: oldEnd + reach - newEnd, newEnd: reach - (end - start) + length };
}

/** A parsed text with the stretches that could not be parsed without errors, in order. */
export interface Parsed {
  text: string;
  module: Module;
  broken: Stretch[];
}

export function parseWhole(parser: PythonParser, text: string): Parsed {
  const module = parsePart(parser, text, 0, text.length);
  return { text, module, broken: module.hasError ? [{ from: 0, to: text.length }] : [] };
}

/** The nodes of `before` are used again, and moved: it must not be read any more. */
export function reparse(parser: PythonParser, before: Parsed, edited: Edited, text: string): Parsed {
  const stretch = touching(around(before, edited.from, edited.oldEnd), before.broken);
  const first = partOf(parser, stretch, edited, text);
  if (first && !first.hasError) return splice(before, stretch, first, edited, text);
  const all = before.broken.reduce(hull, stretch);
  const wider = around(before, stretch.from - 1, stretch.to);
  for (const more of [wider, all, hull(wider, all)]) {
    if (more.from === stretch.from && more.to === stretch.to) continue;
    const part = partOf(parser, touching(more, before.broken), edited, text);
    if (part && !part.hasError) return splice(before, touching(more, before.broken), part, edited, text);
  }
  if (!first || endsInString(text.slice(stretch.from, stretch.to + edited.newEnd - edited.oldEnd))) {
    const whole = parseWhole(parser, text);
    if (!first || !whole.module.hasError) return whole;
  }
  return splice(before, stretch, first, edited, text);
}

function parsePart(parser: PythonParser, text: string, from: number, to: number): Module {
  const tree = parser.parse(from === 0 && to === text.length ? text : text.slice(from, to));
  try {
    return lower(text, parser.read(tree, from), parser.kinds);
  } finally {
    tree.delete();
  }
}

/** Parses a stretch (in places of the old text); null when its last line goes on in the next. */
function partOf(parser: PythonParser, { from, to }: Stretch, { oldEnd, newEnd }: Edited, text: string): Module | null {
  const end = to + newEnd - oldEnd;
  if (end === text.length) return parsePart(parser, text, from, end);
  if (/\\\r?\n$/.test(text.slice(Math.max(end - 3, 0), end))) return null;
  const part = parsePart(parser, text, from, end);
  return endsInComma(text, part.body.at(-1)) ? null : part;
}

function endsInComma(text: string, statement: Stmt | undefined): boolean {
  return statement !== undefined && text[statement.end - 1] === ',';
}

/** The stretch from the last statement that begins a line before `from` to the first that does after `to`. */
function around({ text, module: { body } }: Parsed, from: number, to: number): Stretch {
  const beginsLine = (statement: Stmt): boolean => statement.start === 0 || text.charCodeAt(statement.start - 1) === 10;
  let first = firstFrom(body, from) - 1;
  while (first >= 0 && (!beginsLine(body[first]!) || endsInComma(text, body[first - 1]))) first--;
  let last = firstFrom(body, to + 1);
  while (last < body.length && !beginsLine(body[last]!)) last++;
  return { from: body[first]?.start ?? 0, to: body[last]?.start ?? text.length };
}

/** Index of the first item that begins at or after an offset. */
function firstFrom(items: readonly { readonly start: number }[], offset: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hull(a: Stretch, b: Stretch): Stretch {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** The stretch with all broken ones that it overlaps or touches. */
function touching(stretch: Stretch, broken: readonly Stretch[]): Stretch {
  let grown = stretch;
  for (;;) {
    const next = broken.filter(({ from, to }) => from <= grown.to && to >= grown.from).reduce(hull, grown);
    if (next.from === grown.from && next.to === grown.to) return grown;
    grown = next;
  }
}

/** Puts a newly parsed stretch between the statements around it. */
function splice(before: Parsed, { from, to }: Stretch, part: Module, edited: Edited, text: string): Parsed {
  const by = edited.newEnd - edited.oldEnd;
  const { body, comments } = before.module;
  const after = body.slice(firstFrom(body, to));
  const commentsAfter = comments.slice(firstFrom(comments, to));
  for (const statement of after) shiftTree(statement, by);
  if (by !== 0) for (const comment of commentsAfter) shift(comment, by);
  const broken: Stretch[] = [];
  for (const one of before.broken) if (one.to < from) broken.push(one);
  if (part.hasError) broken.push({ from, to: to + by });
  for (const one of before.broken) if (one.from > to) broken.push({ from: one.from + by, to: one.to + by });
  const module: Module = {
    kind: 'Module',
    start: 0,
    end: text.length,
    parent: null,
    body: joined<Stmt>(body.slice(0, firstFrom(body, from)), part.body, after),
    comments: joined<Comment>(comments.slice(0, firstFrom(comments, from)), part.comments, commentsAfter),
    hasError: broken.length > 0,
  };
  for (const statement of module.body) statement.parent = module;
  return { text, module, broken };
}

const joined = <T>(...parts: readonly T[][]): T[] => ([] as T[]).concat(...parts);

/** Whether a triple-quoted string is open at the end. Quotes inside the expressions of f-strings may mislead it, which costs a parse. */
function endsInString(text: string): boolean {
  const token = /#[^\n]*|('''|""")|'(?:\\[^]|[^'\\\n])*'?|"(?:\\[^]|[^"\\\n])*"?/g;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const quotes = match[1];
    if (quotes === undefined) continue;
    let end = token.lastIndex;
    do end = text.indexOf(quotes, end + (end > token.lastIndex ? 1 : 0));
    while (end > 0 && isEscaped(text, end));
    if (end < 0) return true;
    token.lastIndex = end + 3;
  }
  return false;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

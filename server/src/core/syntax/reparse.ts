/**
 * Incremental parsing by statements. Of a text under edit only the stretch of statements around the edit is parsed again; the others keep their nodes,
 * moved in place. tree-sitter's own incremental parse is no help here: in Python it often re-uses nothing behind the edit.
 *
 * A stretch lies in one block (`stretch.ts`): the body of a definition, as deep as the edit allows, else the module. Lines of a body are parsed as those
 * of a class; the definitions around them are made anew with the same header, so that whoever compares statements sees which have changed.
 *
 * Why the pieces make the tree of the whole: a stretch begins with a statement at the start of a line whose first character is untouched, and
 * ends before such a statement. There the parser's state is always the same (no bracket or string open, the indentation of the block), so error-free
 * statements in the stretch are the statements of the whole. A statement reads on across the border only where the stretch by itself is broken:
 * - a clause at its beginning (`else`), or a decorator at its end: tried again with one more statement on either side;
 * - an open bracket: broken in the whole as well, unless another broken stretch closes it: tried again with all broken stretches;
 * - an open triple-quoted string: broken in the whole as well, unless the rest of the text closes it: then the whole is parsed;
 * - a backslash before the line's end: the whole is parsed;
 * - names with a comma at the end (`x,`): the grammar, unlike Python, takes an assignment on the next line as one with them. Parsed together.
 * A stretch that stays broken keeps its errors to itself: the rest of the file goes on as it was.
 */
import type { Comment, Module, Stmt } from './ast';
import { commentsOf, coverLongRuns } from './comment-runs';
import { lower } from './lower';
import { adopt } from './lowering';
import type { PythonParser } from './parser';
import { moveStatement, shift, shiftTree } from './shift';
import {
  blocksAround,
  endsInBackslash,
  endsInComma,
  endsInString,
  firstFrom,
  hull,
  needsNeighbours,
  stretchIn,
  type Block,
  type Definition,
  type Stretch,
} from './stretch';

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
  const module = parseText(parser, text);
  return { text, module, broken: module.hasError ? [{ from: 0, to: text.length }] : [] };
}

/** The nodes of `before` are used again, and moved: it must not be read any more. Definitions of the result may have to be settled (`shift.ts`). */
export function reparse(parser: PythonParser, before: Parsed, edited: Edited, text: string): Parsed {
  const blocks = blocksAround(before.text, before.module, { from: edited.from, to: edited.oldEnd });
  return inDefinition(parser, before, blocks.slice(1), edited, text) ?? inModule(parser, before, blocks[0]!, edited, text);
}

/** Parses statements in the innermost body that the edit, and what is broken beside it, leaves; null where that does not suffice. */
function inDefinition(parser: PythonParser, before: Parsed, blocks: readonly Block[], edited: Edited, text: string): Parsed | null {
  const edit = { from: edited.from, to: edited.oldEnd };
  for (const block of [...blocks].reverse()) {
    const stretch = stretchIn(block, before.text, edit, before.broken);
    if (!stretch) continue;
    const { from } = stretch;
    const to = stretch.to + edited.newEnd - edited.oldEnd;
    if (endsInBackslash(text, to)) return null;
    const part = parseBody(parser, text, from, to);
    if (!part || endsInComma(text, part.body.at(-1))) return null;
    if (part.hasError) {
      const own = text.slice(from, to);
      if (before.broken.some((one) => one.from < from || one.to > stretch.to) || needsNeighbours(own)) return null;
      if (endsInString(own) && !endsInString(text.slice(from))) return null;
    }
    return splice(before, block, stretch, part, edited, text);
  }
  return null;
}

function inModule(parser: PythonParser, before: Parsed, block: Block, edited: Edited, text: string): Parsed {
  const within = (edit: Stretch): Stretch => stretchIn(block, before.text, edit, before.broken)!;
  const stretch = within({ from: edited.from, to: edited.oldEnd });
  const first = partOf(parser, stretch, edited, text);
  if (first && !first.hasError) return splice(before, block, stretch, first, edited, text);
  const all = before.broken.reduce(hull, stretch);
  const wider = within({ from: stretch.from - 1, to: stretch.to });
  for (const more of [wider, all, hull(wider, all)]) {
    if (more.from === stretch.from && more.to === stretch.to) continue;
    const whole = within(more);
    const part = partOf(parser, whole, edited, text);
    if (part && !part.hasError) return splice(before, block, whole, part, edited, text);
  }
  const end = stretch.to + edited.newEnd - edited.oldEnd;
  if (!first || (endsInString(text.slice(stretch.from, end)) && !endsInString(text.slice(stretch.from)))) {
    const whole = parseWhole(parser, text);
    if (!first || !whole.module.hasError) return whole;
  }
  return splice(before, block, stretch, first, edited, text);
}

/** What is put in place of a stretch. */
type Part = Pick<Module, 'body' | 'comments' | 'hasError'>;

/** The shortest text before the lines of a body; no body begins nearer to the beginning of its text. */
const HEADER = 'class _:\n';

/** Parses lines of the module. */
function parseLines(parser: PythonParser, text: string, from: number, to: number): Part {
  if (from === 0 && to === text.length) return parseText(parser, text);
  return moved(parseText(parser, apart(text.slice(from, to))), from);
}

/** The same text on its own: what is cut out of a piece of a string keeps the whole string in memory, that is, every version of a file under edit. */
const apart = (piece: string): string => `${piece} `.slice(0, -1);

/** Parses lines of a definition's body; null when they are no body, or not only that. */
function parseBody(parser: PythonParser, text: string, from: number, to: number): Part | null {
  const { body, comments, hasError } = parseText(parser, HEADER + text.slice(from, to));
  const [only] = body;
  if (body.length !== 1 || only?.kind !== 'ClassDef' || only.body.length === 0 || only.body[0]!.start < HEADER.length) return null;
  return moved({ body: only.body, comments, hasError }, from - HEADER.length);
}

function parseText(parser: PythonParser, text: string): Module {
  const runs = coverLongRuns(text);
  const tree = parser.parse(runs?.text ?? text);
  try {
    const table = parser.read(tree);
    const module = lower(text, table, parser.kinds);
    if (runs) module.comments = [...module.comments, ...commentsOf(runs.covered, table)].sort((a, b) => a.start - b.start);
    return module;
  } finally {
    tree.delete();
  }
}

function moved(part: Part, by: number): Part {
  for (const statement of part.body) shiftTree(statement, by);
  for (const comment of part.comments) shift(comment, by);
  return part;
}

/** Parses a stretch of the module (in places of the old text); null when its last line goes on in the next. */
function partOf(parser: PythonParser, { from, to }: Stretch, { oldEnd, newEnd }: Edited, text: string): Part | null {
  const end = to + newEnd - oldEnd;
  if (endsInBackslash(text, end)) return null;
  const part = parseLines(parser, text, from, end);
  return end < text.length && endsInComma(text, part.body.at(-1)) ? null : part;
}

/** Puts a newly parsed stretch between the statements around it. */
function splice(before: Parsed, { path }: Block, { from, to }: Stretch, part: Part, edited: Edited, text: string): Parsed {
  const by = edited.newEnd - edited.oldEnd;
  const { body, comments } = before.module;
  const commentsAfter = comments.slice(firstFrom(comments, to));
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
    body: replaced(body, path, { from, to }, part.body, (statement) => moveStatement(statement, by), by),
    comments: joined<Comment>(comments.slice(0, firstFrom(comments, from)), part.comments, commentsAfter),
    hasError: broken.length > 0,
  };
  adopt(module.body, module);
  return { text, module, broken };
}

/**
 * A body with other statements in a stretch; `path` leads from here to the block that the stretch is of.
 * @param move moves the statements of this body that follow
 */
function replaced(
  body: readonly Stmt[],
  path: readonly Definition[],
  stretch: Stretch,
  part: readonly Stmt[],
  move: (statement: Stmt) => void,
  by: number,
): Stmt[] {
  const [definition, ...inner] = path;
  const first = definition ? body.indexOf(definition) : firstFrom(body, stretch.from);
  const after = body.slice(definition ? first + 1 : firstFrom(body, stretch.to));
  for (const statement of after) move(statement);
  const all = (statement: Stmt): void => shiftTree(statement, by);
  const fresh = definition ? [withBody(definition, replaced(definition.body, inner, stretch, part, all, by))] : part;
  return joined<Stmt>(body.slice(0, first), fresh, after);
}

/** The same definition with another body. It ends with its last statement. */
function withBody(definition: Definition, body: Stmt[]): Definition {
  const node: Definition = { ...definition, body, end: body[body.length - 1]!.end };
  adopt(node.decorators, node);
  adopt(node.typeParams, node);
  adopt(node.kind === 'ClassDef' ? node.bases : node.params, node);
  if (node.kind === 'FunctionDef') adopt([node.returns], node);
  adopt(body, node);
  return node;
}

const joined = <T>(...parts: readonly (readonly T[])[]): T[] => ([] as T[]).concat(...parts);

/** Which statements an edit concerns: a stretch of lines in one block of a parsed text. Offsets are those of the text before the edit. */
import type { ClassDef, FunctionDef, Module, Stmt } from './ast';
import { settle } from './shift';

export interface Stretch {
  from: number;
  to: number;
}

export type Definition = FunctionDef | ClassDef;

/** Statements that follow each other: the module's, or the body of the last definition of `path`. */
export interface Block {
  /** definitions around it, outermost first */
  readonly path: readonly Definition[];
  readonly body: readonly Stmt[];
  /** where what follows the block begins, blank lines and comments passed over */
  readonly to: number;
}

/** The module and every body of a definition that has statements on both sides of an edit's beginning, outermost first. */
export function blocksAround(text: string, module: Module, edit: Stretch): Block[] {
  let block: Block = { path: [], body: module.body, to: text.length };
  const blocks = [block];
  for (;;) {
    const stretch = around(block, text, edit);
    const { body } = block;
    const only = body[firstFrom(body, edit.from) - 1];
    if (!stretch || (only?.kind !== 'FunctionDef' && only?.kind !== 'ClassDef') || stretch.from !== lineOf(block, text, only))
      return blocks;
    const next = body[body.indexOf(only) + 1];
    if (next && lineOf(block, text, next) !== stretch.to) return blocks;
    settle(only);
    block = { path: [...block.path, only], body: only.body, to: stretch.to };
    if (!around(block, text, edit)) return blocks;
    blocks.push(block);
  }
}

/**
 * The stretch of a block to parse for an edit, with all broken ones that it overlaps or touches.
 * @returns null when it is not within the block
 */
export function stretchIn(block: Block, text: string, edit: Stretch, broken: readonly Stretch[]): Stretch | null {
  let stretch = around(block, text, edit);
  while (stretch) {
    const grown = touching(stretch, broken);
    if (grown.from === stretch.from && grown.to === stretch.to) break;
    stretch = aligned(block, text, grown);
  }
  return stretch;
}

/** From the last statement that begins a line before an edit to the first that does after it: their first characters are untouched. */
function around(block: Block, text: string, { from, to }: Stretch): Stretch | null {
  return between(block, text, firstFrom(block.body, from) - 1, firstFrom(block.body, to + 1), to + 1);
}

/** The statements of a block that hold a stretch. */
function aligned(block: Block, text: string, { from, to }: Stretch): Stretch | null {
  const { body, path } = block;
  let first = firstFrom(body, from + 1);
  if (first === body.length || (lineOf(block, text, body[first]!) ?? Infinity) > from) first--;
  if (to > block.to || (first < 0 && path.length > 0)) return null;
  return between(block, text, first, firstFrom(body, to), to);
}

/** From a statement, or one before it that can begin a stretch, up to another, or one behind it whose line begins at `to` or later. */
function between(block: Block, text: string, first: number, last: number, to: number): Stretch | null {
  const { body, path } = block;
  while (first >= 0 && (lineOf(block, text, body[first]!) === null || endsInComma(text, body[first - 1]))) first--;
  while (last < body.length && (lineOf(block, text, body[last]!) ?? -1) < to) last++;
  if (first < 0 && path.length > 0) return null;
  return {
    from: first < 0 ? 0 : lineOf(block, text, body[first]!)!,
    to: last < body.length ? lineOf(block, text, body[last]!)! : block.to,
  };
}

/** Where the line of a statement begins; null when something stands before the statement. */
function lineOf({ path }: Block, text: string, { start }: Stmt): number | null {
  let at = start;
  if (path.length > 0) while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--;
  return at === 0 || text[at - 1] === '\n' ? at : null;
}

/** Index of the first item that begins at or after an offset. */
export function firstFrom(items: readonly { readonly start: number }[], offset: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function hull(a: Stretch, b: Stretch): Stretch {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

function touching(stretch: Stretch, broken: readonly Stretch[]): Stretch {
  let grown = stretch;
  for (;;) {
    const next = broken.filter(({ from, to }) => from <= grown.to && to >= grown.from).reduce(hull, grown);
    if (next.from === grown.from && next.to === grown.to) return grown;
    grown = next;
  }
}

/** The grammar, unlike Python, takes an assignment on the next line as one with names that end in a comma. */
export function endsInComma(text: string, statement: Stmt | undefined): boolean {
  return statement !== undefined && text[statement.end - 1] === ',';
}

/** Whether the last line of a stretch goes on behind its end. */
export function endsInBackslash(text: string, end: number): boolean {
  return end < text.length && /\\\r?\n$/.test(text.slice(Math.max(end - 3, 0), end));
}

/** Whether a stretch that is broken by itself may be whole together with what stands beside it: a clause at its beginning, a decorator at its end. */
export function needsNeighbours(stretch: string): boolean {
  if (/^(?:\s|#[^\n]*\n)*(?:else|elif|except|finally|case)\b/.test(stretch)) return true;
  return /(?:^|\n)[ \t]*@[^\n]*\s*(?:#[^\n]*\s*)*$/.test(stretch);
}

/** Whether a triple-quoted string is open at the end. Quotes inside the expressions of f-strings may mislead it, which costs a parse. */
export function endsInString(text: string): boolean {
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

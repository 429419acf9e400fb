/** Where a node stands in the text: its line, its indentation, whether brackets enclose it. */
import { tokenize } from '../catalog/tokens';
import type { Node, Stmt } from '../syntax/ast';
import { blockOf, statementOf } from '../syntax/statements';

/** The statement that begins the line a statement begins on: itself, one before a semicolon, or the header of a block on one line. */
export function firstOnLine(text: string, statement: Stmt): Stmt {
  let at = statement;
  while (!startsLine(text, at.start)) {
    const block = blockOf(at);
    const before: Stmt | undefined = block[block.indexOf(at) - 1];
    const header = at.parent && statementOf(at.parent);
    const next = before && lineStart(text, before.end) === lineStart(text, at.start) ? before : header;
    if (!next) break;
    at = next;
  }
  return at;
}

export function lineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  return at;
}

/** End of the line's content: before its line break. */
export function lineEnd(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

/** Start of the next line; the text's end for the last one. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return Math.min(text.length, end + (text.startsWith('\r\n', end) ? 2 : 1));
}

/** The blank space a line begins with. */
export function indentationAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  return /[ \t\f]*/y.exec(text.slice(start, start + 400))![0];
}

/** Whether nothing but blank space stands before the offset in its line. */
export function startsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** The file's line break. */
export function lineBreakOf(text: string): string {
  const at = text.indexOf('\n');
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** Whether brackets opened in the same statement enclose the node, so that line breaks are free in it. */
export function isBracketed(text: string, node: Node): boolean {
  const statement = statementOf(node);
  if (!statement) return false;
  let depth = 0;
  for (const token of tokenize(text.slice(statement.start, node.start))) {
    if (token.type !== 'op') continue;
    if (token.text === '(' || token.text === '[' || token.text === '{') depth++;
    else if (token.text === ')' || token.text === ']' || token.text === '}') depth--;
  }
  return depth > 0;
}

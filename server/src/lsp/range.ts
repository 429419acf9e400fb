import { type Position, type Range } from 'vscode-languageserver';
import type { Span } from '../core/syntax/ast';
import type { LineIndex } from '../core/syntax/line-index';

export const rangeOf = (lines: LineIndex, span: Span): Range => ({ start: lines.positionAt(span.start), end: lines.positionAt(span.end) });

/** Whether two ranges share a character or touch: a cursor at the end of a name is on the name. */
export function touches(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

const isBefore = (a: Position, b: Position): boolean => a.line < b.line || (a.line === b.line && a.character < b.character);

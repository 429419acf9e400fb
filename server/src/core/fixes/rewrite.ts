/**
 * A rewrite says what replaces one node, as pieces: literal text, holes that stand for other nodes of the file (rendered with their own
 * rewrites applied) and names that need an import. Composition (`compose.ts`) nests rewrites, allocates import names and derives the edits
 * by aligning tokens, so that comments and layout outside the changed tokens stay byte for byte.
 */
import type { ImportNeed } from '../catalog/import-need';
import type { Expr, Node, Span, Stmt } from '../syntax/ast';

export type { ImportNeed } from '../catalog/import-need';

/** Binding strength of a Python expression (`catalog/tokens.ts`); a hole is parenthesised when its expression binds more loosely than its place asks for. */
export type Precedence = number;

/** In literal text of statements, a line break is followed by the indentation of the replaced statement: write such text as if it stood at column 0. */
export type Piece =
  | string
  | { hole: Expr; precedence?: Precedence }
  /**
   * Whole statements, re-indented to the column where the piece stands. `moved`: what rewrites say of these statements themselves is meant for the
   * place they leave; only what they say of their parts applies here.
   */
  | { block: readonly Stmt[]; moved?: boolean }
  | { import: ImportNeed };

export interface Rewrite {
  /** replaced as a whole; for a statement, including its decorators. A statement or decorator without pieces is removed with its line. */
  node: Node;
  /** when only a part of the node is replaced, e.g. a method's name in its `def`; an empty span inserts before what starts there */
  span?: Span;
  pieces: Piece[];
}

/** A text edit in UTF-16 offsets of the version it was computed for. Disjoint and sorted within a list. */
export interface Edit extends Span {
  newText: string;
}

/** Applies disjoint sorted edits. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let out = '';
  let at = 0;
  for (const { start, end, newText } of edits) {
    out += text.slice(at, start) + newText;
    at = end;
  }
  return out + text.slice(at);
}

/**
 * A rewrite says what replaces one node, as pieces: literal text, holes that stand for other nodes of the file (rendered with their own
 * rewrites applied) and names that need an import. Composition (`compose.ts`) nests rewrites, allocates import names and derives the edits
 * by aligning tokens, so that comments and layout outside the changed tokens stay byte for byte.
 */
import type { Expr, Node, Span, Stmt } from '../syntax/ast';

/** A module or a name out of one, to be bound in the file under `prefer` or a free name. */
export interface ImportNeed {
  module: string;
  /** null: the module itself */
  name: string | null;
  /** the local name to use when it is free or already means this */
  prefer: string;
  /** tried when `prefer` means something else in this file */
  otherwise: string;
}

/** Binding strength of a Python expression; a hole is parenthesised when its expression binds more loosely than its place asks for. */
export type Precedence = number;

export type Piece =
  | string
  | { hole: Expr; precedence?: Precedence }
  /** whole statements, re-indented to the column where the piece stands */
  | { block: Stmt[] }
  | { import: ImportNeed };

export interface Rewrite {
  /** replaced as a whole; for a statement, including its decorators. */
  node: Node;
  /** when only a part of the node is replaced, e.g. a method's name in its `def` */
  span?: Span;
  pieces: Piece[];
}

/** A text edit in UTF-16 offsets of the version it was computed for. Disjoint and sorted within a list. */
export interface Edit extends Span {
  newText: string;
}

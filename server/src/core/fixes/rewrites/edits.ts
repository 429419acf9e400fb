/** The few shapes of rewrite that restructuring is made of. */
import type { Node, Stmt } from '../../syntax/ast';
import type { Piece, Rewrite } from '../rewrite';

export function replaceNode(node: Node, pieces: Piece[]): Rewrite {
  return { node, pieces };
}

/** Removes a statement with its line; an emptied block gets a `pass`. */
export function deleteStatement(statement: Stmt): Rewrite {
  return { node: statement, pieces: [] };
}

/** Puts lines before a statement, at its indentation. The pieces end with a line break. */
export function insertBefore(statement: Stmt, pieces: Piece[]): Rewrite {
  return { node: statement, span: { start: statement.start, end: statement.start }, pieces };
}

/** What encloses a node in the program: its loop, its function, its statement in the module. */
import type { Expr, FunctionDef, Node, Stmt } from '../../syntax/ast';
import { isStatement } from '../../syntax/statements';

/** The innermost loop around a statement that lies in the same function; null outside loops. */
export function enclosingLoop(statement: Stmt): Extract<Stmt, { kind: 'For' | 'While' }> | null {
  for (let at: Node | null = statement.parent; at; at = at.parent) {
    if (at.kind === 'For' || at.kind === 'While') return at;
    if (at.kind === 'FunctionDef' || at.kind === 'ClassDef') return null;
  }
  return null;
}

export function enclosingFunction(node: Node): FunctionDef | null {
  for (let at: Node | null = node.parent; at; at = at.parent) if (at.kind === 'FunctionDef') return at;
  return null;
}

/** The statement of the module's own block that contains the node. */
export function topLevelStatement(node: Node): Stmt | null {
  let at: Node | null = node;
  while (at && at.parent && at.parent.kind !== 'Module') at = at.parent;
  return at && at.parent && isStatement(at) ? at : null;
}

/** `loss.backward()` as a statement: the call, when the statement is nothing but one. */
export function soleCall(statement: Stmt): Extract<Expr, { kind: 'Call' }> | null {
  return statement.kind === 'ExprStmt' && statement.value.kind === 'Call' ? statement.value : null;
}

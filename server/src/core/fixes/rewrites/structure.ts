/** Where a node stands in the program: its statement, its block, its function. */
import type { Expr, FunctionDef, Node, Stmt } from '../../syntax/ast';

/** The statement that directly holds an expression. */
export function statementOf(node: Node): Stmt | null {
  let at: Node | null = node;
  while (at && !isStatement(at)) at = at.parent;
  return at;
}

const STATEMENTS = new Set<Node['kind']>([
  'FunctionDef', 'ClassDef', 'Return', 'Assign', 'AugAssign', 'ExprStmt', 'For', 'While', 'If', 'With', 'Try', 'Raise', 'Assert', 'Delete',
  'Import', 'ImportFrom', 'Global', 'Nonlocal', 'Pass', 'Break', 'Continue', 'Match', 'TypeAlias', 'ErrorStmt',
]); // prettier-ignore

export function isStatement(node: Node): node is Stmt {
  return STATEMENTS.has(node.kind);
}

/** The block (list of statements) a statement belongs to. */
export function blockOf(statement: Stmt): Stmt[] {
  const parent = statement.parent;
  if (!parent) return [];
  for (const block of blocksOf(parent)) if (block.includes(statement)) return block;
  return [];
}

/** Every block a node owns, in source order. */
function blocksOf(node: Node): Stmt[][] {
  switch (node.kind) {
    case 'Module':
    case 'FunctionDef':
    case 'ClassDef':
    case 'With':
    case 'ErrorStmt':
    case 'ExceptHandler':
    case 'MatchCase':
      return [node.body];
    case 'For':
    case 'While':
    case 'If':
      return [node.body, node.orelse];
    case 'Try':
      return [node.body, node.orelse, node.finalbody];
    default:
      return [];
  }
}

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

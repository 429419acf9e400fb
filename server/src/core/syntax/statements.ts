/** Where statements stand in the tree: the statement around a node, the block a statement is one of, the blocks a statement owns, what it stores to. */
import type { Expr, Node, Stmt } from './ast';

const STATEMENTS: ReadonlySet<Node['kind']> = new Set<Stmt['kind']>([
  'FunctionDef', 'ClassDef', 'Return', 'Assign', 'AugAssign', 'ExprStmt', 'For', 'While', 'If', 'With', 'Try', 'Raise', 'Assert', 'Delete',
  'Import', 'ImportFrom', 'Global', 'Nonlocal', 'Pass', 'Break', 'Continue', 'Match', 'TypeAlias', 'ErrorStmt',
]); // prettier-ignore

export function isStatement(node: Node): node is Stmt {
  return STATEMENTS.has(node.kind);
}

/** The innermost statement that holds a node (itself included); null for the module. */
export function statementOf(node: Node): Stmt | null {
  for (let at: Node | null = node; at; at = at.parent) if (isStatement(at)) return at;
  return null;
}

/** The list of statements a statement is one of. */
export function blockOf(statement: Stmt): Stmt[] {
  const parent = statement.parent;
  for (const block of parent ? ownBlocks(parent) : []) if (block.includes(statement)) return block;
  return [statement];
}

/** Every block of a statement, in source order, those of its handlers and cases included. */
export function blocksOf(node: Node): Stmt[][] {
  switch (node.kind) {
    case 'Try':
      return [node.body, ...node.handlers.map(({ body }) => body), node.orelse, node.finalbody];
    case 'Match':
      return node.cases.map(({ body }) => body);
    default:
      return ownBlocks(node);
  }
}

/** The blocks whose statements have the node as their parent. */
function ownBlocks(node: Node): Stmt[][] {
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

/** Whether something is assigned to the expression, or it is deleted. */
export function isStored(node: Expr): boolean {
  let target: Expr = node;
  while (target.parent?.kind === 'Tuple' || target.parent?.kind === 'List' || target.parent?.kind === 'Starred') target = target.parent;
  const { parent } = target;
  switch (parent?.kind) {
    case 'Assign':
    case 'Delete':
      return parent.targets.includes(target);
    case 'AugAssign':
    case 'For':
      return parent.target === target;
    case 'With':
      return parent.items.some((item) => item.target === target);
    case 'Comprehension':
      return parent.clauses.some((clause) => clause.target === target);
    default:
      return false;
  }
}

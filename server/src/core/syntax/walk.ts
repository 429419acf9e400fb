import type { Node } from './ast';

/** Calls `visit` for each child of a node, in source order (a conditional expression: body, test, else). */
export function forEachChild(node: Node, visit: (child: Node) => void): void {
  switch (node.kind) {
    case 'Name':
    case 'Constant':
    case 'Global':
    case 'Nonlocal':
    case 'Pass':
    case 'Break':
    case 'Continue':
    case 'ImportAlias':
      return;
    case 'Attribute':
    case 'Argument':
    case 'Await':
    case 'Starred':
    case 'Decorator':
    case 'ExprStmt':
      visit(node.value);
      return;
    case 'Call':
      visit(node.func);
      each(node.args, visit);
      return;
    case 'Subscript':
      visit(node.value);
      each(node.index, visit);
      return;
    case 'Slice':
      maybe(node.lower, visit);
      maybe(node.upper, visit);
      maybe(node.step, visit);
      return;
    case 'FString':
      each(node.values, visit);
      return;
    case 'List':
    case 'Tuple':
    case 'Set':
      each(node.items, visit);
      return;
    case 'Dict':
      for (const entry of node.entries) {
        maybe(entry.key, visit);
        visit(entry.value);
      }
      return;
    case 'BinOp':
    case 'BoolOp':
      visit(node.left);
      visit(node.right);
      return;
    case 'UnaryOp':
      visit(node.operand);
      return;
    case 'Compare':
      visit(node.left);
      each(node.rights, visit);
      return;
    case 'IfExp':
      visit(node.body);
      visit(node.test);
      visit(node.orelse);
      return;
    case 'Lambda':
      each(node.params, visit);
      visit(node.body);
      return;
    case 'Comprehension':
      each(node.elements, visit);
      for (const clause of node.clauses) {
        visit(clause.target);
        visit(clause.iter);
        each(clause.ifs, visit);
      }
      return;
    case 'Yield':
    case 'Return':
      maybe(node.value, visit);
      return;
    case 'NamedExpr':
      visit(node.target);
      visit(node.value);
      return;
    case 'ErrorExpr':
      each(node.parts, visit);
      return;
    case 'Param':
      maybe(node.annotation, visit);
      maybe(node.default, visit);
      return;
    case 'TypeParam':
      maybe(node.bound, visit);
      return;
    case 'FunctionDef':
      each(node.decorators, visit);
      each(node.typeParams, visit);
      each(node.params, visit);
      maybe(node.returns, visit);
      each(node.body, visit);
      return;
    case 'ClassDef':
      each(node.decorators, visit);
      each(node.typeParams, visit);
      each(node.bases, visit);
      each(node.body, visit);
      return;
    case 'Assign':
      // `a: T = v` has its annotation before the value, and then only one target
      each(node.targets, visit);
      maybe(node.annotation, visit);
      maybe(node.value, visit);
      return;
    case 'AugAssign':
      visit(node.target);
      visit(node.value);
      return;
    case 'For':
      visit(node.target);
      visit(node.iter);
      each(node.body, visit);
      each(node.orelse, visit);
      return;
    case 'While':
    case 'If':
      visit(node.test);
      each(node.body, visit);
      each(node.orelse, visit);
      return;
    case 'With':
      for (const item of node.items) {
        visit(item.context);
        maybe(item.target, visit);
      }
      each(node.body, visit);
      return;
    case 'ExceptHandler':
      maybe(node.type, visit);
      each(node.body, visit);
      return;
    case 'Try':
      each(node.body, visit);
      each(node.handlers, visit);
      each(node.orelse, visit);
      each(node.finalbody, visit);
      return;
    case 'Raise':
      maybe(node.exc, visit);
      maybe(node.cause, visit);
      return;
    case 'Assert':
      visit(node.test);
      maybe(node.message, visit);
      return;
    case 'Delete':
      each(node.targets, visit);
      return;
    case 'Import':
    case 'ImportFrom':
      each(node.names, visit);
      return;
    case 'Match':
      visit(node.subject);
      each(node.cases, visit);
      return;
    case 'MatchCase':
      each(node.binds, visit);
      each(node.values, visit);
      maybe(node.guard, visit);
      each(node.body, visit);
      return;
    case 'TypeAlias':
      visit(node.name);
      each(node.typeParams, visit);
      visit(node.value);
      return;
    case 'ErrorStmt':
    case 'Module':
      each(node.body, visit);
      return;
  }
}

function each(nodes: readonly Node[], visit: (child: Node) => void): void {
  for (let i = 0; i < nodes.length; i++) visit(nodes[i]!);
}

function maybe(node: Node | null, visit: (child: Node) => void): void {
  if (node) visit(node);
}

/** The children of a node, in source order. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  forEachChild(node, (child) => found.push(child));
  return found;
}

export interface Visitor {
  /** Before the children; `false` leaves them out (`leave` is still called). */
  enter?(node: Node): boolean | void;
  /** After the children. */
  leave?(node: Node): void;
}

/** Visits a node and everything below it in source order, without recursion: nesting of any depth is fine. */
export function visit(root: Node, visitor: Visitor): void {
  // A node is pushed before its children; a second time, as null above it, to mark that they are done.
  const stack: (Node | null)[] = [root];
  const open: Node[] = [];
  const pending: Node[] = [];
  const collect = (child: Node): void => void pending.push(child);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node === null) {
      visitor.leave?.(open.pop()!);
      continue;
    }
    const descend = visitor.enter?.(node) !== false;
    if (visitor.leave) {
      open.push(node);
      stack.push(null);
    }
    if (!descend) continue;
    forEachChild(node, collect);
    while (pending.length > 0) stack.push(pending.pop()!);
  }
}

/** The innermost node that holds an offset; null outside the root. */
export function nodeAt(root: Node, offset: number): Node | null {
  let found: Node | null = null;
  for (let at: Node | null = root; at && at.start <= offset && offset < at.end;) {
    found = at;
    let inner: Node | null = null;
    forEachChild(at, (child) => {
      if (child.start <= offset && offset < child.end) inner = child;
    });
    at = inner;
  }
  return found;
}

/** A node and everything below it, parents before children, in source order. */
export function* descendants(root: Node): Generator<Node> {
  const stack: Node[] = [root];
  const pending: Node[] = [];
  while (stack.length > 0) {
    const node = stack.pop()!;
    yield node;
    forEachChild(node, (child) => pending.push(child));
    while (pending.length > 0) stack.push(pending.pop()!);
  }
}

/**
 * Moving nodes after an edit in front of them. A key press moves most of a file, and whoever looks at it then reads little of it: of a definition at
 * module level the inside is left behind until somebody asks for it (`settle`).
 */
import type { ClassDef, FunctionDef, Module, Node, Span, Stmt } from './ast';
import { forEachChild } from './walk';

interface Places {
  spans: Span[];
  definitions: (FunctionDef | ClassDef)[];
}

/** The places in a tree, gathered when it is first moved. */
const gathered = new WeakMap<Node, Places>();

/** How far the inside of a definition is behind its own start and end. */
const behind = new WeakMap<Node, number>();

/** Moves a statement of the module; of a definition all that is inside only when it is settled. */
export function moveStatement(statement: Stmt, by: number): void {
  if (by === 0) return;
  if (statement.kind !== 'FunctionDef' && statement.kind !== 'ClassDef') return shiftTree(statement, by);
  shift(statement, by);
  behind.set(statement, (behind.get(statement) ?? 0) + by);
}

/** Brings the whole statement of the module that a node is in to its place. */
export function settle(node: Node): void {
  let statement = node;
  while (statement.parent && statement.parent.kind !== 'Module') statement = statement.parent;
  const by = behind.get(statement);
  if (by === undefined) return;
  behind.delete(statement);
  shift(statement, -by);
  shiftTree(statement, by);
}

export function settleAll({ body }: Module): void {
  for (const statement of body) settle(statement);
}

/** Moves a node and everything below it, in place. The tree keeps its nodes. */
export function shiftTree(root: Node, by: number): void {
  if (by === 0) return;
  let places = gathered.get(root);
  if (!places) gathered.set(root, (places = placesIn(root)));
  for (const span of places.spans) shift(span, by);
  for (const definition of places.definitions) definition.headerStart += by;
}

function placesIn(root: Node): Places {
  const places: Places = { spans: [], definitions: [] };
  const stack: Node[] = [root];
  const push = (child: Node): void => void stack.push(child);
  while (stack.length > 0) {
    const node = stack.pop()!;
    places.spans.push(node);
    addOwn(node, places);
    forEachChild(node, push);
  }
  return places;
}

export function shift(span: Span, by: number): void {
  const moved = span as { start: number; end: number };
  moved.start += by;
  moved.end += by;
}

/** The spans a node has besides its own. */
function addOwn(node: Node, { spans, definitions }: Places): void {
  switch (node.kind) {
    case 'Attribute':
      spans.push(node.attrSpan);
      return;
    case 'Call':
      spans.push(node.argsSpan);
      return;
    case 'Subscript':
      spans.push(node.indexSpan);
      return;
    case 'Argument':
    case 'ExceptHandler':
      if (node.nameSpan) spans.push(node.nameSpan);
      return;
    case 'Param':
    case 'TypeParam':
      spans.push(node.nameSpan);
      return;
    case 'FunctionDef':
    case 'ClassDef':
      spans.push(node.nameSpan);
      definitions.push(node);
      return;
    case 'ImportAlias':
      if (node.asSpan) spans.push(node.asSpan);
  }
}

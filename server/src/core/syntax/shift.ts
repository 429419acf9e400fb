import type { Node, Span } from './ast';
import { forEachChild } from './walk';

/** Moves a node and everything below it, in place. */
export function shiftTree(root: Node, by: number): void {
  if (by === 0) return;
  const stack: Node[] = [root];
  const push = (child: Node): void => void stack.push(child);
  while (stack.length > 0) {
    const node = stack.pop()!;
    shift(node, by);
    shiftOwnSpans(node, by);
    forEachChild(node, push);
  }
}

export function shift(span: Span, by: number): void {
  const moved = span as { start: number; end: number };
  moved.start += by;
  moved.end += by;
}

/** The spans a node has besides its own. */
function shiftOwnSpans(node: Node, by: number): void {
  switch (node.kind) {
    case 'Attribute':
      shift(node.attrSpan, by);
      return;
    case 'Call':
      shift(node.argsSpan, by);
      return;
    case 'Subscript':
      shift(node.indexSpan, by);
      return;
    case 'Argument':
    case 'ExceptHandler':
      if (node.nameSpan) shift(node.nameSpan, by);
      return;
    case 'Param':
    case 'TypeParam':
      shift(node.nameSpan, by);
      return;
    case 'FunctionDef':
    case 'ClassDef':
      shift(node.nameSpan, by);
      node.headerStart += by;
      return;
    case 'ImportAlias':
      if (node.asSpan) shift(node.asSpan, by);
  }
}

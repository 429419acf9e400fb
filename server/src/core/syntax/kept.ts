import type { Comment, Node, Span, Stmt } from './ast';
import { forEachChild } from './walk';

/**
 * A lowered statement that can be used again as long as tree-sitter re-uses its subtree: the subtree's address says so. Only statements of the
 * module and of class bodies are kept, that is what an edit touches few of.
 */
export interface Kept {
  statement: Stmt;
  /** the comments inside it, the same objects as in `Module.comments` */
  comments: Comment[];
  /** the statements kept inside it (a class's methods), by address */
  inner: [address: number, kept: Kept][];
}

/** Kept statements by the address of their subtree. Valid while the tree they were lowered from lives. */
export type KeptByAddress = Map<number, Kept>;

/** Moves a kept statement, and all in it, to where its subtree now begins. */
export function moveTo(kept: Kept, start: number): void {
  const by = start - kept.statement.start;
  if (by === 0) return;
  const stack: Node[] = [kept.statement];
  const push = (child: Node): void => void stack.push(child);
  while (stack.length > 0) {
    const node = stack.pop()!;
    shift(node, by);
    shiftOwnSpans(node, by);
    forEachChild(node, push);
  }
  for (const comment of kept.comments) shift(comment, by);
}

function shift(span: Span, by: number): void {
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

import type { Comment, Node, Span, Stmt } from './ast';
import { forEachChild } from './walk';

/** A lowered statement and where its subtree was, so that it can be used again. Only statements of the module and of class bodies are kept. */
export interface Kept {
  statement: Stmt;
  /** the comments inside it, the same objects as in `Module.comments` */
  comments: Comment[];
  /** the statements kept inside it (a class's methods) */
  inner: Kept[];
  /** the grammar's symbol and the span of its subtree (comments after the last statement included) */
  symbol: number;
  start: number;
  end: number;
}

/**
 * The kept statements of the text as last lowered, and the stretch edited since. A statement outside that stretch, error-free before and after, of
 * the same kind and length, has the same tokens in the same context and so the same tree.
 */
export class KeptStatements {
  private readonly byStart = new Map<number, Kept>();
  /** The stretch in the old text is `from`..`oldEnd`, in the present one `from`..`newEnd`; nothing was edited while `from` is infinite. */
  private from = Infinity;
  private oldEnd = 0;
  private newEnd = 0;

  /** Notes that `start`..`end` of the present text is replaced by `length` code units. */
  edit(start: number, end: number, length: number): void {
    if (this.from === Infinity) {
      this.from = start;
      this.oldEnd = this.newEnd = end;
    }
    const reach = Math.max(this.newEnd, end);
    this.oldEnd += reach - this.newEnd;
    this.newEnd = reach - (end - start) + length;
    this.from = Math.min(this.from, start);
  }

  /** What stood, untouched by the edits, where the present text now has an error-free statement. */
  find(start: number, end: number, symbol: number): Kept | null {
    let old = start;
    if (end > this.from) {
      if (start < this.newEnd) return null;
      old = start - this.newEnd + this.oldEnd;
    }
    const kept = this.byStart.get(old);
    return kept && kept.symbol === symbol && kept.end - kept.start === end - start ? kept : null;
  }

  /** Begins anew with the statements of the text just lowered. */
  reset(statements: readonly Kept[]): void {
    this.byStart.clear();
    this.from = Infinity;
    const add = (kept: Kept): void => {
      this.byStart.set(kept.start, kept);
      kept.inner.forEach(add);
    };
    statements.forEach(add);
  }
}

/** Moves a kept statement, and all in it, to where its subtree now begins. */
export function moveTo(kept: Kept, start: number): void {
  const by = start - kept.start;
  if (by === 0) return;
  shiftKept(kept, by);
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

function shiftKept(kept: Kept, by: number): void {
  shift(kept, by);
  for (const inner of kept.inner) shiftKept(inner, by);
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

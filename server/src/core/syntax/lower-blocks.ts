/** What compound statements share: their blocks, where they end, values written with commas. */
import type { Expr, Stmt } from './ast';
import { F, K } from './kinds';
import type { Lowering } from './lowering';

export function blockIn(low: Lowering, row: number, field: F): Stmt[] {
  const { next, kind, field: fields } = low.table;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (fields[child] === field && kind[child] === K.Block) return low.statements(child);
  }
  return [];
}

export function elseOf(low: Lowering, row: number): Stmt[] {
  const clause = low.childOf(row, K.ElseClause);
  return clause < 0 ? [] : blockIn(low, clause, F.Body);
}

export function isAsync(low: Lowering, row: number): boolean {
  return low.childOf(row, K.AsyncToken) >= 0;
}

/**
 * Where a compound statement ends: with its last statement. The grammar counts comments after it, indented or not, to the block; that would let
 * an edit of the statement swallow them.
 */
export function endAfter(end: number, ...blocks: readonly { readonly end: number }[][]): number {
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i]!;
    if (block.length > 0) return Math.min(end, block[block.length - 1]!.end);
  }
  return end;
}

/** One value of several written with commas. */
export function single(low: Lowering, items: Expr[], comma: boolean, end: number): Expr {
  const first = items[0];
  if (!first) return low.emptyExpr(end);
  return items.length === 1 && !comma ? first : low.tupleOf(items, first.start, items[items.length - 1]!.end);
}

/** The outermost expressions below a row, as statements. */
export function below(low: Lowering, row: number): Stmt[] {
  return low.looseExprs(row).map((value) => low.statementOf(value));
}

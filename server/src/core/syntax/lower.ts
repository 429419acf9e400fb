import type { Comment, Expr, Module, Stmt } from './ast';
import { K, type Kinds } from './kinds';
import { adopt, Lowering, Made } from './lowering';
import { lowerExpression } from './lower-expressions';
import { lowerStatement } from './lower-statements';
import type { NodeTable } from './node-table';

/**
 * Turns a node table into our syntax tree. Total: every table of every text gives a module; broken text becomes ErrorExpr and ErrorStmt nodes
 * that keep what is healthy inside. `text` is the whole text that the table's offsets count in.
 */
export function lower(text: string, table: NodeTable, kinds: Kinds): Module {
  const low = new Lowering(text, table, kinds);
  const { kind, up } = table;
  const comments: Comment[] = [];
  for (let row = table.count - 1; row > 0; row--) {
    const k: K = kind[row]!;
    if (k === K.Other) {
      if (low.broken[row] === 1) low.broken[up[row]!] = 1;
      continue;
    }
    if (k >= K.AsyncToken && k <= K.OpenBracketToken) continue; // its parent looks at it
    // what the parser invented to go on has no text
    if (table.start[row] === table.end[row] && table.next[row] === row + 1) continue;
    if (k === K.Comment) {
      const start = table.start[row]!;
      const end = table.end[row]!;
      comments.push({ start, end, text: text.slice(start + 1, end) });
      continue;
    }
    if (k === K.Error) {
      low.broken[up[row]!] = 1;
      continue;
    }
    if (k < K.ExpressionStatement) lowerExpression(low, row, k);
    else lowerStatement(low, row, k);
    if (low.broken[row] === 1) keepBroken(low, row, k);
  }
  comments.reverse();
  const body = low.statements(0);
  const module: Module = { kind: 'Module', start: 0, end: text.length, parent: null, body, comments, hasError: table.hasError };
  adopt(body, module);
  return module;
}

/** Attaches the healthy pieces of broken text below a row to the nearest node that was made, so that none is lost. */
function keepBroken(low: Lowering, row: number, kind: K): void {
  if (kind === K.Block && low.table.kind[low.table.up[row]!] !== K.MatchStatement) return;
  const made = low.made[row]!;
  const { start, end, up } = low.table;
  if (made === Made.Expr) {
    const pieces = low.brokenExprs(row);
    if (pieces.length === 0) return;
    const parts = [low.built[row] as Expr, ...pieces];
    const node: Expr = { kind: 'ErrorExpr', start: start[row]!, end: end[row]!, parent: null, parts };
    adopt(parts, node);
    low.built[row] = node;
  } else if (made === Made.Stmt) {
    const pieces = low.brokenPieces(row);
    if (pieces.length === 0) return;
    const statement = low.built[row] as Stmt;
    const last = pieces[pieces.length - 1]!;
    if ('body' in statement) {
      const broken = low.errorStmt(pieces, pieces[0]!.start, last.end);
      statement.body.unshift(broken);
      (statement as { end: number }).end = Math.max(statement.end, broken.end);
      broken.parent = statement;
    } else low.built[row] = low.errorStmt([statement, ...pieces], start[row]!, end[row]!);
  } else low.broken[up[row]!] = 1;
}

import type { ExceptHandler, Expr, If, MatchCase, Stmt, With } from './ast';
import { F, K } from './kinds';
import { blockIn, elseOf, endAfter, isAsync, single } from './lower-blocks';
import { adopt, Made, type Lowering } from './lowering';

export function ifStatement(low: Lowering, row: number, start: number, end: number): If {
  const { next, kind, start: starts } = low.table;
  const clauses: number[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!)
    if (kind[child] === K.ElifClause || kind[child] === K.ElseClause) clauses.push(child);
  let orelse: Stmt[] = [];
  for (let i = clauses.length - 1; i >= 0; i--) {
    const clause = clauses[i]!;
    // An elif reaches to the end of the whole statement, as it holds the ones after it.
    orelse = kind[clause] === K.ElifClause ? [branch(low, clause, starts[clause]!, end, orelse, true)] : blockIn(low, clause, F.Body);
  }
  return branch(low, row, start, end, orelse, false);
}

function branch(low: Lowering, row: number, start: number, end: number, orelse: Stmt[], isElif: boolean): If {
  const test = low.exprIn(row, F.Condition);
  const body = blockIn(low, row, F.Consequence);
  const node: If = { kind: 'If', start, end: endAfter(end, body, orelse), parent: null, test, body, orelse, isElif };
  test.parent = node;
  adopt(body, node);
  adopt(orelse, node);
  return node;
}

export function tryStatement(low: Lowering, row: number, start: number, end: number): Stmt {
  const { next, kind } = low.table;
  const handlers: ExceptHandler[] = [];
  let finalbody: Stmt[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind[child] === K.ExceptClause) handlers.push(low.built[child] as ExceptHandler);
    else if (kind[child] === K.FinallyClause) finalbody = low.statements(low.childOf(child, K.Block));
  }
  const body = blockIn(low, row, F.Body);
  const orelse = elseOf(low, row);
  const node: Stmt = {
    kind: 'Try',
    start,
    end: endAfter(end, body, handlers, orelse, finalbody),
    parent: null,
    body,
    handlers,
    orelse,
    finalbody,
  };
  adopt(body, node);
  adopt(handlers, node);
  adopt(orelse, node);
  adopt(finalbody, node);
  return node;
}

export function exceptHandler(low: Lowering, row: number): ExceptHandler {
  const { next, field, kind } = low.table;
  const types: Expr[] = [];
  let alias = low.childIn(row, F.Alias);
  let comma = false;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind[child] === K.CommaToken) comma = true;
    if (field[child] !== F.Value) continue;
    if (kind[child] === K.AsPattern) {
      types.push(low.requiredExpr(child));
      alias = low.childIn(child, F.Alias);
    } else types.push(low.expr(child));
  }
  const named = low.exprOrNull(alias);
  const type = types.length === 0 ? null : single(low, types, comma, low.table.end[row]!);
  const body = low.statements(low.childOf(row, K.Block));
  const name = named?.kind === 'Name' ? named : null;
  const node: ExceptHandler = {
    kind: 'ExceptHandler',
    start: low.table.start[row]!,
    end: endAfter(low.table.end[row]!, body),
    parent: null,
    type,
    name: name?.id ?? null,
    nameSpan: name ? { start: name.start, end: name.end } : null,
    body,
  };
  if (type) type.parent = node;
  adopt(body, node);
  return node;
}

export function withStatement(low: Lowering, row: number, start: number, end: number): With {
  const { next, kind } = low.table;
  const clause = low.childOf(row, K.WithClause);
  const items: With['items'] = [];
  if (clause >= 0) {
    for (let child = clause + 1; child < next[clause]!; child = next[child]!) {
      if (kind[child] !== K.WithItem) continue;
      const value = low.childIn(child, F.Value);
      items.push(
        value >= 0 && kind[value] === K.AsPattern
          ? withAs(low, value)
          : { context: low.exprOrNull(value) ?? low.emptyExpr(end), target: null },
      );
    }
  }
  const body = blockIn(low, row, F.Body);
  const node: With = { kind: 'With', start, end: endAfter(end, body), parent: null, items, body, isAsync: isAsync(low, row) };
  for (const item of items) {
    item.context.parent = node;
    if (item.target) item.target.parent = node;
  }
  adopt(body, node);
  return node;
}

function withAs(low: Lowering, row: number): With['items'][number] {
  const alias = low.childIn(row, F.Alias);
  return { context: low.requiredExpr(row), target: low.exprOrNull(alias) };
}

export function forStatement(low: Lowering, row: number, start: number, end: number): Stmt {
  const target = low.exprIn(row, F.Left);
  const iter = low.exprIn(row, F.Right);
  const body = blockIn(low, row, F.Body);
  const orelse = elseOf(low, row);
  const node: Stmt = {
    kind: 'For',
    start,
    end: endAfter(end, body, orelse),
    parent: null,
    target,
    iter,
    body,
    orelse,
    isAsync: isAsync(low, row),
  };
  target.parent = iter.parent = node;
  adopt(body, node);
  adopt(orelse, node);
  return node;
}

export function whileStatement(low: Lowering, row: number, start: number, end: number): Stmt {
  const test = low.exprIn(row, F.Condition);
  const body = blockIn(low, row, F.Body);
  const orelse = elseOf(low, row);
  const node: Stmt = { kind: 'While', start, end: endAfter(end, body, orelse), parent: null, test, body, orelse };
  test.parent = node;
  adopt(body, node);
  adopt(orelse, node);
  return node;
}

export function matchStatement(low: Lowering, row: number, start: number, end: number): Stmt {
  const subjects: Expr[] = [];
  const { next, field } = low.table;
  for (let child = row + 1; child < next[row]!; child = next[child]!) if (field[child] === F.Subject) subjects.push(low.expr(child));
  const subject = single(low, subjects, low.childOf(row, K.CommaToken) >= 0, end);
  const cases: MatchCase[] = [];
  const block = low.childOf(row, K.Block);
  if (block >= 0) {
    for (let child = block + 1; child < next[block]!; child = next[child]!)
      if (low.made[child] === Made.Part) cases.push(low.built[child] as MatchCase);
  }
  const node: Stmt = { kind: 'Match', start, end: endAfter(end, cases), parent: null, subject, cases };
  subject.parent = node;
  adopt(cases, node);
  return node;
}

import type { Assign, Decorator, ExceptHandler, Expr, MatchCase, Stmt } from './ast';
import { F, K } from './kinds';
import { below } from './lower-blocks';
import { exceptHandler, forStatement, ifStatement, matchStatement, tryStatement, whileStatement, withStatement } from './lower-compound';
import { classDef, decorated, functionDef, typeAlias } from './lower-definitions';
import { lowerImport, lowerImportFrom } from './lower-imports';
import { lowerCase } from './lower-match';
import { adopt, Made, type Lowering, type Mutable } from './lowering';

/** Lowers a row of a statement, or a clause its statement reads. */
export function lowerStatement(low: Lowering, row: number, kind: K): void {
  const part = partOf(low, row, kind);
  if (part) {
    low.built[row] = part;
    low.made[row] = Made.Part;
    return;
  }
  const statement = statementOf(low, row, kind);
  if (statement) {
    low.built[row] = statement;
    low.made[row] = Made.Stmt;
  }
}

function partOf(low: Lowering, row: number, kind: K): Decorator | ExceptHandler | MatchCase | null {
  switch (kind) {
    case K.Decorator: {
      const value = low.requiredExpr(row);
      const node: Decorator = {
        kind: 'Decorator',
        start: low.table.start[row]!,
        end: Math.max(value.end, low.table.start[row]!),
        parent: null,
        value,
      };
      value.parent = node;
      return node;
    }
    case K.ExceptClause:
      return exceptHandler(low, row);
    case K.CaseClause:
      return lowerCase(low, row);
    default:
      return null;
  }
}

function statementOf(low: Lowering, row: number, kind: K): Stmt | null {
  const { start: starts, end: ends } = low.table;
  const start = starts[row]!;
  const end = ends[row]!;
  switch (kind) {
    case K.ExpressionStatement:
      return expressionStatement(low, row, start, end);
    case K.Assignment:
      return assignment(low, row, start, end);
    case K.AugmentedAssignment: {
      const token = low.childIn(row, F.Operator);
      const target = low.exprIn(row, F.Left);
      const value = low.exprIn(row, F.Right);
      const node: Stmt = { kind: 'AugAssign', start, end, parent: null, target, op: token < 0 ? '' : low.tokenName(token), value };
      target.parent = value.parent = node;
      return node;
    }
    case K.ReturnStatement: {
      const value = low.firstExpr(row);
      const node: Stmt = { kind: 'Return', start, end, parent: null, value };
      if (value) value.parent = node;
      return node;
    }
    case K.DeleteStatement: {
      const [value] = low.childExprs(row);
      const targets = !value ? [] : value.kind === 'Tuple' && !value.parenthesised ? value.items : [value];
      const node: Stmt = { kind: 'Delete', start, end, parent: null, targets };
      adopt(targets, node);
      return node;
    }
    case K.RaiseStatement: {
      const causeRow = low.childIn(row, F.Cause);
      const cause = low.exprOrNull(causeRow);
      const first = low.firstExpr(row);
      const exc = first === cause ? null : first;
      const node: Stmt = { kind: 'Raise', start, end, parent: null, exc, cause };
      adopt([exc, cause], node);
      return node;
    }
    case K.AssertStatement: {
      const [test = low.emptyExpr(end), message = null] = low.childExprs(row);
      const node: Stmt = { kind: 'Assert', start, end, parent: null, test, message };
      adopt([test, message], node);
      return node;
    }
    case K.PassStatement:
      return { kind: 'Pass', start, end, parent: null };
    case K.BreakStatement:
      return { kind: 'Break', start, end, parent: null };
    case K.ContinueStatement:
      return { kind: 'Continue', start, end, parent: null };
    case K.GlobalStatement:
    case K.NonlocalStatement:
      return { kind: kind === K.GlobalStatement ? 'Global' : 'Nonlocal', start, end, parent: null, names: identifiers(low, row) };
    case K.PrintStatement:
    case K.ExecStatement:
      return low.errorStmt(below(low, row), start, end);
    case K.TypeAliasStatement:
      return typeAlias(low, row, start, end);
    case K.ImportStatement:
      return lowerImport(low, row);
    case K.ImportFromStatement:
    case K.FutureImportStatement:
      return lowerImportFrom(low, row, kind);
    case K.FunctionDefinition:
      return functionDef(low, row, start, end);
    case K.ClassDefinition:
      return classDef(low, row, start, end);
    case K.DecoratedDefinition:
      return decorated(low, row, start, end);
    case K.IfStatement:
      return ifStatement(low, row, start, end);
    case K.ForStatement:
      return forStatement(low, row, start, end);
    case K.WhileStatement:
      return whileStatement(low, row, start, end);
    case K.TryStatement:
      return tryStatement(low, row, start, end);
    case K.WithStatement:
      return withStatement(low, row, start, end);
    case K.MatchStatement:
      return matchStatement(low, row, start, end);
    default:
      return null;
  }
}

function expressionStatement(low: Lowering, row: number, start: number, end: number): Stmt | null {
  const { next, kind } = low.table;
  let count = 0;
  let comma = false;
  let first: Expr | null = null;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (low.made[child] === Made.Stmt) return low.built[child] as Stmt;
    if (low.made[child] === Made.Expr) {
      first ??= low.built[child] as Expr;
      count++;
    } else if (kind[child] === K.CommaToken) comma = true;
  }
  if (first === null) return null;
  const value = count === 1 && !comma ? first : low.tupleOf(low.childExprs(row), start, end);
  const node: Stmt = { kind: 'ExprStmt', start, end, parent: null, value };
  value.parent = node;
  return node;
}

function assignment(low: Lowering, row: number, start: number, end: number): Assign {
  const target = low.exprIn(row, F.Left);
  const annotation = low.exprOrNull(low.childIn(row, F.Type));
  const rightRow = low.childIn(row, F.Right);
  const right = rightRow >= 0 && low.made[rightRow] === Made.Stmt ? (low.built[rightRow] as Stmt) : null;
  let node: Mutable<Assign>;
  if (right?.kind === 'Assign' && !right.annotation) {
    // `a = b = v` nests to the right in the grammar: the inner one grows to the left.
    node = right;
    node.start = start;
    node.end = end;
    node.targets.unshift(target);
    node.annotation = annotation;
  } else
    node = { kind: 'Assign', start, end, parent: null, targets: [target], value: rightRow < 0 ? null : low.expr(rightRow), annotation };
  target.parent = node;
  if (node.value) node.value.parent = node;
  if (annotation) annotation.parent = node;
  return node;
}

function identifiers(low: Lowering, row: number): string[] {
  const { next, kind, start, end } = low.table;
  const names: string[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind[child] === K.Identifier && end[child]! > start[child]!) names.push(low.slice(child));
  }
  return names;
}

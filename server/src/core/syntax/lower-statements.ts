import type {
  Argument,
  Assign,
  ClassDef,
  Decorator,
  ExceptHandler,
  Expr,
  FunctionDef,
  If,
  MatchCase,
  Param,
  Stmt,
  TypeParam,
  With,
} from './ast';
import { F, K } from './kinds';
import { lowerImport, lowerImportFrom } from './lower-imports';
import { lowerCase } from './lower-match';
import { adopt, Made, type Lowering } from './lowering';

type Mutable<T> = { -readonly [P in keyof T]: T[P] };

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
    case K.ForStatement: {
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
    case K.WhileStatement: {
      const test = low.exprIn(row, F.Condition);
      const body = blockIn(low, row, F.Body);
      const orelse = elseOf(low, row);
      const node: Stmt = { kind: 'While', start, end: endAfter(end, body, orelse), parent: null, test, body, orelse };
      test.parent = node;
      adopt(body, node);
      adopt(orelse, node);
      return node;
    }
    case K.TryStatement:
      return tryStatement(low, row, start, end);
    case K.WithStatement:
      return withStatement(low, row, start, end);
    case K.MatchStatement: {
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
    default:
      return null;
  }
}

/**
 * Where a compound statement ends: with its last statement. The grammar counts comments after it, indented or not, to the block; that would let
 * an edit of the statement swallow them.
 */
function endAfter(end: number, ...blocks: readonly { readonly end: number }[][]): number {
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i]!;
    if (block.length > 0) return Math.min(end, block[block.length - 1]!.end);
  }
  return end;
}

/** One value of several written with commas. */
function single(low: Lowering, items: Expr[], comma: boolean, end: number): Expr {
  const first = items[0];
  if (!first) return low.emptyExpr(end);
  return items.length === 1 && !comma ? first : low.tupleOf(items, first.start, items[items.length - 1]!.end);
}

function expressionStatement(low: Lowering, row: number, start: number, end: number): Stmt | null {
  const { next, kind } = low.table;
  const values: Expr[] = [];
  let comma = false;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (low.made[child] === Made.Stmt) return low.built[child] as Stmt;
    if (low.made[child] === Made.Expr) values.push(low.built[child] as Expr);
    else if (kind[child] === K.CommaToken) comma = true;
  }
  if (values.length === 0) return null;
  const value = values.length === 1 && !comma ? values[0]! : low.tupleOf(values, start, end);
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

/** The outermost expressions below a row, as statements. */
function below(low: Lowering, row: number): Stmt[] {
  return low.looseExprs(row).map((value) => low.statementOf(value));
}

function typeAlias(low: Lowering, row: number, start: number, end: number): Stmt {
  const { kind } = low.table;
  const left = low.childIn(row, F.Left);
  const value = low.exprIn(row, F.Right);
  let inner = left + 1;
  let typeParams: TypeParam[] = [];
  if (left >= 0 && kind[inner] === K.GenericType) {
    const brackets = low.childOf(inner, K.TypeParameter);
    if (brackets >= 0 && low.made[brackets] === Made.Part) typeParams = low.built[brackets] as TypeParam[];
    inner++;
  }
  if (left < 0 || kind[inner] !== K.Identifier) {
    // `type a.b = c` is no alias.
    const pieces = below(low, row);
    return low.errorStmt(pieces, start, end);
  }
  const node: Stmt = {
    kind: 'TypeAlias',
    start,
    end,
    parent: null,
    name: { kind: 'Name', ...low.span(inner), parent: null, id: low.slice(inner) },
    typeParams,
    value,
  };
  node.name.parent = value.parent = node;
  adopt(typeParams, node);
  return node;
}

function typeParamsIn(low: Lowering, row: number): TypeParam[] {
  const brackets = low.childIn(row, F.TypeParameters);
  return brackets >= 0 && low.made[brackets] === Made.Part ? (low.built[brackets] as TypeParam[]) : [];
}

function functionDef(low: Lowering, row: number, start: number, end: number): FunctionDef {
  const name = low.childIn(row, F.Name);
  const list = low.childIn(row, F.Parameters);
  const params = list >= 0 && low.made[list] === Made.Part ? (low.built[list] as Param[]) : [];
  const returns = low.exprOrNull(low.childIn(row, F.ReturnType));
  const body = blockIn(low, row, F.Body);
  const node: FunctionDef = {
    kind: 'FunctionDef',
    start,
    end: endAfter(end, body),
    parent: null,
    name: name < 0 ? '' : low.slice(name),
    nameSpan: name < 0 ? { start, end: start } : low.span(name),
    typeParams: typeParamsIn(low, row),
    params,
    returns,
    decorators: [],
    body,
    isAsync: isAsync(low, row),
    headerStart: start,
  };
  adopt(node.typeParams, node);
  adopt(params, node);
  if (returns) returns.parent = node;
  adopt(body, node);
  return node;
}

function classDef(low: Lowering, row: number, start: number, end: number): ClassDef {
  const name = low.childIn(row, F.Name);
  const list = low.childIn(row, F.Superclasses);
  const bases = list >= 0 && low.made[list] === Made.Part ? (low.built[list] as Argument[]) : [];
  const body = blockIn(low, row, F.Body);
  const node: ClassDef = {
    kind: 'ClassDef',
    start,
    end: endAfter(end, body),
    parent: null,
    name: name < 0 ? '' : low.slice(name),
    nameSpan: name < 0 ? { start, end: start } : low.span(name),
    typeParams: typeParamsIn(low, row),
    bases,
    decorators: [],
    body,
    headerStart: start,
  };
  adopt(node.typeParams, node);
  adopt(bases, node);
  adopt(body, node);
  return node;
}

function decorated(low: Lowering, row: number, start: number, end: number): Stmt | null {
  const { next } = low.table;
  const decorators: Decorator[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!)
    if (low.made[child] === Made.Part) decorators.push(low.built[child] as Decorator);
  const definition = low.childIn(row, F.Definition);
  const node = definition >= 0 && low.made[definition] === Made.Stmt ? (low.built[definition] as Mutable<FunctionDef | ClassDef>) : null;
  if (node?.kind !== 'FunctionDef' && node?.kind !== 'ClassDef') {
    const pieces = below(low, row);
    return pieces.length > 0 ? low.errorStmt(pieces, start, end) : null;
  }
  node.start = start;
  node.decorators = decorators;
  adopt(decorators, node);
  return node;
}

function ifStatement(low: Lowering, row: number, start: number, end: number): If {
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

function tryStatement(low: Lowering, row: number, start: number, end: number): Stmt {
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

function exceptHandler(low: Lowering, row: number): ExceptHandler {
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

function withStatement(low: Lowering, row: number, start: number, end: number): With {
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

function blockIn(low: Lowering, row: number, field: F): Stmt[] {
  const { next, kind, field: fields } = low.table;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (fields[child] === field && kind[child] === K.Block) return low.statements(child);
  }
  return [];
}

function elseOf(low: Lowering, row: number): Stmt[] {
  const clause = low.childOf(row, K.ElseClause);
  return clause < 0 ? [] : blockIn(low, clause, F.Body);
}

function isAsync(low: Lowering, row: number): boolean {
  return low.childOf(row, K.AsyncToken) >= 0;
}

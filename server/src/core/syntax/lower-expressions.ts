import type { BinOp, Comprehension, Dict, Expr, Name, Param } from './ast';
import { F, K } from './kinds';
import { adopt, Made, type Lowering } from './lowering';
import { lowerParameter, lowerParameters, lowerTypeParameters } from './lower-parameters';
import { constant, lowerConcatenation, lowerString, number } from './lower-literals';
import { argumentsOf, attribute, call, keywordArgument, starOutside, subscript, wrapping } from './lower-primaries';

/** Lowers a row below statements: an expression, or a part its parent reads. */
export function lowerExpression(low: Lowering, row: number, kind: K): void {
  const part = partOf(low, row, kind);
  if (part !== null) {
    low.built[row] = part;
    low.made[row] = Made.Part;
    return;
  }
  const expr = expressionOf(low, row, kind);
  if (expr) {
    low.built[row] = expr;
    low.made[row] = Made.Expr;
  }
}

function partOf(low: Lowering, row: number, kind: K): unknown {
  switch (kind) {
    case K.ArgumentList:
      return argumentsOf(low, row);
    case K.KeywordArgument:
      return keywordArgument(low, row);
    case K.Parameters:
    case K.LambdaParameters:
      return lowerParameters(low, row);
    case K.DefaultParameter:
    case K.TypedParameter:
    case K.TypedDefaultParameter:
    case K.DictionarySplatPattern:
      return lowerParameter(low, row, kind);
    case K.TypeParameter:
      // In a generic type the brackets hold an index, after a definition's name they declare names.
      return low.table.kind[low.table.up[row]!] === K.GenericType && !isAliasHead(low, low.table.up[row]!)
        ? null
        : lowerTypeParameters(low, row);
    default:
      return null;
  }
}

/** Whether a generic type is the left side of `type A[T] = …`. */
function isAliasHead(low: Lowering, row: number): boolean {
  const { up, kind, field } = low.table;
  const type = up[row]!;
  return kind[type] === K.Type && field[type] === F.Left && kind[up[type]!] === K.TypeAliasStatement;
}

function expressionOf(low: Lowering, row: number, kind: K): Expr | null {
  const { start: starts, end: ends, kind: kindOf, field, up, next } = low.table;
  const start = starts[row]!;
  const end = ends[row]!;
  switch (kind) {
    case K.Identifier:
      return start === end || isPlainLabel(kindOf[up[row]!]!, field[row]!)
        ? null
        : { kind: 'Name', start, end, parent: null, id: low.text.slice(start, end) };
    case K.Attribute:
    case K.MemberType:
      return attribute(low, row, kind, start, end);
    case K.Call:
      return call(low, row, start, end);
    case K.Integer:
    case K.Float:
      return number(low.slice(row), kind, start, end);
    case K.True:
    case K.False:
      return constant('bool', kind === K.True, start, end);
    case K.None:
      return constant('none', null, start, end);
    case K.Ellipsis:
      return constant('ellipsis', null, start, end);
    case K.String:
      return lowerString(low, row);
    case K.ConcatenatedString:
      return lowerConcatenation(low, row);
    case K.Parenthesized:
    case K.Type:
    case K.AsPatternTarget:
      return low.firstExpr(row);
    case K.Subscript: {
      const value = low.exprIn(row, F.Value);
      const index: Expr[] = [];
      let open = end;
      for (let child = row + 1; child < next[row]!; child = next[child]!) {
        if (field[child] === F.Subscript) index.push(low.expr(child));
        else if (open === end && kindOf[child] === K.OpenBracketToken) open = starts[child]!;
      }
      return subscript(value, index, open, start, end);
    }
    case K.GenericType: {
      const value = low.requiredExpr(row);
      const brackets = low.childOf(row, K.TypeParameter);
      if (brackets < 0 || low.made[brackets] === Made.Part) return value;
      return subscript(value, low.childExprs(brackets), starts[brackets]!, start, end);
    }
    case K.Slice:
      return slice(low, row, start, end);
    case K.List:
    case K.ListPattern:
      return sequence('List', low.childExprs(row), start, end);
    case K.Set:
      return sequence('Set', low.childExprs(row), start, end);
    case K.Tuple:
    case K.TuplePattern: {
      const items = low.childExprs(row);
      // `(x) = …` and `for (x) in …` are patterns in parentheses, no tuples.
      if (kind === K.TuplePattern && items.length === 1 && low.childOf(row, K.CommaToken) < 0) return items[0]!;
      const node: Expr = { kind: 'Tuple', start, end, parent: null, items, parenthesised: true };
      adopt(items, node);
      return node;
    }
    case K.ExpressionList:
    case K.PatternList:
      return low.tupleOf(low.childExprs(row), start, end);
    case K.ListSplat:
    case K.ListSplatPattern:
    case K.SplatType:
      return wrapping('Starred', low.requiredExpr(row), start, end);
    case K.Await:
      return wrapping('Await', low.requiredExpr(row), start, end);
    case K.Dictionary:
      return dictionary(low, row, start, end);
    case K.BinaryOperator:
    case K.BooleanOperator:
      return binary(low, row, kind, start, end);
    case K.UnionType: {
      const [left = low.emptyExpr(end), right = low.emptyExpr(end)] = low.childExprs(row);
      const node: Expr = { kind: 'BinOp', start, end, parent: null, op: '|', left, right };
      left.parent = right.parent = node;
      return node;
    }
    case K.UnaryOperator:
    case K.NotOperator: {
      const operand = low.requiredExpr(row);
      const sign = low.childIn(row, F.Operator);
      const op = kind === K.NotOperator ? 'not' : sign < 0 ? '-' : low.tokenName(sign);
      const node: Expr = { kind: 'UnaryOp', start, end, parent: null, op, operand };
      operand.parent = node;
      return node;
    }
    case K.ComparisonOperator: {
      const operands = low.childExprs(row);
      const ops: string[] = [];
      for (let child = row + 1; child < next[row]!; child = next[child]!) if (field[child] === F.Operators) ops.push(low.tokenName(child));
      const left = operands[0] ?? low.emptyExpr(start);
      const rights = operands.slice(1);
      const node: Expr = { kind: 'Compare', start, end, parent: null, left, ops, rights };
      left.parent = node;
      adopt(rights, node);
      return node;
    }
    case K.ConditionalExpression: {
      const [body = low.emptyExpr(start), test = low.emptyExpr(end), orelse = low.emptyExpr(end)] = low.childExprs(row);
      const node: Expr = { kind: 'IfExp', start, end, parent: null, test, body, orelse };
      test.parent = body.parent = orelse.parent = node;
      return node;
    }
    case K.Lambda: {
      const list = low.childIn(row, F.Parameters);
      const params = list < 0 ? [] : (low.built[list] as Param[]);
      const body = low.exprIn(row, F.Body);
      const node: Expr = { kind: 'Lambda', start, end, parent: null, params, body };
      adopt(params, node);
      body.parent = node;
      return node;
    }
    case K.ListComprehension:
      return comprehension(low, row, 'list', start, end);
    case K.SetComprehension:
      return comprehension(low, row, 'set', start, end);
    case K.DictionaryComprehension:
      return comprehension(low, row, 'dict', start, end);
    case K.GeneratorExpression:
      return comprehension(low, row, 'generator', start, end);
    case K.Yield: {
      const value = low.firstExpr(row);
      const node: Expr = { kind: 'Yield', start, end, parent: null, value, from: low.childOf(row, K.FromToken) >= 0 };
      if (value) value.parent = node;
      return node;
    }
    case K.NamedExpression: {
      const name = low.childIn(row, F.Name);
      const target: Name = {
        kind: 'Name',
        start: starts[name] ?? start,
        end: ends[name] ?? start,
        parent: null,
        id: name < 0 ? '' : low.slice(name),
      };
      const value = low.exprIn(row, F.Value);
      const node: Expr = { kind: 'NamedExpr', start, end, parent: null, target, value };
      target.parent = value.parent = node;
      return node;
    }
    case K.AsPattern:
      // `a as b` belongs to with, except and case, which read it themselves; elsewhere it is an error the grammar lets pass.
      return kindOf[up[row]!] === K.CasePattern ? null : low.errorExpr(row);
    default:
      return null;
  }
}

/** Identifiers that are labels of their parent and no expressions of their own: it reads their text itself. */
function isPlainLabel(parent: K, field: F): boolean {
  switch (parent) {
    case K.Attribute:
      return field === F.Attribute;
    case K.KeywordArgument:
    case K.FunctionDefinition:
    case K.ClassDefinition:
    case K.DefaultParameter:
    case K.TypedDefaultParameter:
    case K.NamedExpression:
      return field === F.Name;
    case K.DottedName:
    case K.AliasedImport:
    case K.GlobalStatement:
    case K.NonlocalStatement:
    case K.KeywordPattern:
    case K.SplatPattern:
    case K.MemberType:
    case K.Parameters:
    case K.LambdaParameters:
      return true;
    case K.TypedParameter:
      return field === F.None;
    default:
      return false;
  }
}

function slice(low: Lowering, row: number, start: number, end: number): Expr {
  const { next, kind } = low.table;
  const bounds: [Expr | null, Expr | null, Expr | null] = [null, null, null];
  let colons = 0;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind[child] === K.ColonToken) colons++;
    else if (low.made[child] === Made.Expr) bounds[Math.min(colons, 2) as 0 | 1 | 2] = low.built[child] as Expr;
  }
  const node: Expr = { kind: 'Slice', start, end, parent: null, lower: bounds[0], upper: bounds[1], step: bounds[2] };
  adopt(bounds, node);
  return node;
}

function sequence(kind: 'List' | 'Set', items: Expr[], start: number, end: number): Expr {
  const node: Expr = { kind, start, end, parent: null, items };
  adopt(items, node);
  return node;
}

function dictionary(low: Lowering, row: number, start: number, end: number): Dict {
  const { next, kind } = low.table;
  const node: Dict = { kind: 'Dict', start, end, parent: null, entries: [] };
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    const k: K = kind[child]!;
    const isPair = k === K.Pair;
    if (!isPair && k !== K.DictionarySplat) continue;
    const key = isPair ? low.exprIn(child, F.Key) : null;
    const value = isPair ? low.exprIn(child, F.Value) : low.requiredExpr(child);
    if (key) key.parent = node;
    value.parent = node;
    node.entries.push({ key, value });
  }
  return node;
}

function binary(low: Lowering, row: number, kind: K, start: number, end: number): Expr {
  const left = low.exprIn(row, F.Left);
  const right = low.exprIn(row, F.Right);
  const token = low.childIn(row, F.Operator);
  const op = token < 0 ? '' : low.tokenName(token);
  if (kind === K.BooleanOperator) {
    const node: Expr = { kind: 'BoolOp', start, end, parent: null, op: op === 'or' ? 'or' : 'and', left, right };
    left.parent = right.parent = node;
    return node;
  }
  const node: BinOp = { kind: 'BinOp', start, end, parent: null, op, left, right };
  left.parent = right.parent = node;
  return starOutside(node, left, (operand) => (node.left = operand));
}

function comprehension(low: Lowering, row: number, type: Comprehension['type'], start: number, end: number): Comprehension {
  const { next, kind, field } = low.table;
  const node: Comprehension = { kind: 'Comprehension', start, end, parent: null, type, elements: [], clauses: [] };
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    const k: K = kind[child]!;
    if (field[child] === F.Body) {
      node.elements = k === K.Pair ? [low.exprIn(child, F.Key), low.exprIn(child, F.Value)] : [low.expr(child)];
    } else if (k === K.ForInClause) {
      const iters: Expr[] = [];
      for (let at = child + 1; at < next[child]!; at = next[at]!)
        if (field[at] === F.Right && low.made[at] === Made.Expr) iters.push(low.expr(at));
      const target = low.exprIn(child, F.Left);
      const iter =
        iters.length === 1
          ? iters[0]!
          : iters.length === 0
            ? low.emptyExpr(low.table.end[child]!)
            : low.tupleOf(iters, iters[0]!.start, iters[iters.length - 1]!.end);
      target.parent = iter.parent = node;
      node.clauses.push({ target, iter, ifs: [], isAsync: low.childOf(child, K.AsyncToken) >= 0 });
    } else if (k === K.IfClause) {
      const test = low.requiredExpr(child);
      test.parent = node;
      node.clauses[node.clauses.length - 1]?.ifs.push(test);
    }
  }
  adopt(node.elements, node);
  return node;
}

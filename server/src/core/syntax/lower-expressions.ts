import type { Argument, Attribute, BinOp, Call, Comprehension, Constant, Dict, Expr, Name, Param, Subscript } from './ast';
import { F, K } from './kinds';
import { adopt, Made, type Lowering } from './lowering';
import { lowerParameter, lowerParameters, lowerTypeParameters } from './lower-parameters';
import { lowerConcatenation, lowerString } from './lower-strings';

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
export function isAliasHead(low: Lowering, row: number): boolean {
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
        else if (open === end && field[child] !== F.Value && low.text.charCodeAt(starts[child]!) === 91) open = starts[child]!;
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

/**
 * The grammar reads `*a.b` as `(*a).b`, and so with calls, subscripts and operators; in Python the star takes it all. Bottom-up, each level hands
 * the star one level up.
 */
function starOutside(node: Attribute | Call | Subscript | BinOp, first: Expr, put: (operand: Expr) => void): Expr {
  if (first.kind !== 'Starred' || first.start !== node.start) return node;
  const operand = first.value;
  put(operand);
  operand.parent = node;
  (node as { start: number }).start = operand.start;
  return wrapping('Starred', node, first.start, node.end);
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

function attribute(low: Lowering, row: number, kind: K, start: number, end: number): Expr {
  const { next, kind: kindOf, field, start: starts, end: ends } = low.table;
  let label = -1;
  let dot = -1;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind === K.Attribute ? field[child] === F.Attribute : kindOf[child] === K.Identifier) label = child;
    else if (kindOf[child] === K.DotToken) dot = child;
  }
  const value = low.requiredExpr(row);
  // An attribute whose name the parser had to invent (`x.`) is broken; its value is not.
  if (label < 0 || starts[label] === ends[label] || isOnNextStatement(low, row, dot < 0 ? value.end : ends[dot]!, starts[label]!)) {
    const broken: Expr = { kind: 'ErrorExpr', start, end, parent: null, parts: [value] };
    value.parent = broken;
    return broken;
  }
  const node: Attribute = { kind: 'Attribute', start, end, parent: null, value, attr: low.slice(label), attrSpan: low.span(label) };
  value.parent = node;
  return starOutside(node, value, (operand) => (node.value = operand));
}

function call(low: Lowering, row: number, start: number, end: number): Expr {
  const { start: starts, next, kind: kindOf } = low.table;
  const func = low.requiredExpr(row);
  let args: Argument[] = [];
  let open = end;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kindOf[child] === K.ArgumentList) {
      args = low.built[child] as Argument[];
      open = starts[child]!;
    } else if (kindOf[child] === K.GeneratorExpression && low.table.field[child] !== F.Function) {
      args = [positional(low.expr(child), child, low)];
      open = starts[child]!;
    }
  }
  const node: Call = { kind: 'Call', start, end, parent: null, func, args, argsSpan: { start: open, end } };
  func.parent = node;
  adopt(args, node);
  return starOutside(node, func, (operand) => (node.func = operand));
}

function argumentsOf(low: Lowering, row: number): Argument[] {
  const { next, kind, start, end } = low.table;
  const args: Argument[] = [];
  const stop = next[row]!;
  for (let child = row + 1; child < stop; child = next[child]!) {
    const made = low.made[child]!;
    const k: K = kind[child]!;
    if (made === Made.Part && k === K.KeywordArgument) args.push(low.built[child] as Argument);
    else if (k === K.DictionarySplat) args.push(splat('doublestar', low.requiredExpr(child), start[child]!, end[child]!));
    else if (made === Made.Expr) {
      const value = low.built[child] as Expr;
      if (value.kind === 'Starred') args.push(splat('star', value.value, start[child]!, end[child]!));
      else args.push(positional(value, child, low));
    }
  }
  return args;
}

function positional(value: Expr, row: number, low: Lowering): Argument {
  const node: Argument = {
    kind: 'Argument',
    start: low.table.start[row]!,
    end: low.table.end[row]!,
    parent: null,
    form: 'positional',
    name: null,
    nameSpan: null,
    value,
  };
  value.parent = node;
  return node;
}

function splat(form: 'star' | 'doublestar', value: Expr, start: number, end: number): Argument {
  const node: Argument = { kind: 'Argument', start, end, parent: null, form, name: null, nameSpan: null, value };
  value.parent = node;
  return node;
}

function keywordArgument(low: Lowering, row: number): Argument {
  const name = low.childIn(row, F.Name);
  const value = low.exprIn(row, F.Value);
  const node: Argument = {
    kind: 'Argument',
    start: low.table.start[row]!,
    end: low.table.end[row]!,
    parent: null,
    form: 'keyword',
    name: name < 0 ? '' : low.slice(name),
    nameSpan: name < 0 ? null : low.span(name),
    value,
  };
  value.parent = node;
  return node;
}

function subscript(value: Expr, index: Expr[], open: number, start: number, end: number): Expr {
  const node: Subscript = { kind: 'Subscript', start, end, parent: null, value, index, indexSpan: { start: open, end } };
  value.parent = node;
  adopt(index, node);
  return starOutside(node, value, (operand) => (node.value = operand));
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

function wrapping(kind: 'Starred' | 'Await', value: Expr, start: number, end: number): Expr {
  const node: Expr = { kind, start, end, parent: null, value };
  value.parent = node;
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

function constant(type: Constant['type'], value: Constant['value'], start: number, end: number): Constant {
  return { kind: 'Constant', start, end, parent: null, type, value };
}

function number(text: string, kind: K, start: number, end: number): Constant {
  const last = text.charCodeAt(text.length - 1) | 32;
  const isRadix = /^0[xob]/i.test(text);
  if (last === 106 && !isRadix) return constant('complex', null, start, end);
  let digits = text.includes('_') ? text.replaceAll('_', '') : text;
  if (last === 108) digits = digits.slice(0, -1); // Python 2 long
  return kind === K.Float || (!isRadix && /[.e]/i.test(digits))
    ? constant('float', Number(digits), start, end)
    : constant('int', isRadix ? Number(digits) : parseInt(digits, 10), start, end);
}

/**
 * While someone types `x = torch.` the parser reads on into the next line for the name. Python would not: outside of brackets a line break
 * between the dot and the name is no attribute (unless escaped).
 */
function isOnNextStatement(low: Lowering, row: number, from: number, to: number): boolean {
  if (to === from) return false;
  const gap = low.text.slice(from, to);
  return gap.includes('\n') && gap.replace(/\\\r?\n/g, '').includes('\n') && !isInBrackets(low, row);
}

/** Whether the row stands between brackets, where line breaks do not end a statement. */
function isInBrackets(low: Lowering, row: number): boolean {
  const { up, kind, field } = low.table;
  for (let at = row, above = up[at]!; above >= 0; at = above, above = up[at]!) {
    const k: K = kind[above]!;
    if (k === K.Subscript && field[at] === F.Subscript) return true;
    if (k >= K.ExpressionStatement || k === K.Block || k === K.Error) return false;
    if (BRACKETS.has(k)) return true;
  }
  return false;
}

const BRACKETS = new Set<K>([
  K.Parenthesized, K.ArgumentList, K.List, K.Tuple, K.Set, K.Dictionary, K.ListComprehension, K.SetComprehension, K.DictionaryComprehension,
  K.GeneratorExpression, K.TypeParameter, K.TuplePattern, K.ListPattern, K.Parameters, K.Interpolation,
]); // prettier-ignore

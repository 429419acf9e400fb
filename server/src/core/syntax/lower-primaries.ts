/** Names after dots, calls with their arguments, subscripts: what chains at the front of expressions. */
import type { Argument, Attribute, BinOp, Call, Expr, Subscript } from './ast';
import { F, K } from './kinds';
import { adopt, Made, type Lowering } from './lowering';

export function attribute(low: Lowering, row: number, kind: K, start: number, end: number): Expr {
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

export function call(low: Lowering, row: number, start: number, end: number): Expr {
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

export function argumentsOf(low: Lowering, row: number): Argument[] {
  const { next, kind, start, end } = low.table;
  let count = 0;
  const stop = next[row]!;
  for (let child = row + 1; child < stop; child = next[child]!) {
    const made = low.made[child]!;
    const k: K = kind[child]!;
    if (made === Made.Part && k === K.KeywordArgument) low.gather(count++, low.built[child]);
    else if (k === K.DictionarySplat) low.gather(count++, splat('doublestar', low.requiredExpr(child), start[child]!, end[child]!));
    else if (made === Made.Expr) {
      const value = low.built[child] as Expr;
      low.gather(
        count++,
        value.kind === 'Starred' ? splat('star', value.value, start[child]!, end[child]!) : positional(value, child, low),
      );
    }
  }
  return low.gatheredList(count);
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

export function keywordArgument(low: Lowering, row: number): Argument {
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

export function subscript(value: Expr, index: Expr[], open: number, start: number, end: number): Expr {
  const node: Subscript = { kind: 'Subscript', start, end, parent: null, value, index, indexSpan: { start: open, end } };
  value.parent = node;
  adopt(index, node);
  return starOutside(node, value, (operand) => (node.value = operand));
}

/**
 * The grammar reads `*a.b` as `(*a).b`, and so with calls, subscripts and operators; in Python the star takes it all. Bottom-up, each level hands
 * the star one level up.
 */
export function starOutside(node: Attribute | Call | Subscript | BinOp, first: Expr, put: (operand: Expr) => void): Expr {
  if (first.kind !== 'Starred' || first.start !== node.start) return node;
  const operand = first.value;
  put(operand);
  operand.parent = node;
  (node as { start: number }).start = operand.start;
  return wrapping('Starred', node, first.start, node.end);
}

export function wrapping(kind: 'Starred' | 'Await', value: Expr, start: number, end: number): Expr {
  const node: Expr = { kind, start, end, parent: null, value };
  value.parent = node;
  return node;
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

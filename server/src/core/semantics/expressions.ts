/** Types of expressions; every name and attribute met on the way is resolved. */
import type { Call, Compare, Comprehension, Expr, Lambda, Name } from '../syntax/ast';
import { Arguments, MAX_DEPTH, type Analysis } from './analysis';
import { annotationOfText } from './annotations';
import { assign } from './assignment';
import { evaluateAttribute } from './attributes';
import { callResult, literalGetattr } from './calls';
import { iterate, subscript } from './containers';
import { Frame } from './frame';
import { defineLambda, finishLambdas } from './functions';
import { evaluateName } from './names';
import { applyNarrowing } from './narrowing';
import { constantType, operate } from './operators';
import { emitIndexing, emitOperator } from './operator-references';
import { declareTarget, LexicalScope } from './scope';
import { BOOL, dictOf, join, listOf, NEVER, NONE, STR, tensor, tupleOf, UNKNOWN, withoutNone, type Type } from './type';

/** The type of an expression. */
export function evaluate(a: Analysis, expr: Expr): Type {
  if (a.spine !== null) {
    const known = a.spine.get(expr);
    if (known) return known;
  }
  if (a.depth >= MAX_DEPTH) return a.spine === null ? evaluateSpine(a, expr) : UNKNOWN;
  if (++a.steps > a.maxSteps && a.isSpent()) return UNKNOWN;
  a.depth++;
  const type = dispatch(a, expr);
  a.depth--;
  return a.record(expr, type);
}

function dispatch(a: Analysis, expr: Expr): Type {
  switch (expr.kind) {
    case 'Name':
      return evaluateName(a, expr, true);
    case 'Attribute':
      return evaluateAttribute(a, expr, true);
    case 'Call':
      return evaluateCall(a, expr);
    case 'Constant':
      return a.inAnnotation && expr.type === 'str' ? annotationOfText(a, expr) : constantType(expr);
    case 'Subscript': {
      const type = evaluate(a, expr.value);
      emitIndexing(
        a,
        expr,
        type,
        expr.index.map((part) => evaluate(a, part)),
      );
      return subscript(a, type, expr.index, expr.start);
    }
    case 'Slice':
      if (expr.lower) evaluate(a, expr.lower);
      if (expr.upper) evaluate(a, expr.upper);
      if (expr.step) evaluate(a, expr.step);
      return UNKNOWN;
    case 'BinOp': {
      const left = evaluate(a, expr.left);
      const right = evaluate(a, expr.right);
      emitOperator(a, expr, left, right);
      return operate(expr.op, left, right);
    }
    case 'UnaryOp': {
      const type = evaluate(a, expr.operand);
      return expr.op === 'not' ? BOOL : withoutNone(type);
    }
    case 'BoolOp': {
      const left = evaluate(a, expr.left);
      if (expr.left.kind === 'BoolOp' && expr.right.kind === 'Name') return join(left, evaluate(a, expr.right));
      const state = a.frame.save();
      applyNarrowing(a, expr.left, expr.op === 'and');
      const right = evaluate(a, expr.right);
      const bound = a.frame.values.length > state.values.length;
      if (!bound) a.frame.restore(state);
      else a.frame.merge(state);
      return expr.op === 'or' ? join(withoutNone(left), right) : left === NONE ? NONE : join(right, left === BOOL ? BOOL : right);
    }
    case 'Compare':
      return evaluateCompare(a, expr);
    case 'IfExp': {
      evaluate(a, expr.test);
      const before = a.frame.save();
      applyNarrowing(a, expr.test, true);
      const body = evaluate(a, expr.body);
      a.frame.restore(before);
      const state = a.frame.save();
      applyNarrowing(a, expr.test, false);
      const orelse = evaluate(a, expr.orelse);
      a.frame.restore(state);
      return join(body, orelse);
    }
    case 'List':
      return listOf(evaluateItems(a, expr.items));
    case 'Set':
      return listOf(evaluateItems(a, expr.items));
    case 'Tuple': {
      if (expr.items.some((item) => item.kind === 'Starred') || expr.items.length > 30) return listOf(evaluateItems(a, expr.items));
      return tupleOf(expr.items.map((item) => evaluate(a, item)));
    }
    case 'Dict':
      return evaluateDict(a, expr);
    case 'FString':
      for (const value of expr.values) evaluate(a, value);
      return STR;
    case 'Lambda':
      return evaluateLambda(a, expr);
    case 'Comprehension':
      return evaluateComprehension(a, expr);
    case 'Await':
      return evaluate(a, expr.value);
    case 'Yield': {
      const type = expr.value ? evaluate(a, expr.value) : NONE;
      const item = expr.from ? iterate(a, type, expr.start) : type;
      a.frame.yielded = a.frame.yielded ? join(a.frame.yielded, item) : item;
      return UNKNOWN;
    }
    case 'NamedExpr': {
      const type = evaluate(a, expr.value);
      assignWalrus(a, expr.target, type);
      return type;
    }
    case 'Starred':
      return iterate(a, evaluate(a, expr.value), expr.start);
    case 'ErrorExpr':
      for (const part of expr.parts) evaluate(a, part);
      return UNKNOWN;
  }
}

function evaluateItems(a: Analysis, items: readonly Expr[]): Type {
  let item = NEVER;
  for (const expr of items) item = join(item, evaluate(a, expr));
  return item;
}

function evaluateDict(a: Analysis, expr: Expr & { kind: 'Dict' }): Type {
  let value = NEVER;
  let entries: Map<string, Type> | null = null;
  for (const entry of expr.entries) {
    if (entry.key) evaluate(a, entry.key);
    const type = evaluate(a, entry.value);
    if (!entry.key) {
      value = join(value, type.kind === 'dict' ? type.value : UNKNOWN);
      continue;
    }
    value = join(value, type);
    if (entry.key.kind === 'Constant' && typeof entry.key.value === 'string' && (entries?.size ?? 0) < 64)
      (entries ??= new Map()).set(entry.key.value, type);
  }
  return dictOf(value, entries);
}

function evaluateCompare(a: Analysis, expr: Compare): Type {
  let array: Type | null = null;
  let left = evaluate(a, expr.left);
  for (let i = 0; i < expr.rights.length; i++) {
    const right = evaluate(a, expr.rights[i]!);
    const op = expr.ops[i];
    if (op !== 'is' && op !== 'is not' && op !== 'in' && op !== 'not in') {
      const found = left.kind === 'tensor' ? left : right.kind === 'tensor' ? right : null;
      if (found) array = tensor(found.because, found.rank, 'bool');
      else if (left.kind === 'unknown' || right.kind === 'unknown') array ??= UNKNOWN;
      else if (left.kind === 'other' && left.of === 'numpy.ndarray') array = left;
    }
    left = right;
  }
  return array ?? BOOL;
}

// ---------------------------------------------------------------- calls

function evaluateCall(a: Analysis, node: Call): Type {
  const func = node.func;
  const callee = evaluate(a, func);
  const args = node.args;
  const types = new Array<Type>(args.length);
  for (let i = 0; i < args.length; i++) types[i] = evaluate(a, args[i]!.value);
  if (func.kind === 'Name' && callee.kind === 'function' && callee.of === null && callee.name === 'builtins.getattr') {
    const found = literalGetattr(a, node, types);
    if (found) return found;
  }
  return callResult(a, callee, new Arguments(node, types));
}

function evaluateLambda(a: Analysis, node: Lambda): Type {
  const info = defineLambda(a, node);
  return { kind: 'function', name: '<lambda>', of: info, self: null };
}

// ---------------------------------------------------------------- comprehensions

function evaluateComprehension(a: Analysis, node: Comprehension): Type {
  const outer = a.frame;
  let scope = a.scopeOf.get(node);
  if (!scope) {
    scope = new LexicalScope('comprehension', node, outer.scope);
    for (const clause of node.clauses) declareTarget(scope, clause.target);
    a.scopeOf.set(node, scope);
    a.scopes.push(scope);
  }
  const inner = new Frame(scope, outer, outer.fn, outer.cls);
  for (let i = 0; i < node.clauses.length; i++) {
    const clause = node.clauses[i]!;
    // the first iterable belongs to the enclosing scope
    a.frame = i === 0 ? outer : inner;
    const iterated = evaluate(a, clause.iter);
    a.frame = inner;
    assign(a, clause.target, iterate(a, iterated, clause.iter.start));
    for (const test of clause.ifs) {
      evaluate(a, test);
      applyNarrowing(a, test, true);
    }
  }
  a.frame = inner;
  let result: Type = UNKNOWN;
  for (const element of node.elements) result = evaluate(a, element);
  a.frame = outer;
  if (inner.lambdas) finishLambdas(a, inner);
  return node.type === 'dict' ? dictOf(result) : listOf(result);
}

/** A walrus binds in the nearest scope that is no comprehension. */
function assignWalrus(a: Analysis, target: Name, type: Type): void {
  let frame = a.frame;
  while (frame.scope.kind === 'comprehension' && frame.parent) frame = frame.parent;
  const known = frame.scope.bindings.get(target.id);
  const name = known ?? frame.scope.declare(target.id);
  if (!name.definitions.includes(target)) name.definitions.push(target);
  frame.set(name.index, type);
}

// ---------------------------------------------------------------- very deep expressions

/** The part of an expression that is evaluated first, when it nests to the left. */
function leftOf(expr: Expr): Expr | null {
  switch (expr.kind) {
    case 'BinOp':
    case 'BoolOp':
    case 'Compare':
      return expr.left;
    case 'Attribute':
    case 'Subscript':
    case 'Await':
      return expr.value;
    case 'Call':
      return expr.func;
    case 'UnaryOp':
      return expr.operand;
    default:
      return null;
  }
}

/** Evaluates an expression that nests too deeply from its innermost left part outwards, without recursion. */
function evaluateSpine(a: Analysis, expr: Expr): Type {
  const parts: Expr[] = [];
  for (let part: Expr | null = expr; part; part = leftOf(part)) parts.push(part);
  const depth = a.depth;
  a.spine = new Map();
  let type: Type = UNKNOWN;
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i]!;
    // dotted names are evaluated with what is taken from them
    if (i > 0 && (part.kind === 'Name' || part.kind === 'Attribute') && parts[i - 1]!.kind === 'Attribute') {
      if (part.kind === 'Name' || a.spine.size === 0) continue;
    }
    a.depth = MAX_DEPTH - 30;
    type = evaluate(a, part);
    a.spine.set(part, type);
  }
  a.depth = depth;
  a.spine = null;
  return type;
}

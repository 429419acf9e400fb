/** Types of expressions; every name and attribute met on the way is resolved. */
import type { Attribute, Call, Compare, Comprehension, Constant, Expr, Lambda, Name, Node } from '../syntax/ast';
import { Arguments, MAX_DEPTH, type Analysis } from './analysis';
import { annotationOfText } from './annotations';
import { BUILTINS } from './builtins';
import { callResult, literalGetattr } from './calls';
import { iterate, subscript } from './containers';
import { Frame } from './frame';
import { defineLambda, finishLambdas } from './functions';
import { lookUp, type Member } from './members';
import { assign } from './assignment';
import { applyNarrowing } from './narrowing';
import type { Reference, Role } from './reference';
import { declareTarget, LexicalScope } from './scope';
import { starMember } from './summaries';
import {
  BOOL,
  dictOf,
  evidence,
  FLOAT,
  INT,
  join,
  listOf,
  NEVER,
  NONE,
  other,
  STR,
  tensor,
  tensorIn,
  tupleOf,
  UNKNOWN,
  weaken,
  withoutNone,
  type ApiType,
  type Type,
} from './type';

/** The type of an expression. */
export function evaluate(a: Analysis, expr: Expr): Type {
  if (a.spine !== null) {
    const known = a.spine.get(expr);
    if (known) return known;
  }
  if (a.depth >= MAX_DEPTH) return a.spine === null ? evaluateSpine(a, expr) : UNKNOWN;
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
      for (const part of expr.index) evaluate(a, part);
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

/** The type of a literal. */
export function constantType(expr: Constant): Type {
  switch (expr.type) {
    case 'int':
      return INT;
    case 'float':
      return FLOAT;
    case 'bool':
      return BOOL;
    case 'none':
      return NONE;
    case 'str':
      return STR;
    default:
      return other(expr.type);
  }
}

/** What an operator yields: a tensor when an operand is one. */
export function operate(op: string, left: Type, right: Type): Type {
  if (left.kind === 'tensor') {
    if (right.kind === 'tensor' && right.because.confidence === 'certain')
      return left.because.confidence === 'certain' ? merged(left, right) : unranked(right);
    return left.rank === null || right.kind === 'other' ? left : unranked(left);
  }
  if (right.kind === 'tensor') {
    if (left.kind === 'list' || left.kind === 'tuple' || left === STR) return left === STR ? STR : UNKNOWN;
    return right.rank === null || left.kind === 'other' ? right : unranked(right);
  }
  const within = tensorIn(left) ?? tensorIn(right);
  if (within) return weaken(unranked(within));
  if (left === STR) return op === '+' || op === '%' || op === '*' ? STR : UNKNOWN;
  if (left.kind === 'list' || left.kind === 'tuple') {
    if (op === '*') return left.kind === 'tuple' ? listOf(left.items.reduce((x, y) => join(x, y), NEVER)) : left;
    if (op === '+' && (right.kind === 'list' || right.kind === 'tuple')) {
      if (left.kind === 'tuple' && right.kind === 'tuple') return tupleOf([...left.items, ...right.items]);
      return join(left, right);
    }
    return op === '|' || op === '&' || op === '-' ? left : UNKNOWN;
  }
  if (left.kind === 'other' && right.kind === 'other') {
    if (left.of === 'int' && right.of === 'int') return op === '/' ? FLOAT : INT;
    if (isScalar(left.of) && isScalar(right.of)) return FLOAT;
    if (left.of === 'numpy.ndarray' || right.of === 'numpy.ndarray') return other('numpy.ndarray');
    return isScalar(right.of) ? left : isScalar(left.of) ? right : UNKNOWN;
  }
  if (left.kind === 'dict' && op === '|') return left;
  return UNKNOWN;
}

const unranked = (type: Type & { kind: 'tensor' }): Type => (type.rank === null ? type : tensor(type.because, null, type.dtype));
const merged = (left: Type & { kind: 'tensor' }, right: Type & { kind: 'tensor' }): Type =>
  left.rank === right.rank || left.rank === null ? left : right.rank === null ? right : left.rank > right.rank ? left : right;
const isScalar = (of: string): boolean => of === 'int' || of === 'float' || of === 'bool' || of === 'complex';

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

// ---------------------------------------------------------------- names

/** The frame and value a name reads from; records the use of imports. */
export function readName(a: Analysis, node: Name): Type {
  const id = node.id;
  let frame: Frame | null = a.frame;
  const first = frame;
  while (frame) {
    const scope: LexicalScope = frame.scope;
    if (frame === first || scope.kind !== 'class') {
      const redirect = scope.redirects?.get(id);
      if (redirect === 'global') frame = a.moduleFrame;
      const bound = frame.scope.bindings.get(id);
      if (bound) {
        const value: Type | undefined = frame.values[bound.index];
        if (value !== undefined) {
          const records = frame.imports?.[bound.index];
          if (records) a.use(node, records);
          return value;
        }
        // not bound yet: a function's local is an error in the program, elsewhere the search goes on
        if (scope.kind === 'function' || scope.kind === 'lambda') return UNKNOWN;
      }
    }
    frame = frame.parent;
  }
  return starMember(a, id) ?? BUILTINS.get(id) ?? UNKNOWN;
}

function evaluateName(a: Analysis, node: Name, emit: boolean): Type {
  const type = readName(a, node);
  if (emit) {
    const api = apiIn(type);
    if (api && namesApi(a, node, api)) emitApi(a, node, api);
    else a.retract(node);
  }
  return type;
}

/** The API a value is, also when it may be None or another name of it (fallback imports). */
function apiIn(type: Type): ApiType | null {
  if (type.kind === 'api') return type.self ? null : type;
  if (type.kind !== 'union') return null;
  let found: ApiType | null = null;
  for (const item of type.items) {
    if (item.kind === 'api') {
      if (found && lastPart(found.api) !== lastPart(item.api)) return null;
      found ??= item;
    } else if (item !== NONE) {
      return null;
    }
  }
  return found && (weaken(found) as ApiType);
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** A name denotes an API itself when an import or a plain alias bound it, not when it merely holds one (a parameter, a loop variable). */
function namesApi(a: Analysis, node: Name, api: ApiType): boolean {
  const id = node.id;
  for (let frame: Frame | null = a.frame; frame; frame = frame.parent) {
    const bound = frame.scope.bindings.get(id);
    if (!bound || frame.values[bound.index] === undefined) continue;
    if (frame.imports?.[bound.index]) return true;
    const role = roleOf(a, node);
    if (role === 'value') return false;
    return bound.definitions.length > 0 && bound.definitions.every(isPlainAlias);
  }
  return api.because.reason.id === 'star';
}

/** `relu = F.relu`. */
function isPlainAlias(definition: Node): boolean {
  const stmt = definition.parent;
  return definition.kind === 'Name' && stmt?.kind === 'Assign' && (stmt.value?.kind === 'Attribute' || stmt.value?.kind === 'Name');
}

function roleOf(a: Analysis, node: Node): Role {
  if (a.inAnnotation) return 'annotation';
  let parent = node.parent;
  let call = false;
  if (parent?.kind === 'Call' && parent.func === node) {
    call = true;
    parent = parent.parent;
  }
  if (parent?.kind === 'Decorator') return 'decorator';
  if (call) return 'call';
  if (parent?.kind === 'Argument' && parent.parent?.kind === 'ClassDef') return 'base';
  return 'value';
}

const callOf = (node: Node): Call | null => (node.parent?.kind === 'Call' && node.parent.func === node ? node.parent : null);

/** Records a reference to an API named through imports. */
export function emitApi(a: Analysis, node: Name | Attribute, type: ApiType): void {
  a.refer({
    name: a.canonical(type.api),
    kind: 'api',
    role: roleOf(a, node),
    confidence: type.because.confidence,
    reason: type.because.reason,
    span: { start: node.start, end: node.kind === 'Attribute' ? node.attrSpan.end : node.end },
    node,
    call: callOf(node),
    receiver: null,
    receiverType: null,
  });
}

function emitMember(a: Analysis, node: Attribute, member: Member, receiverType: Type): void {
  const reference: Reference = {
    name: member.api!,
    kind: member.kind,
    role: roleOf(a, node),
    confidence: member.confidence,
    reason: member.reason!,
    span: { start: node.attrSpan.start, end: node.attrSpan.end },
    node,
    call: callOf(node),
    receiver: node.value,
    receiverType,
  };
  a.refer(reference);
}

// ---------------------------------------------------------------- attributes

/** Evaluates the value of an attribute without naming it: `torch.nn` of `torch.nn.Linear` is no reference of its own. */
export function evaluateInner(a: Analysis, expr: Expr): Type {
  if (expr.kind !== 'Name' && expr.kind !== 'Attribute') return evaluate(a, expr);
  if (a.spine !== null) {
    const known = a.spine.get(expr);
    if (known) return known;
  }
  if (a.depth >= MAX_DEPTH) return evaluate(a, expr);
  a.depth++;
  const type = expr.kind === 'Name' ? evaluateName(a, expr, false) : evaluateAttribute(a, expr, false);
  a.depth--;
  return a.record(expr, type);
}

export function evaluateAttribute(a: Analysis, node: Attribute, emit: boolean): Type {
  if (!node.attr) return evaluate(a, node.value) && UNKNOWN;
  let receiver = evaluateInner(a, node.value);
  if (receiver.kind === 'union') receiver = apiIn(receiver) ?? receiver;
  const member = lookUp(a, receiver, node.attr, node.start);
  if (member.api === null) {
    a.retract(node);
    return member.type;
  }
  if (member.kind === 'api') {
    if (emit && member.type.kind === 'api') emitApi(a, node, member.type);
    return member.type;
  }
  if (callRefutes(node, member)) {
    a.retract(node);
    return UNKNOWN;
  }
  if (member.confidence === 'possible' && receiver.kind === 'tensor' && receiver.because.confidence === 'likely' && callConfirms(node)) {
    emitMember(a, node, { ...member, confidence: 'likely' }, receiver);
    return member.type;
  }
  emitMember(a, node, member, receiver);
  if (receiver.kind === 'unknown' && node.value.kind === 'Name') learn(a, node.value, member);
  return member.type;
}

/** The way a doubtful method is called can show that it is another type's: `text.split(',')`, `items.sort(key=f)`, `engine.backward(loss)`. */
function callRefutes(node: Attribute, member: Member): boolean {
  if (member.confidence === 'certain' || member.kind !== 'method' || !member.api!.startsWith('torch.Tensor.')) return false;
  const call = callOf(node);
  if (!call) return false;
  const first = call.args[0];
  if (node.attr === 'backward') return member.confidence === 'possible' && first?.form === 'positional';
  const literal = first?.form === 'positional' && first.value.kind === 'Constant' ? first.value.type : null;
  if (literal === 'str')
    return node.attr !== 'to' && node.attr !== 'type' && node.attr !== 'cuda' && node.attr !== 'rename' && node.attr !== 'refine_names';
  return call.args.some((arg) => arg.name === 'key' || arg.name === 'axis');
}

/** `x.split(2, dim=1)`, `x.sort(dim=0)`, `y = x.add(z)`: not how lists, strings and sets are used. */
function callConfirms(node: Attribute): boolean {
  const call = callOf(node);
  if (!call) return false;
  if (node.attr === 'add') return call.parent?.kind !== 'ExprStmt';
  const first = call.args[0];
  if (first?.form === 'positional' && node.attr === 'split') return first.value.kind !== 'Constant' || first.value.type === 'int';
  return call.args.some((arg) => arg.name === 'dim' || arg.name === 'descending');
}

/** A name that was used as only a tensor can be is one from there on. */
function learn(a: Analysis, name: Name, member: Member): void {
  const self = member.type.kind === 'api' ? member.type.self : null;
  const bound = a.frame.scope.bindings.get(name.id);
  if (self?.kind !== 'tensor' || !bound || a.frame.values[bound.index]?.kind !== 'unknown') return;
  a.frame.refine(bound.index, tensor(evidence('likely', 'usage', name.start, { name: name.id, by: lastPart(member.api!) })));
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

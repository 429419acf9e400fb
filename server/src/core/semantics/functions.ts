/**
 * Functions of the program. A body is evaluated when its result is asked for, once for each combination of argument kinds (that is how small helpers
 * such as `default(value, fallback)` stay exact), and once for its references, with what all call sites seen so far pass.
 */
import type { FunctionDef, Lambda, Param } from '../syntax/ast';
import { settle } from '../syntax/shift';
import { MAX_CALLS, MAX_DEPTH, type Analysis, type Arguments } from './analysis';
import { annotationType } from './annotations';
import type { ClassInfo } from './classes';
import { evaluate } from './expressions';
import { Frame } from './frame';
import { parameterType } from './parameters';
import { declareNames, LexicalScope } from './scope';
import { notePassed } from './call-sites';
import { execute } from './statements';
import type { Asked } from './summary';
import { join, listOf, NONE, UNKNOWN, weaken, type Type } from './type';
import type { Usage } from './usage';

export type Binding = 'plain' | 'method' | 'static' | 'class' | 'property';

export class FunctionInfo {
  binding: Binding = 'plain';
  /** A decorator may change what it returns. */
  opaque = false;
  /** What call sites pass, by parameter. */
  readonly hints: (Type | undefined)[] = [];
  /** Types of the defaults, by parameter. */
  readonly defaults: (Type | undefined)[] = [];
  /** Types the annotations say, by parameter. */
  readonly annotated: (Type | undefined)[] = [];
  /** The annotated result; null when there is none that says anything. */
  declared: Type | null = null;
  readonly results = new Map<string, Type>();
  usage: Map<string, Usage> | null = null;
  scope: LexicalScope | null = null;
  running = false;
  everRecorded = false;
  lastSignature: string | null = null;
  /** The types of its parameters when its body was last evaluated for its references. */
  latest: readonly Type[] | null = null;
  /** Its body asks something of a value of which nothing is known. */
  seeks = false;
  /** What its file wants to know of calls elsewhere; of functions of other files. */
  asked: Asked | null = null;
  /** Call sites passed something new since the last look at the signature. */
  fresh = true;

  constructor(
    readonly name: string,
    /** null for a function of another file */
    readonly node: FunctionDef | Lambda | null,
    public closure: Frame | null,
    readonly owner: ClassInfo | null,
  ) {}
}

const MAX_SIGNATURES = 5;

/** A lambda, evaluated like a function. */
export function defineLambda(a: Analysis, node: Lambda): FunctionInfo {
  const info = defined(a, node, '<lambda>', null);
  node.params.forEach((param, i) => {
    if (param.default) info.defaults[i] = evaluate(a, param.default);
  });
  return info;
}

/** The function of a definition, made once; its closure is the frame that defines it last. */
export function defined(a: Analysis, node: FunctionDef | Lambda, name: string, owner: ClassInfo | null): FunctionInfo {
  let info = a.functions.get(node);
  if (!info) {
    info = new FunctionInfo(name, node, a.frame, owner);
    a.functions.set(node, info);
  } else if (info.closure !== a.frame) {
    info.closure = a.frame;
    info.results.clear();
  }
  if (a.silent === 0 && owner === null) {
    const pending = node.kind === 'Lambda' ? (a.frame.lambdas ??= []) : (a.frame.pending ??= []);
    if (!pending.includes(info)) pending.push(info);
  }
  return info;
}

/** Notes what a call passes. */
export function addHints(fn: FunctionInfo, passed: readonly (Type | undefined)[]): void {
  for (let i = 0; i < passed.length; i++) {
    const type = passed[i];
    if (type === undefined) continue;
    const before = fn.hints[i];
    const after = before === undefined ? type : join(before, type);
    if (after === before) continue;
    fn.hints[i] = after;
    fn.fresh = true;
  }
}

/** The types a call gives to the parameters, by parameter. */
export function bindArguments(fn: FunctionInfo, args: Arguments, self: Type | null): (Type | undefined)[] {
  const params = fn.node!.params;
  const result: (Type | undefined)[] = [];
  const shift = self !== null && fn.binding !== 'static' && fn.owner !== null ? 1 : 0;
  let position = shift;
  let known = true;
  args.call.args.forEach((arg, i) => {
    const type = args.types[i]!;
    if (arg.form === 'positional') {
      const param = params[position];
      if (known && param && param.form === 'positional' && !param.keywordOnly) result[position] = type;
      position++;
    } else if (arg.form === 'keyword') {
      const place = params.findIndex((param) => param.name === arg.name && param.form === 'positional');
      if (place >= 0) result[place] = type;
    } else if (arg.form === 'star') {
      known = false;
    }
  });
  return result;
}

/**
 * What calling a function yields.
 * @param args null when the arguments are not known
 * @param self the instance a method is bound to
 */
export function callFunction(a: Analysis, fn: FunctionInfo, args: Arguments | null, self: Type | null, at: number): Type {
  if (fn.asked && args) notePassed(a, fn.asked, args, self);
  const passed = args && fn.node ? bindArguments(fn, args, self) : [];
  return callWith(a, fn, passed, at);
}

/** As `callFunction`, with the types by parameter. */
export function callWith(a: Analysis, fn: FunctionInfo, passed: readonly (Type | undefined)[], at: number): Type {
  if (!fn.node) return fn.declared ?? UNKNOWN;
  addHints(fn, passed);
  if (fn.declared && !hasUnknown(fn.declared)) return fn.declared;
  const inferred = infer(a, fn, passed, at);
  return inferred === UNKNOWN && fn.declared ? fn.declared : inferred;
}

function hasUnknown(type: Type): boolean {
  return (
    type.kind === 'unknown' ||
    (type.kind === 'list' && type.item.kind === 'unknown') ||
    (type.kind === 'dict' && type.value.kind === 'unknown')
  );
}

function infer(a: Analysis, fn: FunctionInfo, passed: readonly (Type | undefined)[], at: number): Type {
  if (fn.opaque) return UNKNOWN;
  const types = parameterTypes(a, fn, passed, at);
  const signature = signatureOf(types);
  const known = fn.results.get(signature);
  if (known) return known;
  const allowed = a.calls < MAX_CALLS && a.runs < a.maxRuns && a.depth <= MAX_DEPTH - 60 && fn.results.size < MAX_SIGNATURES;
  if (fn.running || !allowed || a.isTired()) {
    let all: Type | null = null;
    for (const result of fn.results.values()) all = all ? join(all, result) : result;
    return all ? weaken(all) : UNKNOWN;
  }
  if (!fn.everRecorded && a.silent === 0) return record(a, fn, types, signature);
  a.silent++;
  const result = run(a, fn, types);
  a.silent--;
  fn.results.set(signature, result);
  return result;
}

/** Evaluates a body for its references unless that was done with the same kinds of arguments. */
export function ensureRecorded(a: Analysis, fn: FunctionInfo): void {
  if (!fn.node || fn.running || a.depth > MAX_DEPTH - 60) return;
  if (a.calls >= MAX_CALLS || (fn.everRecorded && !fn.fresh)) return;
  fn.fresh = false;
  const types = parameterTypes(a, fn, fn.hints, fn.node.start);
  const signature = signatureOf(types);
  if (fn.lastSignature === signature || (fn.everRecorded && (a.runs >= a.maxRuns || a.isTired()))) return;
  record(a, fn, types, signature);
}

function record(a: Analysis, fn: FunctionInfo, types: readonly Type[], signature: string): Type {
  const silent = a.silent;
  a.silent = 0;
  const again = a.again;
  if (fn.everRecorded) a.again++;
  fn.everRecorded = true;
  fn.lastSignature = signature;
  fn.latest = types;
  const result = run(a, fn, types);
  a.silent = silent;
  a.again = again;
  fn.results.set(signature, result);
  return result;
}

function parameterTypes(a: Analysis, fn: FunctionInfo, passed: readonly (Type | undefined)[], at: number): Type[] {
  // the signs of use of its locals are gathered together with those of the parameters
  fn.scope ??= functionScope(a, fn, fn.node!);
  return fn.node!.params.map((param, i) => parameterType(a, fn, param, i, passed[i], at));
}

/** Evaluates a body in a frame of its own; gives what it returns. */
function run(a: Analysis, fn: FunctionInfo, types: readonly Type[]): Type {
  const node = fn.node!;
  // of a patch only what is evaluated is moved to its place
  if (a.patches > 0) settle(node);
  const outer = a.frame;
  const guard = a.guard;
  const annotation = a.inAnnotation;
  const spine = a.spine;
  fn.running = true;
  a.runs++;
  a.calls++;
  a.depth++;
  a.guard = 'none';
  a.inAnnotation = false;
  a.spine = null;
  const scope = (fn.scope ??= functionScope(a, fn, node));
  const frame = new Frame(scope, fn.closure, fn, fn.owner ?? fn.closure?.cls ?? null);
  a.frame = frame;
  node.params.forEach((param, i) => {
    frame.set(scope.declare(param.name).index, types[i]!);
  });
  let result: Type;
  if (node.kind === 'Lambda') {
    result = evaluate(a, node.body);
  } else {
    execute(a, node.body);
    result = frame.result ?? NONE;
    if (frame.result && !frame.dead && frame.result !== NONE) result = join(frame.result, NONE);
  }
  if (frame.yielded) result = listOf(frame.yielded);
  finish(a, frame);
  a.frame = outer;
  a.guard = guard;
  a.inAnnotation = annotation;
  a.spine = spine;
  a.depth--;
  a.calls--;
  fn.running = false;
  return result;
}

/** Evaluates the lambdas of the statement that just ended. */
export function finishLambdas(a: Analysis, frame: Frame): void {
  const lambdas = frame.lambdas;
  frame.lambdas = null;
  if (lambdas && a.silent === 0) for (const fn of lambdas) ensureRecorded(a, fn);
}

/** Evaluates what was defined in a frame and not called meanwhile; later functions first, since callers stand below what they call. */
export function finish(a: Analysis, frame: Frame): void {
  if (a.silent > 0) return;
  if (frame.lambdas) finishLambdas(a, frame);
  for (let rounds = 0; frame.pending && rounds < 50; rounds++) {
    const pending: FunctionInfo[] = frame.pending;
    frame.pending = null;
    for (let i = pending.length - 1; i >= 0; i--) ensureRecorded(a, pending[i]!);
  }
}

function functionScope(a: Analysis, fn: FunctionInfo, node: FunctionDef | Lambda): LexicalScope {
  const scope = new LexicalScope(node.kind === 'Lambda' ? 'lambda' : 'function', node, fn.closure!.scope);
  for (const param of node.params) if (param.name) scope.declare(param.name).definitions.push(param);
  if (node.kind === 'FunctionDef') {
    for (const param of node.typeParams) scope.declare(param.name).definitions.push(param);
    declareNames(scope, node.body);
  }
  a.scopes.push(scope);
  a.scopeOf.set(node, scope);
  return scope;
}

/** The kinds of argument types, as text: equal signatures give equal results. */
function signatureOf(types: readonly Type[]): string {
  let text = '';
  for (const type of types) text += kindOf(type, 0) + ';';
  return text;
}

function kindOf(type: Type, depth: number): string {
  switch (type.kind) {
    case 'tensor':
      return 't' + type.because.confidence[0] + (type.rank ?? '');
    case 'api-instance':
      return type.api;
    case 'instance':
      return '@' + type.className;
    case 'api':
      return type.api;
    case 'class':
    case 'function':
      return type.kind === 'class' ? '!' + type.className : '()' + type.name;
    case 'module':
      return 'm';
    case 'tuple':
      return depth > 2 ? '(' : '(' + type.items.map((item) => kindOf(item, depth + 1)).join(',') + ')';
    case 'list':
      return depth > 2 ? '[' : '[' + kindOf(type.item, depth + 1) + ']';
    case 'dict':
      return depth > 2 ? '{' : '{' + kindOf(type.value, depth + 1) + '}';
    case 'other':
      return type.of;
    case 'union':
      return depth > 2 ? '|' : type.items.map((item) => kindOf(item, depth + 1)).join('|');
    case 'alias':
      return 'alias';
    case 'unknown':
      return '?';
  }
}

/** Reads annotations and defaults of a definition, in the scope around it. */
export function readHeader(a: Analysis, fn: FunctionInfo, node: FunctionDef): void {
  node.params.forEach((param: Param, i) => {
    if (param.annotation) fn.annotated[i] = annotationType(a, param.annotation);
    if (param.default) fn.defaults[i] = evaluate(a, param.default);
  });
  for (const param of node.typeParams) if (param.bound) annotationType(a, param.bound);
  fn.declared = null;
  if (node.returns) {
    const type = annotationType(a, node.returns);
    if (type !== UNKNOWN) fn.declared = type;
  }
}

/** Statements: the flow of values through assignments, branches, loops and exceptions. */
import type { ClassDef, Expr, FunctionDef, If, Match, Stmt, Try } from '../syntax/ast';
import { MAX_DEPTH, type Analysis } from './analysis';
import { aliasOf, annotationType } from './annotations';
import { assign, assignName } from './assignment';
import { takePassed } from './call-sites';
import { ClassInfo, ownEvidence } from './classes';
import { iterate } from './containers';
import { evaluate } from './expressions';
import { operate } from './operators';
import { Frame, sameKinds, type State } from './frame';
import { defined, finishLambdas, readHeader, type FunctionInfo } from './functions';
import { catchesImport, isIdleFallback } from './guards';
import { executeImport, executeImportFrom } from './imports';
import { applyNarrowing } from './narrowing';
import { declareNames, LexicalScope } from './scope';
import { join, NONE, UNKNOWN, withoutDoubt, type Type } from './type';

export function execute(a: Analysis, body: readonly Stmt[]): void {
  if (a.depth >= MAX_DEPTH) return;
  a.depth++;
  for (const stmt of body) {
    // what follows a return is still read: code is edited while it is analysed
    if (a.frame.dead) a.frame.dead = false;
    if (++a.steps > a.maxSteps && a.isSpent()) break;
    executeOne(a, stmt);
    if (a.frame.lambdas) finishLambdas(a, a.frame);
  }
  a.depth--;
}

function executeOne(a: Analysis, stmt: Stmt): void {
  const frame = a.frame;
  switch (stmt.kind) {
    case 'ExprStmt':
      evaluate(a, stmt.value);
      return;
    case 'Assign':
      executeAssign(a, stmt);
      return;
    case 'AugAssign': {
      const left = evaluate(a, stmt.target);
      const right = evaluate(a, stmt.value);
      const result = operate(stmt.op.replace('=', ''), left, right);
      assign(a, stmt.target, result);
      return;
    }
    case 'Return': {
      const value = stmt.value ? evaluate(a, stmt.value) : NONE;
      // what was no tensor goes back as it came: who calls mostly passes tensors
      const type = withoutDoubt(value);
      frame.result = frame.result === null ? type : join(frame.result, type);
      frame.dead = true;
      return;
    }
    case 'If':
      executeIf(a, stmt);
      return;
    case 'For': {
      const iterated = evaluate(a, stmt.iter);
      const item = iterate(a, iterated, stmt.iter.start);
      executeLoop(a, stmt.target, item, null, stmt.body);
      execute(a, stmt.orelse);
      return;
    }
    case 'While':
      executeLoop(a, null, UNKNOWN, stmt.test, stmt.body);
      execute(a, stmt.orelse);
      return;
    case 'With':
      for (const item of stmt.items) {
        const context = evaluate(a, item.context);
        if (item.target) assign(a, item.target, entered(context));
      }
      execute(a, stmt.body);
      return;
    case 'Try':
      executeTry(a, stmt);
      return;
    case 'FunctionDef':
      executeFunction(a, stmt);
      return;
    case 'ClassDef':
      executeClass(a, stmt);
      return;
    case 'Import':
      executeImport(a, stmt);
      return;
    case 'ImportFrom':
      executeImportFrom(a, stmt);
      return;
    case 'Raise':
      if (stmt.exc) evaluate(a, stmt.exc);
      if (stmt.cause) evaluate(a, stmt.cause);
      frame.dead = true;
      return;
    case 'Assert':
      evaluate(a, stmt.test);
      if (stmt.message) evaluate(a, stmt.message);
      applyNarrowing(a, stmt.test, true);
      return;
    case 'Delete':
      for (const target of stmt.targets) {
        if (target.kind !== 'Name') evaluate(a, target);
        else {
          const bound = frame.scope.bindings.get(target.id);
          if (bound) frame.set(bound.index, UNKNOWN);
        }
      }
      return;
    case 'Break':
    case 'Continue':
      frame.loop?.exits.push(frame.save());
      frame.dead = true;
      return;
    case 'Match':
      executeMatch(a, stmt);
      return;
    case 'TypeAlias':
      annotationType(a, stmt.value);
      return;
    case 'ErrorStmt':
      execute(a, stmt.body);
  }
}

function executeAssign(a: Analysis, stmt: Stmt & { kind: 'Assign' }): void {
  const annotated = stmt.annotation ? annotationType(a, stmt.annotation) : UNKNOWN;
  if (!stmt.value) {
    const target = stmt.targets[0];
    // a field of a dataclass, or a declared attribute
    if (target?.kind === 'Name' && a.frame.scope.kind === 'class' && annotated !== UNKNOWN) assign(a, target, annotated);
    else if (target?.kind === 'Attribute' && annotated !== UNKNOWN) assign(a, target, annotated);
    return;
  }
  let value = evaluate(a, stmt.value);
  if (value === UNKNOWN && a.frame === a.moduleFrame) value = aliasOf(a, stmt.value) ?? value;
  const type = annotated === UNKNOWN || (value !== UNKNOWN && value !== NONE && value.kind !== 'union') ? value : annotated;
  for (const target of stmt.targets) assign(a, target, type);
}

/** What `with value as name` binds. */
function entered(context: Type): Type {
  return context.kind === 'other' || context.kind === 'api-instance' || context.kind === 'instance'
    ? context
    : context.kind === 'list'
      ? context.item
      : UNKNOWN;
}

// ---------------------------------------------------------------- branches

function executeIf(a: Analysis, first: If): void {
  const frame = a.frame;
  const guard = a.guard;
  const ends: State[] = [];
  let branch: If | null = first;
  while (branch) {
    const stmt: If = branch;
    evaluate(a, stmt.test);
    const before = frame.save();
    applyNarrowing(a, stmt.test, true);
    if (guard === 'none' || guard === 'condition') a.guard = isTypeChecking(stmt.test) ? 'type-checking' : 'condition';
    execute(a, stmt.body);
    ends.push(frame.save());
    frame.restore(before);
    applyNarrowing(a, stmt.test, false);
    const next: Stmt | undefined = stmt.orelse[0];
    if (stmt.orelse.length === 1 && next?.kind === 'If') {
      branch = next;
    } else {
      if (stmt.orelse.length) execute(a, stmt.orelse);
      branch = null;
    }
  }
  a.guard = guard;
  mergeAll(a, ends);
}

/** Names that are compared in the time of a step. */
const NAMES_A_STEP = 16;

const mergeCost = ({ values }: State): number => Math.ceil(values.length / NAMES_A_STEP);

/** Joins other ways of reaching this point; of too many the last one stands for all. */
function mergeAll(a: Analysis, ends: readonly State[]): void {
  for (const end of ends) {
    if (a.isTired()) return;
    a.frame.merge(end);
    a.steps += mergeCost(end);
  }
}

function isTypeChecking(test: Expr): boolean {
  return (test.kind === 'Name' && test.id === 'TYPE_CHECKING') || (test.kind === 'Attribute' && test.attr === 'TYPE_CHECKING');
}

function executeMatch(a: Analysis, stmt: Match): void {
  const frame = a.frame;
  evaluate(a, stmt.subject);
  const before = frame.save();
  const ends: State[] = [];
  for (const branch of stmt.cases) {
    frame.restore(before);
    for (const value of branch.values) evaluate(a, value);
    for (const name of branch.binds) assignName(a, name.id, UNKNOWN);
    if (branch.guard) evaluate(a, branch.guard);
    execute(a, branch.body);
    ends.push(frame.save());
  }
  frame.restore(before);
  mergeAll(a, ends);
}

// ---------------------------------------------------------------- loops

/** Evaluates a loop body, and once more when what it leaves behind changes what it starts with. */
function executeLoop(a: Analysis, target: Expr | null, item: Type, test: Expr | null, body: readonly Stmt[]): void {
  const frame = a.frame;
  const outer = frame.loop;
  const loop = (frame.loop = { exits: [] as State[] });
  if (test) evaluate(a, test);
  const entry = frame.save();
  frame.loopDepth++;
  const once = (): void => {
    if (target) assign(a, target, item);
    if (test) applyNarrowing(a, test, true);
    execute(a, body);
    mergeAll(a, [entry, ...loop.exits]);
    loop.exits.length = 0;
  };
  once();
  if (frame.loopDepth <= 2 && !sameKinds(frame, entry) && !a.isTired()) {
    a.again++;
    if (test) evaluate(a, test);
    once();
    a.again--;
  }
  frame.loopDepth--;
  frame.loop = outer;
  if (test) applyNarrowing(a, test, false);
}

// ---------------------------------------------------------------- exceptions

function executeTry(a: Analysis, stmt: Try): void {
  const frame = a.frame;
  const guard = a.guard;
  const fallback = stmt.handlers.some((handler) => catchesImport(handler.type));
  const entry = frame.save();
  if (fallback && guard !== 'except') a.guard = 'try';
  execute(a, stmt.body);
  a.guard = guard;
  const after = frame.save();
  if (stmt.orelse.length) execute(a, stmt.orelse);
  const ends: State[] = [frame.save()];
  for (const handler of stmt.handlers) {
    frame.restore(entry);
    if (!after.dead) frame.merge(after);
    frame.dead = false;
    if (handler.type) evaluate(a, handler.type);
    if (handler.name) assignName(a, handler.name, { kind: 'other', of: 'exception' });
    // an import that failed bound nothing
    if (fallback) frame.restore(entry);
    if (fallback) a.guard = 'except';
    execute(a, handler.body);
    a.guard = guard;
    // torch is there: what the handler puts in its place is never seen
    if (!isIdleFallback(stmt.body, handler.type, a.knowledge)) ends.push(frame.save());
  }
  const first = ends[0]!;
  frame.restore(first);
  mergeAll(a, ends.slice(1));
  if (stmt.finalbody.length) execute(a, stmt.finalbody);
}

// ---------------------------------------------------------------- definitions

function executeFunction(a: Analysis, node: FunctionDef): void {
  const owner = a.frame.scope.kind === 'class' ? a.frame.cls : null;
  const info = defined(a, node, node.name, owner);
  info.binding = owner ? 'method' : 'plain';
  let replaced: Type | null = null;
  for (const decorator of node.decorators) {
    const type = evaluate(a, decorator.value);
    replaced = decorate(info, decorator.value, type, a) ?? replaced;
  }
  if (owner) {
    if (node.name === '__new__' || node.name === '__init_subclass__' || node.name === '__class_getitem__') info.binding = 'class';
    // of two definitions (`@property` and its setter) the first that can be read counts
    if (!(owner.methods.get(node.name)?.binding === 'property' && replaced === UNKNOWN)) owner.methods.set(node.name, info);
  }
  readHeader(a, info, node);
  if (a.callers) takePassed(a, info);
  if (replaced === UNKNOWN && owner?.methods.get(node.name) !== info) return;
  assignName(a, node.name, { kind: 'function', name: node.name, of: info, self: null });
}

/** Of Python and of packages: `property`, `cached_property`, `lazy_property`. */
const PROPERTY = /^(?:\w+_|abstract)?property$/;
const KEEPING = new Set('wraps lru_cache cache abstractmethod override overload final no_type_check jit njit'.split(' '));

/** Takes note of a decorator; UNKNOWN when it makes the definition something else (a property's setter). */
function decorate(info: FunctionInfo, expr: Expr, type: Type, a: Analysis): Type | null {
  const inner = expr.kind === 'Call' ? expr.func : expr;
  const name = inner.kind === 'Name' ? inner.id : inner.kind === 'Attribute' ? inner.attr : '';
  if (PROPERTY.test(name)) info.binding = 'property';
  else if (name === 'staticmethod') info.binding = 'static';
  else if (name === 'classmethod') info.binding = 'class';
  else if (inner.kind === 'Attribute' && (name === 'setter' || name === 'deleter')) return UNKNOWN;
  else if (name === 'contextmanager' || name === 'fixture' || name === 'asynccontextmanager') return null;
  else if (!KEEPING.has(name) && !(a.types.get(inner)?.kind === 'api') && type.kind === 'unknown') info.opaque = false;
  return null;
}

function executeClass(a: Analysis, node: ClassDef): void {
  const outer = a.frame;
  for (const decorator of node.decorators) evaluate(a, decorator.value);
  const bases: Type[] = [];
  for (const base of node.bases) {
    const type = evaluate(a, base.value);
    if (base.form === 'positional') bases.push(type);
  }
  for (const param of node.typeParams) if (param.bound) annotationType(a, param.bound);
  let cls = a.classes.get(node);
  if (!cls) {
    cls = new ClassInfo(node.name, node, ownEvidence(node));
    cls.inherit(bases);
    a.classes.set(node, cls);
    const scope = new LexicalScope('class', node, outer.scope);
    for (const param of node.typeParams) scope.declare(param.name).definitions.push(param);
    declareNames(scope, node.body);
    a.scopes.push(scope);
    a.scopeOf.set(node, scope);
    cls.frame = new Frame(scope, outer, outer.fn, cls);
    a.queue.push(cls);
  }
  a.frame = cls.frame!;
  execute(a, node.body);
  a.frame = outer;
  cls.assumeModule();
  assignName(a, node.name, { kind: 'class', className: node.name, bases: cls.apiBases, of: cls });
}

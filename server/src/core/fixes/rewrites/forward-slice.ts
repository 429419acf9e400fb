/** Which statements before a `backward()` compute its loss with the model, which only prepare its data, and whether a gradient begins before them. */
import type { Expr, Node, Stmt, With } from '../../syntax/ast';
import { forEachChild, visit } from '../../syntax/walk';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { StepPart } from '../../catalog/record';
import { NONE, type Type } from '../../semantics/type';
import { exposedReads, readsOf, writesOf } from './names';
import { partAt, type StepScene } from './step-parts';
import { unknownLearner } from './unknown-learner';

/**
 * The statements `block[start]` to `block[end - 1]` that the loss depends on, from the first one that calls a module, or may call the one that learns: what comes
 * before it prepares data and stays outside. Null when nothing of that kind is called.
 */
export function sliceOf(loss: Expr, block: Stmt[], start: number, end: number, update: Stmt[], semantics: ModuleSemantics): Stmt[] | null {
  const needed = readsOf(loss);
  const slice: Stmt[] = [];
  for (let i = end - 1; i >= start; i--) {
    const statement = block[i]!;
    if (update.includes(statement)) continue;
    const written = writesOf([statement]);
    if (![...written].some((name) => needed.has(name))) continue;
    slice.unshift(statement);
    if (statement.kind !== 'AugAssign' && statement.kind !== 'If') for (const name of written) needed.delete(name);
    for (const name of readsOf(statement)) needed.add(name);
  }
  const first = slice.findIndex((statement) => callsModule(statement, semantics));
  const from = unknownLearner(slice, first, loss, semantics) ?? first;
  return from < 0 ? null : slice.slice(from);
}

/** Whether no gradient reaches back over the beginning: nothing that a module computed in `before` is read there other than detached. */
export function startsAnew(forward: Stmt[], loss: Expr, before: readonly Stmt[], semantics: ModuleSemantics): boolean {
  const computed = new Set<string>();
  for (const statement of before) {
    const follows = callsModule(statement, semantics) || [...gradientReads(statement)].some((name) => computed.has(name));
    for (const name of writesOf([statement])) {
      if (follows) computed.add(name);
      else if (statement.kind === 'Assign') computed.delete(name);
    }
  }
  if (computed.size === 0) return true;
  // backwards, through what the loss needs with its gradient
  const needed = gradientReads(loss);
  for (const statement of [...forward].reverse()) {
    const written = writesOf([statement]);
    if (![...written].some((name) => needed.has(name))) continue;
    if (statement.kind === 'Assign') for (const name of written) needed.delete(name);
    for (const name of gradientReads(statement)) needed.add(name);
  }
  const exposed = new Set([...exposedReads(forward), ...readsOf(loss)]);
  return ![...needed].some((name) => exposed.has(name) && computed.has(name));
}

/** Attributes whose value has no gradient. */
export const DETACHED = new Set(['detach', 'data', 'item', 'shape', 'size', 'dtype', 'device', 'numpy', 'tolist']);

/** Names whose gradient a node may pass on: not those read only by way of `x.detach()` and the like. */
export function gradientReads(node: Node): Set<string> {
  const names = new Set<string>();
  const written = node.kind === 'Assign' ? new Set<Node>(node.targets.filter(({ kind }) => kind === 'Name')) : new Set<Node>();
  const walk = (at: Node): void => {
    if (written.has(at) || (at.kind === 'Attribute' && DETACHED.has(at.attr))) return;
    if (at.kind === 'Name') names.add(at.id);
    forEachChild(at, walk);
  };
  walk(node);
  return names;
}

/**
 * The forward without the statements that only draw or arrange data (noise, labels) and need nothing of it: they stay before the step, where NumPy's numbers are
 * drawn in every pass and not once while compiling. The step is called at the first statement behind them, unless something in between reads what it computes.
 */
export function staysOutside(slice: Stmt[], loss: Expr, block: Stmt[], semantics: ModuleSemantics): { forward: Stmt[]; place: Stmt } {
  const forward: Stmt[] = [];
  const prepared = new Set<Stmt>();
  const differentiated = new Set([loss, ...slice].flatMap((node) => [...gradientReads(node)]));
  let place: Stmt | null = null;
  for (const statement of slice) {
    const written = writesOf([statement]);
    const reads = new Set(forward.flatMap((earlier) => [...readsOf(earlier)]));
    // a name that the forward has read with another value before cannot be one argument
    const again = [...written].some((name) => reads.has(name));
    if (forward.length > 0 && !again && preparesData(statement, writesOf(forward), differentiated, semantics)) {
      prepared.add(statement);
      place = null;
      continue;
    }
    place ??= statement;
    forward.push(statement);
  }
  const whole = { forward: slice, place: slice[0]! };
  if (prepared.size === 0 || place === null) return whole;
  const written = writesOf(forward);
  const arguments_ = new Set(exposedReads(forward));
  // what stays before the call must not need the step, nor change what it is given
  const keeps = block.slice(block.indexOf(forward[0]!), block.indexOf(place)).every((statement) => {
    if (forward.includes(statement)) return true;
    if ([...readsOf(statement), ...writesOf([statement])].some((name) => written.has(name))) return false;
    return prepared.has(statement) || ![...writesOf([statement]), ...mutated(statement)].some((name) => arguments_.has(name));
  });
  return keeps ? { forward, place } : whole;
}

/**
 * Whether the forward does something that a compiled function must not, or would do once while compiling: appends to a list, writes a log, sets an
 * attribute, leaves the function or the loop.
 */
export function doesMore(forward: readonly Stmt[], scene: StepScene): boolean {
  const nested: With[] = [];
  const more = forward.some((statement) => {
    let found = statement.kind === 'With' && !isRegion(statement, scene, ['autocast', 'gradient-mode']);
    visit(statement, {
      enter(node) {
        if (found || node === statement) return;
        if (NOT_COMPILED.has(node.kind)) found = true;
        // a text on its own is a comment
        else if (node.kind === 'ExprStmt') found = node.value.kind !== 'Constant';
        else if (node.kind === 'Assign' || node.kind === 'AugAssign')
          found = (node.kind === 'Assign' ? node.targets : [node.target]).some(({ kind }) => kind === 'Attribute');
        else if (node.kind === 'With' && isRegion(node, scene, ['autocast'])) nested.push(node);
        else if (node.kind === 'With') found = !isRegion(node, scene, ['gradient-free']) || passesOn(node, forward);
      },
    });
    return found;
  });
  return more || (nested.length > 0 && !isOneRegion(nested, forward, scene));
}

/** Whether autocast blocks inside branches are one region for the whole function: written the same, with every call of a module in one of them. */
function isOneRegion(nested: readonly With[], forward: readonly Stmt[], { semantics, text }: StepScene): boolean {
  const written = nested.map(({ items }) => text.slice(items[0]!.context.start, items[items.length - 1]!.context.end));
  let outside = forward.some((statement) => statement.kind === 'With');
  const walk = (node: Node): void => {
    if (nested.includes(node as With)) return;
    if (node.kind === 'Call' && isModuleCall(node.func, semantics)) outside = true;
    forEachChild(node, walk);
  };
  forward.forEach(walk);
  return !outside && new Set(written).size === 1;
}

const NOT_COMPILED: ReadonlySet<Node['kind']> = new Set<Node['kind']>(['Return', 'Break', 'Continue', 'Delete', 'Try', 'Raise']);

/** Whether the block says nothing but how precisely, or whether with gradients, its statements are computed. */
function isRegion(block: With, scene: StepScene, parts: readonly StepPart[]): boolean {
  return block.items.every(({ context, target }) => {
    const part = partAt(context.kind === 'Call' ? context.func : context, scene);
    return target === null && ((part !== null && parts.includes(part)) || (parts.includes('autocast') && isAutocastValue(context, scene)));
  });
}

/** `with ctx:` of a variable that may hold an autocast region. */
export function isAutocastValue(context: Expr, { semantics, catalog }: StepScene): boolean {
  const holds = (type: Type): boolean =>
    type.kind === 'union' ? type.items.some(holds) : type.kind === 'api-instance' && catalog.partOf(type.api) === 'autocast';
  return context.kind !== 'Call' && holds(semantics.typeOf(context));
}

/** Whether a value set in a block without gradients is read outside it with its gradient. */
function passesOn(block: With, forward: readonly Stmt[]): boolean {
  const written = writesOf(block.body);
  // branches that are not taken together with the block
  const others = new Set<Node>();
  for (let at: Node = block; at.parent; at = at.parent)
    if (at.parent.kind === 'If') for (const one of at.parent.body.includes(at as Stmt) ? at.parent.orelse : at.parent.body) others.add(one);
  let found = false;
  const walk = (node: Node): void => {
    if (node === block || others.has(node) || (node.kind === 'Attribute' && DETACHED.has(node.attr))) return;
    if (node.kind === 'Name' && node.start > block.end && written.has(node.id)) found = true;
    forEachChild(node, walk);
  };
  forward.forEach(walk);
  return found;
}

/** Names whose value a statement changes in place: `x.fill_(0)`, `x[i] = v`. */
export function mutated(statement: Stmt): string[] {
  if (statement.kind === 'ExprStmt' && statement.value.kind === 'Call' && statement.value.func.kind === 'Attribute') {
    const { attr, value } = statement.value.func;
    return /[^_]_$/.test(attr) && value.kind === 'Name' ? [value.id] : [];
  }
  const targets = statement.kind === 'Assign' ? statement.targets : statement.kind === 'AugAssign' ? [statement.target] : [];
  return targets.flatMap((target) => (target.kind === 'Subscript' && target.value.kind === 'Name' ? [target.value.id] : []));
}

/**
 * A plain assignment without any module in it that reads nothing the forward computed, and whose calls are known or whose value is only read detached: no gradient
 * of a parameter passes through it.
 */
function preparesData(
  statement: Stmt,
  computed: ReadonlySet<string>,
  differentiated: ReadonlySet<string>,
  semantics: ModuleSemantics,
): boolean {
  if (statement.kind !== 'Assign' || [...readsOf(statement)].some((name) => computed.has(name))) return false;
  if (mentionsModule(statement, semantics)) return false;
  if (![...writesOf([statement])].some((name) => differentiated.has(name))) return true;
  let known = true;
  visit(statement, {
    enter(node) {
      if (node.kind === 'Call' && !semantics.referenceAt(node.func) && !isKnownCall(node.func, semantics)) known = false;
    },
  });
  return known;
}

function isKnownCall(func: Expr, semantics: ModuleSemantics): boolean {
  const all = (type: Type): boolean =>
    type.kind === 'union' ? type.items.every(all) : type.kind === 'api' || type.kind === 'module' || type.kind === 'other';
  const type = semantics.typeOf(func);
  if (all(type)) return true;
  if (type.kind === 'function' && type.name.startsWith('builtins.')) return true;
  return func.kind === 'Attribute' && semantics.typeOf(func.value).kind === 'instance';
}

/** Whether the value of something in the node is an instance of nn.Module. */
function mentionsModule(node: Node, semantics: ModuleSemantics): boolean {
  let found = false;
  visit(node, {
    enter(at) {
      if ((at.kind === 'Name' || at.kind === 'Attribute') && isModule(at, semantics)) found = true;
    },
  });
  return found;
}

/** Whether something in the statement calls an instance of nn.Module. */
export function callsModule(statement: Node, semantics: ModuleSemantics): boolean {
  let found = false;
  visit(statement, {
    enter(node) {
      if (node.kind === 'Call' && isModuleCall(node.func, semantics)) found = true;
    },
  });
  return found;
}

/** `model(x)`, or a method of the program's own class: `model.compute_loss(x)`, `self.forward(x)`. */
export function isModuleCall(func: Expr, semantics: ModuleSemantics): boolean {
  if (isModule(func, semantics)) return true;
  if (func.kind !== 'Attribute' || !isModule(func.value, semantics)) return false;
  return func.attr === 'forward' || !semantics.referenceAt(func);
}

/** Whether the value is an instance of nn.Module (a loss of torch.nn included). */
export function isModule(expr: Expr, semantics: ModuleSemantics): boolean {
  return isModuleType(semantics.typeOf(expr));
}

function isModuleType(type: Type): boolean {
  if (type.kind === 'union') return type.items.every((item) => isModuleType(item) || item === NONE) && type.items.some(isModuleType);
  if (type.kind === 'instance') return type.bases.includes('torch.nn.Module') || type.bases.some((base) => base.startsWith('torch.nn.'));
  return (
    type.kind === 'api-instance' &&
    type.api.startsWith('torch.nn.') &&
    !type.api.startsWith('torch.nn.init') &&
    type.api !== 'torch.nn.Parameter'
  );
}

/**
 * Turns a training step into a function that is built once and compiled once:
 *
 *     @build_once
 *     def make_train_step(model, loss_fn, optimizer):
 *         def forward_fn(inp, tar):
 *             gen = model(inp)
 *             loss = loss_fn(gen, tar)
 *             return loss, gen
 *
 *         grad_fn = ms.value_and_grad(forward_fn, None, optimizer.parameters, has_aux=True)
 *
 *         @jit
 *         def train_step(inp, tar):
 *             (loss, gen), grads = grad_fn(inp, tar)
 *             optimizer(grads)
 *             return loss, gen
 *
 *         return train_step
 *
 * What the loop sets anew in each pass becomes an argument of the step; what it does not (`self.model`) an argument of the builder. A builder at
 * module level works for functions and methods alike, and is not rebuilt (and recompiled) at each call of the function around the loop.
 */
import type { Expr, Node, Stmt } from '../../syntax/ast';
import { forEachChild, visit } from '../../syntax/walk';
import { PRECEDENCE } from '../../catalog/tokens';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Piece, Rewrite } from '../rewrite';
import { deleteStatement, insertBefore, replaceNode } from './edits';
import { dottedPath, exposedReads, readsOf, surelyWritten, targetNames, writesOf } from './names';
import { isModule } from './forward-slice';
import { mindspore, ops, runtime } from './runtime';
import { readElsewhere, type TrainingStep } from './step-division';
import { precisionArguments, precisionOf, type StepScene } from './step-parts';
import { blockOf, isStatement } from '../../syntax/statements';
import { enclosingFunction, topLevelStatement } from './structure';

/** An argument of the builder: the dotted path the caller passes and the name it has inside. */
interface Captured {
  path: string;
  param: string;
  /** a model that only some branches call: it may not exist in the others */
  sometimes: boolean;
}

/**
 * The rewrites that restructure one step.
 *
 * @param index makes the names of a second step of a module distinct
 * @param follows another builder stands before the same statement
 */
export function buildStep(step: TrainingStep, scene: StepScene, index: number, follows: boolean): Rewrite[] {
  const suffix = index === 0 ? '' : String(index + 1);
  const statements = flatten(step.forward, step.autocast?.statements ?? []);
  const perIteration = iterationNames(step);
  const written = writesOf(statements);
  const bound = boundOutside(step);
  const stepArgs = exposedIn(statements, step.loss).filter((name) => perIteration.has(name) && bound.has(name));
  const captured = capture(statements, step, scene, new Set([...stepArgs, ...written, ...perIteration]));
  const rewrites: Rewrite[] = [];

  for (const block of step.autocast?.statements ?? [])
    if (!step.forward.includes(block)) rewrites.push(replaceNode(block, [{ block: block.body }]));
  // Inside the moved code the captured expressions go by their builder names.
  for (const { node, param } of captured.uses) rewrites.push(replaceNode(node, [param]));

  const elsewhere = readElsewhere(step);
  const lossName =
    step.loss.kind === 'Name'
      ? step.loss.id
      : unused('loss', new Set([...written, ...stepArgs, ...elsewhere, ...captured.params.map(({ param }) => param)]));
  const results = [lossName, ...[...written].filter((name) => name !== lossName && elsewhere.has(name))];
  // what the loop does not read need not be handed back
  if (!step.optimizer && !elsewhere.has(lossName) && results.length > 1) results.shift();
  // a name of the module is read where it is, and needs no argument
  const nameOf = (expr: Expr | null) => {
    const path = expr && dottedPath(expr)?.join('.');
    return path ? (captured.params.find((p) => p.path === path)?.param ?? path) : null;
  };
  const form: Form = {
    step,
    args: stepArgs.join(', '),
    results,
    lossName,
    optimizer: nameOf(step.optimizer),
    scaler: nameOf(step.scaler),
    parallel: step.optimizer !== null && isDataParallel(scene),
  };

  const top = topLevelStatement(step.block[0]!);
  const isDefinition = top?.kind === 'FunctionDef' || top?.kind === 'ClassDef';
  const params = [...captured.params.map(({ param }) => param), ...(step.scaledIf ? ['scaled'] : [])];
  // definitions have blank lines before them already
  const pieces: Piece[] = [
    isDefinition || (follows && step.loop !== top) ? '@' : '\n\n@',
    ...runtime('build_once'),
    `\ndef make_train_step${suffix}(${params.join(', ')}):\n`,
  ];
  if (step.autocast) pieces.push('    @', ...decoratorOf(step.autocast.region, scene), '\n');
  pieces.push(`    def forward_fn(${form.args}):\n`);
  // set on one way only: read elsewhere on that way only
  const sure = surelyWritten(statements);
  for (const result of results)
    if (result !== lossName && !sure.has(result) && !stepArgs.includes(result)) pieces.push(`        ${result} = None\n`);
  for (const block of runsOf(statements, step)) pieces.push('        ', { block, moved: true }, '\n');
  if (step.loss.kind !== 'Name') pieces.push(`        ${lossName} = `, { hole: step.loss }, '\n');
  pieces.push(...(step.optimizer ? fusedBody(form) : recordedBody(form)), '\n\n\n');
  if (top) rewrites.push(insertBefore(top, pieces));

  const made: Piece[] = [`make_train_step${suffix}(`, ...separated(passed(captured.params, step)), ')'];
  const anchor = step.loop ?? null;
  const unset = stepArgs.filter((name) => !isSetBefore(name, step)).map((name) => `${name} = None\n`);
  if (anchor) rewrites.push(insertBefore(anchor, [...unset, `train_step${suffix} = `, ...made, '\n']));
  const backward = unused(`backward${suffix}`, elsewhere);
  const used = [...results.filter((result) => result === lossName || elsewhere.has(result)), ...(step.optimizer ? [] : [backward])];
  const isAlone = step.forward.length === 0;
  const target = elsewhere.has(lossName) || used.length > 1 ? `${used.join(', ')} = ` : '';
  rewrites.push(
    replaceNode(step.place, [target, ...(anchor ? [`train_step${suffix}`] : made), `(${form.args})`, isAlone ? `\n${backward}()` : '']),
  );
  for (const statement of step.forward) if (statement !== step.place) rewrites.push(deleteStatement(statement));
  for (const statement of isAlone ? [] : step.update)
    rewrites.push(step.optimizer ? deleteStatement(statement) : replaceNode(statement, [`${backward}()`]));
  return rewrites;
}

/** The region of lower precision as a decorator. What a variable holds may be none (`nullcontext()`). */
function decoratorOf(region: Expr, scene: StepScene): Piece[] {
  return region.kind === 'Call'
    ? [...runtime('amp.autocast'), '(', ...precisionArguments(region, scene), ')']
    : [...runtime('amp.within'), '(', { hole: region }, ')'];
}

/** What the two forms of a builder's body are made of. */
interface Form {
  step: TrainingStep;
  args: string;
  results: string[];
  lossName: string;
  optimizer: string | null;
  scaler: string | null;
  /** gradients are averaged over processes */
  parallel: boolean;
}

/** One compiled function that differentiates and updates. */
function fusedBody({ step, args, results, lossName, optimizer, scaler, parallel }: Form): Piece[] {
  const lossOnly = results.length === 1 && !step.scaler;
  const pieces: Piece[] = [`        return ${(step.scaler ? [`${scaler}.scale(${lossName})`, ...results] : results).join(', ')}\n\n`];
  pieces.push(
    '    grad_fn = ',
    ...mindspore('value_and_grad'),
    `(forward_fn, None, ${optimizer}.parameters${lossOnly ? '' : ', has_aux=True'})\n`,
  );
  if (parallel) pieces.push('    average = ', ...runtime('communication.gradient_average'), `(${optimizer}.parameters)\n`);
  pieces.push('\n    @', ...mindspore('jit'), `\n    def train_step(${args}):\n`);
  const unpack = step.scaler ? `(_, ${results.join(', ')})` : lossOnly ? lossName : `(${results.join(', ')})`;
  pieces.push(`        ${unpack}, grads = grad_fn(${args})\n`);
  if (parallel) pieces.push('        grads = average(grads)\n');
  const unscaleFirst = step.scaler && step.clipNorm;
  if (unscaleFirst) pieces.push(`        grads = ${scaler}.unscale_(grads)\n`);
  if (step.clipNorm) pieces.push('        grads = ', ...ops('clip_by_global_norm'), '(grads, ', { hole: step.clipNorm }, ')\n');
  if (step.scaler)
    pieces.push(`        ${scaler}.step(${optimizer}, grads${unscaleFirst ? ', unscaled=True' : ''})\n        ${scaler}.update()\n`);
  else pieces.push(`        ${optimizer}(grads)\n`);
  pieces.push(`        return ${results.join(', ')}\n\n    return train_step`);
  return pieces;
}

/** A function whose gradients are added to those of the parameters when the loop says so. */
function recordedBody({ step, results, lossName, scaler }: Form): Piece[] {
  const scaled = `${scaler}.scale(${lossName})`;
  const value = !step.scaler ? lossName : step.scaledIf ? `${scaled} if scaled else ${lossName}` : scaled;
  return [`        return ${[value, ...results].join(', ')}\n\n    return `, ...runtime('gradients.recorded'), '(forward_fn)'];
}

/** What the builder is called with. Where only one branch scales the loss, the scaler may not exist in the other. */
function passed(params: readonly Captured[], { scaler, scaledIf }: TrainingStep): Piece[][] {
  const path = scaler && dottedPath(scaler)?.join('.');
  const given = params.map((param): Piece[] => {
    const parts = param.path.split('.');
    if (param.sometimes && parts.length === 2) return [`getattr(${parts[0]}, '${parts[1]}', None)`];
    if (!scaledIf || param.path !== path) return [param.path];
    const [yes, no] = scaledIf.negated ? ['None', param.path] : [param.path, 'None'];
    return [`${yes} if `, { hole: scaledIf.test }, ` else ${no}`];
  });
  if (scaledIf) given.push(scaledIf.negated ? ['not ', { hole: scaledIf.test, precedence: PRECEDENCE.not }] : [{ hole: scaledIf.test }]);
  return given;
}

function separated(items: readonly Piece[][]): Piece[] {
  return items.flatMap((item, i) => (i === 0 ? item : [', ', ...item]));
}

/** The name, or the name with underscores where it is taken. */
function unused(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? unused(`${name}_`, taken) : name;
}

/** Whether the file has to do with several processes: it wraps a model so that its gradients are averaged, or speaks to the others. */
function isDataParallel({ semantics, catalog }: StepScene): boolean {
  return semantics.references.some(({ name }) => catalog.partOf(name) === 'data-parallel' || name.startsWith('torch.distributed.'));
}

/** The forward statements with the autocast blocks among them replaced by what they hold. */
function flatten(forward: Stmt[], blocks: readonly Stmt[]): Stmt[] {
  return forward.flatMap((statement) => (statement.kind === 'With' && blocks.includes(statement) ? statement.body : [statement]));
}

/** The statements in runs: a block is moved with all that stands between its statements, and what stays must not come along. */
function runsOf(statements: Stmt[], step: TrainingStep): Stmt[][] {
  const stays = step.block.filter((statement) => !step.forward.includes(statement) && !step.update.includes(statement));
  const runs: Stmt[][] = [];
  for (const statement of statements) {
    const run = runs[runs.length - 1];
    const before = run?.[run.length - 1];
    if (run && before && !stays.some(({ start }) => before.start < start && start < statement.start)) run.push(statement);
    else runs.push([statement]);
  }
  return runs;
}

/**
 * Names that differ from pass to pass: the loop's targets and what its body sets; without a loop, the function's own names and parameters other than what it calls
 * and what it updates with.
 */
function iterationNames(step: TrainingStep): Set<string> {
  const names = new Set<string>(writesOf(step.loop ? step.loop.body : step.block));
  if (step.loop?.kind === 'For') targetNames(step.loop.target).forEach((name) => names.add(name));
  if (step.loop) return names;
  const called = calledIn([...step.forward, step.loss]);
  for (const { name } of enclosingFunction(step.block[0]!)?.params ?? []) if (name !== 'self' && !called.has(name)) names.add(name);
  for (const expr of [step.optimizer, step.scaler]) for (const name of expr ? readsOf(expr) : []) names.delete(name);
  return names;
}

/** Names that are called as they are: `model(x)`, `criterion(y)`. */
function calledIn(nodes: readonly Node[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes)
    visit(node, {
      enter(at) {
        if (at.kind === 'Call' && at.func.kind === 'Name') names.add(at.func.id);
      },
    });
  return names;
}

/** Names that have a value before the forward: parameters, and what other statements of the function (or module) set. */
function boundOutside({ block, forward }: TrainingStep): Set<string> {
  const owner = enclosingFunction(block[0]!);
  const names = writesOf(owner?.body ?? moduleOf(block[0]!), forward);
  for (const { name } of owner?.params ?? []) names.add(name);
  return names;
}

/** Whether the name has a value on every way to the step; one that is set under a condition is read under that condition only. */
function isSetBefore(name: string, { block, place, loop }: TrainingStep): boolean {
  const owner = enclosingFunction(block[0]!);
  if (owner?.params.some((param) => param.name === name)) return true;
  let at: Node | null = place;
  for (; at && at !== owner; at = at.parent) {
    if (at.kind === 'For' && targetNames(at.target).includes(name)) return true;
    const list = isStatement(at) ? blockOf(at) : [];
    const before = list.slice(0, list.indexOf(at as Stmt));
    if (surelyWritten(before).has(name)) return true;
    // what the loop itself sets is there from the second pass on
    if (at === loop && !writesOf(owner?.body ?? moduleOf(place), [loop]).has(name)) return false;
  }
  return true;
}

function moduleOf(statement: Stmt): readonly Stmt[] {
  let at: Node = statement;
  while (at.parent) at = at.parent;
  return at.kind === 'Module' ? at.body : [];
}

/** The loop-invariant expressions the step needs, as long as they go (`self.config.amp`, but not into a tensor's own attributes). */
function capture(
  statements: Stmt[],
  step: TrainingStep,
  scene: StepScene,
  taken: Set<string>,
): { params: Captured[]; uses: { node: Expr; param: string }[] } {
  const params: Captured[] = [];
  const uses: { node: Expr; param: string }[] = [];
  const names = new Set(taken);
  const add = (expr: Expr, record: boolean) => {
    const path = dottedPath(expr)?.join('.');
    if (!path) return;
    let found = params.find((p) => p.path === path);
    if (!found) {
      const parts = path.split('.');
      let param = parts[parts.length - 1]!;
      for (let i = parts.length - 2; names.has(param) && i >= 0; i--) param = `${parts[i]}_${param}`;
      while (names.has(param)) param = `${param}_`;
      names.add(param);
      found = { path, param, sometimes: isModule(expr, scene.semantics) && !surelyUses(path, statements) };
      params.push(found);
    }
    if (record && found.param !== path) uses.push({ node: expr, param: found.param });
  };
  const visitIn = (node: Node, record: boolean) =>
    visit(node, {
      enter(at) {
        if (at.kind !== 'Name' || isWritten(at) || taken.has(at.id)) return;
        const scope = scene.semantics.bindingOf(at)?.scope;
        if (!scope || scope.kind === 'module' || scope.kind === 'comprehension' || scope.kind === 'lambda') return;
        add(longestChain(at, scene.semantics), record);
      },
    });
  for (const statement of statements) visitIn(statement, true);
  if (step.loss.kind !== 'Name') visitIn(step.loss, true);
  for (const expr of [step.optimizer, step.scaler, step.clipNorm]) if (expr) visitIn(expr, expr === step.clipNorm);
  for (const { value } of step.autocast ? precisionOf(step.autocast.region, scene) : []) visitIn(value, true);
  return { params, uses };
}

/** Whether an attribute path is used on every way through the statements. */
function surelyUses(path: string, statements: readonly Stmt[]): boolean {
  const uses = (node: Node): boolean => {
    if (node.kind === 'If') return uses(node.test) || (surelyUses(path, node.body) && surelyUses(path, node.orelse));
    if (node.kind === 'Attribute' && dottedPath(node)?.join('.') === path) return true;
    let found = false;
    forEachChild(node, (child) => (found ||= uses(child)));
    return found;
  };
  return statements.some(uses);
}

function isWritten(name: Expr): boolean {
  const parent = name.parent;
  return parent?.kind === 'Assign' && parent.targets.includes(name);
}

function longestChain(name: Expr, semantics: ModuleSemantics): Expr {
  let at = name;
  while (at.parent?.kind === 'Attribute' && at.parent.value === at) {
    if (semantics.typeOf(at).kind === 'tensor') break;
    const parent: Expr = at.parent;
    const isCallee = parent.parent?.kind === 'Call' && parent.parent.func === parent;
    // A method of a known object is called on the object; a callable attribute (`self.model`) is passed itself.
    if (isCallee && semantics.referenceAt(parent)) break;
    at = parent;
  }
  return at;
}

/** What the moved statements read before they set it. */
function exposedIn(statements: readonly Stmt[], loss: Expr): string[] {
  const written = writesOf(statements);
  return [...new Set([...exposedReads(statements), ...[...readsOf(loss)].filter((name) => !written.has(name))])];
}

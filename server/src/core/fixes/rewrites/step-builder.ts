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
import type { Call, Expr, Node, Stmt } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Piece, Rewrite } from '../rewrite';
import { deleteStatement, insertBefore, replaceNode } from './edits';
import { dottedPath, exposedReads, targetNames, writesOf } from './names';
import { mindspore, ops, runtime } from './runtime';
import { readElsewhere, type TrainingStep } from './step-segment';
import { enclosingFunction, topLevelStatement } from './structure';

/** An argument of the builder: the dotted path the caller passes and the name it has inside. */
interface Captured {
  path: string;
  param: string;
}

/**
 * The rewrites that restructure one step.
 *
 * @param index makes the names of a second step of a module distinct
 * @param follows another builder stands before the same statement
 */
export function buildStep(step: TrainingStep, semantics: ModuleSemantics, index: number, follows: boolean): Rewrite[] {
  const suffix = index === 0 ? '' : String(index + 1);
  const statements =
    step.autocast && step.forward.includes(step.autocast.statement) ? flatten(step.forward, step.autocast.statement) : step.forward;
  const perIteration = iterationNames(step);
  const stepArgs = exposedReads(statements).filter((name) => perIteration.has(name));
  const written = writesOf(statements);
  const captured = capture(statements, step, semantics, new Set([...stepArgs, ...written, ...perIteration]));
  const rewrites: Rewrite[] = [];

  // Inside the moved code the captured expressions go by their builder names.
  for (const { node, param } of captured.uses) rewrites.push(replaceNode(node, [param]));

  const lossName = step.loss.kind === 'Name' ? step.loss.id : 'loss';
  const elsewhere = readElsewhere(step);
  const results = [lossName, ...[...written].filter((name) => name !== lossName && elsewhere.has(name))];
  const returnsLossOnly = results.length === 1 && !step.scaler;
  // a name of the module is read where it is, and needs no argument
  const name = (expr: Expr | null) => {
    const path = expr && dottedPath(expr)?.join('.');
    return path ? (captured.params.find((p) => p.path === path)?.param ?? path) : null;
  };
  const optimizer = name(step.optimizer) ?? 'optimizer';
  const scaler = name(step.scaler);
  const args = stepArgs.join(', ');

  const top = topLevelStatement(step.block[0]!);
  const isDefinition = top?.kind === 'FunctionDef' || top?.kind === 'ClassDef';
  // definitions have blank lines before them already
  const pieces: Piece[] = [
    isDefinition || (follows && step.loop !== top) ? '@' : '\n\n@',
    ...runtime('build_once'),
    `\ndef make_train_step${suffix}(${captured.params.map((p) => p.param).join(', ')}):\n`,
  ];
  if (step.autocast) pieces.push('    @', ...runtime('amp.autocast'), '(', ...autocastOptions(step.autocast.call), ')\n');
  pieces.push(`    def forward_fn(${args}):\n`);
  for (const block of runsOf(statements, step)) pieces.push('        ', { block, moved: true }, '\n');
  if (step.loss.kind !== 'Name') pieces.push(`        ${lossName} = `, { hole: step.loss }, '\n');
  const forwardResults = step.scaler ? [`${scaler}.scale(${lossName})`, ...results] : results;
  pieces.push(`        return ${forwardResults.join(', ')}\n\n`);
  pieces.push(
    '    grad_fn = ',
    ...mindspore('value_and_grad'),
    `(forward_fn, None, ${optimizer}.parameters${returnsLossOnly ? '' : ', has_aux=True'})\n\n`,
  );
  pieces.push('    @', ...mindspore('jit'), `\n    def train_step(${args}):\n`);
  const unpack = step.scaler ? `(_, ${results.join(', ')})` : returnsLossOnly ? lossName : `(${results.join(', ')})`;
  pieces.push(`        ${unpack}, grads = grad_fn(${args})\n`);
  const unscaleFirst = step.scaler && step.clipNorm;
  if (unscaleFirst) pieces.push(`        grads = ${scaler}.unscale_(grads)\n`);
  if (step.clipNorm) pieces.push('        grads = ', ...ops('clip_by_global_norm'), '(grads, ', { hole: step.clipNorm }, ')\n');
  if (step.scaler)
    pieces.push(`        ${scaler}.step(${optimizer}, grads${unscaleFirst ? ', unscaled=True' : ''})\n        ${scaler}.update()\n`);
  else pieces.push(`        ${optimizer}(grads)\n`);
  pieces.push(`        return ${results.join(', ')}\n\n    return train_step\n\n\n`);

  const anchor = step.loop ?? null;
  const passed = captured.params.map(({ path }) => path).join(', ');
  if (top) rewrites.push(insertBefore(top, pieces));
  const made = `make_train_step${suffix}(${passed})`;
  if (anchor) rewrites.push(insertBefore(anchor, [`train_step${suffix} = ${made}\n`]));
  const used = results.filter((result, i) => i === 0 || elsewhere.has(result));
  const target = elsewhere.has(lossName) || used.length > 1 ? `${used.join(', ')} = ` : '';
  rewrites.push(replaceNode(step.place, anchor ? [`${target}train_step${suffix}(${args})`] : [`${target}${made}(${args})`]));
  for (const statement of [...step.forward, ...step.update]) if (statement !== step.place) rewrites.push(deleteStatement(statement));
  return rewrites;
}

/** The forward statements with the autocast block replaced by what it holds. */
function flatten(forward: Stmt[], block: Extract<Stmt, { kind: 'With' }>): Stmt[] {
  return forward.flatMap((statement) => (statement === block ? block.body : [statement]));
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

/** Names that differ from pass to pass: the loop's targets and what its body sets; without a loop, the function's own names and parameters. */
function iterationNames(step: TrainingStep): Set<string> {
  const names = new Set<string>(writesOf(step.loop ? step.loop.body : step.block));
  if (step.loop?.kind === 'For') targetNames(step.loop.target).forEach((name) => names.add(name));
  if (!step.loop) for (const param of enclosingFunction(step.block[0]!)?.params ?? []) if (param.name !== 'self') names.add(param.name);
  return names;
}

/** The loop-invariant expressions the step needs, as long as they go (`self.config.amp`, but not into a tensor's own attributes). */
function capture(
  statements: Stmt[],
  step: TrainingStep,
  semantics: ModuleSemantics,
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
      found = { path, param };
      params.push(found);
    }
    if (record && found.param !== path) uses.push({ node: expr, param: found.param });
  };
  const visitIn = (node: Node, record: boolean) =>
    visit(node, {
      enter(at) {
        if (at.kind !== 'Name' || isWritten(at) || taken.has(at.id)) return;
        const scope = semantics.bindingOf(at)?.scope;
        if (!scope || scope.kind === 'module' || scope.kind === 'comprehension' || scope.kind === 'lambda') return;
        add(longestChain(at, semantics), record);
      },
    });
  for (const statement of statements) visitIn(statement, true);
  for (const expr of [step.optimizer, step.scaler, step.clipNorm]) if (expr) visitIn(expr, expr === step.clipNorm);
  const enabled = step.autocast?.call.args.find((argument) => argument.name === 'enabled');
  if (enabled) visitIn(enabled.value, true);
  return { params, uses };
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

/** The precision arguments of an autocast call; the device it names has no meaning in MindSpore. */
export function autocastOptions(call: Call): Piece[] {
  return ['dtype', 'enabled']
    .flatMap((name): Piece[] => {
      const value = call.args.find((argument) => argument.name === name)?.value;
      return value ? [`${name}=`, { hole: value }, ', '] : [];
    })
    .slice(0, -1);
}

/**
 * Finds training steps (`zero_grad … loss = f(model(x)) … backward … step`) and divides their statements by what becomes of them:
 * forward (moves into the differentiated function), update (replaced by the compiled step) and the rest (stays where it is).
 */
import type { Call, Expr, Stmt, With } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Reference } from '../../semantics/reference';
import { readsOf, writesOf } from './names';
import { blockOf, enclosingFunction, enclosingLoop, soleCall, statementOf } from './structure';

export interface TrainingStep {
  /** the block whose statements these are */
  block: Stmt[];
  /** statements of the loss computation, in order; an autocast block counts as one */
  forward: Stmt[];
  /** what differentiates and updates: removed, their effect moves into the step */
  update: Stmt[];
  /** the differentiated value: `loss` of `loss.backward()` or `scaler.scale(loss).backward()` */
  loss: Expr;
  optimizer: Expr;
  /** the gradient scaler, when there is one */
  scaler: Expr | null;
  /** the largest norm that gradients are clipped to */
  clipNorm: Expr | null;
  /** the autocast block around the forward, when there is one */
  autocast: { statement: With; call: Call } | null;
  loop: Extract<Stmt, { kind: 'For' | 'While' }> | null;
}

/** Why a `backward()` could not be restructured: an l10n id. */
export interface Obstacle {
  at: Reference;
  id: 'step-without-optimizer' | 'step-not-a-statement' | 'step-without-model' | 'step-with-arguments' | 'step-of-several-losses';
}

const BACKWARD = 'torch.Tensor.backward';
const SCALER = 'torch.amp.GradScaler.';

export function findTrainingSteps(semantics: ModuleSemantics): { steps: TrainingStep[]; obstacles: Obstacle[] } {
  const steps: TrainingStep[] = [];
  const obstacles: Obstacle[] = [];
  const byBlock = new Map<Stmt[], number>();
  const backwards = semantics.references.filter((reference) => reference.name === BACKWARD && reference.role === 'call');
  for (const reference of backwards) {
    const statement = statementOf(reference.node);
    if (statement) byBlock.set(blockOf(statement), (byBlock.get(blockOf(statement)) ?? 0) + 1);
  }
  for (const reference of backwards) {
    const found = stepAt(reference, semantics, byBlock);
    if ('id' in found) obstacles.push(found);
    else steps.push(found);
  }
  return { steps, obstacles };
}

function stepAt(reference: Reference, semantics: ModuleSemantics, byBlock: Map<Stmt[], number>): TrainingStep | Obstacle {
  const statement = statementOf(reference.node);
  const call = statement && soleCall(statement);
  if (!statement || !call || call !== reference.call || !reference.receiver) return { at: reference, id: 'step-not-a-statement' };
  if (call.args.length > 0) return { at: reference, id: 'step-with-arguments' };
  const block = blockOf(statement);
  if ((byBlock.get(block) ?? 0) > 1) return { at: reference, id: 'step-of-several-losses' };

  const update: Stmt[] = [statement];
  let loss: Expr = reference.receiver;
  let optimizer: Expr | null = null;
  let scaler: Expr | null = null;
  let clipNorm: Expr | null = null;
  if (loss.kind === 'Call' && semantics.referenceAt(loss.func)?.name === `${SCALER}scale`) {
    scaler = (loss.func as Extract<Expr, { kind: 'Attribute' }>).value;
    loss = loss.args[0]?.value ?? loss;
  }
  for (const other of block) {
    const made = soleCall(other);
    const name = made && semantics.referenceAt(made.func)?.name;
    if (!made || !name) continue;
    const receiver = made.func.kind === 'Attribute' ? made.func.value : null;
    if (name === 'torch.optim.Optimizer.step') optimizer = receiver;
    else if (name === `${SCALER}step`) optimizer = made.args[0]?.value ?? null;
    else if (name === 'torch.nn.utils.clip_grad_norm_')
      clipNorm = made.args.find((a, i) => a.name === 'max_norm' || (a.name === null && i === 1))?.value ?? null;
    else if (!REMOVED.has(name)) continue;
    update.push(other);
  }
  if (!optimizer) return { at: reference, id: 'step-without-optimizer' };

  const forward = forwardOf(loss, block, block.indexOf(statement), update, semantics);
  if (!forward.length) return { at: reference, id: 'step-without-model' };
  return {
    block,
    forward,
    update,
    loss,
    optimizer,
    scaler,
    clipNorm,
    autocast: autocastOf(forward, semantics),
    loop: enclosingLoop(statement),
  };
}

/** Calls that a step function makes superfluous. */
const REMOVED = new Set(['torch.optim.Optimizer.zero_grad', 'torch.nn.Module.zero_grad', `${SCALER}unscale_`, `${SCALER}update`]);

/**
 * The statements before `end` that the loss depends on (a backward slice), from the first one that calls a module: what comes before it
 * prepares data and stays outside.
 */
function forwardOf(loss: Expr, block: Stmt[], end: number, update: Stmt[], semantics: ModuleSemantics): Stmt[] {
  const needed = readsOf(loss);
  const slice: Stmt[] = [];
  for (let i = end - 1; i >= 0; i--) {
    const statement = block[i]!;
    if (update.includes(statement)) continue;
    const written = writesOf([statement]);
    if (![...written].some((name) => needed.has(name))) continue;
    slice.unshift(statement);
    if (statement.kind !== 'AugAssign' && statement.kind !== 'If') for (const name of written) needed.delete(name);
    for (const name of readsOf(statement)) needed.add(name);
  }
  const first = slice.findIndex((statement) => callsModule(statement, semantics));
  return first < 0 ? [] : slice.slice(first);
}

/** Whether something in the statement calls an instance of nn.Module. */
function callsModule(statement: Stmt, semantics: ModuleSemantics): boolean {
  let found = false;
  visit(statement, {
    enter(node) {
      if (node.kind === 'Call' && isModule(node.func, semantics)) found = true;
    },
  });
  return found;
}

/** Whether the value is an instance of nn.Module (a loss of torch.nn included). */
function isModule(expr: Expr, semantics: ModuleSemantics): boolean {
  const type = semantics.typeOf(expr);
  if (type.kind === 'instance') return type.bases.includes('torch.nn.Module') || type.bases.some((base) => base.startsWith('torch.nn.'));
  return (
    type.kind === 'api-instance' &&
    type.api.startsWith('torch.nn.') &&
    !type.api.startsWith('torch.nn.init') &&
    type.api !== 'torch.nn.Parameter'
  );
}

function autocastOf(forward: Stmt[], semantics: ModuleSemantics): TrainingStep['autocast'] {
  for (const statement of forward) {
    if (statement.kind !== 'With') continue;
    for (const { context } of statement.items) {
      if (context.kind === 'Call' && semantics.referenceAt(context.func) && AUTOCAST.has(semantics.referenceAt(context.func)!.name)) {
        return { statement, call: context };
      }
    }
  }
  return null;
}

export const AUTOCAST = new Set(['torch.amp.autocast', 'torch.autocast', 'torch.cuda.amp.autocast', 'torch.cpu.amp.autocast']);

/** Names the enclosing function (or module) reads outside the given statements: what a moved computation must hand back. */
export function readElsewhere(step: TrainingStep): Set<string> {
  const owner = enclosingFunction(step.block[0]!);
  const moved = new Set<Stmt>([...step.forward, ...step.update]);
  const names = new Set<string>();
  const collect = (statements: readonly Stmt[]) => {
    for (const statement of statements) {
      if (moved.has(statement)) continue;
      if (
        statement.kind === 'For' ||
        statement.kind === 'While' ||
        statement.kind === 'With' ||
        statement.kind === 'If' ||
        statement.kind === 'Try'
      ) {
        if (!contains(statement, step.block[0]!)) readsOf(statement).forEach((name) => names.add(name));
        else descend(statement);
      } else readsOf(statement).forEach((name) => names.add(name));
    }
  };
  const descend = (statement: Stmt) => {
    switch (statement.kind) {
      case 'For':
        readsOf(statement.iter).forEach((name) => names.add(name));
        collect(statement.body);
        collect(statement.orelse);
        break;
      case 'While':
      case 'If':
        readsOf(statement.test).forEach((name) => names.add(name));
        collect(statement.body);
        collect(statement.orelse);
        break;
      case 'With':
        for (const item of statement.items) readsOf(item.context).forEach((name) => names.add(name));
        collect(statement.body);
        break;
      case 'Try':
        collect(statement.body);
        for (const handler of statement.handlers) collect(handler.body);
        collect(statement.orelse);
        collect(statement.finalbody);
        break;
      default:
    }
  };
  collect(owner ? owner.body : step.block);
  return names;
}

function contains(outer: Stmt, inner: Stmt): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

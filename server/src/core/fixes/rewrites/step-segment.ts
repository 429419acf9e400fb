/**
 * Finds training steps (`zero_grad … loss = f(model(x)) … backward … step`) and divides their statements by what becomes of them:
 * forward (moves into the differentiated function), update (replaced by the compiled step) and the rest (stays where it is). Several steps
 * in one block, as of a generator and a discriminator, are taken one after the other (`step-regions.ts`).
 */
import type { Call, Expr, Stmt, With } from '../../syntax/ast';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Reference } from '../../semantics/reference';
import { mutated, sliceOf, startsAnew, staysOutside } from './forward-slice';
import { readsOf, writesOf } from './names';
import { regionsOf, type Region } from './step-regions';
import { blockOf, enclosingFunction, enclosingLoop, soleCall, statementOf } from './structure';

export interface TrainingStep {
  /** the block whose statements these are */
  block: Stmt[];
  /** statements of the loss computation, in order; an autocast block counts as one */
  forward: Stmt[];
  /** the statement of `forward` in whose place the step is called */
  place: Stmt;
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
  id:
    | 'step-without-optimizer'
    | 'step-not-a-statement'
    | 'step-without-model'
    | 'step-with-arguments'
    | 'step-of-several-losses'
    | 'step-value-changes';
}

const BACKWARD = 'torch.Tensor.backward';
const SCALER = 'torch.amp.GradScaler.';

export function findTrainingSteps(semantics: ModuleSemantics): { steps: TrainingStep[]; obstacles: Obstacle[] } {
  const steps: TrainingStep[] = [];
  const obstacles: Obstacle[] = [];
  const backwards = semantics.references.filter((reference) => reference.name === BACKWARD && reference.role === 'call');
  const byBlock = new Map<Stmt[], Stmt[]>();
  for (const { node } of backwards) {
    const statement = statementOf(node);
    if (statement) byBlock.set(blockOf(statement), [...(byBlock.get(blockOf(statement)) ?? []), statement]);
  }
  const regions = new Map<Stmt, Region>();
  for (const [block, statements] of byBlock)
    for (const region of regionsOf(block, statements, semantics)) regions.set(region.backward, region);
  for (const reference of backwards) {
    const found = stepAt(reference, semantics, regions);
    if ('id' in found) obstacles.push(found);
    else steps.push(found);
  }
  return { steps, obstacles };
}

function stepAt(reference: Reference, semantics: ModuleSemantics, regions: Map<Stmt, Region>): TrainingStep | Obstacle {
  const statement = statementOf(reference.node);
  const call = statement && soleCall(statement);
  if (!statement || !call || call !== reference.call || !reference.receiver) return { at: reference, id: 'step-not-a-statement' };
  // what the graph is kept for is another backward, which has a step of its own
  if (call.args.some(({ name }) => name !== 'retain_graph')) return { at: reference, id: 'step-with-arguments' };
  const block = blockOf(statement);
  const region = regions.get(statement);
  if (!region) return { at: reference, id: 'step-of-several-losses' };

  const update: Stmt[] = [statement];
  let loss: Expr = reference.receiver;
  let optimizer: Expr | null = null;
  let scaler: Expr | null = null;
  let clipNorm: Expr | null = null;
  if (loss.kind === 'Call' && semantics.referenceAt(loss.func)?.name === `${SCALER}scale`) {
    scaler = (loss.func as Extract<Expr, { kind: 'Attribute' }>).value;
    loss = loss.args[0]?.value ?? loss;
  }
  for (const other of block.slice(region.start, region.end)) {
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

  const slice = sliceOf(loss, block, region.start, block.indexOf(statement), update, semantics);
  if (!slice) return { at: reference, id: 'step-without-model' };
  // a value computed by a model before this step began: its gradient would be cut off there
  if (!startsAnew(slice, loss, block.slice(0, region.start), semantics)) return { at: reference, id: 'step-of-several-losses' };
  const { forward, place } = staysOutside(slice, loss, block, semantics);
  if (changesBetween(forward, block, block.indexOf(statement), update)) return { at: reference, id: 'step-value-changes' };
  return {
    block,
    forward,
    place,
    update,
    loss,
    optimizer,
    scaler,
    clipNorm,
    autocast: autocastOf(forward, semantics),
    loop: enclosingLoop(statement),
  };
}

/**
 * Whether a statement that stays stands in the way: it reads a value that the forward sets anew behind it (the step hands back the last one only), or changes
 * in place what the forward reads on.
 */
function changesBetween(forward: Stmt[], block: Stmt[], end: number, update: Stmt[]): boolean {
  return block.slice(block.indexOf(forward[0]!), end).some((statement) => {
    if (forward.includes(statement) || update.includes(statement)) return false;
    const before = writesOf(forward.filter(({ start }) => start < statement.start));
    const behind = forward.filter(({ start }) => start > statement.start);
    const after = writesOf(behind);
    if ([...readsOf(statement)].some((name) => before.has(name) && after.has(name))) return true;
    // an argument that is another one for the second half
    const inPlace = mutated(statement);
    return inPlace.length > 0 && behind.some((later) => [...readsOf(later)].some((name) => inPlace.includes(name)));
  });
}

/** Calls that a step function makes superfluous. */
const REMOVED = new Set(['torch.optim.Optimizer.zero_grad', 'torch.nn.Module.zero_grad', `${SCALER}unscale_`, `${SCALER}update`]);

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

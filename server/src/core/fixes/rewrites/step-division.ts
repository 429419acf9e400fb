/** What a training step consists of, and how the statements before its `backward()` are divided: what moves into the differentiated function, what stays. */
import type { Expr, Stmt, With } from '../../syntax/ast';
import type { Reference } from '../../semantics/reference';
import { doesMore, isAutocastValue, mutated, sliceOf, startsAnew, staysOutside } from './forward-slice';
import { headReadsOf, readsOf, writesOf } from './names';
import { visit } from '../../syntax/walk';
import { partAt, type StepScene } from './step-parts';
import { blocksOf, statementOf } from '../../syntax/statements';
import { enclosingFunction, soleCall } from './structure';

export interface TrainingStep {
  /** the block whose statements these are */
  block: Stmt[];
  /** statements of the loss computation, in order; an autocast block counts as one */
  forward: Stmt[];
  /** the statement of `forward` in whose place the step is called */
  place: Stmt;
  /** what differentiates and updates: removed, their effect moves into the step. Of a recorded step its backward statements, wherever they stand */
  update: Stmt[];
  /** the differentiated value: `loss` of `loss.backward()` or `scaler.scale(loss).backward()` */
  loss: Expr;
  /** null: the step is recorded, gradients gather on the parameters and the update stays where it is */
  optimizer: Expr | null;
  /** the gradient scaler, when there is one */
  scaler: Expr | null;
  /** where only one branch scales the loss: its condition */
  scaledIf: { test: Expr; negated: boolean } | null;
  /** the largest norm that gradients are clipped to */
  clipNorm: Expr | null;
  /** the autocast blocks of the forward, all of one region, when there are any: its call, or the variable that holds it */
  autocast: { statements: With[]; region: Expr } | null;
  loop: Extract<Stmt, { kind: 'For' | 'While' }> | null;
}

/** Why a `backward()` could not be restructured: an l10n id. */
export interface Obstacle {
  at: Reference;
  id:
    | 'step-not-a-statement'
    | 'step-without-model'
    | 'step-loss-from-caller'
    | 'step-with-arguments'
    | 'step-of-several-losses'
    | 'step-value-changes'
    | 'step-does-more'
    | 'step-in-closure';
}

/** A `backward()` that is a statement of its own: what it differentiates, and by which scaler. Or why it cannot be taken. */
export function backwardOf(
  reference: Reference,
  scene: StepScene,
): { statement: Stmt; loss: Expr; scaler: Expr | null } | (Obstacle & { statement: null }) {
  const statement = statementOf(reference.node);
  const call = statement && soleCall(statement);
  if (!statement || !call || call !== reference.call || !reference.receiver)
    return { at: reference, id: 'step-not-a-statement', statement: null };
  // what the graph is kept for is another backward, which has a step of its own
  if (call.args.some(({ name }) => name !== 'retain_graph')) return { at: reference, id: 'step-with-arguments', statement: null };
  const loss = reference.receiver;
  if (loss.kind !== 'Call' || loss.func.kind !== 'Attribute' || partAt(loss.func, scene) !== 'loss-scale')
    return { statement, loss, scaler: null };
  return { statement, loss: loss.args[0]?.value ?? loss, scaler: loss.func.value };
}

/** What moves into the differentiated function, of the statements `block[start]` to `block[end - 1]`, and where it is called; or why nothing can. */
export function divide(
  loss: Expr,
  block: Stmt[],
  start: number,
  end: number,
  update: Stmt[],
  scene: StepScene,
): { forward: Stmt[]; place: Stmt } | Pick<Obstacle, 'id'> {
  const { semantics } = scene;
  const slice = sliceOf(loss, block, start, end, update, semantics);
  if (!slice) return { id: 'step-without-model' };
  // a value computed by a model before this step began: its gradient would be cut off there
  if (!startsAnew(slice, loss, block.slice(0, start), semantics)) return { id: 'step-of-several-losses' };
  const divided = staysOutside(slice, loss, block, semantics);
  for (;;) {
    if (doesMore(divided.forward, scene)) return { id: 'step-does-more' };
    const between = changesBetween(divided.forward, block, end, update);
    if (!between) return divided;
    // a plain copy of a value can go along: `real_score = outputs`
    if (between.kind !== 'Assign' || between.value?.kind !== 'Name' || between.targets.some(({ kind }) => kind !== 'Name'))
      return { id: 'step-value-changes' };
    divided.forward = block.filter((statement) => statement === between || divided.forward.includes(statement));
  }
}

/**
 * The statement that stays and stands in the way, if there is one: it reads a value that the forward sets anew behind it (the step hands back the last one only), or changes
 * in place what the forward reads on.
 */
function changesBetween(forward: Stmt[], block: Stmt[], end: number, update: Stmt[]): Stmt | undefined {
  return block.slice(block.indexOf(forward[0]!), end).find((statement) => {
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

/** The autocast regions of a forward, nested ones included; null when there are none. */
export function autocastOf(forward: readonly Stmt[], scene: StepScene): TrainingStep['autocast'] {
  const statements: With[] = [];
  let region: Expr | null = null;
  for (const statement of forward)
    visit(statement, {
      enter(node) {
        if (node.kind !== 'With') return;
        for (const { context } of node.items)
          if (isAutocastValue(context, scene) || (context.kind === 'Call' && partAt(context.func, scene) === 'autocast')) {
            statements.push(node);
            region ??= context;
          }
      },
    });
  return region && { statements, region };
}

/** Names the enclosing function (or module) reads outside the given statements: what a moved computation must hand back. */
export function readElsewhere(step: TrainingStep): Set<string> {
  const owner = enclosingFunction(step.block[0]!);
  const moved = new Set<Stmt>([...step.forward, ...step.update]);
  const names = new Set<string>();
  const collect = (statements: readonly Stmt[]) => {
    for (const statement of statements) {
      if (moved.has(statement)) continue;
      const around = blocksOf(statement).length > 0 && contains(statement, step.block[0]!);
      for (const name of around ? headReadsOf(statement) : readsOf(statement)) names.add(name);
      if (around) blocksOf(statement).forEach(collect);
    }
  };
  collect(owner ? owner.body : step.block);
  return names;
}

function contains(outer: Stmt, inner: Stmt): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

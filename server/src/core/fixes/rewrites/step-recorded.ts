/**
 * Steps whose backward is apart from the update: gradients that add up over several passes or losses, an update in a branch, in another function or under a
 * condition. The loss becomes a function that records its gradients (`mindport_ops.gradients`); all other calls stay where they are.
 */
import type { Expr, Stmt } from '../../syntax/ast';
import type { Reference } from '../../semantics/reference';
import { callsModule } from './forward-slice';
import { readsOf, writesOf } from './names';
import { autocastOf, backwardOf, divide, type Obstacle, type TrainingStep } from './step-division';
import type { StepScene } from './step-parts';
import { blockOf } from '../../syntax/statements';
import { enclosingFunction, enclosingLoop } from './structure';

/** One `backward()`: the statement, and the one around it (or itself) that stands in the block of the loss. */
interface Found {
  reference: Reference;
  statement: Stmt;
  at: Stmt;
  loss: Expr;
  scaler: Expr | null;
}

export function recordedSteps(
  references: readonly Reference[],
  others: readonly TrainingStep[],
  scene: StepScene,
): { steps: TrainingStep[]; obstacles: Obstacle[] } {
  const obstacles: Obstacle[] = [];
  const groups = new Map<Stmt, Found[]>();
  for (const reference of references) {
    const backward = backwardOf(reference, scene);
    if (backward.statement === null) {
      obstacles.push(backward);
      continue;
    }
    const at = lossBlock(backward.statement, backward.loss, scene);
    if (typeof at === 'string') obstacles.push({ at: reference, id: at });
    else groups.set(at, [...(groups.get(at) ?? []), { reference, at, ...backward }]);
  }
  const steps: TrainingStep[] = [];
  const taken = new Set(others.flatMap(({ forward }) => forward));
  for (const group of [...groups.values()].sort((a, b) => a[0]!.at.start - b[0]!.at.start)) {
    const step = recordedStep(group, references, scene);
    const refused = 'id' in step ? step.id : step.forward.some((statement) => taken.has(statement)) ? 'step-of-several-losses' : null;
    if ('id' in step || refused) {
      for (const { reference } of group) obstacles.push({ at: reference, id: refused! });
      continue;
    }
    steps.push(step);
    for (const statement of step.forward) taken.add(statement);
  }
  return { steps, obstacles };
}

/**
 * The statement around a `backward()` (or that itself) before which, in the same block, the loss is computed: out of branches and `with` blocks, as long as nothing
 * inside them has to do with the loss. Or why there is none.
 */
function lossBlock(statement: Stmt, loss: Expr, scene: StepScene): Stmt | Obstacle['id'] {
  if (inClosure(statement, scene)) return 'step-in-closure';
  const names = readsOf(loss);
  for (let at = statement; ;) {
    const before = blockOf(at).filter(({ end }) => end <= at.start);
    if (before.some((other) => [...writesOf([other])].some((name) => names.has(name))) || callsModule(loss, scene.semantics)) return at;
    const parent = at.parent;
    if (parent?.kind === 'If' || parent?.kind === 'With') at = parent;
    else return isParameter(statement, names) ? 'step-loss-from-caller' : 'step-without-model';
  }
}

/** Whether the function around the statement is handed to an optimizer's `step`. */
function inClosure(statement: Stmt, { semantics, catalog }: StepScene): boolean {
  const name = enclosingFunction(statement)?.name;
  return (
    name !== undefined &&
    semantics.references.some(
      ({ name: api, call }) =>
        catalog.partOf(api) === 'update' && call?.args.some(({ value }) => value.kind === 'Name' && value.id === name),
    )
  );
}

function isParameter(statement: Stmt, names: ReadonlySet<string>): boolean {
  return enclosingFunction(statement)?.params.some(({ name }) => names.has(name)) ?? false;
}

function recordedStep(group: readonly Found[], references: readonly Reference[], scene: StepScene): TrainingStep | Pick<Obstacle, 'id'> {
  const [first] = group as [Found, ...Found[]];
  const block = blockOf(first.at);
  const end = block.indexOf(first.at);
  const backwards = new Set(references.map(({ node }) => node));
  const holdsBackward = (statement: Stmt) => [...backwards].some(({ start, end }) => statement.start <= start && end <= statement.end);
  const previous = block.slice(0, end).findLastIndex(holdsBackward);
  const name = first.loss.kind === 'Name' ? first.loss.id : null;
  if (group.length > 1 && group.some(({ loss }) => name === null || loss.kind !== 'Name' || loss.id !== name))
    return { id: 'step-of-several-losses' };
  const divided = divide(first.loss, block, previous + 1, end, [], scene);
  // `criterion(model(x), y).backward()`: nothing is computed before
  const alone = 'id' in divided && divided.id === 'step-without-model' && group.length === 1 && callsModule(first.loss, scene.semantics);
  if ('id' in divided && !alone) return divided;
  const { forward, place } = 'id' in divided ? { forward: [], place: first.statement } : divided;
  const scaled = group.find(({ scaler }) => scaler);
  const plain = group.find(({ scaler }) => !scaler);
  const scaledIf = scaled && plain ? conditionBetween(scaled.statement, plain.statement) : null;
  // which of the two it is must be known where the loss is computed
  if (scaled && plain && (!scaledIf || isSetIn(scaledIf.test, forward))) return { id: 'step-of-several-losses' };
  return {
    block,
    forward,
    place,
    update: group.map(({ statement }) => statement),
    loss: first.loss,
    optimizer: null,
    scaler: scaled?.scaler ?? null,
    scaledIf,
    clipNorm: null,
    autocast: autocastOf(forward, scene),
    loop: enclosingLoop(first.statement),
  };
}

/** The condition by which one statement is reached and not the other. */
function conditionBetween(one: Stmt, other: Stmt): { test: Expr; negated: boolean } | null {
  for (let at = one.parent; at; at = at.parent) {
    if (at.kind !== 'If') continue;
    const inside = (statements: readonly Stmt[], { start, end }: Stmt) => statements.some((s) => s.start <= start && end <= s.end);
    if (inside(at.body, one) && inside(at.orelse, other)) return { test: at.test, negated: false };
    if (inside(at.orelse, one) && inside(at.body, other)) return { test: at.test, negated: true };
  }
  return null;
}

function isSetIn(test: Expr, forward: readonly Stmt[]): boolean {
  const written = writesOf(forward);
  return [...readsOf(test)].some((name) => written.has(name));
}

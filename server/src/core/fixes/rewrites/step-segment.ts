/**
 * Finds training steps (`zero_grad … loss = f(model(x)) … backward … step`) and divides their statements by what becomes of them:
 * forward (moves into the differentiated function), update (replaced by the compiled step) and the rest (stays where it is). Several steps
 * in one block, as of a generator and a discriminator, are taken one after the other (`step-regions.ts`). A step whose backward and update do not stand
 * in one block, or do not come in turn, is recorded instead (`step-recorded.ts`).
 */
import type { Expr, Stmt } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import type { StepPart } from '../../catalog/record';
import type { Reference } from '../../semantics/reference';
import { readsOf, targetNames, writesOf } from './names';
import { autocastOf, backwardOf, divide, type Obstacle, type TrainingStep } from './step-division';
import { partAt, type StepScene } from './step-parts';
import { recordedSteps } from './step-recorded';
import { regionsOf, type Region } from './step-regions';
import { blockOf, statementOf } from '../../syntax/statements';
import { enclosingLoop, soleCall } from './structure';

export function findTrainingSteps(scene: StepScene): { steps: TrainingStep[]; obstacles: Obstacle[] } {
  const backwards = scene.semantics.references.filter(({ name, role }) => role === 'call' && scene.catalog.partOf(name) === 'backward');
  const byBlock = new Map<Stmt[], Stmt[]>();
  for (const { node } of backwards) {
    const statement = statementOf(node);
    if (statement) byBlock.set(blockOf(statement), [...(byBlock.get(blockOf(statement)) ?? []), statement]);
  }
  const regions = new Map<Stmt, Region>();
  for (const [block, statements] of byBlock) for (const region of regionsOf(block, statements, scene)) regions.set(region.backward, region);
  const steps: TrainingStep[] = [];
  const rest: Reference[] = [];
  for (const reference of backwards) {
    const step = fusedStep(reference, scene, regions);
    if (step) steps.push(step);
    else rest.push(reference);
  }
  const recorded = recordedSteps(rest, steps, scene);
  return { steps: [...steps, ...recorded.steps].sort((a, b) => a.place.start - b.place.start), obstacles: recorded.obstacles };
}

/** The step whose update follows in the same block, as one compiled function; null when anything else has to do with its gradients. */
function fusedStep(reference: Reference, scene: StepScene, regions: Map<Stmt, Region>): TrainingStep | null {
  const backward = backwardOf(reference, scene);
  const region = backward.statement && regions.get(backward.statement);
  if (backward.statement === null || !region) return null;
  const { statement, loss, scaler } = backward;
  const block = blockOf(statement);
  const update: Stmt[] = [statement];
  let optimizer: Expr | null = null;
  let clipNorm: Expr | null = null;
  let resets = false;
  for (const other of block.slice(region.start, region.end)) {
    if (other === statement) continue;
    const made = soleCall(other);
    const part = made && partAt(made.func, scene);
    const receiver = made?.func.kind === 'Attribute' ? made.func.value : null;
    if (made && part === 'update') {
      if (optimizer || made.args.length > 0) return null;
      optimizer = receiver;
    } else if (made && part === 'scaled-update') optimizer = made.args[0]?.value ?? null;
    else if (made && part === 'clip-norm') {
      if (made.args.length > 2) return null;
      clipNorm = made.args.find((a, i) => a.name === 'max_norm' || (a.name === null && i === 1))?.value ?? null;
    } else if (part === 'gradient-reset') resets = true;
    else if (part !== 'unscale' && part !== 'scale-update') {
      // a branch that clips, steps or looks at gradients: they have to be there
      if (handlesGradients(other, scene)) return null;
      continue;
    }
    update.push(other);
  }
  if (!optimizer || !resets) return null;
  // the builder is called before the loop
  const loop = enclosingLoop(statement);
  const changing = loop && new Set([...writesOf(loop.body), ...(loop.kind === 'For' ? targetNames(loop.target) : [])]);
  if (changing && [optimizer, scaler].some((value) => value && [...readsOf(value)].some((name) => changing.has(name)))) return null;
  const divided = divide(loss, block, region.start, block.indexOf(statement), update, scene);
  if ('id' in divided) return null;
  const { forward, place } = divided;
  return {
    block,
    forward,
    place,
    update,
    loss,
    optimizer,
    scaler,
    scaledIf: null,
    clipNorm,
    autocast: autocastOf(forward, scene),
    loop,
  };
}

/** Whether something in a statement reads, clips, resets or applies gradients. */
function handlesGradients(statement: Stmt, scene: StepScene): boolean {
  let found = false;
  visit(statement, {
    enter(node) {
      if (node.kind === 'Attribute' || node.kind === 'Name') found ||= GRADIENTS.has(partAt(node, scene)!);
    },
  });
  return found;
}

const GRADIENTS: ReadonlySet<StepPart> = new Set<StepPart>([
  'backward', 'update', 'scaled-update', 'unscale', 'gradient-reset', 'clip-norm', 'clip-value', 'gradient',
]); // prettier-ignore

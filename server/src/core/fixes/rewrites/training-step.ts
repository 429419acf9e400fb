/** `training-step`: the whole step around a `backward()`, whichever of its calls the fix was asked for. */
import type { Module } from '../../syntax/ast';
import type { Reference } from '../../semantics/reference';
import type { Rewrite } from '../rewrite';
import type { FixContext, NamedRewrite } from '../single';
import { buildStep } from './step-builder';
import type { Obstacle, TrainingStep } from './step-division';
import { findTrainingSteps } from './step-segment';
import { statementOf } from '../../syntax/statements';
import { topLevelStatement } from './structure';

interface Restructured {
  step: TrainingStep;
  rewrites: Rewrite[];
}

type Scene = Pick<FixContext, 'module' | 'semantics' | 'catalog' | 'text'>;

/** One result per analysed module: every call of a step answers with the same rewrites, so that a composition of all applies them once. */
const cache = new WeakMap<Module, { steps: Restructured[]; obstacles: Obstacle[] }>();

function restructured(scene: Scene): { steps: Restructured[]; obstacles: Obstacle[] } {
  let known = cache.get(scene.module);
  if (!known) {
    const { steps, obstacles } = findTrainingSteps(scene);
    const tops = steps.map(({ block }) => topLevelStatement(block[0]!));
    known = {
      steps: steps.map((step, index) => ({ step, rewrites: buildStep(step, scene, index, tops.indexOf(tops[index]!) < index) })),
      obstacles,
    };
    cache.set(scene.module, known);
  }
  return known;
}

export const trainingStep: NamedRewrite = (reference, _judgement, context) => {
  const statement = statementOf(reference.node);
  const found = restructured(context).steps.find(({ step }) => statement !== null && step.update.includes(statement));
  return found?.rewrites ?? null;
};

/** Why the step of a `backward()` was not restructured; null when it was. */
export function stepObstacle(reference: Reference, scene: Scene): Obstacle | null {
  return restructured(scene).obstacles.find(({ at }) => at === reference) ?? null;
}

/** Autocast blocks that a step's rewrite takes care of. */
export function trainingStepBlocks(scene: Scene): Map<object, Rewrite[]> {
  const blocks = new Map<object, Rewrite[]>();
  for (const { step, rewrites } of restructured(scene).steps)
    for (const statement of step.autocast?.statements ?? []) blocks.set(statement, rewrites);
  return blocks;
}

/** `training-step`: the whole step around a `backward()`, whichever of its calls the fix was asked for. */
import type { Module } from '../../syntax/ast';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Reference } from '../../semantics/reference';
import type { Rewrite } from '../rewrite';
import type { NamedRewrite } from '../single';
import { buildStep } from './step-builder';
import { findTrainingSteps, type Obstacle, type TrainingStep } from './step-segment';
import { statementOf, topLevelStatement } from './structure';

interface Restructured {
  step: TrainingStep;
  rewrites: Rewrite[];
}

/** One result per analysed module: every call of a step answers with the same rewrites, so that a composition of all applies them once. */
const cache = new WeakMap<Module, { steps: Restructured[]; obstacles: Obstacle[] }>();

function restructured(module: Module, semantics: ModuleSemantics): { steps: Restructured[]; obstacles: Obstacle[] } {
  let known = cache.get(module);
  if (!known) {
    const { steps, obstacles } = findTrainingSteps(semantics);
    const tops = steps.map(({ block }) => topLevelStatement(block[0]!));
    known = {
      steps: steps.map((step, index) => ({ step, rewrites: buildStep(step, semantics, index, tops.indexOf(tops[index]!) < index) })),
      obstacles,
    };
    cache.set(module, known);
  }
  return known;
}

export const trainingStep: NamedRewrite = (reference, _judgement, context) => {
  const statement = statementOf(reference.node);
  const found = restructured(context.module, context.semantics).steps.find(
    ({ step }) => statement !== null && step.update.includes(statement),
  );
  return found?.rewrites ?? null;
};

/** Why the step of a `backward()` was not restructured; null when it was. */
export function stepObstacle(reference: Reference, module: Module, semantics: ModuleSemantics): Obstacle | null {
  return restructured(module, semantics).obstacles.find(({ at }) => at === reference) ?? null;
}

/** Autocast blocks that a step's rewrite takes care of. */
export function trainingStepBlocks(module: Module, semantics: ModuleSemantics): Map<object, Rewrite[]> {
  const blocks = new Map<object, Rewrite[]>();
  for (const { step, rewrites } of restructured(module, semantics).steps) if (step.autocast) blocks.set(step.autocast.statement, rewrites);
  return blocks;
}

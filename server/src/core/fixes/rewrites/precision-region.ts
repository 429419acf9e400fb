/**
 * `precision-region`: `with autocast(…):` around a training step belongs to the step's rewrite. A block of its own is dedented, and the modules it
 * calls are wrapped by the runtime's autocast.
 */
import type { NamedRewrite } from '../single';
import { dedentBlock } from './gradient-free';
import { trainingStepBlocks } from './training-step';

export const precisionRegion: NamedRewrite = (reference, _judgement, context) => {
  const block = reference.call?.parent;
  if (block?.kind !== 'With') return null;
  const step = trainingStepBlocks(context).get(block);
  return step ?? dedentBlock(block, context);
};

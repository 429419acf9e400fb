/** Rewrites that records name (`"rewrite": "…"`): what a template cannot say. A test proves that each is named by a record and every named one exists. */
import type { NamedRewrites } from '../single';
import { autogradFunction } from './autograd-function';
import { gradientFree } from './gradient-free';
import { indexInTurn } from './index-in-turn';
import { learningRate } from './learning-rate';
import { moduleClass } from './module-class';
import { precisionRegion } from './precision-region';
import { removeDecorator } from './remove-decorator';
import { removeSetting } from './remove-setting';
import { trainingStep } from './training-step';

export const namedRewrites: NamedRewrites = new Map([
  ['autograd-function', autogradFunction],
  ['gradient-free', gradientFree],
  ['index-in-turn', indexInTurn],
  ['learning-rate', learningRate],
  ['module-class', moduleClass],
  ['precision-region', precisionRegion],
  ['remove-decorator', removeDecorator],
  ['remove-setting', removeSetting],
  ['training-step', trainingStep],
]);

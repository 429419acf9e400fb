/** Rewrites that records name (`"rewrite": "…"`): what a template cannot say. A test proves that each is named by a record and every named one exists. */
import type { NamedRewrites } from '../single';
import { gradientFree } from './gradient-free';
import { moduleClass } from './module-class';
import { precisionRegion } from './precision-region';
import { trainingStep } from './training-step';

export const namedRewrites: NamedRewrites = new Map([
  ['gradient-free', gradientFree],
  ['module-class', moduleClass],
  ['precision-region', precisionRegion],
  ['training-step', trainingStep],
]);

/** Every fix of a file that is at least as safe as asked, as one composition. */
import type { Safety } from '../catalog/record';
import type { ImportBinding } from '../semantics/analyze';
import type { Reference } from '../semantics/reference';
import { compose, type Composition } from './compose';
import type { Rewrite } from './rewrite';
import { classNameTests } from './rewrites/class-names';
import { fixOf, judgeIn, type FixContext } from './single';

const ALLOWED: Record<Safety, readonly Safety[]> = { safe: ['safe'], review: ['safe', 'review'], manual: ['safe', 'review', 'manual'] };

export interface FixAllOptions {
  /** the least safety: `safe`, or `review` for safe and review */
  safety: Safety;
  /** leaves references out, e.g. suppressed ones */
  only?(reference: Reference): boolean;
  /** where the findings of class names begin that are to be fixed (`rewrites/class-names.ts`) */
  classNames?: ReadonlySet<number>;
  removeUnused?(binding: ImportBinding): boolean;
}

/** Rewrites of every reference that has a fix of that safety, in source order. */
function rewritesOf(context: FixContext, options: FixAllOptions): Rewrite[] {
  const rewrites: Rewrite[] = [];
  for (const reference of context.semantics.references) {
    if (options.only && !options.only(reference)) continue;
    const fix = fixOf(reference, judgeIn(reference, context), context);
    if (fix && ALLOWED[options.safety].includes(fix.safety)) rewrites.push(...fix.rewrites);
  }
  const { classNames } = options;
  if (classNames && options.safety !== 'safe') {
    for (const { node, rewrite } of classNameTests(context)) if (rewrite && classNames.has(node.start)) rewrites.push(rewrite);
  }
  return [...new Set(rewrites)]; // the calls of one restructured step share their rewrites
}

export function composeAll(context: FixContext, options: FixAllOptions): Composition {
  const { text, module, semantics } = context;
  return compose({
    text,
    module,
    semantics,
    families: context.catalog.families,
    rewrites: rewritesOf(context, options),
    removeUnused: options.removeUnused,
  });
}

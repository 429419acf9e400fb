import type { FixContext } from '../fixes/single';
import type { Reference } from '../semantics/reference';
import type { Finding } from './finding';

/** What was found of references that a later state of the same file still holds. */
export type FindingsOfReferences = WeakMap<Reference, Finding | null>;

/** One family of rules: a file each, listed in `registry.ts`. */
export interface RuleFamily {
  /** codes it may report */
  codes: readonly string[];
  /** Whether the file can have findings of this family at all; asked before anything else is looked at. */
  applies(context: FixContext): boolean;
  /** @param known looked at first, and added to */
  check(context: FixContext, known?: FindingsOfReferences): Iterable<Finding>;
}

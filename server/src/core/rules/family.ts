import type { FixContext } from '../fixes/single';
import type { Finding } from './finding';

/** One family of rules: a file each, listed in `registry.ts`. */
export interface RuleFamily {
  /** codes it may report */
  codes: readonly string[];
  /** Whether the file can have findings of this family at all; asked before anything else is looked at. */
  applies(context: FixContext): boolean;
  check(context: FixContext): Iterable<Finding>;
}

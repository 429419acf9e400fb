import type { FixContext } from '../fixes/single';
import type { Reference } from '../semantics/reference';
import type { Finding } from './finding';

/** What was found in the latest state of a file; given to the next one it says what the references have that both share. */
export interface KnownFindings {
  references: readonly Reference[];
  /** of each of them */
  found: readonly (Finding | null)[];
  /** the file had no branch that is decided (`semantics/taken.ts`) */
  allTaken: boolean;
  /** under another severity, as chosen */
  chosen: WeakMap<Finding, Finding>;
}

export const nothingKnown = (): KnownFindings => ({ references: [], found: [], allTaken: true, chosen: new WeakMap() });

/** One family of rules: a file each, listed in `registry.ts`. */
export interface RuleFamily {
  /** codes it may report */
  codes: readonly string[];
  /** Whether the file can have findings of this family at all; asked before anything else is looked at. */
  applies(context: FixContext): boolean;
  /** @param known of the state before; becomes that of this one */
  check(context: FixContext, known?: KnownFindings): Finding[];
}

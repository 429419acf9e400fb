/** All findings of a file for the chosen targets. */
import type { FixContext } from '../fixes/single';
import { codeOf } from './codes';
import type { KnownFindings, RuleFamily } from './family';
import type { Finding, Severity } from './finding';
import { FAMILIES } from './registry';
import { Suppressions } from './suppression';

export interface FindingsOptions {
  /** by code or slug: another severity, or none at all */
  severity?: Readonly<Record<string, Severity | 'off'>>;
  families?: readonly RuleFamily[];
  /** what the state before was found to hold, for the same settings */
  known?: KnownFindings;
}

/** Findings in source order, suppressed ones left out. Files that import nothing of the kind cost next to nothing. */
export function findFindings(context: FixContext, options: FindingsOptions = {}): Finding[] {
  const families = (options.families ?? FAMILIES).filter((family) => family.applies(context));
  const found = families.flatMap((family) => family.check(context, options.known));
  const suppressions = context.text.includes('mindport:') ? new Suppressions(context.text, context.module) : null;
  const visible = suppressions ? [...found.filter((finding) => !suppressions.covers(finding)), ...suppressions.findings()] : found;
  const chosen = options.severity ? visible.flatMap((finding) => withSeverity(finding, options)) : visible;
  return chosen.sort((a, b) => a.span.start - b.span.start);
}

/** A finding under the severity that is chosen: the same object as in the state before when it is known. */
function withSeverity(finding: Finding, { severity: chosen, known }: FindingsOptions): Finding[] {
  const severity = chosen?.[finding.code] ?? chosen?.[codeOf(finding.code)?.slug ?? ''];
  if (severity === 'off') return [];
  if (!severity) return [finding];
  const other = known?.chosen.get(finding) ?? { ...finding, severity };
  known?.chosen.set(finding, other);
  return [other];
}

/** All findings of a file for the chosen targets. */
import type { FixContext } from '../fixes/single';
import { codeOf } from './codes';
import type { FindingsOfReferences, RuleFamily } from './family';
import type { Finding, Severity } from './finding';
import { FAMILIES } from './registry';
import { Suppressions } from './suppression';

export interface FindingsOptions {
  /** by code or slug: another severity, or none at all */
  severity?: Readonly<Record<string, Severity | 'off'>>;
  families?: readonly RuleFamily[];
  /** what an earlier state of the file was found to hold, for the same targets */
  known?: FindingsOfReferences;
}

/** Findings in source order, suppressed ones left out. Files that import nothing of the kind cost next to nothing. */
export function findFindings(context: FixContext, options: FindingsOptions = {}): Finding[] {
  const found: Finding[] = [];
  for (const family of options.families ?? FAMILIES) {
    if (!family.applies(context)) continue;
    for (const finding of family.check(context, options.known)) found.push(finding);
  }
  const suppressions = context.text.includes('mindport:') ? new Suppressions(context.text, context.module) : null;
  const visible = suppressions ? [...found.filter((finding) => !suppressions.covers(finding)), ...suppressions.findings()] : found;
  const chosen = options.severity ? visible.flatMap((finding) => withSeverity(finding, options.severity)) : visible;
  return chosen.sort((a, b) => a.span.start - b.span.start);
}

function withSeverity(finding: Finding, chosen: FindingsOptions['severity']): Finding[] {
  const severity = chosen?.[finding.code] ?? chosen?.[codeOf(finding.code)?.slug ?? ''];
  if (severity === 'off') return [];
  return [severity ? { ...finding, severity } : finding];
}

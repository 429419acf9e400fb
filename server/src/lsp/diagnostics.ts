/** Findings as LSP diagnostics: the callee underlined, a code that leads to its page, the place that made the analysis sure. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import type { Finding, Severity } from '../core/rules/finding';
import type { Reason, Reference } from '../core/semantics/reference';
import type { FileState } from './analysis';
import type { Places } from './places';
import type { Words } from './words';

const SOURCE = 'MindPort';

const SEVERITY: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** What does not depend on where a finding stands: made once for each, since a key press moves most of them and changes few. */
const standing = new WeakMap<Finding, Omit<Diagnostic, 'range' | 'relatedInformation'>>();
const reasons = new WeakMap<Reason, string>();

/**
 * @param documentation link to the page of a code with `{code}` in it; none when undefined
 * @param related whether the client shows related places
 */
export function diagnosticOf(
  finding: Finding,
  state: { places: Pick<Places, 'range' | 'location'> },
  words: Words,
  documentation: string | undefined,
  related: boolean,
): Diagnostic {
  let same = standing.get(finding);
  if (!same) standing.set(finding, (same = standingPart(finding, words, documentation)));
  const { severity, source, code, message } = same;
  const diagnostic: Diagnostic = { range: state.places.range(finding.span), severity, source, code, message };
  if (same.codeDescription) diagnostic.codeDescription = same.codeDescription;
  if (same.tags) diagnostic.tags = same.tags;
  const { reference } = finding;
  const at = related ? relatedPlace(finding) : null;
  if (at !== null && reference) {
    const location = state.places.location({ start: at, end: at });
    let said = reasons.get(reference.reason);
    if (said === undefined) reasons.set(reference.reason, (said = reasonOf(reference, words)));
    diagnostic.relatedInformation = [{ location, message: said }];
  }
  return diagnostic;
}

/** Offset of the place that made the analysis sure; null when there is none to show. The import is no news: it is where one looks for it. */
export function relatedPlace({ reference }: Finding): number | null {
  return reference && reference.kind !== 'api' ? reference.reason.at : null;
}

function standingPart(finding: Finding, words: Words, documentation: string | undefined): Omit<Diagnostic, 'range' | 'relatedInformation'> {
  return {
    severity: SEVERITY[finding.severity],
    source: SOURCE,
    code: finding.code,
    message: messageOf(finding, words),
    ...(documentation ? { codeDescription: { href: documentation.replace('{code}', finding.code) } } : {}),
    ...(finding.verdict === 'drop' ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

/** The finding's sentence, what differs, and why there is no fix: one a line. */
function messageOf({ message, note, detail }: Finding, words: Words): string {
  return [words.say(message), note && words.choose(note), detail && words.say(detail)].filter(Boolean).join('\n');
}

/** Why the analysis believes that the name is this API: "result of torch.cat". */
function reasonOf({ reason }: Reference, words: Words): string {
  return words.tell(`reason.${reason.id}`, reason.args);
}

/** The same with the line it rests on: "result of torch.cat, line 41". */
export function reasonText(reference: Reference, state: FileState, words: Words): string {
  const { at } = reference.reason;
  const reason = reasonOf(reference, words);
  if (at === null) return reason;
  const { uri, range } = state.places.location({ start: at, end: at });
  return words.tell(uri === state.uri ? 'reason.withLine' : 'reason.withLineOfCell', { reason, line: String(range.start.line + 1) });
}

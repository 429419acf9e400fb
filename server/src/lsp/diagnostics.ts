/** Findings as LSP diagnostics: the callee underlined, a code that leads to its page, the place that made the analysis sure. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import type { Finding, Severity } from '../core/rules/finding';
import type { Reference } from '../core/semantics/reference';
import type { FileState } from './analysis';
import type { Words } from './words';

const SOURCE = 'MindPort';

const SEVERITY: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/**
 * @param documentation link to the page of a code with `{code}` in it; none when undefined
 * @param related whether the client shows related places
 */
export function diagnosticOf(
  finding: Finding,
  state: Pick<FileState, 'places'>,
  words: Words,
  documentation: string | undefined,
  related: boolean,
): Diagnostic {
  const diagnostic: Diagnostic = {
    range: state.places.range(finding.span),
    severity: SEVERITY[finding.severity],
    source: SOURCE,
    code: finding.code,
    message: messageOf(finding, words),
  };
  if (documentation) diagnostic.codeDescription = { href: documentation.replace('{code}', finding.code) };
  if (finding.verdict === 'drop') diagnostic.tags = [DiagnosticTag.Unnecessary];
  const { reference } = finding;
  if (related && reference && reference.reason.at !== null) {
    const location = state.places.location({ start: reference.reason.at, end: reference.reason.at });
    diagnostic.relatedInformation = [{ location, message: reasonOf(reference, words) }];
  }
  return diagnostic;
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

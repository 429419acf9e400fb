/** Findings as LSP diagnostics: the callee underlined, a code that leads to its page, the place that made the analysis sure. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import type { Finding, Severity } from '../core/rules/finding';
import type { FileState } from './analysis';
import { rangeOf } from './range';
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
  state: FileState,
  words: Words,
  documentation: string | undefined,
  related: boolean,
): Diagnostic {
  const { lines } = state.document;
  const diagnostic: Diagnostic = {
    range: rangeOf(lines, finding.span),
    severity: SEVERITY[finding.severity],
    source: SOURCE,
    code: finding.code,
    message: messageOf(finding, words),
  };
  if (documentation) diagnostic.codeDescription = { href: documentation.replace('{code}', finding.code) };
  if (finding.verdict === 'drop') diagnostic.tags = [DiagnosticTag.Unnecessary];
  const reason = finding.reference?.reason;
  if (related && reason && reason.at !== null) {
    const range = rangeOf(lines, { start: reason.at, end: reason.at });
    diagnostic.relatedInformation = [{ location: { uri: state.uri, range }, message: reasonText(finding, state, words) }];
  }
  return diagnostic;
}

/** The finding's sentence, what differs, and why there is no fix: one a line. */
function messageOf({ message, note, detail }: Finding, words: Words): string {
  return [words.say(message), note && words.choose(note), detail && words.say(detail)].filter(Boolean).join('\n');
}

/** Why the analysis believes that the name is this API: "tensor: result of torch.cat, line 41". */
export function reasonText(finding: Pick<Finding, 'reference'>, state: FileState, words: Words): string {
  const reason = finding.reference?.reason;
  if (!reason) return '';
  const text = words.tell(`reason.${reason.id}`, reason.args);
  if (reason.at === null) return text;
  return words.tell('reason.withLine', { reason: text, line: String(state.document.lines.positionAt(reason.at).line + 1) });
}

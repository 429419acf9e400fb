/**
 * Code actions, made from the server's own findings for (document, version, range); what the client still shows may be older. Edits are computed
 * when an action is resolved, and refused when the document has moved on since the action was offered.
 */
import {
  CodeActionKind,
  LSPErrorCodes,
  ResponseError,
  type CodeAction,
  type Diagnostic,
  type Range,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import type { Safety } from '../core/catalog/record';
import { composeAll } from '../core/fixes/fix-all';
import { composeSingle } from '../core/fixes/single';
import type { Finding } from '../core/rules/finding';
import type { FileState } from './analysis';
import type { ClientFeatures } from './client-features';
import { diagnosticOf } from './diagnostics';
import { ignoreEdit } from './ignore';
import type { DocumentEdits } from './places';
import { IGNORE_WITH_REASON, SHOW_DOCUMENTATION, type IgnoreParams } from './protocol';
import { touches } from './range';
import { workspaceEdit } from './workspace-edit';
import type { Words } from './words';

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.mindport`;
/** as VS Code names what is done to a whole notebook */
export const FIX_NOTEBOOK = `notebook.${FIX_ALL}`;

/** Which edits an action means; recomputed from this when it is resolved. */
type Plan =
  { kind: 'one'; at: number; code: string } | { kind: 'same'; code: string; safety: Safety } | { kind: 'safe' } | { kind: 'notebook' };

/** `data` of an action: enough to compute its edits again, for the same version only. */
export interface ActionData {
  uri: string;
  version: number;
  plan: Plan;
}

export interface ActionContext {
  state: FileState;
  words: Words;
  features: ClientFeatures;
  documentation: string | undefined;
}

/** @param only kinds the client asks for; undefined: all */
export function codeActions(range: Range, only: readonly string[] | undefined, context: ActionContext): CodeAction[] {
  const { state } = context;
  const wants = (kind: string) => only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
  const actions: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) {
    const here = state.findings.filter((finding) => touches(state.places.range(finding.span), range));
    for (const finding of here) actions.push(...forFinding(finding, here, context));
  }
  // for everything in a file nobody looks at a single line: only when asked for, or by the client's "fix all"
  if (only !== undefined && wants(FIX_ALL) && safeFixes(state.findings) > 0) {
    actions.push(offer({ kind: 'safe' }, inScope('action.fixAllSafe', context), FIX_ALL, 'safe', [], context));
  }
  if (only !== undefined && wants(FIX_NOTEBOOK) && state.places.scope === 'cell' && safeFixes(state.program) > 0) {
    actions.push(offer({ kind: 'notebook' }, context.words.tell('action.fixNotebook'), FIX_NOTEBOOK, 'safe', [], context));
  }
  return actions;
}

const safeFixes = (findings: readonly Finding[]): number => findings.filter((finding) => finding.fix?.safety === 'safe').length;

/** A title that says where: in the file, or in the cell. */
function inScope(id: string, { state, words }: ActionContext, args: Record<string, string> = {}): string {
  return words.tell(state.places.scope === 'cell' ? `${id}.cell` : id, args);
}

function forFinding(finding: Finding, here: readonly Finding[], context: ActionContext): CodeAction[] {
  const { state, words, documentation, features } = context;
  const { code, span, fix } = finding;
  const about = [diagnosticOf(finding, state, words, documentation, features.relatedInformation)];
  const quick = (plan: Plan, title: string, safety: Safety) => offer(plan, title, CodeActionKind.QuickFix, safety, about, context);
  const actions: CodeAction[] = [];
  if (fix) {
    const plan: Plan = { kind: 'one', at: span.start, code };
    // in a notebook it may reach into a magic, or into another cell
    if (state.places.scope === 'file' || editsOf(plan, context)) {
      const single = quick(plan, words.say(fix.title), fix.safety);
      if (fix.safety === 'safe' && here.filter((other) => other.fix).length === 1) single.isPreferred = true;
      actions.push(single);
    }
    const alike = state.findings.filter((other) => other.code === code && other.fix?.safety === fix.safety);
    if (alike.length > 1 && fix.safety !== 'manual') {
      const title = inScope('action.fixSame', context, { code, count: String(alike.length) });
      actions.push(quick({ kind: 'same', code, safety: fix.safety }, title, fix.safety));
    }
    const safe = safeFixes(state.findings);
    if (safe > 1) actions.push(quick({ kind: 'safe' }, inScope('action.fixAllSafeCount', context, { count: String(safe) }), 'safe'));
    const everywhere = safeFixes(state.program);
    if (everywhere > safe) {
      actions.push(quick({ kind: 'notebook' }, words.tell('action.fixNotebookCount', { count: String(everywhere) }), 'safe'));
    }
  }
  // the client asks for the reason; then, for the documentation: both only where the client knows these commands
  if (!documentation) return actions;
  const run = (title: string, command: string, argument: unknown) =>
    actions.push({ title, kind: CodeActionKind.QuickFix, diagnostics: about, command: { title, command, arguments: [argument] } });
  const params: IgnoreParams = { textDocument: { uri: state.uri, version: state.version }, at: span.start, code, reason: '' };
  if (ignoreEdit(finding, '', state)) run(words.tell('action.ignore', { code }), IGNORE_WITH_REASON, params);
  run(words.tell('action.showDocumentation', { code }), SHOW_DOCUMENTATION, code);
  return actions;
}

function offer(plan: Plan, title: string, kind: string, safety: Safety, diagnostics: Diagnostic[], context: ActionContext): CodeAction {
  const { state, features, words } = context;
  const data: ActionData = { uri: state.uri, version: state.version, plan };
  const action: CodeAction = { title, kind, diagnostics, data };
  if (!features.resolveEdits) action.edit = workspaceEdit(editsOf(plan, context) ?? [], safety, title, features, words);
  return action;
}

/**
 * Computes the edits of an action.
 * @throws ContentModified when the document has changed since the action was offered
 */
export function resolveAction(action: CodeAction, context: ActionContext): CodeAction {
  const data = action.data as ActionData;
  const { state } = context;
  const stale = new ResponseError(LSPErrorCodes.ContentModified, 'the document has changed since this was offered');
  if (data.version !== state.version) throw stale;
  const edits = editsOf(data.plan, context);
  if (edits === null) throw stale;
  const safety = safetyOf(data.plan, state);
  return { ...action, edit: workspaceEdit(edits, safety, action.title, context.features, context.words) };
}

const findingAt = (state: FileState, at: number, code: string): Finding | undefined =>
  state.findings.find((finding) => finding.span.start === at && finding.code === code);

function safetyOf(plan: Plan, state: FileState): Safety {
  if (plan.kind === 'one') return findingAt(state, plan.at, plan.code)?.fix?.safety ?? 'manual';
  return plan.kind === 'same' ? plan.safety : 'safe';
}

/** null: what the plan speaks of is not there. */
function editsOf(plan: Plan, { state }: ActionContext): readonly DocumentEdits[] | null {
  const { context, places } = state;
  if (plan.kind === 'one') {
    const finding = findingAt(state, plan.at, plan.code);
    const composition = finding?.reference
      ? composeSingle(finding.reference, context)
      : finding && composeAll(context, { safety: 'review', only: () => false, classNames: new Set([plan.at]) });
    return composition ? places.changes(composition.edits) : null;
  }
  // what is suppressed or switched off has no finding, and is not fixed either
  const findings = (plan.kind === 'notebook' ? state.program : state.findings).filter(
    (finding) => plan.kind !== 'same' || finding.code === plan.code,
  );
  const wanted = new Set(findings.map((finding) => finding.reference));
  const classNames = new Set(findings.filter(({ code }) => code === 'MSP111').map(({ span }) => span.start));
  const safety = plan.kind === 'same' ? plan.safety : 'safe';
  return places.possibleChanges(
    context.module,
    (stays) => composeAll(context, { safety, classNames, only: (reference) => wanted.has(reference) && !stays(reference) }).edits,
  );
}

/**
 * The edit that ignores a finding for a reason.
 * @throws ContentModified when the finding is not there any more
 */
export function ignoreAction({ textDocument, at, code, reason }: IgnoreParams, { state, features, words }: ActionContext): WorkspaceEdit {
  const finding = textDocument.version === state.version ? findingAt(state, at, code) : undefined;
  const edit = finding && ignoreEdit(finding, reason, state);
  const changes = edit && state.places.changes([edit]);
  if (!changes) throw new ResponseError(LSPErrorCodes.ContentModified, 'the document has changed since this was offered');
  return workspaceEdit(changes, 'safe', words.tell('action.ignore', { code }), features, words);
}

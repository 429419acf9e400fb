/** Edits of one version of one document as LSP wants them: versioned, and to be confirmed when they are not safe. */
import type { AnnotatedTextEdit, TextDocumentEdit, TextEdit, WorkspaceEdit } from 'vscode-languageserver';
import type { Safety } from '../core/catalog/record';
import type { Edit } from '../core/fixes/rewrite';
import type { FileState } from './analysis';
import type { ClientFeatures } from './client-features';
import { rangeOf } from './range';
import type { Words } from './words';

const ANNOTATION = 'mindport.review';

/**
 * @param title what the person chose; it names the change where it must be confirmed
 * @returns edits for exactly `state.version`: a client refuses them once its document has moved on
 */
export function workspaceEdit(
  edits: readonly Edit[],
  safety: Safety,
  title: string,
  state: FileState,
  features: ClientFeatures,
  words: Words,
): WorkspaceEdit {
  const { uri, version, document } = state;
  const plain: TextEdit[] = edits.map((edit) => ({ range: rangeOf(document.lines, edit), newText: edit.newText }));
  if (!features.documentChanges) return { changes: { [uri]: plain } };
  const confirm = safety !== 'safe' && features.changeAnnotations;
  const annotated: AnnotatedTextEdit[] = plain.map((edit) => ({ ...edit, annotationId: ANNOTATION }));
  const change: TextDocumentEdit = { textDocument: { uri, version }, edits: confirm ? annotated : plain };
  if (!confirm) return { documentChanges: [change] };
  const description = words.tell(`safety.${safety}`);
  return { documentChanges: [change], changeAnnotations: { [ANNOTATION]: { label: title, description, needsConfirmation: true } } };
}

/** Edits of documents as LSP wants them: for one version of each, and to be confirmed when they are not safe. */
import type { AnnotatedTextEdit, TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver';
import type { Safety } from '../core/catalog/record';
import type { ClientFeatures } from './client-features';
import type { DocumentEdits } from './places';
import type { Words } from './words';

const ANNOTATION = 'mindport.review';

/**
 * @param title what the person chose; it names the change where it must be confirmed
 * @returns edits for exactly the versions that `changes` names: a client refuses them once its document has moved on
 */
export function workspaceEdit(
  changes: readonly DocumentEdits[],
  safety: Safety,
  title: string,
  features: ClientFeatures,
  words: Words,
): WorkspaceEdit {
  if (!features.documentChanges) return { changes: Object.fromEntries(changes.map(({ uri, edits }) => [uri, edits])) };
  const confirm = safety !== 'safe' && features.changeAnnotations;
  const documentChanges = changes.map(({ uri, version, edits }): TextDocumentEdit => {
    const annotated = edits.map((edit): AnnotatedTextEdit => ({ ...edit, annotationId: ANNOTATION }));
    return { textDocument: { uri, version }, edits: confirm ? annotated : edits };
  });
  if (!confirm) return { documentChanges };
  const description = words.tell(`safety.${safety}`);
  return { documentChanges, changeAnnotations: { [ANNOTATION]: { label: title, description, needsConfirmation: true } } };
}

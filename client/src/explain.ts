import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { EXPLAIN, type ExplainParams, type Explanation } from '../../server/src/lsp/protocol';
import type { Documentation } from './documentation';

/** Command *Explain PyTorch API*: what the catalog knows of the API under the cursor, as a page. */
export async function explainApi(client: BaseLanguageClient, documentation: Documentation): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== 'python') {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a Python file and put the cursor on a PyTorch name.'));
    return;
  }
  const params: ExplainParams = {
    textDocument: { uri: client.code2ProtocolConverter.asUri(editor.document.uri) },
    position: client.code2ProtocolConverter.asPosition(editor.selection.active),
  };
  const explanation = await client.sendRequest<Explanation | null>(EXPLAIN, params);
  if (explanation) await documentation.show(explanation.name, explanation.markdown);
  else void vscode.window.showInformationMessage(vscode.l10n.t('The cursor is on no PyTorch name that MindPort knows.'));
}

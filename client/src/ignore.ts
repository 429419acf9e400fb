import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import type { WorkspaceEdit } from 'vscode-languageserver';
import { IGNORE, type IgnoreParams } from '../../server/src/lsp/protocol';

/**
 * Passes over a finding with a comment that gives the reason.
 * @param reason asked for when it is not given
 */
export async function ignoreWithReason(client: BaseLanguageClient, params: IgnoreParams, reason?: string): Promise<void> {
  const given =
    reason ??
    (await vscode.window.showInputBox({
      title: vscode.l10n.t('Ignore {0}', params.code),
      prompt: vscode.l10n.t('Why may it be ignored here? The reason is written into the comment.'),
      validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('A reason is needed.') : undefined),
    }));
  if (!given) return;
  const edit = await client.sendRequest<WorkspaceEdit>(IGNORE, { ...params, reason: given });
  const converted = await client.protocol2CodeConverter.asWorkspaceEdit(edit);
  if (converted) await vscode.workspace.applyEdit(converted);
}

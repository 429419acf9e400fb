import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { DEBUG_INFORMATION, type DebugInformation } from '../../server/src/lsp/protocol';

/** Settings whose value may name a person, a folder or a machine: only whether they are set is told. */
const PRIVATE = new Set(['python', 'runs.folder', 'runs.environment', 'machines', 'ssh']);
const TOLD = [
  'enable',
  'targets',
  'mindsporeVersion',
  'severity',
  'exclude',
  'python',
  'runs.folder',
  'runs.environment',
  'machines',
  'ssh',
];

/** Command *Copy Debug Information*: what a bug report needs, without paths or code, onto the clipboard. */
export async function copyDebugInformation(context: vscode.ExtensionContext, client: BaseLanguageClient): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('mindport', vscode.window.activeTextEditor?.document.uri);
  const settings = TOLD.map((key) => {
    const inspected = configuration.inspect(key);
    const isSet = JSON.stringify(configuration.get(key)) !== JSON.stringify(inspected?.defaultValue);
    return `- mindport.${key}: ${!isSet ? 'default' : PRIVATE.has(key) ? 'set' : JSON.stringify(configuration.get(key))}`;
  });
  let server: string;
  try {
    const told = await client.sendRequest<DebugInformation>(DEBUG_INFORMATION);
    server = JSON.stringify(told);
  } catch (error) {
    server = `no answer: ${String(error)}`;
  }
  const text = [
    `- MindPort ${String((context.extension.packageJSON as { version: string }).version)}, VS Code ${vscode.version} (${vscode.env.appHost})`,
    `- UI ${vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop'}, remote ${vscode.env.remoteName ?? 'none'}, language ${vscode.env.language}`,
    `- trusted ${vscode.workspace.isTrusted}, folders ${(vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme).join(', ') || 'none'}`,
    `- server ${server}`,
    ...settings,
  ].join('\n');
  await vscode.env.clipboard.writeText(text);
  void vscode.window.showInformationMessage(vscode.l10n.t('Debug information is on the clipboard.'));
}

import type * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = { module: context.asAbsolutePath('server.js'), transport: TransportKind.ipc };
  client = new LanguageClient('trivial', 'Trivial', server, {
    documentSelector: [{ language: 'python' }],
    diagnosticPullOptions: { onChange: true },
  });
  await client.start();
}

export const deactivate = (): Promise<void> | undefined => client?.stop();

/** Activation, as far as it is the same in the Node and in the web worker extension host. */
import * as vscode from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import {
  IGNORE_WITH_REASON,
  READ_FILE,
  SHOW_DOCUMENTATION,
  type IgnoreParams,
  type ReadFileParams,
  type ServerOptions,
} from '../../server/src/lsp/protocol';
import { copyDebugInformation } from './debug-information';
import { Documentation } from './documentation';
import { explainApi } from './explain';
import { ignoreWithReason } from './ignore';
import { MigrationPreview } from './migration-preview';
import { migrateProject } from './migration';
import { ResultsPanels } from './results-panel';
import { scanWorkspace } from './scan';
import { registerStatus } from './status';
import { chooseTargets } from './targets';
import { isRecordFile, RECORD_FILES, serveUserRecords } from './user-records';

export interface Shared {
  log: vscode.LogOutputChannel;
  client: BaseLanguageClient;
  results: ResultsPanels;
  documentation: Documentation;
  ready: Promise<void>;
}

/** Makes the language client for one host. */
export type MakeClient = (options: LanguageClientOptions) => BaseLanguageClient;

/**
 * Registers everything that needs no Node and starts the language server without waiting for it: an editor that opens a Python file is not kept
 * waiting.
 */
export function activateShared(context: vscode.ExtensionContext, makeClient: MakeClient, server: ServerOptions): Shared {
  const log = vscode.window.createOutputChannel('MindPort', { log: true });
  const client = makeClient({
    documentSelector: [{ language: 'python' }, ...RECORD_FILES],
    outputChannel: log,
    initializationOptions: {
      ...server,
      documentation: `command:${SHOW_DOCUMENTATION}?%5B%22{code}%22%5D`,
      trusted: vscode.workspace.isTrusted,
      recordsSchema: true,
    } satisfies ServerOptions,
    diagnosticPullOptions: { onChange: true, onSave: false },
    markdown: { isTrusted: false, supportHtml: false },
  });
  // a server in a web worker has no files of its own
  context.subscriptions.push(client.onRequest(READ_FILE, ({ uri }: ReadFileParams) => readSource(vscode.Uri.parse(uri, true))));
  const ready = client.start();
  ready.then(
    () => log.info('language server is ready'),
    (error: unknown) => log.error(`language server did not start: ${String(error)}`),
  );

  context.subscriptions.push(serveUserRecords(client, ready));
  const documentation = new Documentation(context.extensionUri);
  const preview = new MigrationPreview();
  const results = new ResultsPanels(context, log);
  const command = (id: string, run: (...args: never[]) => unknown) => vscode.commands.registerCommand(id, run);
  context.subscriptions.push(
    log,
    documentation,
    preview,
    results,
    { dispose: () => void client.stop().catch(() => {}) },
    registerStatus(log),
    command('mindport.showOutput', () => log.show()),
    command('mindport.chooseTargets', () => chooseTargets(client)),
    command('mindport.copyDebugInformation', () => copyDebugInformation(context, client)),
    command('mindport.scanWorkspace', () => scanWorkspace(client, log)),
    command('mindport.explainApi', () => explainApi(client, documentation)),
    command('mindport.migrateProject', (folder?: vscode.Uri, target?: vscode.Uri) =>
      migrateProject({ client, preview, log, extension: context.extensionUri }, folder, target),
    ),
    command('mindport.migration.write', () => preview.write()),
    command('mindport.migration.discard', () => preview.discard()),
    command('mindport.showResults', (file?: vscode.Uri) => results.showFile(file)),
    // carried by links and code actions, not in the palette
    command(IGNORE_WITH_REASON, (params: IgnoreParams, reason?: string) => ignoreWithReason(client, params, reason)),
    command(SHOW_DOCUMENTATION, (code: unknown) => documentation.showCode(code)),
  );
  return { log, client, results, documentation, ready };
}

/** A Python file or a file of records of the workspace as text; null for anything else. */
async function readSource(uri: vscode.Uri): Promise<string | null> {
  if (!isRecordFile(uri) && (!/\.(?:py|ipynb)$/.test(uri.path) || !vscode.workspace.getWorkspaceFolder(uri))) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return null;
  }
}

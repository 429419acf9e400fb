/** Entry of the Node extension host: everything, runs included. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { MindPortApi } from './api';
import { activateShared } from './common';
import { registerRuns } from './runs/register';

export function activate(context: vscode.ExtensionContext): MindPortApi {
  const started = performance.now();
  const module = vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath;
  const run = { module, transport: TransportKind.stdio };
  const debug = { ...run, options: { execArgv: ['--nolazy', '--inspect=6099'] } };
  const shared = activateShared(context, (options) => new LanguageClient('mindport', 'MindPort', { run, debug }, options), {});
  const runs = registerRuns(context, shared);
  const activationMs = performance.now() - started;
  shared.log.info(`activated in ${activationMs.toFixed(0)} ms`);
  return { host: 'node', activationMs, ready: shared.ready, resultPanels: () => shared.results.titles(), runs };
}

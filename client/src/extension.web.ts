/** Entry of the web worker extension host: findings, fixes, migration and results. Nothing can be executed there. */
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import type { MindPortApi } from './api';
import { activateShared } from './common';

export function activate(context: vscode.ExtensionContext): MindPortApi {
  const started = performance.now();
  const dist = (name: string) => vscode.Uri.joinPath(context.extensionUri, 'dist', name).toString(true);
  const assets = { runtime: dist('web-tree-sitter.wasm'), grammar: dist('tree-sitter-python.wasm'), catalog: dist('catalog.json') };
  const worker = new Worker(dist('server.web.js'));
  const shared = activateShared(context, (options) => new LanguageClient('mindport', 'MindPort', worker, options), { assets });
  const activationMs = performance.now() - started;
  shared.log.info(`activated in ${activationMs.toFixed(0)} ms`);
  return { host: 'web', activationMs, ready: shared.ready, resultPanels: () => shared.results.titles(), runs: null };
}

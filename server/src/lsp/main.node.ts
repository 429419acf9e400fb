/** The server as a Node process: `dist/server.js`, with its files beside it. */
import { readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { scanInThreads } from './scan-files';
import { CONNECTION_STRATEGY, serve, type Host } from './serve';

const beside = (name: string): string => join(__dirname, name);

const host: Host = {
  async load() {
    const [runtime, grammar, catalog] = await Promise.all([
      readFile(beside('web-tree-sitter.wasm')),
      readFile(beside('tree-sitter-python.wasm')),
      readFile(beside('catalog.json'), 'utf8'),
    ]);
    return { parser: { runtime, grammar }, catalog: JSON.parse(catalog) as unknown };
  },
  async read(uri) {
    if (!uri.startsWith('file:')) return null;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(fileURLToPath(uri)));
    } catch {
      return null; // absent, a folder, not UTF-8: nothing to learn from it
    }
  },
  async list(folder) {
    if (!folder.startsWith('file:')) return [];
    const entries = await readdir(fileURLToPath(folder), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map(({ name }) => `${folder}/${encodeURIComponent(name)}`);
  },
  scan: (setup, programs) => scanInThreads(beside('scan-thread.js'), setup, programs),
  uriOf: (path) => pathToFileURL(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path).href,
};

serve(createConnection(ProposedFeatures.all, { connectionStrategy: CONNECTION_STRATEGY }), host);

/** The server as a Node process: `dist/server.js`, with its files beside it. */
import { Console } from 'node:console';
import { readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures, StreamMessageReader, StreamMessageWriter, type Connection } from 'vscode-languageserver/node';
import { REPORT_ENCODER } from './encoding';
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

if (process.argv.includes('--stdio')) serve(standardStreams(), { ...host, writesReports: true });
else serve(createConnection(ProposedFeatures.all, { connectionStrategy: CONNECTION_STRATEGY }), host);

/** Over standard input and output, with reports sent as they are. */
function standardStreams(): Connection {
  // what a library prints must not get between the messages
  globalThis.console = new Console(process.stderr);
  const writer = new StreamMessageWriter(process.stdout, { contentTypeEncoder: REPORT_ENCODER });
  const connection = createConnection(ProposedFeatures.all, new StreamMessageReader(process.stdin), writer, {
    connectionStrategy: CONNECTION_STRATEGY,
  });
  // the client is gone
  for (const event of ['end', 'close'] as const) process.stdin.on(event, () => process.exit(1));
  return connection;
}

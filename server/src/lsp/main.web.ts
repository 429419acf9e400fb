/** The server in a web worker: the same one, with its files fetched from the URLs the client names. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection, ProposedFeatures } from 'vscode-languageserver/browser';
import { LIST_FOLDER, READ_FILE } from './protocol';
import { CONNECTION_STRATEGY, serve, type Host } from './serve';

const scope = self as unknown as ConstructorParameters<typeof BrowserMessageReader>[0];
const connection = createConnection(ProposedFeatures.all, new BrowserMessageReader(scope), new BrowserMessageWriter(scope), {
  connectionStrategy: CONNECTION_STRATEGY,
});

async function bytesOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const host: Host = {
  async load(assets) {
    if (!assets) throw new Error('the client named no files to fetch');
    const [grammar, catalog] = await Promise.all([bytesOf(assets.grammar), bytesOf(assets.catalog)]);
    // the parser's runtime fetches itself: given as bytes it would still ask where its script lies, which a bundle cannot tell
    return { parser: { runtime: assets.runtime, grammar }, catalog: JSON.parse(new TextDecoder().decode(catalog)) as unknown };
  },
  // a worker has no files: the editor reads them, from wherever the workspace is
  read: (uri) => connection.sendRequest<string | null>(READ_FILE, { uri }),
  list: (uri) => connection.sendRequest<string[]>(LIST_FOLDER, { uri }),
};

serve(connection, host);

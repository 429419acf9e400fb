/** A language client in the same process: the real server over a pair of streams, spoken to in JSON-RPC. */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  createConnection,
  createMessageConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type CodeAction,
  type Diagnostic,
  type MessageConnection,
  type Range,
  type TextDocumentContentChangeEvent,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { REPORT_ENCODER } from '../../server/src/lsp/encoding';
import { CONNECTION_STRATEGY, serve } from '../../server/src/lsp/serve';
import type { ServerOptions } from '../../server/src/lsp/protocol';
import { catalog } from './catalog';

const root = fileURLToPath(new URL('../../', import.meta.url));
const parser = {
  runtime: readFileSync(`${root}node_modules/web-tree-sitter/web-tree-sitter.wasm`),
  grammar: readFileSync(`${root}grammars/tree-sitter-python.wasm`),
};

/** What VS Code can do, as far as it matters here. */
export const MODERN: ClientCapabilities = {
  textDocument: {
    diagnostic: { relatedInformation: true },
    codeAction: {
      dataSupport: true,
      resolveSupport: { properties: ['edit'] },
      codeActionLiteralSupport: { codeActionKind: { valueSet: [] } },
    },
  },
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true, changeAnnotationSupport: {} },
    diagnostics: { refreshSupport: true },
  },
};

export interface ClientOptions {
  capabilities?: ClientCapabilities;
  locale?: string;
  folders?: string[];
  /** files that are on disk and not open: URI → text */
  disk?: Record<string, string>;
  /** more `initializationOptions` */
  server?: ServerOptions;
  /** the server's writer knows nothing of reports, as in a web worker */
  plain?: boolean;
  /** section `mindport` by resource */
  settings?: (uri: string) => unknown;
}

/** The files of a folder, those in folders below it not included. */
const filesIn = (folder: string, disk: Record<string, string> = {}): string[] =>
  Object.keys(disk).filter((uri) => uri.slice(0, uri.lastIndexOf('/')) === folder);

export class TestClient {
  /** published diagnostics, newest last, for clients that do not pull */
  readonly published: { uri: string; version?: number; diagnostics: Diagnostic[] }[] = [];
  refreshes = 0;
  private readonly texts = new Map<string, TextDocument>();

  private constructor(
    readonly connection: MessageConnection,
    private readonly options: ClientOptions,
  ) {}

  static async start(options: ClientOptions = {}): Promise<TestClient> {
    const [toServer, toClient] = [new PassThrough(), new PassThrough()];
    const server = createConnection(
      ProposedFeatures.all,
      new StreamMessageReader(toServer),
      options.plain ? new StreamMessageWriter(toClient) : new StreamMessageWriter(toClient, { contentTypeEncoder: REPORT_ENCODER }),
      {
        connectionStrategy: CONNECTION_STRATEGY,
      },
    );
    serve(server, {
      load: async () => ({ parser, catalog }),
      read: async (uri) => options.disk?.[uri] ?? null,
      list: async (folder) => filesIn(folder, options.disk),
      uriOf: (path) => `file://${path}`,
      writesReports: !options.plain,
    });
    const connection = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
    const client = new TestClient(connection, options);
    connection.onRequest('workspace/configuration', ({ items }: { items: { scopeUri: string }[] }) =>
      items.map(({ scopeUri }) => client.options.settings?.(scopeUri) ?? null),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('workspace/diagnostic/refresh', () => {
      client.refreshes++;
      return null;
    });
    connection.onNotification(
      'textDocument/publishDiagnostics',
      (params: TestClient['published'][number]) => void client.published.push(params),
    );
    connection.listen();
    await connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: options.capabilities ?? MODERN,
      locale: options.locale ?? 'en',
      workspaceFolders: (options.folders ?? ['file:///w']).map((uri) => ({ uri, name: uri })),
      initializationOptions: { documentation: 'command:page?{code}', ...options.server },
    });
    await connection.sendNotification('initialized', {});
    return client;
  }

  async open(uri: string, text: string, version = 1, languageId = 'python'): Promise<void> {
    this.texts.set(uri, TextDocument.create(uri, languageId, version, text));
    await this.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version, text } });
  }

  /** Changes in order, each in terms of the text the one before left, as LSP has it. */
  async change(uri: string, ...contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
    const document = this.texts.get(uri)!;
    const version = document.version + 1;
    TextDocument.update(document, contentChanges, version);
    await this.connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }

  text(uri: string): string {
    return this.texts.get(uri)!.getText();
  }

  version(uri: string): number {
    return this.texts.get(uri)!.version;
  }

  /** The range of the n-th occurrence of some words. */
  rangeOf(uri: string, words: string, occurrence = 0): Range {
    const document = this.texts.get(uri)!;
    let at = -1;
    for (let i = 0; i <= occurrence; i++) at = document.getText().indexOf(words, at + 1);
    if (at < 0) throw new Error(`${words} is not in ${uri}`);
    return { start: document.positionAt(at), end: document.positionAt(at + words.length) };
  }

  async pull(uri: string): Promise<Diagnostic[]> {
    const report = await this.connection.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument: { uri } });
    return report.items;
  }

  /** Underlined texts, in order. */
  async underlined(uri: string): Promise<string[]> {
    return (await this.pull(uri)).map(({ range }) => this.texts.get(uri)!.getText(range));
  }

  async actions(uri: string, range: Range, only?: string[]): Promise<CodeAction[]> {
    return this.connection.sendRequest('textDocument/codeAction', { textDocument: { uri }, range, context: { diagnostics: [], only } });
  }

  async resolve(action: CodeAction): Promise<CodeAction> {
    return this.connection.sendRequest('codeAction/resolve', action);
  }

  /** Applies an edit as a careful client does: not to another version than it was made for. */
  async apply({ documentChanges, changes }: WorkspaceEdit): Promise<void> {
    for (const change of documentChanges ?? []) {
      if (!('textDocument' in change)) throw new Error('not an edit of a document');
      const { uri, version } = change.textDocument;
      if (version !== this.version(uri)) throw new Error(`edit for version ${version}, the document has ${this.version(uri)}`);
      await this.replace(uri, change.edits as { range: Range; newText: string }[]);
    }
    for (const [uri, edits] of Object.entries(changes ?? {})) await this.replace(uri, edits);
  }

  private async replace(uri: string, edits: { range: Range; newText: string }[]): Promise<void> {
    await this.change(uri, { text: TextDocument.applyEdits(this.texts.get(uri)!, edits) });
  }

  /** The settings have changed: the server asks again. */
  async reconfigure(settings: ClientOptions['settings']): Promise<void> {
    this.options.settings = settings;
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  private stopped = false;

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    await this.connection.sendRequest('shutdown');
    this.connection.dispose();
  }
}

/**
 * The language server, whatever it runs in: it answers from open documents and never from what a client remembers. This file connects messages
 * to the features; each feature is a pure function in a file of its own.
 */
import {
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DocumentDiagnosticReportKind,
  FileChangeType,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  type CancellationToken,
  type CodeAction,
  type Connection,
  type Diagnostic,
  type InitializeParams,
  type InitializeResult,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { version as VERSION } from '../../../package.json';
import type { EvidenceFile } from '../core/catalog/evidence';
import { Catalog } from '../core/catalog/load';
import { unpackCatalog } from '../core/catalog/packed';
import { PythonParser, type ParserAssets } from '../core/syntax/parser';
import { Analyses, type FileState } from './analysis';
import { clientFeatures, type ClientFeatures } from './client-features';
import { codeActions, FIX_ALL, FIX_NOTEBOOK, ignoreAction, resolveAction, type ActionData } from './code-actions';
import { Configuration } from './configuration';
import { diagnosticOf } from './diagnostics';
import { explanation, hover } from './hover';
import { migrate } from './migrate';
import { NOTEBOOK_SYNC, Notebooks } from './notebooks';
import {
  DEBUG_INFORMATION,
  EXPLAIN,
  IGNORE,
  MIGRATE,
  OWN_TARGETS,
  TRUSTED,
  type AssetLocations,
  type DebugInformation,
  type ExplainParams,
  type Explanation,
  type IgnoreParams,
  type MigrateParams,
  type MigrateResult,
  type OwnTarget,
  type ServerOptions,
} from './protocol';
import { Project, type ReadFile } from './project';
import { Report } from './report';
import { WorkspaceScan, type ScanParts } from './scan';
import { SCAN, type ScanParams, type ScanResult } from './scan-protocol';
import { UserRecords, type ListFolder } from './user-records';
import { languageOf, Words } from './words';

/** What the server needs of the place it runs in. */
export interface Host {
  load(assets: AssetLocations | undefined): Promise<{ parser: ParserAssets; catalog: unknown }>;
  read: ReadFile;
  list: ListFolder;
  /** analyses many files in other threads; absent where there are none */
  scan?: ScanParts['threads'];
  /** the URI of a path the user wrote in a setting; absent where there are no paths */
  uriOf?: (path: string) => string;
  /** the connection's writer encodes by `REPORT_ENCODER` */
  writesReports?: boolean;
}

/** A request that is cancelled before its turn is answered at once, without its turn. */
export const CONNECTION_STRATEGY = {
  cancelUndispatched: () => ({ jsonrpc: '2.0', id: null, error: { code: LSPErrorCodes.RequestCancelled, message: 'cancelled' } }),
};

/** With clients that cannot ask for diagnostics: how long after the last key press they are sent. */
const PUSH_DELAY_MS = 150;

/** Everything that exists once the client has introduced itself. */
interface Session {
  features: ClientFeatures;
  documentation: string | undefined;
  words: Words;
  catalog: Catalog;
  evidence: readonly EvidenceFile[];
  project: Project;
  notebooks: Notebooks;
  analyses: Analyses;
  configuration: Configuration;
  records: UserRecords;
  scan: WorkspaceScan;
  /** the latest report of each document */
  reports: Map<string, Report>;
}

/** The diagnostics of a document: plain, or as they are sent. */
type Items = Diagnostic[] | Report;
const sameItems = (a: Items, b: Items): boolean =>
  a instanceof Report && b instanceof Report ? a.equals(b) : JSON.stringify(a) === JSON.stringify(b);

export function serve(connection: Connection, host: Host): void {
  let session: Session | null = null;
  const open = (): Session => {
    if (!session) throw new ResponseError(LSPErrorCodes.ServerCancelled, 'not initialised');
    return session;
  };

  /** The state of a document under its settings; null for one that is not open. */
  const stateOf = async (uri: string, token?: CancellationToken, quick = false): Promise<FileState | null> => {
    const { configuration, analyses, notebooks, records } = open();
    await records.ready;
    const notebook = notebooks.of(uri);
    const settings = await configuration.of(notebook ?? uri);
    if (token?.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    const state = analyses.of(notebook ?? uri, settings, quick && notebook === undefined);
    return state && notebook !== undefined ? notebooks.view(state, uri) : state;
  };

  const diagnosticsOf = (state: FileState | null): Diagnostic[] => {
    const { words, documentation, features } = open();
    return state ? state.findings.map((finding) => diagnosticOf(finding, state, words, documentation, features.relatedInformation)) : [];
  };

  /** What a question for the diagnostics of a document is answered: as JSON that is kept for the next answer, where the host can send that. */
  const itemsOf = (uri: string, state: FileState | null): Items => {
    if (!host.writesReports || !state || state.places.scope === 'cell') return diagnosticsOf(state);
    const { words, documentation, features, reports } = open();
    const report = Report.of(state.findings, state.document.lines, reports.get(uri) ?? null, (finding) =>
      diagnosticOf(finding, state, words, documentation, features.relatedInformation),
    );
    reports.set(uri, report);
    return report;
  };

  /** Where the user's records are looked for, once the client can be asked. */
  let begin: { folders: string[]; trusted: boolean } | null = null;
  const findRecords = async (places: { folders?: string[]; trusted?: boolean }): Promise<void> => {
    const { configuration, records } = open();
    const { recordsFolder } = await configuration.of(places.folders?.[0] ?? '');
    await records.look({ ...places, own: recordsFolder === '' ? null : (host.uriOf?.(recordsFolder) ?? null) });
  };

  connection.onInitialize(async (params: InitializeParams): Promise<InitializeResult> => {
    const options = (params.initializationOptions ?? {}) as ServerOptions;
    const { parser, catalog: data } = await host.load(options.assets);
    const { records, targets, evidence } = unpackCatalog(data);
    const features = clientFeatures(params.capabilities);
    const catalog = new Catalog({ records: [records], targets, evidence });
    const project = new Project(await PythonParser.load(parser), catalog, host.read, () => lookAgain());
    const folders = params.workspaceFolders ?? (params.rootUri ? [{ uri: params.rootUri, name: '' }] : []);
    const uris = folders.map(({ uri }) => uri);
    project.setFolders(uris);
    const words = new Words(languageOf(params.locale));
    const configuration = new Configuration(connection, features.configuration, () => new Set(catalog.targets.byId.keys()));
    const { read, list } = host;
    const onChange = (): void => {
      project.forgetAnalyses();
      configuration.forgetAll();
      session?.scan.reset();
      lookAgain();
    };
    const notebooks = new Notebooks(project);
    begin = { folders: uris, trusted: options.trusted ?? false };
    session = {
      features,
      documentation: options.documentation,
      words,
      catalog,
      evidence,
      project,
      notebooks,
      analyses: new Analyses(project, catalog),
      configuration,
      scan: new WorkspaceScan({
        connection,
        catalog,
        project,
        words,
        documentation: options.documentation,
        related: features.relatedInformation,
        settingsOf: (uri) => configuration.of(uri),
        read,
        unsaved: (uri) => notebooks.asFile(uri) ?? project.document(uri)?.text,
        threads: host.scan,
      }),
      records: new UserRecords({ catalog, shipped: targets, read, list, words, schema: options.recordsSchema ?? false, onChange }),
      reports: new Map(),
    };
    return {
      serverInfo: { name: 'mindport', version: VERSION },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        notebookDocumentSync: NOTEBOOK_SYNC,
        diagnosticProvider: { identifier: 'mindport', interFileDependencies: true, workspaceDiagnostics: false },
        codeActionProvider: { codeActionKinds: ['quickfix', FIX_ALL, FIX_NOTEBOOK], resolveProvider: true },
        hoverProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(() => {
    const { features, project, records } = open();
    records.ready = findRecords(begin ?? {});
    if (features.dynamicConfiguration) void connection.client.register(DidChangeConfigurationNotification.type, { section: 'mindport' });
    if (features.watchFiles)
      void connection.client.register(DidChangeWatchedFilesNotification.type, {
        // a folder that comes with its files may be all that is said
        watchers: ['**/*.py', '**/*.ipynb', '**/.mindport', '**/.mindport/mappings', '**/.mindport/mappings/*.json'].map((globPattern) => ({
          globPattern,
        })),
      });
    if (features.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(async () => {
        const folders = (await connection.workspace.getWorkspaceFolders()) ?? [];
        const uris = folders.map(({ uri }) => uri);
        project.setFolders(uris);
        void findRecords({ folders: uris });
        lookAgain();
      });
    }
  });

  // ---- documents
  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, text, version } }) => {
    const { project, records, scan } = open();
    scan.opened(uri);
    if (records.holds(uri)) records.open(uri, text, version);
    else if (languageId === 'python') project.open(uri, text, version);
    else return;
    push(uri);
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    const changes = contentChanges.map((change) =>
      'range' in change ? { range: change.range, text: change.text } : { text: change.text },
    );
    const { project, records } = open();
    if (!records.change(uri, contentChanges, version)) project.change(uri, changes, version);
    push(uri);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const { project, analyses, configuration, features, records, scan, reports } = open();
    if (!records.close(uri)) project.close(uri);
    analyses.forget(uri);
    reports.delete(uri);
    configuration.forget(uri);
    if (!features.pullDiagnostics) void connection.sendDiagnostics({ uri, diagnostics: [] });
    void scan.changed(uri);
  });
  connection.notebooks.synchronization.onDidOpenNotebookDocument((params) => {
    const { notebooks, scan } = open();
    const { uri } = params.notebookDocument;
    scan.opened(uri);
    notebooks.open(params);
    push(uri);
  });
  connection.notebooks.synchronization.onDidChangeNotebookDocument((params) => {
    const { notebooks, features, configuration } = open();
    const { uri } = params.notebookDocument;
    const closed = params.change.cells?.structure?.didClose ?? [];
    const changed = notebooks.change(params);
    for (const cell of closed) {
      told.delete(cell.uri);
      configuration.forget(cell.uri);
      if (!features.pullDiagnostics) void connection.sendDiagnostics({ uri: cell.uri, diagnostics: [] });
    }
    push(uri);
    if (features.pullDiagnostics && features.refreshDiagnostics) compareOthers(uri, changed);
  });
  connection.notebooks.synchronization.onDidCloseNotebookDocument(({ notebookDocument: { uri } }) => {
    const { notebooks, analyses, configuration, features, scan } = open();
    for (const cell of notebooks.cellsOf(uri) ?? []) {
      told.delete(cell);
      if (!features.pullDiagnostics) void connection.sendDiagnostics({ uri: cell, diagnostics: [] });
    }
    notebooks.close(uri);
    analyses.forget(uri);
    configuration.forget(uri);
    void scan.changed(uri);
  });
  connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
    const { records } = open();
    // clients need not watch files
    if (records.holds(uri)) void records.look({});
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const { project, records, scan } = open();
    if (changes.some(({ uri }) => records.concerns(uri))) void records.look({});
    const outside = changes.filter(({ uri }) => !records.concerns(uri) && !project.document(uri));
    for (const { uri, type } of outside) {
      project.forgetDisk(uri);
      if (type === FileChangeType.Deleted) scan.forget(uri);
      else void scan.changed(uri);
    }
    if (outside.length > 0) lookAgain();
  });
  connection.onDidChangeConfiguration(({ settings }) => {
    open().configuration.changed(settings);
    open().scan.reset();
    void findRecords({});
    lookAgain();
  });

  // ---- diagnostics
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Runs when nothing more was asked of the same file for a while. */
  const later = (uri: string, run: () => void): void => {
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(() => {
        timers.delete(uri);
        run();
      }, PUSH_DELAY_MS),
    );
  };
  const push = (uri: string): void => {
    const { features, notebooks } = open();
    if (features.pullDiagnostics) return;
    later(uri, () => {
      const own = open().records.diagnostics(uri);
      if (own) return void connection.sendDiagnostics({ uri, version: own.version, diagnostics: own.items });
      for (const document of notebooks.cellsOf(uri) ?? [uri]) {
        void stateOf(document).then((state) => {
          if (!state) return;
          // cells have versions of their own
          const version = state.places.scope === 'file' ? { version: state.version } : {};
          return connection.sendDiagnostics({ uri: document, ...version, diagnostics: diagnosticsOf(state) });
        });
      }
    });
  };

  /** cell → its diagnostics as the client was last told */
  const told = new Map<string, string>();
  /** cells that the client asks about by itself, because their own text has changed */
  const asking = new Map<string, Set<string>>();
  /** A change of one cell may change what is said of others, which the client does not ask about again by itself. */
  const compareOthers = (notebook: string, changed: readonly string[]): void => {
    const own = asking.get(notebook) ?? new Set();
    for (const cell of changed) own.add(cell);
    asking.set(notebook, own);
    later(notebook, () => {
      asking.delete(notebook);
      const others = (open().notebooks.cellsOf(notebook) ?? []).filter((cell) => told.has(cell) && !own.has(cell));
      void Promise.all(others.map(async (cell) => JSON.stringify(diagnosticsOf(await stateOf(cell))) !== told.get(cell))).then((differ) => {
        if (differ.includes(true)) connection.languages.diagnostics.refresh();
      });
    });
  };
  /** Right after a key press a part of the file was looked at; when the keys rest, the whole of it, and the client asks again if that differs. */
  const settle = (uri: string, items: Items): void => {
    if (!open().project.isPatched(uri)) return;
    later(`settle ${uri}`, () => {
      if (!open().project.isPatched(uri)) return;
      void stateOf(uri).then((state) => {
        if (!sameItems(itemsOf(uri, state), items)) connection.languages.diagnostics.refresh();
      });
    });
  };
  /** Something else than a document's text has changed: settings, folders, an imported file. */
  const lookAgain = (): void => {
    const { features, project, records, scan } = open();
    scan.lookAgain();
    if (!features.pullDiagnostics) [...project.openUris, ...records.openUris].forEach(push);
    else if (features.refreshDiagnostics) connection.languages.diagnostics.refresh();
  };
  connection.languages.diagnostics.on(async ({ textDocument: { uri } }, token) => {
    const own = open().records.diagnostics(uri);
    if (own) return { kind: DocumentDiagnosticReportKind.Full, items: own.items };
    const items = itemsOf(uri, await stateOf(uri, token, open().features.refreshDiagnostics));
    settle(uri, items);
    if (open().notebooks.of(uri) !== undefined) told.set(uri, JSON.stringify(items));
    // a report that is written already passes through the library as it is
    return { kind: DocumentDiagnosticReportKind.Full, items: items as Diagnostic[] };
  });

  // ---- fixes
  connection.onCodeAction(async ({ textDocument: { uri }, range, context: { only } }, token) => {
    const { words, features, documentation } = open();
    const state = await stateOf(uri, token);
    return state ? codeActions(range, only, { state, words, features, documentation }) : [];
  });
  connection.onCodeActionResolve(async (action: CodeAction, token) => {
    const { words, features, documentation } = open();
    const data = action.data as ActionData | undefined;
    if (!data) return action;
    const state = await stateOf(data.uri, token);
    if (!state) throw new ResponseError(LSPErrorCodes.ContentModified, 'the document is not open');
    return resolveAction(action, { state, words, features, documentation });
  });

  connection.onRequest(IGNORE, async (params: IgnoreParams): Promise<WorkspaceEdit> => {
    const { words, features, documentation } = open();
    const state = await stateOf(params.textDocument.uri);
    if (!state) throw new ResponseError(LSPErrorCodes.ContentModified, 'the document is not open');
    return ignoreAction(params, { state, words, features, documentation });
  });

  // ---- reading
  connection.onHover(async ({ textDocument: { uri }, position }, token) => {
    const { words, evidence } = open();
    const state = await stateOf(uri, token);
    return state ? hover(position, { state, words, evidence }) : null;
  });
  connection.onRequest(
    EXPLAIN,
    async ({ textDocument: { uri }, position }: ExplainParams, token: CancellationToken): Promise<Explanation | null> => {
      const { words, evidence } = open();
      const state = await stateOf(uri, token);
      return state ? explanation(position, { state, words, evidence }) : null;
    },
  );

  // ---- whole programs
  connection.onRequest(MIGRATE, async (params: MigrateParams, token: CancellationToken): Promise<MigrateResult> => {
    const { configuration, catalog, project, words } = open();
    const settings = await configuration.of(params.folder);
    return migrate(params, settings, { catalog, parser: project.parser, words }, token);
  });
  connection.onNotification(TRUSTED, () => void open().records.look({ trusted: true }));
  connection.onRequest(OWN_TARGETS, async (): Promise<OwnTarget[]> => {
    const { records, catalog, words } = open();
    await records.ready;
    return catalog.targets.own.map(({ id, title }) => ({ id, title: words.choose(title) }));
  });
  connection.onRequest(SCAN, async (params: ScanParams, token: CancellationToken): Promise<ScanResult> => {
    const { scan, records } = open();
    await records.ready;
    return scan.run(params, token);
  });
  connection.onRequest(DEBUG_INFORMATION, (): DebugInformation => {
    const { catalog, evidence, project, analyses } = open();
    const proven = evidence.reduce((sum, { size }) => sum + size, 0);
    return {
      version: VERSION,
      records: [...catalog.records()].length,
      evidence: proven,
      openDocuments: project.openUris.length,
      analysisMs: analyses.times,
    };
  });

  connection.onShutdown(() => {
    for (const timer of timers.values()) clearTimeout(timer);
    session?.project.dispose();
  });
  connection.listen();
}

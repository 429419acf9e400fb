/**
 * The user's own records and chips: read from the workspace's `.mindport/mappings` and from a folder of the user's, laid over the catalog, and checked
 * while they are written. The catalog knows them as they are on disk; what is wrong is said of the text in the editor.
 */
import { DiagnosticSeverity, type Diagnostic } from 'vscode-languageserver';
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import type { Catalog } from '../core/catalog/load';
import type { TargetsData } from '../core/catalog/targets';
import { MOST_CHARACTERS, readUserLayer, type FileProblem, type UserSource } from '../core/catalog/user-records';
import { namedRewrites } from '../core/fixes/rewrites/index';
import type { ReadFile } from './project';
import type { Words } from './words';

/** The URIs of the JSON files of a folder; none when there is no such folder. */
export type ListFolder = (folder: string) => Promise<string[]>;

/** Below a workspace folder. */
const FOLDER = '.mindport/mappings';
const MOST_FILES = 100;
const REWRITES: ReadonlySet<string> = new Set(namedRewrites.keys());

interface Located extends UserSource {
  uri: string;
}

export interface UserRecordsOptions {
  catalog: Catalog;
  shipped: TargetsData;
  read: ReadFile;
  list: ListFolder;
  words: Words;
  /** the client validates the files with the schema itself */
  schema: boolean;
  /** the catalog has changed */
  onChange: () => void;
}

export class UserRecords {
  private folders: readonly string[] = [];
  private own: string | null = null;
  private trusted = false;
  private sources: Located[] = [];
  private loads = 0;
  private readonly documents = new Map<string, TextDocument>();
  /** settles when the files have been read for the first time */
  ready: Promise<void> = Promise.resolve();

  constructor(private readonly options: UserRecordsOptions) {}

  /** Reads everything anew, from other places where they are given. */
  look(places: { folders?: readonly string[]; own?: string | null; trusted?: boolean }): Promise<void> {
    if (places.folders) this.folders = places.folders.map((uri) => uri.replace(/\/$/, ''));
    if (places.own !== undefined) this.own = places.own?.replace(/\/$/, '') ?? null;
    this.trusted = places.trusted ?? this.trusted;
    this.ready = this.load();
    return this.ready;
  }

  /** Whether a file is one of records or chips. */
  holds(uri: string): boolean {
    if (!uri.endsWith('.json')) return false;
    const folder = uri.slice(0, uri.lastIndexOf('/'));
    return folder.endsWith(`/${FOLDER}`) || folder === this.own;
  }

  /** Whether a change on disk there may change the records: of a file, or of the folder. */
  concerns(uri: string): boolean {
    return this.holds(uri) || uri.endsWith('/.mindport') || uri.endsWith(`/${FOLDER}`);
  }

  get openUris(): string[] {
    return [...this.documents.keys()];
  }

  open(uri: string, text: string, version: number): void {
    this.documents.set(uri, TextDocument.create(uri, 'json', version, text));
  }

  change(uri: string, changes: TextDocumentContentChangeEvent[], version: number): boolean {
    const document = this.documents.get(uri);
    if (document) TextDocument.update(document, changes, version);
    return document !== undefined;
  }

  close(uri: string): boolean {
    return this.documents.delete(uri);
  }

  /** What is wrong with an open file, as it stands in the editor; null for one that is not open. */
  diagnostics(uri: string): { version: number; items: Diagnostic[] } | null {
    const document = this.documents.get(uri);
    if (!document) return null;
    const text = document.getText();
    const known = this.sources.find((source) => source.uri === uri);
    const edited: Located = { ...(known ?? this.located(uri, '')), text };
    const sources = known ? this.sources.map((source) => (source === known ? edited : source)) : [...this.sources, edited];
    const { problems } = readUserLayer(sources, this.options.shipped, REWRITES);
    const said = (problems.get(edited) ?? []).filter(({ structural }) => !(structural && this.options.schema));
    return { version: document.version, items: said.map((problem) => this.diagnostic(problem, document)) };
  }

  private diagnostic({ message, span }: FileProblem, document: TextDocument): Diagnostic {
    return {
      range: { start: document.positionAt(span.start), end: document.positionAt(span.end) },
      severity: DiagnosticSeverity.Error,
      source: 'MindPort',
      code: message.id,
      message: this.options.words.say(message),
    };
  }

  private async load(): Promise<void> {
    const load = ++this.loads;
    const { list, read, catalog, shipped } = this.options;
    const folders = [...(this.own === null ? [] : [this.own]), ...this.folders.map((folder) => `${folder}/${FOLDER}`)];
    const listed = await Promise.all(folders.map((folder) => list(folder).catch(() => [])));
    const uris = listed.flatMap((found) => found.sort().slice(0, MOST_FILES));
    const texts = await Promise.all(uris.map((uri) => read(uri).catch(() => null)));
    if (load !== this.loads) return; // asked for again meanwhile
    const sources = uris.flatMap((uri, i) => {
      const text = texts[i];
      return typeof text === 'string' && text.length <= MOST_CHARACTERS ? [this.located(uri, text)] : [];
    });
    const same = sources.length === this.sources.length && sources.every((source, i) => isSame(source, this.sources[i]!));
    this.sources = sources;
    if (same) return;
    catalog.setUser(readUserLayer(sources, shipped, REWRITES).layer);
    this.options.onChange();
  }

  private located(uri: string, text: string): Located {
    const folder = uri.slice(0, uri.lastIndexOf('/'));
    const own = folder === this.own;
    const root = this.folders.find((one) => uri.startsWith(`${one}/`));
    const file = decode(!own && root !== undefined ? uri.slice(root.length + 1) : uri.replace(/^file:\/\//, ''));
    return { uri, file, folder, trusted: own || this.trusted, text };
  }
}

const isSame = (a: Located, b: Located): boolean => a.uri === b.uri && a.text === b.text && a.trusted === b.trusted;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What client and server say to each other beyond LSP. Plain types and names: both sides import this file and nothing else of each other. */
import type { Range } from 'vscode-languageserver';

/** Where the server finds its files. In a web worker they are URLs to fetch; in Node the server reads them beside its own bundle. */
export interface AssetLocations {
  /** the parser's runtime, web-tree-sitter.wasm */
  runtime: string;
  /** the grammar, tree-sitter-python.wasm */
  grammar: string;
  /** records, targets and evidence, catalog.json */
  catalog: string;
}

/** `initializationOptions`; the language comes with the `locale` that LSP has itself. */
export interface ServerOptions {
  /** link to the page of a code, with `{code}` in it; without it findings carry no link */
  documentation?: string;
  assets?: AssetLocations;
  /** the user trusts the workspace: its own records may be applied without a look. Untrusted when absent. */
  trusted?: boolean;
  /** the client validates records with the schema of the extension: the server leaves to it what that says */
  recordsSchema?: boolean;
}

/** The user has come to trust the workspace. */
export const TRUSTED = 'mindport/trusted';

/** The chips that the user's records add to those that ship, in the user's language. */
export const OWN_TARGETS = 'mindport/ownTargets';
export interface OwnTarget {
  id: string;
  title: string;
}

/** Explains the API at a position: the hover's text at length. */
export const EXPLAIN = 'mindport/explain';
export interface ExplainParams {
  textDocument: { uri: string };
  position: { line: number; character: number };
}
export interface Explanation {
  /** the qualified API */
  name: string;
  markdown: string;
}

/** Migrates a whole program. Nothing is written: the client shows the outcome and writes it when told to. */
export const MIGRATE = 'mindport/migrate';
export interface MigrateParams {
  /** folder the program comes from: its settings (targets, version) count */
  folder: string;
  /** paths relative to the program's root, `/` between folders */
  files: { path: string; text: string }[];
}
export interface MigratedFile {
  path: string;
  text: string;
  changed: boolean;
}
export interface LeftFinding {
  path: string;
  /** of a notebook, among all its cells from 0; the range is in that cell then */
  cell?: number;
  /** in the original text */
  range: Range;
  /** the qualified API */
  name: string;
  reason: string;
}
export interface MigrateResult {
  files: MigratedFile[];
  /** what was not rewritten and needs a person */
  left: LeftFinding[];
  /** packages that must stand beside the migrated program, e.g. "mindport_ops" */
  vendored: string[];
}

/** What "Copy Debug Information" wants to know of the server. */
export const DEBUG_INFORMATION = 'mindport/debugInformation';
export interface DebugInformation {
  version: string;
  records: number;
  evidence: number;
  openDocuments: number;
  /** milliseconds of the latest analyses, newest last */
  analysisMs: number[];
}

/** Commands that code actions carry and the client runs. */
export const SHOW_DOCUMENTATION = 'mindport.showDocumentation';

/** Server → client: the text of a file that is not open; null when there is none. Asked by a server that has no files of its own. */
export const READ_FILE = 'mindport/readFile';
export interface ReadFileParams {
  uri: string;
}

/** Asks the client for a reason; it then sends IGNORE and applies the answer. */
export const IGNORE_WITH_REASON = 'mindport.ignoreWithReason';
export const IGNORE = 'mindport/ignore';
export interface IgnoreParams {
  textDocument: { uri: string; version: number };
  /** offset of the finding in that version */
  at: number;
  code: string;
  reason: string;
}

/** Server → client: the JSON files of a folder, as URIs. Asked by a server that has no files of its own. */
export const LIST_FOLDER = 'mindport/listFolder';
export interface ListFolderParams {
  uri: string;
}

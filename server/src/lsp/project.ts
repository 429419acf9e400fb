/**
 * The files the server knows: open documents, and files on disk that open documents import (read when first asked for, through whatever the
 * transport offers). Each is analysed once per version, with the summaries of the modules it imports; a change of one of those makes it stale only
 * where it changes what the file asked for (`summary-reads.ts`).
 */
import { moduleName } from '../core/project/program';
import { parseCells } from '../core/notebook/notebook-document';
import { pythonOf, type NotebookFile, type PythonText } from '../core/notebook/notebook-file';
import { analyzeModule, type ApiKnowledge, type ModuleSemantics, type ModuleSummary } from '../core/semantics/analyze';
import { patchModule } from '../core/semantics/patch';
import { asksCallers } from '../core/project/second-look';
import { gatherPassed, type FromCallers, type Passed } from '../core/semantics/call-sites';
import type { Module } from '../core/syntax/ast';
import { parseModule, PythonDocument, type TextChange } from '../core/syntax/document';
import type { PythonParser } from '../core/syntax/parser';
import { SummaryReads } from './summary-reads';

/** Reads a file that is not open; null when there is none or it is no text. */
export type ReadFile = (uri: string) => Promise<string | null>;

/** A text under edit: a Python file, or the cells of a notebook as one text. */
export type OpenDocument = Pick<PythonDocument, 'text' | 'lines' | 'ast' | 'version' | 'dispose'>;

/** One analysed state of a file. */
export interface Analysed {
  module: Module;
  semantics: ModuleSemantics;
  text: string;
  /** the file when it is a notebook that is not open; `text` is that of its cells then */
  notebook: NotebookFile | null;
  /** the state it was patched from; null when the whole was analysed */
  patchOf: Analysed | null;
}

interface Kept extends Analysed {
  /** every file it rests on, itself and what its imports import included: URI → stamp then */
  stamps: Map<string, number>;
  /** an import cycle was cut in it, and it was analysed for the sake of another file: as a file of its own it deserves another look */
  provisional: boolean;
  /** what it asked of other modules */
  reads: SummaryReads;
  /** what others may know of it: without what callers pass */
  summary: ModuleSummary;
  /** what it passes to functions of others */
  passed: Passed;
  /** what callers pass that it was analysed with, as JSON; empty: nothing */
  callers: string;
}

/** A file on disk, as last read. `loading`: asked for, not answered. */
type DiskFile = { state: 'loading' } | { state: 'absent' } | ({ state: 'read' } & PythonText);

/** Files with more Python than this are not looked at, nor notebooks larger than that with their outputs. */
const MOST_CHARACTERS = 1_000_000;
/** Files that are analysed inside each other; of a longer chain of imports the rest is not known to its beginning. */
const MOST_ACTIVE = 50;
const MOST_NOTEBOOK_CHARACTERS = 20_000_000;

export class Project {
  private readonly documents = new Map<string, OpenDocument>();
  private readonly disk = new Map<string, DiskFile>();
  private readonly analysed = new Map<string, Kept>();
  /** grows with every change of a file */
  private readonly stamps = new Map<string, number>();
  /** files whose analysis is under way, outermost first, with what each rests on: an import cycle is cut where it closes */
  private readonly active = new Map<string, { stamps: Map<string, number>; cut: boolean }>();
  private folders: string[] = [];
  /** whole analyses made so far */
  analyses = 0;

  /**
   * @param onLoaded called when a file that an analysis asked for has been read: what imports it is worth another look
   */
  constructor(
    readonly parser: PythonParser,
    private readonly knowledge: ApiKnowledge,
    private readonly read: ReadFile,
    private readonly onLoaded: () => void,
  ) {}

  /** The workspace's folders, as URIs without a slash at the end. */
  setFolders(uris: readonly string[]): void {
    // the longest first: of nested folders the inner one holds a file
    this.folders = uris.map((uri) => uri.replace(/\/$/, '')).sort((a, b) => b.length - a.length);
    this.analysed.clear();
  }

  /** The catalog has changed: every analysis rests on it. */
  forgetAnalyses(): void {
    this.analysed.clear();
  }

  get openUris(): string[] {
    return [...this.documents.keys()];
  }

  document(uri: string): OpenDocument | undefined {
    return this.documents.get(uri);
  }

  open(uri: string, text: string, version: number): void {
    this.adopt(uri, new PythonDocument(this.parser, text, version));
  }

  /** Opens a document that somebody else changes, and then says so by `touch`. */
  adopt(uri: string, document: OpenDocument): void {
    this.documents.get(uri)?.dispose();
    this.documents.set(uri, document);
    this.touch(uri);
  }

  change(uri: string, changes: readonly TextChange[], version: number): void {
    const document = this.documents.get(uri);
    if (document instanceof PythonDocument) document.applyChanges(changes, version);
    this.touch(uri);
  }

  close(uri: string): void {
    this.documents.get(uri)?.dispose();
    this.documents.delete(uri);
    this.analysed.delete(uri);
    this.forgetDisk(uri);
  }

  /** The file on disk may have changed: it is read again when next asked for. */
  forgetDisk(uri: string): void {
    this.disk.delete(uri);
    this.touch(uri);
  }

  dispose(): void {
    for (const document of this.documents.values()) document.dispose();
    this.documents.clear();
  }

  /** The file's text has changed: what was analysed of it, and of those that import it, is of the past. */
  touch(uri: string): void {
    this.stamps.set(uri, this.stampOf(uri) + 1);
  }

  private stampOf(uri: string): number {
    return this.stamps.get(uri) ?? 0;
  }

  /**
   * The present analysis of a file; undefined when it is neither open nor read (yet), or when it is being analysed further up.
   * @param quick right after a key press: what the edit does not touch may be of the state before, until the whole is asked for
   */
  analyse(uri: string, quick = false): Analysed | undefined {
    return this.kept(uri, quick);
  }

  private kept(uri: string, quick: boolean): Kept | undefined {
    const outermost = this.active.size === 0;
    const known = this.analysed.get(uri);
    if (
      known &&
      !(outermost && known.provisional) &&
      (quick || known.patchOf === null) &&
      this.isCurrent(uri, known, outermost && !quick)
    ) {
      this.restOn(known.stamps);
      return known;
    }
    const patched = quick && outermost && known ? this.patch(uri, known) : null;
    if (patched) return patched;
    const tooDeep = this.active.size >= MOST_ACTIVE;
    if (tooDeep || this.active.has(uri)) {
      let inside = tooDeep;
      for (const [name, frame] of this.active) if ((inside ||= name === uri)) frame.cut = true;
      return undefined;
    }
    const text = this.textOf(uri);
    this.restOn(new Map([[uri, this.stampOf(uri)]]));
    if (text === null) return undefined;
    const frame = { stamps: new Map([[uri, this.stampOf(uri)]]), cut: false };
    this.active.set(uri, frame);
    try {
      const notebook = this.notebookOn(uri);
      const module = this.documents.get(uri)?.ast ?? (notebook ? parseCells(this.parser, notebook.joined) : parseModule(this.parser, text));
      const reads = new SummaryReads();
      const analysis = (callers?: FromCallers): ModuleSemantics => {
        this.analyses++;
        return analyzeModule(module, {
          knowledge: this.knowledge,
          moduleName: this.moduleOf(uri),
          summaries: {
            module: (name, from) => reads.note(name, from, this.summary(uri, name, from)),
            onRead: (summary, name) => reads.noteName(summary, name),
          },
          ...(callers ? { callers } : {}),
        });
      };
      const first = analysis();
      const callers = outermost ? this.callersOf(uri, first.summary) : null;
      const result: Kept = {
        module,
        semantics: callers ? analysis(callers) : first,
        text,
        notebook,
        patchOf: null,
        stamps: frame.stamps,
        provisional: frame.cut && !outermost,
        reads,
        summary: first.summary,
        passed: first.passed,
        callers: written(callers),
      };
      this.analysed.set(uri, result);
      return result;
    } finally {
      this.active.delete(uri);
      this.restOn(frame.stamps);
    }
  }

  /** The analysis of an open document from the one before, when nothing but its own text has changed. */
  private patch(uri: string, known: Kept): Kept | null {
    const document = this.documents.get(uri);
    if (!(document instanceof PythonDocument) || known.provisional) return null;
    for (const [name, stamp] of known.stamps) if (name !== uri && this.stampOf(name) !== stamp) return null;
    const { text, unsettled: module } = document;
    const semantics = patchModule(known.semantics, known.module, module);
    if (!semantics) return null;
    // only the last state is remembered: a chain of them would hold every state of the file
    known.patchOf = null;
    const stamps = new Map(known.stamps).set(uri, this.stampOf(uri));
    const { reads, summary, passed, callers } = known;
    const result: Kept = {
      module,
      semantics,
      text,
      notebook: null,
      patchOf: known,
      stamps,
      provisional: false,
      reads,
      summary,
      passed,
      callers,
    };
    this.analysed.set(uri, result);
    return result;
  }

  /** Whether the latest analysis of a file is one of parts of it. */
  isPatched(uri: string): boolean {
    return (this.analysed.get(uri)?.patchOf ?? null) !== null;
  }

  /** The files under analysis rest on these too. */
  private restOn(stamps: ReadonlyMap<string, number>): void {
    for (const frame of this.active.values()) for (const [uri, stamp] of stamps) frame.stamps.set(uri, stamp);
  }

  /**
   * Whether an analysis still holds. When a file it rests on has changed, what it asked of other modules is asked again: with the same answers it would
   * come to the same.
   * @param whole what callers pass counts, too
   */
  private isCurrent(uri: string, known: Kept, whole: boolean): boolean {
    const unchanged = [...known.stamps].every(([name, stamp]) => this.stampOf(name) === stamp);
    if (!unchanged && !this.answersAsBefore(uri, known)) return false;
    return !whole || known.callers === written(this.callersOf(uri, known.summary));
  }

  private answersAsBefore(uri: string, known: Kept): boolean {
    const stamp = this.stampOf(uri);
    if (known.stamps.get(uri) !== stamp || known.provisional || known.patchOf !== null || this.active.has(uri)) return false;
    const frame = { stamps: new Map([[uri, stamp]]), cut: false };
    this.active.set(uri, frame);
    const same = known.reads.sameAs((name, from) => this.summary(uri, name, from));
    this.active.delete(uri);
    if (!same || frame.cut) return false;
    known.stamps = frame.stamps;
    return true;
  }

  /** What files that were analysed (open ones, and what they import) pass to the functions of one; null when it does not ask, or they pass nothing. */
  private callersOf(uri: string, summary: ModuleSummary): FromCallers | null {
    const { module } = summary;
    if (module === null || !asksCallers(summary)) return null;
    const folder = this.folderOf(uri);
    const files: { module: string; passed: Passed }[] = [];
    for (const [other, { summary, passed }] of this.analysed)
      if (other !== uri && summary.module !== null && passed[module] && this.folderOf(other) === folder)
        files.push({ module: summary.module, passed: { [module]: passed[module] } });
    return gatherPassed(files).get(module) ?? null;
  }

  /** Text of an open or read file. Asks for one that was never read. */
  private textOf(uri: string): string | null {
    const document = this.documents.get(uri);
    if (document) return document.text;
    const file = this.disk.get(uri);
    if (file) return file.state === 'read' ? file.text : null;
    const asked: DiskFile = { state: 'loading' };
    this.disk.set(uri, asked);
    void this.read(uri)
      .catch(() => null)
      .then((text) => {
        if (this.disk.get(uri) !== asked) return; // forgotten meanwhile
        const contents = text === null || text.length > MOST_NOTEBOOK_CHARACTERS ? null : pythonOf(uri, text);
        const usable = contents !== null && contents.text.length <= MOST_CHARACTERS;
        this.disk.set(uri, usable ? { state: 'read', ...contents } : { state: 'absent' });
        if (!usable) return;
        this.touch(uri);
        this.onLoaded();
      });
    return null;
  }

  /** A notebook that is not open, once it was read. */
  private notebookOn(uri: string): NotebookFile | null {
    const file = this.documents.has(uri) ? undefined : this.disk.get(uri);
    return file?.state === 'read' ? file.notebook : null;
  }

  /** The workspace folder a file is in. */
  folderOf(uri: string): string | null {
    return this.folders.find((folder) => uri.startsWith(`${folder}/`)) ?? null;
  }

  private moduleOf(uri: string): string | null {
    const folder = this.folderOf(uri);
    return folder === null ? null : moduleName(safeDecode(uri.slice(folder.length + 1)));
  }

  private summary(importer: string, dottedName: string, from: string | null): ModuleSummary | undefined {
    for (const base of this.candidates(importer, dottedName, from)) {
      for (const uri of [`${base}.py`, `${base}/__init__.py`]) {
        const found = this.kept(uri, false);
        if (found) return found.summary;
      }
    }
    return undefined;
  }

  /**
   * Where a module may be, as URIs without extension: beside the importing file or above it up to its workspace folder, as Python finds it when a
   * script of one of these folders is started. A single name without a dot in front may also be an installed package: then nothing is there.
   */
  private candidates(importer: string, dottedName: string, from: string | null): string[] {
    const dots = /^\.*/.exec(dottedName)![0].length;
    const path = dottedName
      .slice(dots)
      .split('.')
      .filter(Boolean)
      .map((part) => `/${encodeURIComponent(part)}`)
      .join('');
    const parent = (uri: string) => uri.slice(0, uri.lastIndexOf('/'));
    if (dots > 0) {
      let folder = parent(importer);
      for (let i = 1; i < dots; i++) folder = parent(folder);
      return [folder + path];
    }
    const root = this.folderOf(importer);
    if (root === null || from === null) return [parent(importer) + path];
    const folders: string[] = [];
    for (let folder = parent(importer); folder.startsWith(root); folder = parent(folder)) folders.push(folder);
    return folders.map((folder) => folder + path);
  }
}

const written = (callers: FromCallers | null): string => (callers ? JSON.stringify(callers) : '');

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

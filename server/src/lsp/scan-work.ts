/** What a scan does with each file, in whatever thread: findings under the settings of its folder, as diagnostics. */
import type { Diagnostic } from 'vscode-languageserver';
import type { Catalog, UserLayer } from '../core/catalog/load';
import { namedRewrites } from '../core/fixes/rewrites/index';
import type { AnalysedFile } from '../core/project/program';
import type { FileSpec, SourceFile, Work } from '../core/project/work';
import { parseCells } from '../core/notebook/notebook-document';
import { pythonOf, type NotebookFile, type PythonText } from '../core/notebook/notebook-file';
import { findFindings } from '../core/rules/findings';
import { parseModule } from '../core/syntax/document';
import { LineIndex } from '../core/syntax/line-index';
import type { PythonParser } from '../core/syntax/parser';
import { diagnosticOf } from './diagnostics';
import { DocumentPlaces, NotebookFilePlaces } from './places';
import type { Settings } from './settings';
import { Words, type Language } from './words';

/** Plain data: what a thread needs to know. */
export interface ScanSetup {
  /** by program: a program is a workspace folder */
  settings: readonly Settings[];
  language: Language;
  documentation: string | undefined;
  related: boolean;
  user: UserLayer;
}

/** Plain data; null where the file could not be read or analysed. */
export type FileScan = { diagnostics: Diagnostic[]; safe: number } | null;

/** A file whose text comes with its name, or is read where it stands. */
export class ScannedFile implements SourceFile {
  private contents: PythonText | null | undefined;

  /** @param read null when there is no text to be had */
  constructor(
    private readonly spec: FileSpec,
    private readonly read: (location: string) => string | null,
  ) {}

  get path(): string {
    return this.spec.path;
  }

  get readable(): boolean {
    return this.contentsOrNull !== null;
  }

  get text(): string {
    return this.contentsOrNull?.text ?? '';
  }

  get notebook(): NotebookFile | null {
    return this.contentsOrNull?.notebook ?? null;
  }

  release(): void {
    this.contents = undefined;
  }

  private get contentsOrNull(): PythonText | null {
    if (this.contents === undefined) {
      const text = this.spec.text ?? this.read(this.spec.location);
      this.contents = text === null ? null : pythonOf(this.spec.path, text);
    }
    return this.contents;
  }
}

/** What an analysed file is judged with. */
interface Judging {
  catalog: Catalog;
  settings: Settings;
  words: Words;
  documentation: string | undefined;
  related: boolean;
}

/** @param notebook the file when the analysed text is that of its cells; its findings stand where they are written in it, and say in which cell */
export function judgeFile(
  uri: string,
  { text, module, semantics }: Pick<AnalysedFile, 'text' | 'module' | 'semantics'>,
  notebook: NotebookFile | null,
  { catalog, settings, words, documentation, related }: Judging,
): { diagnostics: Diagnostic[]; safe: number } {
  const { chosen } = catalog.targets.choose(settings.targets, { mindspore: settings.mindsporeVersion });
  const context = { text, module, semantics, catalog, targets: chosen, named: namedRewrites };
  const findings = findFindings(context, { severity: settings.severity });
  const places = notebook ? new NotebookFilePlaces(uri, notebook) : new DocumentPlaces(uri, 0, new LineIndex(text));
  return {
    diagnostics: findings.map((finding) => {
      const diagnostic = diagnosticOf(finding, { places }, words, documentation, related);
      const cell = notebook?.inCell(finding.span);
      if (!cell) return diagnostic;
      const place = { cell: String(cell.cell + 1), line: String(cell.lines.lineAt(cell.span.start) + 1) };
      return { ...diagnostic, message: words.tell('notebook.inCell', { ...place, message: diagnostic.message as string }) };
    }),
    safe: findings.filter(({ fix }) => fix?.safety === 'safe').length,
  };
}

export function scanWork(
  catalog: Catalog,
  parser: PythonParser,
  { settings, language, documentation, related }: ScanSetup,
  read: (location: string) => string | null,
): Work<FileScan> {
  const words = new Words(language);
  return {
    knowledge: catalog,
    parse: (text, file) => {
      const { notebook } = file as ScannedFile;
      return notebook ? parseCells(parser, notebook.joined) : parseModule(parser, text);
    },
    open: (spec) => new ScannedFile(spec, read),
    report(source, { location }, analyse, program) {
      const { readable, notebook } = source as ScannedFile;
      if (!readable) return null;
      try {
        return judgeFile(location, analyse(), notebook, { catalog, settings: settings[program]!, words, documentation, related });
      } catch {
        return null; // a mistake of ours in one file: it is counted, and the rest goes on
      }
    },
  };
}

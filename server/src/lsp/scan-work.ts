/** What a scan does with each file, in whatever thread: findings under the settings of its folder, as diagnostics. */
import type { Diagnostic } from 'vscode-languageserver';
import type { Catalog, UserLayer } from '../core/catalog/load';
import { namedRewrites } from '../core/fixes/rewrites/index';
import type { AnalysedFile } from '../core/project/program';
import type { FileSpec, SourceFile, Work } from '../core/project/work';
import { findFindings } from '../core/rules/findings';
import { parseModule } from '../core/syntax/document';
import { LineIndex } from '../core/syntax/line-index';
import type { PythonParser } from '../core/syntax/parser';
import { diagnosticOf } from './diagnostics';
import { DocumentPlaces } from './places';
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
  private contents: string | null | undefined;

  /** @param read null when there is no text to be had */
  constructor(
    private readonly spec: FileSpec,
    private readonly read: (location: string) => string | null,
  ) {}

  get path(): string {
    return this.spec.path;
  }

  get readable(): boolean {
    return this.textOrNull !== null;
  }

  get text(): string {
    return this.textOrNull ?? '';
  }

  release(): void {
    this.contents = undefined;
  }

  private get textOrNull(): string | null {
    if (this.contents === undefined) this.contents = this.spec.text ?? this.read(this.spec.location);
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

export function judgeFile(
  uri: string,
  { text, module, semantics }: Pick<AnalysedFile, 'text' | 'module' | 'semantics'>,
  { catalog, settings, words, documentation, related }: Judging,
): { diagnostics: Diagnostic[]; safe: number } {
  const { chosen } = catalog.targets.choose(settings.targets, { mindspore: settings.mindsporeVersion });
  const context = { text, module, semantics, catalog, targets: chosen, named: namedRewrites };
  const findings = findFindings(context, { severity: settings.severity });
  const places = new DocumentPlaces(uri, 0, new LineIndex(text));
  return {
    diagnostics: findings.map((finding) => diagnosticOf(finding, { places }, words, documentation, related)),
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
    parse: (text) => parseModule(parser, text),
    open: (spec) => new ScannedFile(spec, read),
    report(source, { location }, analyse, program) {
      if (!(source as ScannedFile).readable) return null;
      try {
        return judgeFile(location, analyse(), { catalog, settings: settings[program]!, words, documentation, related });
      } catch {
        return null; // a mistake of ours in one file: it is counted, and the rest goes on
      }
    },
  };
}

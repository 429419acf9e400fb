/** From one file to its findings, as any thread does it. */
import { readFileSync } from 'node:fs';
import type { EvidenceFile } from '../../server/src/core/catalog/evidence';
import { Catalog } from '../../server/src/core/catalog/load';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import type { ChosenTarget } from '../../server/src/core/catalog/targets';
import { namedRewrites } from '../../server/src/core/fixes/rewrites/index';
import type { FixContext } from '../../server/src/core/fixes/single';
import type { SourceFile, Work } from '../../server/src/core/project/work';
import type { AnalysedFile } from '../../server/src/core/project/program';
import type { Finding } from '../../server/src/core/rules/finding';
import { findFindings } from '../../server/src/core/rules/findings';
import type { Module } from '../../server/src/core/syntax/ast';
import type { NotebookFile } from '../../server/src/core/notebook/notebook-file';
import { parseCells } from '../../server/src/core/notebook/notebook-document';
import { parseModule } from '../../server/src/core/syntax/document';
import { LineIndex } from '../../server/src/core/syntax/line-index';
import { PythonParser } from '../../server/src/core/syntax/parser';
import { descendants } from '../../server/src/core/syntax/walk';
import { assetPath, parserAssets } from '../../server/src/node-assets';
import { isProblem, readSource, shownPath, type Contents, type Problem } from './files';
import { placeOf } from './places';

export interface Knowledge {
  catalog: Catalog;
  evidence: readonly EvidenceFile[];
}

export function loadKnowledge(): Knowledge {
  const { records, targets, evidence } = unpackCatalog(
    JSON.parse(readFileSync(assetPath(__dirname, 'catalog.json', 'dist/catalog.json'), 'utf8')),
  );
  return { catalog: new Catalog({ records: [records], targets, evidence }), evidence };
}

export const loadParser = (): Promise<PythonParser> => PythonParser.load(parserAssets(__dirname));

/** One analysed file. */
export interface Checked {
  source: { path: string; shown: string };
  text: string;
  /** the file begins with a byte order mark, which `text` lacks */
  marked: boolean;
  /** the file, when `text` is the program over its cells */
  notebook: NotebookFile | null;
  lines: LineIndex;
  context: FixContext;
  findings: Finding[];
}

/** A file on disk, read when it is first needed. */
class DiskFile implements SourceFile {
  private read: Contents | Problem | null = null;

  constructor(
    readonly path: string,
    private readonly absolute: string,
  ) {}

  get contents(): Contents | Problem {
    return (this.read ??= readSource(this.absolute));
  }

  get notebook(): NotebookFile | null {
    const { contents } = this;
    return isProblem(contents) ? null : contents.notebook;
  }

  /** Empty for a file that cannot be read: it tells those that import it nothing. */
  get text(): string {
    const { contents } = this;
    return isProblem(contents) ? '' : contents.text;
  }

  release(): void {
    this.read = null;
  }
}

export const openFile = ({ path, location }: { path: string; location: string }): DiskFile => new DiskFile(path, location);

/** What came out for a file, plain data: what is wrong with it, and what was done with it unless it could not be analysed. */
export interface Report<R> {
  problems: Problem[];
  result: R | null;
}

/** What a thread does with each file: `perform` for its analysis. What is wrong with a file comes out in its place; the rest goes on. */
export function workOn<R>(
  catalog: Catalog,
  parser: PythonParser,
  targets: readonly ChosenTarget[],
  perform: (checked: Checked) => R,
): Work<Report<R>> {
  return {
    knowledge: catalog,
    parse: (text, file) => parseFile(parser, text, (file as DiskFile).notebook),
    open: openFile,
    report(file, { location }, analyse) {
      const { contents } = file as DiskFile;
      if (isProblem(contents)) return { problems: [contents], result: null };
      const source = { path: location, shown: shownPath(location) };
      try {
        const analysed = analyse();
        const checked = checkedFile(source, contents, analysed, catalog, targets);
        return { problems: brokenProblem(checked), result: perform(checked) };
      } catch (error) {
        // a mistake of ours must not hide the findings of the other files
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        const message = { id: 'file.internal', args: { file: source.shown, reason } };
        return { problems: [{ file: source.shown, message, skipped: true }], result: null };
      }
    },
  };
}

/** The tree of a file's text; of a notebook, that of its cells together. */
export function parseFile(parser: PythonParser, text: string, notebook: NotebookFile | null): Module {
  return notebook ? parseCells(parser, notebook.joined) : parseModule(parser, text);
}

function checkedFile(
  source: Checked['source'],
  { marked, notebook }: Contents,
  { text, module, semantics }: AnalysedFile,
  catalog: Catalog,
  targets: readonly ChosenTarget[],
): Checked {
  const context: FixContext = { text, module, semantics, catalog, targets, named: namedRewrites };
  return { source, text, marked, notebook, lines: new LineIndex(text), context, findings: findFindings(context) };
}

function brokenProblem(checked: Checked): Problem[] {
  const broken = brokenAt(checked.context.module, checked.text);
  if (broken === null) return [];
  const { shown, lines, span } = placeOf(checked, { start: broken, end: broken });
  const args = { file: shown, line: String(lines.positionAt(span.start).line + 1) };
  return [{ file: checked.source.shown, message: { id: 'file.broken', args }, skipped: false }];
}

/** Where the text stops being Python 3, null when it does not. */
function brokenAt(module: Module, text: string): number | null {
  // Python 2 statements are no errors to the grammar
  if (!module.hasError && !/^[ \t]*(?:print|exec)[ \t]+[^\s(=.,)]/m.test(text)) return null;
  for (const node of descendants(module)) if (node.kind === 'ErrorStmt' || node.kind === 'ErrorExpr') return node.start;
  return module.hasError ? 0 : null;
}

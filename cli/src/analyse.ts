/** From files to findings: one program a folder, each file analysed with what it imports from its own project. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { EvidenceFile } from '../../server/src/core/catalog/evidence';
import { Catalog } from '../../server/src/core/catalog/load';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import type { ChosenTarget } from '../../server/src/core/catalog/targets';
import { namedRewrites } from '../../server/src/core/fixes/rewrites/index';
import type { FixContext } from '../../server/src/core/fixes/single';
import { Program, type ProgramFile } from '../../server/src/core/project/program';
import type { Finding } from '../../server/src/core/rules/finding';
import { findFindings } from '../../server/src/core/rules/findings';
import type { Module } from '../../server/src/core/syntax/ast';
import { parseModule } from '../../server/src/core/syntax/document';
import { LineIndex } from '../../server/src/core/syntax/line-index';
import { PythonParser } from '../../server/src/core/syntax/parser';
import { descendants } from '../../server/src/core/syntax/walk';
import { assetPath, parserAssets } from '../../server/src/node-assets';
import { isProblem, readSource, type Problem, type Source } from './files';

export interface Knowledge {
  catalog: Catalog;
  evidence: readonly EvidenceFile[];
}

export function loadKnowledge(): Knowledge {
  const { records, targets, evidence } = unpackCatalog(
    JSON.parse(readFileSync(assetPath(__dirname, 'catalog.json', 'dist/catalog.json'), 'utf8')),
  );
  return { catalog: new Catalog({ records: [records], targets }), evidence };
}

export const loadParser = (): Promise<PythonParser> => PythonParser.load(parserAssets(__dirname));

/** One analysed file. */
export interface Checked {
  source: Source;
  text: string;
  /** the file begins with a byte order mark, which `text` lacks */
  marked: boolean;
  lines: LineIndex;
  context: FixContext;
  findings: Finding[];
}

/** A file of a program, read when it is first needed. */
function diskFile(path: string, absolute: string): ProgramFile {
  let contents: string | null = null;
  return {
    path,
    get text() {
      if (contents === null) {
        const read = readSource(absolute);
        contents = isProblem(read) ? '' : read.text;
      }
      return contents;
    },
  };
}

/** Analyses the files in order. What is wrong with a file comes out in its place; the rest goes on. */
export function* analyseFiles(
  sources: readonly Source[],
  { catalog }: Knowledge,
  parser: PythonParser,
  targets: readonly ChosenTarget[],
): Generator<Checked | Problem> {
  const programs = new Map<string, Program>();
  const parsed = new Map<string, Module>();
  const parse = (text: string): Module => {
    const known = parsed.get(text);
    if (known) parsed.delete(text);
    return known ?? parseModule(parser, text);
  };
  const roots = new Map<string, Source[]>();
  for (const source of sources) roots.set(source.root, [...(roots.get(source.root) ?? []), source]);
  for (const source of sources) {
    const read = readSource(source.path);
    if (isProblem(read)) {
      yield read;
      continue;
    }
    let program = programs.get(source.root);
    if (!program) {
      const members = roots.get(source.root)!;
      const paths = new Set(members.map(({ path }) => path));
      for (const { path, root, explicit } of members) if (explicit) addImported(path, root, paths, parser, parsed);
      const files = [...paths].map((path) => diskFile(pathIn(source.root, path), path));
      program = new Program(files, parse, catalog);
      programs.set(source.root, program);
    }
    try {
      yield* checkedFile(source, read.marked, program, catalog, targets);
    } catch (error) {
      // a mistake of ours must not hide the findings of the other files
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      yield { file: source.shown, message: { id: 'file.internal', args: { file: source.shown, reason } }, skipped: true };
    }
  }
}

function* checkedFile(
  source: Source,
  marked: boolean,
  program: Program,
  catalog: Catalog,
  targets: readonly ChosenTarget[],
): Generator<Checked | Problem> {
  const file = program.file(pathIn(source.root, source.path));
  if (!file) return;
  const { text, module, semantics } = file;
  const lines = new LineIndex(text);
  const broken = brokenAt(module, text);
  if (broken !== null) {
    const args = { file: source.shown, line: String(lines.positionAt(broken).line + 1) };
    yield { file: source.shown, message: { id: 'file.broken', args }, skipped: false };
  }
  const context: FixContext = { text, module, semantics, catalog, targets, named: namedRewrites };
  yield { source, text, marked, lines, context, findings: findFindings(context) };
}

const pathIn = (root: string, path: string): string => relative(root, path).split(sep).join('/');

/** Where the text stops being Python 3, null when it does not. */
function brokenAt(module: Module, text: string): number | null {
  // Python 2 statements are no errors to the grammar
  if (!module.hasError && !/^[ \t]*(?:print|exec)[ \t]+[^\s(=.,)]/m.test(text)) return null;
  for (const node of descendants(module)) if (node.kind === 'ErrorStmt' || node.kind === 'ErrorExpr') return node.start;
  return module.hasError ? 0 : null;
}

/** Adds the files of the project that a file imports, and what they import. */
function addImported(start: string, root: string, paths: Set<string>, parser: PythonParser, parsed: Map<string, Module>): void {
  const waiting = [start];
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const path = waiting.pop()!;
    if (seen.has(path)) continue;
    seen.add(path);
    const read = readSource(path);
    if (isProblem(read)) continue;
    const module = parseModule(parser, read.text);
    parsed.set(read.text, module);
    for (const name of importedNames(module)) {
      for (const file of filesOf(name, path, root)) {
        paths.add(file);
        waiting.push(file);
      }
    }
  }
}

/** Modules a file imports, as written with leading dots, and the names it takes from them, which may be modules too. */
function importedNames(module: Module): Set<string> {
  const names = new Set<string>();
  for (const node of descendants(module)) {
    if (node.kind === 'Import') for (const alias of node.names) names.add(alias.path.join('.'));
    if (node.kind === 'ImportFrom') {
      const base = '.'.repeat(node.level) + node.module.join('.');
      names.add(base);
      for (const alias of node.names) names.add(`${base}${node.module.length > 0 ? '.' : ''}${alias.path.join('.')}`);
    }
  }
  return names;
}

/** The files of a dotted name and of the packages around it. */
function filesOf(name: string, importer: string, root: string): string[] {
  const dots = /^\.*/.exec(name)![0].length;
  const parts = name.slice(dots).split('.').filter(Boolean);
  const folders: string[] = [];
  let folder = dirname(importer);
  if (dots > 0) {
    for (let i = 1; i < dots; i++) folder = dirname(folder);
    folders.push(folder);
  } else {
    for (; folder.startsWith(root); folder = dirname(folder)) {
      folders.push(folder);
      if (dirname(folder) === folder) break;
    }
  }
  return folders.flatMap((base) =>
    parts.flatMap((_, i) => {
      const path = join(base, ...parts.slice(0, i + 1));
      return [`${path}.py`, join(path, '__init__.py')].filter((file) => existsSync(file));
    }),
  );
}

/** The migration of a whole program for a client that shows it before writing: files in, files out. */
import { LSPErrorCodes, ResponseError, type CancellationToken } from 'vscode-languageserver';
import type { Catalog } from '../core/catalog/load';
import { leftReason, type LeftOver } from '../core/fixes/migrate/left-over';
import { migrateFile } from '../core/fixes/migrate/migrate-program';
import { migrateNotebook } from '../core/notebook/migrate-notebook';
import { parseCells } from '../core/notebook/notebook-document';
import { isNotebookPath, NotebookFile } from '../core/notebook/notebook-file';
import { Program, type AnalysedFile } from '../core/project/program';
import { parseModule } from '../core/syntax/document';
import { LineIndex } from '../core/syntax/line-index';
import type { PythonParser } from '../core/syntax/parser';
import type { LeftFinding, MigrateParams, MigrateResult } from './protocol';
import { rangeOf } from './range';
import type { Settings } from './settings';
import type { Words } from './words';

interface Parts {
  catalog: Catalog;
  parser: PythonParser;
  words: Words;
}

/** Packages of ours that a migrated program may import; they travel with it. */
const VENDORED = ['mindport_ops', 'mindport_run'];

/** Leaves the event loop free between files, so that a cancellation is heard. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export async function migrate(
  params: MigrateParams,
  settings: Settings,
  { catalog, parser, words }: Parts,
  token: CancellationToken,
): Promise<MigrateResult> {
  const result: MigrateResult = { files: [], left: [], vendored: [] };
  const notebooks = new Map<string, NotebookFile>();
  const files = params.files.flatMap((file) => {
    if (!isNotebookPath(file.path)) return [file];
    const notebook = NotebookFile.read(file.text);
    if ('fault' in notebook) {
      const at = { line: notebook.line - 1, character: 0 };
      result.left.push({
        path: file.path,
        range: { start: at, end: at },
        name: file.path,
        reason: words.tell(`notebook.${notebook.fault}`),
      });
      return [];
    }
    notebooks.set(file.path, notebook);
    return [{ path: file.path, text: notebook.joined.text }];
  });
  const parse = (text: string, { path }: { path: string }) => {
    const notebook = notebooks.get(path);
    return notebook ? parseCells(parser, notebook.joined) : parseModule(parser, text);
  };
  const program = new Program(files, parse, catalog);
  const { chosen: targets } = catalog.targets.choose(settings.targets, { mindspore: settings.mindsporeVersion });
  for (const { path } of files) {
    await turn();
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    const file = program.file(path);
    if (!file) continue;
    const notebook = notebooks.get(path);
    const migrated = notebook ? migrateNotebook(notebook, file, { catalog, targets }) : migrateFile(file, { catalog, targets });
    result.files.push({ path, text: migrated.after, changed: migrated.after !== migrated.before });
    result.left.push(...leftFindings(file, notebook, migrated.left, words));
  }
  const uses = (name: string) =>
    result.files.some(({ text }) => new RegExp(`^[\\s"]*(?:import|from)\\s+${name}\\b|\\\\n(?:import|from)\\s+${name}\\b`, 'm').test(text));
  result.vendored = VENDORED.filter(uses);
  return result;
}

function leftFindings(
  { path, text }: AnalysedFile,
  notebook: NotebookFile | undefined,
  left: readonly LeftOver[],
  words: Words,
): LeftFinding[] {
  const lines = new LineIndex(text);
  return left.map((one) => {
    const { reference } = one;
    const inCell = notebook?.inCell(reference.span);
    const range = inCell ? rangeOf(inCell.lines, inCell.span) : rangeOf(lines, reference.span);
    return { path, ...(inCell ? { cell: inCell.cell } : {}), range, name: reference.name, reason: leftReason(one, words) };
  });
}

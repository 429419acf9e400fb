/** The migration of a whole program for a client that shows it before writing: files in, files out. */
import { LSPErrorCodes, ResponseError, type CancellationToken } from 'vscode-languageserver';
import type { Catalog } from '../core/catalog/load';
import { migrateFile, type LeftOver } from '../core/fixes/migrate/migrate-program';
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
  const program = new Program(params.files, (text) => parseModule(parser, text), catalog);
  const { chosen: targets } = catalog.targets.choose(settings.targets, { mindspore: settings.mindsporeVersion });
  const result: MigrateResult = { files: [], left: [], vendored: [] };
  for (const { path } of params.files) {
    await turn();
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    const file = program.file(path);
    if (!file) continue;
    const migrated = migrateFile(file, { catalog, targets });
    result.files.push({ path, text: migrated.after, changed: migrated.after !== migrated.before });
    result.left.push(...leftFindings(file, migrated.left, words));
  }
  const uses = (name: string) => result.files.some(({ text }) => new RegExp(`^\\s*(?:import|from)\\s+${name}\\b`, 'm').test(text));
  result.vendored = VENDORED.filter(uses);
  return result;
}

function leftFindings({ path, text }: AnalysedFile, left: readonly LeftOver[], words: Words): LeftFinding[] {
  const lines = new LineIndex(text);
  return left.map(({ reference, why }) => ({
    path,
    range: rangeOf(lines, reference.span),
    name: reference.name,
    reason: reasonOf(why, words),
  }));
}

/** `why` is the id of an obstacle or a verdict. */
function reasonOf(why: string, words: Words): string {
  const obstacle = words.tell(`obstacle.${why}`, {});
  return obstacle === `obstacle.${why}` ? words.tell(`verdict.${why}`) : obstacle;
}

/** Records and chips of the user's own: those of the folders named by `--records`, and the nearest `.mindport/mappings` above what is analysed. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Catalog } from '../../server/src/core/catalog/load';
import { MOST_CHARACTERS, readUserLayer, type UserSource } from '../../server/src/core/catalog/user-records';
import { namedRewrites } from '../../server/src/core/fixes/rewrites/index';
import { LineIndex } from '../../server/src/core/syntax/line-index';
import { shownPath, type Problem } from './files';
import { UsageError } from './options';
import type { Words } from './words';

const FOLDER = join('.mindport', 'mappings');
const MOST_FILES = 100;
/** a character of UTF-8 has four bytes at most */
const MOST_BYTES = 4 * MOST_CHARACTERS;

/** The user's files of records and chips, and what could not be read of them. */
export interface UserFiles {
  sources: UserSource[];
  problems: Problem[];
}

/**
 * Finds and reads the user's records. What was found by itself came with the files: its routes are never applied without a look; folders that were
 * named are trusted.
 *
 * @param paths files and folders that are analysed
 * @param named folders from the command line
 * @throws UsageError for a named folder that is none
 */
export function findUserRecords(paths: readonly string[], named: readonly string[], words: Words): UserFiles {
  const found = new Map<string, boolean>();
  for (const path of paths) {
    const folder = nearest(resolve(path));
    if (folder !== null) found.set(realpathSync(folder), false);
  }
  for (const path of named) {
    if (!isFolder(path)) throw new UsageError(words.tell('usage.records', { folder: path }));
    const folder = realpathSync(path);
    // a named folder goes before what was found
    found.delete(folder);
    found.set(folder, true);
  }
  const problems: Problem[] = [];
  return { sources: [...found].flatMap(([folder, trusted]) => sourcesIn(folder, trusted, problems)), problems };
}

/** Lays the user's records over the catalog, as found by `findUserRecords`. */
export function layUserRecords(catalog: Catalog, paths: readonly string[], named: readonly string[], words: Words): Problem[] {
  return layFound(catalog, findUserRecords(paths, named, words), words);
}

/** @returns what is wrong with the files; the records concerned are left out */
export function layFound(catalog: Catalog, { sources, problems: unread }: UserFiles, words: Words): Problem[] {
  const problems = [...unread];
  if (sources.length === 0) return problems;
  const read = readUserLayer(sources, catalog.targets.data, new Set(namedRewrites.keys()));
  catalog.setUser(read.layer);
  for (const [{ file, text }, said] of read.problems) {
    const lines = new LineIndex(text);
    for (const { message, span } of said) {
      const { line, character } = lines.positionAt(span.start);
      const args = { file, line: String(line + 1), column: String(character + 1), message: words.say(message) };
      problems.push({ file, message: { id: 'records.notUsed', args }, skipped: true });
    }
  }
  return problems;
}

function nearest(path: string): string | null {
  for (let at = path; ; at = dirname(at)) {
    if (isFolder(join(at, FOLDER))) return join(at, FOLDER);
    if (dirname(at) === at) return null;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function sourcesIn(folder: string, trusted: boolean, problems: Problem[]): UserSource[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names
    .sort()
    .slice(0, MOST_FILES)
    .flatMap((name) => {
      const path = join(folder, name);
      const file = shownPath(path);
      try {
        // a file that is too large is said to be so by whoever reads it
        const text = statSync(path).size > MOST_BYTES ? ' '.repeat(MOST_CHARACTERS + 1) : readFileSync(path, 'utf8');
        return [{ file, folder, trusted, text }];
      } catch {
        problems.push({ file, message: { id: 'records.unreadable', args: { file } }, skipped: true });
        return [];
      }
    });
}

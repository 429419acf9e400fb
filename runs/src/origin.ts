/** What made a program: the commit its folder is at, and what `mindport migrate` noted when it wrote it. */
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunOrigin } from './results/document';

const longestNote = 4_000_000;
const gitMs = 10_000;

/** Null when nothing is known of the folder. Never throws. */
export async function programOrigin(folder: string): Promise<RunOrigin | null> {
  const [commit, migration] = await Promise.all([commitOf(folder), migrationOf(folder)]);
  return commit === null && migration === null ? null : { commit: commit?.id ?? null, dirty: commit?.dirty ?? false, migration };
}

/** The commit of a folder that git knows; null for one it does not, or ignores. */
async function commitOf(folder: string): Promise<{ id: string; dirty: boolean } | null> {
  const id = (await git(folder, ['rev-parse', '--verify', 'HEAD']))?.trim() ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(id)) return null;
  // of a folder that is ignored the commit says nothing
  if ((await git(folder, ['check-ignore', '-q', '--', folder])) !== null) return null;
  const status = await git(folder, ['status', '--porcelain', '--', '.']);
  return status === null ? null : { id, dirty: status.trim() !== '' };
}

/** What git answers; null when it is not there, says no, or takes too long. */
function git(folder: string, words: readonly string[]): Promise<string | null> {
  // a repository may name programs git would start; looking needs none of them
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  const options = {
    cwd: folder,
    maxBuffer: 16_000_000,
    timeout: gitMs,
    encoding: 'utf8' as const,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
  };
  return new Promise<string | null>((done) => {
    execFile('git', [...safe, ...words], options, (error, stdout) => done(error === null ? stdout : null));
  }).catch(() => null); // no such folder
}

/** `.mindport/migration.json` beside the program. Notes of older versions tell only the files. */
async function migrationOf(folder: string): Promise<RunOrigin['migration']> {
  const file = await open(join(folder, '.mindport', 'migration.json')).catch(() => null);
  if (file === null) return null;
  try {
    if ((await file.stat()).size > longestNote) return null;
    const note: unknown = JSON.parse(await file.readFile('utf8'));
    const { version, files, about } = (note ?? {}) as { version?: unknown; files?: unknown; about?: unknown };
    if (version !== 1 || typeof files !== 'object' || files === null) return null;
    const told = (typeof about === 'object' && about !== null ? about : {}) as Record<string, unknown>;
    const word = (value: unknown): string =>
      typeof value === 'string' ? value.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 200) : '';
    const count = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0);
    return {
      from: word(told['from']) || null,
      target: word(told['target']),
      version: word(told['version']),
      files: count(told['files']) || Object.keys(files).length,
      manual: count(told['manual']),
    };
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

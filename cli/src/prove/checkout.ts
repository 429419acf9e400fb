/** The checkout whose catalog is proved, and the interpreter that proves it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { words } from './words';

/** Something the caller must mend: exit status 2. An empty message: it has been said already. */
export class UsageError extends Error {}

/** The nearest folder above that has a catalog. */
export function findRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'mappings', 'records'))) return folder;
    if (dirname(folder) === folder) throw new UsageError(words().root);
  }
}

/** The interpreter given, or that of the environment with this version of MindSpore; making it shows its progress on stderr. */
export function interpreter(root: string, given: string | undefined, mindspore: string | undefined, packages = false): string {
  if (given) return given;
  try {
    return execFileSync(
      process.execPath,
      [
        join(root, 'scripts', 'python-env.mjs'),
        ...(mindspore === undefined ? [] : ['--mindspore', mindspore]),
        ...(packages ? ['--packages'] : []),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    ).trim();
  } catch {
    throw new UsageError(''); // it has said why
  }
}

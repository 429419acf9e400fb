/** Python programs of this installation, executed with the user's interpreter. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something the caller must mend: exit status 2. An empty message: it has been said already. */
export class PythonError extends Error {}

export interface PythonWords {
  noPython: string;
  notStarted: (python: string, reason: string) => string;
}

/** The interpreter given, else MINDPORT_PYTHON, else that of the environment, which is made when a checkout can. */
export function interpreter(root: string, given: string | undefined, words: PythonWords): string {
  const named = given ?? process.env['MINDPORT_PYTHON'];
  if (named) return named;
  const maker = join(root, 'scripts', 'python-env.mjs');
  if (!existsSync(maker)) throw new PythonError(words.noPython);
  try {
    return execFileSync(process.execPath, [maker], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  } catch {
    throw new PythonError(''); // it has said why
  }
}

/** Runs `python -m …` with the packages of `root` and its output on ours; resolves to its exit status. */
export function execute(python: string, root: string, args: readonly string[], words: PythonWords): Promise<number> {
  return new Promise((resolve, reject) => {
    const PYTHONPATH = [join(root, 'python'), process.env['PYTHONPATH']].filter(Boolean).join(delimiter);
    // -P: the current folder may hold a module of any name and must not come before Python's own.
    const child = spawn(python, ['-P', ...args], { env: { ...process.env, PYTHONPATH }, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = (): boolean => child.kill('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    child.once('error', (error) => reject(new PythonError(words.notStarted(python, error.message))));
    child.once('close', (code) => resolve(code ?? 2));
  });
}

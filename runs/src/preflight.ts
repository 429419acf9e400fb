/** What can be known to fail is said before a run is made: folder, interpreter, program. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { RunError } from './errors';

/**
 * The command of a Python program: `argv` as typed, with `python` put before a script or an option, or in place of the word "python". Other
 * programs (torchrun, msrun, a shell script) run as they are. Throws `error.no_python` when an interpreter is needed and none is given.
 */
export function pythonCommand(argv: readonly string[], python: string | null): string[] {
  const first = argv[0];
  if (first === undefined) throw new RunError('error.no_program');
  if (/\.py$/i.test(first) || first.startsWith('-')) {
    if (python === null) throw new RunError('error.no_python');
    return [python, ...argv];
  }
  if (/^python3?$/.test(first) && python !== null) return [python, ...argv.slice(1)];
  return [...argv];
}

/** Checks that `cwd` is a folder, that the program can be executed and that a script named in `argv` is there. */
export async function preflight(argv: readonly string[], cwd: string, python: string | null, path: string): Promise<void> {
  const folder = await stat(cwd).catch(() => null);
  if (folder === null) throw new RunError('error.no_folder', { path: cwd });
  if (!folder.isDirectory()) throw new RunError('error.not_a_folder', { path: cwd });
  if (python !== null && !(await isExecutable(python, cwd, path))) throw new RunError('error.no_interpreter', { path: python });
  const program = argv[0]!;
  if (program !== python && !(await isExecutable(program, cwd, path))) throw new RunError('error.no_executable', { path: program });
  const script = argv[1];
  if (program === python && script !== undefined && /\.py$/i.test(script) && !(await isFile(resolve(cwd, script)))) {
    throw new RunError('error.no_script', { path: script, cwd });
  }
}

async function isExecutable(program: string, cwd: string, path: string): Promise<boolean> {
  const places = program.includes('/') ? [resolve(cwd, program)] : path.split(delimiter).map((folder) => join(folder || '.', program));
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => isFile(place),
      () => false,
    );
    if (found) return true;
  }
  return false;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

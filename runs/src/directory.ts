/**
 * The run directory `ROOT/runs/<ULID>/`: one layout for every transport. Folders are 0700 and files 0600; a file appears whole or not at all;
 * a run directory appears whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeTime, ulid } from 'ulid';
import { RunError, explainFileError } from './errors';

/** Names inside a run directory. */
export const files = {
  spec: 'spec.json',
  command: 'cmd.sh',
  job: 'job.sh',
  started: 'started',
  jobId: 'job.id',
  jobPid: 'job.pid',
  commandPid: 'cmd.pid',
  pending: 'exit.pending',
  cancel: 'cancel',
  heartbeat: 'heartbeat',
  stdout: 'stdout.log',
  stderr: 'stderr.log',
  ranks: 'rank',
  events: 'events.jsonl',
  launcher: 'launcher.jsonl',
  library: 'lib',
  setup: 'setup.sh',
  source: 'src',
  work: 'work',
  node: 'node.sh',
  batch: 'job.sbatch',
  submit: 'submit.sh',
  reason: 'reason',
  /** the supervisor has written all that belongs to the run */
  complete: 'complete',
  telemetry: 'telemetry',
} as const;

const ulidForm = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Whether a text is a run id; everything that becomes part of a path is checked by this first. */
export function isRunId(text: string): boolean {
  return ulidForm.test(text);
}

/** Whether a text names a file inside a run directory: plain words, at most two folders deep, nothing hidden. */
export function isFileName(text: string): boolean {
  return /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\/){0,2}[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(text);
}

/** When a run was made, milliseconds since 1970 by the clock of whoever made it. */
export function madeAt(id: string): number {
  return decodeTime(id);
}

export function newRunId(): string {
  return ulid();
}

/** Where runs live: the option, else the XDG state folder of the user. */
export function runRoot(option: string | undefined, env: Record<string, string | undefined> = process.env): string {
  if (option !== undefined && option !== '') return resolve(option);
  const state = env['XDG_STATE_HOME'];
  return join(state !== undefined && isAbsolute(state) ? state : join(homedir(), '.local', 'state'), 'mindport');
}

/** The directory of a run. Throws `error.bad_id` when `id` is not a ULID. */
export function runDirectory(root: string, id: string): string {
  if (!isRunId(id)) throw new RunError('error.bad_id', { id });
  return join(root, 'runs', id);
}

/** Ids of all runs below `root`, oldest first; half-made and foreign folders are passed over. */
export async function listRunIds(root: string): Promise<string[]> {
  try {
    const entries = await readdir(join(root, 'runs'));
    return entries.filter(isRunId).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw explainFileError(error, root);
  }
}

/** Writes a file so that readers see the old or the new content, never a part; mode 0600. */
export async function writeAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await replaceFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainFileError(error, path);
  }
}

/** Renames `from` to `to`. Windows refuses while somebody reads or scans the old file: it is tried again for a moment. */
export async function replaceFile(from: string, to: string, move: typeof rename = rename): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await move(from, to);
    } catch (error) {
      if (tries > 10 || !/^(EPERM|EACCES|EBUSY)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await pause(tries * 5);
    }
  }
}

/**
 * Makes the directory of run `id` with `contents` (relative path → text) and the waiting exit mark. It is built under another name and
 * renamed, so a listing never meets a half-made run. Returns its path.
 */
export async function makeRunDirectory(root: string, id: string, contents: Record<string, string>): Promise<string> {
  const target = runDirectory(root, id);
  const building = join(root, 'runs', `.new-${id}`);
  try {
    await mkdir(join(root, 'runs'), { recursive: true, mode: 0o700 });
    await mkdir(building, { mode: 0o700 });
    for (const folder of [files.pending, files.ranks, 'telemetry', 'results']) await mkdir(join(building, folder), { mode: 0o700 });
    for (const [name, text] of Object.entries(contents)) {
      const path = join(building, name);
      await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
      await writeAtomic(path, text);
    }
    await rename(building, target);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw explainFileError(error, target);
  }
  return target;
}

/** Takes the start lock of a run; false when somebody has it. */
export async function takeStart(dir: string): Promise<boolean> {
  try {
    await mkdir(join(dir, files.started), { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw explainFileError(error, dir);
  }
}

/** Sweeps on disk, `ROOT/sweeps/<ULID>/` of this machine: the plan, which never changes, and what became of rows that could not be started. */
import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunId, writeAtomic } from '../directory';
import { RunError, explainFileError } from '../errors';
import { type Sweep, parseSweep } from './plan';

/** A claim older than this was left by somebody who is no more. */
const staleClaimMs = 120_000;

export class SweepStore {
  /** @param root folder that holds `runs/` and `sweeps/` */
  constructor(readonly root: string) {}

  private path(id: string, ...names: string[]): string {
    if (!isRunId(id)) throw new RunError('error.bad_id', { id });
    return join(this.root, 'sweeps', id, ...names);
  }

  async save(sweep: Sweep): Promise<void> {
    const folder = this.path(sweep.id);
    try {
      await mkdir(join(folder, 'claims'), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw explainFileError(error, folder);
    }
    await writeAtomic(join(folder, 'sweep.json'), `${JSON.stringify(sweep, null, 2)}\n`);
  }

  /** Ids of all sweeps, oldest first. */
  async list(): Promise<string[]> {
    const names = await readdir(join(this.root, 'sweeps')).catch(() => [] as string[]);
    return names.filter(isRunId).sort();
  }

  async load(id: string): Promise<Sweep> {
    const path = this.path(id, 'sweep.json');
    const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new RunError('sweep.unknown', { sweep: id });
      throw explainFileError(error, path);
    });
    return parseSweep(content, path);
  }

  /** The sweep meant by an id, the beginning of one (at least four characters) or a name; of several with one name the newest. */
  async find(reference: string): Promise<Sweep> {
    const upper = reference.toUpperCase();
    const ids = await this.list();
    const begun = /^[0-9A-Z]{4,26}$/.test(upper) ? ids.filter((id) => id.startsWith(upper)) : [];
    if (begun.length === 1) return this.load(begun[0]!);
    for (const id of ids.reverse()) {
      const sweep = await this.load(id).catch(() => null);
      if (sweep?.name === reference) return sweep;
    }
    throw new RunError('sweep.unknown', { sweep: reference.slice(0, 80) });
  }

  /** All sweeps that can be read, oldest first. */
  async all(): Promise<Sweep[]> {
    const sweeps: Sweep[] = [];
    for (const id of await this.list()) {
      const sweep = await this.load(id).catch(() => null);
      if (sweep !== null) sweeps.push(sweep);
    }
    return sweeps;
  }

  /** Takes a row for starting; false while somebody else has it. */
  async claim(id: string, run: string): Promise<boolean> {
    const path = this.path(id, 'claims', run);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        await mkdir(path, { mode: 0o700 });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw explainFileError(error, path);
      }
      const since = await stat(path).then(
        (entry) => entry.mtimeMs,
        () => 0,
      );
      if (Date.now() - since < staleClaimMs) return false;
      await this.release(id, run);
    }
    return false;
  }

  async release(id: string, run: string): Promise<void> {
    await rm(this.path(id, 'claims', run), { recursive: true, force: true });
  }

  /** Notes why a row could not be started; null takes the note away. */
  async refuse(id: string, run: string, reason: string | null): Promise<void> {
    const path = this.path(id, `${run}.refused`);
    if (reason === null) await rm(path, { force: true });
    else await writeAtomic(path, `${reason}\n`);
  }

  /** Why a row could not be started; null when it could or was not tried. */
  async refusal(id: string, run: string): Promise<string | null> {
    return readFile(this.path(id, `${run}.refused`), 'utf8').then(
      (reason) => reason.trim(),
      () => null,
    );
  }

  /** Nothing more is started of a stopped sweep. */
  async stop(id: string): Promise<void> {
    await writeAtomic(this.path(id, 'stopped'), `${new Date().toISOString()}\n`);
  }

  async resume(id: string): Promise<void> {
    await rm(this.path(id, 'stopped'), { force: true });
  }

  async isStopped(id: string): Promise<boolean> {
    return stat(this.path(id, 'stopped')).then(
      () => true,
      () => false,
    );
  }
}

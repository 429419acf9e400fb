/**
 * Results of earlier runs, kept by content in the user's cache folder, never in a workspace: `${XDG_CACHE_HOME:-~/.cache}/mindport/check`, in it a folder
 * for each set of settings with a file for each key. Several processes may use it at once: a file appears whole, by renaming, and says its own digest.
 * What cannot be read, or is not what was written, counts as absent.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const DAY = 86_400_000;
export interface CacheLimits {
  /** settings that were not used for so long go */
  days: number;
  /** of all files together; what was written longest ago goes until a quarter of it is free */
  bytes: number;
  /** after so much was written by one process the size of the whole is looked at, else once a day */
  sweepBytes: number;
}

const LIMITS: CacheLimits = { days: 30, bytes: 300_000_000, sweepBytes: 30_000_000 };

export const digestOf = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  // the length before each part: no two lists of parts have the same digest
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
};

export class ResultCache {
  /** nothing was ever written with these settings */
  readonly isNew: boolean;
  private readonly folder: string;
  private written = 0;
  /** false once writing has failed: a full or read-only disk is no reason to fail */
  private writable = true;

  /** @param settings digest of everything but the files that results depend on */
  constructor(
    settings: string,
    private readonly root = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mindport', 'check'),
    private readonly limits = LIMITS,
  ) {
    this.folder = join(root, settings.slice(0, 40));
    this.isNew = !existsSync(this.folder);
  }

  /** What was written under a key; null when there is nothing of that kind. */
  read(key: string): unknown {
    const path = join(this.folder, key);
    try {
      const text = readFileSync(path, 'utf8');
      const body = text.slice(65);
      return text[64] === '\n' && digestOf(body) === text.slice(0, 64) ? JSON.parse(body) : null;
    } catch {
      return null;
    }
  }

  write(key: string, value: unknown): void {
    if (!this.writable) return;
    const body = JSON.stringify(value);
    const part = join(this.folder, `${key.slice(0, 16)}.${randomUUID()}.part`);
    try {
      if (this.written === 0) mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(part, `${digestOf(body)}\n${body}`, { mode: 0o600 });
      renameSync(part, join(this.folder, key));
      this.written += body.length;
    } catch {
      this.writable = false;
      removeQuietly(part);
    }
  }

  /** Notes that these settings were used, and once in a while removes what nobody used for long, or the oldest when there is too much. */
  close(): void {
    try {
      const now = new Date();
      if (this.written === 0 && now.getTime() - statSync(this.folder).mtimeMs > DAY) utimesSync(this.folder, now, now);
      if (this.written < this.limits.sweepBytes && !this.isSweepDue(now.getTime())) return;
      writeFileSync(join(this.root, 'swept'), '');
      this.sweep(now.getTime());
    } catch {
      // the next run tries again
    }
  }

  private isSweepDue(now: number): boolean {
    try {
      return now - statSync(join(this.root, 'swept')).mtimeMs > DAY;
    } catch {
      return this.written > 0;
    }
  }

  /** Settings that nobody used for long go as a whole; of the others the files written longest ago until the rest is small enough. */
  private sweep(now: number): void {
    const files: { path: string; size: number; time: number }[] = [];
    for (const entry of readdirSync(this.root, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const folder = join(this.root, entry.name);
      const used = statOrNull(folder);
      if (!used) continue;
      if (now - used.mtimeMs > this.limits.days * DAY) {
        rmSync(folder, { recursive: true, force: true });
        continue;
      }
      for (const name of namesIn(folder)) {
        const path = join(folder, name);
        const stat = statOrNull(path);
        if (stat) files.push({ path, size: stat.size, time: stat.mtimeMs });
      }
    }
    let size = files.reduce((sum, file) => sum + file.size, 0);
    if (size <= this.limits.bytes) return;
    files.sort((a, b) => a.time - b.time);
    for (const file of files) {
      if (size <= (this.limits.bytes * 3) / 4) return;
      rmSync(file.path, { force: true });
      size -= file.size;
    }
  }
}

/** null for what another process has removed meanwhile */
function statOrNull(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

/** What a folder holds; one that holds nothing goes. */
function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder);
    if (names.length === 0) rmdirSync(folder);
    return names;
  } catch {
    return []; // it went meanwhile, or has got something
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // where nothing can be written nothing was
  }
}

/** What was last seen of the runs of other machines, kept on this one for the times they are not reached. */
import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../directory';
import { type RunStatus } from '../look';
import { isEnded } from '../state';

interface Seen {
  version: 1;
  machine: string;
  /** when the machine answered last; absent in older notes */
  at?: number;
  runs: RunStatus[];
}

function place(root: string, machine: string): string {
  return join(root, 'seen', `${createHash('sha256').update(machine).digest('hex').slice(0, 16)}.json`);
}

/** Notes what `machine` told now. A disk that is full loses the note, nothing else. */
export async function noteRuns(root: string, machine: string, runs: readonly RunStatus[]): Promise<void> {
  const seen: Seen = { version: 1, machine, at: Date.now(), runs: [...runs] };
  try {
    await mkdir(join(root, 'seen'), { recursive: true, mode: 0o700 });
    await writeAtomic(place(root, machine), JSON.stringify(seen));
  } catch {
    // the machine itself still knows
  }
}

/** Notes one run of `machine` beside those that were noted before, so that windows of the editor look there. */
export async function noteRun(root: string, machine: string, run: RunStatus): Promise<void> {
  const before = (await lastSeen(root, machine))?.runs ?? [];
  await noteRuns(root, machine, [run, ...before.filter(({ id }) => id !== run.id)]);
}

/** The runs of `machine` as they were seen last, their link as it is now; empty when it was never seen. */
export async function runsSeen(root: string, machine: string, link: RunStatus['link']): Promise<RunStatus[]> {
  return (await lastSeen(root, machine))?.runs.map((run) => ({ ...run, link })) ?? [];
}

/**
 * Calls `told` soon after somebody else of this person (another window, the command line) has made a run here or noted what a machine told. Where the
 * system cannot watch folders nothing is told, and everybody sees it at the next look. Returns what ends it.
 */
export async function watchNotes(root: string, told: (where: 'runs' | 'seen') => void): Promise<() => void> {
  const ends: (() => void)[] = [];
  for (const name of ['runs', 'seen'] as const) {
    try {
      await mkdir(join(root, name), { recursive: true, mode: 0o700 });
      let pending: NodeJS.Timeout | null = null;
      const watcher = watch(join(root, name), { persistent: false }, () => {
        pending ??= setTimeout(() => {
          pending = null;
          told(name);
        }, 100);
      });
      watcher.on('error', () => watcher.close());
      ends.push(() => {
        watcher.close();
        if (pending !== null) clearTimeout(pending);
      });
    } catch {
      // the next look tells
    }
  }
  return () => ends.forEach((end) => end());
}

/** Whether a note tells of a run, or of an end, that `runs` do not know. */
export function tellsMore(noted: readonly RunStatus[], runs: readonly RunStatus[]): boolean {
  const states = new Map(runs.map(({ id, state }) => [id, state]));
  return noted.some(({ id, state }) => !states.has(id) || (isEnded(state) && !isEnded(states.get(id)!)));
}

/** What was noted of `machine` and when; null when it was never seen. */
export async function lastSeen(root: string, machine: string): Promise<{ at: number | null; runs: RunStatus[] } | null> {
  try {
    const seen = JSON.parse(await readFile(place(root, machine), 'utf8')) as Seen;
    if (seen.version !== 1 || seen.machine !== machine || !Array.isArray(seen.runs)) return null;
    return { at: seen.at ?? null, runs: seen.runs };
  } catch {
    return null;
  }
}

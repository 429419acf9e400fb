/** What was last seen of the runs of other machines, kept on this one for the times they are not reached. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../directory';
import { type RunStatus } from '../look';

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

/** The runs of `machine` as they were seen last, their link as it is now; empty when it was never seen. */
export async function runsSeen(root: string, machine: string, link: RunStatus['link']): Promise<RunStatus[]> {
  return (await lastSeen(root, machine))?.runs.map((run) => ({ ...run, link })) ?? [];
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

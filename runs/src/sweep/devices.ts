/** Which devices of a machine a row of a sweep gets: rows that run there at once share none. The truth is in the descriptions of the runs themselves. */
import { createHash } from 'node:crypto';
import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type RunStatus } from '../look';
import { chipKind } from '../launch/chips';
import { type RunSpec } from '../spec';
import { isEnded } from '../state';

export interface DevicePool {
  /** devices of the node in the order they are given out; null: their number is not known, any may be given */
  ids: number[] | null;
}

/** A run that was made and not started for this long was left by somebody who is no more: it holds no devices. */
const staleDraftMs = 120_000;
/** A lock older than this was left by somebody who is no more. */
const staleLockMs = 30_000;

/** The devices a run holds on its node; empty for one that uses none of `chip`'s kind. */
function held(spec: RunSpec, chip: string): number[] {
  if (chipKind(spec.target.chip) !== chipKind(chip) || spec.launch?.slurm) return [];
  return spec.launch?.deviceIds ?? Array.from({ length: spec.target.devices }, (_, i) => i);
}

/** The devices of `chip`'s kind that runs hold now. Runs that have ended hold none, neither does the run `own`. */
export function busyDevices(chip: string, runs: readonly RunStatus[], own: string, now = Date.now()): Set<number> {
  const busy = new Set<number>();
  for (const { id, state, spec } of runs) {
    const stale = state === 'draft' && now - Date.parse(spec.createdAt) > staleDraftMs;
    if (id === own || isEnded(state) || stale) continue;
    for (const device of held(spec, chip)) busy.add(device);
  }
  return busy;
}

/** The name of the run that holds a device; null when it is none of ours. */
export function holderOf(device: number, chip: string, runs: readonly RunStatus[]): string | null {
  return runs.find((run) => busyDevices(chip, [run], '').has(device))?.spec.name ?? null;
}

/** The first `count` devices of the pool that are not busy; null when there are not enough now. */
export function freeDevices({ ids }: DevicePool, count: number, busy: ReadonlySet<number>): number[] | null {
  // an unknown number is enough for this run and for all that are there
  const all = ids ?? Array.from({ length: Math.max(-1, ...busy) + 1 + count }, (_, i) => i);
  const free = all.filter((device) => !busy.has(device)).slice(0, count);
  return free.length === count ? free : null;
}

/** The numbers of a variable such as CUDA_VISIBLE_DEVICES; null when it is not set or names devices in another way. */
export function devicesOfVariable(value: string | undefined): number[] | null {
  if (value === undefined || !/^\s*\d{1,4}(\s*,\s*\d{1,4})*\s*$/.test(value)) return null;
  return [...new Set(value.split(',').map(Number))];
}

/** Does `work` while nobody else on this machine looks for devices of `machine`; `root` is the folder that holds `sweeps/`. */
export async function withDevices<T>(root: string, machine: string | null, work: () => Promise<T>): Promise<T> {
  const name = createHash('sha256')
    .update(machine ?? '')
    .digest('hex')
    .slice(0, 16);
  const lock = join(root, 'sweeps', `.devices-${name}`);
  await mkdir(join(root, 'sweeps'), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      await mkdir(lock, { mode: 0o700 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const since = await stat(lock).then(
      (entry) => entry.mtimeMs,
      () => null,
    );
    if (since !== null && Date.now() - since > staleLockMs) await rm(lock, { recursive: true, force: true });
    else await pause(20);
  }
  // code may travel meanwhile, which takes its time
  const held = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => undefined), staleLockMs / 6);
  try {
    return await work();
  } finally {
    clearInterval(held);
    await rm(lock, { recursive: true, force: true });
  }
}

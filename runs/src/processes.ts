/** Processes of this machine, read from /proc (Linux). */
import { readFile, readdir } from 'node:fs/promises';

const looksAtOnce = 64;

export interface ProcessStat {
  pid: number;
  state: string;
  parent: number;
  group: number;
  session: number;
  /** in clock ticks since boot */
  startTime: string;
}

/** Fields of /proc/PID/stat. The name may hold blanks and brackets, so counting begins after the last bracket. Null for other text. */
export function parseStat(text: string): ProcessStat | null {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[19];
  if (!Number.isSafeInteger(pid) || startTime === undefined || !/^\d+$/.test(startTime)) return null;
  return { pid, state: fields[0]!, parent: Number(fields[1]), group: Number(fields[2]), session: Number(fields[3]), startTime };
}

export async function statOf(pid: number): Promise<ProcessStat | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/**
 * Whether the process named by a line "pid starttime bootid" still is that process. A zombie has ended: nobody may ever collect it where
 * process 1 does not.
 */
export async function identityState(line: string): Promise<'alive' | 'dead' | 'rebooted' | 'unidentified'> {
  const [pid, startTime, boot] = line.trim().split(/\s+/);
  if (pid === undefined || startTime === undefined || boot === undefined || !/^[1-9]\d*$/.test(pid)) return 'unidentified';
  if (boot !== (await bootId())) return 'rebooted';
  const stat = await statOf(Number(pid));
  return stat !== null && stat.startTime === startTime && !isEnded(stat) ? 'alive' : 'dead';
}

function isEnded(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X';
}

/**
 * Living processes of a run: those started with its id in their environment, wherever they moved since, and their descendants. The
 * supervisor itself is not among them.
 */
export async function processesOfRun(id: string): Promise<number[]> {
  const mark = Buffer.from(`MINDPORT_RUN_ID=${id}\0`);
  const stats: ProcessStat[] = [];
  const members = new Set<number>();
  const look = async (pid: number): Promise<void> => {
    const stat = await statOf(pid);
    if (stat === null || isEnded(stat)) return;
    stats.push(stat);
    const environment = await readFile(`/proc/${pid}/environ`).catch(() => null);
    const at = environment?.indexOf(mark) ?? -1;
    if (at === 0 || (at > 0 && environment![at - 1] === 0)) members.add(stat.pid);
  };
  // several together, for on a busy machine each waits its turn; all at once could need more files than may be open
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (let at = 0; at < pids.length; at += looksAtOnce) await Promise.all(pids.slice(at, at + looksAtOnce).map(look));
  // descendants whose environment was cleared or overwritten
  for (let grown = true; grown;) {
    grown = false;
    for (const stat of stats) {
      if (!members.has(stat.pid) && members.has(stat.parent)) {
        members.add(stat.pid);
        grown = true;
      }
    }
  }
  members.delete(process.pid);
  return [...members];
}

/** Sends a signal; false when there was no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

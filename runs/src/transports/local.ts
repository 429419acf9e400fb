/** Runs on this machine (Linux: setsid and /proc). A run is detached at once and lives on without the process that started it. */
import { execFile } from 'node:child_process';
import { readFile, readdir, rename, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { files, isFileName, listRunIds, makeRunDirectory, runDirectory, takeStart, writeAtomic } from '../directory';
import { readPiece } from '../pieces';
import { quote } from '../quote';
import { identityState, processesOfRun, signal } from '../processes';
import { startScript } from '../script';
import {
  type Observation,
  type PollAnswer,
  type PollAsk,
  type ReadAnswer,
  type RunContents,
  type StartAnswer,
  type StopReport,
  type Transport,
} from '../transport';

/** Variables a run takes over from whoever starts it: the machine's set-up, nothing of the person. */
const passedThrough =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|PYTHONPATH|PYTHONHASHSEED|XDG_CACHE_HOME|VIRTUAL_ENV|(CONDA|OMP|MKL|OPENBLAS|NUMEXPR|CUDA|NVIDIA|NCCL|CUBLAS|CUDNN|ASCEND|HCCL|NPU|HIP|ROCR|ROCM|HSA|MIOPEN|MS|MINDSPORE|GLOG|TORCH|PYTORCH|KMP|GOMP|HDF5|SLURM|MODULEPATH|LOADEDMODULES)(_\w+)?)$/;
const secret = /TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$/i;

function passThrough(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => passedThrough.test(name) && !secret.test(name)));
}

/** Nothing is given up before it was killed so often, however long a look at all processes takes on a busy machine. */
const leastKills = 10;

export class LocalTransport implements Transport {
  readonly kind = 'local';
  readonly machine = null;

  /** @param root folder that holds `runs/` */
  constructor(
    private readonly root: string,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  location(id: string): string {
    return runDirectory(this.root, id);
  }

  async list(): Promise<string[]> {
    return listRunIds(this.root);
  }

  async create(id: string, contents: RunContents): Promise<void> {
    // programs of this machine run where they are
    if (contents.code !== null || contents.library !== null) throw new Error('nothing is packed for this machine');
    if ((await stat(this.location(id)).catch(() => null)) === null) await makeRunDirectory(this.root, id, contents.texts);
  }

  async start(id: string): Promise<StartAnswer> {
    const dir = this.location(id);
    const { answer, complaint } = await new Promise<{ answer: string; complaint: string }>((done) => {
      const options = { env: passThrough(this.env), timeout: 30_000, killSignal: 'SIGKILL' as const };
      execFile('/bin/sh', ['-c', startScript(quote(dir))], options, (error, stdout, stderr) =>
        done({ answer: stdout.trim(), complaint: stderr.trim() || (error?.message ?? '') }),
      );
    });
    if (answer.startsWith('STARTED')) return { outcome: 'started' };
    if (answer === 'ALREADY') return { outcome: 'already' };
    return { outcome: 'refused', reason: complaint || answer };
  }

  async abandon(id: string): Promise<boolean> {
    const dir = this.location(id);
    if (!(await takeStart(dir))) return false;
    await rename(join(dir, files.pending), join(dir, 'exit.143')).catch(() => undefined);
    return true;
  }

  async poll(asks: readonly PollAsk[]): Promise<PollAnswer[]> {
    return Promise.all(
      asks.map(async ({ id, reads }) => {
        const dir = this.location(id);
        if ((await modified(dir)) === null) return { id, seen: null, pieces: reads.map(() => null) };
        // the state first: what the run wrote before it ended is then surely read after it
        const seen = await this.observe(dir, id);
        const pieces: ReadAnswer[] = [];
        for (const ask of reads) pieces.push(await readPiece(join(dir, checked(ask.file)), ask));
        return { id, seen, pieces };
      }),
    );
  }

  private async observe(dir: string, id: string): Promise<Observation> {
    // the exit is looked for last: a run that ends during this look must not seem dead without an exit
    const [started, cancel, heartbeat] = await Promise.all([
      modified(join(dir, files.started)),
      modified(join(dir, files.cancel)),
      modified(join(dir, files.heartbeat)),
    ]);
    const seen = await this.processState(dir, id);
    const exit = await exitOf(dir);
    return {
      now: Date.now(),
      exit: exit?.code ?? null,
      startedAt: started,
      finishedAt: exit?.at ?? null,
      cancelled: cancel !== null,
      process: seen,
      heartbeatAt: heartbeat,
      scheduler: null,
      reason: null,
      diskFull: exit !== null && exit.code !== 0 && (await isFull(dir)),
    };
  }

  private async processState(dir: string, id: string): Promise<Observation['process']> {
    const states: Observation['process'][] = [];
    for (const name of [files.jobPid, files.commandPid]) {
      const line = await readFile(join(dir, name), 'utf8').catch(() => null);
      if (line === null) continue;
      const state = await identityState(line);
      if (state === 'alive') return 'alive';
      states.push(state);
    }
    if (states.length === 0) return 'unidentified';
    if (states.includes('rebooted')) return 'rebooted';
    // supervisor and shell were killed, yet the program may live on
    if ((await exitOf(dir)) === null && (await processesOfRun(id)).length > 0) return 'alive';
    return 'dead';
  }

  async stop(id: string, graceMs: number): Promise<StopReport> {
    const dir = this.location(id);
    const asked = new Set<number>();
    const killed = new Set<number>();
    const deadline = Date.now() + graceMs;
    const giveUp = deadline + 10_000;
    let members = await processesOfRun(id);
    for (let kills = 0; kills < leastKills || Date.now() < giveUp;) {
      // a supervisor without an exit may be about to start the program
      const supervisor = await supervisorOf(dir);
      if (members.length === 0 && (supervisor === null || (await exitOf(dir)) !== null)) break;
      const kill = Date.now() >= deadline;
      if (kill) kills += 1;
      if (kill && members.length === 0 && supervisor !== null && Date.now() >= deadline + 2000) signal(supervisor, 'SIGKILL');
      for (const pid of members) {
        if (kill) {
          if (signal(pid, 'SIGKILL')) killed.add(pid);
        } else if (!asked.has(pid) && signal(pid, 'SIGTERM')) {
          asked.add(pid);
        }
      }
      await pause(kill ? 20 : 50);
      members = await processesOfRun(id);
    }
    // where nobody is left to do it, the exit is named here
    if (members.length === 0) await rename(join(dir, files.pending), join(dir, 'exit.137')).catch(() => undefined);
    return { terminated: asked.size, killed: killed.size, remaining: members.length };
  }

  async write(id: string, file: string, data: string): Promise<void> {
    await writeAtomic(join(this.location(id), checked(file)), data);
  }

  async close(): Promise<void> {}
}

function checked(file: string): string {
  if (!isFileName(file)) throw new Error(`not a name inside a run directory: ${file}`);
  return file;
}

/** The supervisor's pid while it lives. */
async function supervisorOf(dir: string): Promise<number | null> {
  const line = await readFile(join(dir, files.jobPid), 'utf8').catch(() => '');
  return (await identityState(line)) === 'alive' ? Number.parseInt(line, 10) : null;
}

async function isFull(dir: string): Promise<boolean> {
  const space = await statfs(dir).catch(() => null);
  return space !== null && space.blocks > 0 && space.bavail === 0;
}

async function modified(path: string): Promise<number | null> {
  return stat(path).then(
    (entry) => entry.mtimeMs,
    () => null,
  );
}

async function exitOf(dir: string): Promise<{ code: number; at: number } | null> {
  const names = await readdir(dir).catch(() => [] as string[]);
  for (const name of names) {
    const code = /^exit\.(\d{1,3})$/.exec(name)?.[1];
    // renaming changes the folder's status time, not its modification time
    if (code !== undefined) return { code: Number(code), at: (await stat(join(dir, name)).catch(() => null))?.ctimeMs ?? Date.now() };
  }
  return null;
}

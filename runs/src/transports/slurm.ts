/**
 * Slurm over whatever executes scripts on its login node. The run directory is made, read and written by the transport below; runs that are no Slurm
 * runs are left to it whole. What Slurm says counts only where the run's own files say nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { files } from '../directory';
import { RunError } from '../errors';
import { quote } from '../quote';
import { type JobAsk, type JobLook, type QueuePace, SlurmQueue, isFinal } from '../slurm/queue';
import { jobName } from '../slurm/request';
import { silentScheduler } from '../state';
import {
  type Observation,
  type Piece,
  type PollAnswer,
  type PollAsk,
  type ReadAnswer,
  type ReadAsk,
  type RunContents,
  type Shell,
  type StartAnswer,
  type StopReport,
  type Transport,
} from '../transport';

export interface SlurmOptions {
  pace?: QueuePace;
  /** how long a start without a job is looked for before the person is asked, milliseconds */
  reconcileMs?: number;
  /** how long a job that has ended may take to show its exit on the login node, milliseconds */
  settleMs?: number;
  /** a heartbeat may be this old on a file system that keeps its answers for a while, milliseconds */
  freshMs?: number;
}

/** A run that ended this long ago without a word of Slurm will get none, milliseconds. */
const rememberedMs = 600_000;
const nothingKnown = 'NONE';

interface Kept {
  jobId: string | null;
  reason: string;
}

export class SlurmTransport implements Transport {
  readonly kind = 'slurm';
  readonly queue: SlurmQueue;
  private readonly reconcileMs: number;
  private readonly settleMs: number;
  private readonly freshMs: number;
  /** which runs are Slurm's; never changes */
  private readonly isSlurm = new Map<string, boolean>();

  /** @param shell runs scripts on the login node, as the user who owns the runs; knows `mp_root` */
  constructor(
    private readonly base: Transport,
    private readonly shell: Shell,
    options: SlurmOptions = {},
  ) {
    this.queue = new SlurmQueue(shell, options.pace);
    this.reconcileMs = options.reconcileMs ?? 120_000;
    this.settleMs = options.settleMs ?? 60_000;
    this.freshMs = options.freshMs ?? 120_000;
  }

  get machine(): string | null {
    return this.base.machine;
  }

  location(id: string): string {
    return this.base.location(id);
  }

  list(): Promise<string[]> {
    return this.base.list();
  }

  async create(id: string, contents: RunContents): Promise<void> {
    await this.base.create(id, contents);
    this.isSlurm.set(id, contents.texts[files.submit] !== undefined);
  }

  abandon(id: string): Promise<boolean> {
    return this.base.abandon(id);
  }

  write(id: string, file: string, data: string): Promise<void> {
    return this.base.write(id, file, data);
  }

  close(): Promise<void> {
    return this.base.close();
  }

  async start(id: string): Promise<StartAnswer> {
    if (!(await this.submitted(id))) return this.base.start(id);
    const script = `${inside(id)}
if ! mkdir ${files.started} 2>submit.err; then
  if [ -d ${files.started} ]; then echo ALREADY; else echo REFUSED; cat submit.err >&2; fi
  exit 0
fi
mp_said=$(sh ./${files.submit})
# nothing was submitted: whoever mends the cause may start it
case "$mp_said" in REJECTED) rmdir ${files.started}; cat submit.err >&2 ;; esac
printf '%s\\n' "$mp_said"
`;
    const { stdout, stderr } = await this.shell.run(script, { timeoutMs: 60_000 });
    const word = stdout.toString().trim().split(/\s/)[0];
    this.queue.stir();
    if (word === 'STARTED' || word === 'UNKNOWN') return { outcome: 'started' };
    if (word === 'ALREADY') return { outcome: 'already' };
    return { outcome: 'refused', reason: stderr.trim().slice(0, 1000) || String(word) };
  }

  /** Whether a run is Slurm's. */
  private async submitted(id: string): Promise<boolean> {
    if (!this.isSlurm.has(id)) await this.poll([{ id, reads: [] }]);
    return this.isSlurm.get(id) ?? false;
  }

  async poll(asks: readonly PollAsk[]): Promise<PollAnswer[]> {
    const extra = (id: string): ReadAsk[] =>
      this.isSlurm.get(id) === false
        ? []
        : [files.submit, files.jobId, files.reason].map((file, i) => ({ file, offset: 0, max: i === 0 ? 1 : 64, tag: null }));
    const answers = await this.base.poll(asks.map(({ id, reads }) => ({ id, reads: [...reads, ...extra(id)] })));
    const kept = new Map<string, Kept>();
    const stripped = answers.map((answer, i): PollAnswer => {
      const { id, seen, pieces } = answer;
      const own = pieces.slice(asks[i]!.reads.length);
      if (seen !== null && own.length > 0) {
        this.isSlurm.set(id, own[0] !== null);
        if (own[0] !== null) kept.set(id, { jobId: textOf(own[1]!) || null, reason: textOf(own[2]!) });
      }
      return { id, seen, pieces: pieces.slice(0, asks[i]!.reads.length) };
    });
    const looks = await this.looks(stripped, kept);
    await this.remember(stripped, looks);
    return stripped.map((answer) => {
      const job = kept.get(answer.id);
      return answer.seen === null || job === undefined
        ? answer
        : { ...answer, seen: this.observed(answer.seen, job, looks.get(answer.id)) };
    });
  }

  /** Slurm's words for the runs whose own files do not tell enough. */
  private async looks(answers: readonly PollAnswer[], kept: ReadonlyMap<string, Kept>): Promise<Map<string, JobLook>> {
    const asks: JobAsk[] = [];
    for (const { id, seen } of answers) {
      const job = kept.get(id);
      if (job === undefined || seen === null || seen.startedAt === null) continue;
      // an exit that is no success may have a cause only Slurm knows
      if (seen.exit !== null && (seen.exit === 0 || seen.cancelled || job.reason !== '')) continue;
      asks.push({ id, submittedAt: seen.startedAt / 1000 });
    }
    return asks.length === 0 ? new Map() : this.queue.look(asks);
  }

  /** Keeps what Slurm knew of a failed run beside its exit: Slurm forgets, and nobody need ask again. */
  private async remember(answers: readonly PollAnswer[], looks: ReadonlyMap<string, JobLook>): Promise<void> {
    const writes = answers.map(async ({ id, seen }) => {
      const look = looks.get(id);
      if (seen === null || seen.exit === null || look === undefined || look === 'unreachable') return;
      const late = seen.finishedAt !== null && seen.now - seen.finishedAt > rememberedMs;
      if (look !== 'unknown' ? !isFinal(look.word) : !late) return;
      const word = look === 'unknown' ? nothingKnown : look.word.split(' ')[0]!;
      // where nothing can be written it is asked again
      await this.base.write(id, files.reason, `${word}\n`).catch(() => undefined);
    });
    await Promise.all(writes);
  }

  private observed(seen: Observation, kept: Kept, look: JobLook | undefined): Observation {
    const word = typeof look === 'object' ? look.word : null;
    if (seen.exit !== null) {
      const cause = kept.reason === '' ? word : kept.reason === nothingKnown ? null : kept.reason;
      return { ...seen, process: 'dead', scheduler: cause };
    }
    // processes are on other machines: what the login node knows of their numbers means nothing
    const begun = seen.process !== 'unidentified';
    const beats = seen.heartbeatAt !== null && seen.now - seen.heartbeatAt < this.freshMs;
    if (look === undefined) return { ...seen, process: 'unidentified', scheduler: null };
    if (look === 'unreachable') return { ...seen, process: beats ? 'alive' : 'unidentified', scheduler: silentScheduler };
    if (look === 'unknown') {
      if (beats) return { ...seen, process: 'alive', scheduler: null };
      if (begun) return { ...seen, process: 'dead', scheduler: null };
      if (kept.jobId !== null) return this.settled(seen.now, seen.startedAt, { ...seen, process: 'dead', scheduler: null });
      const waited = seen.now - (seen.startedAt ?? seen.now);
      return { ...seen, process: 'unidentified', scheduler: waited < this.reconcileMs ? 'SUBMITTING' : 'SUBMIT_UNKNOWN' };
    }
    if (!isFinal(look.word)) {
      // its own sign of life is newer than what Slurm said a while ago
      const running = /^(RUNNING|COMPLETING|STAGE_OUT)\b/.test(look.word) || (begun && beats);
      return { ...seen, process: running ? 'alive' : 'unidentified', scheduler: look.word, reason: waits(look.reason) };
    }
    const endedAt = look.endedAgo === null ? null : look.seenAt - look.endedAgo * 1000;
    return this.settled(Date.now(), endedAt, { ...seen, process: 'dead', scheduler: look.word });
  }

  /** For a while after its end a run counts as running: a shared file system shows the exit late. */
  private settled(now: number, since: number | null, ended: Observation): Observation {
    return since !== null && now - since < this.settleMs ? { ...ended, process: 'alive', scheduler: 'COMPLETING' } : ended;
  }

  async stop(id: string, graceMs: number): Promise<StopReport> {
    if (!(await this.submitted(id))) return this.base.stop(id, graceMs);
    await this.base.write(id, 'grace', `${Math.max(1, Math.ceil(graceMs / 1000))}\n`);
    const asked = Date.now();
    const harder = asked + graceMs + 8000;
    const hardest = harder + 20_000;
    const giveUp = hardest + 40_000;
    let told = 0;
    for (;;) {
      const now = Date.now();
      const level = now < harder ? 'ask' : now < hardest ? 'end' : 'kill';
      const step = await this.stopStep(id, level, now - told >= 2000);
      if (now - told >= 2000) told = now;
      if (step.silent !== null) throw new RunError('error.scheduler_silent', { reason: step.silent.slice(0, 300) });
      if (step.active === 0 || step.ended) {
        this.queue.stir();
        return { terminated: step.terminated, killed: step.killed, remaining: step.left };
      }
      if (now > giveUp) return { terminated: step.terminated, killed: step.killed, remaining: step.active };
      await pause(this.shell.machine === null ? 100 : 1000);
    }
  }

  /** Tells the job to end, once more, and looks what is left of it. */
  private async stopStep(id: string, level: 'ask' | 'end' | 'kill', tell: boolean): Promise<StopStep> {
    const name = `--name=${quote(jobName(id))}`;
    const words = {
      ask: `scancel --quiet --user="$mp_me" ${name} --state=PENDING; scancel --quiet --user="$mp_me" ${name} --state=RUNNING --signal=TERM`,
      end: `scancel --quiet --user="$mp_me" ${name}`,
      kill: `scancel --quiet --user="$mp_me" ${name} --signal=KILL --full`,
    };
    const script = `${inside(id)}
mp_me=$(id -un)
${tell ? `{ ${words[level]}; } >/dev/null 2>&1` : ''}
if ! mp_out=$(timeout 20 squeue -h -u "$mp_me" -n ${quote(jobName(id))} -o %T 2>&1); then
  echo silent
  printf '%s\\n' "$mp_out" | head -n 3
  exit 0
fi
mp_active=$(printf '%s\\n' "$mp_out" | grep -c '[A-Z]')
mp_exit=
for mp_f in exit.[0-9] exit.[0-9][0-9] exit.[0-9][0-9][0-9]; do [ -d "$mp_f" ] && mp_exit=$mp_f; done
# a job that is gone without an exit was cancelled before it began, or killed
[ "$mp_active" = 0 ] && [ -z "$mp_exit" ] && mv ${files.pending} exit.143 2>/dev/null
echo "active $mp_active $(grep -c . ${files.telemetry}/hosts 2>/dev/null || echo 0) \${mp_exit:-none}"
cat ${files.ranks}/ended.* 2>/dev/null
exit 0
`;
    const { stdout } = await this.shell.run(script, { timeoutMs: 60_000 });
    return parseStop(stdout.toString());
  }
}

interface StopStep {
  silent: string | null;
  /** jobs that are not over */
  active: number;
  terminated: number;
  killed: number;
  left: number;
  /** the run has named its exit and every node has told that nothing is left there */
  ended: boolean;
}

function parseStop(text: string): StopStep {
  const none = { active: 1, terminated: 0, killed: 0, left: 0, ended: false };
  const [first = '', ...rest] = text.trim().split('\n');
  const found = /^active (\d{1,6}) (\d{1,6})\s*\d* (none|exit\.\d{1,3})$/.exec(first);
  if (found === null) return { ...none, silent: text.replace(/^silent\n/, '').trim() || 'squeue' };
  const nodes = rest.map((row) => /^(\d{1,9}) (\d{1,9}) (\d{1,9})$/.exec(row.trim())).filter((row) => row !== null);
  const sum = (i: number): number => nodes.reduce((total, row) => total + Number(row[i]), 0);
  const hosts = Number(found[2]);
  const left = sum(3);
  const ended = found[3] !== 'none' && hosts > 0 && nodes.length >= hosts && left === 0;
  return { silent: null, active: Number(found[1]), terminated: sum(1), killed: sum(2), left, ended };
}

/** Changes into the directory of a run. */
function inside(id: string): string {
  return `cd -- "$mp_root"/runs/${quote(id)} || { echo NODIR; exit 0; }`;
}

/** A reason that says something. */
function waits(reason: string): string | null {
  return /^(|None|\(null\)|Cleaning)$/.test(reason) ? null : reason;
}

function textOf(answer: ReadAnswer): string {
  return answer === null || answer === 'unchanged'
    ? ''
    : Buffer.from((answer satisfies Piece).bytes)
        .toString('latin1')
        .trim();
}

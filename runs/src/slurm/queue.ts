/** What Slurm says of jobs: `squeue` for all of a user in one call, `sacct` for those it has forgotten. Works without accounting. */
import { LinkError } from '../link';
import { quote } from '../quote';
import { type Shell, type ShellOptions } from '../transport';
import { jobName } from './request';

export interface JobWord {
  jobId: string;
  /** Slurm's word for the state, e.g. PENDING, "CANCELLED by 1001" */
  word: string;
  /** why it waits or ended, as Slurm says it */
  reason: string;
  /** seconds since it ended by the login node's clock; null while it has not */
  endedAgo: number | null;
  /** when this was said, milliseconds by our clock */
  seenAt: number;
}

/** `unreachable`: Slurm gave no answer, nothing is known; `unknown`: it answered and knows no such job. */
export type JobLook = JobWord | 'unknown' | 'unreachable';

/** A job to look for. */
export interface JobAsk {
  id: string;
  /** seconds since 1970 */
  submittedAt: number;
}

/** Words after which nothing more comes from a job. */
const final = /^(COMPLETED|FAILED|BOOT_FAIL|DEADLINE|CANCELLED|TIMEOUT|OUT_OF_MEMORY|PREEMPTED|NODE_FAIL|REVOKED)\b/;

export function isFinal(word: string): boolean {
  return final.test(word);
}

const queueScript = (patience: number): string => `
echo "now $(date +%s) $(date +%z)"
if mp_out=$(timeout ${patience} squeue -h -t all -u "$(id -un)" -o '%i|%T|%e|%r|%j' 2>&1); then
  echo answer
  printf '%s\\n' "$mp_out" | grep '|mindport-'
else
  echo silent
  printf '%s\\n' "$mp_out" | head -n 3
fi
exit 0
`;

function accountingScript(asks: readonly JobAsk[], patience: number): string {
  const since = Math.floor(Math.min(...asks.map((ask) => ask.submittedAt))) - 3600;
  const names = asks.map((ask) => jobName(ask.id)).join(',');
  return `
mp_since=$(date -d "@${since}" +%Y-%m-%dT%H:%M:%S 2>/dev/null) || mp_since=now-30days
echo "now $(date +%s) $(date +%z)"
echo answer
timeout ${patience} sacct -n -P -X -S "$mp_since" --name=${quote(names)} -o JobID,State,End,Reason,JobName 2>/dev/null | grep '|mindport-'
exit 0
`;
}

const line = /^(\d+)(?:[_+][^|]*)?\|([A-Z_]+(?: by \d+)?)[^|]*\|([^|]*)\|([^|]*)\|mindport-([0-9A-HJKMNP-TV-Z]{26})$/;

/** Reads lines "id|state|end|reason|name". Of two jobs with one name the one that is not over counts, else the later. */
export function parseJobs(text: string, clock: Clock): Map<string, JobWord> {
  const jobs = new Map<string, JobWord>();
  for (const each of text.split('\n')) {
    const found = line.exec(each.trim());
    if (found === null) continue;
    const [, jobId, word, end, reason, id] = found as unknown as [string, string, string, string, string, string];
    const known = jobs.get(id);
    if (known !== undefined && !isFinal(known.word) && isFinal(word)) continue;
    jobs.set(id, { jobId, word, reason: reason.slice(0, 200), endedAgo: isFinal(word) ? ago(end, clock) : null, seenAt: Date.now() });
  }
  return jobs;
}

/** Slurm tells times of the login node's zone. */
function ago(end: string, { now, zone }: Clock): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(end)) return null;
  const at = Date.parse(`${end}${zone}`) / 1000;
  return Number.isNaN(at) ? null : Math.max(0, now - at);
}

/** The login node's time in seconds since 1970 and its zone, as in "+08:00". */
export interface Clock {
  now: number;
  zone: string;
}

export interface QueuePace {
  /** shortest and longest time between two calls, milliseconds */
  shortest: number;
  longest: number;
  /** seconds Slurm's commands get for an answer; by themselves they give up after about 18 */
  patience: number;
}

/** The jobs of one user on one cluster, asked for by one call however many runs are looked at and however many look. */
export class SlurmQueue {
  private jobs = new Map<string, JobWord>();
  private ended = new Map<string, JobWord>();
  private reachable = false;
  private problem = '';
  private askedAt = -Infinity;
  private wait: number;
  private asking: Promise<void> | null = null;
  private text = '';

  constructor(
    private readonly shell: Shell,
    private readonly pace: QueuePace = { shortest: 5000, longest: 60_000, patience: 20 },
  ) {
    this.wait = pace.shortest;
  }

  /** What Slurm complained of when it gave no answer. */
  get complaint(): string {
    return this.problem;
  }

  /** The next look asks anew: something was submitted or cancelled. */
  stir(): void {
    this.askedAt = -Infinity;
    this.wait = this.pace.shortest;
  }

  /** The words for `asks`, at most `pace` old. Throws `LinkError` when the login node is not reached. */
  async look(asks: readonly JobAsk[]): Promise<Map<string, JobLook>> {
    const wanted = asks.filter((ask) => !this.ended.has(ask.id));
    if (wanted.length > 0 && Date.now() - this.askedAt >= this.wait) {
      this.asking ??= this.ask(wanted).finally(() => (this.asking = null));
      await this.asking;
    }
    return new Map(asks.map(({ id }) => [id, this.ended.get(id) ?? this.jobs.get(id) ?? (this.reachable ? 'unknown' : 'unreachable')]));
  }

  private async ask(asks: readonly JobAsk[]): Promise<void> {
    const { stdout } = await this.shell.run(queueScript(this.pace.patience), this.limit());
    const { clock, answer, text } = head(stdout.toString());
    this.reachable = answer;
    this.problem = answer ? '' : text.trim().slice(0, 300);
    // a controller that is down knows the jobs again when it returns: what was known stays
    if (answer) this.jobs = parseJobs(text, clock);
    const missing = answer ? asks.filter((ask) => !this.jobs.has(ask.id)) : [];
    if (missing.length > 0) await this.account(missing);
    for (const [id, job] of this.jobs) if (isFinal(job.word)) this.ended.set(id, job);
    this.askedAt = Date.now();
    this.wait = text === this.text ? Math.min(this.pace.longest, this.wait * 1.5) : this.pace.shortest;
    this.text = text;
  }

  private limit(): ShellOptions {
    return { timeoutMs: (this.pace.patience + 20) * 1000 };
  }

  private async account(asks: readonly JobAsk[]): Promise<void> {
    try {
      const { stdout } = await this.shell.run(accountingScript(asks, this.pace.patience), this.limit());
      const { clock, text } = head(stdout.toString());
      for (const [id, job] of parseJobs(text, clock)) this.jobs.set(id, job);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
    }
  }
}

function head(text: string): { clock: Clock; answer: boolean; text: string } {
  const found = /^\s*now (\d+) ([+-]\d\d)(\d\d)\n(answer|silent)\n?([\s\S]*)$/.exec(text);
  if (found === null) return { clock: { now: 0, zone: 'Z' }, answer: false, text: text.slice(0, 300) };
  return { clock: { now: Number(found[1]), zone: `${found[2]}:${found[3]}` }, answer: found[4] === 'answer', text: found[5]! };
}

/**
 * The run engine, as the command line and the editor use it. It keeps nothing in memory between calls: every answer comes from the run
 * directory, so a new process finds every run, and any number may look at once.
 */
import { readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeDigest } from './code';
import { files, listRunIds, makeRunDirectory, newRunId, runDirectory, runRoot, takeStart } from './directory';
import { RunError, explainFileError } from './errors';
import { type RunEvent } from './events';
import { type LogText, RunFollower, collectEvents } from './follow';
import { type Language, render } from './messages';
import { type ConvergenceRule, convergenceRule } from './metrics/training';
import { preflight } from './preflight';
import { type Comparable, compare } from './results/compare';
import { type ComparisonDocument, type RunSummary } from './results/document';
import { epochRecords, summarise } from './results/summarise';
import { commandScript, jobScript } from './script';
import { type RunDraft, type RunSpec, makeSpec, parseSpec } from './spec';
import { type Decision, decide, isEnded, type LinkState, type RunState } from './state';
import { type Observation, type StopReport, type Transport } from './transport';
import { LocalTransport } from './transports/local';

export interface EngineOptions {
  /** folder that holds `runs/`; default the user's state folder */
  root?: string;
  /** folder of the Python package `mindport_run`, which travels with every run; null leaves it out */
  helper: string | null;
  transport?: Transport;
  language?: Language;
}

export interface RunStatus {
  id: string;
  spec: RunSpec;
  state: RunState;
  link: LinkState;
  explanation: string | null;
  startedAt: number | null;
  finishedAt: number | null;
  exitCode: number | null;
  /** the run failed and no space is left where it writes */
  diskFull: boolean;
}

export type RunUpdate =
  | { type: 'state'; status: RunStatus }
  | ({ type: 'log' } & LogText)
  /** `void` names sources whose earlier events no longer hold */
  | { type: 'events'; events: RunEvent[]; void: string[] };

export interface WatchOptions {
  signal?: AbortSignal;
  /** shortest and longest time between two looks, milliseconds */
  fastest?: number;
  slowest?: number;
}

export interface StartedRun {
  id: string;
  dir: string;
  /** false when the run had been started before */
  first: boolean;
}

export class RunEngine {
  readonly root: string;
  private readonly transport: Transport;
  private readonly language: Language;

  constructor(private readonly options: EngineOptions) {
    this.root = runRoot(options.root);
    this.transport = options.transport ?? new LocalTransport();
    this.language = options.language ?? 'en';
  }

  /** Makes the directory of a new run without starting it. `argv[0]` must be executable and `cwd` a folder. */
  async createRun(draft: RunDraft): Promise<RunSpec> {
    const code = draft.code === undefined ? await codeDigest(draft.cwd) : draft.code;
    const spec = makeSpec({ ...draft, code }, newRunId());
    await preflight(spec.argv, spec.cwd, spec.python, spec.env['PATH'] ?? process.env['PATH'] ?? '');
    await makeRunDirectory(this.root, spec.id, {
      [files.spec]: `${JSON.stringify(spec, null, 2)}\n`,
      [files.command]: commandScript(spec),
      [files.job]: jobScript(spec),
      ...(await this.helperFiles()),
    });
    return spec;
  }

  private async helperFiles(): Promise<Record<string, string>> {
    const { helper } = this.options;
    if (helper === null) return {};
    const contents: Record<string, string> = {};
    const names = await readdir(helper).catch(() => null);
    if (names === null) throw new RunError('error.no_helper', { path: helper });
    for (const name of names.filter((name) => name.endsWith('.py'))) {
      contents[`${files.library}/mindport_run/${name}`] = await readFile(join(helper, name), 'utf8');
    }
    return contents;
  }

  /** Starts a run; any number of calls, from any number of processes, start it once. */
  async start(id: string): Promise<StartedRun> {
    const dir = runDirectory(this.root, id);
    await this.spec(id);
    const answer = await this.transport.start(dir);
    if (answer.outcome === 'refused') {
      if (/No space left|quota/i.test(answer.reason)) throw new RunError('error.disk_full', { path: dir });
      throw new RunError('error.start_refused', { reason: answer.reason.slice(0, 400) });
    }
    return { id, dir, first: answer.outcome === 'started' };
  }

  async launch(draft: RunDraft): Promise<StartedRun> {
    const spec = await this.createRun(draft);
    return this.start(spec.id);
  }

  /** The spec of a run. Throws `error.unknown_run`, or `spec.*` when it was tampered with. */
  async spec(id: string): Promise<RunSpec> {
    const path = join(runDirectory(this.root, id), files.spec);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new RunError('error.unknown_run', { run: id });
      throw explainFileError(error, path);
    }
    const spec = parseSpec(text, path);
    if (spec.id !== id) throw new RunError('spec.changed', { path });
    return spec;
  }

  /** The run meant by an id, the beginning of one (at least four characters) or a name; of several with one name the newest. */
  async find(reference: string): Promise<string> {
    return (await this.findAll(reference)).at(-1)!;
  }

  /** All runs meant by an id, a beginning or a name or group, oldest first. */
  async findAll(reference: string): Promise<string[]> {
    const ids = await listRunIds(this.root);
    const upper = reference.toUpperCase();
    if (ids.includes(upper)) return [upper];
    const named: string[] = [];
    for (const id of ids) {
      const spec = await this.spec(id).catch(() => null);
      if (spec !== null && (spec.name === reference || spec.group === reference)) named.push(id);
    }
    if (named.length > 0) return named;
    const begun = /^[0-9A-Z]{4,25}$/.test(upper) ? ids.filter((id) => id.startsWith(upper)) : [];
    if (begun.length > 1) throw new RunError('error.ambiguous', { run: reference, count: String(begun.length) });
    if (begun.length === 0) throw new RunError('error.unknown_run', { run: reference.slice(0, 80) });
    return begun;
  }

  /** All runs with their states, newest first. A directory that cannot be read is told with the reason and does not hide the others. */
  async list(): Promise<{ runs: RunStatus[]; unreadable: { id: string; problem: string }[] }> {
    const runs: RunStatus[] = [];
    const unreadable: { id: string; problem: string }[] = [];
    for (const id of (await listRunIds(this.root)).reverse()) {
      try {
        runs.push(await this.status(id));
      } catch (error) {
        unreadable.push({ id, problem: error instanceof RunError ? error.text(this.language) : String(error) });
      }
    }
    return { runs, unreadable };
  }

  /** The state of a run now. Where one look cannot decide, a second follows shortly. */
  async status(id: string): Promise<RunStatus> {
    const spec = await this.spec(id);
    const looks = new Looks(this.transport, runDirectory(this.root, id), id);
    let look = await looks.next();
    if (looks.deadPolls > 0 && !isEnded(look.decision.state)) {
      await pause(50);
      look = await looks.next();
    }
    return this.statusOf(spec, look);
  }

  private statusOf(spec: RunSpec, { seen, decision }: Look): RunStatus {
    return {
      id: spec.id,
      spec,
      state: decision.state,
      link: 'connected',
      explanation: decision.explanation === null ? null : render(this.language, decision.explanation.key, decision.explanation.args),
      startedAt: seen.startedAt,
      finishedAt: seen.finishedAt,
      exitCode: seen.exit,
      diskFull: seen.diskFull,
    };
  }

  /**
   * Follows a run from its beginning: each change of state, the log as it grows, events as they come. Ends after the last of them once the run
   * has ended, or when `signal` aborts.
   */
  async *watch(id: string, options: WatchOptions = {}): AsyncGenerator<RunUpdate> {
    const { signal, fastest = 60, slowest = 1000 } = options;
    const spec = await this.spec(id);
    const dir = runDirectory(this.root, id);
    const follower = new RunFollower(this.transport, dir, spec);
    const looks = new Looks(this.transport, dir, id);
    let told: RunState | null = null;
    let wait = fastest;
    while (!signal?.aborted) {
      // the state first: what the run wrote before it ended is then surely read after it
      const look = await looks.next();
      const last = isEnded(look.decision.state);
      if (!last && look.decision.state !== told) {
        told = look.decision.state;
        yield { type: 'state', status: this.statusOf(spec, look) };
      }
      let active = false;
      for (let more = true; more && !signal?.aborted;) {
        const dropped: string[] = [];
        const poll = await follower.poll((src) => dropped.push(src));
        more = poll.more;
        active ||= poll.logs.length > 0 || poll.events.length > 0;
        for (const log of poll.logs) yield { type: 'log', ...log };
        if (poll.events.length > 0 || dropped.length > 0) yield { type: 'events', events: poll.events, void: dropped };
      }
      if (last) {
        const rest = follower.end();
        for (const log of rest.logs) yield { type: 'log', ...log };
        if (rest.events.length > 0) yield { type: 'events', events: rest.events, void: [] };
        const status = this.statusOf(spec, look);
        yield { type: 'state', status: { ...status, explanation: this.fullExplanation(status, follower) } };
        return;
      }
      wait = active ? fastest : Math.min(slowest, wait * 1.3);
      await pause(wait, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }

  /** What is in the log of a run now, in pieces. */
  async *log(id: string): AsyncGenerator<LogText> {
    const spec = await this.spec(id);
    const follower = new RunFollower(this.transport, runDirectory(this.root, id), spec);
    for (let more = true; more;) {
      const poll = await follower.poll();
      more = poll.more;
      yield* poll.logs;
    }
    yield* follower.end().logs;
  }

  /** Why a run failed, with the line of its log that says most. */
  private fullExplanation(status: RunStatus, follower: RunFollower): string | null {
    if (status.state !== 'failed') return status.explanation;
    const parts = [status.explanation ?? ''];
    if (follower.diskFull || status.diskFull) parts.push(render(this.language, 'exit.disk_full'));
    if (follower.lastError !== null) parts.push(follower.lastError.slice(0, 300));
    return parts.filter(Boolean).join(' ');
  }

  /**
   * Ends a run and all its processes, and proves it: `remaining` is 0. A run that never started is marked so that nobody starts it. Throws
   * `error.already_finished` for an ended run.
   */
  async cancel(id: string, graceMs = 10_000): Promise<StopReport> {
    const dir = runDirectory(this.root, id);
    const before = await this.status(id);
    if (isEnded(before.state)) {
      const state = render(this.language, `state.${before.state}`);
      throw new RunError('error.already_finished', { run: before.spec.name, state });
    }
    await this.transport.write(join(dir, files.cancel), `${new Date().toISOString()}\n`);
    if (before.state === 'draft' && (await takeStart(dir))) {
      await rename(join(dir, files.pending), join(dir, 'exit.143')).catch(() => undefined);
      return { terminated: 0, killed: 0, remaining: 0 };
    }
    if (before.state === 'draft' || before.state === 'submitting') await this.started(id);
    const report = await this.transport.stop(dir, id, graceMs);
    if (report.remaining > 0) throw new RunError('error.still_alive', { count: String(report.remaining) });
    return report;
  }

  /** Waits, at most two seconds, until a run that is being started has processes. */
  private async started(id: string): Promise<void> {
    for (let i = 0; i < 100; i += 1) {
      const seen = await this.transport.alive(runDirectory(this.root, id), id);
      if (seen.exit !== null || seen.process === 'alive') return;
      await pause(20);
    }
  }

  /** The row of one run, and what comparing needs to know of it. */
  async comparable(id: string, rule: ConvergenceRule = convergenceRule): Promise<Comparable> {
    const spec = await this.spec(id);
    const dir = runDirectory(this.root, id);
    const status = await this.status(id);
    await this.launcherReported(id, spec);
    const follower = new RunFollower(this.transport, dir, spec);
    const events = await collectEvents(follower);
    const explanation = this.fullExplanation(status, follower);
    const epochs = epochRecords(events);
    return {
      summary: summarise({ spec, state: status.state, explanation, startedAt: status.startedAt, events }, rule),
      group: spec.group ?? spec.name,
      epochs: epochs.length,
      diverged: epochs.some((epoch) => [epoch.train, epoch.validation].some((loss) => loss !== null && !Number.isFinite(loss))),
    };
  }

  /** A run shorter than the look at its environment: the supervisor still waits for it. */
  private async launcherReported(id: string, spec: RunSpec): Promise<void> {
    if (spec.python === null) return;
    const dir = runDirectory(this.root, id);
    for (let i = 0; i < 100; i += 1) {
      const piece = await this.transport.read(join(dir, files.launcher), 0, 1);
      if ((piece?.size ?? 0) > 0) return;
      const seen = await this.transport.alive(dir, id);
      if (seen.exit === null || seen.process !== 'alive') return;
      await pause(30);
    }
  }

  async summary(id: string): Promise<RunSummary> {
    return (await this.comparable(id)).summary;
  }

  /** Several runs as one document; a training run and its inference run become one row. */
  async compare(
    ids: readonly string[],
    options: { title?: string; baseline?: string | null; rule?: ConvergenceRule } = {},
  ): Promise<ComparisonDocument> {
    const runs: Comparable[] = [];
    for (const id of new Set(ids)) runs.push(await this.comparable(id, options.rule));
    const title = options.title ?? render(this.language, 'export.title');
    return compare(runs, { title, createdAt: new Date(), baseline: options.baseline ?? runs[0]?.summary.id ?? null, rule: options.rule });
  }
}

interface Look {
  seen: Observation;
  decision: Decision;
}

/** Looks at one run, counting those in a row that found neither process nor exit. */
class Looks {
  deadPolls = 0;

  constructor(
    private readonly transport: Transport,
    private readonly dir: string,
    private readonly id: string,
  ) {}

  async next(): Promise<Look> {
    const seen = await this.transport.alive(this.dir, this.id);
    this.deadPolls = seen.exit === null && seen.process === 'dead' ? this.deadPolls + 1 : 0;
    return { seen, decision: decide(seen, this.deadPolls) };
  }
}

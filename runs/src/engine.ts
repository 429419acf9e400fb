/**
 * The run engine, as the command line and the editor use it; one engine for each machine. It keeps nothing in memory that matters: every answer
 * comes from the run directory, so a new process finds every run, and any number may look at once.
 */
import { readFile, readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findTracked, trackedEvents } from './adapters/tracked';
import { fetchTracked } from './adapters/tracked-far';
import { codeDigest } from './code';
import { files, isRunId, newRunId, runRoot } from './directory';
import { RunError } from './errors';
import { type RunEvent } from './events';
import { type LogText, RunFollower, collectEvents, readThrough } from './follow';
import { launchTexts } from './launch/texts';
import { LinkError, backoff, backoffMs } from './link';
import { type Look, Looks, type RunStatus, statusOf } from './look';
import { type Language, render } from './messages';
import { type ConvergenceRule, convergenceRule } from './metrics/training';
import { programOrigin } from './origin';
import { type LinkStatus, PollLoop } from './polling';
import { preflight } from './preflight';
import { type Comparable, compare } from './results/compare';
import { type ComparisonDocument, type RunSummary } from './results/document';
import { readSaved } from './results/saved';
import { epochRecords, summarise } from './results/summarise';
import { commandScript, jobScript } from './script';
import { type RunDraft, type RunSpec, makeSpec, parseSpec } from './spec';
import { isEnded } from './state';
import { type Bundle, type PollAnswer, type PollAsk, type RunContents, type StopReport, type Transport } from './transport';
import { readTelemetry } from './telemetry/read';
import { LocalTransport } from './transports/local';
import { UnavailableTransport, canRunHere } from './transports/unavailable';
import { type RunUpdate, type WatchOptions, watchRun } from './watching';

export { type RunStatus } from './look';
export { type RunUpdate, type WatchOptions } from './watching';

/** How long the last word of a supervisor is waited for, milliseconds. */
const longestLastWordMs = 10_000;
/** A supervisor that has said nothing for this long after the exit was ended, milliseconds. */
const longestGatheringMs = 60_000;

export interface EngineOptions {
  /** folder that holds `runs/` on this machine; default the user's state folder */
  root?: string;
  /** folder of the Python package `mindport_run`, which travels with every run; null leaves it out */
  helper: string | null;
  /** the way to another machine; default this machine */
  transport?: Transport;
  /** Python packages that travel to another machine in place of `helper`, packed; see `sync/bundle.ts` */
  library?: () => Promise<Bundle>;
  language?: Language;
  /** waiting times after failures of the link, milliseconds */
  backoff?: readonly number[];
  /** system of this machine; default what it is */
  platform?: string;
}

export interface StartedRun {
  id: string;
  /** where its directory is, for people */
  dir: string;
  /** false when the run had been started before */
  first: boolean;
}

export class RunEngine {
  /** folder of this machine that holds `runs/` */
  readonly root: string;
  readonly transport: Transport;
  private readonly language: Language;
  private readonly loop: PollLoop;
  private readonly steps: readonly number[];
  /** descriptions that were read and checked; they never change */
  private readonly specs = new Map<string, RunSpec>();

  constructor(private readonly options: EngineOptions) {
    this.root = runRoot(options.root);
    this.transport = options.transport ?? here(this.root, options.platform ?? process.platform);
    this.language = options.language ?? 'en';
    this.steps = options.backoff ?? backoffMs;
    this.loop = new PollLoop(this.transport, this.steps);
  }

  /** Name of the machine this engine talks to; null for this one. */
  get machine(): string | null {
    return this.transport.machine;
  }

  /** How the connection was when it was used last. */
  get link(): LinkStatus {
    return this.loop.status;
  }

  /** Tries the connection again at once, for those who wait for it. */
  retry(): void {
    this.loop.retry();
  }

  async close(): Promise<void> {
    await this.transport.close();
  }

  /**
   * Makes the directory of a new run without starting it. On this machine `argv[0]` must be executable and `cwd` a folder; on another one that
   * is seen there.
   */
  async createRun(draft: RunDraft, delivery: Delivery = nothingSent, id = newRunId()): Promise<RunSpec> {
    const { spec, contents } = await this.plan(draft, delivery, id);
    if (this.machine === null && this.transport instanceof LocalTransport)
      await preflight(spec.argv, spec.cwd, spec.python, spec.env['PATH'] ?? process.env['PATH'] ?? '');
    await this.insist(() => this.transport.create(spec.id, contents));
    this.specs.set(spec.id, spec);
    return spec;
  }

  /** The description of a new run and all that would be put into its directory; nothing is made. */
  async plan(draft: RunDraft, delivery: Delivery = nothingSent, id = newRunId()): Promise<{ spec: RunSpec; contents: RunContents }> {
    const folder = delivery.folder ?? draft.cwd;
    const code = draft.code === undefined ? await codeDigest(folder) : draft.code;
    const origin = draft.origin === undefined && draft.code !== null ? await programOrigin(folder) : draft.origin;
    const spec = makeSpec({ ...draft, code, origin, machine: this.machine }, id);
    const texts = runTexts(spec);
    const library = (await this.options.library?.()) ?? null;
    if (library === null) Object.assign(texts, await this.helperFiles());
    return { spec, contents: { texts, code: delivery.code, library, links: delivery.links } };
  }

  /** Does what may be repeated until the answer is known; gives up after the failures that pass quickly. */
  private async insist<T>(work: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LinkError) || !error.transient || failures > insistence || this.machine === null) throw error;
        await pause(backoff(failures, this.steps));
      }
    }
  }

  private async helperFiles(): Promise<Record<string, string>> {
    const { helper } = this.options;
    if (helper === null) return {};
    const contents: Record<string, string> = {};
    for (const [name, folder] of Object.entries({ mindport_run: helper, mindport_metrics: join(dirname(helper), 'mindport_metrics') })) {
      const found = await readdir(folder).catch(() => null);
      // an installation without the tool for scores, as in a browser's extension, starts runs all the same
      if (found === null && folder === helper) throw new RunError('error.no_helper', { path: helper });
      for (const file of (found ?? []).filter((file) => file.endsWith('.py'))) {
        contents[`${files.library}/${name}/${file}`] = await readFile(join(folder, file), 'utf8');
      }
    }
    return contents;
  }

  /** Starts a run; any number of calls, from any number of processes, start it once. */
  async start(id: string): Promise<StartedRun> {
    await this.spec(id);
    const answer = await this.insist(() => this.transport.start(id));
    const dir = this.transport.location(id);
    if (answer.outcome === 'refused') {
      if (/No space left|quota/i.test(answer.reason)) throw new RunError('error.disk_full', { path: dir });
      throw new RunError('error.start_refused', { reason: answer.reason.slice(0, 400) });
    }
    return { id, dir, first: answer.outcome === 'started' };
  }

  async launch(draft: RunDraft, delivery?: Delivery): Promise<StartedRun> {
    const spec = await this.createRun(draft, delivery);
    return this.start(spec.id);
  }

  /** The spec of a run. Throws `error.unknown_run`, or `spec.*` when it was tampered with. */
  async spec(id: string): Promise<RunSpec> {
    const known = this.specs.get(id);
    if (known !== undefined && this.transport.kind !== 'local') return known;
    return (await this.look([id]))[0]!.spec();
  }

  /** Looks at runs, with their descriptions where these are not known yet. */
  private async look(ids: readonly string[]): Promise<{ id: string; answer: PollAnswer; spec: () => RunSpec }[]> {
    for (const id of ids) if (!isRunId(id)) throw new RunError('error.bad_id', { id });
    const known = (id: string): RunSpec | undefined => (this.transport.kind === 'local' ? undefined : this.specs.get(id));
    const reads = (id: string): PollAsk['reads'] =>
      known(id) === undefined ? [{ file: files.spec, offset: 0, max: longestSpec, tag: null }] : [];
    const answers = await this.transport.poll(ids.map((id) => ({ id, reads: reads(id) })));
    return answers.map((answer) => {
      const { id } = answer;
      const spec = (): RunSpec => {
        const read = known(id) ?? checkedSpec(answer, this.transport.location(id));
        this.specs.set(id, read);
        return read;
      };
      return { id, answer, spec };
    });
  }

  /** The run meant by an id, the beginning of one (at least four characters) or a name; of several with one name the newest. */
  async find(reference: string): Promise<string> {
    return (await this.findAll(reference)).at(-1)!;
  }

  /** All runs meant by an id, a beginning or a name or group, oldest first. */
  async findAll(reference: string): Promise<string[]> {
    const ids = await this.transport.list();
    const upper = reference.toUpperCase();
    if (ids.includes(upper)) return [upper];
    const named: string[] = [];
    for (const { id, spec } of await this.look(ids)) {
      const found = attempt(spec);
      if (found !== null && (found.name === reference || found.group === reference)) named.push(id);
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
    const undecided: string[] = [];
    const looks = new Map<string, Looks>();
    for (const { id, answer, spec } of await this.look((await this.transport.list()).reverse())) {
      try {
        const known = spec();
        const series = new Looks();
        looks.set(id, series);
        const look = series.take(answer.seen!);
        if (series.deadPolls > 0 && !isEnded(look.decision.state)) undecided.push(id);
        runs.push(this.told(known, look));
      } catch (error) {
        unreadable.push({ id, problem: error instanceof RunError ? error.text(this.language) : String(error) });
      }
    }
    if (undecided.length > 0) {
      await pause(50);
      for (const { id, answer, spec } of await this.look(undecided)) {
        const at = runs.findIndex((run) => run.id === id);
        if (answer.seen !== null) runs[at] = this.told(spec(), looks.get(id)!.take(answer.seen));
      }
    }
    return { runs, unreadable };
  }

  /** The state of a run now. Where one look cannot decide, a second follows shortly. */
  async status(id: string): Promise<RunStatus> {
    const looks = new Looks();
    const [{ answer, spec }] = (await this.look([id])) as [Awaited<ReturnType<RunEngine['look']>>[number]];
    const known = spec();
    let look = looks.take(answer.seen!);
    if (looks.deadPolls > 0 && !isEnded(look.decision.state)) {
      await pause(50);
      const [again] = await this.transport.poll([{ id, reads: [] }]);
      if (again?.seen) look = looks.take(again.seen);
    }
    return this.told(known, look);
  }

  private told(spec: RunSpec, look: Look): RunStatus {
    return statusOf(spec, look, this.transport.machine, this.language);
  }

  /** The spec of a run, however long the link takes; null when the signal aborts. Trouble that waits for a person is thrown. */
  private async described(id: string, signal?: AbortSignal): Promise<RunSpec | null> {
    for (let failures = 1; !signal?.aborted; failures += 1) {
      try {
        return await this.spec(id);
      } catch (error) {
        if (!(error instanceof LinkError) || !error.transient) throw error;
        await pause(backoff(failures, this.steps), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      }
    }
    return null;
  }

  /**
   * Follows a run from its beginning: each change of state, the log as it grows, events as they come, failures of the link. Ends after the last
   * of them once the run has ended, or when `signal` aborts.
   */
  async *watch(id: string, options: WatchOptions = {}): AsyncGenerator<RunUpdate> {
    const spec = await this.described(id, options.signal);
    if (spec === null) return;
    const told = (look: Look): RunStatus => this.told(spec, look);
    const explained = (status: RunStatus, follower: RunFollower): string | null => this.fullExplanation(status, follower);
    yield* watchRun({ spec, loop: this.loop, remote: this.machine !== null, told, explained }, options);
  }

  /** What is in the log of a run now, in pieces. */
  async *log(id: string): AsyncGenerator<LogText> {
    const spec = await this.spec(id);
    for await (const poll of readThrough(this.transport, id, new RunFollower(spec))) yield* poll.logs;
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
    const before = await this.insist(() => this.status(id));
    if (isEnded(before.state)) {
      const state = render(this.language, `state.${before.state}`);
      throw new RunError('error.already_finished', { run: before.spec.name, state });
    }
    await this.insist(() => this.transport.write(id, files.cancel, `${new Date().toISOString()}\n`));
    if (before.state === 'draft' && (await this.insist(() => this.transport.abandon(id))))
      return { terminated: 0, killed: 0, remaining: 0 };
    if (before.state === 'draft' || before.state === 'submitting') await this.started(id);
    const report = await this.insist(() => this.transport.stop(id, graceMs));
    if (report.remaining > 0) throw new RunError('error.still_alive', { count: String(report.remaining) });
    return report;
  }

  /** Waits, at most two seconds, until a run that is being started has processes. */
  private async started(id: string): Promise<void> {
    for (let i = 0; i < 100; i += 1) {
      const [answer] = await this.transport.poll([{ id, reads: [] }]);
      if (answer?.seen == null || answer.seen.exit !== null || answer.seen.process === 'alive') return;
      await pause(20);
    }
  }

  /** The row of one run, and what comparing needs to know of it. */
  async comparable(id: string, rule: ConvergenceRule = convergenceRule): Promise<Comparable> {
    const status = await this.status(id);
    const { spec } = status;
    await this.complete(id, spec);
    const follower = new RunFollower(spec);
    const events = await collectEvents(this.transport, id, follower);
    events.push(...(await this.trackedBeside(status)));
    const explanation = this.fullExplanation(status, follower);
    const epochs = epochRecords(events);
    const telemetry = spec.launch?.telemetry == null ? [] : await readTelemetry(this.transport, id);
    const saved = await readSaved(this.transport, id);
    return {
      summary: summarise({ spec, state: status.state, explanation, startedAt: status.startedAt, events, telemetry, saved }, rule),
      unread: saved.problems,
      group: spec.group ?? spec.name,
      epochs: epochs.length,
      diverged: epochs.some((epoch) => [epoch.train, epoch.validation].some((loss) => loss !== null && !Number.isFinite(loss))),
    };
  }

  /** What the program told TensorBoard or MLflow in the folder it ran in; on another machine once it has ended. */
  private async trackedBeside({ id, spec, startedAt, finishedAt }: RunStatus): Promise<RunEvent[]> {
    if (startedAt === null) return [];
    const folder = isAbsolute(spec.cwd) ? spec.cwd : join(this.transport.location(id), spec.cwd);
    const found =
      this.machine === null
        ? await findTracked(folder, startedAt, finishedAt)
        : finishedAt === null
          ? []
          : await fetchTracked(this.transport, id, startedAt, finishedAt);
    return found.flatMap((tracked) => trackedEvents(tracked, ''));
  }

  /**
   * The exit of a run is named before its supervisor has told what the environment is, and gathered what the program left for other tools: that is waited for, but
   * not for long. Of processes on the nodes of a cluster the login node knows nothing, so there its last word alone counts, while it can still come.
   */
  private async complete(id: string, spec: RunSpec): Promise<void> {
    const until = Date.now() + longestLastWordMs;
    while (Date.now() < until) {
      const [answer] = await this.transport.poll([{ id, reads: [{ file: files.complete, offset: 0, max: 1, tag: null }] }]);
      const seen = answer?.seen ?? null;
      if (answer?.pieces[0] != null || seen === null || seen.exit === null) return;
      const awaited =
        spec.launch?.slurm == null
          ? seen.process === 'alive'
          : !seen.cancelled && seen.finishedAt !== null && seen.now - seen.finishedAt < longestGatheringMs;
      if (!awaited) return;
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

/** Runs of this machine. */
function here(root: string, platform: string): Transport {
  return canRunHere(platform) ? new LocalTransport(root) : new UnavailableTransport(null, platform);
}

/** What is sent along with a new run. */
export interface Delivery {
  /** folder of this machine the code came from, whose digest is noted; null: `cwd` */
  folder: string | null;
  code: Bundle | null;
  /** name inside the program's folder → absolute path on the machine */
  links: Record<string, string>;
}

const nothingSent: Delivery = { folder: null, code: null, links: {} };

/** Failures in a row of the link after which a command tells them; with the usual waiting times about half a minute. */
const insistence = 4;

/** A spec longer than this is none of ours. */
const longestSpec = 4_194_304;

/** The files of a run directory that are made from its description. */
function runTexts(spec: RunSpec): Record<string, string> {
  return {
    [files.spec]: `${JSON.stringify(spec, null, 2)}\n`,
    [files.command]: commandScript(spec),
    [files.job]: jobScript(spec),
    ...(spec.setup === '' ? {} : { [files.setup]: spec.setup }),
    ...launchTexts(spec),
  };
}

function checkedSpec({ id, seen, pieces }: PollAnswer, path: string): RunSpec {
  const piece = pieces[0] ?? null;
  if (seen === null || piece === null || piece === 'unchanged') throw new RunError('error.unknown_run', { run: id });
  const spec = parseSpec(Buffer.from(piece.bytes).toString(), `${path}/${files.spec}`);
  if (spec.id !== id) throw new RunError('spec.changed', { path });
  return spec;
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

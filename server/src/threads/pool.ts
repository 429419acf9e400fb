/**
 * Several threads that analyse programs together. Every component of files goes to one of them, after those it imports from; what others need to
 * know of it travels as summaries. A thread that dies takes one file with it: a new one goes on with the rest.
 */
import { Worker, type ResourceLimits } from 'node:worker_threads';
import { ImportGraph } from '../core/project/import-graph';
import { ModuleIndex } from '../core/project/module-index';
import { Schedule, type Unit } from '../core/project/schedule';
import { replaced, SecondLook } from '../core/project/second-look';
import {
  edgesOf,
  type ComponentOutcome,
  type ComponentStore,
  type FileSpec,
  type Outcome,
  type ProgramSpec,
  type Scanned,
} from '../core/project/work';
import type { Abandoned, Reply, Request, Summary } from './messages';

export interface PoolOptions {
  /** the bundle the threads run */
  script: string;
  threads: number;
  /** what the threads make their work from */
  setup: unknown;
  resourceLimits?: ResourceLimits;
}

/** Files whose imports are read at a time, and text that is analysed at a time: enough that messages cost nothing, little enough that all have work. */
const FILES_A_SCAN = 24;
const CHARACTERS_A_BATCH = 30_000;
/** Components that are analysed again at a time. */
const AGAIN_A_BATCH = 2;
/** Batches a thread has before it, so that it need not wait for the next. */
const BATCHES_AHEAD = 2;

/** One thread and what it has before it. */
class Lane<R> {
  readonly worker: Worker;
  readonly current = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
  /** what it was given and has not answered, oldest first */
  private readonly batches: Unit[][] = [];
  readonly held = new Set<number>();
  ready = false;
  /** ids of scans under way */
  readonly scans = new Set<number>();

  constructor(
    { script, setup, resourceLimits }: PoolOptions,
    heard: (lane: Lane<R>, reply: Reply<R>) => void,
    died: (lane: Lane<R>, why: string) => void,
  ) {
    this.worker = new Worker(script, { workerData: { setup, current: this.current }, resourceLimits });
    let why = '';
    this.worker.on('message', (reply: Reply<R>) => heard(this, reply));
    this.worker.on('error', (error: Error) => (why = error.stack ?? error.message));
    this.worker.on('exit', (code) => died(this, why || `exit code ${code}`));
  }

  send(request: Request): void {
    this.worker.postMessage(request);
  }

  get ahead(): number {
    return this.batches.length;
  }

  get units(): Unit[] {
    return this.batches.flat();
  }

  give(units: Unit[], request: Request): void {
    this.batches.push(units);
    this.send(request);
  }

  /** The oldest batch is done. */
  finished(): Unit[] {
    return this.batches.shift()!;
  }
}

export class AnalysisPool<R> {
  private lanes: Lane<R>[] = [];
  private readonly outcomes: Outcome<R>[] = [];
  private wake: () => void = () => undefined;
  private error: Error | null = null;
  private closing = false;

  // ---- the run
  private programs: readonly ProgramSpec[] = [];
  private store: ComponentStore<R> | null = null;
  private request: Request | null = null;
  private schedule: Schedule | null = null;
  private readonly scans: { files: readonly FileSpec[]; into: Scanned[]; at: number }[] = [];
  private readonly waitingScans: number[] = [];
  private scansLeft = 0;
  private readonly summaries: Map<number, Summary>[] = [];
  private readonly graphs: ImportGraph[] = [];
  private readonly later: SecondLook<R>[] = [];
  /** units to be analysed again, once everything was analysed once; null before */
  private again: Unit[] | null = null;
  /** by number of the unit: its reports without what others pass */
  private readonly waiting = new Map<number, [file: number, report: R][]>();
  private readonly abandoned: Abandoned[] = [];

  /** Starts the threads; they get ready while the caller goes on. */
  constructor(private readonly options: PoolOptions) {
    for (let i = 0; i < options.threads; i++) this.lanes.push(this.start());
  }

  /**
   * Analyses programs; outcomes come as they are done, in any order. Once in the life of a pool; leaving the loop stops the threads.
   * @param scan reads a file's imports here, while the threads get ready
   * @param store what is known already
   */
  async *run(
    programs: readonly ProgramSpec[],
    scan: (file: FileSpec) => Scanned,
    store: ComponentStore<R> | null = null,
  ): AsyncGenerator<Outcome<R>> {
    try {
      this.programs = programs;
      this.store = store;
      const scanned = store?.scanned ?? (await this.scanAll(scan));
      if (this.closing) return;
      this.plan(scanned);
      for (;;) {
        if (this.error) throw this.error;
        const outcomes = this.outcomes.splice(0);
        yield* outcomes;
        if (this.outcomes.length > 0) continue;
        if (this.closing || (this.again !== null && this.waiting.size === 0)) return;
        await this.change();
      }
    } finally {
      await this.close();
    }
  }

  /** Stops the threads at once; a run under way ends. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await Promise.all(this.lanes.map(({ worker }) => worker.terminate()));
  }

  /** Resolves when a thread has said something. */
  private change(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  private start(): Lane<R> {
    return new Lane<R>(
      this.options,
      (lane, reply) => {
        try {
          this.hear(lane, reply);
        } catch (error) {
          this.error = error as Error;
        }
        this.wake();
      },
      (lane, why) => {
        if (!this.closing) this.bury(lane, why);
        this.wake();
      },
    );
  }

  // ---- imports of all files
  private async scanAll(scan: (file: FileSpec) => Scanned): Promise<Scanned[][]> {
    const scanned = this.programs.map(({ files }) => new Array<Scanned>(files.length));
    for (const [program, { files }] of this.programs.entries())
      for (let at = 0; at < files.length; at += FILES_A_SCAN) {
        this.waitingScans.push(this.scans.length);
        this.scans.push({ files: files.slice(at, at + FILES_A_SCAN), into: scanned[program]!, at });
      }
    this.scansLeft = this.scans.length;
    for (const lane of this.lanes) this.giveScan(lane);
    while (this.scansLeft > 0 && !this.closing) {
      if (this.error) throw this.error;
      const mine = this.waitingScans.shift();
      if (mine === undefined) await this.change();
      else {
        this.scanned(mine, this.scans[mine]!.files.map(scan));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return scanned;
  }

  private giveScan(lane: Lane<R>): void {
    if (!lane.ready || lane.scans.size > 0) return;
    const id = this.waitingScans.shift();
    if (id === undefined) return;
    lane.scans.add(id);
    lane.send({ kind: 'scan', id, files: this.scans[id]!.files });
  }

  private scanned(id: number, results: readonly Scanned[]): void {
    const { into, at } = this.scans[id]!;
    results.forEach((result, i) => (into[at + i] = result));
    this.scansLeft--;
  }

  // ---- the analysis
  private plan(scanned: readonly (readonly Scanned[])[]): void {
    const edges = this.programs.map((spec, program) => edgesOf(spec, scanned[program]!));
    this.graphs.push(...edges.map((one) => new ImportGraph(one)));
    this.summaries.push(...edges.map(() => new Map<number, Summary>()));
    this.later.push(
      ...this.programs.map(({ files }, i) => new SecondLook<R>(new ModuleIndex(files.map(({ path }) => path)), this.graphs[i]!)),
    );
    this.schedule = new Schedule(
      this.programs.map(({ wanted }, program) => ({
        graph: this.graphs[program]!,
        sizes: scanned[program]!.map(({ size }) => size),
        wanted,
      })),
    );
    const specs = this.programs.map((spec, program) => ({ ...spec, edges: edges[program]! }));
    this.request = { kind: 'programs', programs: specs, reads: this.store !== null };
    for (const lane of this.lanes) if (lane.ready) lane.send(this.request);
    this.feedAll();
  }

  private feedAll(): void {
    // one batch each, then the second: with little work everybody gets some
    if (this.schedule?.finished && !this.again) this.lookAgain();
    for (let ahead = 1; ahead <= BATCHES_AHEAD; ahead++) for (const lane of this.lanes) if (lane.ahead < ahead) this.feed(lane);
  }

  private feed(lane: Lane<R>): void {
    const { schedule } = this;
    if (!lane.ready || !schedule) return;
    const units = this.again ? this.again.splice(0, AGAIN_A_BATCH) : this.take(schedule);
    if (units.length === 0) {
      // the last that was left is known
      if (schedule.finished && !this.again) this.feedAll();
      return;
    }
    const summaries: Summary[] = [];
    for (const unit of units) {
      const lacking = schedule.lacking(unit, lane.held);
      const own = schedule.numberOf(unit);
      if (unit.callers && !lane.held.has(own)) lacking.push(unit.component);
      if (unit.callers) lane.held.add(own);
      for (const component of lacking)
        for (const file of this.graphs[unit.program]!.components[component]!) {
          const summary = this.summaries[unit.program]!.get(file);
          if (summary) summaries.push(summary);
        }
    }
    const abandoned = this.abandoned.filter(([program, file]) =>
      units.some((unit) => unit.program === program && unit.component === this.graphs[program]!.componentOf[file]),
    );
    lane.give(units, { kind: 'analyse', units, summaries, abandoned });
  }

  /** The next units that are not known already. */
  private take(schedule: Schedule): Unit[] {
    for (;;) {
      const taken = schedule.take(CHARACTERS_A_BATCH);
      const units = this.store ? taken.filter((unit) => !this.isKnown(unit)) : taken;
      if (units.length > 0 || taken.length === 0) return units;
    }
  }

  private isKnown(unit: Unit): boolean {
    const known = this.store!.recall(unit.program, unit.component);
    if (known) this.done(unit, known);
    return known !== null;
  }

  private done(unit: Unit, outcome: ComponentOutcome<R>): void {
    const { program } = unit;
    const { reports, summaries } = outcome;
    this.later[program]!.add(unit.component, outcome);
    if (!outcome.asks) this.report(program, reports);
    for (const [file, summary] of summaries) this.summaries[program]!.set(file, [program, file, summary]);
    this.schedule!.done(unit);
  }

  private report(program: number, reports: readonly [file: number, report: R][]): void {
    for (const [file, report] of reports) this.outcomes.push({ program, file, report });
  }

  /** Everything was analysed once: what of it is to be analysed again? */
  private lookAgain(): void {
    this.again = [];
    for (const [program, later] of this.later.entries())
      for (const { component, callers, reports } of later.rest()) {
        const known = callers && this.store?.recallAgain(program, component, callers);
        if (!callers || known) {
          this.report(program, replaced(reports, known ?? []));
          continue;
        }
        const unit: Unit = { program, component, callers };
        this.again.push(unit);
        this.waiting.set(this.schedule!.numberOf(unit), reports);
      }
  }

  private doneAgain(unit: Unit, reports: readonly [file: number, report: R][]): void {
    const number = this.schedule!.numberOf(unit);
    this.report(unit.program, replaced(this.waiting.get(number)!, reports));
    this.waiting.delete(number);
  }

  private hear(lane: Lane<R>, reply: Reply<R>): void {
    switch (reply.kind) {
      case 'ready':
        lane.ready = true;
        if (this.request) lane.send(this.request);
        else this.giveScan(lane);
        this.feedAll();
        break;
      case 'scanned':
        lane.scans.delete(reply.id);
        this.scanned(reply.id, reply.scanned);
        this.giveScan(lane);
        break;
      case 'analysed': {
        for (const [i, unit] of lane.finished().entries()) {
          const { reads, ...outcome } = reply.units[i]!;
          if (unit.callers) {
            this.store?.keepAgain(unit.program, unit.component, unit.callers, outcome.reports, reads);
            this.doneAgain(unit, outcome.reports);
            continue;
          }
          this.store?.keep(unit.program, unit.component, outcome, reads);
          lane.held.add(this.schedule!.numberOf(unit));
          this.done(unit, outcome);
        }
        this.feedAll();
      }
    }
  }

  /** Takes a dead thread out: the file it was at is given up, the rest goes to a new thread. */
  private bury(lane: Lane<R>, why: string): void {
    const [program, file] = lane.current as unknown as [number, number];
    if (file < 0 && lane.scans.size === 0) {
      this.error = new Error(why); // it never got to work: neither would another
      return;
    }
    if (file >= 0) {
      if (this.abandoned.some((known) => known[0] === program && known[1] === file)) {
        this.error = new Error(why);
        return;
      }
      this.abandoned.push([program, file, why]);
    }
    for (const id of lane.scans) this.waitingScans.push(id);
    for (const unit of lane.units)
      if (unit.callers) this.again!.push(unit);
      else this.schedule!.putBack(unit);
    this.lanes = this.lanes.map((other) => (other === lane ? this.start() : other));
    this.feedAll();
  }
}

/**
 * All machines of a person at once: an engine each, made when it is first asked for, the runs there, and the state of the link apart from theirs. What a machine
 * told last is kept on disk (`seen.ts`), so that its runs are shown before it has answered, and while it does not.
 */
import { join } from 'node:path';
import { RunEngine } from '../engine';
import { RunError } from '../errors';
import { LinkError, type LinkState, backoff, backoffMs } from '../link';
import { type RunStatus } from '../look';
import { type Language } from '../messages';
import { type LinkStatus } from '../polling';
import { isEnded } from '../state';
import { libraryBundle, travellingPackages } from '../sync/bundle';
import { type ShellTimings } from '../transports/remote/kept-shell';
import { type Connection, connect } from './connect';
import { lastSeen, noteRuns, tellsMore, watchNotes } from './seen';
import { type MachineSettings, type Settings, findMachine } from './settings';

export interface MachineState {
  /** null: this machine */
  name: string | null;
  /** null for this machine */
  settings: MachineSettings | null;
  /** null: it was not asked yet */
  link: LinkState | null;
  /** what went wrong last; null when it answered */
  problem: RunError | null;
  /** when it answered last, by this machine's clock; null: never */
  seenAt: number | null;
  /** newest first; as seen last where the link fails */
  runs: RunStatus[];
  unreadable: { id: string; problem: string }[];
}

export interface FleetOptions {
  /** folder that holds `runs/` of this machine; default the user's state folder */
  root?: string;
  /** folder of the Python packages that travel along */
  packages: string;
  language: Language;
  /** called whenever the fleet is loaded */
  settings: () => Promise<Settings>;
  /** called whenever something that is shown has changed */
  changed?: () => void;
  backoff?: readonly number[];
  timings?: ShellTimings;
  /** system of this machine; default what it is */
  platform?: string;
}

export interface FoundRun {
  engine: RunEngine;
  machine: string | null;
  status: RunStatus;
}

export class Fleet {
  private settings: Settings = { machines: [], ssh: {} };
  private readonly known = new Map<string | null, MachineState>();
  private readonly engines = new Map<string | null, { engine: RunEngine; of: string }>();
  private readonly asking = new Map<string | null, Promise<void>>();
  private readonly failures = new Map<string, { count: number; timer: NodeJS.Timeout | null }>();
  private closed = false;
  private deaf: (() => void) | null = null;
  /** when a machine was not reached; Infinity once it was tried because others had reached it */
  private readonly failedAt = new Map<string, number>();
  readonly root: string;

  constructor(private readonly options: FleetOptions) {
    const { root, packages, language, platform } = options;
    const here = new RunEngine({ root, helper: join(packages, 'mindport_run'), language, ...(platform === undefined ? {} : { platform }) });
    this.root = here.root;
    this.engines.set(null, { engine: here, of: '' });
    this.known.set(null, emptyState(null, null));
  }

  /** Reads the settings anew. Machines whose settings changed are connected anew; nothing is connected by this. Throws what the settings throw. */
  async load(): Promise<void> {
    this.settings = await this.options.settings();
    const names = new Set<string | null>([null, ...this.settings.machines.map(({ name }) => name)]);
    for (const name of this.known.keys()) if (!names.has(name)) this.known.delete(name);
    for (const machine of this.settings.machines) {
      const state = this.known.get(machine.name) ?? (await this.remember(machine));
      state.settings = machine;
      // in the order of the settings
      this.known.delete(machine.name);
      this.known.set(machine.name, state);
    }
    for (const [name, { engine, of }] of this.engines) {
      if (name === null || (names.has(name) && of === this.meaning(findMachine(this.settings, name)))) continue;
      this.engines.delete(name);
      await engine.close();
    }
    this.tell();
  }

  /** What was noted of a machine, before it is asked. */
  private async remember(machine: MachineSettings): Promise<MachineState> {
    const seen = await lastSeen(this.root, machine.name);
    const state = emptyState(machine.name, machine);
    state.seenAt = seen?.at ?? null;
    state.runs = seen?.runs ?? [];
    this.known.set(machine.name, state);
    return state;
  }

  private meaning(machine: MachineSettings): string {
    return JSON.stringify([machine, this.settings.ssh]);
  }

  private tell(): void {
    if (!this.closed) this.options.changed?.();
  }

  /** This machine first, then those of the settings. */
  states(): MachineState[] {
    return [...this.known.values()];
  }

  state(name: string | null): MachineState | undefined {
    return this.known.get(name);
  }

  get ssh(): Settings['ssh'] {
    return this.settings.ssh;
  }

  /** The settings of a machine; a name that is not in them is a host. */
  machine(name: string): MachineSettings {
    return findMachine(this.settings, name);
  }

  /** A way to a machine of its own, for looking at it; the caller closes its shell. */
  connection(name: string): Connection {
    return connect(this.machine(name), this.settings, this.options.timings);
  }

  engine(name: string | null): RunEngine {
    const made = this.engines.get(name);
    if (made !== undefined) return made.engine;
    const { packages, language, root, backoff: steps } = this.options;
    const machine = this.machine(name!);
    const engine = new RunEngine({
      root,
      helper: null,
      language,
      transport: this.connection(name!).transport,
      library: () => libraryBundle(packages, travellingPackages),
      ...(steps === undefined ? {} : { backoff: steps }),
    });
    this.engines.set(name, { engine, of: this.meaning(machine) });
    return engine;
  }

  /** Runs that go on as far as is known, on machines that were not asked yet, too. */
  active(): FoundRun[] {
    return this.states().flatMap(({ name, runs }) =>
      runs.filter(({ state }) => !isEnded(state)).map((status) => ({ engine: this.engine(name), machine: name, status })),
    );
  }

  /** A run by its id, among those that are known. */
  find(id: string): FoundRun | null {
    for (const { name, runs } of this.states()) {
      const status = runs.find((run) => run.id === id);
      if (status !== undefined) return { engine: this.engine(name), machine: name, status };
    }
    return null;
  }

  /** Asks a machine for its runs. Failures are told in its state, and passing ones tried again later; callers that come meanwhile share the answer. */
  async refresh(name: string | null): Promise<void> {
    const asked = this.asking.get(name);
    if (asked !== undefined) return asked;
    const work = this.ask(name).finally(() => this.asking.delete(name));
    this.asking.set(name, work);
    return work;
  }

  async refreshAll(): Promise<void> {
    await Promise.all([...this.known.keys()].map((name) => this.refresh(name)));
  }

  private async ask(name: string | null): Promise<void> {
    const state = this.known.get(name) ?? (await this.remember(this.machine(name!)));
    const before = shown(state);
    try {
      const { runs, unreadable } = await this.engine(name).list();
      Object.assign(state, { runs, unreadable, link: 'connected', problem: null, seenAt: Date.now() });
      if (name !== null) {
        this.forgive(name);
        this.failedAt.delete(name);
        await noteRuns(this.root, name, runs);
      }
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      state.problem = error;
      if (error instanceof LinkError && name !== null) this.failed(name, state, error);
    }
    if (shown(state) !== before) this.tell();
  }

  private failed(name: string, state: MachineState, error: LinkError): void {
    state.link = error.link;
    if (!this.failedAt.has(name)) this.failedAt.set(name, Date.now());
    state.runs = state.runs.map((run) => ({ ...run, link: error.link }));
    const count = (this.failures.get(name)?.count ?? 0) + 1;
    this.forgive(name);
    const wait = backoff(count, this.options.backoff ?? backoffMs);
    // what needs a person is not tried again: it could lock the account
    const timer = error.transient && !this.closed ? setTimeout(() => void this.refresh(name).catch(() => undefined), wait) : null;
    timer?.unref();
    this.failures.set(name, { count, timer });
  }

  private forgive(name: string): void {
    const failure = this.failures.get(name);
    if (failure?.timer) clearTimeout(failure.timer);
    this.failures.delete(name);
  }

  /** Tries a machine again at once, after a person did something about it. */
  async retry(name: string | null): Promise<void> {
    if (name !== null) this.forgive(name);
    this.engines.get(name)?.engine.retry();
    await this.refresh(name);
  }

  /** Tries again at once where that can help by itself, for somebody who looks at the window again. */
  async wake(): Promise<void> {
    const passing = this.states().filter(({ link }) => link === 'reconnecting' || link === 'offline');
    await Promise.all(passing.map(({ name }) => this.retry(name)));
  }

  /**
   * Looks again as soon as another window or command of this person has started something or reached a machine. Machines are connected by this, so it is
   * called in a trusted workspace only.
   */
  async heedOthers(): Promise<void> {
    if (this.deaf !== null || this.closed) return;
    this.deaf = () => undefined;
    const end = await watchNotes(this.root, (where) => void this.heed(where).catch(() => undefined));
    this.deaf = end;
    if (this.closed) end();
  }

  private async heed(where: 'runs' | 'seen'): Promise<void> {
    if (this.closed) return;
    if (where === 'runs') return this.refresh(null);
    for (const { name, runs, link, seenAt } of this.states()) {
      if (name === null) continue;
      const noted = await lastSeen(this.root, name);
      if (noted === null) continue;
      const failing = link !== null && link !== 'connected';
      if (!failing && tellsMore(noted.runs, runs)) await this.refresh(name);
      // they were let in: one try, for each try that fails may count against the account
      else if (failing && link !== 'hostkey_changed' && noted.at !== null && noted.at > (this.failedAt.get(name) ?? seenAt ?? 0)) {
        this.failedAt.set(name, Infinity);
        await this.retry(name);
      }
    }
  }

  /** What a watched run told of its link. */
  noteLink(name: string | null, { link, seenAt, error }: LinkStatus): void {
    const state = this.known.get(name);
    if (state === undefined || name === null) return;
    const changed = state.link !== link;
    state.link = link;
    state.seenAt = seenAt ?? state.seenAt;
    state.problem = error;
    if (!changed) return;
    state.runs = state.runs.map((run) => ({ ...run, link }));
    this.tell();
  }

  /** What a watched run told of itself. */
  noteRun(name: string | null, status: RunStatus): void {
    const state = this.known.get(name);
    if (state === undefined) return;
    state.seenAt = status.seenAt;
    if (name !== null && state.link !== 'connected') Object.assign(state, { link: 'connected', problem: null });
    const at = state.runs.findIndex(({ id }) => id === status.id);
    if (at < 0) state.runs = [status, ...state.runs];
    else state.runs = state.runs.with(at, status);
    if (name !== null) void noteRuns(this.root, name, state.runs);
    this.tell();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.deaf?.();
    for (const name of [...this.failures.keys()]) this.forgive(name);
    for (const { engine } of this.engines.values()) await engine.close();
  }
}

/** What people see of a machine, to notice a change. */
function shown({ link, problem, runs, unreadable }: MachineState): string {
  const each = runs.map(({ id, state, link: seen, explanation }) => [id, state, seen, explanation]);
  return JSON.stringify([link, problem?.message, each, unreadable]);
}

function emptyState(name: string | null, settings: MachineSettings | null): MachineState {
  return { name, settings, link: name === null ? 'connected' : null, problem: null, seenAt: null, runs: [], unreadable: [] };
}

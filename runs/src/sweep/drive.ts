/**
 * Goes on with a sweep: looks which rows run, starts the next ones up to the limit of each machine. Everything is on disk, so any number of windows and
 * processes may do this for one sweep, at once or one after the other; each row is started once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Delivery, type RunEngine } from '../engine';
import { RunError } from '../errors';
import { LinkError } from '../link';
import { Looks } from '../look';
import { type Language, render } from '../messages';
import { type RunDraft } from '../spec';
import { type RunState, isEnded } from '../state';
import { type DevicePool, busyDevices, freeDevices, withDevices } from './devices';
import { type Sweep, type SweepRow, usualLimit } from './plan';
import { type SweepStore } from './store';

export type RowState = RunState | 'waiting' | 'refused' | 'unreachable';

export interface RowStatus {
  row: SweepRow;
  state: RowState;
  /** why it was refused or not reached, or what the state needs said; null */
  explanation: string | null;
}

/** How rows become runs: the engine of a machine, and the draft of a row with what is sent along. */
export interface SweepPlace {
  engine(machine: string | null): Promise<RunEngine>;
  draft(sweep: Sweep, row: SweepRow): Promise<{ draft: RunDraft; delivery: Delivery }>;
  /** the devices that rows which run at once share out; null: nothing to share */
  pool(row: SweepRow): Promise<DevicePool | null>;
}

export interface DriveOptions {
  signal?: AbortSignal;
  /** time between two looks, milliseconds */
  every?: number;
  /** called whenever something changed */
  told?: (rows: readonly RowStatus[]) => void;
}

export class SweepDriver {
  private readonly looks = new Map<string, Looks>();

  constructor(
    private readonly store: SweepStore,
    private readonly place: SweepPlace,
    private readonly language: Language = 'en',
  ) {}

  /** Where every row stands. A machine that is not reached shows as that; its rows are neither lost nor started again. */
  async status(sweep: Sweep): Promise<RowStatus[]> {
    const found = new Map<string, RowStatus>();
    for (const machine of new Set(sweep.rows.map((row) => row.machine))) {
      const rows = sweep.rows.filter((row) => row.machine === machine);
      for (const status of await this.ask(machine, sweep.id, rows)) found.set(status.row.run, status);
    }
    return sweep.rows.map((row) => found.get(row.run)!);
  }

  private async ask(machine: string | null, sweep: string, rows: readonly SweepRow[]): Promise<RowStatus[]> {
    try {
      const engine = await this.place.engine(machine);
      const answers = await engine.transport.poll(rows.map(({ run }) => ({ id: run, reads: [] })));
      return await Promise.all(
        rows.map(async (row, i): Promise<RowStatus> => {
          const seen = answers[i]?.seen ?? null;
          if (seen === null || seen.startedAt === null) {
            const refusal = await this.store.refusal(sweep, row.run);
            if (seen === null || refusal !== null) return { row, state: refusal === null ? 'waiting' : 'refused', explanation: refusal };
          }
          const looks = this.looks.get(row.run) ?? new Looks();
          this.looks.set(row.run, looks);
          const { state, explanation } = looks.take(seen!).decision;
          return { row, state, explanation: explanation && render(this.language, explanation.key, explanation.args) };
        }),
      );
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      const explanation = error.text(this.language);
      // a machine that is misnamed will not be reached later either
      return rows.map((row) => ({ row, state: error instanceof LinkError ? 'unreachable' : 'refused', explanation }));
    }
  }

  /** Looks once and starts what may be started. Gives where every row stands then. */
  async step(sweep: Sweep): Promise<RowStatus[]> {
    const statuses = await this.status(sweep);
    if (await this.store.isStopped(sweep.id)) return statuses;
    const others = (await this.store.all()).filter((other) => other.id !== sweep.id);
    for (const machine of new Set(sweep.rows.map((row) => row.machine))) {
      const own = statuses.filter(({ row }) => row.machine === machine);
      const waiting = own.filter(({ state }) => state === 'waiting' || state === 'draft');
      if (waiting.length === 0) continue;
      let room = (await this.limitOf(sweep, machine)) - own.filter(isActive).length;
      if (room > 0) room -= await this.activeElsewhere(others, machine);
      for (const status of waiting) {
        if (room <= 0) break;
        room -= 1;
        await this.begin(sweep, status);
      }
    }
    return statuses;
  }

  private async limitOf(sweep: Sweep, machine: string | null): Promise<number> {
    const named = sweep.limits[machine ?? ''];
    if (named !== undefined) return named;
    if (sweep.limit !== null) return sweep.limit;
    return (await this.place.engine(machine)).transport.kind === 'slurm' ? usualLimit.slurm : usualLimit.direct;
  }

  /** Runs of other sweeps that are on the machine now. */
  private async activeElsewhere(others: readonly Sweep[], machine: string | null): Promise<number> {
    let active = 0;
    for (const other of others) {
      const rows = other.rows.filter((row) => row.machine === machine);
      if (rows.length > 0) active += (await this.ask(machine, other.id, rows)).filter(isActive).length;
    }
    return active;
  }

  /** Makes and starts the run of a row, unless somebody else does. */
  private async begin(sweep: Sweep, status: RowStatus): Promise<void> {
    const { row } = status;
    if (!(await this.store.claim(sweep.id, row.run))) return;
    try {
      const engine = await this.place.engine(row.machine);
      const { draft, delivery } = await this.place.draft(sweep, row);
      const made = status.state === 'draft';
      const create = async (placed: RunDraft): Promise<void> => {
        if (!made) await engine.createRun(placed, delivery, row.run);
      };
      const pool = await this.place.pool(row);
      if (pool === null) await create(draft);
      else if (!(await this.placed(engine, row, pool, made, draft, create))) return;
      await engine.start(row.run);
      status.state = 'submitting';
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      status.explanation = error.text(this.language);
      status.state = error instanceof LinkError ? 'unreachable' : 'refused';
      // a link that fails says nothing of the row: it is tried again
      if (!(error instanceof LinkError)) await this.store.refuse(sweep.id, row.run, status.explanation);
    } finally {
      await this.store.release(sweep.id, row.run);
    }
  }

  /** Makes the run of a row on devices that no other run has; false when there are not enough free ones now: the row waits. */
  private async placed(
    engine: RunEngine,
    row: SweepRow,
    pool: DevicePool,
    made: boolean,
    draft: RunDraft,
    create: (draft: RunDraft) => Promise<void>,
  ): Promise<boolean> {
    return withDevices(this.store.root, row.machine, async () => {
      const { runs } = await engine.list();
      const busy = busyDevices(row.values.chip, runs, row.run);
      if (made) {
        const own = runs.find(({ id }) => id === row.run)?.spec.launch?.deviceIds ?? [];
        return own.every((device) => !busy.has(device));
      }
      const deviceIds = freeDevices(pool, row.values.devices, busy);
      if (deviceIds === null && (busy.size > 0 || pool.ids === null)) return false;
      // with all of them free there never will be more: the program is left to say so
      await create(deviceIds === null ? draft : { ...draft, launch: { ...draft.launch, deviceIds } });
      return true;
    });
  }

  /** Goes on until every row has ended or cannot be started, the sweep was stopped with nothing running, or `signal` aborts; runs go on then. */
  async drive(sweep: Sweep, options: DriveOptions = {}): Promise<RowStatus[]> {
    const { signal, every = 2000, told } = options;
    let last = '';
    for (;;) {
      const statuses = await this.step(sweep);
      const now = JSON.stringify(statuses.map(({ state, explanation }) => [state, explanation]));
      if (now !== last) told?.(statuses);
      last = now;
      const open = statuses.filter(({ state }) => !isOver(state));
      const stopped = await this.store.isStopped(sweep.id);
      if (open.length === 0 || signal?.aborted || (stopped && !statuses.some(isActive))) return statuses;
      await pause(every, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      if (signal?.aborted) return statuses;
    }
  }

  /** Starts nothing more and ends what runs. Gives the number of runs that were ended. */
  async cancel(sweep: Sweep, graceMs?: number): Promise<number> {
    await this.store.stop(sweep.id);
    let ended = 0;
    for (const { row, state } of await this.status(sweep)) {
      if (state === 'waiting' || state === 'refused' || isOver(state)) continue;
      const engine = await this.place.engine(row.machine);
      await engine.cancel(row.run, graceMs).then(
        () => (ended += 1),
        (error: unknown) => {
          // it ended by itself meanwhile
          if (!(error instanceof RunError) || error.key !== 'error.already_finished') throw error;
        },
      );
    }
    return ended;
  }

  /** Lets a stopped sweep go on and tries again what was refused. */
  async resume(sweep: Sweep): Promise<void> {
    await this.store.resume(sweep.id);
    for (const row of sweep.rows) await this.store.refuse(sweep.id, row.run, null);
  }
}

/** Whether nothing more will come of a row by itself. */
export function isOver(state: RowState): boolean {
  return state === 'refused' || (state !== 'waiting' && state !== 'unreachable' && isEnded(state));
}

function isActive({ state }: RowStatus): boolean {
  return !isOver(state) && state !== 'waiting' && state !== 'draft';
}

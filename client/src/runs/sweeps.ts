/** Sweeps in the editor: those on disk, where their rows stand, and going on with those that a window of this editor has begun. */
import * as vscode from 'vscode';
import type { Fleet } from '../../../runs/src/machines/fleet';
import { type RowState, type RowStatus, SweepDriver, isOver } from '../../../runs/src/sweep/drive';
import { type Machines, MachinesPlace } from '../../../runs/src/sweep/place';
import type { Sweep } from '../../../runs/src/sweep/plan';
import { progressOf } from '../../../runs/src/sweep/progress';
import { SweepStore } from '../../../runs/src/sweep/store';
import { explain, language } from './language';
import { type KnownSweep, sweepStanding } from './standing';

/** Ids of the sweeps that windows of this editor go on with. */
const BEGUN = 'sweeps.begun';
const EVERY_MS = 3000;

export interface SweepView {
  sweep: Sweep;
  rows: RowStatus[];
  stopped: boolean;
}

export class Sweeps implements vscode.Disposable {
  readonly store: SweepStore;
  readonly place: MachinesPlace;
  private readonly machines: Machines;
  private views: SweepView[] = [];
  private readonly driven = new Map<string, AbortController>();
  private readonly told = new Map<string, readonly RowStatus[]>();
  private readonly runs = new Set<string>();

  constructor(
    private readonly fleet: Fleet,
    private readonly memory: vscode.Memento,
    python: string | null,
    private readonly changed: () => void,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store = new SweepStore(fleet.root);
    const settings = async (name: string) => fleet.machine(name);
    this.machines = { engine: async (name) => fleet.engine(name), settings, python };
    this.place = new MachinesPlace(this.machines);
  }

  /** The interpreter of rows that run on this machine, from now on. */
  usePython(python: string): void {
    this.machines.python = python;
  }

  private driver(): SweepDriver {
    return new SweepDriver(this.store, this.place, language());
  }

  /** Whether a run is a row of a sweep. */
  has(run: string): boolean {
    return this.runs.has(run);
  }

  /** Reads what is on disk. The states of rows are those of their runs, as far as these are known. */
  async read(): Promise<SweepView[]> {
    const views: SweepView[] = [];
    for (const sweep of await this.store.all()) {
      for (const { run } of sweep.rows) this.runs.add(run);
      const told = new Map(this.told.get(sweep.id)?.map((status) => [status.row.run, status]));
      const rows = await Promise.all(
        sweep.rows.map(async (row): Promise<RowStatus> => {
          const found = this.fleet.find(row.run)?.status;
          if (found !== undefined && found.state !== 'draft') return { row, state: found.state, explanation: found.explanation };
          const driven = told.get(row.run);
          if (driven !== undefined) return driven;
          const refusal = await this.store.refusal(sweep.id, row.run);
          const state: RowState = refusal === null ? 'waiting' : 'refused';
          return { row, state, explanation: refusal };
        }),
      );
      views.push({ sweep, rows, stopped: await this.store.isStopped(sweep.id) });
    }
    this.views = views.reverse();
    return this.views;
  }

  view(id: string): SweepView | undefined {
    return this.views.find(({ sweep }) => sweep.id === id);
  }

  /** How a sweep stands in this window. */
  known({ sweep, rows, stopped }: SweepView): KnownSweep {
    return { standing: sweepStanding(rows, this.isDriven(sweep.id)), stopped, hasRuns: runsOf(rows).length > 0 };
  }

  isDriven(id: string): boolean {
    return this.driven.has(id);
  }

  async begin(sweep: Sweep): Promise<void> {
    await this.store.save(sweep);
    await this.remember(sweep.id, true);
    this.drive(sweep);
  }

  /** Goes on with what windows of this editor have begun and not ended. */
  async goOn(): Promise<void> {
    const begun = this.memory.get<string[]>(BEGUN, []);
    for (const id of begun) {
      const sweep = await this.store.load(id).catch(() => null);
      if (sweep === null || (await this.store.isStopped(id))) await this.remember(id, false);
      else this.drive(sweep);
    }
  }

  /** Lets a stopped or interrupted sweep go on and tries refused rows again. */
  async resume({ sweep }: SweepView): Promise<void> {
    await this.driver().resume(sweep);
    await this.remember(sweep.id, true);
    this.drive(sweep);
  }

  async cancel({ sweep }: SweepView): Promise<number> {
    await this.remember(sweep.id, false);
    const count = await this.driver().cancel(sweep);
    this.changed();
    return count;
  }

  private async remember(id: string, begun: boolean): Promise<void> {
    const others = this.memory.get<string[]>(BEGUN, []).filter((other) => other !== id);
    await this.memory.update(BEGUN, begun ? [...others, id] : others);
  }

  private drive(sweep: Sweep): void {
    if (this.driven.has(sweep.id)) return;
    const stop = new AbortController();
    this.driven.set(sweep.id, stop);
    const told = (rows: readonly RowStatus[]): void => {
      this.told.set(sweep.id, rows);
      // runs that came into being meanwhile
      for (const machine of new Set(
        rows.filter(({ row, state }) => state !== 'waiting' && this.fleet.find(row.run) === null).map(({ row }) => row.machine),
      ))
        void this.fleet.refresh(machine);
      this.changed();
    };
    void this.driver()
      .drive(sweep, { signal: stop.signal, every: EVERY_MS, told })
      .then(async (rows) => {
        if (stop.signal.aborted) return;
        await this.remember(sweep.id, false);
        if (rows.every(({ state }) => isOver(state))) void this.tellEnd(sweep, rows);
      })
      .catch((error: unknown) => {
        this.log.error(`sweep ${sweep.id}: ${explain(error)}`);
        void vscode.window.showErrorMessage(`${sweep.name}: ${explain(error)}`);
      })
      .finally(() => {
        this.driven.delete(sweep.id);
        this.changed();
      });
  }

  private async tellEnd(sweep: Sweep, rows: readonly RowStatus[]): Promise<void> {
    const { succeeded, failed } = progressOf(rows);
    const show = vscode.l10n.t('Show Results');
    const text = vscode.l10n.t('Sweep {0}: {1} runs succeeded, {2} did not.', sweep.name, succeeded, failed);
    const tell = failed === 0 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    if ((await tell(text, ...(succeeded > 0 ? [show] : []))) === show)
      await vscode.commands.executeCommand('mindport.compareRuns', runsOf(rows));
  }

  dispose(): void {
    // the runs go on; the next window goes on with the sweep
    for (const stop of this.driven.values()) stop.abort();
  }
}

/** Runs of a sweep that have something to compare. */
export const runsOf = (rows: readonly RowStatus[]): string[] =>
  rows.filter(({ state }) => state !== 'waiting' && state !== 'refused' && state !== 'unreachable').map(({ row }) => row.run);

/** Everything about runs and machines that needs the run engine. Loaded after activation, so that an editor that opens a Python file does not wait for it. */
import * as vscode from 'vscode';
import { RunError } from '../../../runs/src/errors';
import { Fleet, type FoundRun } from '../../../runs/src/machines/fleet';
import { compare } from '../../../runs/src/results/compare';
import type { ComparisonDocument } from '../../../runs/src/results/document';
import type { RunKind } from '../../../runs/src/spec';
import { isEnded } from '../../../runs/src/state';
import { describeSweep } from '../../../runs/src/sweep/choice';
import { planSweep } from '../../../runs/src/sweep/plan';
import { sweepPreviewText } from '../../../runs/src/sweep/progress';
import type { StopReport } from '../../../runs/src/transport';
import { render } from '../../../runs/src/messages';
import type { Shared } from '../common';
import { RunFollowers } from './follower';
import { explain, language } from './language';
import { MachineActions } from './machine-actions';
import { MachineChecks } from './machine-check';
import { MachinesView } from './machines-view';
import { RunPreview } from './preview';
import { type Program, pickScript } from './program';
import { findPython, knownPython, machineSetting } from './python';
import { type RunNode, RunsView } from './runs-view';
import { MachineSource } from './settings-source';
import { type Given, RunStarter, hasFolder, mayExecute } from './starter';
import { askSweep } from './sweep-form';
import { mayCancel, mayResume, nothingToActOn } from './standing';
import { type SweepView, Sweeps, runsOf } from './sweeps';
import { stateWord } from './words';

/** How often runs are looked for that others have started, while a view shows them. */
const LOOK_HERE_MS = 5_000;
const LOOK_THERE_MS = 60_000;

export class RunSession implements vscode.Disposable {
  readonly source = new MachineSource();
  readonly fleet: Fleet;
  readonly machinesView: MachinesView;
  readonly runsView: RunsView;
  readonly machines: MachineActions;
  readonly preview = new RunPreview();
  private readonly starter: RunStarter;
  private readonly sweeps: Sweeps;
  private readonly followers: RunFollowers;
  private readonly parts: vscode.Disposable[] = [];
  private lookedThere = 0;
  /** runs this window has cancelled */
  private readonly cancelled = new Set<string>();
  /** runs that went on when they were seen last */
  private readonly going = new Set<string>();
  /** context keys as they were told last */
  private readonly palette = new Map<string, boolean>();
  private palettePending: NodeJS.Timeout | null = null;

  private constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly shared: Shared,
    python: string | null,
  ) {
    const { log, documentation } = shared;
    const changed = (): void => this.redraw();
    this.fleet = new Fleet({
      root: machineSetting<string>('runs.folder') || undefined,
      packages: vscode.Uri.joinPath(context.extensionUri, 'python').fsPath,
      language: language(),
      settings: () => this.source.read(),
      changed,
    });
    this.sweeps = new Sweeps(this.fleet, context.globalState, python, changed, log);
    const checks = new MachineChecks(this.fleet, changed);
    this.followers = new RunFollowers(this.fleet, (id) => this.sweeps.has(id) || this.cancelled.has(id));
    this.machinesView = new MachinesView(this.fleet, this.source, checks);
    this.runsView = new RunsView(this.fleet, this.sweeps);
    this.machines = new MachineActions({ fleet: this.fleet, source: this.source, checks, view: this.machinesView, documentation, log });
    this.starter = new RunStarter({
      fleet: this.fleet,
      followers: this.followers,
      preview: this.preview,
      shared,
      memory: context.workspaceState,
    });
    this.parts.push(this.preview, this.followers, this.sweeps, this.machinesView, this.runsView, this.watch());
  }

  /** Makes the session and finds runs that go on; what other machines say comes later. */
  static async open(context: vscode.ExtensionContext, shared: Shared): Promise<RunSession> {
    const session = new RunSession(context, shared, await knownPython());
    await session.fleet.load();
    await session.fleet.refresh(null);
    void session.awake().catch((error: unknown) => shared.log.warn(`runs: ${explain(error)}`));
    return session;
  }

  /** Goes on with what was going on before the window was opened: in a trusted workspace only, since it connects and starts. */
  private async awake(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    await this.fleet.heedOthers();
    // what was made before others were heeded
    await this.fleet.refresh(null);
    await this.sweeps.read();
    this.tellPalette();
    const waiting = new Set(this.fleet.active().map(({ machine }) => machine));
    if (this.runsView.view.visible || this.machinesView.view.visible) await this.lookEverywhere(true);
    else await Promise.all([...waiting].map((machine) => this.fleet.refresh(machine)));
    await this.sweeps.goOn();
  }

  private redraw(): void {
    // called while the parts are made, too
    if (this.parts.length === 0) return;
    this.runsView.refresh();
    this.machinesView.refresh();
    this.tellPalette();
    if (!vscode.workspace.isTrusted) return;
    for (const { engine, machine, status } of this.fleet.active()) {
      this.going.add(status.id);
      if (machine === null || this.fleet.state(machine)?.link === 'connected') this.followers.follow(engine, status.id, status.spec.name);
    }
    for (const { engine, status } of this.all()) {
      // one that ended before it could be followed, of which only a note told that it goes on: its end is news
      if (isEnded(status.state) && this.going.delete(status.id)) this.followers.follow(engine, status.id, status.spec.name);
    }
  }

  /** Lets the command palette list what there is something for; many calls in a moment are one. */
  private tellPalette(): void {
    // what others begin is not noticed in a workspace that is not trusted: there nothing is hidden
    if (!vscode.workspace.isTrusted) return;
    this.palettePending ??= setTimeout(() => {
      this.palettePending = null;
      void this.toldPalette().catch((error: unknown) => this.shared.log.warn(`palette: ${explain(error)}`));
    }, 100);
  }

  private async toldPalette(): Promise<void> {
    const sweeps = (await this.sweeps.read()).map((view) => this.sweeps.known(view));
    const runs = this.fleet.states().flatMap(({ runs: all }) => all);
    const machines = this.fleet.states().filter(({ name }) => name !== null).length;
    for (const [key, isSo] of Object.entries(nothingToActOn(runs, sweeps, machines))) {
      if (this.palette.get(key) === isSo) continue;
      this.palette.set(key, isSo);
      await vscode.commands.executeCommand('setContext', key, isSo);
    }
  }

  private watch(): vscode.Disposable {
    const reload = (): void => void this.fleet.load().catch((error: unknown) => this.shared.log.warn(explain(error)));
    const look = (): void => void this.look().catch((error: unknown) => this.shared.log.warn(explain(error)));
    const timer = setInterval(look, LOOK_HERE_MS);
    return vscode.Disposable.from(
      this.source.watch(reload),
      this.runsView.view.onDidChangeVisibility(look),
      this.machinesView.view.onDidChangeVisibility(look),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.awake()),
      // whoever looks at the window again shall not wait for the next try
      vscode.window.onDidChangeWindowState(({ focused }) => void (focused && vscode.workspace.isTrusted && this.fleet.wake())),
      { dispose: () => clearInterval(timer) },
    );
  }

  /** Looks for runs that others have started, while somebody sees them. */
  private async look(): Promise<void> {
    const visible = this.runsView.view.visible || this.machinesView.view.visible;
    if (!visible || !vscode.window.state.focused) return;
    await this.fleet.refresh(null);
    await this.lookEverywhere(false);
  }

  private async lookEverywhere(now: boolean): Promise<void> {
    if (!vscode.workspace.isTrusted || (!now && Date.now() - this.lookedThere < LOOK_THERE_MS)) return;
    this.lookedThere = Date.now();
    // machines that wait for a person, or for the next try, are left alone
    const asked = this.fleet.states().filter(({ name, link }) => name !== null && (link === null || link === 'connected'));
    await Promise.all(asked.map(({ name }) => this.fleet.refresh(name)));
  }

  /** *Refresh*: everything anew, also what waits for the next try. */
  async refresh(): Promise<void> {
    await this.fleet.load();
    if (!vscode.workspace.isTrusted) return this.fleet.refresh(null);
    this.lookedThere = Date.now();
    const patient = this.fleet.states().filter(({ link }) => link !== 'auth_needed' && link !== 'hostkey_changed');
    await Promise.all(patient.map(({ name }) => this.fleet.retry(name)));
  }

  /** Asks what to run, shows what would happen, and starts it. */
  start(kind: RunKind, given?: Given | vscode.Uri): Promise<string | undefined> {
    return this.starter.start(kind, given);
  }

  /** Asks for the rows of a sweep, shows what each would execute, and begins it. */
  async startSweep(): Promise<string | undefined> {
    if (!(await mayExecute()) || !hasFolder()) return undefined;
    const program: Program | undefined = await pickScript('train', vscode.l10n.t('Run Sweep'));
    const choice = program && (await askSweep(program, this.fleet, this.context.workspaceState));
    if (!choice) return undefined;
    const needsPython = Object.values(choice.chips).some(({ machine }) => machine === null);
    const python = needsPython ? await findPython() : null;
    if (needsPython && python === null) return undefined;
    if (python !== null) this.sweeps.usePython(python);
    const sweep = planSweep(
      describeSweep({ ...choice, env: needsPython ? { ...machineSetting<Record<string, string>>('runs.environment') } : {} }),
      choice.folder,
    );
    const text = await sweepPreviewText(sweep, this.sweeps.place, language(), true);
    const question = vscode.l10n.t('Start a sweep of {0} runs? The page shows exactly what is executed.', sweep.rows.length);
    const title = vscode.l10n.t('Preview of {0}', sweep.name);
    if (!(await this.preview.confirm({ title, name: sweep.name, text, question }))) return undefined;
    await this.sweeps.begin(sweep);
    await vscode.commands.executeCommand('mindport.runs.focus');
    return sweep.id;
  }

  /** The sweep meant by a node of the view or an id; else asked for. */
  private async meantSweep(given: unknown, accept: (view: SweepView) => boolean, title: string): Promise<SweepView | undefined> {
    const views = await this.sweeps.read();
    const node = given as RunNode | undefined;
    const id = typeof given === 'string' ? given : node?.kind === 'sweep' ? node.view.sweep.id : null;
    if (id !== null) return views.find(({ sweep }) => sweep.id === id);
    const items = views
      .filter(accept)
      .map((view) => ({ label: view.sweep.name, description: new Date(view.sweep.createdAt).toLocaleString(vscode.env.language), view }));
    if (items.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('There is no such sweep.'));
    return items.length === 0 ? undefined : (await vscode.window.showQuickPick(items, { title }))?.view;
  }

  async cancelSweep(given?: unknown): Promise<void> {
    const open = (each: SweepView): boolean => mayCancel(this.sweeps.known(each));
    const view = await this.meantSweep(given, open, vscode.l10n.t('Cancel which sweep?'));
    if (view === undefined) return;
    const count = await this.sweeps.cancel(view);
    await Promise.all([...new Set(view.sweep.rows.map(({ machine }) => machine))].map((machine) => this.fleet.refresh(machine)));
    void vscode.window.showInformationMessage(render(language(), 'cli.sweep.cancelled', { name: view.sweep.name, count: String(count) }));
  }

  async resumeSweep(given?: unknown): Promise<void> {
    if (!(await mayExecute())) return;
    const view = await this.meantSweep(given, (each) => mayResume(this.sweeps.known(each)), vscode.l10n.t('Resume which sweep?'));
    if (view !== undefined) await this.sweeps.resume(view);
  }

  async compareSweep(given?: unknown): Promise<void> {
    const view = await this.meantSweep(given, ({ rows }) => runsOf(rows).length > 0, vscode.l10n.t('Show the results of which sweep?'));
    if (view !== undefined) await this.compare(runsOf(view.rows));
  }

  private async pickRun(accept: (run: FoundRun) => boolean, title: string): Promise<string | undefined> {
    await this.fleet.refresh(null);
    const runs = this.all().filter(accept);
    const items = runs.map((run) => ({ label: run.status.spec.name, description: runText(run), run }));
    if (items.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('There is no such run.'));
    return items.length === 0 ? undefined : (await vscode.window.showQuickPick(items, { title }))?.run.status.id;
  }

  /** Runs of all machines, newest first. */
  private all(): FoundRun[] {
    const runs = this.fleet
      .states()
      .flatMap(({ name, runs: all }) => all.map((status) => ({ engine: this.fleet.engine(name), machine: name, status })));
    return runs.sort((a, b) => (a.status.id < b.status.id ? 1 : -1));
  }

  /** The run meant by a node, a status or an id; null when it is not known on any machine that answers. */
  private async meant(given: unknown): Promise<FoundRun | null> {
    if (given === undefined) return null;
    const node = given as { kind?: string; run?: { id: string }; id?: string } | string;
    const id = typeof node === 'string' ? node : (node.run?.id ?? node.id ?? '');
    if (this.fleet.find(id) === null) await this.fleet.refresh(null);
    if (this.fleet.find(id) === null && vscode.workspace.isTrusted) await this.fleet.refreshAll();
    const found = this.fleet.find(id);
    // no other machine is connected from a workspace that is not trusted
    return found === null || found.machine === null || (await mayExecute()) ? found : null;
  }

  async cancel(given?: unknown): Promise<void> {
    const title = vscode.l10n.t('Cancel which run?');
    const run = await this.meant(given ?? (await this.pickRun(({ status }) => !isEnded(status.state), title)));
    if (!run) return;
    const { id, spec } = run.status;
    // its end is told here, with the proof
    this.cancelled.add(id);
    const cancel = (): Promise<StopReport> =>
      run.engine.cancel(id).catch((error: unknown) => {
        this.cancelled.delete(id);
        throw error;
      });
    const cancelling = vscode.l10n.t('Cancelling {0}', spec.name);
    const progress = { location: vscode.ProgressLocation.Notification, title: cancelling };
    const { terminated, killed } = await vscode.window.withProgress(progress, cancel);
    this.shared.log.info(`run ${id} cancelled: ${terminated} processes ended, ${killed} killed`);
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} is cancelled: no process of it is left.', spec.name));
    await this.fleet.refresh(run.machine);
  }

  async showLog(given?: unknown): Promise<void> {
    const run = await this.meant(given ?? (await this.pickRun(() => true, vscode.l10n.t('Show the log of which run?'))));
    if (run) this.followers.show(run.engine, run.status.id, run.status.spec.name);
  }

  /** @param given ids to compare, or nodes of the view; else asked for; the first one chosen is the baseline */
  async compare(given?: unknown, selected?: unknown): Promise<void> {
    const one = (given as RunNode | undefined)?.kind === undefined ? [] : [given as RunNode];
    const nodes = Array.isArray(selected) ? (selected as RunNode[]) : one;
    const listed = Array.isArray(given) ? given.filter((id): id is string => typeof id === 'string') : [];
    // the list is newest first, a baseline is usually older
    let ids =
      listed.length > 0
        ? listed
        : nodes.flatMap((node) => (node.kind === 'run' ? [node.run.id] : node.kind === 'sweep' ? runsOf(node.view.rows) : [])).reverse();
    if (ids.length === 0) {
      await this.fleet.refresh(null);
      const runs = this.all();
      if (runs.length === 0) {
        void vscode.window.showInformationMessage(vscode.l10n.t('There is no run yet: start one with Run Training or Run Inference.'));
        return;
      }
      const items = runs.map((run) => ({
        label: run.status.spec.name,
        description: runText(run),
        picked: run.status.state === 'succeeded',
        id: run.status.id,
      }));
      const picked = await vscode.window.showQuickPick(items, { canPickMany: true, title: vscode.l10n.t('Compare which runs?') });
      if (!picked || picked.length === 0) return;
      ids = picked.map((item) => item.id).reverse();
    }
    await this.shared.results.showRuns(ids);
  }

  /** Runs of any machines as one document. */
  async compared(ids: readonly string[]): Promise<ComparisonDocument> {
    const found = await Promise.all([...new Set(ids)].map(async (id) => ({ id, run: await this.meant(id) })));
    const rows = [];
    for (const { id, run } of found) {
      if (run === null) throw new RunError('error.unknown_run', { run: id });
      rows.push(await run.engine.comparable(id));
    }
    const title = render(language(), 'export.title');
    return compare(rows, { title, createdAt: new Date(), baseline: rows[0]?.summary.id ?? null });
  }

  dispose(): void {
    for (const part of this.parts) part.dispose();
    if (this.palettePending !== null) clearTimeout(this.palettePending);
    void this.fleet.close();
  }
}

function runText({ status, machine }: FoundRun): string {
  const when = new Date(status.spec.createdAt).toLocaleString(vscode.env.language);
  return [stateWord(status), machine, status.spec.target.framework, when].filter(Boolean).join(' · ');
}

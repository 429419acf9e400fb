/** Everything about runs and machines that needs the run engine. Loaded after activation, so that an editor that opens a Python file does not wait for it. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { newRunId } from '../../../runs/src/directory';
import { RunError } from '../../../runs/src/errors';
import { chipKind } from '../../../runs/src/launch/chips';
import { LinkError } from '../../../runs/src/link';
import { type RunChoice, preparedChoice, usualLauncher } from '../../../runs/src/machines/choice';
import { sshOptions } from '../../../runs/src/machines/connect';
import { type DeviceChoice, chooseDevices, deviceAsker, onDevices, stillFree } from '../../../runs/src/machines/device-choice';
import { Fleet, type FoundRun } from '../../../runs/src/machines/fleet';
import { previewText } from '../../../runs/src/machines/preview';
import { compare } from '../../../runs/src/results/compare';
import type { ComparisonDocument } from '../../../runs/src/results/document';
import type { RunDraft, RunKind } from '../../../runs/src/spec';
import { isEnded } from '../../../runs/src/state';
import { describeSweep } from '../../../runs/src/sweep/choice';
import { withDevices } from '../../../runs/src/sweep/devices';
import { planSweep } from '../../../runs/src/sweep/plan';
import { sweepPreviewText } from '../../../runs/src/sweep/progress';
import { sshWords } from '../../../runs/src/transports/ssh/command';
import { render } from '../../../runs/src/messages';
import type { Shared } from '../common';
import { RunFollowers } from './follower';
import { explain, language } from './language';
import { MachineActions } from './machine-actions';
import { MachineChecks } from './machine-check';
import { MachinesView } from './machines-view';
import { RunPreview } from './preview';
import { type Program, askArguments, namedProgram, pickScript } from './program';
import { findPython, knownPython, machineSetting } from './python';
import { askRun } from './run-form';
import { type RunNode, RunsView } from './runs-view';
import { MachineSource } from './settings-source';
import { askSweep } from './sweep-form';
import { type SweepView, Sweeps, runsOf } from './sweeps';
import { machineName, stateWord } from './words';

/** How often runs are looked for that others have started, while a view shows them. */
const LOOK_HERE_MS = 5_000;
const LOOK_THERE_MS = 60_000;

/** What a caller says who has asked the person already (tests). */
export interface Given extends Partial<RunChoice> {
  cwd?: string;
  argv?: string[];
  /** machine; this one when it is left out */
  on?: string;
  /** show what would be sent and executed, and ask */
  preview?: boolean;
}

/** Whether something may be executed here; if not, says so with a way out. */
export async function mayExecute(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const message = vscode.l10n.t('This workspace is not trusted: MindPort starts nothing in it.');
  if ((await vscode.window.showWarningMessage(message, manage)) === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

export class RunSession implements vscode.Disposable {
  readonly source = new MachineSource();
  readonly fleet: Fleet;
  readonly machinesView: MachinesView;
  readonly runsView: RunsView;
  readonly machines: MachineActions;
  readonly preview = new RunPreview();
  private readonly sweeps: Sweeps;
  private readonly followers: RunFollowers;
  private readonly parts: vscode.Disposable[] = [];
  private lookedThere = 0;

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
    this.followers = new RunFollowers(this.fleet, (id) => this.sweeps.has(id));
    this.machinesView = new MachinesView(this.fleet, this.source, checks);
    this.runsView = new RunsView(this.fleet, this.sweeps);
    this.machines = new MachineActions({ fleet: this.fleet, source: this.source, checks, view: this.machinesView, documentation, log });
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
    await this.sweeps.read();
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
    if (!vscode.workspace.isTrusted) return;
    for (const { engine, machine, status } of this.fleet.active()) {
      if (machine === null || this.fleet.state(machine)?.link === 'connected') this.followers.follow(engine, status.id, status.spec.name);
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
  async start(kind: RunKind, given?: Given): Promise<string | undefined> {
    if (!(await mayExecute())) return undefined;
    const named = given?.cwd !== undefined && given.argv?.[0] !== undefined;
    if (!named && !hasFolder()) return undefined;
    const asked = named ? await this.named(kind, given) : await this.ask(kind);
    if (asked === null) return undefined;
    const { machine, choice } = asked;
    const python = machine === null ? await findPython() : null;
    if (machine === null && python === null) return undefined;
    const env = machine === null ? { ...machineSetting<Record<string, string>>('runs.environment'), ...choice.env } : choice.env;
    const settings = machine === null ? null : this.fleet.machine(machine);
    const engine = this.fleet.engine(machine);
    const prepared = await preparedChoice({ ...choice, env }, settings, python);
    const devices = await this.devicesFor(machine, prepared.draft);
    if (devices !== null) prepared.draft = onDevices(prepared.draft, devices);
    const id = newRunId();
    if (!named || given.preview) {
      const { spec, contents } = await engine.plan(prepared.draft, prepared.delivery, id);
      const connection = settings?.host == null ? null : sshWords(sshOptions(settings, { machines: [], ssh: this.fleet.ssh }));
      const directory = engine.transport.location(id);
      const text = previewText({ machine, connection, directory, spec, contents, choice: prepared.choice, devices }, language());
      const title = vscode.l10n.t('Preview of {0}', spec.name);
      const question = vscode.l10n.t(
        'Start {0} on {1}? The page shows exactly what is sent and executed.',
        spec.name,
        machineName(machine),
      );
      if (!(await this.preview.confirm(title, text, question))) return undefined;
    }
    const started = await this.begin({ engine, machine, prepared, id, devices }, named);
    if (!started) return undefined;
    this.followers.show(engine, id, choice.name);
    const listed = this.fleet.refresh(machine).catch((error: unknown) => this.shared.log.warn(explain(error)));
    // another machine may take its time; the log comes meanwhile
    if (machine === null) await listed;
    return id;
  }

  /** Free devices for a run; null where nothing is to be chosen. */
  private async devicesFor(machine: string | null, draft: RunDraft): Promise<DeviceChoice | null> {
    const settings = machine === null ? null : this.fleet.machine(machine);
    // nobody shares out the processor, and a scheduler shares out its own devices
    if (chipKind(draft.target?.chip ?? 'cpu') === 'cpu' || settings?.slurm != null) return null;
    const shell = machine === null ? null : this.fleet.connection(machine).shell;
    try {
      const { runs } = await this.fleet.engine(machine).list();
      return await chooseDevices(draft, { machine: settings, runs, run: deviceAsker(shell) });
    } finally {
      await shell?.close();
    }
  }

  private async begin({ engine, machine, prepared, id, devices }: Beginning, quiet: boolean): Promise<boolean> {
    const { draft, delivery } = prepared;
    const title = vscode.l10n.t('Starting {0} on {1}', draft.name, machineName(machine));
    const work = async (): Promise<void> => {
      // both may be repeated: the run is made and started once
      if (devices === null) await engine.createRun(draft, delivery, id);
      else
        await withDevices(engine.root, machine, async () => {
          // those of this run itself, made by an earlier try, are its own
          const others = (await engine.list()).runs.filter((run) => run.id !== id);
          stillFree(draft.target?.chip ?? 'cpu', devices, others);
          await engine.createRun(draft, delivery, id);
        });
      const { dir } = await engine.start(id);
      this.shared.log.info(`run ${id} started in ${dir}`);
    };
    for (;;) {
      try {
        if (machine === null) await work();
        else await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, work);
        return true;
      } catch (error) {
        if (!(error instanceof LinkError) || quiet) throw error;
        const again = vscode.l10n.t('Try Again');
        const text = vscode.l10n.t(
          '{0} Whether the run was started is not known; trying again finds out and starts it at most once.',
          explain(error),
        );
        if ((await vscode.window.showWarningMessage(text, again)) !== again) return false;
      }
    }
  }

  private async ask(kind: RunKind): Promise<{ machine: string | null; choice: RunChoice } | null> {
    const title = kind === 'train' ? vscode.l10n.t('Run Training') : vscode.l10n.t('Run Inference');
    const { workspaceState } = this.context;
    const program = await pickScript(kind, title);
    if (program === undefined) return null;
    const typed = await askArguments(kind, program, `${title}: ${program.script}`, workspaceState);
    return typed === undefined ? null : askRun(kind, program, typed, this.fleet, workspaceState);
  }

  private async named(kind: RunKind, given: Given): Promise<{ machine: string | null; choice: RunChoice }> {
    const { cwd, argv, on = null, preview: _, ...rest } = given;
    const { framework, folder } = await namedProgram(cwd!, argv![0]!);
    const name = basename(folder);
    const devices = rest.devices ?? 1;
    const usual: RunChoice = {
      kind,
      name: `${name} ${kind}`,
      group: name,
      words: argv!,
      folder,
      framework,
      chip: 'cpu',
      devices,
      precision: null,
      batch: null,
      launcher: on === null ? usualLauncher(framework, devices) : null,
      nodes: 1,
      environment: null,
      env: {},
      telemetry: null,
    };
    return { machine: on, choice: { ...usual, ...rest } };
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
    if (!(await this.preview.confirm(vscode.l10n.t('Preview of {0}', sweep.name), text, question))) return undefined;
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
    const open = ({ stopped, rows }: SweepView): boolean => !stopped && runsOf(rows).length > 0;
    const view = await this.meantSweep(given, open, vscode.l10n.t('Cancel which sweep?'));
    if (view === undefined) return;
    const count = await this.sweeps.cancel(view);
    await Promise.all([...new Set(view.sweep.rows.map(({ machine }) => machine))].map((machine) => this.fleet.refresh(machine)));
    void vscode.window.showInformationMessage(render(language(), 'cli.sweep.cancelled', { name: view.sweep.name, count: String(count) }));
  }

  async resumeSweep(given?: unknown): Promise<void> {
    if (!(await mayExecute())) return;
    const view = await this.meantSweep(given, ({ sweep }) => !this.sweeps.isDriven(sweep.id), vscode.l10n.t('Resume which sweep?'));
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
    const { terminated, killed } = await run.engine.cancel(run.status.id);
    this.shared.log.info(`run ${run.status.id} cancelled: ${terminated} processes ended, ${killed} killed`);
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
    void this.fleet.close();
  }
}

interface Beginning {
  engine: FoundRun['engine'];
  machine: string | null;
  prepared: Awaited<ReturnType<typeof preparedChoice>>;
  id: string;
  /** devices chosen for it; null where none are chosen */
  devices: DeviceChoice | null;
}

function runText({ status, machine }: FoundRun): string {
  const when = new Date(status.spec.createdAt).toLocaleString(vscode.env.language);
  return [stateWord(status), machine, status.spec.target.framework, when].filter(Boolean).join(' · ');
}

function hasFolder(): boolean {
  if ((vscode.workspace.workspaceFolders ?? []).some((folder) => folder.uri.scheme === 'file')) return true;
  void vscode.window.showWarningMessage(vscode.l10n.t('Open a folder on disk: programs are run from one.'));
  return false;
}

/** From the wish to run a program to a run: what is asked, what is shown before anything happens, and the start. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { newRunId } from '../../../runs/src/directory';
import { RunError } from '../../../runs/src/errors';
import { chipKind } from '../../../runs/src/launch/chips';
import { LinkError } from '../../../runs/src/link';
import { type RunChoice, preparedChoice, usualLauncher } from '../../../runs/src/machines/choice';
import { sshOptions } from '../../../runs/src/machines/connect';
import { type DeviceChoice, chooseDevices, deviceAsker, onDevices, stillFree } from '../../../runs/src/machines/device-choice';
import type { Fleet, FoundRun } from '../../../runs/src/machines/fleet';
import { previewText } from '../../../runs/src/machines/preview';
import type { RunDraft, RunKind } from '../../../runs/src/spec';
import { withDevices } from '../../../runs/src/sweep/devices';
import { sshWords } from '../../../runs/src/transports/ssh/command';
import { statedBy } from '../../../runs/src/stated';
import { canRunHere } from '../../../runs/src/transports/unavailable';
import type { Shared } from '../common';
import { knownChips } from './chips';
import type { RunFollowers } from './follower';
import { explain, language } from './language';
import type { RunPreview } from './preview';
import { type Program, askArguments, lastArguments, namedProgram, pickScript } from './program';
import { findPython, machineSetting } from './python';
import { askRun } from './run-form';
import { machineName } from './words';

/** What a caller says who has asked the person already (tests). */
export interface Given extends Partial<RunChoice> {
  cwd?: string;
  argv?: string[];
  /** machine; this one when it is left out */
  on?: string;
  /** show what would be sent and executed, and ask */
  preview?: boolean;
}

interface Asked {
  machine: string | null;
  choice: RunChoice;
}

interface Beginning {
  engine: FoundRun['engine'];
  machine: string | null;
  prepared: Awaited<ReturnType<typeof preparedChoice>>;
  id: string;
  /** devices chosen for it; null where none are chosen */
  devices: DeviceChoice | null;
}

export interface StarterParts {
  fleet: Fleet;
  followers: RunFollowers;
  preview: RunPreview;
  shared: Shared;
  /** what forms remember */
  memory: vscode.Memento;
}

/** Whether something may be executed here; if not, says so with a way out. */
export async function mayExecute(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const message = vscode.l10n.t('This workspace is not trusted: MindPort starts nothing in it.');
  if ((await vscode.window.showWarningMessage(message, manage)) === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

/** What stands in the way of a run, with the way back to what was chosen. */
async function mayMend(error: unknown): Promise<'change' | null> {
  if (!(error instanceof RunError)) throw error;
  const change = vscode.l10n.t('Change…');
  return (await vscode.window.showErrorMessage(explain(error), change)) === change ? 'change' : null;
}

export function hasFolder(): boolean {
  if ((vscode.workspace.workspaceFolders ?? []).some((folder) => folder.uri.scheme === 'file')) return true;
  void vscode.window.showWarningMessage(vscode.l10n.t('Open a folder on disk: programs are run from one.'));
  return false;
}

export class RunStarter {
  constructor(private readonly parts: StarterParts) {}

  /**
   * @param given a script of the workspace, which is shown as it would run by what was chosen for it last; or what a test has asked already; nothing: the
   * person is asked for everything
   */
  async start(kind: RunKind, given?: Given | vscode.Uri): Promise<string | undefined> {
    if (!(await mayExecute())) return undefined;
    const script = given instanceof vscode.Uri ? given : null;
    const named = given === undefined || given instanceof vscode.Uri || given.argv?.[0] === undefined ? null : given;
    if (named !== null) return this.startNamed(kind, named);
    if (!hasFolder() || !(await this.hasMachine())) return undefined;
    const asking = script === null ? await this.askProgram(kind) : await this.thatProgram(kind, script);
    if (asking === null) return undefined;
    const known = await knownChips(this.parts.shared.client);
    for (let show = script === null; ; show = true) {
      const asked = await askRun(kind, asking, this.parts.fleet, known, this.parts.memory, show);
      if (asked === null) return undefined;
      const beginning = await this.prepare(asked).catch(mayMend);
      if (beginning === 'change') continue;
      if (beginning === null) return undefined;
      const answer = await this.confirm(beginning);
      if (answer === 'change') continue;
      return answer === 'start' ? this.begun(beginning, asked, false) : undefined;
    }
  }

  private async startNamed(kind: RunKind, given: Given): Promise<string | undefined> {
    const asked = await this.named(kind, given);
    const beginning = await this.prepare(asked);
    if (beginning === null || (given.preview && (await this.confirm(beginning)) !== 'start')) return undefined;
    return this.begun(beginning, asked, true);
  }

  /** Where programs cannot be run on this machine itself another one is needed. */
  private async hasMachine(): Promise<boolean> {
    if (canRunHere() || this.parts.fleet.states().some(({ name }) => name !== null)) return true;
    const add = vscode.l10n.t('Add Machine');
    const text = vscode.l10n.t('Programs run on Linux machines, which this one is not: add one that you reach by ssh.');
    if ((await vscode.window.showInformationMessage(text, add)) === add) await vscode.commands.executeCommand('mindport.machines.add');
    return false;
  }

  private async askProgram(kind: RunKind): Promise<{ program: Program; typed: string } | null> {
    const title = kind === 'train' ? vscode.l10n.t('Run Training') : vscode.l10n.t('Run Inference');
    const program = await pickScript(kind, title);
    if (program === undefined) return null;
    const typed = await askArguments(kind, program, `${title}: ${program.script}`, this.parts.memory);
    return typed === undefined ? null : { program, typed };
  }

  private async thatProgram(kind: RunKind, { fsPath }: vscode.Uri): Promise<{ program: Program; typed: string }> {
    // what is executed is what stands in the file
    await vscode.workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.fsPath === fsPath)?.save();
    const program = await namedProgram(dirname(fsPath), basename(fsPath));
    return { program, typed: lastArguments(kind, program, this.parts.memory) };
  }

  private async named(kind: RunKind, given: Given): Promise<Asked> {
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
      ...statedBy(argv!, devices),
      launcher: on === null ? usualLauncher(framework, devices) : null,
      nodes: 1,
      environment: null,
      env: {},
      telemetry: null,
    };
    return { machine: on, choice: { ...usual, ...rest } };
  }

  /** What would be sent and executed; null where it cannot be. */
  private async prepare({ machine, choice }: Asked): Promise<Beginning | null> {
    const python = machine === null && canRunHere() ? await findPython() : null;
    if (machine === null && canRunHere() && python === null) return null;
    const env = machine === null ? { ...machineSetting<Record<string, string>>('runs.environment'), ...choice.env } : choice.env;
    const settings = machine === null ? null : this.parts.fleet.machine(machine);
    const prepared = await preparedChoice({ ...choice, env }, settings, python);
    const devices = await this.devicesFor(machine, prepared.draft);
    if (devices !== null) prepared.draft = onDevices(prepared.draft, devices);
    return { engine: this.parts.fleet.engine(machine), machine, prepared, id: newRunId(), devices };
  }

  private async confirm({ engine, machine, prepared, id, devices }: Beginning): Promise<'start' | 'change' | null> {
    const settings = machine === null ? null : this.parts.fleet.machine(machine);
    const { spec, contents } = await engine.plan(prepared.draft, prepared.delivery, id);
    const connection = settings?.host == null ? null : sshWords(sshOptions(settings, { machines: [], ssh: this.parts.fleet.ssh }));
    const directory = engine.transport.location(id);
    const text = previewText({ machine, connection, directory, spec, contents, choice: prepared.choice, devices }, language());
    const title = vscode.l10n.t('Preview of {0}', spec.name);
    const question = vscode.l10n.t('Start {0} on {1}? The page shows exactly what is sent and executed.', spec.name, machineName(machine));
    return this.parts.preview.ask({ title, name: spec.name, text, question });
  }

  /** Free devices for a run; null where nothing is to be chosen. */
  private async devicesFor(machine: string | null, draft: RunDraft): Promise<DeviceChoice | null> {
    const { fleet } = this.parts;
    const settings = machine === null ? null : fleet.machine(machine);
    // nobody shares out the processor, and a scheduler shares out its own devices
    if (chipKind(draft.target?.chip ?? 'cpu') === 'cpu' || settings?.slurm != null) return null;
    const shell = machine === null ? null : fleet.connection(machine).shell;
    try {
      const { runs } = await fleet.engine(machine).list();
      return await chooseDevices(draft, { machine: settings, runs, run: deviceAsker(shell) });
    } finally {
      await shell?.close();
    }
  }

  private async begun(beginning: Beginning, { choice, machine }: Asked, quiet: boolean): Promise<string | undefined> {
    if (!(await this.begin(beginning, quiet))) return undefined;
    const { fleet, followers, shared } = this.parts;
    followers.follow(beginning.engine, beginning.id, choice.name);
    followers.show(beginning.engine, beginning.id, choice.name);
    const listed = fleet.refresh(machine).catch((error: unknown) => shared.log.warn(explain(error)));
    // another machine may take its time; the log comes meanwhile
    if (machine === null) await listed;
    return beginning.id;
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
      this.parts.shared.log.info(`run ${id} started in ${dir}`);
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
}

/** Commands and view of runs; only the Node extension host has them, and nothing starts in a workspace that is not trusted. */
import * as vscode from 'vscode';
import { RunEngine, type RunStatus } from '../../../runs/src/engine';
import { render } from '../../../runs/src/messages';
import type { RunDraft, RunKind } from '../../../runs/src/spec';
import { isEnded } from '../../../runs/src/state';
import type { Shared } from '../common';
import { RunFollowers } from './follower';
import { explain, language } from './language';
import { chooseProgram } from './program';
import { findPython, machineSetting } from './python';
import { RunsView } from './runs-view';

/** Whether something may be executed here; if not, says so with a way out. */
async function mayExecute(): Promise<boolean> {
  if (!vscode.workspace.isTrusted) {
    const manage = vscode.l10n.t('Manage Workspace Trust');
    const message = vscode.l10n.t('This workspace is not trusted: MindPort starts nothing in it.');
    if ((await vscode.window.showWarningMessage(message, manage)) === manage)
      await vscode.commands.executeCommand('workbench.trust.manage');
    return false;
  }
  if ((vscode.workspace.workspaceFolders ?? []).some((folder) => folder.uri.scheme === 'file')) return true;
  void vscode.window.showWarningMessage(vscode.l10n.t('Open a folder on disk: programs are run from one.'));
  return false;
}

export function registerRuns(context: vscode.ExtensionContext, { log, results }: Shared): void {
  const engine = new RunEngine({
    root: machineSetting<string>('runs.folder') || undefined,
    helper: vscode.Uri.joinPath(context.extensionUri, 'python', 'mindport_run').fsPath,
    language: language(),
  });
  const view = new RunsView(engine);
  const followers = new RunFollowers(engine, () => view.refresh());

  /** Runs `work`; what goes wrong is shown in the person's words. */
  const guarded =
    <A extends unknown[]>(work: (...args: A) => Promise<unknown>) =>
    async (...args: A): Promise<unknown> => {
      try {
        return await work(...args);
      } catch (error) {
        log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
        void vscode.window.showErrorMessage(explain(error));
        return undefined;
      }
    };

  /** @param given what to run, from a caller that has asked already (tests) */
  const start = async (kind: RunKind, given?: Partial<RunDraft>): Promise<string | undefined> => {
    if (!(await mayExecute())) return undefined;
    const python = await findPython();
    if (!python) return undefined;
    const chosen = await chooseProgram(kind, python, context.workspaceState, given);
    if (!chosen) return undefined;
    const env = { ...machineSetting<Record<string, string>>('runs.environment'), ...chosen.env };
    const { id, dir } = await engine.launch({ ...chosen, env });
    log.info(`run ${id} started in ${dir}`);
    followers.follow(id, chosen.name, true);
    view.refresh();
    return id;
  };

  const pickRun = async (accept: (run: RunStatus) => boolean, title: string): Promise<RunStatus | undefined> => {
    const { runs } = await engine.list();
    const items = runs.filter(accept).map((run) => ({ label: run.spec.name, description: render(language(), `state.${run.state}`), run }));
    if (items.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('There is no such run.'));
    return items.length === 0 ? undefined : (await vscode.window.showQuickPick(items, { title }))?.run;
  };

  const cancel = async (given?: RunStatus): Promise<void> => {
    const run = given ?? (await pickRun((candidate) => !isEnded(candidate.state), vscode.l10n.t('Cancel which run?')));
    if (!run) return;
    const { terminated, killed } = await engine.cancel(run.id);
    log.info(`run ${run.id} cancelled: ${terminated} processes ended, ${killed} killed`);
    view.refresh();
  };

  const showLog = async (given?: RunStatus): Promise<void> => {
    const run = given ?? (await pickRun(() => true, vscode.l10n.t('Show the log of which run?')));
    if (run) followers.follow(run.id, run.spec.name, true);
  };

  /** @param given ids to compare, else asked for; the first one chosen is the baseline */
  const compare = async (given?: unknown): Promise<void> => {
    let ids = Array.isArray(given) ? given.filter((id): id is string => typeof id === 'string') : [];
    if (ids.length === 0) {
      const { runs } = await engine.list();
      if (runs.length === 0) {
        void vscode.window.showInformationMessage(vscode.l10n.t('There is no run yet: start one with Run Training or Run Inference.'));
        return;
      }
      const items = runs.map((run) => ({
        label: run.spec.name,
        description: `${render(language(), `state.${run.state}`)} · ${run.spec.target.framework} · ${new Date(run.spec.createdAt).toLocaleString(vscode.env.language)}`,
        picked: run.state === 'succeeded',
        id: run.id,
      }));
      const picked = await vscode.window.showQuickPick(items, { canPickMany: true, title: vscode.l10n.t('Compare which runs?') });
      if (!picked || picked.length === 0) return;
      // the list is newest first, a baseline is usually older
      ids = picked.map((item) => item.id).reverse();
    }
    await results.showRuns(ids);
  };

  results.useRuns({ compare: (ids) => engine.compare(ids), showLog: async (id) => showLog(await engine.status(id)), explain });
  const command = (id: string, run: (...args: never[]) => Promise<unknown>) => vscode.commands.registerCommand(id, guarded(run));
  context.subscriptions.push(
    view,
    followers,
    command('mindport.runTraining', (given?: Partial<RunDraft>) => start('train', given)),
    command('mindport.runInference', (given?: Partial<RunDraft>) => start('infer', given)),
    command('mindport.cancelRun', cancel),
    command('mindport.showRunLog', showLog),
    command('mindport.compareRuns', compare),
    vscode.commands.registerCommand('mindport.refreshRuns', () => view.refresh()),
  );
  // runs survive the editor: what still goes on is followed again
  void engine
    .list()
    .then(({ runs }) => runs.filter((run) => !isEnded(run.state)).forEach((run) => followers.follow(run.id, run.spec.name, false)))
    .catch((error: unknown) => log.warn(`runs cannot be listed: ${explain(error)}`));
}

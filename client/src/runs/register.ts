/** Commands of runs and machines; only the Node extension host has them, and nothing starts in a workspace that is not trusted. */
import * as vscode from 'vscode';
import type { Shared } from '../common';
import { explain } from './language';
import { serveSchema } from './schema';
import type { RunSession } from './session';
import type { Given } from './starter';

/** What the tests read. */
export interface RunsApi {
  /** lines of the two views */
  lines: () => Promise<{ machines: string[]; runs: string[] }>;
}

export function registerRuns(context: vscode.ExtensionContext, shared: Shared): RunsApi {
  const { log, results } = shared;
  let opened: Promise<RunSession> | null = null;
  const session = (): Promise<RunSession> => {
    opened ??= import('./session').then(async ({ RunSession }) => {
      const open = await RunSession.open(context, shared);
      context.subscriptions.push(open);
      return open;
    });
    // what stood in the way may be gone at the next try
    opened.catch(() => (opened = null));
    return opened;
  };

  /** Runs `work`; what goes wrong is shown in the person's words. */
  const command = (id: string, work: (session: RunSession, ...args: never[]) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(id, async (...args: never[]): Promise<unknown> => {
      try {
        return await work(await session(), ...args);
      } catch (error) {
        log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
        void vscode.window.showErrorMessage(explain(error));
        return undefined;
      }
    });
  /** As `command`, for what connects to machines or starts something. */
  const trusted = (id: string, work: (session: RunSession, ...args: never[]) => Promise<unknown>): vscode.Disposable =>
    command(id, async (open, ...args) => {
      const { mayExecute } = await import('./starter');
      return (await mayExecute()) ? work(open, ...args) : undefined;
    });

  results.useRuns({
    compare: async (ids) => (await session()).compared(ids),
    showLog: async (id) => (await session()).showLog(id),
    explain,
  });
  context.subscriptions.push(
    serveSchema(context),
    command('mindport.runTraining', (open, given?: Given | vscode.Uri) => open.start('train', given)),
    command('mindport.runInference', (open, given?: Given | vscode.Uri) => open.start('infer', given)),
    command('mindport.runSweep', (open) => open.startSweep()),
    command('mindport.cancelRun', (open, given?: unknown) => open.cancel(given)),
    command('mindport.showRunLog', (open, given?: unknown) => open.showLog(given)),
    command('mindport.compareRuns', (open, given?: unknown, selected?: unknown) => open.compare(given, selected)),
    command('mindport.refreshRuns', (open) => open.refresh()),
    command('mindport.preview.start', async (open) => open.preview.answer(true)),
    command('mindport.preview.change', async (open) => open.preview.change()),
    command('mindport.preview.leave', async (open) => open.preview.answer(false)),
    command('mindport.sweep.cancel', (open, given?: unknown) => open.cancelSweep(given)),
    command('mindport.sweep.resume', (open, given?: unknown) => open.resumeSweep(given)),
    command('mindport.sweep.results', (open, given?: unknown) => open.compareSweep(given)),
    trusted('mindport.machines.check', (open, given?: unknown) => open.machines.check(given)),
    command('mindport.machines.showCheck', (open, given?: unknown) => open.machines.showCheck(given)),
    trusted('mindport.machines.explain', (open, given?: unknown) => open.machines.explain(given)),
    trusted('mindport.machines.logIn', (open, given?: unknown) => open.machines.logIn(given)),
    trusted('mindport.machines.trust', (open, given?: unknown) => open.machines.trust(given)),
    trusted('mindport.machines.retry', (open, given?: unknown) => open.machines.retry(given)),
    trusted('mindport.machines.add', (open, given?: unknown) => open.machines.add(given)),
    command('mindport.machines.edit', (open, given?: unknown) => open.machines.edit(given)),
  );
  // runs survive the editor: what still goes on is followed again, once the editor has what it waits for
  setTimeout(() => void session().catch((error: unknown) => log.warn(`runs: ${String(error)}`)), 0);
  return {
    lines: async () => {
      const { machinesView, runsView } = await session();
      return { machines: await machinesView.lines(), runs: await runsView.lines() };
    },
  };
}

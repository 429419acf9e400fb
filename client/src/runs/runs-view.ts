/** The list of runs of all machines in the MindPort view: what ran, where and how it went, newest first; rows of a sweep below it. */
import * as vscode from 'vscode';
import type { RunStatus } from '../../../runs/src/engine';
import { sanitise } from '../../../runs/src/log';
import type { Fleet } from '../../../runs/src/machines/fleet';
import { render } from '../../../runs/src/messages';
import { type RunState, isEnded } from '../../../runs/src/state';
import type { RowStatus } from '../../../runs/src/sweep/drive';
import { progressOf } from '../../../runs/src/sweep/progress';
import { language } from './language';
import { sweepStanding } from './standing';
import type { SweepView, Sweeps } from './sweeps';
import { FRAMEWORKS, ago, clockTime, linkWord, machineName, stateWord } from './words';

type Icon = [icon: string, colour?: string];

const ICONS: Partial<Record<RunState, Icon>> = {
  succeeded: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  out_of_memory: ['error', 'testing.iconFailed'],
  timeout: ['error', 'testing.iconFailed'],
  node_fail: ['error', 'testing.iconFailed'],
  cancelled: ['circle-slash'],
  preempted: ['circle-slash'],
  lost: ['question', 'list.warningForeground'],
  submit_unknown: ['question', 'list.warningForeground'],
  draft: ['circle-outline'],
  queued: ['clock'],
};

export type RunNode =
  /** `label`: the name of a row below its sweep; `again`: another run bears its name */
  | { kind: 'run'; run: RunStatus; label?: string; again?: boolean }
  | { kind: 'sweep'; view: SweepView }
  | { kind: 'row'; status: RowStatus; label: string };

export class RunsView implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<RunNode>;
  private pending: NodeJS.Timeout | null = null;
  /** "last seen" grows older */
  private readonly clock = setInterval(() => this.fleet.states().some(({ link }) => link !== 'connected') && this.refresh(), 30_000);

  constructor(
    private readonly fleet: Fleet,
    private readonly sweeps: Sweeps,
  ) {
    this.view = vscode.window.createTreeView('mindport.runs', { treeDataProvider: this, canSelectMany: true });
  }

  /** Draws anew; many calls in a moment are one. */
  refresh(): void {
    this.pending ??= setTimeout(() => {
      this.pending = null;
      this.changed.fire();
    }, 50);
  }

  async getChildren(parent?: RunNode): Promise<RunNode[]> {
    if (parent?.kind === 'sweep') return parent.view.rows.map((status) => this.rowNode(parent.view, status));
    if (parent) return [];
    const sweeps = await this.sweeps.read();
    this.tellTrouble();
    const runs = this.fleet.states().flatMap(({ runs: all }) => all.filter(({ id }) => !this.sweeps.has(id)));
    const bearers = new Map<string, number>();
    for (const { spec } of runs) bearers.set(spec.name, (bearers.get(spec.name) ?? 0) + 1);
    const nodes = [
      ...sweeps.map((view): RunNode => ({ kind: 'sweep', view })),
      ...runs.map((run): RunNode => ({ kind: 'run', run, again: bearers.get(run.spec.name)! > 1 })),
    ];
    const id = (node: RunNode): string => (node.kind === 'sweep' ? node.view.sweep.id : node.kind === 'run' ? node.run.id : '');
    return nodes.sort((a, b) => (id(a) < id(b) ? 1 : -1));
  }

  private rowNode({ sweep }: SweepView, status: RowStatus): RunNode {
    const { name } = status.row;
    // what is the same in all rows stands above them
    const label = name.startsWith(`${sweep.name} `) ? name.slice(sweep.name.length + 1) : name;
    const run = this.fleet.find(status.row.run)?.status;
    return run === undefined ? { kind: 'row', status, label } : { kind: 'run', run, label };
  }

  private tellTrouble(): void {
    const lines: string[] = [];
    for (const { name, link, unreadable, seenAt, runs } of this.fleet.states()) {
      if (unreadable.length > 0)
        lines.push(vscode.l10n.t('{0} run directories cannot be read: {1}', unreadable.length, sanitise(unreadable[0]!.problem)));
      if (name === null || link === null || link === 'connected' || runs.length === 0) continue;
      lines.push(`${name}: ${linkWord(link)}${seenAt === null ? '' : `, ${vscode.l10n.t('last seen {0}', ago(seenAt))}`}`);
    }
    this.view.message = lines.length === 0 ? undefined : lines.join(' · ');
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    if (node.kind === 'sweep') return this.sweepItem(node.view);
    return node.kind === 'run' ? this.runItem(node.run, node.label, node.again) : rowItem(node.status, node.label);
  }

  private sweepItem({ sweep, rows, stopped }: SweepView): vscode.TreeItem {
    const { rows: count, over, active, failed } = progressOf(rows);
    const driven = this.sweeps.isDriven(sweep.id);
    const item = new vscode.TreeItem(sweep.name, vscode.TreeItemCollapsibleState.Expanded);
    item.id = `sweep:${sweep.id}`;
    const parts = [
      vscode.l10n.t('{0} of {1} ended', over, count),
      active === 0 ? '' : vscode.l10n.t('{0} active', active),
      failed === 0 ? '' : vscode.l10n.t('{0} without success', failed),
      over === count ? '' : stopped ? vscode.l10n.t('stopped') : driven ? '' : vscode.l10n.t('paused'),
    ];
    item.description = parts.filter(Boolean).join(' · ');
    item.iconPath = new vscode.ThemeIcon(over === count ? 'layers' : driven ? 'sync~spin' : 'debug-pause');
    item.contextValue = `sweep ${sweepStanding(rows, driven)}`;
    item.tooltip = `${sweep.name}\n${new Date(sweep.createdAt).toLocaleString(vscode.env.language)}\n${item.description}`;
    item.accessibilityInformation = { label: `${vscode.l10n.t('Sweep {0}', sweep.name)}, ${item.description}` };
    return item;
  }

  private runItem(run: RunStatus, label = run.spec.name, again = false): vscode.TreeItem {
    const state = stateWord(run);
    const { spec } = run;
    const reached = run.link === 'connected' || isEnded(run.state);
    const [icon, colour] = reached ? (ICONS[run.state] ?? ['sync~spin']) : ['debug-disconnect', 'list.warningForeground'];
    const item = new vscode.TreeItem(again ? `${label} ${clockTime(run.id)}` : label);
    // two names may stand for one machine
    item.id = `${run.machine ?? ''}/${run.id}`;
    const { framework, chip, devices } = spec.target;
    const target = `${FRAMEWORKS[framework]} · ${devices === 1 ? chip : `${devices} × ${chip}`}`;
    // the state stands in words beside its icon: nothing is said by colour alone
    item.description = [state, run.machine, label === spec.name ? target : ''].filter(Boolean).join(' · ');
    item.iconPath = new vscode.ThemeIcon(icon!, colour ? new vscode.ThemeColor(colour) : undefined);
    item.contextValue = isEnded(run.state) ? 'ended' : 'active';
    item.tooltip = [
      spec.argv.slice(1).join(' '),
      machineName(run.machine),
      [spec.precision, spec.batch === null ? '' : vscode.l10n.t('batch {0}', spec.batch)].filter(Boolean).join(', '),
      new Date(spec.createdAt).toLocaleString(vscode.env.language),
      run.explanation === null ? '' : sanitise(run.explanation),
    ]
      .filter(Boolean)
      .join('\n');
    item.accessibilityInformation = { label: `${again ? (item.label as string) : spec.name}, ${item.description}` };
    item.command = { title: vscode.l10n.t('Show Log'), command: 'mindport.showRunLog', arguments: [run] };
    return item;
  }

  /** The lines as they are shown, for tests. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const node of await this.getChildren()) {
      for (const [depth, each] of [[0, node] as const, ...(await this.getChildren(node)).map((child) => [1, child] as const)]) {
        const item = this.getTreeItem(each);
        lines.push(`${'  '.repeat(depth)}${item.label as string} | ${String(item.description)} | ${item.contextValue ?? ''}`);
      }
    }
    return lines;
  }

  dispose(): void {
    clearInterval(this.clock);
    if (this.pending) clearTimeout(this.pending);
    this.view.dispose();
    this.changed.dispose();
  }
}

/** A row that has no run yet. */
function rowItem({ row, state, explanation }: RowStatus, label: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.id = row.run;
  item.description = [render(language(), `state.${state}`), row.machine].filter(Boolean).join(' · ');
  item.iconPath = new vscode.ThemeIcon(
    state === 'refused' ? 'warning' : 'circle-outline',
    state === 'refused' ? new vscode.ThemeColor('list.warningForeground') : undefined,
  );
  item.tooltip = explanation === null ? row.words.join(' ') : sanitise(explanation);
  item.contextValue = 'row';
  item.accessibilityInformation = { label: `${row.name}, ${item.description}${explanation === null ? '' : `, ${sanitise(explanation)}`}` };
  return item;
}

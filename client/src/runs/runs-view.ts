/** The list of runs in the MindPort view: what ran, how it went, newest first. */
import * as vscode from 'vscode';
import type { RunEngine, RunStatus } from '../../../runs/src/engine';
import { render } from '../../../runs/src/messages';
import { isEnded, type RunState } from '../../../runs/src/state';
import { language } from './language';

const ICONS: Partial<Record<RunState, [icon: string, colour?: string]>> = {
  succeeded: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  out_of_memory: ['error', 'testing.iconFailed'],
  timeout: ['error', 'testing.iconFailed'],
  node_fail: ['error', 'testing.iconFailed'],
  cancelled: ['circle-slash'],
  preempted: ['circle-slash'],
  lost: ['question', 'list.warningForeground'],
  draft: ['circle-outline'],
  queued: ['clock'],
};

const FRAMEWORKS = { torch: 'PyTorch', torch_npu: 'PyTorch (torch_npu)', mindspore: 'MindSpore' };

export class RunsView implements vscode.TreeDataProvider<RunStatus>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<RunStatus>;

  constructor(private readonly engine: RunEngine) {
    this.view = vscode.window.createTreeView('mindport.runs', { treeDataProvider: this });
  }

  refresh(): void {
    this.changed.fire();
  }

  async getChildren(parent?: RunStatus): Promise<RunStatus[]> {
    if (parent) return [];
    const { runs, unreadable } = await this.engine.list();
    this.view.message =
      unreadable.length === 0
        ? undefined
        : vscode.l10n.t('{0} run directories cannot be read: {1}', unreadable.length, unreadable[0]!.problem);
    return runs;
  }

  getTreeItem(run: RunStatus): vscode.TreeItem {
    const state = render(language(), `state.${run.state}`);
    const [icon, colour] = ICONS[run.state] ?? ['sync~spin'];
    const item = new vscode.TreeItem(run.spec.name);
    item.id = run.id;
    // the state stands in words beside its icon: nothing is said by colour alone
    item.description = `${state} · ${FRAMEWORKS[run.spec.target.framework]} · ${run.spec.target.chip}`;
    item.iconPath = new vscode.ThemeIcon(icon, colour ? new vscode.ThemeColor(colour) : undefined);
    item.contextValue = isEnded(run.state) ? 'ended' : 'active';
    item.tooltip = [
      run.spec.argv.slice(1).join(' '),
      new Date(run.spec.createdAt).toLocaleString(vscode.env.language),
      run.explanation ?? '',
    ]
      .filter(Boolean)
      .join('\n');
    item.accessibilityInformation = { label: `${run.spec.name}, ${item.description}` };
    item.command = { title: vscode.l10n.t('Show Log'), command: 'mindport.showRunLog', arguments: [run] };
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.changed.dispose();
  }
}

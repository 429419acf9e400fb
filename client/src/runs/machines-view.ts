/** The list of machines: where runs can be, whether they are reached, what they have, and hosts that could be added. */
import * as vscode from 'vscode';
import { isEnded } from '../../../runs/src/state';
import type { Fleet, MachineState } from '../../../runs/src/machines/fleet';
import { chipsHere } from '../../../runs/src/machines/here';
import { sshHosts } from '../../../runs/src/machines/ssh-hosts';
import { explain } from './language';
import { type MachineChecks, failures, said } from './machine-check';
import type { MachineSource } from './settings-source';
import { ago, chipsText, linkWord, machineName, schedulerText } from './words';

export type MachineNode =
  | { kind: 'machine'; name: string | null }
  | { kind: 'fact'; machine: string; icon: string; label: string; more: string; colour?: string; open?: boolean }
  | { kind: 'finding'; machine: string; at: number }
  | { kind: 'candidates' }
  | { kind: 'candidate'; host: string }
  | { kind: 'problem'; text: string };

type Icon = [icon: string, colour?: string];

const LINKS: Record<NonNullable<MachineState['link']>, Icon> = {
  connected: ['vm-active', 'testing.iconPassed'],
  reconnecting: ['sync'],
  offline: ['debug-disconnect', 'list.warningForeground'],
  auth_needed: ['key', 'list.warningForeground'],
  hostkey_changed: ['shield', 'testing.iconFailed'],
};

const OUTCOMES: Record<string, Icon> = {
  ok: ['pass', 'testing.iconPassed'],
  warning: ['warning', 'list.warningForeground'],
  failed: ['error', 'testing.iconFailed'],
  skipped: ['circle-slash'],
};

const themed = ([icon, colour]: Icon): vscode.ThemeIcon => new vscode.ThemeIcon(icon, colour ? new vscode.ThemeColor(colour) : undefined);

export class MachinesView implements vscode.TreeDataProvider<MachineNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<MachineNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<MachineNode>;
  /** one node for each, so that the tree keeps what is open */
  private readonly machines = new Map<string | null, MachineNode>();
  private readonly hosts = new Map<string, MachineNode>();
  private pending: NodeJS.Timeout | null = null;
  /** "last seen" grows older */
  private readonly clock = setInterval(() => this.fleet.states().some(({ link }) => link !== 'connected') && this.refresh(), 30_000);
  private here = '';

  constructor(
    private readonly fleet: Fleet,
    private readonly source: MachineSource,
    private readonly checks: MachineChecks,
  ) {
    void chipsHere().then((chips) => {
      this.here = chipsText(chips);
      this.refresh();
    });
    this.view = vscode.window.createTreeView('mindport.machines', { treeDataProvider: this });
  }

  /** Draws anew; many calls in a moment are one. */
  refresh(): void {
    this.pending ??= setTimeout(() => {
      this.pending = null;
      this.changed.fire(undefined);
    }, 50);
  }

  node(name: string | null): MachineNode {
    const node = this.machines.get(name) ?? { kind: 'machine', name };
    this.machines.set(name, node);
    return node;
  }

  private host(host: string): MachineNode {
    const node = this.hosts.get(host) ?? { kind: 'candidate', host };
    this.hosts.set(host, node);
    return node;
  }

  getParent(node: MachineNode): MachineNode | undefined {
    if (node.kind === 'fact' || node.kind === 'finding') return this.node(node.machine);
    return undefined;
  }

  async getChildren(parent?: MachineNode): Promise<MachineNode[]> {
    // the welcome text says why
    if (!vscode.workspace.isTrusted) return [];
    if (parent === undefined) {
      const problems = this.source.problems.map((text): MachineNode => ({ kind: 'problem', text }));
      const machines = this.fleet.states().map(({ name }) => this.node(name));
      return [...problems, ...machines, ...((await this.candidates()).length > 0 ? [{ kind: 'candidates' } as const] : [])];
    }
    if (parent.kind === 'candidates') return (await this.candidates()).map((host) => this.host(host));
    return parent.kind === 'machine' && parent.name !== null ? this.facts(parent.name) : [];
  }

  /** Hosts of the ssh configuration that are no machines yet. */
  async candidates(): Promise<string[]> {
    const known = new Set(this.fleet.states().flatMap(({ name, settings }) => [name, settings?.host ?? null]));
    return (await sshHosts(this.fleet.ssh.config)).filter((host) => !known.has(host));
  }

  private facts(machine: string): MachineNode[] {
    const state = this.fleet.state(machine);
    if (!state?.settings) return [];
    const { settings, problem, seenAt, link } = state;
    const fact = (icon: string, label: string, more: string, extra: object = {}): MachineNode[] =>
      more === '' ? [] : [{ kind: 'fact', machine, icon, label, more, ...extra }];
    const trouble =
      problem === null ? [] : fact('warning', linkWord(link), explain(problem), { colour: 'list.warningForeground', open: true });
    const { findings = [], endedAt = null } = this.checks.of(machine) ?? {};
    const order = findings.map((_, at) => at);
    // what needs somebody first, once nothing moves any more
    const rank = { failed: 0, warning: 1, ok: 2, skipped: 2 };
    if (endedAt !== null) order.sort((a, b) => rank[findings[a]!.status] - rank[findings[b]!.status]);
    return [
      ...trouble,
      ...fact('remote', vscode.l10n.t('Host'), settings.host ?? vscode.l10n.t('this machine')),
      ...fact('circuit-board', vscode.l10n.t('Chips of a node'), chipsText(settings.chips)),
      ...fact('package', vscode.l10n.t('Environments'), Object.keys(settings.environments).join(', ')),
      ...fact('list-ordered', vscode.l10n.t('Scheduler'), schedulerText(settings)),
      ...fact('folder', vscode.l10n.t('Folder for runs'), settings.root),
      ...(seenAt === null || link === 'connected' ? [] : fact('history', vscode.l10n.t('Last seen'), ago(seenAt))),
      ...order.map((at): MachineNode => ({ kind: 'finding', machine, at })),
    ];
  }

  getTreeItem(node: MachineNode): vscode.TreeItem {
    switch (node.kind) {
      case 'machine':
        return this.machineItem(this.fleet.state(node.name)!);
      case 'fact': {
        const item = new vscode.TreeItem(node.label);
        item.description = node.more;
        item.iconPath = themed([node.icon, node.colour]);
        item.tooltip = node.more;
        item.contextValue = 'fact';
        if (node.open)
          item.command = {
            title: vscode.l10n.t('Show Details'),
            command: 'mindport.machines.explain',
            arguments: [this.node(node.machine)],
          };
        return labelled(item, `${node.label}: ${node.more}`);
      }
      case 'finding':
        return this.findingItem(node.machine, node.at);
      case 'candidates': {
        const item = new vscode.TreeItem(vscode.l10n.t('Hosts of the ssh configuration'), vscode.TreeItemCollapsibleState.Collapsed);
        item.id = 'candidates';
        item.iconPath = new vscode.ThemeIcon('list-unordered');
        return item;
      }
      case 'candidate': {
        const item = new vscode.TreeItem(node.host);
        item.id = `candidate:${node.host}`;
        item.iconPath = new vscode.ThemeIcon('vm-outline');
        item.contextValue = 'candidate';
        item.tooltip = vscode.l10n.t('A host of your ssh configuration. Add it to run programs there.');
        return labelled(item, node.host);
      }
      case 'problem': {
        const item = new vscode.TreeItem(node.text);
        item.iconPath = themed(OUTCOMES['warning']!);
        item.tooltip = node.text;
        item.command = { title: vscode.l10n.t('Edit Machine'), command: 'mindport.machines.edit' };
        return labelled(item, node.text);
      }
    }
  }

  private machineItem(state: MachineState): vscode.TreeItem {
    const { name, link, settings, runs, seenAt, problem } = state;
    const item = new vscode.TreeItem(machineName(name));
    item.id = name === null ? 'here' : `machine:${name}`;
    const active = runs.filter((run) => !isEnded(run.state)).length;
    const going = active === 0 ? '' : active === 1 ? vscode.l10n.t('1 run') : vscode.l10n.t('{0} runs', active);
    if (name === null || settings === null) {
      item.iconPath = new vscode.ThemeIcon('device-desktop');
      item.description = [this.here, going].filter(Boolean).join(' · ');
      item.contextValue = 'machine here';
      return labelled(item, `${machineName(name)}, ${item.description}`);
    }
    const check = this.checks.of(name);
    const busy = check?.endedAt === null;
    const seen = link !== null && link !== 'connected' && seenAt !== null ? vscode.l10n.t('last seen {0}', ago(seenAt)) : '';
    const failed = check === undefined || busy ? 0 : failures(check);
    const faults = failed === 0 ? '' : failed === 1 ? vscode.l10n.t('1 check failed') : vscode.l10n.t('{0} checks failed', failed);
    const word = busy ? vscode.l10n.t('being checked') : linkWord(link);
    item.description = [word, faults, seen, chipsText(settings.chips), schedulerText(settings), going].filter(Boolean).join(' · ');
    item.iconPath = busy ? new vscode.ThemeIcon('sync~spin') : themed(link === null ? ['vm-outline'] : LINKS[link]);
    item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
    const unknownKey = problem?.key === 'link.hostkey_unknown';
    const signs = ['machine', 'other', ...(unknownKey ? ['unknown-key'] : link === null ? [] : [link.replaceAll('_', '-')])];
    item.contextValue = signs.join(' ');
    item.tooltip = problem === null ? `${name}: ${item.description}` : `${name}: ${explain(problem)}`;
    return labelled(item, `${name}, ${item.description}`);
  }

  private findingItem(machine: string, at: number): vscode.TreeItem {
    const { status, text, fix } = this.checks.of(machine)!.findings[at]!;
    const item = new vscode.TreeItem(said(text));
    item.iconPath = themed(OUTCOMES[status]!);
    item.tooltip = [said(text), fix === null ? '' : said(fix)].filter(Boolean).join('\n');
    item.contextValue = 'finding';
    if (fix !== null) item.description = said(fix);
    item.command = { title: vscode.l10n.t('Show Details'), command: 'mindport.machines.showCheck', arguments: [this.node(machine)] };
    const outcome = {
      ok: vscode.l10n.t('in order'),
      warning: vscode.l10n.t('warning'),
      failed: vscode.l10n.t('failed'),
      skipped: vscode.l10n.t('skipped'),
    }[status];
    return labelled(item, `${outcome}: ${item.tooltip}`);
  }

  /** The lines as they are shown, for tests. */
  async lines(): Promise<string[]> {
    const line = (node: MachineNode): string => {
      const item = this.getTreeItem(node);
      return `${item.label as string} | ${item.description === undefined ? '' : String(item.description)} | ${item.contextValue ?? ''}`;
    };
    const lines: string[] = [];
    for (const node of await this.getChildren()) {
      lines.push(line(node));
      for (const child of await this.getChildren(node)) lines.push(`  ${line(child)}`);
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

function labelled(item: vscode.TreeItem, label: string): vscode.TreeItem {
  item.accessibilityInformation = { label };
  return item;
}

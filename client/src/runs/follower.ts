/** Follows runs while they are active: their log in an output channel, their progress in the status bar, their end in a message. */
import * as vscode from 'vscode';
import type { RunEngine, RunStatus } from '../../../runs/src/engine';
import { render } from '../../../runs/src/messages';
import { isEnded } from '../../../runs/src/state';
import { explain, language } from './language';

interface Followed {
  channel: vscode.OutputChannel;
  stop: AbortController;
  status: RunStatus | null;
  epoch: number | null;
}

export class RunFollowers implements vscode.Disposable {
  private readonly followed = new Map<string, Followed>();
  private readonly item = vscode.window.createStatusBarItem('mindport.run', vscode.StatusBarAlignment.Left);

  constructor(
    private readonly engine: RunEngine,
    /** called whenever a run changed its state */
    private readonly onState: () => void,
  ) {
    this.item.name = vscode.l10n.t('MindPort runs');
    this.item.command = 'mindport.runs.focus';
  }

  /** Begins to follow a run, from its first line; a second call shows the log only. */
  follow(id: string, name: string, show: boolean): void {
    const known = this.followed.get(id);
    if (known) {
      if (show) known.channel.show(true);
      return;
    }
    const channel = vscode.window.createOutputChannel(vscode.l10n.t('MindPort run: {0}', name));
    const entry: Followed = { channel, stop: new AbortController(), status: null, epoch: null };
    this.followed.set(id, entry);
    if (show) channel.show(true);
    void this.read(id, entry).catch((error: unknown) => channel.appendLine(explain(error)));
  }

  private async read(id: string, entry: Followed): Promise<void> {
    let began = false;
    for await (const update of this.engine.watch(id, { signal: entry.stop.signal })) {
      if (update.type === 'log') entry.channel.append(update.text);
      if (update.type === 'events') {
        for (const event of update.events) if (event.ev === 'epoch_end') entry.epoch = event.epoch;
        this.draw();
      }
      if (update.type !== 'state') continue;
      entry.status = update.status;
      this.onState();
      this.draw();
      if (!isEnded(update.status.state)) began = true;
      else {
        const state = render(language(), `state.${update.status.state}`);
        entry.channel.appendLine(`— ${state}${update.status.explanation ? `: ${update.status.explanation}` : ''}`);
        // a log opened afterwards tells nothing new
        if (began) void this.tellEnd(id, update.status, state);
      }
    }
  }

  private async tellEnd(id: string, status: RunStatus, state: string): Promise<void> {
    const results = vscode.l10n.t('Show Results');
    const log = vscode.l10n.t('Show Log');
    const text = `${status.spec.name}: ${state}${status.explanation ? `. ${status.explanation}` : ''}`;
    const answer =
      status.state === 'succeeded'
        ? await vscode.window.showInformationMessage(text, results)
        : await vscode.window.showWarningMessage(text, log);
    if (answer === results) await vscode.commands.executeCommand('mindport.compareRuns', [id]);
    if (answer === log) this.follow(id, status.spec.name, true);
  }

  /** A status bar item only while something runs. */
  private draw(): void {
    const active = [...this.followed.values()].filter((entry) => entry.status && !isEnded(entry.status.state));
    if (active.length === 0) {
      this.item.hide();
      return;
    }
    const [first] = active;
    const epoch = first!.epoch === null ? '' : ` · ${vscode.l10n.t('epoch {0}', first!.epoch)}`;
    this.item.text =
      active.length === 1 ? `$(sync~spin) ${first!.status!.spec.name}${epoch}` : `$(sync~spin) ${vscode.l10n.t('{0} runs', active.length)}`;
    this.item.tooltip = active.map((entry) => entry.status!.spec.name).join('\n');
    this.item.show();
  }

  dispose(): void {
    // runs go on without the editor: only the watching ends
    for (const { stop, channel } of this.followed.values()) {
      stop.abort();
      channel.dispose();
    }
    this.item.dispose();
  }
}

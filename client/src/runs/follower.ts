/** Follows runs while they are active: their log in an output channel, their progress in the status bar, their end in a message. */
import { setMaxListeners } from 'node:events';
import * as vscode from 'vscode';
import type { RunEngine, RunStatus } from '../../../runs/src/engine';
import { sanitise } from '../../../runs/src/log';
import type { Fleet } from '../../../runs/src/machines/fleet';
import { render } from '../../../runs/src/messages';
import type { LinkStatus } from '../../../runs/src/polling';
import { isEnded } from '../../../runs/src/state';
import { explain, language } from './language';
import { clockTime, stateWord } from './words';

interface Followed {
  name: string;
  status: RunStatus | null;
  epoch: number | null;
}

export class RunFollowers implements vscode.Disposable {
  private readonly followed = new Map<string, Followed>();
  private readonly channels = new Map<string, vscode.OutputChannel>();
  private readonly stop = new AbortController();
  private readonly item = vscode.window.createStatusBarItem('mindport.run', vscode.StatusBarAlignment.Left);

  constructor(
    private readonly fleet: Fleet,
    /** whether the end of a run is told by somebody else */
    private readonly isTold: (id: string) => boolean,
  ) {
    // one for each run that is followed
    setMaxListeners(0, this.stop.signal);
    this.item.name = vscode.l10n.t('MindPort runs');
    this.item.command = 'mindport.runs.focus';
  }

  /** Follows a run that went on, as far as was known, and tells its end, however soon it comes; a second call does nothing. */
  follow(engine: RunEngine, id: string, name: string): void {
    if (this.followed.has(id)) return;
    const entry: Followed = { name, status: null, epoch: null };
    this.followed.set(id, entry);
    this.watch(engine, id, entry).catch((error: unknown) => {
      // a run that cannot be watched now can be tried again
      this.followed.delete(id);
      this.draw();
      void error;
    });
  }

  private async watch(engine: RunEngine, id: string, entry: Followed): Promise<void> {
    for await (const update of engine.watch(id, { signal: this.stop.signal })) {
      if (update.type === 'link') this.fleet.noteLink(engine.machine, update);
      if (update.type === 'events') {
        for (const event of update.events) if (event.ev === 'epoch_end') entry.epoch = event.epoch;
        this.draw();
      }
      if (update.type !== 'state') continue;
      entry.status = update.status;
      this.fleet.noteRun(engine.machine, update.status);
      this.draw();
      if (isEnded(update.status.state) && !this.isTold(id)) void this.tellEnd(engine, update.status);
    }
  }

  /** Shows the log of a run from its first line on, as it grows. */
  show(engine: RunEngine, id: string, name: string): void {
    const known = this.channels.get(id);
    if (known) return known.show(true);
    const channel = vscode.window.createOutputChannel(vscode.l10n.t('MindPort run: {0}', `${name} ${clockTime(id)}`));
    this.channels.set(id, channel);
    channel.show(true);
    this.log(engine, id, channel).catch((error: unknown) => {
      channel.appendLine(explain(error));
      // shown again it begins anew
      this.channels.delete(id);
    });
  }

  private async log(engine: RunEngine, id: string, channel: vscode.OutputChannel): Promise<void> {
    for await (const update of engine.watch(id, { signal: this.stop.signal })) {
      if (update.type === 'log') {
        if (update.replaced) channel.appendLine(render(language(), 'cli.replaced'));
        channel.append(sanitise(update.text));
      }
      if (update.type === 'link') this.tellLink(engine, update, channel);
      if (update.type !== 'state') continue;
      const { state, explanation } = update.status;
      // nothing is in the log yet: what it waits for
      if (state === 'queued') channel.appendLine(`— ${stateWord(update.status)}`);
      if (isEnded(state)) channel.appendLine(`— ${stateWord(update.status)}${explanation ? `: ${sanitise(explanation)}` : ''}`);
    }
  }

  private tellLink(engine: RunEngine, status: LinkStatus, channel: vscode.OutputChannel): void {
    const problem = status.error === null ? '' : explain(status.error);
    channel.appendLine(render(language(), status.link === 'connected' ? 'cli.link_back' : 'cli.link_lost', { problem }));
    this.fleet.noteLink(engine.machine, status);
  }

  private async tellEnd(engine: RunEngine, status: RunStatus): Promise<void> {
    const results = vscode.l10n.t('Show Results');
    const log = vscode.l10n.t('Show Log');
    const text = `${status.spec.name}: ${stateWord(status)}${status.explanation ? `. ${sanitise(status.explanation)}` : ''}`;
    const answer =
      status.state === 'succeeded'
        ? await vscode.window.showInformationMessage(text, results)
        : await vscode.window.showWarningMessage(text, log);
    if (answer === results) await vscode.commands.executeCommand('mindport.compareRuns', [status.id]);
    if (answer === log) this.show(engine, status.id, status.spec.name);
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
      active.length === 1 ? `$(sync~spin) ${first!.name}${epoch}` : `$(sync~spin) ${vscode.l10n.t('{0} runs', active.length)}`;
    this.item.tooltip = active.map((entry) => `${entry.name}: ${stateWord(entry.status!)}`).join('\n');
    this.item.show();
  }

  dispose(): void {
    // runs go on without the editor: only the watching ends
    this.stop.abort();
    for (const channel of this.channels.values()) channel.dispose();
    this.item.dispose();
  }
}

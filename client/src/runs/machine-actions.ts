/** What a person does with a machine: check it, log in, trust its host key, add and edit it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { LinkError } from '../../../runs/src/link';
import { sshOptions } from '../../../runs/src/machines/connect';
import type { Fleet } from '../../../runs/src/machines/fleet';
import { addMachine } from '../../../runs/src/machines/settings';
import { checkHost, controlWords, loginWords, type SshOptions } from '../../../runs/src/transports/ssh/command';
import { shownHostKey, trustHostKey } from '../../../runs/src/transports/ssh/host-key';
import type { Documentation } from '../documentation';
import { explain } from './language';
import { type MachineChecks, checkPage, failures } from './machine-check';
import type { MachineNode, MachinesView } from './machines-view';
import type { MachineSource } from './settings-source';

/** How long a login may take: somebody may have to fetch a token. */
const LOGIN_MS = 600_000;

export interface MachineParts {
  fleet: Fleet;
  source: MachineSource;
  checks: MachineChecks;
  view: MachinesView;
  documentation: Documentation;
  log: vscode.LogOutputChannel;
}

export class MachineActions {
  constructor(private readonly parts: MachineParts) {}

  /** The machine meant by a node of the view or a name; else asked for. */
  private async meant(given: unknown, title: string): Promise<string | undefined> {
    if (typeof given === 'string') return given;
    const node = given as MachineNode | undefined;
    if (node?.kind === 'machine' && node.name !== null) return node.name;
    if (node?.kind === 'candidate') return node.host;
    if (node?.kind === 'fact' || node?.kind === 'finding') return node.machine;
    const names = this.parts.fleet.states().flatMap(({ name }) => (name === null ? [] : [name]));
    const items = [...names, ...(await this.parts.view.candidates())];
    if (items.length === 0) {
      const add = vscode.l10n.t('Add Machine');
      const none = vscode.l10n.t('There are no other machines yet.');
      if ((await vscode.window.showInformationMessage(none, add)) === add) await this.add();
      return undefined;
    }
    return vscode.window.showQuickPick(items, { title });
  }

  private options(name: string): SshOptions {
    return sshOptions(this.parts.fleet.machine(name), { machines: [], ssh: this.parts.fleet.ssh });
  }

  async check(given?: unknown): Promise<void> {
    const { checks, log, fleet, view } = this.parts;
    const name = await this.meant(given, vscode.l10n.t('Check which machine?'));
    if (name === undefined) return;
    const title = vscode.l10n.t('Checking {0}', name);
    // the probes appear below the machine as they come
    if (fleet.state(name) !== undefined) await view.view.reveal(view.node(name), { expand: true });
    const check = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (progress, token) => checks.run(name, (message) => progress.report({ message }), token),
    );
    log.info(`check of ${name}: ${check.findings.map(({ id, status }) => `${id} ${status}`).join(', ')}`);
    await fleet.retry(name);
    const failed = failures(check);
    const details = vscode.l10n.t('Show Details');
    const tell =
      failed === 0
        ? vscode.window.showInformationMessage(vscode.l10n.t('{0} has what a run needs.', name), details)
        : vscode.window.showWarningMessage(vscode.l10n.t('{0}: {1} of {2} checks failed.', name, failed, check.findings.length), details);
    void tell.then((answer) => (answer === details ? this.showCheck(name) : undefined));
  }

  /** The outcome of the last check as a page; makes one when there is none. */
  async showCheck(given?: unknown): Promise<void> {
    const name = await this.meant(given, vscode.l10n.t('Show the check of which machine?'));
    if (name === undefined) return;
    const check = this.parts.checks.of(name);
    if (check === undefined) return this.check(name);
    await this.parts.documentation.show(vscode.l10n.t('Check of {0}', name), checkPage(name, check));
  }

  /** What the link said last, with the action that can mend it. */
  async explain(given?: unknown): Promise<void> {
    const name = await this.meant(given, vscode.l10n.t('Which machine?'));
    const problem = name === undefined ? null : this.parts.fleet.state(name)?.problem;
    if (name === undefined || !problem) return;
    const link = problem instanceof LinkError ? problem.link : null;
    if (link === 'hostkey_changed') {
      // no button: nobody shall accept such a key in passing
      await vscode.window.showErrorMessage(explain(problem), { modal: true });
      return;
    }
    const trust = vscode.l10n.t('Show Host Key');
    const logIn = vscode.l10n.t('Log In');
    const retry = vscode.l10n.t('Retry');
    const first = problem.key === 'link.hostkey_unknown' ? trust : link === 'auth_needed' ? logIn : retry;
    const answer = await vscode.window.showWarningMessage(explain(problem), first);
    if (answer === trust) await this.trust(name);
    if (answer === logIn) await this.logIn(name);
    if (answer === retry) await this.retry(name);
  }

  /** Opens a terminal for password or second factor, and goes on over its connection as soon as it stands. */
  async logIn(given?: unknown): Promise<void> {
    const { fleet } = this.parts;
    const name = await this.meant(given, vscode.l10n.t('Log in to which machine?'));
    if (name === undefined || fleet.machine(name).host === null) return;
    const options = this.options(name);
    const [shellPath, ...shellArgs] = loginWords(options) as [string, ...string[]];
    // ssh itself, not typed into a shell
    const terminal = vscode.window.createTerminal({
      name: vscode.l10n.t('Log in: {0}', name),
      shellPath,
      shellArgs,
      iconPath: new vscode.ThemeIcon('key'),
    });
    terminal.show();
    const closed = new Promise<void>((resolve) => {
      const listening = vscode.window.onDidCloseTerminal((other) => {
        if (other !== terminal) return;
        listening.dispose();
        resolve();
      });
    });
    const shared = controlWords(options, 'check');
    if (shared === null) void vscode.window.showWarningMessage(noSharing());
    if (shared === null) await closed;
    else await Promise.race([closed, connected(shared)]);
    await fleet.retry(name);
    if (fleet.state(name)?.link === 'connected') void vscode.window.showInformationMessage(vscode.l10n.t('{0} is connected.', name));
  }

  /** Shows the key of a host that is not known yet and notes it when the person says that it is the right one. */
  async trust(given?: unknown): Promise<void> {
    const { fleet, log } = this.parts;
    const name = await this.meant(given, vscode.l10n.t('Trust the host key of which machine?'));
    if (name === undefined || fleet.machine(name).host === null) return;
    const problem = fleet.state(name)?.problem;
    if (problem instanceof LinkError && problem.link === 'hostkey_changed') return this.explain(name);
    const options = this.options(name);
    const title = vscode.l10n.t('Asking {0} for its host key', name);
    const key = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () => shownHostKey(options));
    if (key === null) {
      void vscode.window.showWarningMessage(vscode.l10n.t('{0} shows no host key: it is not reached.', name));
      return;
    }
    const trust = vscode.l10n.t('Trust This Key');
    const compare = vscode.l10n.t(
      'Compare it with the fingerprint that the administrator of the machine publishes. Trust it only if they are equal.',
    );
    const detail = `${key.kind}\n${key.fingerprint}\n\n${compare}`;
    const question = vscode.l10n.t('Is this the host key of {0}?', name);
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, trust)) !== trust) return;
    await trustHostKey(options, key.fingerprint);
    log.info(`host key of ${name} noted: ${key.fingerprint}`);
    await fleet.retry(name);
  }

  async retry(given?: unknown): Promise<void> {
    const name = await this.meant(given, vscode.l10n.t('Retry which machine?'));
    if (name !== undefined) await this.parts.fleet.retry(name);
  }

  /** Adds a host to the user's file: one of the ssh configuration, or one that is typed. */
  async add(given?: unknown): Promise<void> {
    const { source, view, fleet } = this.parts;
    let host =
      typeof given === 'string'
        ? given
        : (given as MachineNode | undefined)?.kind === 'candidate'
          ? (given as { host: string }).host
          : undefined;
    if (host === undefined) {
      const other = vscode.l10n.t('Another host…');
      const items = [...(await view.candidates()), other];
      const title = vscode.l10n.t('Which host?');
      const placeHolder = vscode.l10n.t('Hosts of your ssh configuration');
      const picked = items.length === 1 ? other : await vscode.window.showQuickPick(items, { title, placeHolder });
      if (picked === undefined) return;
      host =
        picked !== other
          ? picked
          : await vscode.window.showInputBox({
              title,
              prompt: vscode.l10n.t('An alias of your ssh configuration, or user@host'),
              validateInput: hostTrouble,
            });
    }
    if (!host) return;
    await addMachine(source.path, host, { host });
    await fleet.load();
    void fleet.refresh(host);
    const check = vscode.l10n.t('Check Machine');
    const edit = vscode.l10n.t('Edit Machine');
    const text = vscode.l10n.t('{0} is added. Its chips, environments and scheduler can be described in {1}.', host, source.path);
    void vscode.window
      .showInformationMessage(text, check, edit)
      .then((answer) => (answer === check ? this.check(host) : answer === edit ? this.edit(host) : undefined));
  }

  /** Opens where the machine is described. */
  async edit(given?: unknown): Promise<void> {
    const { source } = this.parts;
    const node = given as MachineNode | undefined;
    const name = typeof given === 'string' ? given : node?.kind === 'machine' ? node.name : null;
    if (name !== null && source.fromEditor.has(name)) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'mindport.machines');
      return;
    }
    // an empty one is made, for somebody to fill in
    if (!existsSync(source.path)) await addMachine(source.path, '', null);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(source.path));
    const editor = await vscode.window.showTextDocument(document);
    const at = name === null ? -1 : document.getText().indexOf(`${JSON.stringify(name)}:`);
    if (at < 0) return;
    const position = document.positionAt(at);
    editor.selection = new vscode.Selection(position, position);
    editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

/** A login in a terminal helps that terminal alone where ssh cannot share its connection (Windows). */
function noSharing(): string {
  return vscode.l10n.t(
    'ssh on this system cannot share a login with MindPort. A host key can be accepted in the terminal; for the login itself use a key held by ssh-agent.',
  );
}

function hostTrouble(host: string): string | undefined {
  try {
    checkHost(host);
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

/** Waits until the shared connection stands. */
async function connected(words: string[]): Promise<void> {
  const [program, ...rest] = words as [string, ...string[]];
  const until = Date.now() + LOGIN_MS;
  while (Date.now() < until) {
    const stands = await new Promise<boolean>((done) => execFile(program, rest, { timeout: 5000 }, (error) => done(error === null)));
    if (stands) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

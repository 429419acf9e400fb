/** Where the machines come from: the user's file and the user's setting. A workspace has no say. */
import * as vscode from 'vscode';
import { RunError } from '../../../runs/src/errors';
import { type Settings, joinSettings, parseSettings, readSettings, settingsPath } from '../../../runs/src/machines/settings';
import { explain } from './language';
import { machineSetting } from './python';

const none: Settings = { machines: [], ssh: {} };

export class MachineSource {
  readonly path = settingsPath();
  /** what is wrong with the file or the setting, in the person's words */
  problems: string[] = [];
  /** machines that only the editor's setting has */
  fromEditor: ReadonlySet<string> = new Set();

  /** Reads both anew. What is wrong with one of them is told in `problems` and leaves the machines of the other. */
  async read(): Promise<Settings> {
    this.problems = [];
    const file = await this.attempt(() => readSettings(this.path));
    const setting = { machines: machineSetting<object>('machines') ?? {}, ssh: machineSetting<object>('ssh') ?? {} };
    const editor = await this.attempt(async () => parseSettings(setting));
    const joined = joinSettings(file, editor);
    this.fromEditor = new Set(joined.fromEditor);
    for (const name of joined.hidden)
      this.problems.push(vscode.l10n.t('The machine {0} of the setting mindport.machines is hidden by the one of {1}.', name, this.path));
    return joined;
  }

  private async attempt(work: () => Promise<Settings>): Promise<Settings> {
    try {
      return await work();
    } catch (error) {
      this.problems.push(error instanceof RunError ? explain(error) : String(error));
      return none;
    }
  }

  /** Calls `changed` when the file or the setting may say something else. */
  watch(changed: () => void): vscode.Disposable {
    const folder = vscode.Uri.joinPath(vscode.Uri.file(this.path), '..');
    const files = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, 'machines.json'));
    const saved = vscode.workspace.onDidSaveTextDocument(({ uri }) => uri.fsPath === this.path && changed());
    const configured = vscode.workspace.onDidChangeConfiguration(
      (event) => (event.affectsConfiguration('mindport.machines') || event.affectsConfiguration('mindport.ssh')) && changed(),
    );
    return vscode.Disposable.from(
      files,
      files.onDidChange(changed),
      files.onDidCreate(changed),
      files.onDidDelete(changed),
      saved,
      configured,
    );
  }
}

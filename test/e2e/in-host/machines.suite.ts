/** Machines of the user's settings, looked at and used; the other machine is this one behind a real sshd (`ssh-machine.mjs`). */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { assert, assertEqual, folder, mindport, until, write } from './editor';
import { note } from './reporter';

const PROGRAM = `
if __name__ == "__main__":
    for epoch in range(3):
        print(f"Time taken for epoch {epoch + 1} is 0.5 sec", flush=True)
        print(f"Train loss: {0.9 / (epoch + 1)}. Valid loss: {1.0 / (epoch + 1)}", flush=True)
`;

const given = JSON.parse(process.env.MINDPORT_E2E_SSH ?? '{}') as { root: string };
const lines = async (): Promise<{ machines: string[]; runs: string[] }> => (await mindport()).runs!.lines();
const machineLine = async (name: string): Promise<string | undefined> =>
  (await lines()).machines.find((line) => line.startsWith(`${name} |`));
const runsThere = (): string[] =>
  existsSync(join(given.root, 'runs')) ? readdirSync(join(given.root, 'runs')).filter((name) => !name.startsWith('.')) : [];
const exitThere = (id: string): string | undefined => readdirSync(join(given.root, 'runs', id)).find((name) => /^exit\.\d+$/.test(name));
/** The text of the preview that is shown as the n-th. */
const preview = (n: number): string | undefined => {
  const document = vscode.window.activeTextEditor?.document;
  return document?.uri.scheme === 'mindport-preview' && document.uri.query === String(n) ? document.getText() : undefined;
};

describe('machines', () => {
  before(async () => {
    assert(process.env.XDG_CONFIG_HOME?.includes('mindport-e2e'), 'the tests need a configuration folder of their own');
    await mindport();
  });

  it('are those of the user; a workspace cannot bring one', async () => {
    const machines = { evil: { host: 'box' }, box: { host: 'gone' } };
    const settings = { 'mindport.machines': machines, 'mindport.ssh': { program: '/bin/false' } };
    await write('.vscode/settings.json', JSON.stringify(settings));
    await until('the settings of the workspace', () => vscode.workspace.getConfiguration('mindport').inspect('machines') !== undefined);
    await vscode.commands.executeCommand('mindport.machines.retry', 'box');
    await until('box', async () => (await machineLine('box'))?.includes('connected'));
    assertEqual(await machineLine('evil'), undefined, 'a machine of the workspace');
    assert((await machineLine('box'))!.includes('4 × nvidia'), 'the machine of the user was replaced');
    await write('.vscode/settings.json', '{}');
  });

  it('checks one and shows what each probe found', async () => {
    await vscode.commands.executeCommand('mindport.machines.check', 'box');
    const { machines } = await lines();
    for (const found of ['Logged in as', 'The shell has all', 'can be written', 'Processes outlive']) {
      assert(machines.some((line) => line.includes(found)), `${found} is not among ${machines.join('\n')}`); // prettier-ignore
    }
    // four devices are said to be there: what is missing comes with what to do
    assert(
      machines.some((line) => line.includes('the settings say 4') && line.includes('Check the driver')),
      machines.join('\n'),
    );
  });

  it('adds a host to the file of the user, which only the user can read', async () => {
    await vscode.commands.executeCommand('mindport.machines.add', 'gone');
    const path = join(process.env.XDG_CONFIG_HOME!, 'mindport', 'machines.json');
    assertEqual(JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))), '{"machines":{"gone":{"host":"gone"}}}', 'the file');
    assertEqual(statSync(path).mode & 0o777, 0o600, 'its mode');
    await until('the link', async () => (await machineLine('gone'))?.includes('offline'));
  });

  it('describes the file with a schema in the language of the editor', async () => {
    const path = join(process.env.XDG_CONFIG_HOME!, 'mindport', 'machines.json');
    await vscode.commands.executeCommand('mindport.machines.edit', 'gone');
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === path);
    assert(document, 'the file is not shown');
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), '{ "machines": { "gone": { "hots": "x" } } }');
    await vscode.workspace.applyEdit(edit);
    await until('a warning', () => vscode.languages.getDiagnostics(document.uri).some(({ message }) => message.includes('hots')));
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('shows what would be sent and executed, and starts it there when told to', async () => {
    const uri = await write('there/program.py', PROGRAM);
    const cwd = uri.fsPath.replace(/\/program\.py$/, '');
    const asked = { cwd, argv: ['program.py', 'two words'], on: 'box', preview: true };
    const refused = vscode.commands.executeCommand('mindport.runTraining', asked);
    const text = await until('the preview', () => preview(1));
    for (const part of ['Machine: box', 'Connection: ssh -T', 'Sent: 1 files', "program.py 'two words'", '--- cmd.sh']) {
      assert(text.includes(part), `${part} is not in the preview:\n${text.slice(0, 1000)}`);
    }
    assertEqual(runsThere().length, 0, 'runs before the answer');
    await vscode.commands.executeCommand('mindport.preview.leave');
    assertEqual(await refused, undefined, 'what came of it');
    assertEqual(runsThere().length, 0, 'runs after a no');

    const started = performance.now();
    const agreed = vscode.commands.executeCommand<string>('mindport.runTraining', asked);
    await until('the preview again', () => preview(2));
    await vscode.commands.executeCommand('mindport.preview.start');
    const id = await agreed;
    note(`Run Training on another machine, preview included, returned after ${(performance.now() - started).toFixed(0)} ms`);
    await until('the end', () => exitThere(id));
    assertEqual(exitThere(id), 'exit.0', 'how it ended');
    await until('the end in the view', async () => (await lines()).runs.some((line) => line.includes('succeeded · box')));
    // a run of this machine beside one of the other
    const here = await vscode.commands.executeCommand<string>('mindport.runTraining', { cwd, argv: ['program.py'], name: 'here' });
    await until('the end here', async () => (await lines()).runs.some((line) => line.startsWith('here | succeeded')));
    await vscode.commands.executeCommand('mindport.compareRuns', [id, here]);
    await until('the panel', async () => (await mindport()).resultPanels().length > 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    assertEqual(folder().scheme, 'file', 'where the tests run');
  });
});

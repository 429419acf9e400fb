/** What is different without Node. */
import * as vscode from 'vscode';
import { assert, assertEqual, folder, mindport, openProgramFile, until, write } from './editor';

describe('web worker host', () => {
  it('has no commands that execute anything', async () => {
    const api = await mindport();
    assertEqual(api.host, 'web', 'host');
    const commands = new Set(await vscode.commands.getCommands(true));
    assert(commands.has('mindport.migrateProject'), 'migration is missing');
    for (const id of ['mindport.runTraining', 'mindport.runInference', 'mindport.cancelRun']) assert(!commands.has(id), `${id} is there`);
  });

  it('migrates a program in memory', async () => {
    await openProgramFile('metrics.py');
    await write('small/model.py', 'import torch\n\n\ndef scale(x: torch.Tensor) -> torch.Tensor:\n    return torch.abs(x)\n');
    const target = vscode.Uri.joinPath(folder(), '..', 'small-mindspore');
    void vscode.commands.executeCommand('mindport.migrateProject', vscode.Uri.joinPath(folder(), 'small'), target);
    const tab = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).some((candidate) => candidate.label.includes('small'));
    await until('the preview', tab);
    const files = await vscode.commands.executeCommand<number | null>('mindport.migration.write');
    assert(files, 'nothing was written');
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(target, 'model.py')));
    assert(text.includes('mindspore') && !text.includes('torch'), text);
  });
});

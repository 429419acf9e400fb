/** Migration, runs and results: what needs a disk and processes. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { assert, assertEqual, folder, mindport, until, write } from './editor';
import { note } from './reporter';

/** A program of the kind whose output the log adapters know, over in a moment. */
const QUICK = `
import sys
if __name__ == "__main__":
    for epoch in range(3):
        print(f"Time taken for epoch {epoch + 1} is {0.5 + epoch / 10} sec", flush=True)
        print(f"Train loss: {0.9 / (epoch + 1)}. Valid loss: {1.0 / (epoch + 1)}", flush=True)
    sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
`;
const ENDLESS = 'import time\nif __name__ == "__main__":\n    print("begun", flush=True)\n    time.sleep(600)\n';

const labels = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).map((tab) => tab.label);
const close = () => vscode.commands.executeCommand('workbench.action.closeAllEditors');

describe('migration', () => {
  it('shows the whole program as one diff and writes it when told to', async () => {
    await mindport();
    const target = vscode.Uri.file(`${folder().fsPath}-mindspore`);
    const started = performance.now();
    void vscode.commands.executeCommand('mindport.migrateProject', folder(), target);
    await until('the preview', () => labels().some((label) => label.startsWith('Migration of')));
    note(`migration of the example shown after ${(performance.now() - started).toFixed(0)} ms`);
    assert(!existsSync(target.fsPath), 'something was written before the person agreed');
    const written = await vscode.commands.executeCommand<number | null>('mindport.migration.write');
    assert(written && written > 5, `${written} files written`);
    const train = readFileSync(join(target.fsPath, 'train.py'), 'utf8');
    assert(/mindspore/.test(train) && !/^\s*(import|from) torch/m.test(train), 'train.py still imports torch');
    assert(existsSync(join(target.fsPath, 'README.md')), 'companion files are missing');
    assert(existsSync(join(target.fsPath, 'mindport_ops', '__init__.py')), 'the operators are missing');
    await until('the preview to close', () => labels().every((label) => !label.startsWith('Migration of')));
  });
});

describe('runs', () => {
  const ids: string[] = [];
  const results = () => mindport().then((api) => api.resultPanels());
  const exit = (id: string) => {
    const base = join(process.env.XDG_STATE_HOME!, 'mindport', 'runs', id);
    return readdirSync(base).find((name) => /^exit\.\d+$/.test(name)) ?? null;
  };
  const launch = async (kind: 'Training' | 'Inference', text: string, name: string, args: string[] = []) => {
    const uri = await write(`${name}/program.py`, text);
    const cwd = uri.fsPath.replace(/\/program\.py$/, '');
    const id = await vscode.commands.executeCommand<string | undefined>(`mindport.run${kind}`, {
      cwd,
      argv: ['program.py', ...args],
      name,
    });
    assert(id, 'the run did not start');
    return id;
  };

  before(async () => {
    assert(process.env.XDG_STATE_HOME, 'the tests need a state folder of their own');
    await mindport();
    await close();
  });

  it('starts a training, which ends by itself', async () => {
    const started = performance.now();
    ids.push(await launch('Training', QUICK, 'quick one'));
    note(`Run Training returned after ${(performance.now() - started).toFixed(0)} ms`);
    assertEqual(await until('the end', () => exit(ids[0]!)), 'exit.0', 'how it ended');
    ids.push(await launch('Training', QUICK, 'quick two'));
    await until('the end', () => exit(ids[1]!));
  });

  it('tells a failure', async () => {
    const id = await launch('Inference', QUICK, 'failing', ['3']);
    assertEqual(await until('the end', () => exit(id)), 'exit.3', 'how it ended');
  });

  it('cancels a run with its processes', async () => {
    const id = await launch('Training', ENDLESS, 'endless');
    assertEqual(exit(id), null, 'it ended at once');
    await vscode.commands.executeCommand('mindport.cancelRun', { id });
    assert(await until('the end', () => exit(id)), 'it goes on');
  });

  it('compares runs in the results panel', async () => {
    await vscode.commands.executeCommand('mindport.compareRuns', ids);
    await until('the panel', async () => (await results()).length > 0);
    assertEqual((await results())[0], 'MindPort Results', 'title');
    await close();
    await until('no panel', async () => (await results()).length === 0);
    await vscode.commands.executeCommand('mindport.showResults');
    await until('the panel again', async () => (await results()).length > 0);
    await close();
  });

  it('takes no interpreter from the workspace', async () => {
    const marker = join(folder().fsPath, 'taken');
    const script = await write('evil.sh', `#!/bin/sh\ntouch '${marker}'\n`);
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(folder(), '.vscode'));
    await write('.vscode/settings.json', JSON.stringify({ 'mindport.python': script.fsPath, 'mindport.runs.environment': { EVIL: '1' } }));
    const id = await launch('Training', QUICK, 'careful');
    await until('the end', () => exit(id));
    assert(!existsSync(marker), 'the workspace chose what was executed');
    const spec = JSON.parse(readFileSync(join(process.env.XDG_STATE_HOME!, 'mindport', 'runs', id, 'spec.json'), 'utf8')) as {
      env: Record<string, string>;
      argv: string[];
    };
    assert(!spec.argv[0]!.includes('evil') && !('EVIL' in spec.env), JSON.stringify(spec));
  });
});

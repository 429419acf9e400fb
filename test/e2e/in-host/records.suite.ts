/** Records of the user's own in a real editor: read, watched and checked, in the Node and in the web worker extension host. */
import * as vscode from 'vscode';
import { actionsAt, assert, findings, mindport, openProgramFile, until, write } from './editor';

const OWN = '.mindport/mappings/own.json';
const record = (to: string): string =>
  JSON.stringify(
    [
      {
        torch: 'apex.fused',
        kind: 'function',
        params: '(x, weight)',
        routes: [{ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to }],
      },
    ],
    null,
    2,
  );

describe('records of the workspace', () => {
  let python: vscode.TextDocument;

  before(async () => {
    await mindport();
    await openProgramFile('metrics.py');
    const uri = await write('uses_own.py', 'import apex\n\n\ndef f(a, b):\n    return apex.fused(a, b)\n');
    await write(OWN, record('ops.matmul({x}, {weight})'));
    python = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(python);
  });

  after(() => vscode.workspace.fs.delete(vscode.Uri.joinPath(python.uri, '..', '.mindport'), { recursive: true }));

  const becomes = async (text: string): Promise<boolean> => {
    const [finding] = findings(python.uri);
    const actions = finding ? await actionsAt(python, finding.range, vscode.CodeActionKind.QuickFix.value) : [];
    return actions.some(({ title }) => title.includes(text));
  };

  it('are used as soon as they are written, and the hover names their file', async () => {
    await until('the fix of the record', () => becomes('ops.matmul(a, b)'));
    const at = findings(python.uri)[0]!.range.start;
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', python.uri, at);
    const text = hovers
      .flatMap(({ contents }) => contents.map((content) => (typeof content === 'string' ? content : content.value)))
      .join();
    assert(text.includes(OWN), text);
    // the editor's watcher may not yet stand in a folder made a moment ago: on a busy machine it misses the next change there
    let written = 0;
    await until('the fix of the changed record', async () => {
      if (Date.now() - written > 5_000) {
        await write(OWN, record('ops.bmm({x}, {weight})'));
        written = Date.now();
      }
      return becomes('ops.bmm(a, b)');
    });
  });

  it('are checked while they are written', async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(python.uri, '..', OWN));
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    const word = document.getText().indexOf('{weight}');
    edit.replace(document.uri, new vscode.Range(document.positionAt(word), document.positionAt(word + '{weight}'.length)), '{width}');
    assert(await vscode.workspace.applyEdit(edit), 'the text was not replaced');
    const [problem] = await until('a problem', () => (findings(document.uri).length > 0 ? findings(document.uri) : null));
    assert(document.getText(problem!.range).includes('{width}'), `the problem stands at ${document.getText(problem!.range)}`);
    await vscode.commands.executeCommand('undo');
    await until('no problem', () => findings(document.uri).length === 0);
  });
});

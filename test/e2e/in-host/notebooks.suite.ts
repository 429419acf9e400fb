/** A notebook in the editor's own notebook view: one program over the cells. */
import * as vscode from 'vscode';
import { actionsAt, apply, assert, assertEqual, findings, mindport, until, write } from './editor';

const code = (source: string) => ({ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: source.split(/^/m) });
const NOTEBOOK = {
  cells: [
    { cell_type: 'markdown', metadata: {}, source: ['# torch.abs(1)'] },
    code('%matplotlib inline\nimport torch'),
    code('!ls\ny = torch.abs(torch.ones(2))'),
  ],
  metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' }, language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
};

describe('notebooks', () => {
  let cells: vscode.TextDocument[];
  const underlined = (cell: number) => findings(cells[cell]!.uri).map((finding) => cells[cell]!.getText(finding.range));

  before(async () => {
    await mindport();
    const notebook = await vscode.workspace.openNotebookDocument(await write('cells.ipynb', JSON.stringify(NOTEBOOK, null, 1)));
    await vscode.window.showNotebookDocument(notebook);
    cells = notebook.getCells().map((cell) => cell.document);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('have findings in the cells where they stand', async () => {
    await until('findings', () => findings(cells[2]!.uri).length > 0);
    assertEqual(underlined(2).join(), 'torch.abs,torch.ones', 'findings');
    assertEqual(findings(cells[0]!.uri).length + findings(cells[1]!.uri).length, 0, 'findings in the other cells');
  });

  it('are one program: a change of one cell changes what is said of another', async () => {
    const replace = async (from: string, to: string) => {
      const document = cells[1]!;
      const at = document.getText().indexOf(from);
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(document.positionAt(at), document.positionAt(at + from.length)), to);
      assert(await vscode.workspace.applyEdit(edit), 'the cell was not changed');
    };
    await replace('import torch', 'import numpy as torch');
    await until('silence in the other cell', () => findings(cells[2]!.uri).length === 0);
    await replace('import numpy as torch', 'import torch');
    await until('the findings again', () => findings(cells[2]!.uri).length === 2);
  });

  it('are fixed across cells, magics left as they are', async () => {
    const range = findings(cells[2]!.uri)[0]!.range;
    const [all] = await actionsAt(cells[2]!, range, 'source.fixAll.mindport');
    assert(all, 'no source.fixAll.mindport in a cell');
    await apply(all);
    assert(cells[1]!.getText().startsWith('%matplotlib inline\n'), cells[1]!.getText());
    assert(cells[1]!.getText().includes('mindspore'), `no import in ${cells[1]!.getText()}`);
    assert(cells[2]!.getText().startsWith('!ls\ny = ') && !cells[2]!.getText().includes('torch'), cells[2]!.getText());
  });
});

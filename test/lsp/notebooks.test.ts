/** Notebooks in an editor: one program over the cells, everything said cell by cell. */
import { afterEach, expect, test } from 'vitest';
import type { MigrateResult } from '../../server/src/lsp/protocol';
import { MODERN, TestClient, type ClientOptions } from './client';
import { TestNotebook } from './notebook-client';

const N = 'file:///w/n.ipynb';
let client: TestClient;
const open = async (sources: string[], options?: ClientOptions): Promise<TestNotebook> => {
  client = await TestClient.start(options);
  return TestNotebook.open(client, N, ...sources);
};
afterEach(() => client.stop());

async function until<T>(what: string, probe: () => T | Promise<T>): Promise<void> {
  for (const deadline = Date.now() + 5_000; !(await probe()); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > deadline) throw new Error(`waited for ${what}`);
}

test('names go from cell to cell, and every cell has findings in its own places', async () => {
  const notebook = await open(['%matplotlib inline\nimport torch', 'x = torch.ones(2)', '!ls\n  \ny = x.exp()', '%%bash\ntorch.abs(1)']);
  expect(await notebook.underlined()).toEqual([[], ['torch.ones'], ['exp'], []]);
  expect((await notebook.pull(2))[0]!.range).toEqual({ start: { line: 2, character: 6 }, end: { line: 2, character: 9 } });
});

test('what is related is in the cell where it stands', async () => {
  const notebook = await open(['import torch\nx = torch.ones(2)', 'y = x.exp()']);
  const [finding] = await notebook.pull(1);
  expect(finding!.relatedInformation![0]!.location).toMatchObject({ uri: notebook.cells[0], range: { start: { line: 1 } } });
  const hover = await notebook.hover(1, 'exp');
  expect(hover!.range).toEqual(notebook.rangeOf(1, 'exp'));
  expect(JSON.stringify(hover!.contents)).toContain('line 2 of another cell');
});

test('edits, new, removed and moved cells are followed', async () => {
  const notebook = await open(['import torch', 'y = torch.abs(1)']);
  await notebook.edit(1, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '# é😀\n' });
  expect(await notebook.underlined()).toEqual([[], ['torch.abs']]);
  await notebook.insert(1, 'torch = None');
  expect(await notebook.underlined()).toEqual([[], [], []]);
  await notebook.swap(0);
  expect(await notebook.underlined()).toEqual([[], [], ['torch.abs']]);
  await notebook.remove(1);
  expect(await notebook.underlined()).toEqual([[], []]);
  await notebook.close();
  expect(await client.pull(notebook.cells[1]!)).toEqual([]);
});

test('a fix that needs an import writes it into the cell with the imports, each cell in its version', async () => {
  const notebook = await open(['import torch.nn.functional as F', 'x = 1', 'y = F.gelu(x)\nF.nothing']);
  await notebook.setText(2, 'y = F.gelu(x)\nF.nothing\n');
  const [fix] = await notebook.actions(2, 'F.gelu', ['quickfix']);
  const { edit } = await client.resolve(fix!);
  await notebook.apply(edit!);
  expect(notebook.texts).toEqual(['import torch.nn.functional as F\nfrom mindspore import ops', 'x = 1', 'y = ops.gelu(x)\nF.nothing\n']);
});

test('a fix made for another state of any cell is refused', async () => {
  const notebook = await open(['import torch', 'y = torch.abs(1)']);
  const [fix] = await notebook.actions(1, 'torch.abs', ['quickfix']);
  await notebook.setText(0, 'import numpy\nimport torch');
  await expect(client.resolve(fix!)).rejects.toThrow('changed');
});

test('everything safe is fixed in a cell, or in the notebook', async () => {
  const notebook = await open(['import torch', 'y = torch.abs(1)\nz = torch.abs(2)', '%time w = torch.abs(3)\n!ls']);
  const titles = (await notebook.actions(1, 'torch.abs', ['quickfix'])).map(({ title }) => title);
  expect(titles).toContain('Fix all 2 safe findings in this cell');
  expect(titles).toContain('Fix all 3 safe findings in this notebook');
  const [all] = await notebook.actions(1, 'torch.abs', ['source.fixAll']);
  await notebook.apply((await client.resolve(all!)).edit!);
  expect(notebook.texts).toEqual([
    'import torch\nfrom mindspore import ops',
    'y = ops.abs(1)\nz = ops.abs(2)',
    '%time w = torch.abs(3)\n!ls',
  ]);
  const [rest] = await notebook.actions(0, 'torch', ['notebook.source.fixAll']);
  await notebook.apply((await client.resolve(rest!)).edit!);
  expect(notebook.texts).toEqual(['from mindspore import ops', 'y = ops.abs(1)\nz = ops.abs(2)', '%time w = ops.abs(3)\n!ls']);
  expect(await notebook.actions(0, 'ops', ['notebook.source.fixAll'])).toEqual([]);
});

test('a file has no action for notebooks', async () => {
  client = await TestClient.start();
  await client.open('file:///w/a.py', 'import torch\ny = torch.abs(1)\n');
  expect(await client.actions('file:///w/a.py', client.rangeOf('file:///w/a.py', 'torch.abs'), ['notebook'])).toEqual([]);
});

test('a finding is ignored by a comment in its cell', async () => {
  const notebook = await open(['import torch', 'y = torch.abs(1)\nz = 1']);
  const ignore = (await notebook.actions(1, 'torch.abs')).find(({ command }) => command?.command === 'mindport.ignoreWithReason')!;
  const params = { ...(ignore.command!.arguments![0] as object), reason: 'as it is' };
  await notebook.apply(await client.connection.sendRequest('mindport/ignore', params));
  expect(notebook.text(1)).toBe('y = torch.abs(1)  # mindport: ignore[MSP110] as it is\nz = 1');
  expect(await notebook.underlined()).toEqual([[], []]);
});

test('when a change of one cell changes what is said of another, the client is told to ask again', async () => {
  const notebook = await open(['import torch', 'y = torch.abs(1)']);
  expect(await notebook.underlined()).toEqual([[], ['torch.abs']]);
  await notebook.setText(0, 'import torch\n# more');
  await notebook.setText(0, 'import numpy as torch');
  await notebook.pull(0);
  await until('a refresh', () => client.refreshes > 0);
  expect(await notebook.underlined()).toEqual([[], []]);
});

test('a client that does not pull is sent the diagnostics of every cell', async () => {
  const notebook = await open(['import torch\nx = torch.abs(1)', 'y = torch.abs(1)'], {
    capabilities: { ...MODERN, textDocument: { ...MODERN.textDocument, diagnostic: undefined } },
  });
  const count = (cell: number) => client.published.findLast(({ uri }) => uri === notebook.cells[cell])?.diagnostics.length;
  await until('diagnostics', () => count(0) === 1 && count(1) === 1);
  const [, second] = notebook.cells;
  await notebook.remove(1);
  await until('none for what is gone', () => client.published.findLast(({ uri }) => uri === second)?.diagnostics.length === 0);
});

test('settings and excluded paths are those of the notebook, and notebooks of older revisions are passed over', async () => {
  const asked: string[] = [];
  const options: ClientOptions = {
    settings: (uri) => {
      asked.push(uri);
      return { exclude: ['**/old/**'] };
    },
  };
  const notebook = await open(['import torch\ny = torch.abs(1)'], options);
  expect(await notebook.underlined()).toEqual([['torch.abs']]);
  for (const uri of ['file:///w/old/n.ipynb', 'git:/w/n.ipynb?ref']) {
    const other = await TestNotebook.open(client, uri, 'import torch\ny = torch.abs(1)');
    expect(await other.underlined(), uri).toEqual([[]]);
  }
  // the folder is asked about for the user's records
  expect(asked.filter((uri) => uri !== 'file:///w')).toEqual([N, 'file:///w/old/n.ipynb', 'git:/w/n.ipynb?ref']);
});

test('what a notebook imports from beside it is learnt', async () => {
  const notebook = await open(['from layers import make', 'y = make().exp()'], {
    disk: { 'file:///w/layers.py': 'import torch\n\n\ndef make():\n    return torch.ones(2)\n' },
  });
  await notebook.pull(1);
  await until('a refresh', () => client.refreshes > 0);
  expect(await notebook.underlined()).toEqual([[], ['exp']]);
});

test('titles are in the language of the editor', async () => {
  const notebook = await open(['import torch', 'y = torch.abs(1)\nz = torch.abs(2)', 'torch.abs(3)'], { locale: 'zh-cn' });
  const titles = (await notebook.actions(1, 'torch.abs', ['quickfix'])).map(({ title }) => title);
  expect(titles).toContain('修复此笔记本中全部 3 个可安全修复的问题');
});

test('a migration rewrites notebooks in their own text, and says what is left by cell', async () => {
  client = await TestClient.start();
  const cell = (source: string) => ({ cell_type: 'code', outputs: [], source });
  const text = JSON.stringify({
    cells: [{ ...cell('# é'), cell_type: 'markdown' }, cell('%ls\nimport torch'), cell('y = torch.abs(1)\ntorch.einsum("i", y)')],
  });
  const files = [
    { path: 'n.ipynb', text: text.replace('é', '\\u00e9') },
    { path: 'broken.ipynb', text: '{"cells": [\n<' },
  ];
  const { files: migrated, left } = await client.connection.sendRequest<MigrateResult>('mindport/migrate', { folder: 'file:///w', files });
  expect(migrated).toEqual([
    {
      path: 'n.ipynb',
      text: files[0]!.text.replace('torch.abs', 'ops.abs').replace('import torch', 'import torch\\nfrom mindspore import ops'),
      changed: true,
    },
  ]);
  expect(left).toMatchObject([
    { path: 'broken.ipynb', range: { start: { line: 1 } } },
    { path: 'n.ipynb', cell: 2, range: { start: { line: 1, character: 0 } }, name: 'torch.einsum' },
  ]);
  expect(left[0]!.reason).toContain('JSON');
});

/** *Scan Workspace*: findings of files that are not open, between other requests as in a web worker (with threads: test/core/threads.test.ts). */
import { ProgressType } from 'vscode-languageserver/node';
import { afterEach, expect, test } from 'vitest';
import type { ScanProgress, ScanResult } from '../../server/src/lsp/scan-protocol';
import { TestClient, type ClientOptions } from './client';
import { TestNotebook } from './notebook-client';

const A = 'file:///w/a.py';
const B = 'file:///w/pkg/b.py';
const ABS = 'import torch\ny = torch.abs(x)\n';
const DISK = {
  [A]: ABS,
  [B]: 'import torch\nfrom . import c\nc.make().exp()\n',
  'file:///w/pkg/c.py': 'import torch\ndef make():\n    return torch.ones(2)\n',
};

let client: TestClient;
const start = async (options?: ClientOptions) => (client = await TestClient.start(options));
afterEach(() => client.stop());

const scan = (files: string[], progress = 'p') => client.connection.sendRequest<ScanResult>('mindport/scanWorkspace', { files, progress });
/** What the client was last told of a file; undefined when it was never told anything. */
const shown = (uri: string) => client.published.filter((told) => told.uri === uri).at(-1)?.diagnostics;

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > deadline) throw new Error(`waited for ${what}`);
}

test('findings of files that are not open are published, with what they import known', async () => {
  await start({ disk: DISK });
  expect(client.published).toEqual([]);
  const seen: ScanProgress[] = [];
  client.connection.onProgress(new ProgressType<ScanProgress>(), 'p', (progress) => void seen.push(progress));
  const result = await scan(Object.keys(DISK));
  expect(result).toEqual({ files: 3, withFindings: 3, findings: 3, safe: 3, failed: [] });
  expect(shown(A)).toMatchObject([{ code: 'MSP110', source: 'MindPort', range: { start: { line: 1, character: 4 } } }]);
  expect(shown(B)).toMatchObject([
    { message: expect.stringContaining('torch.Tensor.exp') as string, range: { start: { line: 2, character: 9 } } },
  ]);
  expect(seen.at(-1)).toEqual({ done: 3, total: 3 });
});

test('an open file shows its own findings, and its unsaved text counts', async () => {
  await start({ disk: DISK });
  await client.open(A, 'import torch\ny = torch.abs(torch.abs(x))\n');
  expect(await scan([A, B])).toMatchObject({ files: 2, findings: 3 });
  expect(shown(A)).toBeUndefined();
  await client.open(B, DISK[B]!);
  await until('the published findings to go', () => shown(B)?.length === 0);
});

test('a file that is closed again keeps findings, those of its saved text', async () => {
  const disk: Record<string, string> = { ...DISK };
  await start({ disk });
  await scan([A]);
  await client.open(A, ABS);
  await until('the published findings to go', () => shown(A)?.length === 0);
  disk[A] = `${ABS}z = torch.abs(y)\n`;
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: A } });
  await until('two findings', () => shown(A)?.length === 2);
});

test('a file that changes on disk is looked at again; one that is gone has no findings', async () => {
  const disk: Record<string, string> = { ...DISK };
  await start({ disk });
  await scan([A, B]);
  disk[A] = 'x = 1\n';
  const changed = (uri: string, type: number) =>
    client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type }] });
  await changed(A, 2);
  await until('no findings', () => shown(A)?.length === 0);
  expect(shown(B)).toHaveLength(1);
  await changed(B, 3);
  await until('no findings of a file that is gone', () => shown(B)?.length === 0);
});

test('a later scan takes back what no longer holds; so do other settings', async () => {
  const disk: Record<string, string> = { ...DISK };
  await start({ disk });
  await scan([A, B]);
  await scan([B]);
  expect(shown(A)).toEqual([]);
  expect(shown(B)).toHaveLength(1);
  await client.reconfigure(() => ({ targets: ['torch@nvidia'] }));
  await until('nothing', () => shown(B)?.length === 0);
  expect(await scan([A, B])).toMatchObject({ files: 2, findings: 0 });
});

test('excluded files and folders that are switched off are not scanned, but what they hold is known', async () => {
  await start({ disk: DISK, settings: () => ({ exclude: ['**/c.py'] }) });
  expect(await scan(Object.keys(DISK))).toMatchObject({ files: 2, findings: 2 });
  await client.reconfigure(() => ({ enable: false }));
  expect(await scan(Object.keys(DISK))).toMatchObject({ files: 0, findings: 0 });
});

test('files that cannot be read are named, and the rest goes on', async () => {
  await start({ disk: DISK });
  expect(await scan(['file:///w/gone.py', A])).toMatchObject({ files: 1, failed: ['file:///w/gone.py'] });
});

const BOOK = 'file:///w/book.ipynb';
/** A notebook as a file: markdown first, then these cells. */
const bookOf = (...sources: string[]) =>
  JSON.stringify(
    {
      cells: [
        { cell_type: 'markdown', source: ['# torch.abs'] },
        ...sources.map((source) => ({ cell_type: 'code', outputs: [{ text: 'x.exp()' }], source: source.split(/(?<=\n)/) })),
      ],
      metadata: {},
      nbformat: 4,
    },
    null,
    1,
  );

/** What is underlined in a file's text. */
const underlined = (text: string, uri: string) =>
  shown(uri)?.map(({ range: { start, end } }) => text.split('\n')[start.line]!.slice(start.character, end.character));

test('notebooks are scanned: findings stand where they are written in the file, and say in which cell', async () => {
  const text = bookOf('%matplotlib inline\nimport torch', 'y = 1\nz = torch.abs(torch.ones(2))\nz.exp()');
  await start({ disk: { ...DISK, [BOOK]: text, 'file:///w/bad.ipynb': '{' } });
  const result = await scan([A, BOOK, 'file:///w/bad.ipynb']);
  expect(result).toMatchObject({ files: 2, withFindings: 2, findings: 4, failed: ['file:///w/bad.ipynb'] });
  expect(shown(BOOK)!.map(({ message }) => /^Cell \d+, line \d+: \S+/.exec(String(message))?.[0])).toEqual([
    'Cell 3, line 2: torch.abs',
    'Cell 3, line 2: torch.ones',
    'Cell 3, line 3: torch.Tensor.exp',
  ]);
  expect(underlined(text, BOOK)).toEqual(['torch.abs', 'torch.ones', 'exp']);
  const [, , method] = shown(BOOK)!;
  const line = text.split('\n').findIndex((written) => written.includes('z = torch.abs'));
  expect(method!.relatedInformation).toMatchObject([{ location: { uri: BOOK, range: { start: { line } } } }]);
});

test('a notebook that is opened shows the findings of its cells itself; closed, those of its saved text', async () => {
  const disk: Record<string, string> = { [BOOK]: bookOf('import torch\n', 'torch.abs(x)') };
  await start({ disk });
  await scan([BOOK]);
  expect(shown(BOOK)).toHaveLength(1);
  const book = await TestNotebook.open(client, BOOK, 'import torch\n', 'torch.abs(x)');
  await until('the published findings to go', () => shown(BOOK)?.length === 0);
  expect((await book.underlined()).flat()).toEqual(['torch.abs']);
  await book.setText(1, 'torch.abs(torch.abs(x)); torch.abs(x)');
  expect(await scan([BOOK])).toMatchObject({ files: 1, findings: 3 });
  expect(shown(BOOK)).toEqual([]);
  disk[BOOK] = bookOf('import torch\n', 'torch.abs(torch.abs(x))');
  await book.close();
  await until('two findings', () => shown(BOOK)?.length === 2);
  disk[BOOK] = bookOf('x = 1');
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: BOOK, type: 2 }] });
  await until('no findings', () => shown(BOOK)?.length === 0);
});

test('a scan can be cancelled, and a new one ends the one before', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `file:///w/m${i}.py`);
  await start({ disk: Object.fromEntries(names.map((name) => [name, ABS.repeat(30)])) });
  const { CancellationTokenSource } = await import('vscode-languageserver/node');
  const source = new CancellationTokenSource();
  const request = client.connection.sendRequest('mindport/scanWorkspace', { files: names, progress: 'p' }, source.token);
  await until('the first findings', () => client.published.length > 0);
  source.cancel();
  await expect(request).rejects.toMatchObject({ code: -32800 });
  expect(client.published.length).toBeLessThan(names.length);
  const first = scan(names);
  const already = client.published.length;
  await until('more findings', () => client.published.length > already);
  const second = scan([names[0]!]);
  await expect(first).rejects.toMatchObject({ code: -32800 });
  expect(await second).toMatchObject({ files: 1 });
});

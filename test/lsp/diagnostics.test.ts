import { afterEach, expect, test } from 'vitest';
import { MODERN, TestClient, type ClientOptions } from './client';

const A = 'file:///w/a.py';
let client: TestClient;
const start = async (options?: ClientOptions) => (client = await TestClient.start(options));
afterEach(() => client.stop());

/** Polls; the answer of the server comes when it comes. */
async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + 5_000; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
    const value = await probe();
    if (value) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`waited for ${what}`);
  }
}

test('pulled diagnostics underline the callee and lead to the page of their code', async () => {
  await start();
  await client.open(A, 'import torch\n\ny = torch.abs(torch.ones(2))\n');
  const found = await client.pull(A);
  expect(await client.underlined(A)).toEqual(['torch.abs', 'torch.ones']);
  expect(found[0]).toMatchObject({
    source: 'MindPort',
    code: 'MSP110',
    codeDescription: { href: 'command:page?MSP110' },
    range: { start: { line: 2, character: 4 }, end: { line: 2, character: 13 } },
  });
  expect(found[0]!.message).toContain('torch.abs');
});

test('the message says what differs, in the language of the editor', async () => {
  await start({ locale: 'zh-cn' });
  await client.open(A, 'import torch.nn.functional as F\ny = F.gelu(x)\n');
  const [finding] = await client.pull(A);
  expect(finding!.message).toContain('默认值不同。');
  expect(String(finding!.message).split('\n')[0]).toMatch(/\p{Script=Han}/u);
});

test('several changes in one event are applied in order', async () => {
  await start();
  await client.open(A, 'import torch\nx = 1\n');
  const at = (line: number, character: number) => ({ start: { line, character }, end: { line, character } });
  await client.change(
    A,
    { range: at(1, 0), text: 'y = torch.abs(x)\n' },
    { range: at(2, 5), text: '\nz = torch.cat([x, y])' },
    { range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } }, text: '' },
  );
  expect(client.text(A)).toBe('import torch\nx = 1\nz = torch.cat([x, y])\n');
  expect(await client.underlined(A)).toEqual(['torch.cat']);
});

test.each([
  ['CRLF', '\r\n'],
  ['a lone carriage return', '\r'],
])('positions are right with %s and characters beyond the basic plane', async (_, lineBreak) => {
  await start();
  await client.open(A, ['import torch', 's = "𝕊"; y = torch.abs(x)', 'z = torch.cat([y])', ''].join(lineBreak));
  expect(await client.underlined(A)).toEqual(['torch.abs', 'torch.cat']);
  await client.change(A, { range: client.rangeOf(A, '"𝕊"'), text: '"𝕊𝕊"' });
  expect(await client.underlined(A)).toEqual(['torch.abs', 'torch.cat']);
});

test('a client that does not pull is sent diagnostics, for the version they belong to', async () => {
  await start({ capabilities: { ...MODERN, textDocument: { ...MODERN.textDocument, diagnostic: undefined } } });
  await client.open(A, 'import torch\ny = torch.abs(x)\n');
  const first = await until('diagnostics', () => client.published.at(-1));
  expect(first).toMatchObject({ uri: A, version: 1 });
  expect(first.diagnostics).toHaveLength(1);
  await client.change(A, { text: 'import torch\n' });
  await until('no diagnostics', () => client.published.at(-1)!.version === 2 && client.published.at(-1)!.diagnostics.length === 0);
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: A } });
});

test('every folder of a workspace has its own settings', async () => {
  const settings = (uri: string) => (uri.startsWith('file:///one/') ? { severity: { MSP110: 'off' } } : { severity: { MSP110: 'error' } });
  await start({ folders: ['file:///one', 'file:///two'], settings });
  const text = 'import torch\ny = torch.abs(x)\n';
  await client.open('file:///one/a.py', text);
  await client.open('file:///two/a.py', text);
  expect(await client.pull('file:///one/a.py')).toEqual([]);
  expect((await client.pull('file:///two/a.py')).map(({ severity }) => severity)).toEqual([1]);
  await client.reconfigure((uri) => (uri.startsWith('file:///one/') ? {} : { enable: false }));
  await until('a refresh', () => client.refreshes > 0);
  expect(await client.pull('file:///one/a.py')).toHaveLength(1);
  expect(await client.pull('file:///two/a.py')).toEqual([]);
});

test('wrong settings fall back to the defaults, one by one', async () => {
  await start({
    settings: () => ({ enable: 'yes', targets: ['mindspore@abacus'], severity: { MSP110: 'loud', nonsense: 1 }, exclude: 5 }),
  });
  await client.open(A, 'import torch\ny = torch.abs(x)\n');
  expect(await client.underlined(A)).toEqual(['torch.abs']);
});

test('excluded files, notebook cells and older revisions have no findings', async () => {
  await start({ settings: () => ({ exclude: ['**/generated/**'] }) });
  const text = 'import torch\ny = torch.abs(x)\n';
  for (const uri of ['file:///w/generated/a.py', 'vscode-notebook-cell:/w/n.ipynb#X1', 'git:/w/a.py?ref']) {
    await client.open(uri, text);
    expect(await client.pull(uri), uri).toEqual([]);
  }
  expect(await client.pull('file:///w/never-opened.py')).toEqual([]);
});

test('targets that run PyTorch keep it as it is', async () => {
  await start({ settings: () => ({ targets: ['torch@nvidia'] }) });
  await client.open(A, 'import torch\ny = torch.abs(x)\n');
  expect(await client.pull(A)).toEqual([]);
});

test('what an import on disk holds is learnt, and learnt again when the file changes', async () => {
  const disk: Record<string, string> = { 'file:///w/layers.py': 'import torch\n\n\ndef make():\n    return torch.ones(2)\n' };
  await start({ disk });
  await client.open(A, 'from layers import make\n\ny = make().exp()\n');
  await client.pull(A);
  await until('a refresh', () => client.refreshes > 0);
  expect(await client.underlined(A)).toEqual(['exp']);
  disk['file:///w/layers.py'] = 'def make():\n    return 1\n';
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: 'file:///w/layers.py', type: 2 }] });
  await client.pull(A);
  await until('another refresh', () => client.refreshes > 2);
  expect(await client.underlined(A)).toEqual([]);
});

test('an open document counts more than its file, and import cycles end', async () => {
  await start({ disk: { 'file:///w/b.py': 'def make():\n    return 1\n' } });
  await client.open('file:///w/b.py', 'import torch\nfrom a import other\n\n\ndef make():\n    return torch.ones(2)\n');
  await client.open(A, 'from b import make\n\n\ndef other():\n    return make()\n\n\ny = make().exp()\n');
  expect(await client.underlined(A)).toEqual(['exp']);
  expect(await client.underlined('file:///w/b.py')).toEqual(['torch.ones']);
  await client.change('file:///w/b.py', { text: 'def make():\n    return 1\n' });
  expect(await client.underlined(A)).toEqual([]);
});

test('a cancelled request is answered at once, before the ones in front of it are done', async () => {
  await start();
  await client.open(A, 'import torch\n' + 'y = torch.abs(torch.ones(2))\n'.repeat(3_000));
  const order: string[] = [];
  const ask = (id: string) =>
    client.connection
      .sendRequest('textDocument/hover', { textDocument: { uri: A }, position: { line: 1, character: 6 } })
      .then(() => order.push(id));
  const first = ask('first');
  const { CancellationTokenSource } = await import('vscode-languageserver/node');
  const source = new CancellationTokenSource();
  const cancelled = client.connection
    .sendRequest('textDocument/diagnostic', { textDocument: { uri: A } }, source.token)
    .then(() => order.push('answered'))
    .catch((error: { code: number }) => order.push(`error ${error.code}`));
  source.cancel();
  await Promise.all([first, cancelled]);
  expect(order).toContain('error -32800');
});

test('right after a key press a part of the file is looked at; when the keys rest, the client hears what has changed elsewhere', async () => {
  await start();
  const text =
    'import torch\n\n\ndef make():\n    return torch.ones(2)\n\n\ndef use():\n    y = make()\n    return y.sum(), torch.abs(y)\n';
  await client.open(A, text);
  const whole = await client.underlined(A);
  expect(whole).toContain('torch.ones');
  // the function now gives no tensor: what is said of `y.sum` in the other function falls when the whole is looked at
  await client.change(A, { range: client.rangeOf(A, 'torch.ones(2)'), text: '[1, 2]' });
  expect(await client.underlined(A)).not.toContain('torch.ones');
  await client.change(A, { range: client.rangeOf(A, '[1, 2]'), text: 'torch.ones(3), 1' });
  expect(await client.underlined(A)).toContain('torch.ones');
  await until('a look at the whole', async () => {
    const shown = JSON.stringify(await client.pull(A));
    await client.connection.sendRequest('textDocument/hover', { textDocument: { uri: A }, position: { line: 0, character: 0 } });
    return shown === JSON.stringify(await client.pull(A));
  });
});

test('an edit in one statement moves what is said of the others', async () => {
  await start();
  const text =
    'import torch\n\n\ndef one(x: torch.Tensor):\n    return torch.abs(x)\n\n\ndef two(x: torch.Tensor):\n    return torch.cat([x, x])\n';
  await client.open(A, text);
  await client.pull(A);
  await client.change(A, { range: client.rangeOf(A, 'return torch.abs(x)'), text: 'y = torch.abs(x)\n    z = torch.exp(y)\n    return z' });
  const patched = await client.underlined(A);
  expect(patched).toContain('torch.exp');
  expect(patched).toContain('torch.cat');
  await client.connection.sendRequest('textDocument/hover', { textDocument: { uri: A }, position: { line: 0, character: 0 } });
  expect(await client.underlined(A)).toEqual(patched);
});

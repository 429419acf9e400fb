import type { Hover, MarkupContent } from 'vscode-languageserver/node';
import { afterEach, expect, test } from 'vitest';
import { code, escape, link, prose } from '../../server/src/lsp/markdown';
import { TestClient, type ClientOptions } from './client';

const A = 'file:///w/a.py';
let client: TestClient;
afterEach(() => client?.stop());

async function hoverOn(text: string, words: string, options?: ClientOptions): Promise<string | null> {
  client = await TestClient.start(options);
  await client.open(A, text);
  const position = client.rangeOf(A, words).start;
  const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', { textDocument: { uri: A }, position });
  return hover && (hover.contents as MarkupContent).value;
}

test('shows both signatures, what the call becomes, why it is believed, and what it rests on', async () => {
  const text = await hoverOn('import torch\n\ny = torch.abs(x - 1)\n', 'torch.abs');
  expect(text).toContain('torch.abs(input)');
  expect(text).toContain('ops.abs(input)');
  expect(text).toContain('`ops.abs(x - 1)`');
  expect(text).toMatch(/certain/);
  expect(text).toContain('Executed 2026\\-11\\-21, MindSpore 2\\.10\\.0 CPU, forward and gradient, 6 calls, max relative error 3e\\-7');
  expect(text).toContain('(https://docs.pytorch.org/docs/stable/generated/torch.abs.html)');
  expect(text).toContain('(https://www.mindspore.cn/docs/en/master/api_python/ops/mindspore.ops.abs.html)');
  expect(text).toContain('(https://example.org/docs/page.html)');
});

test('says that nothing was executed where nothing was', async () => {
  const text = await hoverOn('import torch\ny = torch.cat([x])\n', 'torch.cat');
  expect(text).toContain('not executed');
});

test('names the line a tensor comes from', async () => {
  const text = await hoverOn('import torch\n\n\nx = torch.cat([a])\nprint(1)\ny = x.exp()\n', 'exp');
  expect(text).toMatch(/4/);
  expect(text).toContain('torch\\.cat');
});

test('speaks Chinese', async () => {
  const text = await hoverOn('import torch.nn.functional as F\ny = F.gelu(x)\n', 'F.gelu', { locale: 'zh-cn' });
  expect(text).toContain('默认值不同');
  expect(text).toContain('行为不同');
});

test('is silent elsewhere', async () => {
  expect(await hoverOn('import torch\nprint(1)\n', 'print')).toBeNull();
});

test('explains at length on request', async () => {
  client = await TestClient.start();
  await client.open(A, 'import torch\ny = torch.abs(x)\n');
  const explanation = await client.connection.sendRequest('mindport/explain', {
    textDocument: { uri: A },
    position: { line: 1, character: 7 },
  });
  expect(explanation).toMatchObject({ name: 'torch.abs', markdown: expect.stringContaining('# torch\\.abs') });
});

test('text of a program never becomes markup', () => {
  expect(escape('<img src=x> [a](command:b) `c` *d* _e_ # f\n# g')).toBe(
    '\\<img src=x\\> \\[a\\]\\(command:b\\) \\`c\\` \\*d\\* \\_e\\_ \\# f \\# g',
  );
  expect(code('a `b` c')).toBe('``a `b` c``');
  expect(prose('a `b_c` <d>')).toBe('a `b_c` \\<d\\>');
  for (const hostile of ['``<img>``', '`<img>', '<img>`', '```\n[x](y)']) expect(prose(hostile)).not.toMatch(/(?<!\\)[<[]|(?<!\\)`(?!<)/);
  expect(code('`')).toBe('`` ` ``');
  expect(link('x', 'command:evil')).toBe('x command:evil');
  expect(link('x', 'https://a.b/c)[d](e')).not.toMatch(/^\[/);
});

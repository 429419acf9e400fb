import { CodeActionKind, type CodeAction, type TextDocumentEdit } from 'vscode-languageserver/node';
import { afterEach, describe, expect, test } from 'vitest';
import { MODERN, TestClient, type ClientOptions } from './client';

const A = 'file:///w/a.py';
let client: TestClient;
afterEach(() => client.stop());

async function start(text: string, options?: ClientOptions): Promise<void> {
  client = await TestClient.start(options);
  await client.open(A, text);
}
const at = (words: string, only?: string[]) => client.actions(A, client.rangeOf(A, words), only);
const titled = (actions: CodeAction[], part: string) => {
  const found = actions.find(({ title }) => title.includes(part));
  if (!found) throw new Error(`no "${part}" among ${actions.map(({ title }) => title).join('; ')}`);
  return found;
};
const applied = async (action: CodeAction) => {
  await client.apply((await client.resolve(action)).edit!);
  return client.text(A);
};

describe('a quick fix', () => {
  test('is made for the range, and computed only when it is chosen', async () => {
    await start('import torch\n\ny = torch.abs(x)  # keep\nz = torch.cat([y])\n');
    const actions = await at('torch.abs', [CodeActionKind.QuickFix]);
    const fix = actions.find(({ isPreferred }) => isPreferred)!;
    expect(fix).toMatchObject({ kind: 'quickfix', diagnostics: [{ code: 'MSP110', source: 'MindPort' }] });
    expect(fix.edit).toBeUndefined();
    const resolved = await client.resolve(fix);
    const [change] = resolved.edit!.documentChanges as TextDocumentEdit[];
    expect(change!.textDocument).toEqual({ uri: A, version: 1 });
    expect(resolved.edit!.changeAnnotations).toBeUndefined();
    expect(await applied(fix)).toBe('import torch\nfrom mindspore import ops\n\ny = ops.abs(x)  # keep\nz = torch.cat([y])\n');
  });

  test('is refused when the document has moved on', async () => {
    await start('import torch\ny = torch.abs(x)\n');
    const fix = (await at('torch.abs')).find(({ isPreferred }) => isPreferred)!;
    await client.change(A, { range: client.rangeOf(A, 'y ='), text: 'yy =' });
    await expect(client.resolve(fix)).rejects.toMatchObject({ code: -32801 });
  });

  test('that needs a person is to be confirmed and never preferred', async () => {
    await start('import torch.nn.functional as F\ny = F.gelu(x)\n');
    const actions = await at('F.gelu', [CodeActionKind.QuickFix]);
    expect(actions.some(({ isPreferred }) => isPreferred)).toBe(false);
    const { edit } = await client.resolve(titled(actions, 'ops.gelu'));
    expect(Object.values(edit!.changeAnnotations!)).toMatchObject([{ needsConfirmation: true }]);
    const [change] = edit!.documentChanges as TextDocumentEdit[];
    expect(change!.edits.every((one) => 'annotationId' in one)).toBe(true);
  });

  test('of a class name compared as text tests for both names, and is to be confirmed', async () => {
    const head = 'from torch import nn\nlayer = nn.Linear(1, 2)\nc = type(layer).__name__\n';
    await start(`${head}a = c == 'Linear'\nb = 'Linear' in c\n`);
    const fix = titled(await at("'Linear'\n", [CodeActionKind.QuickFix]), 'Dense');
    expect(Object.values((await client.resolve(fix)).edit!.changeAnnotations!)).toMatchObject([{ needsConfirmation: true }]);
    expect(await applied(fix)).toBe(`${head}a = c in ('Dense', 'Linear')\nb = 'Linear' in c\n`);
    const all = titled(await at("'Linear' in", [CodeActionKind.QuickFix]), 'Dense');
    expect(await applied(all)).toBe(`${head}a = c in ('Dense', 'Linear')\nb = 'Dense' in c or 'Linear' in c\n`);
  });

  test('is not preferred where two findings meet', async () => {
    await start('import torch\ny = torch.abs(torch.ones(2))\n');
    const actions = await client.actions(A, { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } }, [
      CodeActionKind.QuickFix,
    ]);
    expect(actions.filter(({ isPreferred }) => isPreferred)).toEqual([]);
    expect(actions.filter(({ title }) => /ops\.(abs|ones)/.test(title))).toHaveLength(2);
  });

  test('comes with its edit to a client that does not resolve', async () => {
    const plain = { textDocument: { diagnostic: {} }, workspace: {} };
    await start('import torch\ny = torch.abs(x)\n', { capabilities: plain });
    const fix = (await at('torch.abs')).find(({ isPreferred }) => isPreferred)!;
    expect(fix.edit!.changes![A]!.length).toBeGreaterThan(0);
    await client.apply(fix.edit!);
    expect(client.text(A)).toContain('ops.abs(x)');
  });

  test('is not offered where there is none', async () => {
    await start('import torch\ny = torch.einsum("ij->ji", x)\nprint(1)\n');
    expect((await at('torch.einsum')).filter(({ data }) => data)).toEqual([]);
    expect(await at('print')).toEqual([]);
  });
});

describe('fixing many', () => {
  const text = 'import torch\nimport torch.nn.functional as F\n\na = torch.abs(x)\nb = torch.abs(torch.cat([a]))\nc = F.gelu(b)\n';
  const whole = { start: { line: 0, character: 0 }, end: { line: 6, character: 0 } };

  test('the source action takes what is safe and nothing else, and once is enough', async () => {
    await start(text);
    const [action, ...others] = await client.actions(A, whole, ['source.fixAll']);
    expect(others).toEqual([]);
    expect(action!.kind).toBe('source.fixAll.mindport');
    const fixed =
      'from mindspore import ops\nimport torch.nn.functional as F\n\na = ops.abs(x)\nb = ops.abs(ops.cat([a]))\nc = F.gelu(b)\n';
    expect(await applied(action!)).toBe(fixed);
    expect(await client.actions(A, whole, ['source.fixAll'])).toEqual([]);
  });

  test('all of one kind', async () => {
    await start(text);
    const result = await applied(titled(await at('torch.abs'), 'all 3 MSP110'));
    expect(result).not.toContain('torch.abs');
    expect(result).toContain('F.gelu');
  });

  test('what is switched off or ignored stays', async () => {
    await start(text.replace('a = torch.abs(x)', 'a = torch.abs(x)  # mindport: ignore[MSP110] compared elsewhere'));
    const [action] = await client.actions(A, whole, ['source.fixAll']);
    expect(await applied(action!)).toContain('a = torch.abs(x)  # mindport: ignore[MSP110] compared elsewhere');
  });

  test('is not among the quick fixes of a line without findings', async () => {
    await start(text);
    expect(await client.actions(A, { start: { line: 2, character: 0 }, end: { line: 2, character: 0 } })).toEqual([]);
  });
});

describe('ignoring', () => {
  const ignore = async (words: string, reason = 'why') => {
    const action = titled(await at(words), 'Ignore');
    const [params] = action.command!.arguments as [object];
    return client.connection.sendRequest('mindport/ignore', { ...params, reason });
  };

  test.each([
    ['at the end of the line', 'y = torch.abs(x)\n', 'y = torch.abs(x)  # mindport: ignore[MSP110] why\n'],
    [
      'above a line with a comment',
      'if x:\n    y = torch.abs(x)  # note\n',
      'if x:\n    # mindport: ignore[MSP110] why\n    y = torch.abs(x)  # note\n',
    ],
    [
      'with the others in one comment',
      'y = torch.abs(x)  # mindport: ignore[MSP101] old\n',
      'y = torch.abs(x)  # mindport: ignore[MSP101, MSP110] old\n',
    ],
    ['with CRLF', 'if x:\r\n    y = torch.abs(x)  # n\r\n', 'if x:\r\n    # mindport: ignore[MSP110] why\r\n    y = torch.abs(x)  # n\r\n'],
  ])('writes the comment %s', async (_, before, after) => {
    await start(`import torch\n${before}`);
    await client.apply((await ignore('torch.abs')) as never);
    expect(client.text(A)).toBe(`import torch\n${after}`);
    expect(await client.pull(A)).toEqual([]);
  });

  test('is not offered where no comment can stand', async () => {
    await start('import torch\ny = 1 + \\\n    torch.abs(x) + \\\n    2\n');
    expect((await at('torch.abs')).filter(({ title }) => title.includes('Ignore'))).toEqual([]);
  });

  test('needs the version it was offered for', async () => {
    await start('import torch\ny = torch.abs(x)\n');
    const action = titled(await at('torch.abs'), 'Ignore');
    await client.change(A, { text: 'import torch\n\ny = torch.abs(x)\n' });
    const [params] = action.command!.arguments as [object];
    await expect(client.connection.sendRequest('mindport/ignore', { ...params, reason: 'why' })).rejects.toMatchObject({ code: -32801 });
  });
});

test('annotations are left out for a client that cannot show them', async () => {
  const capabilities = { ...MODERN, workspace: { ...MODERN.workspace, workspaceEdit: { documentChanges: true } } };
  await start('import torch.nn.functional as F\ny = F.gelu(x)\n', { capabilities });
  const { edit } = await client.resolve(titled(await at('F.gelu'), 'ops.gelu'));
  expect(edit!.changeAnnotations).toBeUndefined();
});

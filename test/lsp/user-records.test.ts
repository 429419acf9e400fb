/** The user's own records in the editor: used, watched, checked while they are written, shown in the hover, and held back without trust. */
import type { CodeAction, Diagnostic, Hover, MarkupContent } from 'vscode-languageserver/node';
import { afterEach, expect, test } from 'vitest';
import { TestClient, type ClientOptions } from './client';

const A = 'file:///w/a.py';
const OWN = 'file:///w/.mindport/mappings/own.json';
const TEXT = 'import apex\nimport torch\ny = apex.fused_dense(a, b)\nz = torch.abs(y)\n';
const record = (to: string, more: object = {}) => ({
  torch: 'apex.fused_dense',
  kind: 'function',
  params: '(x, weight)',
  routes: [{ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to }],
  ...more,
});
const file = (...records: object[]) => JSON.stringify(records, null, 2);

let client: TestClient;
afterEach(() => client?.stop());

async function start(options: ClientOptions): Promise<void> {
  client = await TestClient.start({ server: { trusted: true }, ...options });
  await client.open(A, TEXT);
}

const titles = async (words: string): Promise<string[]> => {
  const actions = await client.actions(A, client.rangeOf(A, words));
  return actions.filter((action: CodeAction) => action.isPreferred).map(({ title }) => title);
};

async function hoverOn(words: string): Promise<string> {
  const position = client.rangeOf(A, words).start;
  const hover = await client.connection.sendRequest<Hover>('textDocument/hover', { textDocument: { uri: A }, position });
  return (hover.contents as MarkupContent).value;
}

/** Polls until something holds: files are read in the background. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) if (await holds()) return;
  throw new Error('it never came true');
}

test('records of the workspace are used, and the hover says where they are from', async () => {
  await start({ disk: { [OWN]: file(record('ops.matmul({x}, {weight})')) } });
  expect(await titles('apex.fused_dense')).toEqual(['Replace by ops.matmul(a, b)']);
  const text = await hoverOn('apex.fused_dense');
  expect(text).toContain('From your records: `.mindport/mappings/own.json`');
  expect(await hoverOn('torch.abs')).not.toContain('own.json');
});

test('they go before those of the catalog, and a changed file counts at once', async () => {
  const disk: Record<string, string> = {};
  await start({ disk });
  expect(await titles('torch.abs')).toEqual(['Replace by ops.abs(y)']);
  const refreshes = client.refreshes;
  disk[OWN] = file(record('mint.abs({input})', { torch: 'torch.abs', params: '(input)' }));
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: OWN, type: 1 }] });
  await until(async () => (await titles('torch.abs'))[0] === 'Replace by mint.abs(y)');
  expect(client.refreshes).toBeGreaterThan(refreshes);
  delete disk[OWN];
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: OWN, type: 3 }] });
  await until(async () => (await titles('torch.abs'))[0] === 'Replace by ops.abs(y)');
});

test('a saved file counts with clients that watch nothing, and a folder that comes with its files', async () => {
  const disk: Record<string, string> = {};
  await start({ disk });
  disk[OWN] = file(record('mint.abs({input})', { torch: 'torch.abs', params: '(input)' }));
  await client.open(OWN, disk[OWN], 1, 'json');
  await client.connection.sendNotification('textDocument/didSave', { textDocument: { uri: OWN } });
  await until(async () => (await titles('torch.abs'))[0] === 'Replace by mint.abs(y)');
  delete disk[OWN];
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: 'file:///w/.mindport', type: 3 }] });
  await until(async () => (await titles('torch.abs'))[0] === 'Replace by ops.abs(y)');
});

test('without trust nothing of the workspace is safe; with it, it is', async () => {
  await start({ disk: { [OWN]: file(record('ops.matmul({x}, {weight})')) }, server: {} });
  const fixAll = () => client.actions(A, client.rangeOf(A, 'apex'), ['source.fixAll']);
  const changed = async () => JSON.stringify((await client.resolve((await fixAll())[0]!)).edit);
  expect(await changed()).not.toContain('matmul');
  expect((await client.pull(A)).map(({ message }) => message).join()).toContain('not trusted');
  await client.connection.sendNotification('mindport/trusted', {});
  await until(async () => (await changed()).includes('matmul'));
});

test('records of the user count in every workspace, below those of the workspace', async () => {
  const home = 'file:///srv/records/mine.json';
  const disk = { [home]: file(record('ops.mine({x}, {weight})'), record('ops.minus({input})', { torch: 'torch.abs', params: '(input)' })) };
  await start({
    disk: { ...disk, [OWN]: file(record('ops.matmul({x}, {weight})')) },
    settings: () => ({ recordsFolder: '/srv/records' }),
    server: {},
  });
  expect(await titles('torch.abs')).toEqual(['Replace by ops.minus(y)']);
  expect(await hoverOn('torch.abs')).toContain('From your records: `/srv/records/mine.json`');
  expect(await hoverOn('apex.fused_dense')).toContain('`.mindport/mappings/own.json`');
});

test('own chips can be chosen', async () => {
  const chips = { targets: [{ framework: 'mindspore', chip: 'gpu', title: { en: 'MindSpore on GPU', zh: 'GPU 上的昇思' } }] };
  const routes = [{ on: ['mindspore@gpu'], verdict: 'equivalent', safety: 'safe', to: 'ops.fused({x}, {weight})' }];
  const disk = { 'file:///w/.mindport/mappings/targets.json': JSON.stringify(chips), [OWN]: file(record('', { routes })) };
  await start({ disk, settings: () => ({ targets: ['mindspore@gpu'] }), locale: 'zh-cn' });
  expect(await titles('apex.fused_dense')).toEqual([expect.stringContaining('ops.fused(a, b)')]);
  expect(await client.connection.sendRequest('mindport/ownTargets')).toEqual([{ id: 'mindspore@gpu', title: 'GPU 上的昇思' }]);
});

test('a file is checked while it is written, in the language of the user', async () => {
  const wrong = file(
    record('os.system({x})'),
    record('ops.abs({y})', { torch: 'torch.a' }),
    record('ops.abs({x})', { torch: 'torch.b', kind: 'thing' }),
  );
  const said = async (options: ClientOptions): Promise<string[]> => {
    client = await TestClient.start(options);
    await client.open(OWN, wrong, 1, 'json');
    const items = await client.pull(OWN);
    return items.map(({ message, range }: Diagnostic) => `${range.start.line}: ${message}`);
  };
  expect(await said({})).toEqual([
    '12: os is neither an import of this framework nor a builtin.',
    '27: The form names y, which is no parameter of the signature here.',
    '33: One of these is expected: function, class, method, property, module, value, decorator, context.',
  ]);
  await client.change(OWN, { text: file(record('ops.abs({x})')) });
  expect(await client.pull(OWN)).toEqual([]);
  await client.stop();
  expect((await said({ locale: 'zh-cn' }))[1]).toContain('写法中使用了 y');
  await client.stop();
  // what the schema says, an editor that knows the schema has said
  expect(await said({ server: { recordsSchema: true } })).toHaveLength(2);
});

test('a client that does not ask is sent what is wrong with a file', async () => {
  client = await TestClient.start({ capabilities: {} });
  await client.open(OWN, '[3]', 1, 'json');
  await until(async () => (await client.connection.sendRequest('mindport/ownTargets')) !== null && client.published.length > 0);
  expect(client.published[0]!.diagnostics.map(({ message }) => message)).toEqual(['An object is expected here.']);
});

test('hostile files leave everything as it was', async () => {
  const files = [
    '[',
    '['.repeat(300_000),
    '{"__proto__": {"targets": 1}}',
    '[{"__proto__": {"torch": "torch.abs"}}]',
    ' '.repeat(2_000_000),
    '\u0000',
  ];
  const disk = Object.fromEntries(files.map((text, i) => [`file:///w/.mindport/mappings/${i}.json`, text]));
  await start({ disk });
  expect(await titles('torch.abs')).toEqual(['Replace by ops.abs(y)']);
});

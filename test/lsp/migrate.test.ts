import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { DebugInformation, MigrateResult } from '../../server/src/lsp/protocol';
import { DEFAULTS, matchesGlob } from '../../server/src/lsp/settings';
import { TestClient } from './client';

let client: TestClient;
afterEach(() => client?.stop());

test('migrates files in memory and says what is left', async () => {
  client = await TestClient.start();
  const files = [
    { path: 'pkg/__init__.py', text: '' },
    { path: 'pkg/model.py', text: 'import torch\n\n\ndef f(x):\n    return torch.abs(torch.ones(2))\n' },
    { path: 'main.py', text: 'import torch\n\nprint(torch.einsum("ij->ji", x))\n' },
  ];
  const result = await client.connection.sendRequest<MigrateResult>('mindport/migrate', { folder: 'file:///w', files });
  expect(result.files.map(({ path, changed }) => [path, changed])).toEqual([
    ['pkg/__init__.py', false],
    ['pkg/model.py', true],
    ['main.py', false],
  ]);
  expect(result.files[1]!.text).toContain('ops.abs(ops.ones((2,)');
  expect(result.files[1]!.text).not.toContain('torch');
  expect(result.left).toMatchObject([{ path: 'main.py', name: 'torch.einsum', range: { start: { line: 2, character: 6 } } }]);
  expect(result.left[0]!.reason).not.toMatch(/^(left|obstacle|verdict)\./);
});

test('a migration can be cancelled', async () => {
  client = await TestClient.start();
  const { CancellationTokenSource } = await import('vscode-languageserver/node');
  const source = new CancellationTokenSource();
  const files = Array.from({ length: 400 }, (_, i) => ({
    path: `m${i}.py`,
    text: 'import torch\n' + 'y = torch.abs(torch.ones(2))\n'.repeat(50),
  }));
  const request = client.connection.sendRequest('mindport/migrate', { folder: 'file:///w', files }, source.token);
  source.cancel();
  await expect(request).rejects.toMatchObject({ code: -32800 });
});

test('tells what a bug report needs', async () => {
  client = await TestClient.start();
  await client.open('file:///w/a.py', 'import torch\ntorch.abs(x)\n');
  await client.pull('file:///w/a.py');
  const information = await client.connection.sendRequest<DebugInformation>('mindport/debugInformation');
  expect(information).toMatchObject({ records: 7, evidence: 1, openDocuments: 1 });
  expect(information.analysisMs).toHaveLength(1);
});

test('the defaults are those of the manifest, and the targets those of the catalog', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    contributes: {
      configuration: { properties: Record<string, { default: unknown; scope: string; items?: { enum: string[] }; enum?: string[] }> }[];
    };
  };
  const properties = Object.assign(
    {},
    ...manifest.contributes.configuration.map((section) => section.properties),
  ) as (typeof manifest.contributes.configuration)[0]['properties'];
  for (const [key, value] of Object.entries(DEFAULTS))
    // a folder that is read is no workspace's choice
    expect(properties[`mindport.${key}`], key).toMatchObject({ default: value, scope: key === 'recordsFolder' ? 'machine' : 'resource' });
  const targets = JSON.parse(readFileSync(new URL('../../mappings/targets.json', import.meta.url), 'utf8')) as {
    targets: { id: string }[];
    default: string[];
    frameworks: { mindspore: { versions: string[]; default: string } };
  };
  expect(properties['mindport.targets']!.items!.enum).toEqual(targets.targets.map(({ id }) => id));
  expect(properties['mindport.targets']!.default).toEqual(targets.default);
  expect(properties['mindport.mindsporeVersion']!.enum).toEqual(targets.frameworks.mindspore.versions);
  expect(properties['mindport.mindsporeVersion']!.default).toEqual(targets.frameworks.mindspore.default);
});

test('what is executed can only be set for the machine', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
    contributes: { configuration: { properties: Record<string, { scope: string }> }[] };
  };
  const machine = manifest.contributes.configuration
    .flatMap((section) => Object.entries(section.properties))
    .filter(([key]) => /python|runs\.|machines|ssh/.test(key));
  expect(machine.map(([, { scope }]) => scope)).toEqual(machine.map(() => 'machine'));
  expect(machine.length).toBeGreaterThan(1);
  expect(manifest.capabilities.untrustedWorkspaces).toMatchObject({
    supported: 'limited',
    restrictedConfigurations: machine.map(([key]) => key),
  });
});

test.each([
  ['**/site-packages/**', '/usr/lib/site-packages/torch/a.py', true],
  ['**/generated/*.py', '/w/generated/a.py', true],
  ['**/generated/*.py', '/w/generated/deep/a.py', false],
  ['/w/a?.py', '/w/ab.py', true],
  ['**/a.b.py', '/w/axb.py', false],
])('the pattern %s and %s', (pattern, path, expected) => {
  expect(matchesGlob(pattern, path)).toBe(expected);
});

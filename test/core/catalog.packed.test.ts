/** The packed catalog: nothing is lost, little is left, damage does no harm; and it loads quickly enough for an editor that starts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { compileCatalog, packCatalog, serialiseCatalog } from '../../scripts/catalog.mjs';
import { evidenceFor } from '../../server/src/core/catalog/evidence';
import { Catalog } from '../../server/src/core/catalog/load';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import { readJson, recordFiles, root, targetsData } from './scene';

const folder = mkdtempSync(join(tmpdir(), 'mindport-packed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { text } = serialiseCatalog(compileCatalog(root));
const document = unpackCatalog(JSON.parse(text));

it('says of every API what its record says', () => {
  const shipped = [...recordFiles.values()].flat();
  expect(document.records).toHaveLength(shipped.length);
  for (const [i, { torch, kind, params, returns, aliases, method, routes, limits, sources }] of shipped.entries()) {
    const packed = document.records[i]!;
    const read = [
      packed.torch,
      packed.kind,
      packed.params,
      packed.returns,
      packed.aliases,
      packed.method,
      packed.routes,
      packed.limits,
      packed.sources,
    ];
    expect(read).toEqual([torch, kind, params, returns, aliases, method, routes, limits, sources]);
  }
  expect(document.targets).toEqual(targetsData);
});

it('says of every API what was executed', () => {
  const { apis } = readJson<{
    apis: Record<string, { ok: boolean; forward: number | null; grad: number | null; calls: number; date: string }>;
  }>('mappings/evidence/mindspore-2.10.0-cpu.json');
  const file = document.evidence.find(({ version, chip }) => version === '2.10.0' && chip === 'cpu')!;
  expect(file.size).toBeGreaterThan(900);
  for (const [name, { ok, forward, grad, calls, date }] of Object.entries(apis)) {
    const outcome = file.outcome(name);
    if (outcome?.state === 'stale') continue;
    expect(outcome, name).toMatchObject({ state: ok ? 'agreed' : 'disagreed', forward, grad, calls, date });
  }
});

it('is below 1 MB as it lies in the package, and small in it', () => {
  expect(text.length).toBeLessThan(1_000_000);
  expect(deflateRawSync(text).length).toBeLessThan(250_000);
});

it('tells evidence of an earlier form from evidence of this one, and puts the chosen version first', () => {
  const record = { torch: 'torch.x', kind: 'function', routes: [], sources: [] };
  const outcome = { ok: true, forward: 1e-7, grad: null, modes: ['jit'], calls: 3, date: '2026-01-02' };
  const file = (version: string, more: object) => ({
    framework: 'mindspore',
    version,
    chip: 'cpu',
    apis: { 'torch.x': { ...outcome, ...more }, gone: outcome },
  });
  const evidence = {
    a: file('2.7.0', { ok: false }),
    b: file('2.10.0', { stale: true }),
    c: file('2.9.0', { level: 'signature-checked' }),
  };
  const read = unpackCatalog(packCatalog({ records: [record], targets: targetsData, evidence })).evidence;
  const chosen = (version: string) => ({ ...targetsData.targets[0]!, version });
  expect(evidenceFor(chosen('2.9.0'), read).map(({ version }) => version)).toEqual(['2.9.0', '2.10.0', '2.7.0']);
  expect(read.map((one) => [one.size, one.outcome('torch.x')!.state])).toEqual([
    [1, 'disagreed'],
    [1, 'stale'],
    [1, 'agreed'],
  ]);
  expect(read[2]!.outcome('torch.x')).toMatchObject({ level: 'signature-checked', modes: ['jit'], grad: null });
});

it('makes something of anything', () => {
  const broken: unknown[] = [null, 3, [], {}, { format: 1 }, { format: 2, records: 'x', evidence: [null] }];
  for (const value of broken) expect(unpackCatalog(value).records).toEqual([]);
  for (const outcomes of [undefined, 7, [], 'y\nx y z', 'y 1 1 p 1 9 9 9']) {
    const files = [null, { rows: 7 }, { rows: 'x y z' }, { rows: '1 0,-9 0,9e9 0,,0' }, { framework: 'mindspore', rows: '0' }];
    const { evidence } = unpackCatalog({ format: 2, records: [['torch.a']], evidence: { dates: 3, outcomes, files } });
    expect(evidence.map((file) => file.outcome('torch.a')?.state ?? null)).toHaveLength(4);
  }
  const packed = packCatalog({ records: [...recordFiles.values()].flat().slice(0, 5), targets: targetsData }) as Record<string, unknown>;
  for (const table of ['words', 'signatures', 'sources', 'targetLists', 'notes', 'routes', 'routeLists']) {
    for (const damaged of [undefined, 'x', [null], [[]], [7]]) {
      const { records, targets } = unpackCatalog({ ...packed, [table]: damaged });
      const catalog = new Catalog({ records: [records], targets });
      for (const { torch } of records)
        expect(() => [catalog.entry(torch)!.routes, catalog.lookup(torch)], `${table} ${String(damaged)}`).not.toThrow();
    }
  }
  const { records } = unpackCatalog({ ...packed, records: [null, 3, [], [4], ['torch.a'], ['torch.b', -1, 'x', null, 99, 99, 7]] });
  expect(records.map(({ torch, kind, routes, sources }) => [torch, kind, routes, sources])).toEqual([
    ['torch.a', 'function', [], []],
    ['torch.b', 'function', [], []],
  ]);
});

it('loads in a fraction of the time that the rest of a start takes', { timeout: 60_000 }, () => {
  const entry = join(folder, 'load.ts');
  const from = (name: string) => JSON.stringify(join(root, 'server/src/core/catalog', name));
  writeFileSync(
    entry,
    `import { readFileSync } from 'node:fs'; import { Catalog } from ${from('load')}; import { unpackCatalog } from ${from('packed')};
    const start = performance.now(); const { records, targets } = unpackCatalog(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
    const catalog = new Catalog({ records: [records], targets }); console.log(performance.now() - start, start, catalog.entry('torch.cat') !== undefined);`,
  );
  const script = join(folder, 'load.js');
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', outfile: script });
  writeFileSync(join(folder, 'catalog.json'), text);
  const runs = Array.from({ length: 7 }, () => {
    const { stdout } = spawnSync(process.execPath, [script, join(folder, 'catalog.json')], { encoding: 'utf8' });
    const [loading, start, known] = stdout.trim().split(' ');
    expect(known).toBe('true');
    return Number(loading) / Number(start);
  });
  // relative to what Node itself needs to start (25 to 40 ms): a loaded machine slows both down
  expect(runs.sort((a, b) => a - b)[3]).toBeLessThan(0.8);
});

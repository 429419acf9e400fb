/** The catalog as it ships: valid, complete in both languages, quick to load; and how routes are chosen. */
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { judge, filledText } from '../../server/src/core/catalog/judge';
import { Catalog } from '../../server/src/core/catalog/load';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import { compareVersions } from '../../server/src/core/catalog/targets';
import { problemsOf } from '../../server/src/core/catalog/validate';
import { namedRewrites } from '../../server/src/core/fixes/rewrites';
import { inWords } from '../../server/src/core/rules/words';
import { analyzeModule } from '../../server/src/core/semantics/analyze';
import { serialiseCatalog } from '../../scripts/catalog.mjs';
import { catalog, catalogOf, parse, readJson, recordFiles, targetsData } from './scene';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const valid = ajv.compile(readJson<object>('mappings/schema.json'));
const all = [...recordFiles.values()].flat();

describe('the records', () => {
  it.each([...recordFiles])('%s follows the schema', (_name, records) => {
    valid(records);
    expect(valid.errors ?? []).toEqual([]);
  });

  it('have routes that can be written and names that exist', () => {
    const rewrites = new Set(namedRewrites.keys());
    const problems = all.flatMap((record) =>
      problemsOf(record, catalog.targets, rewrites).map(({ id, path }) => `${record.torch}: ${id} ${path.join('.')}`),
    );
    expect(problems).toEqual([]);
  });

  it('answer each name once', () => {
    const names = all.flatMap((record) => [record.torch, ...(record.aliases ?? [])]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('say every note in both languages', () => {
    for (const { torch, routes } of all) {
      for (const { note } of routes) {
        if (!note) continue;
        expect(note.en, torch).not.toMatch(/\p{Script=Han}/u);
        expect(note.zh, torch).toMatch(/\p{Script=Han}/u);
      }
    }
  });

  it('name import roots that are bound to different names', () => {
    for (const { imports } of Object.values(targetsData.frameworks)) {
      const locals = Object.values(imports).map((need) => need.as);
      expect(new Set(locals).size).toBe(locals.length);
    }
  });

  it('use every named rewrite', () => {
    const used = new Set(all.flatMap((record) => record.routes.flatMap((route) => route.rewrite ?? [])));
    for (const name of used) expect([...namedRewrites.keys()]).toContain(name);
  });
});

describe('the schema refuses', () => {
  const good: ApiRecord = {
    torch: 'torch.x',
    kind: 'function',
    params: '(a)',
    routes: [{ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to: 'ops.x({a})' }],
    examples: [{ torch: 'torch.x(1)', mindspore: 'ops.x(1)' }],
    sources: ['s'],
  };
  const refused = (change: object) => !valid([{ ...good, ...change }]);
  it('nothing of a good record', () => expect(valid([good])).toBe(true));
  it.each([
    ['no source', { sources: [] }],
    ['neither example nor fixture', { examples: [] }],
    ['a review without a note', { routes: [{ ...good.routes[0], safety: 'review' }] }],
    ['a difference without a note', { routes: [{ ...good.routes[0], verdict: 'differs' }] }],
    ['an example not executed without a reason', { examples: [{ ...good.examples[0], execute: false }] }],
    ['a word it does not know', { wrong: 1 }],
    ['an unknown kind', { kind: 'thing' }],
  ])('%s', (_what, change) => expect(refused(change)).toBe(true));
});

describe('validation finds', () => {
  const english = readJson<Record<string, string>>('l10n/records.en.json');
  const problems = (change: Partial<ApiRecord>) =>
    problemsOf(
      { torch: 'torch.x', kind: 'function', params: '(a, *b, **c)', routes: [], examples: [], sources: [], ...change },
      catalog.targets,
      new Set(['known']),
    )
      .map(({ id, args, path }) => `${path.join('.')}: ${inWords({ id, args }, english)}`)
      .join('\n');
  const route = (change: object) => ({
    routes: [{ on: ['mindspore@*'], verdict: 'equivalent' as const, safety: 'safe' as const, ...change }],
  });
  it.each([
    [route({ to: 'ops.x({d})' }), 'routes.0.to: The form names d'],
    [route({ to: 'ops.x({self})' }), 'names self'],
    [route({ to: 'torch.x({a})' }), 'torch is neither an import'],
    [route({ to: 'ops.x({b})' }), '{*b} or {b:tuple}'],
    [route({ to: 'ops.x({c})' }), '{**c}'],
    [route({ to: 'ops.x({a}' }), 'ends too early'],
    [route({ to: 'ops.x({a} b)' }), 'cannot be read at b'],
    [route({ to: 'ops.x({a:list})' }), 'no conversion list'],
    [route({ value: 'ops.x({a})' }), 'routes.0.value: The form names a'],
    [route({ to: `${'('.repeat(50)}1${')'.repeat(50)}` }), 'nested too deeply'],
    [route({ to: `${'not '.repeat(200)}1` }), 'nested too deeply'],
    [route({ to: 'ops.x()', ignores: ['d'] }), 'routes.0.ignores.0: The signature has no parameter d'],
    [route({ when: [{ param: 'd', given: true }] }), 'routes.0.when.0.param: The signature has no parameter d'],
    [route({ on: ['mindspore@abacus'] }), 'routes.0.on.0: There is no target mindspore@abacus'],
    [route({ on: ['constructor@*'] }), 'no target constructor@*'],
    [route({ on: ['mindspore@cpu', 'torch@nvidia'] }), 'speaks of one framework'],
    [route({ rewrite: 'other' }), 'no rewrite named other'],
    [route({ verdict: 'custom' }), 'custom operator needs a form'],
    [route({ verdict: 'differs' }), 'needs a note'],
    [{ params: '(a' }, 'params: This is no signature: (a'],
    [{ params: ['(a)', '(a, a)'] }, 'params.1: This is no signature'],
    [{ examples: [{ torch: 'x', mindspore: 'x', apply: ['x'] }] }, 'applied but not given'],
  ])('%j', (change, expected) => expect(problems(change as Partial<ApiRecord>)).toContain(expected));
  it('nothing where nothing is wrong', () => expect(problems(route({ to: 'ops.x({a}, {*b}, {**c})', rewrite: 'known' }))).toBe(''));
});

describe('a route', () => {
  const gelu: ApiRecord = {
    torch: 'torch.gelu',
    aliases: ['torch.old_gelu'],
    kind: 'function',
    params: ["(x, approximate='none')", '(x, *, flag)'],
    method: 'torch.Tensor.sigmoid',
    returns: 'Tensor',
    routes: [
      {
        on: ['mindspore@ascend910b'],
        since: '2.9',
        verdict: 'equivalent',
        safety: 'safe',
        to: 'mint.gelu({x}, approximate={approximate})',
      },
      {
        on: ['mindspore@*'],
        when: [{ param: 'approximate', literal: ["'tanh'"] }],
        verdict: 'equivalent',
        safety: 'safe',
        to: 'ops.tanh_gelu({x})',
      },
      { on: ['mindspore@*'], until: '2.9.0', verdict: 'equivalent', safety: 'safe', to: 'ops.old({x}, approximate={approximate})' },
      { on: ['mindspore@*'], since: '2.10.0', verdict: 'equivalent', safety: 'safe', to: 'ops.gelu({x}, approximate={approximate})' },
      {
        on: ['mindspore@*'],
        when: [{ param: 'flag', type: ['bool'] }],
        verdict: 'equivalent',
        safety: 'safe',
        to: 'ops.flag({x}, flag={flag})',
      },
    ],
    examples: [],
    sources: [],
  };
  const using = catalogOf(gelu);

  function answer(expression: string, ids: string[], version = '2.10.0'): string {
    const source = `import torch\ndef f(x: torch.Tensor):\n    return ${expression}\n`;
    const module = parse(source);
    const semantics = analyzeModule(module, { knowledge: using, moduleName: null });
    const { chosen } = using.targets.choose(ids, { mindspore: version });
    const reference = semantics.references.find(({ name }) => /(gelu|sigmoid)$/.test(name))!;
    const judgement = judge(reference, { catalog: using, targets: chosen, semantics, source });
    if (judgement.filled) return filledText(judgement.filled.value, source);
    return judgement.obstacle?.id ?? (judgement.keeps ? 'keeps' : judgement.verdict);
  }

  it.each([
    ['torch.gelu(x)', ['mindspore@cpu'], '2.10.0', 'ops.gelu(x)'],
    ['torch.gelu(x)', ['mindspore@ascend910b'], '2.10.0', 'mint.gelu(x)'],
    ['torch.gelu(x)', ['mindspore@ascend910b'], '2.8.0', 'ops.old(x)'],
    ['torch.gelu(x)', ['mindspore@ascend910b', 'mindspore@cpu'], '2.10.0', 'ops.gelu(x)'],
    ['torch.gelu(x, "tanh")', ['mindspore@cpu'], '2.10.0', 'ops.tanh_gelu(x)'],
    ['torch.gelu(x, approximate=x)', ['mindspore@cpu'], '2.9.0', 'ops.old(x, approximate=x)'],
    ['torch.gelu(x, flag=True)', ['mindspore@cpu'], '2.10.0', 'ops.flag(x, flag=True)'],
    ['torch.gelu(x, flag=1)', ['mindspore@cpu'], '2.10.0', 'unknown-argument'],
    ['torch.gelu(x, other=1)', ['mindspore@cpu'], '2.10.0', 'unknown-argument'],
    ['torch.old_gelu(x)', ['mindspore@cpu'], '2.10.0', 'ops.gelu(x)'],
    ['x.sigmoid("tanh")', ['mindspore@cpu'], '2.10.0', 'ops.tanh_gelu(x)'],
    ['(x + 1).sigmoid()', ['mindspore@cpu'], '2.10.0', 'ops.gelu(x + 1)'],
    ['torch.gelu(x)', ['torch@dcu-z100l'], '2.10.0', 'keeps'],
    ['torch.gelu(x)', ['torch@nvidia', 'mindspore@cpu'], '2.10.0', 'ops.gelu(x)'],
  ])('of %s for %j at %s is %s', (expression, ids, version, expected) => expect(answer(expression, ids, version)).toBe(expected));

  it('is none where the targets disagree', () => {
    const disagreeing = catalogOf({ ...gelu, routes: gelu.routes.slice(0, 1) });
    const source = 'import torch\ntorch.gelu(x)\n';
    const module = parse(source);
    const semantics = analyzeModule(module, { knowledge: disagreeing, moduleName: null });
    const { chosen } = disagreeing.targets.choose(['mindspore@ascend910b', 'mindspore@cpu']);
    expect(judge(semantics.references[0]!, { catalog: disagreeing, targets: chosen, semantics, source }).obstacle?.id).toBe(
      'targets-disagree',
    );
  });

  describe('of the user', () => {
    const mine: ApiRecord = { ...gelu, routes: [{ on: ['mindspore@gpu'], verdict: 'equivalent', safety: 'safe', to: 'ops.mine({x})' }] };
    const target = { id: 'mindspore@gpu', framework: 'mindspore', chip: 'gpu', title: { en: 'g', zh: 'g' } };
    const layer = (trusted: boolean, record = mine) => ({
      records: [{ record, origin: { file: 'own.json', trusted } }],
      targets: [target],
      packages: [],
    });
    const forms = (catalog: Catalog, name = 'torch.gelu') => catalog.entry(name)!.routes.map(({ route }) => route.to);

    it('comes before those of the catalog, and says where it is from', () => {
      const layered = new Catalog({ records: [[gelu]], targets: targetsData, user: layer(true) });
      expect(layered.targets.choose(['mindspore@gpu']).chosen[0]?.version).toBe('2.10.0');
      expect(forms(layered)).toEqual(['ops.mine({x})', ...gelu.routes.map(({ to }) => to)]);
      const [first, second] = layered.entry('torch.gelu')!.routes;
      expect(layered.originOf(first!.route)).toEqual({ file: 'own.json', trusted: true });
      expect(layered.originOf(second!.route)).toBeUndefined();
      expect(first!.route.safety).toBe('safe');
    });

    it('is never safe where nobody trusts the workspace', () => {
      const [first] = new Catalog({ records: [[gelu]], targets: targetsData, user: layer(false) }).entry('torch.gelu')!.routes;
      expect(first!.route).toMatchObject({ safety: 'review', note: { en: expect.stringContaining('not trusted') as string } });
    });

    it('goes again, and takes over a packed record with its other names', () => {
      const { records, targets } = unpackCatalog(
        JSON.parse(serialiseCatalog({ records: [gelu], targets: targetsData, evidence: {} }).text),
      );
      const layered = new Catalog({ records: [records], targets });
      layered.setUser(layer(true, { ...mine, params: undefined, aliases: undefined, method: undefined }));
      expect(forms(layered, 'torch.Tensor.sigmoid')[0]).toBe('ops.mine({x})');
      expect(layered.lookup('torch.gelu')).toMatchObject({ kind: 'function', returns: 'Tensor' });
      expect(layered.entry('torch.gelu')!.signatures).toHaveLength(2);
      layered.setUser({ records: [], targets: [], packages: [] });
      expect(forms(layered)).toEqual(gelu.routes.map(({ to }) => to));
      expect(layered.targets.byId.has('mindspore@gpu')).toBe(false);
    });
  });
});

describe('the catalog', () => {
  it('knows APIs by the modules they are defined in', () => {
    expect(catalog.canonical('torch.nn.modules.linear.Linear')).toBe('torch.nn.Linear');
    expect(catalog.canonical('torch.nn.modules.a.b.Linear')).toBe('torch.nn.modules.a.b.Linear');
    expect(catalog.canonical('torch.cat')).toBe('torch.cat');
    expect(catalog.canonical('torch.concat')).toBe('torch.concat');
    expect(catalog.lookup('torch.concat')?.returns).toBe('Tensor');
    expect(catalog.lookup('torch.Tensor.relu')?.kind).toBe('method');
    expect(catalog.lookup('torch.nothing')).toBeUndefined();
  });

  it('chooses the default targets when none is known', () => {
    expect(catalog.targets.choose(['x@y'])).toMatchObject({ unknown: ['x@y'], chosen: [{ id: 'mindspore@cpu', version: '2.10.0' }] });
    expect(compareVersions('2.10.0', '2.9')).toBeGreaterThan(0);
    expect(compareVersions('2.7', '2.7.0')).toBe(0);
  });

  it('parses no record before it is asked for', () => {
    const broken = { torch: 'torch.b', kind: 'function' as const, get routes(): never { throw new Error('read'); }, examples: [], sources: [] }; // prettier-ignore
    expect(() => new Catalog({ records: [[broken as unknown as ApiRecord]], targets: targetsData })).not.toThrow();
  });
});

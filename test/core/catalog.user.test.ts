/** Records and chips of the user's own: what is used, what is said of the rest and where, and that hostile files do no harm. */
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../server/src/core/catalog/json-shape';
import { parseJsonTree } from '../../server/src/core/catalog/json-tree';
import { Catalog } from '../../server/src/core/catalog/load';
import { RECORD } from '../../server/src/core/catalog/record-shape';
import { MOST_CHARACTERS, readUserFile, readUserLayer, type UserSource } from '../../server/src/core/catalog/user-records';
import { namedRewrites } from '../../server/src/core/fixes/rewrites';
import { findFindings } from '../../server/src/core/rules/findings';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import { inWords } from '../../server/src/core/rules/words';
import { userSchemas } from '../../scripts/user-schemas.mjs';
import { catalog, fileOf, readJson, recordFiles, root, targetsData } from './scene';

const rewrites = new Set(namedRewrites.keys());
const english = readJson<Record<string, string>>('l10n/records.en.json');
const chinese = readJson<Record<string, string>>('l10n/records.zh-cn.json');

const record = (change: object = {}) => ({
  torch: 'apex.fused_dense',
  kind: 'function',
  params: '(x, weight)',
  routes: [{ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to: 'ops.matmul({x}, {weight})' }],
  ...change,
});
const read = (value: unknown) =>
  readUserFile(typeof value === 'string' ? value : JSON.stringify(value, null, 1), catalog.targets, rewrites, catalog.families);
/** Problems as `the text underlined: the sentence`. */
const problems = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  return read(text).problems.map(({ message, span }) => `${text.slice(span.start, span.end)}: ${inWords(message, english)}`);
};
const route = (change: object) => [record({ routes: [{ ...record().routes[0], ...change }] })];
const source = (file: string, value: unknown, more: Partial<UserSource> = {}): UserSource => ({
  file,
  folder: 'w',
  trusted: true,
  text: JSON.stringify(value),
  ...more,
});

describe('a file', () => {
  it('gives the records that are right', () => {
    const { records, problems: none } = read([record()]);
    expect(none).toEqual([]);
    expect(records).toEqual([{ ...record(), examples: [], sources: [] }]);
  });

  it('takes every record that ships', () => {
    for (const [name, records] of recordFiles) {
      // examples and fixtures are for the prover and for tests
      const wrong = read(records).problems.filter(({ message }) => message.id !== 'records.tooLarge');
      expect(wrong, name).toEqual([]);
    }
  });

  it.each([
    ['{"targets": [', ': This is no JSON from here on.'],
    ['[1, 2,]', ']: This is no JSON from here on.'],
    ['"x"', '"x": A file of records is an array'],
    [[3], '3: An object is expected here.'],
    [[record({ kind: 'thing' })], '"thing": One of these is expected: function, class'],
    [[record({ torch: 'torch..x' })], '"torch..x": "torch..x" has not the form'],
    [[record({ routes: [] })], '[]: This array must not be empty.'],
    [[{ torch: 'torch.x', kind: 'function' }], '{: The field "routes" is missing.'],
    [[record({ colour: 1 })], '"colour": Unknown field "colour". There are: torch, aliases'],
    ['[{"torch": "torch.x", "torch": "torch.y"}]', '"torch": The field "torch" stands here twice.'],
    [route({ to: 'ops.matmul({y})' }), '"ops.matmul({y})": The form names y'],
    [route({ to: 'os.system({x})' }), '"os.system({x})": os is neither an import'],
    [route({ to: '__import__("os")' }), '__import__ is neither'],
    [route({ to: 'ops.matmul(' }), '"ops.matmul(": The form ends too early.'],
    [route({ on: ['mindspore@gpu'] }), '"mindspore@gpu": There is no target mindspore@gpu.'],
    [route({ on: 'mindspore@cpu' }), '"mindspore@cpu": An array is expected here.'],
    [route({ ignores: ['bias'] }), '"bias": The signature has no parameter bias.'],
    [route({ when: [{ param: 'x', given: 'yes' }] }), '"yes": true or false is expected here.'],
    [route({ safety: 'review' }), 'needs a note'],
    [route({ rewrite: 'training-loop' }), 'There is no rewrite named training-loop.'],
    [[record({ torch: 'own_library.fused' })], '"own_library.fused": own_library is none of the packages'],
    [[record(), record()], '"apex.fused_dense": A record of apex.fused_dense stands in this file already'],
    [
      { targets: [{ framework: 'jax', chip: 'tpu', title: { en: 'a', zh: 'b' } }] },
      '"jax": There is no framework jax. There are: mindspore',
    ],
    [{ targets: [{ framework: 'mindspore', chip: 'cpu', title: { en: 'a', zh: 'b' } }] }, 'The target mindspore@cpu exists already.'],
    [{ chips: [] }, '"chips": Unknown field "chips". There are: targets'],
  ])('%j: %s', (value, expected) => expect(problems(value).join('\n')).toContain(expected));

  it('keeps the other records when one is wrong', () => {
    expect(read([record({ kind: 'x' }), record({ torch: 'apex.b' }), ...route({ to: '(' })]).records.map(({ torch }) => torch)).toEqual([
      'apex.b',
    ]);
  });

  it('says everything in Chinese too, with the same holes', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(Object.keys(chinese)).toEqual(Object.keys(english));
    for (const [id, text] of Object.entries(chinese)) {
      expect(holes(text), id).toEqual(holes(english[id]!));
      if (id !== 'records.notUsed') expect(text, id).toMatch(/\p{Script=Han}/u);
    }
  });
});

describe('a hostile file', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty'])('with the key %s is refused and changes nothing', (key) => {
    const text = `[{"torch": "torch.x", "kind": "function", "routes": [], "${key}": {"polluted": 1}}]`;
    expect(problems(text).join()).toContain(`Unknown field "${key}"`);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const inside = `[{"torch": "torch.x", "kind": "function", "routes": [{"on": ["mindspore@*"], "verdict": "drop", "safety": "safe", "note": {"en": "a", "zh": "b", "${key}": {}}}]}]`;
    expect(read(inside).records).toEqual([]);
  });

  it('named like a part of every object is an API like any other', () => {
    const { layer } = readUserLayer([source('a', [record({ torch: 'torch.__proto__.constructor' })])], targetsData, rewrites);
    const layered = new Catalog({ records: [], targets: targetsData, user: layer });
    expect(layered.entry('torch.__proto__.constructor')!.routes).toHaveLength(1);
    expect(layered.entry('constructor')).toBeUndefined();
  });

  it('of any depth or size is said to be too much', () => {
    expect(problems('['.repeat(200_000)).join()).toContain('Nested too deeply.');
    expect(problems('{"a":'.repeat(100_000)).join()).toContain('Nested too deeply.');
    expect(problems(`[${' '.repeat(MOST_CHARACTERS)}]`).join()).toContain('too large');
    expect(problems(route({ to: `ops.abs({x}${' + {x}'.repeat(500)})` })).join()).toContain('Too long: at most 1000');
    for (const [open, close] of ['()', '[]']) {
      expect(problems(route({ to: open!.repeat(450) + '1' + close!.repeat(450) })).join()).toContain('nested too deeply');
    }
    expect(problems(route({ to: '-'.repeat(900) + '1' })).join()).toContain('nested too deeply');
    expect(problems(route({ to: `{x=${'{x='.repeat(200)}1` })).join()).toContain('nested too deeply');
    const short = (i: number) => ({
      torch: `torch.b${i}`,
      kind: 'value',
      routes: [{ on: ['mindspore@*'], verdict: 'drop', safety: 'safe' }],
    });
    const many = read(JSON.stringify(Array.from({ length: 5_500 }, (_, i) => short(i))));
    expect(many.records).toHaveLength(5_000);
    expect(many.problems.map(({ message }) => message.id)).toEqual(['records.tooMany']);
  });

  it('of random bytes never throws', () => {
    const seeds = [JSON.stringify([record()]), JSON.stringify({ targets: [] }), '[{"torch":"\\u00e9\\ud800"}]'];
    let state = 7;
    const next = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let i = 0; i < 3_000; i++) {
      const seed = seeds[next(seeds.length)]!;
      const at = next(seed.length);
      const text = seed.slice(0, at) + '{}[]":,\\x0ne\u0000'[next(14)]! + seed.slice(at + next(4));
      expect(() => readUserLayer([{ ...source('a', null), text }], targetsData, rewrites)).not.toThrow();
    }
  });
});

describe('JSON with places', () => {
  it('is read as JSON.parse reads it', () => {
    const text = ' {"a\\n\\u00e9": [1, -2.5e3, true, false, null, "", {}, []], "b": {"c": "\\"}"}} ';
    const plain = (node: ReturnType<typeof parseJsonTree>): unknown =>
      node.kind === 'object'
        ? Object.fromEntries(node.members.map(({ key, value }) => [key, plain(value)]))
        : node.kind === 'array'
          ? node.items.map(plain)
          : node.kind === 'null'
            ? null
            : node.value;
    expect(plain(parseJsonTree(text))).toEqual(JSON.parse(text));
    for (const wrong of ['', '{', '[1', '{"a"}', '{"a":1,}', '01', '"\u0001"', '"\n"', '"\\x"', 'nul', '1 2', "{'a': 1}", '[,]', '"a'])
      expect(() => parseJsonTree(wrong), wrong).toThrow('records.json');
  });
});

describe('all files together', () => {
  const chips = { targets: [{ framework: 'mindspore', chip: 'gpu', title: { en: 'MindSpore on GPU', zh: 'GPU 上的昇思' } }] };
  const forGpu = route({ on: ['mindspore@gpu'], to: 'ops.fused({x}, {weight})' });

  it('know the chips of each other, in whatever order they come', () => {
    const { layer, problems: found } = readUserLayer([source('a.json', forGpu), source('targets.json', chips)], targetsData, rewrites);
    expect([...found.values()].flat()).toEqual([]);
    expect(layer.targets).toEqual([{ id: 'mindspore@gpu', ...chips.targets[0] }]);
    const own = new Catalog({ records: [], targets: targetsData, user: layer });
    const text = 'import apex\ny = apex.fused_dense(a, b)\n';
    expect(composeAll(fileOf(text, ['mindspore@gpu'], own), { safety: 'safe' }).text()).toContain('ops.fused(a, b)');
  });

  it('answer a name once in a folder, and later folders come first', () => {
    const [one, two] = [route({ to: 'ops.one({x}, {weight})' }), route({ to: 'ops.two({x}, {weight})' })];
    const sources = [source('1.json', one), source('2.json', two), source('home.json', two, { folder: 'home' })];
    const { layer, problems: found } = readUserLayer(sources, targetsData, rewrites);
    expect(layer.records.map(({ origin }) => origin.file)).toEqual(['1.json', 'home.json']);
    expect(found.get(sources[1]!)!.map(({ message }) => inWords(message, english))).toEqual([
      '1.json has a record of apex.fused_dense too; that one is used.',
    ]);
    const own = new Catalog({ records: [], targets: targetsData, user: layer });
    expect(own.entry('apex.fused_dense')!.routes[0]!.route.to).toBe('ops.two({x}, {weight})');
  });

  it('are applied without a look only where the workspace is trusted', () => {
    const text = 'import apex\ny = apex.fused_dense(a, b)\n';
    const fixed = (trusted: boolean) => {
      const { layer } = readUserLayer([source('a.json', [record()], { trusted })], targetsData, rewrites);
      const own = new Catalog({ records: [], targets: targetsData, user: layer });
      return composeAll(fileOf(text, ['mindspore@cpu'], own), { safety: 'safe' }).text();
    };
    expect(fixed(true)).toContain('ops.matmul(a, b)');
    expect(fixed(false)).toBe(text);
  });
});

describe('packages of the user', () => {
  const packages = { packages: ['mylib', 'nvidia.mine'] };
  const mine = [
    { ...record(), torch: 'mylib.fused' },
    {
      ...record(),
      torch: 'nvidia.mine.Net',
      kind: 'class',
      params: '(width)',
      routes: [{ ...record().routes[0], to: 'nn.Dense({width}, 1)' }],
    },
    {
      torch: 'mylib.*',
      kind: 'module',
      routes: [{ on: ['mindspore@*'], verdict: 'unsupported', safety: 'manual', note: { en: 'Ours.', zh: '自用。' } }],
    },
  ];

  it('are followed when targets.json names them, and not otherwise', () => {
    const { layer, problems: found } = readUserLayer([source('a.json', mine), source('targets.json', packages)], targetsData, rewrites);
    expect([...found.values()].flat()).toEqual([]);
    expect(layer.packages).toEqual(packages.packages);
    const own = new Catalog({ records: [...recordFiles.values()], targets: targetsData, user: layer });
    const text =
      'import mylib\nimport nvidia.mine\nimport nvidia.other as other\ny = mylib.fused(a, b)\nz = mylib.rest(y)\nn = nvidia.mine.Net(3)\nother.go(n.half())\n';
    expect(composeAll(fileOf(text, ['mindspore@cpu'], own), { safety: 'safe' }).text()).toContain('y = ops.matmul(a, b)');
    const named = (file: ReturnType<typeof fileOf>) => findFindings(file).map(({ reference }) => reference?.name);
    expect(named(fileOf(text, ['mindspore@cpu'], own))).toEqual(['mylib.fused', 'mylib.rest', 'nvidia.mine.Net']);
    expect(named(fileOf(text, ['mindspore@cpu'], catalog))).toEqual([]);
    const alone = readUserLayer([source('a.json', mine)], targetsData, rewrites);
    expect([...alone.problems.values()].flat().map(({ message }) => message.id)).toEqual(Array(3).fill('records.package'));
  });

  it('are none that every program uses', () => {
    expect(problems({ packages: ['mylib', 'numpy.linalg', 'mindspore'] })).toEqual([
      '"numpy.linalg": numpy.linalg is no package of PyTorch: following it would flag every use of it.',
      '"mindspore": mindspore is no package of PyTorch: following it would flag every use of it.',
    ]);
    expect(problems({})).toEqual([]);
  });
});

describe('the schema for editors', () => {
  const schema = readJson<{ definitions: Record<string, { properties: Record<string, { enum?: string[] }>; required?: string[] }> }>(
    'mappings/schema.json',
  );
  const fieldsOf = (shape: Shape) => Object.keys(shape.kind === 'object' ? shape.fields : {}).sort();
  const within = (shape: Shape, name: string): Shape => {
    const inner = shape.kind === 'object' ? shape.fields[name]! : shape;
    return inner.kind === 'list' ? inner.of : inner;
  };
  it.each([
    ['record', RECORD],
    ['route', within(RECORD, 'routes')],
    ['test', within(within(RECORD, 'routes'), 'when')],
    ['text', within(within(RECORD, 'routes'), 'note')],
  ])('knows the same fields of a %s', (name, shape) => {
    expect(fieldsOf(shape)).toEqual(Object.keys(schema.definitions[name]!.properties).sort());
  });

  it('knows the same words', () => {
    const words = (shape: Shape) => (shape.kind === 'string' ? shape.of : undefined);
    expect(words(within(RECORD, 'kind'))).toEqual(schema.definitions.record!.properties.kind!.enum);
    expect(words(within(within(RECORD, 'routes'), 'safety'))).toEqual(schema.definitions.route!.properties.safety!.enum);
    expect(words(within(within(RECORD, 'routes'), 'verdict'))).toEqual((schema.definitions.verdict as { enum?: string[] }).enum);
    expect(new Ajv({ strict: false }).validateSchema(schema)).toBe(true);
  });
});

describe('the schemas that the extension contributes', () => {
  const ajv = new Ajv({ strict: false });
  const schemas = userSchemas(root);
  const [records, chips] = [ajv.compile(schemas['records.schema.json']), ajv.compile(schemas['targets.schema.json'])];
  it('accept what is used, and refuse what is not', () => {
    expect(records([record()]), JSON.stringify(records.errors)).toBe(true);
    expect(records([record({ colour: 1 })])).toBe(false);
    expect(records([{ torch: 'torch.x', kind: 'function' }])).toBe(false);
    for (const [name, shipped] of recordFiles) expect(records(shipped), name).toBe(true);
    expect(chips({ targets: [{ framework: 'mindspore', chip: 'gpu', title: { en: 'a', zh: 'b' } }] })).toBe(true);
    expect(chips({ packages: ['mylib', 'nvidia.mine'] })).toBe(true);
    expect(chips({ packages: ['my lib'] })).toBe(false);
    expect(chips({})).toBe(false);
    expect(chips({ targets: [{ framework: 'jax', chip: 'gpu', title: { en: 'a', zh: 'b' } }] })).toBe(false);
  });
});

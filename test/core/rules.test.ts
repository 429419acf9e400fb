/** Findings: codes, severities, suppressions, words in both languages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OBSTACLES } from '../../server/src/core/catalog/bind';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { applyEdits } from '../../server/src/core/fixes/rewrite';
import { CODES, codeOf } from '../../server/src/core/rules/codes';
import { findFindings } from '../../server/src/core/rules/findings';
import { FAMILIES } from '../../server/src/core/rules/registry';
import { suppressionEdit } from '../../server/src/core/rules/suppression';
import { catalogOf, fileOf, readJson, root } from './scene';

const note = { en: 'It differs.', zh: '有差异。' };
const record = (name: string, verdict: ApiRecord['routes'][number]['verdict'], more: object = {}): ApiRecord => ({
  torch: `torch.${name}`,
  kind: 'function',
  params: '(x, k=0)',
  returns: 'Tensor',
  routes: [{ on: ['mindspore@*'], verdict, safety: 'safe', note, ...more }],
  examples: [],
  sources: [],
});

const catalog = catalogOf(
  record('unsupported', 'unsupported'),
  record('same', 'equivalent', { to: 'ops.same({x})' }),
  record('differs', 'differs', { to: 'ops.differs({x})', safety: 'review' }),
  record('custom', 'custom', { to: 'mindport_ops.custom({x})' }),
  record('restructure', 'restructure', { safety: 'manual' }),
  record('drop', 'drop', { to: '{x}' }),
  record('kept', 'equivalent'),
  record('Tensor.maybe', 'equivalent', { to: 'ops.maybe({x})' }),
  {
    ...record('only_ascend', 'equivalent', { to: 'mint.only({x})' }),
    routes: [{ on: ['mindspore@ascend910b'], verdict: 'equivalent', safety: 'safe', to: 'mint.only({x})' }],
  },
);

const findings = (text: string, targets = ['mindspore@cpu'], options = {}) => findFindings(fileOf(text, targets, catalog), options);
const codes = (text: string, targets?: string[], options?: object) => findings(text, targets, options).map(({ code }) => code);
const HEAD = 'import torch\n';

describe('a finding', () => {
  it.each([
    ['torch.unsupported(1)', 'MSP101', null],
    ['torch.same(1, k=2)', 'MSP102', null],
    ['torch.same(*a)', 'MSP102', null],
    ['torch.differs(1)', 'MSP103', 'review'],
    ['torch.custom(1)', 'MSP104', 'safe'],
    ['torch.restructure(1)', 'MSP105', null],
    ['torch.nobody_knows(1)', 'MSP106', null],
    ['torch.drop(y)', 'MSP108', 'safe'],
    ['torch.same(1)', 'MSP110', 'safe'],
  ])('of %s is %s', (source, code, safety) => {
    const [finding, ...others] = findings(HEAD + source);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code, fix: safety === null ? null : { safety } });
    expect(HEAD.length).toBe(finding!.span.start);
    expect((HEAD + source).slice(finding!.span.start, finding!.span.end)).toBe(source.slice(0, source.indexOf('(')));
  });

  it('is missing where nothing changes', () => {
    expect(codes(`${HEAD}torch.kept(1)`)).toEqual([]);
    expect(codes('import numpy as np\nnp.same(1)')).toEqual([]);
    expect(codes('x = 1')).toEqual([]);
    expect(codes('')).toEqual([]);
  });

  it('says which targets disagree', () => {
    expect(codes(`${HEAD}torch.only_ascend(1)`, ['mindspore@ascend910b'])).toEqual(['MSP110']);
    expect(codes(`${HEAD}torch.only_ascend(1)`, ['mindspore@ascend910b', 'mindspore@cpu'])).toEqual(['MSP109']);
    expect(codes(`${HEAD}torch.only_ascend(1)`, ['mindspore@cpu'])).toEqual(['MSP106']);
  });

  it('is a hint without a fix where the analysis is not sure', () => {
    const found = findings(`${HEAD}def f(a):\n    return a.maybe(1)\n`);
    for (const finding of found) expect(finding).toMatchObject({ code: 'MSP107', severity: 'hint', fix: null });
  });

  it('has the severity the user chose, or is off', () => {
    expect(findings(`${HEAD}torch.same(1)`, undefined, { severity: { MSP110: 'error' } })[0]!.severity).toBe('error');
    expect(findings(`${HEAD}torch.same(1)`, undefined, { severity: { 'equivalent-available': 'hint' } })[0]!.severity).toBe('hint');
    expect(codes(`${HEAD}torch.same(1)`, undefined, { severity: { MSP110: 'off' } })).toEqual([]);
  });

  it('is for nobody when every target runs PyTorch', () => {
    expect(codes(`${HEAD}torch.same(1)\ntorch.nobody_knows(2)`, ['torch@nvidia'])).toEqual([]);
  });
});

describe('a suppression', () => {
  it.each([
    ['torch.same(1)  # mindport: ignore[MSP110] it is fine', []],
    ['torch.same(1)  # mindport: ignore[equivalent-available] it is fine', []],
    ['torch.same(1)  # mindport: ignore because', []],
    ['torch.same(1)  # mindport: ignore[MSP101] another', ['MSP110']],
    ['# mindport: ignore[MSP110] above\ntorch.same(1)', []],
    ['# mindport: ignore[MSP110] above\n# more words\ntorch.same(1)', []],
    ['# mindport: ignore[MSP110] above\n\ntorch.same(1)', ['MSP110']],
    ['torch.same(1)  # mindport: ignore[MSP110] this line\ntorch.same(1)', ['MSP110']],
    ['# mindport: ignore-file[MSP110, MSP103] generated\n\ntorch.same(1)\ntorch.differs(1)\ntorch.custom(2)', ['MSP104']],
    ['torch.same(1)  # mindport: ignore[MSP110]', ['MSP190']],
    ['torch.same(1)  # mindport: ignore', ['MSP190']],
    ['s = "# mindport: ignore"; torch.same(1)', ['MSP110']],
  ])('%j leaves %j', (source, expected) => expect(codes(HEAD + source)).toEqual(expected));

  it.each([
    ['torch.same(1)', 'torch.same(1)  # mindport: ignore[MSP110] why'],
    ['torch.same(1)   \nx', 'torch.same(1)  # mindport: ignore[MSP110] why\nx'],
    ['if 1:\n    torch.same(1)  # words\n', 'if 1:\n    # mindport: ignore[MSP110] why\n    torch.same(1)  # words\n'],
    ['x = 1 + \\\n  torch.same(1)\n', 'x = 1 + \\\n  torch.same(1)  # mindport: ignore[MSP110] why\n'],
    ['x = torch.same(1) + \\\n  1\n', '# mindport: ignore[MSP110] why\nx = torch.same(1) + \\\n  1\n'],
    ['x = f"""{torch.same(1)}\n"""\n', '# mindport: ignore[MSP110] why\nx = f"""{torch.same(1)}\n"""\n'],
  ])('is added to %j', (source, expected) => {
    const edit = suppressionEdit(source, source.indexOf('torch'), 'MSP110', 'why');
    const after = applyEdits(source, [edit]);
    expect(after).toBe(expected);
    expect(codes(HEAD + after)).toEqual([]);
  });
});

describe('the codes', () => {
  const english = readJson<Record<string, string>>('l10n/core.en.json');
  const chinese = readJson<Record<string, string>>('l10n/core.zh-cn.json');
  const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

  it('are unique, by number and by slug', () => {
    expect(new Set(CODES.map(({ code }) => code)).size).toBe(CODES.length);
    expect(new Set(CODES.map(({ slug }) => slug)).size).toBe(CODES.length);
    expect(codeOf('unsupported-operator')).toBe(codeOf('MSP101'));
  });

  it('of every rule family exist', () => {
    for (const family of FAMILIES) for (const code of family.codes) expect(codeOf(code), code).toBeDefined();
  });

  it('have a title, an explanation and a sentence', () => {
    for (const { code } of CODES)
      for (const key of [`code.${code}`, `code.${code}.about`, `finding.${code}`]) expect(english, key).toHaveProperty([key]);
  });

  it('come with words for every obstacle and every reason', () => {
    const folder = join(root, 'server/src/core/semantics');
    const sources = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const made = /(?:evidence\(\s*(?:[^,()]+|weaker\([^)]*\)|[^,]*\? '\w+' : '\w+'),|because\()\s*'([a-z-]+)'/g;
    const reasons = sources
      .flatMap((source) => [...source.matchAll(made)].map((match) => match[1]!))
      .filter((id) => !['certain', 'likely', 'possible'].includes(id));
    expect(reasons.length).toBeGreaterThan(15);
    for (const key of [...OBSTACLES.map((id) => `obstacle.${id}`), ...reasons.map((id) => `reason.${id}`)])
      expect(english, key).toHaveProperty([key]);
    // the training step says by itself what stands in its way (`obstacle.step-without-model`), and so do notebooks (`obstacle.cells`)
    const kept = Object.keys(english).filter((key) => /^obstacle\.(?!step-|cells$)/.test(key));
    expect(kept.sort()).toEqual(OBSTACLES.map((id) => `obstacle.${id}`).sort());
  });

  it('have the same words in both languages', () => {
    expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) {
      expect(holes(chinese[key]!), key).toEqual(holes(text));
      expect(chinese[key], key).toMatch(/\p{Script=Han}/u);
    }
  });
});

describe('a text compared with the name of a class', () => {
  const said = (test: string) =>
    findFindings(
      fileOf(`from torch import nn\nnn.Linear(1, 2)\nclass Block: pass\ndef f(m):\n    c = type(m).__name__\n    return ${test}\n`),
    )
      .filter(({ code }) => code === 'MSP111')
      .map(({ message, fix }) => `${message.args['name']}: ${message.args['others']}${fix ? `, ${fix.safety}` : ''}`);

  it.each([
    [`m.__class__.__name__ == 'Linear'`, ['Linear: Dense, review']],
    [`c.find('Linear') > -1`, ['Linear: Dense, review']],
    [`c.find('Linear')`, []],
    [`'Linear' in c`, ['Linear: Dense, review']],
    [`c in ['Linear', 'Dropout']`, ['Linear: Dense, review']],
    [`c == 'Conv2d'`, ['Conv2d: PaddedConv2d, review']],
    [`c == 'Dropout'`, []],
    [`c.find('Conv') != -1`, []],
    [`'BatchNorm' in c`, []],
    [`'Inea' in c`, []],
    [`'inear' in c`, [expect.stringMatching(/^inear: .*Dense/)]],
    [`c == 'Block'`, []],
    [`m.name == 'Linear'`, []],
  ])('%s', (test, expected) => {
    expect(said(test)).toEqual(expected);
  });
});

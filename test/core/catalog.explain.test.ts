/** APIs explained: both signatures aligned, what changes, conditions and evidence as sentences, links; in both languages. */
import { describe, expect, it } from 'vitest';
import { packCatalog } from '../../scripts/catalog.mjs';
import { changesOf, conditionOf, evidenceSentences, linksOf, signatureFor, type Speaker } from '../../server/src/core/catalog/explain';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import type { ApiRecord, ArgumentTest, Route } from '../../server/src/core/catalog/record';
import { parseSignature } from '../../server/src/core/catalog/signature';
import { parseTemplate } from '../../server/src/core/catalog/template';
import { alignedSignatures, holesBelow } from '../../server/src/core/catalog/template-text';
import { inWords, type Dictionary } from '../../server/src/core/rules/words';
import { catalog, readJson, recordFiles, targetsData } from './scene';

const speakerOf = (language: 'en' | 'zh', file: string): Speaker => {
  const dictionary = readJson<Dictionary>(`l10n/explain.${file}.json`);
  return { tell: (id, args = {}) => inWords({ id, args }, dictionary), choose: (text) => text[language] };
};
const [english, chinese] = [speakerOf('en', 'en'), speakerOf('zh', 'zh-cn')];
const template = (source: string) => parseTemplate(source, catalog.targets.importRoots('mindspore'));
const aligned = (name: string, params: string, to: string) => alignedSignatures(name, parseSignature(params), template(to)).split('\n');
const route = (more: Partial<Route> = {}): Route => ({ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', ...more });

describe('signatures', () => {
  it.each([
    [
      'torch.cat',
      '(tensors, dim=0, *, out=None)',
      'ops.cat({tensors}, axis={dim})',
      ['torch.cat(tensors, dim=0,    *, out=None)', '  ops.cat(tensors, axis=dim)'],
    ],
    ['torch.relu', '(input)', 'ops.relu({input})', ['torch.relu(input)', '  ops.relu(input)']],
    [
      'torch.f',
      '(a, /, b, *c, d=1, **e)',
      'ops.f({a}, {b}, {*c}, d={d}, **{e})'.replace('**{e}', '{**e}'),
      ['torch.f(a, /, b, *c, d=1, **e)', '  ops.f(a,    b, *c, d=d, **e)'],
    ],
    ['torch.f', '(a, b)', 'ops.f({b}, {a})', ['torch.f(a, b)', 'ops.f(b, a)']],
    ['torch.Tensor.t', '()', '{self}.T', ['torch.Tensor.t()', 'self.T']],
    ['torch.f', '(a)', 'ops.f({a}, mode="x")', ['torch.f(a)', '  ops.f(a, mode="x")']],
    ['torch.zero_', '(a)', '{a} = ops.zeros_like({a})', ['torch.zero_(a)', 'a = ops.zeros_like(a)']],
    ['torch.f', '(momentum=0.1)', 'nn.F(momentum=1 - {momentum})', ['torch.f(momentum=0.1)', '   nn.F(momentum=1 - momentum)']],
  ])('of %s%s and %s stand below each other', (name, params, to, lines) => expect(aligned(name, params, to)).toEqual(lines));

  it('that are wide have a line for each argument', () => {
    const params = '(input, normalized_shape, weight=None, bias=None, eps=1e-05, some_long_option=None)';
    expect(aligned('torch.nn.functional.layer_norm', params, 'ops.layer_norm({input}, gamma={weight}, epsilon={eps=1e-5})')).toEqual([
      'torch.nn.functional.layer_norm(  ops.layer_norm(',
      '    input,                           input,',
      '    normalized_shape,',
      '    weight=None,                     gamma=weight,',
      '    bias=None,',
      '    eps=1e-05,                       epsilon=eps,',
      '    some_long_option=None,',
      ')                                )',
    ]);
  });

  it('of every route that ships can be aligned, and lose no argument', () => {
    for (const record of [...recordFiles.values()].flat()) {
      const entry = catalog.entry(record.torch)!;
      for (const { to } of entry.routes) {
        if (!to) continue;
        const signature = signatureFor(entry.signatures, to);
        const text = alignedSignatures(record.torch, signature, to);
        for (const param of signature?.params ?? []) expect(text, record.torch).toContain(param.name);
        for (const { name } of holesBelow(to.root)) expect(text, record.torch).toContain(name);
      }
    }
  });
});

describe('what changes', () => {
  const said = (params: string, to: string, more: Partial<Route> = {}, speaker = english) =>
    changesOf(parseSignature(params), template(to), route(more), speaker);

  it('is said of names, defaults, sums, additions and what is left out', () => {
    expect(said('(x, dim=0, keepdim=False)', 'ops.f({x}, axis={dim}, keep_dims={keepdim})')).toEqual([
      'Other names: `dim` → `axis`, `keepdim` → `keep_dims`.',
    ]);
    expect(said('(x, eps=1e-05)', 'ops.f({x}, eps={eps=1e-5})')).toEqual(['Where `eps` is not given, `1e-5` is written out.']);
    expect(said('(momentum=0.1)', 'nn.F(momentum=1 - {momentum})')).toEqual(['`momentum` goes into `momentum=1 - momentum`.']);
    expect(said('(x, device=None)', "ops.f({x}, mode='a')", { ignores: ['device'] })).toEqual([
      "Added: `mode='a'`.",
      'Left out: `device`.',
    ]);
    expect(said('(x, out=None, y=1)', 'ops.f({x})', { when: [{ param: 'y', literal: ['1'] }] })).toEqual([
      'A call with `out` is not rewritten.',
    ]);
    expect(said('(x)', 'ops.f({x})')).toEqual([]);
  });

  it('is said in Chinese', () => {
    expect(said('(x, dim=0)', 'ops.f({x}, axis={dim})', {}, chinese)).toEqual(['名称不同：`dim` → `axis`。']);
  });
});

it('conditions are sentences', () => {
  const condition = (when: ArgumentTest[], speaker = english) => conditionOf(route({ when }), speaker);
  expect(
    condition([
      { param: 'dim', given: true },
      { param: 'x', type: ['tensor', 'unknown'], not: true },
    ]),
  ).toBe('`dim` is given, not: `x` is of type tensor or unknown');
  expect(condition([{ param: 'a', literal: ["'tanh'", 'None'] }])).toBe("`a` is `'tanh'` or `None`");
  expect(
    condition(
      [
        { param: 'a', rank: [2, 3] },
        { param: 'b', count: [1] },
        { param: 'self', statement: true },
      ],
      chinese,
    ),
  ).toBe('`a` 为 2 或 3 维，`b` 为 1 个参数，结果未被使用');
  expect(condition([])).toBe('');
});

describe('evidence', () => {
  const outcome = { ok: true, forward: 1.23e-7, grad: 3e-7, modes: ['pynative', 'jit'], calls: 14, date: '2026-11-21' };
  const file = (version: string, more: object = {}, chip = 'cpu') => ({
    framework: 'mindspore',
    version,
    chip,
    apis: { 'torch.x': { ...outcome, ...more } },
  });
  const checked = { level: 'signature-checked', forward: undefined, grad: undefined, modes: undefined };
  const sentences = (files: object[], speaker = english, ids = ['mindspore@cpu'], version = '2.10.0') => {
    const records = [{ torch: 'torch.x', kind: 'function', routes: [], sources: [] }];
    const { evidence } = unpackCatalog(
      packCatalog({ records, targets: targetsData, evidence: Object.fromEntries(files.entries()) as Record<string, object> }),
    );
    return evidenceSentences('torch.x', catalog.targets.choose(ids, { mindspore: version }).chosen, catalog.targets, evidence, speaker);
  };

  it('says when, where, what, how often and how close', () => {
    expect(sentences([file('2.10.0')])).toEqual([
      'Executed 2026-11-21, MindSpore 2.10.0 CPU, forward and gradient, 14 calls, max relative error 3e-7 (PyNative and graph mode).',
    ]);
    expect(sentences([file('2.10.0', { grad: null, modes: ['pynative'], forward: 0 })])).toEqual([
      'Executed 2026-11-21, MindSpore 2.10.0 CPU, forward, 14 calls, max relative error 0 (PyNative).',
    ]);
    expect(sentences([file('2.10.0')], chinese)).toEqual([
      '2026-11-21 已执行，昇思 MindSpore 2.10.0 CPU，前向与梯度，14 次调用，最大相对误差 3e-7（PyNative、图模式）。',
    ]);
  });

  it('puts the chosen version first and the others in brief', () => {
    const files = [file('2.7.0', { ok: false }), file('2.8.0'), file('2.9.0'), file('2.10.0', { stale: true })];
    expect(sentences(files, english, ['mindspore@cpu'], '2.9.0')).toEqual([
      expect.stringMatching(
        /^Executed .* MindSpore 2\.9\.0 CPU, .* Executed for an earlier form with 2\.10\.0\. The same with 2\.8\.0\. Did not agree with 2\.7\.0\.$/,
      ),
    ]);
  });

  it('says with which other inputs the examples agreed, and with which they did not', () => {
    const more = { also: 'f16 i64 empty', not: { bf16: 'refused', c64: 'no gradient', nan: 'differs', inf: 'differs' } };
    expect(sentences([file('2.10.0', more)])[0]).toMatch(
      /\(PyNative and graph mode\)\. Also equal with float16, int64, empty tensors\. MindSpore refuses bfloat16\. MindSpore has no gradient with complex64\. Not equal with NaN, infinity\.$/,
    );
    expect(sentences([file('2.10.0', more)], chinese)[0]).toMatch(
      /以下输入结果也一致：float16、int64、空张量。.*结果不一致的输入：NaN、无穷大。$/,
    );
    expect(sentences([file('2.10.0', { ...more, stale: true })])[0]).not.toContain('float16');
    const all = { also: 'f16 bf16 f32 i64 i32 bool c64 mixed shape rank 0d empty nan inf dim' };
    const misfits = ['refused', 'no gradient', 'crash', 'differs', 'gradient', 'dtype', 'shape', 'rounding'];
    for (const speaker of [english, chinese]) {
      expect(sentences([file('2.10.0', all)], speaker)[0]).not.toMatch(/variant\.|evidence\.|\{/);
      for (const misfit of misfits) expect(sentences([file('2.10.0', { not: { f16: misfit } })], speaker)[0]).not.toMatch(/evidence\.|\{/);
    }
  });

  it('says what was only checked, and that nothing was', () => {
    const files = [
      file('2.10.0', checked, 'ascend910b'),
      file('2.9.0', checked, 'ascend910b'),
      file('2.7.0', { ...checked, ok: false }, 'ascend910b'),
    ];
    expect(sentences(files, english, ['mindspore@ascend910b', 'mindspore@cpu', 'torch@nvidia'])).toEqual([
      'MindSpore 2.10.0 Ascend 910B: not executed; the call was bound against the real signature. The same with 2.9.0. Does not fit the signature of 2.7.0.',
      'MindSpore 2.10.0 CPU: not executed; this rests on documents.',
    ]);
    for (const level of ['documented', 'elsewhere', 'signature-checked']) {
      for (const speaker of [english, chinese]) {
        const [said] = sentences([file('2.10.0', { ...checked, level }), file('2.9.0')], speaker);
        expect(said).not.toMatch(/evidence\.|\{/);
      }
    }
  });
});

it('links lead to the documentation of both frameworks, in the language of the reader', () => {
  const record: ApiRecord = {
    torch: 'torch.cat',
    kind: 'function',
    routes: [],
    examples: [],
    sources: ['https://example.org/a/page.html', 'a book'],
  };
  const of = (to: string | null, name = 'torch.cat', language: 'en' | 'zh' = 'en') =>
    linksOf({ ...record, torch: name }, to === null ? null : template(to), language).map(({ address }) =>
      address.replace(/^https:\/\//, ''),
    );
  expect(of('ops.cat({x}, ops.f({y}))')).toEqual([
    'docs.pytorch.org/docs/stable/generated/torch.cat.html',
    'www.mindspore.cn/docs/en/master/api_python/ops/mindspore.ops.cat.html',
    'www.mindspore.cn/docs/en/master/api_python/ops/mindspore.ops.f.html',
    'example.org/a/page.html',
  ]);
  expect(of('{self}.view({x})', 'torch.Tensor.view', 'zh')[1]).toBe(
    'www.mindspore.cn/docs/zh-CN/master/api_python/mindspore/Tensor/mindspore.Tensor.view.html',
  );
  expect(of('mint.nn.functional.gelu({x})')[1]).toContain('/mint/mindspore.mint.nn.functional.gelu.html');
  expect(of('mindport_ops.f({x})', 'apex.f')).toEqual(['example.org/a/page.html']);
  expect(of(null, 'torch.distributed.init_process_group')).toEqual(['example.org/a/page.html']);
});

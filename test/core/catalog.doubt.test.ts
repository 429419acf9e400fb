import { expect, it } from 'vitest';
import { packCatalog } from '../../scripts/catalog.mjs';
import { Catalog } from '../../server/src/core/catalog/load';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { findFindings } from '../../server/src/core/rules/findings';
import { fileOf, recordFiles, targetsData } from './scene';

const route = (to: string, more = {}): ApiRecord['routes'][number] => ({
  on: ['mindspore@*'],
  verdict: 'equivalent',
  safety: 'safe',
  to,
  ...more,
});
const own: ApiRecord[] = [
  {
    torch: 'torch.mixed_up',
    kind: 'function',
    params: '(input, index=None)',
    returns: 'Tensor',
    routes: [route('ops.other({input}, {index})')],
  },
  { torch: 'torch.Tensor.roll', kind: 'method', params: '(n)', returns: 'Tensor', routes: [route('ops.moved({self}, {n})')] },
  { torch: 'torch.Tensor.sign', kind: 'method', params: '()', returns: 'Tensor', routes: [route('{self}.sign()')] },
  { torch: 'torch.nn.Layer', kind: 'class', params: '(n, dtype=None)', routes: [route('nn.Layer({n})', { ignores: ['dtype'] })] },
].map((record) => ({ examples: [], sources: [], ...record }) as ApiRecord);

const outcome = (not: Record<string, string>, of?: string) => ({
  ok: true,
  calls: 3,
  date: '2026-11-21',
  modes: [],
  also: 'shape',
  not,
  of,
});
const cpu = {
  framework: 'mindspore',
  version: '2.10.0',
  chip: 'cpu',
  apis: {
    'torch.mixed_up': outcome({ c64: 'dtype', f16: 'rounding', bf16: 'refused', i64: 'differs', nan: 'differs' }, 'input'),
    'torch.Tensor.roll': outcome({ f16: 'dtype' }, 'self'),
    'torch.Tensor.sign': outcome({ f16: 'differs', bf16: 'refused' }, 'self'),
    'torch.nn.Layer': outcome({ f16: 'gradient' }, 'self'),
  },
};
const shipped = [...recordFiles.values()].flat().filter(({ torch }) => own.every((record) => record.torch !== torch));
const packed = packCatalog({ records: [...shipped, ...own], targets: targetsData, evidence: { cpu } });
const { records, targets, evidence } = unpackCatalog(JSON.parse(JSON.stringify(packed)));
const using = new Catalog({ records: [records], targets, evidence });

/** Findings of one expression on `x`, which nobody knows more of than that it is a tensor. */
function judged(expression: string, on = ['mindspore@cpu'], lines: string[] = []) {
  const text = [
    'import torch',
    'from torch import nn',
    '',
    'def f(x: torch.Tensor, i: torch.Tensor):',
    ...lines,
    `    return ${expression}`,
    '',
  ].join('\n');
  const names = new Set(own.map(({ torch }) => torch));
  return findFindings(fileOf(text, on, using)).flatMap(({ reference, code, fix, note }) =>
    reference && names.has(reference.name) ? [{ code, safety: fix?.safety ?? null, note: note?.en ?? '', zh: note?.zh ?? '' }] : [],
  );
}

it('keeps a safe route safe where no dtype is known, or one that agreed', () => {
  for (const call of ['torch.mixed_up(x)', 'torch.mixed_up(x.float())', 'torch.mixed_up(x.double())', 'torch.mixed_up(x.half())'])
    expect(judged(call), call).toMatchObject([{ safety: 'safe', note: '' }]);
});

it('asks for a look where the dtype of the call did not agree, and says which and how', () => {
  for (const call of [
    'torch.mixed_up(x.long())',
    'torch.mixed_up(torch.tensor([1, 2]))',
    'torch.mixed_up(torch.zeros(2, dtype=torch.int64))',
  ]) {
    const [found] = judged(call);
    expect(found, call).toMatchObject({ safety: 'review' });
    expect(found!.note).toBe('The input is int64 here. Executed with int64 on MindSpore 2.10.0 CPU: the values are not those of PyTorch.');
    expect(found!.zh).toMatch(/int64.*MindSpore 2\.10\.0 CPU.*不一致/);
  }
  expect(judged('torch.mixed_up(x.bfloat16())')).toMatchObject([
    { safety: 'review', note: expect.stringMatching(/bfloat16.*raises/) as string },
  ]);
  expect(judged('x.half().roll(2)')).toMatchObject([{ safety: 'review', note: expect.stringMatching(/another dtype/) as string }]);
});

it('does not hold the dtype of an index against a route', () => {
  expect(judged('torch.mixed_up(x, x.long())')).toMatchObject([{ safety: 'safe' }]);
  expect(judged('torch.mixed_up(x.long(), i)')).toMatchObject([{ safety: 'review' }]);
});

it('follows a dtype through what keeps it, and forgets it where something may change it', () => {
  const safeties = (line: string) => judged('torch.mixed_up(y)', undefined, [`    y = ${line}`])[0]!.safety;
  expect(
    [
      'torch.fft.rfft2(x)',
      'torch.fft.fft(x)[0]',
      'x.long().view(-1)',
      'x.long()[0] + 1',
      '-x.long()',
      'x.long().t().clone()',
      'torch.arange(3) * 2',
    ].map(safeties),
  ).toEqual(Array(7).fill('review'));
  expect(['x.long() / 2', 'x.long() * 0.5', 'x.long() + i', 'x.long().sqrt()', 'x.long().to(i)', 'x.long().mean()'].map(safeties)).toEqual(
    Array(6).fill('safe'),
  );
});

it('speaks of what would stay as it is where its result differs without an error', () => {
  expect(judged('x.sign()')).toEqual([]);
  expect(judged('x.bfloat16().sign()')).toEqual([]); // MindSpore says so itself
  expect(judged('x.half().sign()')).toMatchObject([{ code: 'MSP103', safety: null, note: expect.stringMatching(/float16/) as string }]);
});

it('reads the dtype of a layer where it is built', () => {
  for (const layer of ['nn.Layer(3, dtype=torch.float16)', 'nn.Layer(3).half()', 'nn.Layer(3).to(torch.half)'])
    expect(judged(layer), layer).toMatchObject([{ safety: 'review', note: expect.stringMatching(/float16.*gradient/) as string }]);
  expect(judged('nn.Layer(3).to("cpu")')).toMatchObject([{ safety: 'safe' }]);
});

it('asks for a look where what is written is documented for other chips than the chosen one', () => {
  const ascend = {
    framework: 'mindspore',
    version: '2.10.0',
    chip: 'ascend910b',
    apis: { 'torch.Tensor.roll': { ok: true, level: 'elsewhere', date: '2026-11-21' } },
  };
  const labelled = unpackCatalog(packCatalog({ records: [...shipped, ...own], targets: targetsData, evidence: { cpu, ascend } }));
  const catalog = new Catalog({ records: [labelled.records], targets: labelled.targets, evidence: labelled.evidence });
  const safety = (target: string) =>
    findFindings(fileOf('import torch\ndef f(x: torch.Tensor):\n    return x.roll(2)\n', [target], catalog))
      .filter(({ reference }) => reference?.name === 'torch.Tensor.roll')
      .map(({ fix, note }) => [fix?.safety, note?.en ?? '']);
  expect(safety('mindspore@cpu')).toEqual([['safe', '']]);
  expect(safety('mindspore@ascend910b')).toEqual([['review', expect.stringMatching(/other chips than ascend910b/)]]);
});

it('counts what was measured on another chip only where results differ without an error', () => {
  expect(judged('torch.mixed_up(x.long())', ['mindspore@ascend910b'])).toMatchObject([{ safety: 'review' }]);
  expect(judged('torch.mixed_up(x.bfloat16())', ['mindspore@ascend910b'])).toMatchObject([{ safety: 'safe' }]);
});

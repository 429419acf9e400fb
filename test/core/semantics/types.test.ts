import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../server/src/core/syntax/ast';
import { analyzeModule } from '../../../server/src/core/semantics/analyze';
import { evidence, join, listOf, NEVER, other, tensor, UNKNOWN, type Type } from '../../../server/src/core/semantics/type';
import { readType, writeType } from '../../../server/src/core/semantics/notation';
import { parse } from '../syntax/support';
import { brief, families, knowledge, noKnowledge } from './support';

/** The type of the last expression statement. */
function typeOf(text: string, records: Parameters<typeof knowledge>[0] = {}): Type {
  const module = parse('import torch\nfrom torch import nn, Tensor\nimport numpy as np\n' + text);
  const last = module.body[module.body.length - 1]!;
  const { typeOf } = analyzeModule(module, { knowledge: knowledge(records), moduleName: null });
  return typeOf((last as unknown as { value: Expr }).value);
}
const said = (type: Type): string => writeType(type) ?? type.kind;

describe('types of expressions', () => {
  it.each([
    ['torch.zeros(2, 3)', 'Tensor'],
    ['torch.zeros(2).shape[0]', 'int'],
    ['torch.zeros(2).max(0)', 'tuple[Tensor, Tensor]'],
    ['torch.max(torch.ones(1), torch.ones(1))', 'Tensor'],
    ['torch.zeros(2).size()', 'list[int]'],
    ['torch.zeros(2).tolist()', 'list[object]'],
    ['torch.zeros(2) > 1', 'Tensor'],
    ['torch.zeros(2).nonzero(as_tuple=True)', 'list[Tensor]'],
    ['torch.zeros(2).nonzero(as_tuple=False)', 'Tensor'],
    ['torch.nonzero(torch.zeros(2), as_tuple=False)', 'Tensor'],
    ['3 * torch.zeros(2) / 2.5', 'Tensor'],
    ['np.zeros(3).reshape(1)', 'numpy.ndarray'],
    ['[torch.ones(1)] * 3', 'list[Tensor]'],
    ['{"a": torch.ones(1), "b": 2}["b"]', 'int'],
    ['nn.Linear(1, 2)', 'torch.nn.Linear'],
    ['nn.Linear(1, 2)(torch.ones(1))', 'Tensor'],
    ['nn.LSTM(1, 2)(torch.ones(1))[1]', 'tuple[Tensor, Tensor]'],
    ['nn.Sequential(nn.Identity())[0]', 'torch.nn.Identity'],
    ['torch.optim.Adam([]).param_groups', 'list[dict[object]]'],
    ['torch.device("cpu").type', 'str'],
    ['"a b".split()', 'list[str]'],
    ['1 if x else 2.5', 'float'],
    ['torch.ones(1) if x else None', 'Tensor|none'],
    ['lambda: 1', 'function'],
    ['sum([torch.ones(1)])', 'Tensor'],
    ['list(zip([1], ["a"]))', 'list[tuple[int, str]]'],
    ['next(iter({"a": 1}.items()))', 'tuple[str, int]'],
    ['not torch.ones(1)', 'bool'],
    ['torch.finfo(torch.float32).eps', 'float'],
    ['nobody_knows(1)', 'unknown'],
  ])('%s', (text, expected) => {
    expect(said(typeOf(text))).toBe(expected);
  });

  it.each([
    ['torch.zeros(2, 3)', 2, null],
    ['torch.zeros((2, 3, 4))', 3, null],
    ['torch.zeros(2, 3).unsqueeze(0)', 3, null],
    ['torch.zeros(2, 3).view(1, 2, 3, 4)', 4, null],
    ['torch.zeros(2, 3)[0]', 1, null],
    ['torch.zeros(2, 3)[:, None]', 3, null],
    ['torch.zeros(2, 3).mean()', 0, null],
    ['torch.zeros(2, 3).long()', 2, 'int64'],
    ['torch.arange(3, dtype=torch.float64)', 1, 'float64'],
    ['torch.zeros(2).to("cuda", torch.float16)', 1, 'float16'],
    ['torch.cat([torch.zeros(2)])', null, null],
  ])('rank and dtype of %s', (text, rank, dtype) => {
    expect(typeOf(text)).toMatchObject({ kind: 'tensor', rank, dtype });
  });

  it('come from the records of the catalog first', () => {
    expect(said(typeOf('torch.mystery(1)', { 'torch.mystery': { returns: 'tuple[Tensor, list[int]]' } }))).toBe('tuple[Tensor, list[int]]');
    expect(said(typeOf('torch.Thing()', { 'torch.Thing': { kind: 'class' } }))).toBe('torch.Thing');
    expect(said(typeOf('torch.zeros(1)', { 'torch.zeros': { returns: 'int' } }))).toBe('int');
  });

  it('depend on the arguments where the record knows one result only', () => {
    const records = { 'torch.max': { returns: 'tuple[Tensor, Tensor]' }, 'torch.where': { returns: 'Tensor' } };
    expect(said(typeOf('torch.max(nobody_knows(1))', records))).toBe('Tensor');
    expect(said(typeOf('torch.max(torch.ones(1), torch.ones(1))', records))).toBe('Tensor');
    expect(said(typeOf('torch.max(torch.ones(1), 0)', records))).toBe('tuple[Tensor, Tensor]');
    expect(said(typeOf('torch.where(torch.ones(1) > 0)', records))).toBe('list[Tensor]');
    expect(said(typeOf('torch.where(torch.ones(1) > 0, 1.0, 2.0)', records))).toBe('Tensor');
  });

  it('follow the public names of the catalog', () => {
    const module = parse('from torch.nn.parameter import Parameter\nParameter(1).view(1)\n');
    const { references } = analyzeModule(module, {
      knowledge: knowledge({}, { 'torch.nn.parameter.Parameter': 'torch.nn.Parameter' }),
      moduleName: null,
    });
    expect(brief(references)).toEqual(['torch.nn.Parameter', 'torch.Tensor.view']);
  });

  it('see through conditions also in functions evaluated for their result only', () => {
    const text =
      'def f(x, flag):\n    if isinstance(x, Tensor):\n        return x.abs()\n    return 3\ndef g(y):\n    return f(y, 1)\nf(1, 2)\nf("a", 2)\nf(g, "b")\nf(torch.ones(1), None)';
    expect(said(typeOf(text))).toBe('Tensor|int');
    expect(analyzeModule(parse('import torch\n' + text), { knowledge: noKnowledge, moduleName: null }).references.length).toBeGreaterThan(
      0,
    );
  });
});

describe('joining types', () => {
  const parts = (text: string): string[] => text.split(/[|[\]]/).sort();

  const certain = tensor(evidence('certain', 'result', 0, { api: 'torch.ones' }));
  const likely = tensor(evidence('likely', 'forward', 0, { name: 'x', function: 'forward' }));

  it.each([
    ['a type with itself', certain, certain, 'Tensor'],
    ['certain and likely', certain, likely, 'Tensor?'],
    ['known and unknown', certain, UNKNOWN, 'Tensor?'],
    ['scalar and unknown', other('int'), UNKNOWN, 'unknown'],
    ['nothing and a type', NEVER, certain, 'Tensor'],
    ['int and float', other('int'), other('float'), 'float'],
    ['lists', listOf(certain), listOf(other('int')), 'list[Tensor|int]'],
    ['tensor and None', certain, other('none'), 'Tensor|none'],
  ])('%s', (_name, a, b, expected) => {
    expect(said(join(a, b))).toBe(expected);
    expect(parts(said(join(b, a)))).toEqual(parts(expected));
  });

  it('stays bounded', () => {
    let type: Type = NEVER;
    for (let i = 0; i < 50; i++) type = join(type, other(`kind${i}`));
    expect(type.kind === 'union' ? type.items.length : 0).toBeLessThanOrEqual(5);
    let nested: Type = certain;
    for (let i = 0; i < 50; i++) nested = join(nested, listOf(nested));
    expect(JSON.stringify(nested).length).toBeLessThan(20_000);
  });
});

describe('notation', () => {
  const because = evidence('certain', 'summary', 0, { module: 'm' });
  it.each([
    'Tensor',
    'Tensor?',
    'int',
    'tuple[Tensor, int]',
    'list[tuple[str, Tensor]]',
    'dict[Tensor]',
    'torch.nn.Linear',
    'numpy.ndarray',
    'Tensor|none',
  ])('reads what it writes: %s', (text) => {
    expect(writeType(readType(text, because, families))).toBe(text);
  });

  it.each(['', '[', 'tuple[', 'list[Tensor', 'Tensor]', 'tuple[,]', '|', 'a b'])('takes %s for unknown or less', (text) => {
    expect(() => readType(text, because, families)).not.toThrow();
  });
});

import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { here } from '../syntax/support';
import { analyze, brief } from './support';
import { times } from '../../times';

const root = join(here, '../../fixtures/references');
const programs = readdirSync(root).map((folder) => readFileSync(join(root, folder, 'input.py'), 'utf8'));

const WORDS =
  'import torch from torch.nn import * as F def f ( x , y = None ) : return class A ( nn.Module ) self . x = lambda for in if else while try except with ' +
  'global nonlocal del match case yield await async [ ] { } := ** * @ -> "torch.Tensor" f"{x}" 0 1.5 None True isinstance getattr super view shape F.relu';
const soup = fc
  .array(fc.constantFrom(...WORDS.split(' '), '\n', '\n    ', '\n        ', ' '), { maxLength: 120 })
  .map((parts) => parts.join(' '));

/** A program with a stretch cut out, doubled or replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...programs),
    fc.nat(),
    fc.nat(60),
    fc.constantFrom('', '(', ')', ':', '\n', 'x', '"', 'def ', '    ', 'import torch as x\n'),
  )
  .map(([text, at, length, piece]) => {
    const start = at % text.length;
    return text.slice(0, start) + piece + text.slice(start + length);
  });

function check(text: string): void {
  const { references, imports, scopes } = analyze(text);
  let last = -1;
  for (const reference of references) {
    expect(reference.span.end).toBeGreaterThanOrEqual(last);
    last = reference.span.end;
    const written = text.slice(reference.span.start, reference.span.end);
    const name = reference.name.slice(reference.name.lastIndexOf('.') + 1);
    const renamed = reference.node.kind === 'Name';
    if (!renamed) expect(written.replace(/[\s\\()]|#.*/g, '').endsWith(name)).toBe(true);
    if (reference.kind !== 'api') expect(reference.receiver).not.toBeNull();
    if (reference.role === 'call') expect(reference.call).not.toBeNull();
  }
  for (const binding of imports) for (const use of binding.uses) expect(use.id).toBe(binding.local);
  expect(scopes[0]!.kind).toBe('module');
}

describe('analysis is total', () => {
  it('on any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), soup), check), { numRuns: times(400) });
  });

  it('on mutations of real-looking programs', () => {
    fc.assert(fc.property(mutated, check), { numRuns: times(200) });
  });

  it.each([
    ['sum', 'x' + ' + x'.repeat(20_000)],
    ['a list that holds itself', 'def f(x):\n    return x\n\nl = [1.5, 2.5]\nl.append(l)\nf(l)\n'],
    ['methods', 'import torch\ntorch.zeros(1)' + '.abs()'.repeat(5_000)],
    ['or', 'x' + ' or y'.repeat(5_000)],
    ['nested lists', '['.repeat(3_000) + ']'.repeat(3_000)],
    ['conditions', 'x = ' + '1 if a else '.repeat(3_000) + '2'],
    ['elif', 'if a: pass\n' + 'elif b: c = 1\n'.repeat(5_000)],
    ['nested loops', Array.from({ length: 60 }, (_, i) => ' '.repeat(i) + `for i${i} in x:\n`).join('') + ' '.repeat(60) + 'x = [x]'],
    [
      'mutual recursion',
      Array.from({ length: 300 }, (_, i) => `def f${i}(x):\n    return f${(i + 1) % 300}(x) + f${(i * 7) % 300}(x)\n`).join(''),
    ],
    ['a list in itself', 'x = []\nx.append(x)\ny = [x]\nx.append(y)\nfor z in x:\n    x = [z]\n'],
    ['classes in a circle', 'class A(B): pass\nclass B(A):\n    def f(self):\n        self.x = self.x.y\n        return self.f().x\n'],
    ['lambdas', 'f = ' + 'lambda x: '.repeat(2_000) + '1'],
    ['decorators', '@x\n'.repeat(3_000) + 'def f(): pass'],
  ])('on deep and tangled code: %s', (_name, text) => {
    const { references } = analyze('import torch\n' + text + '\ntorch.abs(1)\n');
    expect(references.some((reference) => reference.name === 'torch.abs')).toBe(true);
  });

  it('names every method of a long chain', () => {
    const { references } = analyze('import torch\ntorch.zeros(1)' + '.abs()'.repeat(2_000) + '\n');
    expect(references.length).toBe(2_001);
  });
});

it('a factory is called without arguments', () => {
  for (const factory of ['dict', 'list', 'set', 'f', 'lambda: dict(a=1)', 'torch.zeros', 'dict(a=1).get'])
    check(`import collections\nimport torch\n\n\ndef f(a, b=1):\n    return a\n\n\nd = collections.defaultdict(${factory})\n`);
});

describe('names that JavaScript objects have', () => {
  const program = (name: string): string => `
import torch
import torch.nn as nn
import numpy as np
from torch import ${name} as other
def ${name}(x: torch.Tensor, ${name}=None):
    a = x.${name}().relu()
    b = torch.${name}(x)
    c = np.${name}(x)
    d = torch.Tensor.${name}
    return {"${name}": x, "b": b}["${name}"].exp()
class Net(nn.Module):
    ${name} = torch.ones(2)
    def __init__(self, ${name}):
        super().__init__()
        self.${name} = nn.Linear(2, 2)
        self.also = nn.ModuleDict({"${name}": self.${name}})
    def forward(self, x):
        self.${name}.weight.sum()
        h = self.also["${name}"](x).relu()
        return getattr(h, "${name}", h), h.to(${name}=1), self.${name}.${name}
net = Net(${name}=3)
net(torch.ones(2)).mean()
y = ${name}(torch.ones(2), ${name}=2).sqrt()
z = dict(${name}=torch.ones(2))["${name}"].log()
opt = torch.optim.SGD(net.parameters(), ${name}=0.1)
opt.${name}()
open("f").${name}()
"".${name}()
[].${name}()
for ${name} in [torch.ones(1)]:
    ${name}.abs()
match y:
    case torch.Tensor(${name}=q):
        q.numel()
`;
  const seen = (name: string): string[] => brief(analyze(program(name), 'm').references).map((one) => one.replaceAll(name, 'NAME'));

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf', '__defineGetter__', 'isPrototypeOf'])('%s', (name) => {
    // a name no object has, of the same look
    const ordinary = name.startsWith('__') ? '__ordinary__' : 'ordinaryOne';
    expect(seen(name)).toEqual(seen(ordinary));
    expect(seen(ordinary).length).toBeGreaterThan(20);
  });
});

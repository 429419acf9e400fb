/** Operators of tensors that are references: those that MindSpore refuses or reads otherwise, and no others. */
import { describe, expect, it } from 'vitest';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import { applyEdits } from '../../server/src/core/fixes/rewrite';
import { findFindings } from '../../server/src/core/rules/findings';
import { fileOf } from './scene';

const HEAD = `import torch
import numpy as np
def f(x: torch.Tensor, i: int, unknown):
    z = torch.fft.rfft(x)
    picks = torch.tensor([0, 2])
    a = np.ones(3)
`;
const file = (expression: string, targets?: string[]) => fileOf(`${HEAD}    return ${expression}\n`, targets);

describe('operators', () => {
  it.each([
    // complex numbers
    ['z * x', ['__mul__  * ']],
    ['x * z', ['__mul__  * ']],
    ['z / z', ['__truediv__  / ']],
    ['x * 1j', ['__mul__  * ']],
    ['(1 + 2j) * x', ['__rmul__ ) * ']],
    ['x - 1j', ['__sub__  - ']],
    ['2j + x', ['__radd__  + ']],
    ['torch.exp(-1j * x) * z', ['__rmul__  * ', '__mul__  * ']],
    ['(z * x).real * x', ['__mul__  * ']],
    ['z + x', []],
    ['z * 2.0', []],
    ['z / 2', []],
    ['z ** 2', []],
    ['z @ z', []],
    ['z.real * x', []],
    ['z.abs() * x', []],
    ['x * x', []],
    ['z * unknown', []],
    ['a * 1j', []],
    ['1j * 2', []],
    // a number and a list with a slice between them
    ['x[1, :, [0, 2]]', ['__getitem__ [1, :, [0, 2]]']],
    ['x[:, i, :, picks]', ['__getitem__ [:, i, :, picks]']],
    ['x[-1, None, picks]', ['__getitem__ [-1, None, picks]']],
    ['x[picks, None, -1]', []],
    ['x[1, [0, 2]]', []],
    ['x[:, 1, picks]', []],
    ['x[1, :, 2]', []],
    ['x[:, picks, :]', []],
    ['x[1, :, unknown]', []],
    ['a[1, :, [0, 2]]', []],
  ])('%s', (expression, expected) => {
    const { semantics, text } = file(expression);
    const found = semantics.references.filter(({ kind }) => kind === 'operator');
    expect(found.map(({ name, span }) => `${name.slice('torch.Tensor.'.length)} ${text.slice(span.start, span.end)}`).sort()).toEqual(
      [...expected].sort(),
    );
  });

  it('are put in their place with what stands around them', () => {
    const context = file('(torch.complex(x, x)) * (x + x) ** 2 / z  # keep');
    const { edits } = composeAll(context, { safety: 'safe', only: ({ kind }) => kind === 'operator' });
    expect(applyEdits(context.text, edits)).toContain(
      'return mindport_ops.complex_div(mindport_ops.complex_mul(torch.complex(x, x), (x + x) ** 2), z)  # keep\n',
    );
  });

  it('are nothing to look at where PyTorch stays', () => {
    const names = findFindings(file('z * x + x[1, :, [0, 2]]', ['torch_npu@ascend910b'])).map(({ message }) => message.args['name']);
    expect(names.filter((name) => name?.includes('__'))).toEqual([]);
  });

  it('assigned to are left alone', () => {
    const { semantics } = fileOf(
      `${HEAD}    x[1, :, [0, 2]] = 0\n    x[1, :, [0, 2]] += 1\n    del x[1, :, [0, 2]]\n    a, x[1, :, [0, 2]] = x\n    for x[1, :, [0, 2]] in x: pass\n`,
    );
    expect(semantics.references.filter(({ kind }) => kind === 'operator')).toEqual([]);
  });
});

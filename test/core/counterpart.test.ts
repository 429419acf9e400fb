/** What a finding names as the equivalent: the one API that stands in the place, by its full name. */
import { expect, it } from 'vitest';
import { findFindings } from '../../server/src/core/rules/findings';
import { fileOf } from './scene';

it.each([
  ['nn.Linear(2, 3)', 'mindspore.nn.Dense'],
  ['torch.abs(x)', 'mindspore.ops.abs'],
  ['torch.float32', 'mindspore.float32'],
  ['torch.ones(2).repeat(3)', 'Tensor.tile'],
  // an expression of several parts has no name
  ['torch.addcmul(x, x, x, value=2)', null],
  ['torch.allclose(x, x)', null],
])('%s: %s', (call, name) => {
  const found = findFindings(fileOf(`import torch\nfrom torch import nn\nx = torch.rand(2)\ny = ${call}\n`));
  const messages = found.filter(({ code, span }) => code === 'MSP110' && span.start > 55).map(({ message }) => message);
  const last = messages.at(-1)!;
  expect(last.args['counterpart'] ?? null).toBe(name);
  expect(last.id).toBe(name === null ? 'finding.MSP110' : 'finding.MSP110.named');
});

it.each([
  ['torch.randn(2)', 'MSP103', 'mindspore.ops.randn'],
  ['torch.einsum("ij->ji", x)', 'MSP104', 'mindport_ops.einsum'],
])('%s: %s names %s', (call, code, counterpart) => {
  const found = findFindings(fileOf(`import torch\ny = ${call}\n`)).filter((finding) => finding.code === code);
  expect(found.map(({ message }) => message)).toEqual([
    { id: `finding.${code}.named`, args: { name: call.slice(0, call.indexOf('(')), counterpart } },
  ]);
});

it('of a call whose arguments have nothing to do with the counterpart names none', () => {
  const found = findFindings(fileOf(`import torch\ny = torch.device('cuda')\n`));
  expect(found.map(({ message }) => message)).toEqual([{ id: 'finding.MSP103', args: { name: 'torch.device' } }]);
});

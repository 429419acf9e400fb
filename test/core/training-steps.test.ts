/** Which training steps are found in a block, what of them moves, and which are refused with a reason. */
import { describe, expect, it } from 'vitest';
import { findTrainingSteps } from '../../server/src/core/fixes/rewrites/step-segment';
import { fileOf } from './scene';

const HEAD = `import numpy as np
import torch
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return x

G, D = Net(), Net()
loss_fn = nn.MSELoss()
opt_G = torch.optim.Adam(G.parameters())
opt_D = torch.optim.Adam(D.parameters())
def train(loader, buffer):
    for real, label in loader:
`;

function steps(body: string): string[] {
  const lines = body.trim().split('\n');
  const text = HEAD + lines.map((line) => `        ${line.replace(/^ {8}|^ {6}|^ {2}(?! )/, '')}\n`).join('');
  const found = findTrainingSteps(fileOf(text));
  const line = (node: { start: number; end: number } | null) => (node ? text.slice(node.start, node.end) : 'recorded');
  return [
    ...found.steps.map(({ forward, place, optimizer }) => `${line(optimizer)}: ${forward.map(line).join('; ')} @ ${line(place)}`),
    ...found.obstacles.map(({ id }) => id),
  ];
}

const GENERATOR = `opt_G.zero_grad()
  fake = G(real)
  g_loss = loss_fn(D(fake), label)
  g_loss.backward()
  opt_G.step()`;

describe('steps of several optimizers in one block', () => {
  it('are taken one after the other when each sets its gradients to zero', () => {
    expect(
      steps(`${GENERATOR}
        D.zero_grad()
        d_loss = loss_fn(D(fake.detach()), label)
        d_loss.backward(retain_graph=True)
        opt_D.step()`),
    ).toEqual([
      'opt_G: fake = G(real); g_loss = loss_fn(D(fake), label) @ fake = G(real)',
      'opt_D: d_loss = loss_fn(D(fake.detach()), label) @ d_loss = loss_fn(D(fake.detach()), label)',
    ]);
  });

  it.each([
    // the gradients of both losses add up
    [
      `opt_G.zero_grad()\nopt_D.zero_grad()\nfake = G(real)\na = loss_fn(fake, label)\na.backward()\nopt_G.step()\nb = loss_fn(D(real), label)\nb.backward()\nopt_D.step()`,
      ['fake = G(real); a = loss_fn(fake, label) @ fake = G(real)', 'b = loss_fn(D(real), label) @ b = loss_fn(D(real), label)'],
    ],
    // one step for two losses
    [
      `opt_D.zero_grad()\na = loss_fn(D(real), label)\na.backward()\nb = loss_fn(D(label), real)\nb.backward()\nopt_D.step()`,
      ['a = loss_fn(D(real), label) @ a = loss_fn(D(real), label)', 'b = loss_fn(D(label), real) @ b = loss_fn(D(label), real)'],
    ],
    // zero_grad of another model
    [
      `opt_G.zero_grad()\na = loss_fn(G(real), label)\na.backward()\nopt_G.step()\nG.zero_grad()\nb = loss_fn(D(real), label)\nb.backward()\nopt_D.step()`,
      ['a = loss_fn(G(real), label) @ a = loss_fn(G(real), label)', 'b = loss_fn(D(real), label) @ b = loss_fn(D(real), label)'],
    ],
    // nothing is set to zero: gradients of all passes add up
    ['a = loss_fn(G(real), label)\na.backward()\nopt_G.step()', ['a = loss_fn(G(real), label) @ a = loss_fn(G(real), label)']],
    // the update comes in some passes only
    [
      `opt_G.zero_grad()\na = loss_fn(G(real), label)\na.backward()\nif label:\n    opt_G.step()`,
      ['a = loss_fn(G(real), label) @ a = loss_fn(G(real), label)'],
    ],
    // gradients are clipped in some passes only
    [
      `opt_G.zero_grad()\na = loss_fn(G(real), label)\na.backward()\nif label:\n    nn.utils.clip_grad_norm_(G.parameters(), 1.0)\nopt_G.step()`,
      ['a = loss_fn(G(real), label) @ a = loss_fn(G(real), label)'],
    ],
    // a backward in a branch
    [
      'opt_G.zero_grad()\na = loss_fn(G(real), label)\nif label:\n    a.backward()\nopt_G.step()',
      ['a = loss_fn(G(real), label) @ a = loss_fn(G(real), label)'],
    ],
    // nothing is computed before
    ['opt_G.zero_grad()\nloss_fn(G(real), label).backward()\nopt_G.step()', [' @ loss_fn(G(real), label).backward()']],
  ])('have their gradients recorded when they reach into one another: %j', (body, expected) => {
    expect(steps(body)).toEqual(expected.map((step) => `recorded: ${step}`));
  });

  it('are left when a gradient would have to pass from one into the other', () => {
    const second = (value: string) =>
      steps(`opt_D.zero_grad()
        fake = G(real)
        d_loss = loss_fn(D(fake.detach()), label)
        d_loss.backward()
        opt_D.step()
        opt_G.zero_grad()
        g_loss = loss_fn(D(${value}), label)
        g_loss.backward()
        opt_G.step()`).slice(1);
    expect(second('fake')).toEqual(['step-of-several-losses']);
    expect(second('G(real)')).toEqual(['opt_G: g_loss = loss_fn(D(G(real)), label) @ g_loss = loss_fn(D(G(real)), label)']);
  });
});

describe('what only prepares data', () => {
  it('stays before the step, where it is done in every pass', () => {
    expect(
      steps(`opt_D.zero_grad()
        a = loss_fn(D(real), label)
        noise = torch.from_numpy(np.random.rand(4))
        old = buffer.swap(real)
        b = loss_fn(D(old.detach()), noise)
        loss = a + b
        loss.backward()
        opt_D.step()`),
    ).toEqual([
      'opt_D: a = loss_fn(D(real), label); b = loss_fn(D(old.detach()), noise); loss = a + b @ b = loss_fn(D(old.detach()), noise)',
    ]);
  });

  it.each([
    // it needs what the step computes
    ['noise = torch.rand_like(a)', 'opt_D: a = D(real); noise = torch.rand_like(a); loss = loss_fn(a, noise) @ a = D(real)'],
    // an unknown call may compute with the model
    ['noise = make(real)', 'opt_D: a = D(real); noise = make(real); loss = loss_fn(a, noise) @ a = D(real)'],
    ['noise = G.weight * 2', 'opt_D: a = D(real); noise = G.weight * 2; loss = loss_fn(a, noise) @ a = D(real)'],
  ])('moves with the rest otherwise: %s', (line, expected) => {
    expect(steps(`opt_D.zero_grad()\na = D(real)\n${line}\nloss = loss_fn(a, noise)\nloss.backward()\nopt_D.step()`)).toEqual([expected]);
  });

  it('is no argument of a name that has two values', () => {
    expect(
      steps(`opt_D.zero_grad()
        a = loss_fn(D(real), label)
        label = torch.zeros(4)
        loss = a + loss_fn(D(real), label)
        loss.backward()
        opt_D.step()`),
    ).toEqual([
      'opt_D: a = loss_fn(D(real), label); label = torch.zeros(4); loss = a + loss_fn(D(real), label) @ a = loss_fn(D(real), label)',
    ]);
  });
});

it.each(['print(a.mean())', 'label.fill_(0)', 'label[0] = 1'])('a step is refused when a value changes under what stays: %s', (between) => {
  expect(
    steps(`opt_D.zero_grad()
      a = D(real)
      b = loss_fn(a, label)
      ${between}
      a = D(label)
      loss = b + loss_fn(a, label)
      loss.backward()
      opt_D.step()`),
  ).toEqual(['step-value-changes']);
});

it.each([
  ['with torch.no_grad():\n    old = G(real)\na = loss_fn(G(real), old)', 'step-does-more'],
  ['a = loss_fn(G(real), label)\nif label:\n    a = a * 2\n    print(a)', 'step-does-more'],
  ['a = loss_fn(G(real), label)\nif label:\n    a = a * 2', ''],
  ['a = real * 2', 'step-without-model'],
])('a loss that cannot be compiled is left with a reason: %j', (lines, reason) => {
  const found = steps(`opt_G.zero_grad()\n${lines}\na.backward()\nopt_G.step()`);
  expect(found.filter((line) => line.startsWith('step-'))).toEqual(reason ? [reason] : []);
});

it('one branch may scale the loss', () => {
  const { steps: found } = findTrainingSteps(
    fileOf(`${HEAD.replace('def train(', "scaler = torch.amp.GradScaler('cpu')\ndef train(")}
        opt_G.zero_grad()
        loss = loss_fn(G(real), label)
        if not plain:
            scaler.scale(loss).backward()
            scaler.step(opt_G)
            scaler.update()
        else:
            loss.backward()
            opt_G.step()
`),
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ optimizer: null, scaler: { id: 'scaler' }, scaledIf: { negated: false, test: { kind: 'UnaryOp' } } });
  expect(found[0]!.update).toHaveLength(2);
});

it('a model that is wrapped on one way is a model', () => {
  const text = `import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP

class Trainer:
    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer):
        self.model = model.to(0)
        self.optimizer = optimizer
        self.model = DDP(model)

    def run(self, x, y):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
`;
  expect(findTrainingSteps(fileOf(text)).steps).toHaveLength(1);
});

describe('a model that nothing is known of', () => {
  const stepsOf = (body: string) => {
    const text = `import torch
from torch import nn
def run(net, x): return net(x)
def train(net, loader, opt, prepare):
    loss_fn = nn.MSELoss()
    for x, y in loader:
${body
  .split('\n')
  .map((line) => `        ${line}\n`)
  .join('')}        opt.zero_grad()
        loss.backward()
        opt.step()
`;
    const { steps, obstacles } = findTrainingSteps(fileOf(text));
    return [
      ...steps.map(({ forward }) => forward.map(({ start, end }) => text.slice(start, end)).join('; ')),
      ...obstacles.map(({ id }) => id),
    ];
  };

  it.each([
    ['pred = net(x)\nloss = loss_fn(pred, y)', 'pred = net(x); loss = loss_fn(pred, y)'],
    ['pred = net(x)\nloss = ((pred - y) ** 2).mean()', 'pred = net(x); loss = ((pred - y) ** 2).mean()'],
    ['pred = net[0](x)\nloss = loss_fn(pred, y)', 'pred = net[0](x); loss = loss_fn(pred, y)'],
    ['if y is None:\n    pred = net(x)\nelse:\n    pred = net(x, y)\nloss = loss_fn(pred, y)', /^if y is None/],
    // what is handed the model calls it
    ['pred = run(net, x)\nloss = loss_fn(pred, y)', 'pred = run(net, x); loss = loss_fn(pred, y)'],
    // the known one may only read it
    ['pred = net(x)\nhead = nn.Linear(2, 2)\nloss = head(pred).mean()', /^pred = net\(x\)/],
    // its gradient ends there
    ['y = prepare(x).detach()\npred = net(x)\nloss = loss_fn(pred, y)', 'pred = net(x); loss = loss_fn(pred, y)'],
    // nothing is called that could learn
    ['x = x.float()\nloss = ((x - y) ** 2).mean()', 'step-without-model'],
  ])('is called in the step: %s', (body, expected) => {
    const [first, ...others] = stepsOf(body);
    expect(others).toEqual([]);
    expect(first).toMatch(typeof expected === 'string' ? new RegExp(`^${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : expected);
  });

  it('stays data where a model is known behind it', () => {
    expect(stepsOf('x = prepare(x)\nmodel = nn.Linear(2, 2)\npred = model(x)\nloss = loss_fn(pred, y)')).toEqual([
      'pred = model(x); loss = loss_fn(pred, y)',
    ]);
  });
});

it('an optimizer that is another one in each pass is stepped where it stands', () => {
  const text = `import torch
def train(nets: list[torch.nn.Module], opts: list[torch.optim.Optimizer], x):
    for net, opt in zip(nets, opts):
        loss = net(x).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
`;
  expect(findTrainingSteps(fileOf(text)).steps.map(({ optimizer }) => optimizer)).toEqual([null]);
});

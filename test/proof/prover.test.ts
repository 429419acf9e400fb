/** The prover on examples that agree and, above all, on examples that must not pass. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, execute } from '../../cli/src/prove/prover';
import { ensurePython } from '../../scripts/python-env.mjs';

const root = new URL('../..', import.meta.url).pathname;

interface TestJob {
  given?: Record<string, string>;
  torch: string;
  mindspore: string;
  [option: string]: unknown;
}

/** Same values, shape, dtype and gradients, in both modes. */
const AGREE: Record<string, TestJob> = {
  function: { given: { x: 'randn(2, 3)' }, torch: 'F.gelu(x)', mindspore: "ops.gelu(x, approximate='none')" },
  statements: {
    given: { x: 'randn(4, 2)' },
    torch: 'y = x.clone()\ny[:, 0] = 0.0\ny * 2',
    mindspore: 'y = x.copy()\ny[:, 0] = 0.0\ny * 2',
  },
  list: { given: { xs: '[randn(2), randn(3)]', k: '2' }, torch: 'torch.cat(xs) * k', mindspore: 'ops.cat(xs) * k' },
  layer: { given: { x: 'randn(2, 3)' }, torch: 'nn.Linear(3, 4)', mindspore: 'nn.Dense(3, 4)', apply: ['x'] },
  'batch norm': {
    given: { x: 'randn(2, 3, 4, 4)' },
    torch: 'nn.BatchNorm2d(3, momentum=0.2)',
    mindspore: 'nn.BatchNorm2d(3, momentum=0.8)',
    apply: ['x'],
  },
  'layer norm': { given: { x: 'randn(2, 8)' }, torch: 'nn.LayerNorm(8)', mindspore: 'nn.LayerNorm((8,), epsilon=1e-5)', apply: ['x'] },
  'dropout off': { given: { x: 'randn(2, 8)' }, torch: 'nn.Dropout(0.5)', mindspore: 'nn.Dropout(p=0.5)', apply: ['x'], train: false },
  'own class': {
    given: { x: 'randn(2, 3)' },
    torch:
      'class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.a = nn.Linear(3, 4)\n  def forward(self, x):\n    return self.a(x)\nNet()',
    mindspore:
      'class Net(nn.Cell):\n  def __init__(self):\n    super().__init__()\n    self.a = nn.Dense(3, 4)\n  def construct(self, x):\n    return self.a(x)\nNet()',
    apply: ['x'],
  },
  'a function of its own variables': {
    given: { x: 'randn(2, 3)' },
    torch: 'k = 3\ndef f(y):\n  return y * k\nf(x)',
    mindspore: 'k = 3\ndef f(y):\n  return y * k\nf(x)',
  },
  'complex result': { given: { x: 'randn(2, 4, 5)' }, torch: "torch.fft.rfft2(x, norm='ortho')", mindspore: "ops.rfft2(x, norm='ortho')" },
  'complex input': { given: { z: 'complex64(2, 4)' }, torch: 'torch.view_as_real(z)', mindspore: 'ops.view_as_real(z)' },
  'tuple result': { given: { x: 'distinct(3, 4)' }, torch: 'x.max(dim=1)', mindspore: 'x.max(axis=1, return_indices=True)' },
  'shape result': { given: { x: 'randn(2, 3)' }, torch: 'x.size()', mindspore: 'x.shape' },
  'equal NaN': { given: { x: 'randn(16)' }, torch: 'torch.log(x)', mindspore: 'ops.log(x)' },
  'half precision': { given: { x: 'randn(16).float16' }, torch: 'torch.exp(x)', mindspore: 'ops.exp(x)' },
  integers: { given: { x: 'randint(0, 9, 3, 4).int32' }, torch: 'x // 2', mindspore: 'x // 2' },
  booleans: { given: { a: 'bools(8)' }, torch: '~a', mindspore: '~a' },
};

/** What each must be refused for. */
const REFUSED: Record<string, TestJob & { because: RegExp }> = {
  'another formula': {
    given: { x: 'randn(2, 3)' },
    torch: 'F.gelu(x)',
    mindspore: "ops.gelu(x, approximate='tanh')",
    because: /^pynative, call 1: result differs: relative error/,
  },
  'a compiled gradient that is right once': {
    given: { x: 'randn(2, 3)' },
    torch: 'F.pad(x * x, (1, 2))',
    mindspore: 'ops.pad(x * x, (1, 2))',
    because: /^jit, gradient, call 2: the gradient of x differs/,
  },
  NaN: { given: { x: 'randn(4)' }, torch: 'x * 1.0', mindspore: "x * float('nan')", because: /NaN at 4 places against 0/ },
  'NaN in a gradient': {
    given: { x: 'zeros(4)' },
    torch: 'torch.abs(x)',
    mindspore: 'ops.sqrt(x * x)',
    because: /^pynative, gradient, call 1: the gradient of x differs: NaN/,
  },
  'a wrong gradient': {
    given: { x: 'randn(4)' },
    torch: 'x * 2',
    mindspore: 'ops.stop_gradient(x) + x',
    because: /the gradient of x differs: relative error 5\.0e-01/,
  },
  'a gradient of a weight': {
    given: { x: 'randn(2, 3)' },
    torch: 'nn.Linear(3, 4)',
    mindspore:
      'class Net(nn.Dense):\n  def construct(self, x):\n    return ops.matmul(x, ops.stop_gradient(self.weight).T) + self.bias\nNet(3, 4)',
    apply: ['x'],
    because: /the gradient of weight differs/,
  },
  'running statistics': {
    given: { x: 'randn(2, 3, 4, 4)' },
    torch: 'nn.BatchNorm2d(3, momentum=0.2)',
    mindspore: 'nn.BatchNorm2d(3, momentum=0.2)',
    apply: ['x'],
    because: /after 3 calls: the layer's running_mean differs/,
  },
  'a default that differs': {
    given: { x: 'randn(2, 3)' },
    torch: 'nn.LeakyReLU()',
    mindspore: 'nn.LeakyReLU()',
    apply: ['x'],
    because: /result differs/,
  },
  'a weight without counterpart': {
    given: { x: 'randn(2, 3)' },
    torch: 'nn.Linear(3, 4)',
    mindspore: 'nn.Dense(3, 4, has_bias=False)',
    apply: ['x'],
    because: /without a counterpart in MindSpore: bias/,
  },
  'another dtype': {
    given: { x: 'randn(4)' },
    torch: 'x.half()',
    mindspore: 'x * 1',
    grad: false,
    because: /has dtype float32, not float16/,
  },
  'another shape': { given: { x: 'randn(4)' }, torch: 'x.sum()', mindspore: 'x.sum(keepdims=True)', because: /has shape \[1\], not \[\]/ },
  'a number for a tensor': { given: { x: 'randn(4)' }, torch: 'x.sum()', mindspore: '1.0', because: /is a float, not a tensor/ },
  'what only compiles differently': {
    given: { x: 'randn(4)' },
    torch: 'x * 1',
    mindspore: 'y = ops.zeros((2,), ms.float32)\nv = y[0:2]\nv[0] = 1.0\nx + (y[0] - 1)',
    grad: false,
    because: /^jit, call 1: result differs/,
  },
  'a missing kernel, at its own example': {
    given: { x: 'randn(4)' },
    torch: 'x.clone()',
    mindspore: 'x.clone()',
    because: /The kernel Clone unregistered/,
  },
  'something endless': {
    given: { x: 'randn(4)' },
    torch: 'x',
    mindspore: 'while True: pass\nx',
    timeout: 5,
    because: /^stopped: running took longer than 5 s/,
  },
  'a crash of the process': {
    given: { x: 'randn(4)' },
    torch: 'x',
    mindspore: 'import ctypes\nctypes.string_at(0)\nx',
    because: /^the process crashed: SIGSEGV/,
  },
  'mint.nn.functional.avg_pool1d': {
    given: { x: 'randn(2, 3, 8)' },
    torch: 'F.avg_pool1d(x, 2)',
    mindspore: 'mint.nn.functional.avg_pool1d(x, 2)',
    because: /crashed|AvgPool1D/,
  },
  'no result': { torch: 'x = 1', mindspore: 'x = 1', because: /the last line must be an expression/ },
  'an input outside the language': { given: { x: "__import__('os')" }, torch: 'x', mindspore: 'x', because: /^.*input x = .*__import__/ },
};

const answers = new Map<string, Answer>();

describe('the prover', () => {
  beforeAll(async () => {
    const python = await ensurePython();
    // the refused ones come first, a healthy example behind each: what fails must fail alone
    const jobs = Object.entries(REFUSED).flatMap(([id, { because: _, ...job }]) => [
      { id, ...job },
      { id: `after ${id}`, ...AGREE['function']! },
    ]);
    jobs.push(...Object.entries(AGREE).map(([id, job]) => ({ id, ...job })));
    await execute(python, root, jobs as never, 1, (answer) => answers.set(answer.id, answer));
  });

  it.each(Object.keys(AGREE))('accepts: %s', (id) => {
    const answer = answers.get(id)!;
    expect(answer).toMatchObject({ ok: true, error: null, modes: ['pynative', 'jit'], calls: 6 });
    expect(answer.forward).toBeLessThanOrEqual(1e-3);
  });

  it('compares gradients of floating inputs and weights, and none where nothing is floating', () => {
    for (const id of ['function', 'layer', 'own class', 'complex result', 'complex input', 'tuple result'])
      expect(answers.get(id)!.grad, id).not.toBeNull();
    for (const id of ['integers', 'booleans', 'shape result']) expect(answers.get(id)!.grad, id).toBeNull();
    expect(answers.get('half precision')!.dtype).toBe('float16');
  });

  it.each(Object.keys(REFUSED))('refuses: %s', (id) => {
    const answer = answers.get(id)!;
    expect(answer.ok).toBe(false);
    expect(answer.error).toMatch(REFUSED[id]!.because);
    expect(answers.get(`after ${id}`)).toMatchObject({ ok: true, error: null });
  });

  it('finds the constant-padding gradient only by calling again: PyNative and the first compiled call agree', () => {
    expect(answers.get('a compiled gradient that is right once')).toMatchObject({ modes: ['pynative'], grad: 0 });
  });

  it('leaves out what an example leaves out', async () => {
    const python = await ensurePython();
    const job = { given: { x: 'randn(2, 3)' }, torch: 'F.pad(x, (1, 2))', mindspore: 'ops.pad(x, (1, 2))' };
    const seen = await execute(
      python,
      root,
      [
        { id: 'no gradient', ...job, grad: false, jit: true, train: true, tolerance: null },
        { id: 'no graph mode', ...job, grad: true, jit: false, train: true, tolerance: null },
        { id: 'rough', given: { x: 'randn(9)' }, torch: 'x', mindspore: 'x * 1.001', grad: true, jit: true, train: true, tolerance: 0.01 },
        { id: 'five calls', ...job, grad: false, jit: true, train: true, tolerance: null, calls: 5 } as never,
      ],
      2,
      () => {},
    );
    const by = Object.fromEntries(seen.map((answer) => [answer.id, answer]));
    expect(by['no gradient']).toMatchObject({ ok: true, grad: null, modes: ['pynative', 'jit'] });
    expect(by['no graph mode']).toMatchObject({ ok: true, modes: ['pynative'], calls: 3 });
    expect(by['rough']).toMatchObject({ ok: true });
    expect(by['five calls']).toMatchObject({ ok: true, calls: 10 });
  });

  it('tries again in a new process what crashes behind others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mindport-crash-'));
    try {
      const marker = JSON.stringify(join(folder, 'crashed'));
      const once = `import os\nif not os.path.exists(${marker}):\n    open(${marker}, 'w').close()\n    os.kill(os.getpid(), 11)\nx`;
      const job = { given: { x: 'randn(2)' }, torch: 'x', grad: false, jit: false, train: true, tolerance: null };
      const jobs = [
        { id: 'before', ...job, mindspore: 'x' },
        { id: 'crashes once', ...job, mindspore: once },
      ];
      const seen = await execute(await ensurePython(), root, jobs, 1, () => {});
      expect(seen.map(({ id, ok, error }) => [id, ok, error])).toEqual([
        ['before', true, null],
        ['crashes once', true, null],
      ]);
      expect(existsSync(join(folder, 'crashed'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('asks again, in a new process, a variant that an earlier one may have spoilt', async () => {
    const job = { given: { x: 'randn(2)' }, torch: 'x', grad: false, jit: false, train: true, tolerance: null };
    const spoilt = "import os\nx * (2.0 if os.environ.get('MINDPORT_SPOILT') else 1.0)";
    const variant = { ...job, fuzz: true, variant: 'shape', mindspore: spoilt } as const;
    const seen = await execute(
      await ensurePython(),
      root,
      [
        { id: 'spoils', ...job, mindspore: "import os\nos.environ['MINDPORT_SPOILT'] = 'yes'\nx" },
        { id: 'an example~shape', ...variant },
        { id: 'differs~shape', ...variant, mindspore: 'x * 2.0' },
        { id: 'an example', ...job, mindspore: spoilt },
        { id: 'unsaid~0d', ...variant, given: { x: 'randn()' }, variant: '0d' },
      ],
      1,
      () => {},
    );
    expect(Object.fromEntries(seen.map(({ id, ok, refused }) => [id, refused ? 'refused' : ok]))).toEqual({
      spoils: true,
      'an example~shape': true,
      'differs~shape': false,
      'an example': false, // an example is a claim: nothing else may be at work in its process
      'unsaid~0d': 'refused',
    });
  });

  it('executes no example in a process that has seen other inputs, nor an ordinary one behind one without elements', async () => {
    const job = { given: { x: 'randn(2, 3, 4)' }, torch: 'x', grad: false, jit: false, train: true, tolerance: null };
    const spoils = (name: string): string => `import os\nos.environ['${name}'] = 'yes'\nx`;
    const spoiltBy = (name: string): string => `import os\nx * (2.0 if os.environ.get('${name}') else 1.0)`;
    const seen = await execute(
      await ensurePython(),
      root,
      [
        { id: 'spoils~shape', ...job, fuzz: true, variant: 'shape', mindspore: spoils('MINDPORT_VARIANT') },
        // gradients of MindSpore's softmax are wrong behind this one
        {
          id: 'softmax~empty',
          ...job,
          fuzz: true,
          variant: 'empty',
          grad: true,
          torch: 'F.softmax(x, 1)',
          mindspore: 'ops.softmax(x, axis=1)',
        },
        { id: 'nothing', ...job, given: { x: 'zeros(0, 2)' }, mindspore: spoils('MINDPORT_NOTHING') },
        { id: 'behind a variant', ...job, mindspore: spoiltBy('MINDPORT_VARIANT') },
        { id: 'behind nothing', ...job, mindspore: spoiltBy('MINDPORT_NOTHING') },
        { id: 'softmin', ...job, grad: true, torch: 'F.softmin(x, 1)', mindspore: 'ops.softmin(x, axis=1)' },
      ],
      1,
      () => {},
    );
    expect(Object.fromEntries(seen.map(({ id, ok, error }) => [id, error ?? ok]))).toMatchObject({
      nothing: true,
      'behind a variant': true,
      'behind nothing': true,
      softmin: true,
    });
    expect(seen).toHaveLength(6);
  });

  it('draws the same numbers again: the figures repeat', async () => {
    const python = await ensurePython();
    const job = { id: 'function', grad: true, jit: true, train: true, tolerance: null, given: {}, ...AGREE['function']! };
    const [again] = await execute(python, root, [job], 1, () => {});
    const { forward, grad } = answers.get('function')!;
    expect(again).toMatchObject({ forward, grad });
  });
});

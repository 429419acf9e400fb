/** Every snippet is expanded with its defaults and executed: what people paste must run as it stands. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const execute = promisify(execFile);
const snippets = JSON.parse(readFileSync(new URL('../../snippets/mindspore.json', import.meta.url), 'utf8')) as Record<
  string,
  { prefix: string; description: string; body: string[] }
>;

/** A small regression problem and what the surrounding program would have defined. */
const PROGRAM = `
import mindspore as ms
import numpy as np
from mindspore import nn, ops
ms.set_seed(1)
rng = np.random.default_rng(1)
inputs = rng.standard_normal((32, 4)).astype(np.float32)
targets = (inputs @ rng.standard_normal((4, 2)) + 1).astype(np.float32)
everything = (ms.Tensor(inputs), ms.Tensor(targets))
net = nn.SequentialCell(nn.Dense(4, 16), nn.Tanh(), nn.Dense(16, 2))
loss_fn = nn.MSELoss()
def batches():
    return [(ms.Tensor(inputs[i:i + 8]), ms.Tensor(targets[i:i + 8])) for i in range(0, 32, 8)]
loader = batches()
`;
const OPTIMIZER = 'from mindspore.experimental import optim\noptimizer = optim.AdamW(net.trainable_params(), lr=1e-2)\n';

/** Prefix → the program before and after the snippet. What comes after fails unless the snippet has done its work. */
const CASES: Record<string, { before?: string; after: string; workers?: number }> = {
  'ms-cell': {
    after: `
import numpy as np
net = Net(4, 2)
assert net(ms.Tensor(np.ones((3, 4), np.float32))).shape == (3, 2)
assert [p.name for p in net.trainable_params()] == ['hidden.weight', 'hidden.bias', 'head.weight', 'head.bias']
`,
  },
  'ms-train-step': {
    before: `${PROGRAM}before = float(loss_fn(net(everything[0]), everything[1]))\n`,
    after: 'assert net.training\nassert float(loss_fn(net(everything[0]), everything[1])) < 0.98 * before\n',
  },
  'ms-eval-step': {
    before: `${PROGRAM}net = nn.SequentialCell(nn.Dense(4, 16), nn.Dropout(p=0.5))\nnet.set_train(True)\ninputs = ms.Tensor(inputs)\n`,
    after: 'assert not net.training\nassert np.array_equal(eval_step(inputs).asnumpy(), outputs.asnumpy()), "dropout is still on"\n',
  },
  'ms-dataset': {
    before: PROGRAM,
    after: 'assert loader.get_dataset_size() == 4 and x.shape == (8, 4) and y.shape == (8, 2) and x.dtype == ms.float32\n',
  },
  'ms-dataloader': { before: PROGRAM, after: 'assert len(loader) == 4 and tuple(x.shape) == (8, 4) and tuple(y.shape) == (8, 2)\n' },
  'ms-amp': {
    before: `${PROGRAM}before = float(loss_fn(net(everything[0]), everything[1]))\n`,
    after: `
for _ in range(10):
    for x, y in batches():
        loss, finite = train_step(x, y)
        assert bool(finite)
assert net(ms.Tensor(inputs)).dtype in (ms.float16, ms.float32)
assert all(p.dtype == ms.float32 for p in optimizer.parameters)
assert float(loss_fn(net(everything[0]).astype(ms.float32), everything[1])) < 0.98 * before
`,
  },
  'ms-data-parallel': {
    workers: 2,
    before: `
import mindspore as ms
import numpy as np
from mindspore import nn, ops
ms.set_device('CPU')
loss_fn = nn.MSELoss()
make_net = lambda: nn.Dense(1, 1, weight_init='ones', has_bias=False)
def make_loader(num_shards, shard_id):
    # rank 0 sees 1, rank 1 sees 3: only the mean of both gradients is the same everywhere
    x = ms.Tensor(np.full((1, 1), 1.0 + 2.0 * shard_id, np.float32))
    return [(x, 0 * x)]
`,
    after: `
assert size == 2
_, own = grad_fn(*loader[0])
mean = reduce_gradients(own)[0].asnumpy().item()
# after one AdamW step both ranks hold the same weight
weight = net.weight.asnumpy().item()
open(f'weight-{rank}.txt', 'w').write(f'{weight!r} {own[0].asnumpy().item()!r} {mean!r}')
`,
  },
  'ms-save': {
    before: `${PROGRAM}${OPTIMIZER}epoch = 3\n`,
    after:
      'import os\nassert os.path.exists("last.ckpt") and os.path.exists("optimizer.ckpt")\nassert int(ms.load_checkpoint("last.ckpt")["epoch"].asnumpy()) == 3\n',
  },
  'ms-load': {
    before: `${PROGRAM}${OPTIMIZER}
wanted = net[0].weight.asnumpy().copy()
ms.save_checkpoint(net, 'last.ckpt', append_dict={'epoch': 3})
ms.save_checkpoint(optimizer, 'optimizer.ckpt')
net[0].weight.set_data(ms.Tensor(np.zeros((16, 4), np.float32)))
`,
    after: 'assert first_epoch == 4\nassert np.array_equal(net[0].weight.asnumpy(), wanted)\n',
  },
};

/** A snippet's text with every placeholder at its default and every choice at its first value. */
function expand(body: string[]): string {
  const defaults = new Map<string, string>();
  return body
    .join('\n')
    .replace(/\$\{(\w+):([^}]*)\}/g, (_, name: string, text: string) => {
      if (!defaults.has(name)) defaults.set(name, text);
      return defaults.get(name)!;
    })
    .replace(/\$\{\w+\|([^,|]*)[^}]*\}/g, '$1')
    .replace(/\$(\d)/g, (_, name: string) => defaults.get(name) ?? '');
}

let folder: string;
const python = process.env.MINDPORT_PYTHON ?? '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mindport-snippets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every snippet has a case, and every case a snippet', () => {
  expect(
    Object.values(snippets)
      .map((snippet) => snippet.prefix)
      .sort(),
  ).toEqual(Object.keys(CASES).sort());
});

test.each(Object.values(snippets))('$prefix runs', { timeout: 300_000 }, async ({ prefix, body }) => {
  expect(python, 'MINDPORT_PYTHON names the interpreter').not.toBe('');
  const { before = '', after, workers } = CASES[prefix]!;
  const file = join(folder, `${prefix}.py`);
  writeFileSync(file, `${before}\n# ---- the snippet\n${expand(body)}\n# ---- what must hold\n${after}`);
  const options = { cwd: folder, timeout: 280_000, env: { ...process.env, OMP_NUM_THREADS: '1', GLOG_v: '3' } };
  if (!workers) {
    await execute(python, [file], options);
    return;
  }
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const msrun = join(dirname(python), 'msrun');
  const args = [
    `--worker_num=${workers}`,
    `--local_worker_num=${workers}`,
    '--join=True',
    '--master_addr=127.0.0.1',
    `--master_port=${port}`,
  ];
  const path = `${dirname(python)}:${process.env.PATH}`;
  await execute(msrun, [...args, `--log_dir=${join(folder, 'logs')}`, file], { ...options, env: { ...options.env, PATH: path } });
  const said = Array.from({ length: workers }, (_, rank) =>
    readFileSync(join(folder, `weight-${rank}.txt`), 'utf8')
      .split(' ')
      .map(Number),
  );
  expect(said[0]![0]).toBe(said[1]![0]);
  expect(said[0]![1]).not.toBe(said[1]![1]);
  expect(said[0]![2]).toBeCloseTo((said[0]![1]! + said[1]![1]!) / 2, 6);
});

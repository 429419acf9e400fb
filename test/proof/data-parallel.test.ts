/** Data-parallel training, migrated and run by msrun in two CPU processes, must end with the parameters of one PyTorch process that sees the whole batch. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';
import { migrateFile } from '../../server/src/core/fixes/migrate/migrate-program';
import { fileOf, root } from '../core/scene';

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'mindport-parallel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const freePort = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(String(port)));
    });
  });

async function run(command: string, args: string[], extra: NodeJS.ProcessEnv = {}): Promise<string> {
  const python = dirname(await ensurePython());
  const env = {
    ...process.env,
    PATH: [python, process.env.PATH].join(delimiter),
    PYTHONPATH: join(root, 'python'),
    PYTHONDONTWRITEBYTECODE: '1',
    OMP_NUM_THREADS: '1',
    GLOG_v: '3',
    ...extra,
  };
  const { stdout } = await execute(join(python, command), args, { cwd: folder, env, timeout: 400_000, maxBuffer: 1 << 26 }).catch(
    (error: { stdout?: string; stderr?: string; message: string }) =>
      expect.fail(`${command}: ${(error.stdout ?? '').slice(-2000)}${(error.stderr ?? '').slice(-3000) || error.message}`),
  );
  return stdout;
}

const COMPARE = `import sys, numpy as np
reference = np.load("torch.0.npz")
for rank in (0, 1):
    other = np.load(f"mindspore.{rank}.npz")
    assert reference.files == other.files
    for name in reference.files:
        error = np.abs(reference[name] - other[name].reshape(reference[name].shape)).max()
        assert error <= 1e-4, (rank, name, error)
print(len(reference.files))`;

it('two processes end with the parameters of one', async () => {
  const text = readFileSync(join(root, 'test', 'fixtures', 'data-parallel', 'train.py'), 'utf8');
  const { text: source, module, semantics, catalog, targets } = fileOf(text);
  const migrated = migrateFile({ path: 'train.py', text: source, module, semantics }, { catalog, targets });
  expect(migrated.left).toEqual([]);
  expect(migrated.after).toMatch(/gradient_average/);
  writeFileSync(join(folder, 'torch_train.py'), text);
  writeFileSync(join(folder, 'train.py'), migrated.after);
  const alone = { RANK: '0', WORLD_SIZE: '1', MASTER_ADDR: '127.0.0.1', MASTER_PORT: await freePort() };
  await run('python', ['torch_train.py', 'torch'], alone);
  const msrun = ['--worker_num=2', '--local_worker_num=2', `--master_port=${await freePort()}`, '--log_dir=logs', '--join=True'];
  await run('msrun', [...msrun, 'train.py', 'mindspore']);
  // the losses of both ways to train, and four parameters each
  expect((await run('python', ['-c', COMPARE])).trim()).toBe('10');

  // a step that leaves the gradients of each process alone is refused when it is built, and the message says what to add
  const forgetful = migrated.after.replace(/ +average = .*\n/, '').replace(/ +grads = average\(grads\)\n/, '');
  writeFileSync(join(folder, 'train.py'), forgetful);
  const again = [...msrun.slice(0, 2), `--master_port=${await freePort()}`, '--log_dir=again', '--join=True'];
  await expect(run('msrun', [...again, 'train.py', 'forgetful'])).rejects.toThrow();
  expect(readFileSync(join(folder, 'again', 'worker_0.log'), 'utf8')).toMatch(/without averaging their gradients: add/);
});

/** The migrate fixtures executed: each `input.py` with PyTorch and its `expected.py` with MindSpore, driven by the same `drive.py`, must agree. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const fixtures = join(root, 'test', 'fixtures', 'migrate');
const answers = mkdtempSync(join(tmpdir(), 'mindport-migrate-'));
let python = '';

beforeAll(async () => {
  python = await ensurePython();
});
afterAll(() => rmSync(answers, { recursive: true, force: true }));

async function run(script: string, args: string[]): Promise<string> {
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1', GLOG_v: '3' };
  const command = ['-W', 'ignore', join(root, 'test', 'proof', 'migrate', script), ...args];
  // MindSpore leaves files of its compiler in the working folder
  const { stdout } = await execute(python, command, { cwd: answers, env, timeout: 300_000 }).catch(
    (error: { stderr?: string; stdout?: string; message: string }) =>
      expect.fail(`${script}: ${error.stdout}${error.stderr?.slice(-3000) || error.message}`),
  );
  return stdout;
}

/** Relative; float32 sums in another order differ this much. A fixture with another says it in a file `tolerance`. */
const FLOAT32 = '1e-5';

describe('fixtures', () => {
  for (const name of readdirSync(fixtures)) {
    it(name, async () => {
      const folder = join(fixtures, name);
      const [a, b] = ['torch', 'mindspore'].map((framework) => join(answers, `${name}.${framework}.npz`)) as [string, string];
      await Promise.all([run('execute.py', ['torch', folder, a]), run('execute.py', ['mindspore', folder, b])]);
      const tolerance = existsSync(join(folder, 'tolerance')) ? readFileSync(join(folder, 'tolerance'), 'utf8').trim() : FLOAT32;
      expect(await run('compare.py', [a, b, tolerance])).toMatch(/over \d+ numbers/);
    });
  }
});

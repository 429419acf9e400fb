/** Files of Python tests in a folder beside this file, each one test of vitest; a file that runs nothing or skips something fails. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;

/** Declares the tests of `folder`, executed in the environment with both frameworks. */
export function pythonTests(title: string, folder: string): void {
  const files = readdirSync(new URL(folder, import.meta.url)).filter((name) => /^test_\w+\.py$/.test(name));
  let python = '';

  beforeAll(async () => {
    python = await ensurePython();
  });

  describe(title, () => {
    it.each(files)('%s', async (file) => {
      const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: `${root}python`, PYTHONDONTWRITEBYTECODE: '1', GLOG_v: '3' };
      const { stderr } = await execute(python, ['-m', 'unittest', '-v', `${folder}.${file.slice(0, -'.py'.length)}`], {
        cwd: `${root}test/proof`,
        env,
        maxBuffer: 64 << 20,
      }).catch((error: { stderr?: string; message: string }) => expect.fail(error.stderr?.slice(-4000) || error.message));
      const ran = Number(/^Ran (\d+) tests? in/m.exec(stderr)?.[1] ?? 0);
      expect(ran).toBeGreaterThan(0);
      expect(stderr).not.toMatch(/skipped/);
    });
  });
}

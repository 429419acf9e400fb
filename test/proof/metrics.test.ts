/** The metrics tool (`python/mindport_metrics`): each file of Python tests in `metrics/` is one test here. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const files = readdirSync(new URL('metrics', import.meta.url)).filter((name) => /^test_\w+\.py$/.test(name));
let python = '';

beforeAll(async () => {
  python = await ensurePython();
});

describe('metrics from saved fields', () => {
  it.each(files)('%s', async (file) => {
    const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: `${root}python`, PYTHONDONTWRITEBYTECODE: '1' };
    const { stderr } = await execute(python, ['-m', 'unittest', '-v', `metrics.${file.slice(0, -'.py'.length)}`], {
      cwd: `${root}test/proof`,
      env,
      maxBuffer: 64 << 20,
    }).catch((error: { stderr?: string; message: string }) => expect.fail(error.stderr?.slice(-4000) || error.message));
    const ran = Number(/^Ran (\d+) tests? in/m.exec(stderr)?.[1] ?? 0);
    expect(ran).toBeGreaterThan(0);
    expect(stderr).not.toMatch(/skipped/);
  });
});

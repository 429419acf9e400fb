/** The Python unit tests of the prover, of the weight transfer and of initial weights. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';

it.each(['prover_units.py', 'ops_weights.py', 'ops_host.py', 'ops_distributions.py', 'ops_laws.py'])('%s', async (name) => {
  const { status, stderr } = spawnSync(await ensurePython(), [join(import.meta.dirname, name)], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', GLOG_v: '3' },
  });
  expect(stderr).toMatch(/Ran ([3-9]|\d\d) tests/);
  expect(stderr).toMatch(/\nOK\s*$/);
  expect(status).toBe(0);
});

/** `mindport metrics` as a user types it: into a run, into a folder; what the tool writes is read back without a loss. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';
import { checkFields } from '../../runs/src/results/saved-fields';
import { checkScores } from '../../runs/src/results/saved-scores';

const root = new URL('../..', import.meta.url).pathname;
const work = mkdtempSync(join(tmpdir(), 'mindport-metrics-test-'));
const cli = join(work, 'dist', 'cli.js');
let python = '';

function mindport(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'], HOME: work, XDG_STATE_HOME: join(work, 'state'), LANG: 'C.UTF-8', MINDPORT_PYTHON: python };
  return spawnSync(process.execPath, [cli, ...args], { cwd: work, env, encoding: 'utf8' });
}

beforeAll(async () => {
  python = await ensurePython();
  mkdirSync(join(work, 'dist'));
  symlinkSync(join(root, 'python'), join(work, 'python'));
  buildSync({
    stdin: {
      contents: `import { Command } from 'commander'; import * as run from './cli/src/commands/run'; import * as results from './cli/src/commands/results';
        import * as metrics from './cli/src/commands/metrics';
        const program = new Command('mindport');
        for (const command of [run, results, metrics]) command.register(program);
        void program.parseAsync();`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    outfile: cli,
    logLevel: 'error',
    define: { MINDPORT_VERSION: '"0"' },
  });
  const fields = `import numpy as np
r = np.random.default_rng(0)
t = r.normal(size=(3, 2, 2, 18, 36))
np.savez('f.npz', p=t + 0.5, t=t, lat=np.linspace(85, -85, 18), lon=np.arange(36) * 10.0, channel=np.array(['t2m', 'z500']))
np.savez('land.npz', land=np.arange(18 * 36).reshape(18, 36) % 3 == 0)
np.savez('c.npz', c=np.zeros((2, 18, 36)))
`;
  const made = spawnSync(python, ['-c', fields], { cwd: work, encoding: 'utf8' });
  expect(made.stderr).toBe('');
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

const usual = ['--prediction', 'f.npz:p', '--truth', 'f.npz:t', '--dims', 'time,lead,channel,lat,lon'];

describe('mindport metrics', () => {
  it('writes into the results of a run, where the comparison finds it', () => {
    writeFileSync(join(work, 'infer.py'), "print('inference one step time: 0.1')\n");
    const started = mindport('run', '--kind', 'infer', '--name', 'a', '-f', '--python', python, '--', 'infer.py');
    expect(started.stderr + started.stdout).toMatch(/succeeded/);
    const beside = ['--mask', 'land.npz', '--climatology', 'c.npz', '--definition', 'all', '--units', 'K,m'];
    const { status, stdout, stderr } = mindport('metrics', ...usual, ...beside, '--run', 'a');
    expect([status, stderr]).toEqual([0, expect.stringMatching(/written: .*scores\.json\nwritten: .*fields\.json\n$/)]);
    expect(stdout).toContain('t2m RMSE wb2: 0.5 (6 h), 0.5 (12 h) K');
    const document = JSON.parse(mindport('results', 'a', '--format', 'json').stdout) as {
      runs: { scores: { by: string; definition: string; mask: string; points: object[] }[]; fields: { variable: string; role: string }[]; origin?: unknown }[];
      definitions: { id: string }[];
      warnings: { id: string }[];
    }; // prettier-ignore
    const [row] = document.runs;
    expect(row!.scores).toHaveLength(2 * 2 * 4);
    expect(row!.scores[0]).toMatchObject({ by: 'tool', metric: 'rmse', definition: 'rmse.fcn-exact', variable: 't2m', units: 'K', points: [{ leadHours: 6, n: 3 }, { leadHours: 12, n: 3 }] }); // prettier-ignore
    expect(row!.scores[0]!.mask).toMatch(/^land\.npz@sha256:[0-9a-f]{16}$/);
    expect(row!.fields.map(({ variable, role }) => `${variable} ${role}`)).toEqual(
      expect.arrayContaining(['t2m truth', 'z500 prediction']),
    );
    expect(document.definitions.map(({ id }) => id)).toEqual(expect.arrayContaining(['rmse.fcn-exact', 'acc.wb2']));
    expect(document.warnings.map(({ id }) => id).filter((id) => id.startsWith('saved.'))).toEqual([]);
  });

  it('writes into a folder what the engine reads whole', () => {
    const { status } = mindport('metrics', ...usual, '--out', 'out', '--map-leads', '12', '--map-sample', '2');
    expect(status).toBe(0);
    const scores = checkScores(JSON.parse(readFileSync(join(work, 'out', 'scores.json'), 'utf8')) as Record<string, unknown>);
    expect([scores.curves.length, scores.leftOut]).toEqual([2, 0]);
    expect(scores.curves[0]!.points[0]!.value).toBeCloseTo(0.5, 12);
    const fields = checkFields(JSON.parse(readFileSync(join(work, 'out', 'fields.json'), 'utf8')) as Record<string, unknown>);
    expect([fields.maps.length, fields.leftOut]).toEqual([4, 0]);
    expect(fields.maps[0]).toMatchObject({ leadHours: 12, land: null, validTime: null });
  });

  it('says what is to be mended, in the language of the user, and writes nothing', () => {
    expect(mindport('metrics', ...usual)).toMatchObject({ status: 2, stderr: expect.stringContaining('--run RUN or --out FOLDER') });
    const gone = mindport('metrics', '--prediction', 'gone.nc', '--truth', 'f.npz:t', '--out', 'nothing', '--lang', 'zh-cn');
    expect(gone).toMatchObject({ status: 2, stderr: 'mindport metrics: gone.nc 不存在。\n' });
    expect(existsSync(join(work, 'nothing'))).toBe(false);
    expect(mindport('metrics', ...usual, '--run', 'nobody')).toMatchObject({ status: 2, stderr: expect.stringContaining('nobody') });
    const none = mindport('metrics', ...usual, '--out', 'nothing', '--python', '/no/such/python');
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('could not be started')]);
    expect(readdirSync(work)).not.toContain('nothing');
  });
});

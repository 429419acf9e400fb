/** `examples/fourcastnet` is a program that works: data, training, checkpoint, resume, inference, with the words the log adapters read. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePython } from '../../scripts/python-env.mjs';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const example = join(root, 'examples/fourcastnet');
const work = mkdtempSync(join(tmpdir(), 'mindport-example-'));
const data = join(work, 'dataset');
const out = join(work, 'results');
let python = '';

async function program(name: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await execute(python, [name, ...args], { cwd: example, env }).catch((error: { stderr?: string; message: string }) =>
    expect.fail(error.stderr || error.message),
  );
  return stdout;
}

const numbers = (text: string, pattern: RegExp): number[] => [...text.matchAll(pattern)].map((match) => Number(match[1]));

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

beforeAll(async () => {
  python = await ensurePython();
  await program('data/generate.py', '--out', data, '--steps', '60', '--train-years', '3', '--spinup-days', '20');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the example', () => {
  it('has a solver that is right', async () => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const { stderr } = await execute(python, ['-m', 'unittest', 'example.test_solver'], { cwd: join(root, 'test/proof'), env }).catch(
      (error: { stderr?: string; message: string }) => expect.fail(error.stderr || error.message),
    );
    expect(stderr).toMatch(/Ran 6 tests/);
  });

  it('carries no marks made for the migration', () => {
    const sources = files(example).filter((path) => !path.includes('__pycache__'));
    expect(sources.length).toBeGreaterThanOrEqual(9);
    for (const path of sources) expect(readFileSync(path, 'utf8'), path).not.toMatch(/mindport|mindspore|noqa|type: ignore/i);
  });

  it('makes the same data from the same seed', async () => {
    const again = join(work, 'again');
    await program('data/generate.py', '--out', again, '--steps', '60', '--train-years', '3', '--spinup-days', '20');
    for (const name of ['time_means', 'global_stds', 'latitude']) {
      const path = join('stats', `${name}.npy`);
      expect(readFileSync(join(again, path)).equals(readFileSync(join(data, path))), name).toBe(true);
    }
  });

  it('learns, resumes and forecasts', async () => {
    const first = await program('train.py', '--data', data, '--out', out, '--epochs', '3', '--seed', '1');
    const losses = numbers(first, /Train loss: ([\d.]+)\. Valid loss: [\d.]+$/gm);
    expect(losses).toHaveLength(3);
    expect(losses[2]!).toBeLessThan(0.4 * losses[0]!);
    expect(numbers(first, /^Time taken for epoch (\d+) is [\d.]+ sec$/gm)).toEqual([1, 2, 3]);
    expect(
      numbers(first, /^train data time=[\d.]+, train per epoch time=[\d.]+, train per step time=([\d.]+), valid time=[\d.]+$/gm),
    ).toHaveLength(3);
    expect(await program('train.py', '--data', data, '--out', join(work, 'twice'), '--epochs', '1', '--seed', '1')).toContain(
      `Train loss: ${losses[0]!.toFixed(6)}`,
    );

    const resumed = await program('train.py', '--data', data, '--out', out, '--epochs', '4', '--seed', '1', '--resume');
    expect(numbers(resumed, /^Time taken for epoch (\d+) is/gm)).toEqual([4]);

    const forecast = await program('inference.py', '--data', data, '--out', out, '--prediction-length', '12', '--initial-conditions', '4');
    expect(numbers(forecast, /^inference one step time: ([\d.]+)$/gm)).toHaveLength(48);
    const scores = [...forecast.matchAll(/^Predicted timestep (\d+) of 12\. z500 RMS Error: ([\d.]+), ACC: (-?[\d.]+)$/gm)];
    expect(scores).toHaveLength(48);
    const mean = (step: number, column: number): number => {
      const chosen = scores.filter((score) => Number(score[1]) === step);
      return chosen.reduce((sum, score) => sum + Number(score[column]), 0) / chosen.length;
    };
    expect(mean(12, 2)).toBeGreaterThan(mean(1, 2)); // errors grow with lead time,
    expect(mean(12, 3)).toBeLessThan(mean(1, 3)); // skill falls,
    expect(Math.max(...scores.map((score) => Math.abs(Number(score[3]))))).toBeLessThanOrEqual(1);
    expect(readdirSync(out).sort()).toEqual(['best_ckpt.tar', 'ckpt.tar', 'history.json', 'predictions.npz']);
  });

  it('scores its forecasts as MindPort does from the saved fields', async () => {
    const saved = join(out, 'predictions.npz');
    const beside = [
      '--dims=time,lead,channel,lat,lon',
      `--climatology=${join(data, 'stats', 'time_means.npy')}`,
      `--out=${join(work, 'scores')}`,
    ];
    const env = { ...process.env, PYTHONPATH: join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1' };
    await execute(python, ['-m', 'mindport_metrics', `--prediction=${saved}:prediction`, `--truth=${saved}:target`, ...beside], { env });
    const { scores } = JSON.parse(readFileSync(join(work, 'scores', 'scores.json'), 'utf8')) as {
      scores: { metric: 'rmse' | 'acc'; definition: string; variable: string; lead_h: number; value: number; n: number }[];
    };
    expect(scores).toHaveLength(2 * 4 * 12);
    const told =
      'import json, numpy, sys; z = numpy.load(sys.argv[1]); print(json.dumps({k: z[k].mean(axis=0).tolist() for k in ("rmse", "acc")}))';
    const own = JSON.parse((await execute(python, ['-c', told, saved])).stdout) as Record<'rmse' | 'acc', number[][]>;
    const channels = ['u500', 'v500', 'vo500', 'z500'];
    for (const { metric, definition, variable, lead_h, value, n } of scores) {
      const expected = own[metric][lead_h / 6 - 1]![channels.indexOf(variable)]!;
      expect([definition, n]).toEqual(['fcn-true-lat', 4]);
      // the program computes in float32
      expect(Math.abs(value - expected) / Math.abs(expected), `${metric} ${variable} ${lead_h} h`).toBeLessThan(
        metric === 'rmse' ? 1e-5 : 1e-4,
      );
    }
  });

  it('says what is missing', async () => {
    const failed = await execute(python, ['train.py', '--data', join(work, 'nothing'), '--out', join(work, 'o')], { cwd: example }).catch(
      (error: { stderr: string }) => error,
    );
    expect((failed as { stderr: string }).stderr).toMatch(/run data\/generate\.py first/);
  });
});

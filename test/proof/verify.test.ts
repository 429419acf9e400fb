/** The verifier: on a right migration, on wrong ones of each kind, and on programs that do not run. Both frameworks execute. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifierArguments } from '../../cli/src/commands/verify';
import { ensurePython } from '../../scripts/python-env.mjs';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const fixtures = join(root, 'test/fixtures/verify');
const work = mkdtempSync(join(tmpdir(), 'mindport-verify-test-'));
let python = '';

interface Place {
  kind: string;
  name: string;
  next: string | null;
  source: { class: string; made: string; defined: string };
  migrated: { class: string; made: string; defined: string };
}

interface Report {
  ok: boolean;
  weights: { matched: number; trained: number; missing: string[]; untrained: string[] };
  forward: Record<string, number>;
  gradient: Record<string, { worst: number; parameter: string }>;
  curve: { torch: number[]; jit: number[] };
  compiled_against_pynative: Record<string, number>;
  wrong_gradients: { mode: string; name: string; call: number }[];
  first_difference: Place | null;
  problems: { id: string; mode?: string; names?: string[]; log?: string }[];
}

const INPUT = ['float32[3,6,8]', 'int64[3,6]=0..11'];

async function run(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, PYTHONPATH: join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1' };
  return execute(python, args, { env, cwd: work, maxBuffer: 64 << 20 }).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

const verify = (original: string, migrated: string, more: Record<string, unknown> = {}, language: 'en' | 'zh' = 'en') =>
  run(['-P', ...verifierArguments(original, migrated, { model: 'model:Net', input: INPUT, json: true, ...more }, language)]);

const fixture = async (name: string, more: Record<string, unknown> = {}) => {
  const { code, stdout, stderr } = await verify(join(fixtures, 'original'), join(fixtures, name), more);
  expect(stderr).toBe('');
  return { code, report: JSON.parse(stdout) as Report };
};

/** Where a fixture's file has a text, as the report writes it. */
function place(folder: string, text: string): string {
  const lines = readFileSync(join(fixtures, folder, 'model.py'), 'utf8').split('\n');
  const found = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
  expect(found.length).toBeGreaterThan(0);
  return `model.py:${found.at(-1)}`;
}

beforeAll(async () => {
  python = await ensurePython();
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the parts of the verifier', () => {
  const files = readdirSync(new URL('verify', import.meta.url)).filter((name) => /^test_\w+\.py$/.test(name));
  it.each(files)('%s', async (file) => {
    const env = { ...process.env, PYTHONPATH: join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1' };
    const result = await execute(python, ['-m', 'unittest', `verify.${file.slice(0, -'.py'.length)}`], {
      cwd: join(root, 'test/proof'),
      env,
    }).catch((error: { stderr?: string; message: string }) => expect.fail(error.stderr || error.message));
    expect(Number(/^Ran (\d+) tests? in/m.exec(result.stderr)?.[1] ?? 0)).toBeGreaterThan(0);
  });
});

describe('verify', () => {
  it('passes a right migration, in all modes, and says what it did', async () => {
    const { code, report } = await fixture('migrated');
    expect(report.problems).toEqual([]);
    expect([code, report.ok, report.first_difference]).toEqual([0, true, null]);
    expect(report.weights).toMatchObject({ matched: 20, trained: 18, missing: [], untrained: [] });
    for (const mode of ['pynative', 'jit']) {
      expect(report.forward[mode]).toBeLessThanOrEqual(1e-5);
      expect(report.forward[mode]).toBeGreaterThan(0); // two frameworks never round alike everywhere: something was compared
      expect(report.gradient[mode]!.worst).toBeLessThanOrEqual(1e-4);
    }
    expect(Object.keys(report.compiled_against_pynative).sort()).toEqual(['curve', 'gradient', 'output']);
    expect(report.curve.torch).toHaveLength(5);
    expect(report.curve.jit).toHaveLength(5);
    expect(new Set(report.curve.torch).size).toBe(5);
  });

  it('names the layer with another epsilon, and its lines on both sides', async () => {
    const { code, report } = await fixture('epsilon');
    expect(code).toBe(1);
    expect(report.problems.map(({ id }) => id)).toContain('forward');
    expect(report.first_difference).toMatchObject({ kind: 'layer', name: 'blocks.0.norm' });
    expect(report.first_difference!.source).toMatchObject({ class: 'LayerNorm', made: place('original', 'nn.LayerNorm') });
    expect(report.first_difference!.migrated).toMatchObject({ class: 'LayerNorm', made: place('epsilon', 'nn.LayerNorm') });
  });

  it('names the code that exchanges axes otherwise, between layers that are right', async () => {
    const { code, report } = await fixture('transposed');
    expect(code).toBe(1);
    expect(report.first_difference).toMatchObject({ kind: 'before', name: '', next: 'mix' });
    expect(report.first_difference!.source).toMatchObject({ class: 'Net', defined: place('original', 'def forward') });
    expect(report.first_difference!.migrated).toMatchObject({ class: 'Net', defined: place('transposed', 'def construct') });
  });

  it('sees a gradient that is wrong only when compiled and only from the second call on', async () => {
    const { code, report } = await fixture('padded');
    expect(code).toBe(1);
    expect(report.forward['jit']).toBeLessThanOrEqual(1e-5);
    expect(report.gradient['pynative']!.worst).toBeLessThanOrEqual(1e-4);
    expect(report.wrong_gradients.length).toBeGreaterThan(0);
    expect(new Set(report.wrong_gradients.map(({ mode }) => mode))).toEqual(new Set(['jit']));
    expect(Math.min(...report.wrong_gradients.map(({ call }) => call))).toBe(2);
    expect(report.problems.map(({ id }) => id)).toContain('modes_differ');
    expect(report.first_difference).toMatchObject({ kind: 'gradient', name: 'mix' });
  });

  it('reports weights without a counterpart and parameters that are not trained', async () => {
    const { code, report } = await fixture('unmatched', { steps: '0' });
    expect(code).toBe(1);
    expect(report.problems.find(({ id }) => id === 'weights_missing')?.names).toEqual(['scale']);
    expect(report.problems.find(({ id }) => id === 'weights_untrained')?.names).toEqual(['blocks.0.norm.weight', 'blocks.1.norm.weight']);
  });

  it('writes a report for people in both languages', async () => {
    const english = await verify(join(fixtures, 'original'), join(fixtures, 'epsilon'), { json: false, steps: '0' });
    expect(english.code).toBe(1);
    expect(english.stdout).toMatch(/does NOT compute the same/);
    expect(english.stdout).toMatch(/layer blocks\.0\.norm computes something else/);
    expect(english.stdout).toContain(`made at ${place('epsilon', 'nn.LayerNorm')}`);
    const chinese = await verify(join(fixtures, 'original'), join(fixtures, 'migrated'), { json: false, steps: '0' }, 'zh');
    expect([chinese.code, chinese.stdout]).toEqual([0, expect.stringMatching(/^迁移后的程序与原程序计算结果一致。/)]);
  });
});

describe('programs that do not run', () => {
  const folder = (name: string, text: string): string => {
    mkdirSync(join(work, name), { recursive: true });
    writeFileSync(join(work, name, 'model.py'), text);
    return join(work, name);
  };
  const original = join(fixtures, 'original');

  it('a migration that raises is wrong: 1, with its message', async () => {
    const broken = folder(
      'raises',
      'from mindspore import nn\nclass Net(nn.Cell):\n    def __init__(self):\n        raise KeyError("no such size")\n',
    );
    const { code, stdout } = await verify(original, broken);
    const report = JSON.parse(stdout) as Report;
    expect([code, report.ok, report.problems[0]!.id]).toEqual([1, false, 'failed_migrated']);
    expect(report.problems[0]!.log).toMatch(/no such size/);
  });

  it('without the original there is nothing to compare with: 2', async () => {
    const broken = folder('original-raises', 'import torch_that_is_not_there\n');
    const { code, stdout } = await verify(broken, join(fixtures, 'migrated'), { json: false });
    expect(code).toBe(2);
    expect(stdout).toMatch(/original could not be executed[^]*torch_that_is_not_there/);
  });

  it('a program that does not end is ended, with its children', async () => {
    const mark = join(work, 'child.pid');
    const endless = folder(
      'endless',
      `import subprocess, time\nchild = subprocess.Popen(["sleep", "600"])\nopen(${JSON.stringify(mark)}, "w").write(str(child.pid))\ntime.sleep(600)\n`,
    );
    const { code, stdout } = await verify(endless, join(fixtures, 'migrated'), { json: false, timeout: '40' });
    expect([code, stdout]).toEqual([2, expect.stringMatching(/no result within 40 s/)]);
    const child = Number(readFileSync(mark, 'utf8'));
    // Killed with its group; nobody need have reaped it yet.
    const state = () => {
      try {
        return /\) (\w)/.exec(readFileSync(`/proc/${child}/stat`, 'utf8'))?.[1] ?? 'gone';
      } catch {
        return 'gone';
      }
    };
    await expect.poll(state, { timeout: 10_000 }).toMatch(/gone|Z|X/);
  });

  it('compares a model without weights by the gradients of its inputs', async () => {
    const torch = folder(
      'weightless',
      'import torch\nclass Net(torch.nn.Module):\n    def forward(self, x, y, k):\n        return torch.sin(x) * y + k.sum()\n',
    );
    const cell = (name: string, result: string) =>
      folder(name, `from mindspore import nn, ops\nclass Net(nn.Cell):\n    def construct(self, x, y, k):\n        return ${result}\n`);
    const more = { input: ['float32[3,4]', 'float32[3,4]', 'int64[2]'] };
    const right = await verify(torch, cell('weightless-right', 'ops.sin(x) * y + k.sum()'), more);
    expect([right.stderr, right.code]).toEqual(['', 0]);
    const report = JSON.parse(right.stdout) as Report;
    expect(report).toMatchObject({ ok: true, problems: [], weights: { matched: 0, trained: 0 }, curve: { torch: [], jit: [] } });
    for (const mode of ['pynative', 'jit']) expect(report.gradient[mode]!.parameter).toMatch(/^input [12]$/);
    const wrong = await verify(torch, cell('weightless-wrong', 'ops.sin(x) * ops.stop_gradient(y) + k.sum()'), more);
    const names = (JSON.parse(wrong.stdout) as Report).wrong_gradients.map(({ mode, name }) => `${mode} ${name}`);
    expect([wrong.code, names.sort()]).toEqual([1, ['jit input 2', 'pynative input 2']]);
  });

  it('refuses what cannot be asked: 2', async () => {
    for (const [more, message] of [
      [{ input: ['float99[2]'] }, /float99/],
      [{ model: 'model.py' }, /package\.module:Name/],
      [{ kwargs: '[1]' }, /no JSON object/],
      [{ kwargs: '{' }, /mindport verify:/],
      [{ calls: '1' }, /fewer than 3/],
    ] as const) {
      const { code, stderr } = await verify(original, join(fixtures, 'migrated'), more as Record<string, unknown>);
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    }
    expect((await verify(join(work, 'absent'), original)).code).toBe(2);
  });
});

/** The fuzzer: what it draws is decided by its seed, it finds a route that is wrong, and it cannot pass by comparing nothing. */
import { Command } from 'commander';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { register } from '../../cli/src/commands/prove';
import { drawCalls } from '../../cli/src/prove/fuzz/draw';
import { changeInputs } from '../../cli/src/prove/fuzz/inputs';
import { Random } from '../../cli/src/prove/fuzz/random';
import { isSaid, verdictOf, type Finding, type Tally } from '../../cli/src/prove/fuzz/verdict';
import { concerned } from '../../cli/src/prove/concerned';
import { provable, readRecords } from '../../cli/src/prove/jobs';
import { execute } from '../../cli/src/prove/prover';
import { Rewriter } from '../../cli/src/prove/rewriting';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { ensurePython } from '../../scripts/python-env.mjs';

const repository = new URL('../..', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'mindport-fuzz-'));
const home = process.cwd();

/** What every snippet names besides. */
const tensor = readRecords(repository).find(({ torch }) => torch === 'torch.Tensor')!;

/** A record with one safe route and one example. */
function record(name: string, params: string, to: string, torch: string, mindspore: string, safety: 'safe' | 'review' = 'safe'): ApiRecord {
  return {
    torch: name,
    kind: 'function',
    params,
    returns: 'Tensor',
    routes: [{ on: ['mindspore@*'], verdict: 'equivalent', safety, to, note: { en: 'a note', zh: '说明' } }],
    examples: [{ given: { x: 'randn(2, 3)' }, torch, mindspore }],
    sources: ['test'],
  };
}

const sum = record(
  'torch.sum',
  '(input, dim=None, keepdim=False)',
  'ops.sum({input}, dim={dim}, keepdim={keepdim})',
  'torch.sum(x, 1)',
  'ops.sum(x, dim=1)',
);
/** Agrees with its example and with nothing negative. */
const planted = record('torch.relu', '(input)', 'ops.abs({input})', 'torch.relu(x)', 'ops.abs(x)');
planted.examples[0]!.given = { x: 'positive(2, 3)' };

function catalog(...records: ApiRecord[]): void {
  writeFileSync(join(root, 'mappings', 'records', 'torch.json'), JSON.stringify([tensor, ...records]));
}

interface Report {
  apis: Record<string, Tally>;
  findings: Finding[];
}

async function fuzz(...args: string[]): Promise<{ status: number; report: Report; err: string }> {
  const written = { out: '', err: '' };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true)),
  ];
  try {
    process.exitCode = 0;
    const program = new Command('mindport');
    register(program);
    await program.parseAsync(['prove', '--fuzz', '--json', '--jobs', '1', '--python', await ensurePython(), ...args], { from: 'user' });
    return { status: Number(process.exitCode), report: JSON.parse(written.out || '{}') as Report, err: written.err };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = 0;
  }
}

beforeAll(() => {
  process.env.LC_ALL = 'C';
  mkdirSync(join(root, 'mappings', 'records'), { recursive: true });
  for (const name of ['python', 'scripts']) symlinkSync(join(repository, name), join(root, name));
  writeFileSync(join(root, 'mappings', 'targets.json'), readFileSync(join(repository, 'mappings', 'targets.json')));
  process.chdir(root);
});
afterAll(() => {
  process.chdir(home);
  process.exitCode = 0;
  rmSync(root, { recursive: true, force: true });
});

describe('drawing', () => {
  it('is decided by the seed', async () => {
    const records = readRecords(repository);
    const rewriter = await Rewriter.load(repository, records);
    const target = rewriter.target('mindspore@cpu', '2.10.0');
    const record = records.find(({ torch }) => torch === 'torch.sum')!;
    const draw = (seed: number) => drawCalls(record, rewriter, target, 25, seed);
    expect(draw(1)).toEqual(draw(1));
    const torch = (seed: number) => draw(seed).calls.map(({ job }) => [job.torch, job.given]);
    expect(torch(1)).not.toEqual(torch(2));
    expect(draw(1).calls).toHaveLength(25);
    expect(new Set(draw(1).calls.map(({ job }) => JSON.stringify([job.torch, job.given]))).size).toBe(25);
  });

  it('changes shapes, dtypes and values, and leaves what it cannot read', () => {
    const random = new Random('inputs');
    const drawn = Array.from({ length: 300 }, () => changeInputs({ x: 'randn(2, 3)', n: '3' }, random)).filter((given) => given !== null);
    const inputs = new Set(drawn.map(({ x }) => x));
    expect(inputs).toContain('randn()');
    expect([...inputs].some((text) => /^randn\(\d, 2, 3\)$/.test(text!))).toBe(true);
    expect([...inputs].some((text) => /\.float16$|\.int64$/.test(text!))).toBe(true);
    expect([...inputs].some((text) => text!.includes('nan'))).toBe(true);
    expect([...inputs].some((text) => /\(0, 3\)|\(2, 0\)/.test(text!))).toBe(true);
    expect(new Set(drawn.map(({ n }) => n))).toEqual(new Set(['3']));
    expect(changeInputs({ n: '3' }, random)).toBeNull();
  });

  it('draws only what safe routes say', async () => {
    const drawn = async (safety: 'safe' | 'review') => {
      const relu = record('torch.relu', '(input)', 'ops.relu({input})', 'torch.relu(x)', 'ops.relu(x)', safety);
      const rewriter = await Rewriter.load(repository, [tensor, relu]);
      return drawCalls(relu, rewriter, rewriter.target('mindspore@cpu', '2.10.0'), 5, 1);
    };
    expect((await drawn('safe')).calls).toHaveLength(5);
    const { calls, unsaid } = await drawn('review');
    expect(calls).toEqual([]);
    expect(unsaid).toBeGreaterThan(0);
  });
});

it('tells digits, extreme numbers and errors apart', () => {
  const job = { given: { x: 'randn(2).float64' }, torch: 'torch.abs(x)' };
  const answer = (error: string, more = {}) => ({
    id: '',
    ok: false,
    forward: null,
    grad: null,
    modes: [],
    calls: 1,
    dtype: null,
    seconds: 0,
    error,
    ...more,
  });
  const differs = 'pynative, call 1: result differs: relative error';
  expect(verdictOf(answer(`${differs} 2.0e-08, allowed 1.0e-09`), job)).toBe('precision');
  expect(verdictOf(answer(`${differs} 2.0e-02, allowed 1.0e-09`), job)).toBe('value');
  expect(verdictOf(answer(`${differs} 2.0e-02, allowed 1.0e-05`), { ...job, given: { x: 'tensor([nan, 1.0])' } })).toBe('extreme');
  expect(verdictOf(answer('pynative, call 1: result has dtype int32, not float32'), { ...job, given: { x: 'tensor([inf])' } })).toBe(
    'dtype',
  );
  expect(verdictOf(answer('pynative, call 1: result has shape [1], not [2]'), job)).toBe('shape');
  expect(verdictOf(answer('pynative, gradient, call 1: the gradient of x differs: relative error 1.0e-01, allowed 1.0e-04'), job)).toBe(
    'gradient',
  );
  expect(verdictOf(answer('the process crashed: SIGSEGV'), job)).toBe('crashes');
  expect(verdictOf(answer('stopped: running took longer than 20 s'), job)).toBe('crashes');
  expect(verdictOf(answer('pynative, call 1: ValueError: no', { raised: true }), job)).toBe('raises');
  expect(verdictOf(answer('torch: ValueError: no', { refused: true }), job)).toBe('refused');
});

describe('mindport prove --fuzz', () => {
  it('finds a route that is wrong, and nothing wrong with one that is right', async () => {
    catalog(sum, planted);
    const { status, report, err } = await fuzz('torch.relu', 'torch.sum', '--calls', '15', '--seed', '1');
    expect(status, err).toBe(1);
    const wrong = report.findings.filter(({ verdict }) => verdict === 'value');
    expect(new Set(wrong.map(({ record: name }) => name))).toEqual(new Set(['torch.relu']));
    expect(wrong[0]!.error).toContain('differs');
    const counts = report.apis['torch.sum']!;
    expect(counts.agrees).toBeGreaterThan(5);
    expect(counts.value + counts.shape + counts.gradient + counts.dtype + counts.crashes).toBe(0);
  });

  it('holds nobody but the framework at work responsible for a crash', { timeout: 120_000 }, async () => {
    const killing = (torch: string, mindspore: string) => ({
      given: { x: 'randn(2)' },
      torch,
      mindspore,
      grad: false,
      jit: false,
      train: true,
      tolerance: null,
      fuzz: true as const,
    });
    const end = '__import__("os").kill(__import__("os").getpid(), 9)';
    const jobs = [
      { id: 'torch ends', ...killing(end, 'x') },
      { id: 'mindspore ends', ...killing('x', end) },
    ];
    const answers = await execute(await ensurePython(), repository, jobs, 1, () => {});
    expect(
      answers.map((answer) =>
        verdictOf(
          answer,
          jobs.find(({ id }) => id === answer.id)!,
        ),
      ),
    ).toEqual(['refused', 'crashes']);
  });

  it('does not pass when nothing was compared', async () => {
    catalog(record('torch.relu', '(input)', 'ops.relu({input})', 'torch.relu(x)', 'ops.relu(x)', 'review'));
    const { status, err } = await fuzz('torch.relu', '--calls', '3');
    expect(status).toBe(2);
    expect(err).toContain('No call was compared');
  });

  it('refuses counts that are none', async () => {
    expect((await fuzz('--calls', '0')).status).toBe(2);
    expect((await fuzz('--seed', 'x')).status).toBe(2);
  });
});

it('tells what the record or its evidence says from what nobody has said', () => {
  const finding = (given: Record<string, string>) => ({ record: 'torch.a', job: { given } }) as unknown as Finding;
  const outcome = { digest: '', date: '', ok: true, examples: 1, calls: 1 };
  const evidence = { 'torch.a': { ...outcome, not: { f16: 'rounding', i64: 'dtype', empty: 'differs' } as const } };
  const said = (given: Record<string, string>, limits: string[] = []) => isSaid(finding(given), new Set(limits), evidence);
  expect([{ x: 'randn(2).int64' }, { x: 'randn(2, 0)' }].map((given) => said(given))).toEqual([true, true]);
  expect([{ x: 'randn(2)' }, { x: 'randn(2).float16' }, { x: 'randn(2).int32' }, { x: 'randn()' }].map((given) => said(given))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(said({ x: 'randn(2)' }, ['torch.a'])).toBe(true);
});

it('names the parameters whose inputs the dtypes of the variants are for', async () => {
  const records = readRecords(repository);
  const rewriter = await Rewriter.load(repository, records);
  const of = (name: string) => {
    const one = records.find(({ torch }) => torch === name)!;
    return concerned(provable([one])[0]!, one, { not: { i64: 'refused' } }, rewriter).of;
  };
  expect([of('torch.gather'), of('torch.Tensor.exp2_'), of('torch.nn.Linear')]).toEqual(['input', 'self', 'self']);
  const gelu = records.find(({ torch }) => torch === 'torch.nn.functional.gelu')!;
  expect(concerned(provable([gelu])[0]!, gelu, { not: { f16: 'rounding', empty: 'differs' } }, rewriter)).toEqual({});
});

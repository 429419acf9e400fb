/** `mindport prove` on a small catalog of its own: jobs, evidence, digests, exit status. */
import { Command } from 'commander';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { register } from '../../cli/src/commands/prove';
import { readEvidence, type Outcome } from '../../cli/src/prove/evidence';
import { ensurePython } from '../../scripts/python-env.mjs';
import { evidenceDigest } from '../../scripts/evidence-digest.mjs';

const repository = new URL('../..', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'mindport-catalog-'));
const route = { on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to: 'ops.relu({input})', note: { en: 'a note', zh: '说明' } };
const relu = {
  torch: 'torch.relu',
  kind: 'function',
  params: '(input)',
  routes: [route],
  examples: [
    { given: { x: 'randn(2, 3)' }, torch: 'torch.relu(x)', mindspore: 'ops.relu(x)' },
    { given: { x: 'randn(2, 3)' }, torch: 'torch.relu(x)', mindspore: 'mint.nn.functional.relu(x)', on: 'mindspore@ascend910b' },
  ],
  sources: ['test'],
};
const wrong = {
  ...relu,
  torch: 'torch.nn.functional.leaky_relu',
  aliases: ['torch.leaky'],
  examples: [
    { given: { x: 'randn(2, 3)' }, torch: 'F.leaky_relu(x)', mindspore: 'ops.leaky_relu(x, alpha=0.2)' },
    { given: { x: 'rand(2, 3)' }, torch: 'F.leaky_relu(x)', mindspore: 'ops.leaky_relu(x, alpha=0.2)' },
  ],
};
const elsewhere = { ...relu, torch: 'torch.cuda.only', examples: [{ torch: 'x', mindspore: 'x', execute: false, why: 'no such chip' }] };

let python: string;
const home = process.cwd();

beforeAll(async () => {
  process.env.LC_ALL = 'C';
  python = await ensurePython();
  mkdirSync(join(root, 'mappings', 'records'), { recursive: true });
  for (const name of ['python', 'scripts']) symlinkSync(join(repository, name), join(root, name));
  symlinkSync(join(repository, 'mappings', 'targets.json'), join(root, 'mappings', 'targets.json'));
  process.chdir(root);
});
afterAll(() => {
  process.chdir(home);
  process.exitCode = 0;
  rmSync(root, { recursive: true, force: true });
});

function records(...list: object[]): void {
  writeFileSync(join(root, 'mappings', 'records', 'torch.json'), JSON.stringify(list));
}

async function prove(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true)),
  ];
  try {
    process.exitCode = 0;
    const program = new Command('mindport');
    register(program);
    await program.parseAsync(['prove', '--python', python, ...args], { from: 'user' });
    return { status: Number(process.exitCode), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = 0;
  }
}

const file = (): string => join(root, 'mappings', 'evidence', readdirSync(join(root, 'mappings', 'evidence'))[0]!);
const evidence = (): Record<string, Outcome> => readEvidence(file());

describe('mindport prove', () => {
  it('writes evidence of what agrees and fails for what does not', async () => {
    records(wrong, relu, elsewhere);
    const { status, out } = await prove();
    expect(status).toBe(1);
    expect(out).toContain('torch.nn.functional.leaky_relu#0: pynative, call 1: result differs');
    expect(Object.keys(evidence())).toEqual(['torch.nn.functional.leaky_relu', 'torch.relu']); // sorted; the third cannot be executed here
    expect(evidence()['torch.relu']).toMatchObject({
      ok: true,
      digest: evidenceDigest(relu),
      examples: 1,
      modes: ['pynative', 'jit'],
      calls: 6,
      dtypes: ['float32'],
    });
    const bad = evidence()['torch.nn.functional.leaky_relu']!;
    expect(bad.ok).toBe(false);
    expect(Object.keys(bad.failed!)).toEqual(['0']);
    expect(readFileSync(file(), 'utf8').split('\n')).toHaveLength(5); // a head, one line an API, an end
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ framework: 'mindspore', chip: 'cpu' });
  });

  it('proves what changed, keeps the rest byte for byte, and drops what the catalog lost', async () => {
    const before = readFileSync(file(), 'utf8');
    const fixed = { ...wrong, examples: [{ ...wrong.examples[0]!, mindspore: 'ops.leaky_relu(x, alpha=0.01)' }] };
    records(fixed, relu);
    const { status, out } = await prove('--changed', '--json');
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(out).apis)).toEqual(['torch.nn.functional.leaky_relu']);
    expect(evidence()['torch.nn.functional.leaky_relu']!.ok).toBe(true);
    const line = (text: string): string | undefined => text.split('\n').find((part) => part.startsWith('"torch.relu"'));
    expect(line(readFileSync(file(), 'utf8'))).toBe(line(before));
    const nothing = await prove('--changed');
    expect(nothing.status).toBe(0);
    expect(nothing.out).toContain('Nothing to prove');
    records(relu);
    await prove('torch.relu');
    expect(Object.keys(evidence())).toEqual(['torch.relu']);
  });

  it('says with which other inputs the examples agree, and with which they do not', async () => {
    const sum = {
      ...relu,
      torch: 'torch.sum',
      params: '(input, dim=None)',
      routes: [{ ...route, to: 'ops.sum({input}, dim={dim})' }],
      examples: [{ given: { x: 'randn(2, 3)' }, torch: 'torch.sum(x, dim=0)', mindspore: 'ops.sum(x, dim=0)' }],
    };
    // the program around a call with another dimension is rewritten too
    const tensor = { ...relu, torch: 'torch.Tensor', kind: 'class', params: '()', routes: [{ ...route, to: 'ms.Tensor()' }], examples: [] };
    records(relu, sum, tensor);
    await prove('--no-variants');
    const bare = evidence()['torch.sum']!;
    expect(bare).not.toHaveProperty('tried');
    const { status, out } = await prove('--variants');
    expect(status).toBe(0); // variants are no claims
    expect(out).toMatch(/\d+ variants executed by PyTorch: \d+ agree, \d+ refused by MindSpore, [1-9]\d* differ/);
    const { tried, also, not, of, ...rest } = evidence()['torch.sum']!;
    expect(rest).toEqual(bare);
    expect(of).toBe('input'); // the parameter that had the other dtypes
    expect(tried).toBeGreaterThan(8);
    expect(also!.split(' ')).toEqual(expect.arrayContaining(['f16', 'i64', 'i32', 'c64', 'shape', 'rank', 'empty', 'nan', 'inf', 'dim']));
    expect(also).not.toContain('f32'); // it is float32 already
    expect(not).toEqual({ bf16: 'refused' });
    expect(evidence()['torch.relu']!.not).toMatchObject({ nan: 'differs' }); // 0 instead of NaN on the CPU
    expect((await prove('--changed')).out).toContain('Nothing to prove');
  });

  it('selects by name, alias and pattern, and refuses a name without examples', async () => {
    records(wrong, relu);
    expect(Object.keys(JSON.parse((await prove('torch.leaky', '--json')).out).apis)).toEqual(['torch.nn.functional.leaky_relu']);
    expect(Object.keys(JSON.parse((await prove('torch.r*', '--json')).out).apis)).toEqual(['torch.relu']);
    const { status, err } = await prove('torch.nothing');
    expect(status).toBe(2);
    expect(err).toContain('torch.nothing');
  });

  it('has a digest that changes with what is executed and not with words', () => {
    const digest = evidenceDigest(relu);
    expect(evidenceDigest({ ...relu, routes: [{ ...route, note: { en: 'other words', zh: '别的' } }] })).toBe(digest);
    expect(evidenceDigest({ ...relu, sources: [], returns: 'Tensor' } as typeof relu)).toBe(digest);
    expect(evidenceDigest({ ...relu, examples: [{ ...relu.examples[0]!, why: 'because' } as never, relu.examples[1]!] })).toBe(digest);
    expect(evidenceDigest({ ...relu, params: '(input, inplace=False)' })).not.toBe(digest);
    expect(evidenceDigest({ ...relu, routes: [{ ...route, to: 'ops.relu6({input})' }] })).not.toBe(digest);
    expect(evidenceDigest({ ...relu, examples: relu.examples.slice(0, 1) })).not.toBe(digest);
  });
});

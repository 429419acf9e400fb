/** `mindport prove --on`: examples executed on another machine behind a real sshd, and what of its answers reaches the evidence. */
import { Command } from 'commander';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { register } from '../../cli/src/commands/prove';
import { readEvidence } from '../../cli/src/prove/evidence';
import { AnswerReader } from '../../cli/src/prove/machine/answers';
import { evidenceDigest } from '../../scripts/evidence-digest.mjs';
import { ensurePython } from '../../scripts/python-env.mjs';
import { sshScene } from '../runs/ssh/scene';

const repository = new URL('../..', import.meta.url).pathname;
const { server } = sshScene();
const base = mkdtempSync(join(tmpdir(), 'mindport-elsewhere-'));
const root = join(base, 'checkout');
const mappings = join(root, 'mappings');
const home = process.cwd();
const environment = { ...process.env };

const route = { on: ['mindspore@cpu'], verdict: 'equivalent', safety: 'safe', to: 'ops.relu({input})' };
const ascend = { ...route, on: ['mindspore@ascend910b'], to: 'mint.nn.functional.relu({input})' };
const relu = {
  torch: 'torch.relu',
  kind: 'function',
  params: '(input)',
  routes: [route, ascend],
  examples: [
    { given: { x: 'randn(2, 3)' }, torch: 'torch.relu(x)', mindspore: 'ops.relu(x)' },
    { given: { x: 'randn(2, 3)' }, torch: 'torch.relu(x)', mindspore: 'mint.nn.functional.relu(x)', on: 'mindspore@ascend910b' },
  ],
  sources: ['test'],
};
const wrong = {
  ...relu,
  torch: 'torch.nn.functional.leaky_relu',
  params: '(input, negative_slope=0.01, inplace=False)',
  routes: [{ ...route, to: 'ops.leaky_relu({input}, alpha=0.2)', ignores: ['negative_slope', 'inplace'] }],
  examples: [{ given: { x: 'randn(2, 3)' }, torch: 'F.leaky_relu(x)', mindspore: 'ops.leaky_relu(x, alpha=0.2)' }],
};
const tensor = { ...relu, torch: 'torch.Tensor', kind: 'class', params: '()', routes: [{ ...route, on: ['mindspore@*'], to: 'ms.Tensor()' }], examples: [] }; // prettier-ignore

/** A machine whose interpreter for MindSpore is `python`. */
function machine(python: string): void {
  const settings = {
    machines: { box: { host: 'host', root: join(base, 'remote'), chips: { ascend910b: 8 }, environments: { mindspore: { python } } } },
    ssh: { config: server().config('prove', server().ports.sh) },
  };
  mkdirSync(join(base, 'config', 'mindport'), { recursive: true });
  writeFileSync(join(base, 'config', 'mindport', 'machines.json'), JSON.stringify(settings), { mode: 0o600 });
}

/** An interpreter that prints these lines and executes nothing. */
function saying(...lines: (object | string)[]): string {
  const path = join(base, 'says');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(`${path}.txt`, `${text}\n`);
  writeFileSync(path, `#!/bin/sh\ncase "$1" in *prove.py) cat '${path}.txt' ;; *) exit 1 ;; esac\n`);
  chmodSync(path, 0o755);
  return path;
}

const head = { prover: 1, python: '3.11.2', torch: '2.13.0+cpu', mindspore: '2.10.0', numpy: '1.26.4', device: 'CPU', chip: null };
const good = (id: string): object => ({
  id,
  ok: true,
  forward: 0,
  grad: 1e-8,
  modes: ['pynative', 'jit'],
  calls: 6,
  dtype: 'float32',
  error: null,
  seconds: 0.1,
});

beforeAll(() => {
  Object.assign(process.env, {
    LC_ALL: 'C',
    XDG_CONFIG_HOME: join(base, 'config'),
    XDG_STATE_HOME: join(base, 'state'),
    XDG_RUNTIME_DIR: join(base, 'runtime'),
  });
  mkdirSync(join(base, 'runtime'), { mode: 0o700 });
  mkdirSync(join(mappings, 'records'), { recursive: true });
  symlinkSync(join(repository, 'python'), join(root, 'python'));
  writeFileSync(join(mappings, 'targets.json'), readFileSync(join(repository, 'mappings', 'targets.json')));
  process.chdir(root);
});
beforeEach(() => {
  writeFileSync(join(mappings, 'records', 'torch.json'), JSON.stringify([relu, wrong, tensor]));
  rmSync(join(mappings, 'evidence'), { recursive: true, force: true });
});
afterAll(() => {
  process.chdir(home);
  process.env = environment;
  process.exitCode = 0;
  rmSync(base, { recursive: true, force: true });
});

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
    await program.parseAsync(['prove', '--on', 'box', ...args], { from: 'user' });
    return { status: Number(process.exitCode), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = 0;
  }
}

const files = (): string[] => (existsSync(join(mappings, 'evidence')) ? readdirSync(join(mappings, 'evidence')) : []);
const evidence = (file: string): ReturnType<typeof readEvidence> => readEvidence(join(mappings, 'evidence', file));

describe('a machine with both frameworks', () => {
  it('executes the examples, and what agreed and what did not is evidence', async () => {
    machine(await ensurePython());
    const { status, out, err } = await prove('--target', 'mindspore@cpu');
    expect(err).toMatch(/^Run [0-9A-Z]{26} on box: 2 APIs\.$/m);
    expect(out).toContain('torch.nn.functional.leaky_relu#0: pynative, call 1: result differs');
    expect(status).toBe(1);
    expect(files()).toEqual(['mindspore-2.10.0-cpu.json']);
    const found = evidence(files()[0]!);
    expect(found['torch.relu']).toMatchObject({
      ok: true,
      digest: evidenceDigest(relu),
      examples: 1,
      calls: 6,
      modes: ['pynative', 'jit'],
    });
    expect(found['torch.nn.functional.leaky_relu']).toMatchObject({ ok: false, examples: 1 });
  });

  it('is collected later by its id, by another command', async () => {
    machine(await ensurePython());
    const started = await prove('torch.relu', '--detach');
    expect(started.status).toBe(0);
    const id = started.out.trim();
    const { status, out } = await prove('--collect', id);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('1 APIs, 1 examples, 0 failed') });
    expect(evidence('mindspore-2.10.0-cpu.json')['torch.relu']?.ok).toBe(true);
  });
});

describe('what a machine answers', () => {
  it('is written for the chip that was asked for, in its forms', async () => {
    machine(saying({ ...head, device: 'Ascend', chip: 'Ascend910B2' }, good('torch.relu#0')));
    const { status } = await prove('--target', 'mindspore@ascend910b', 'torch.relu', 'torch.nn.functional.leaky_relu');
    expect(status).toBe(0);
    expect(files()).toEqual(['mindspore-2.10.0-ascend910b.json']);
    expect(Object.keys(evidence(files()[0]!))).toEqual(['torch.relu']); // the other one has no form there
    expect(evidence(files()[0]!)['torch.relu']).not.toHaveProperty('level'); // executed
    const [run] = readdirSync(join(base, 'remote', 'runs'))
      .sort()
      .reverse();
    const [code] = [join(base, 'remote', 'runs', run!, 'work')].map((folder) => readFileSync(join(folder, 'jobs.jsonl'), 'utf8'));
    expect(code).toContain('mint.nn.functional.relu(x)');
  });

  it.each([
    ['another chip', { ...head, device: 'CPU' }, 'executes on CPU, not on ascend910b'],
    ['another generation', { ...head, device: 'Ascend', chip: 'Ascend310P3' }, 'executes on Ascend310P3'],
    ['another version', { ...head, device: 'Ascend', mindspore: '2.9.0' }, 'has MindSpore 2.9.0, not 2.10.0'],
    ['no prover at all', 'nothing to see here', 'gave no answer that can be read'],
    ['a version that is a path', { ...head, torch: '../../x' }, 'gave no answer that can be read'],
  ])('from %s is not merged', async (_, first, words) => {
    machine(saying(first, good('torch.relu#0')));
    const { status, err } = await prove('--target', 'mindspore@ascend910b', 'torch.relu');
    expect({ status, files: files() }).toEqual({ status: 2, files: [] });
    expect(err).toContain(words);
  });

  it('counts only for what was asked, and only in the form of an answer', async () => {
    const lies = [good('torch.cat#0'), good('__proto__'), { ...good('torch.relu#0'), ok: 'yes' }, { ...good('torch.relu#0'), calls: -1 }];
    machine(saying('[WARNING] noise', head, ...lies, '{"id": "torch.relu#0", "ok": tr', good('torch.nn.functional.leaky_relu#0')));
    const { status, out } = await prove();
    expect(status).toBe(1);
    expect(Object.keys(evidence('mindspore-2.10.0-cpu.json'))).toEqual(['torch.nn.functional.leaky_relu']);
    expect(out).toContain('left out: 1 jobs without an answer, 4 lines that are no answers, 0 APIs');
  });

  it('to an earlier form of a record is left out', async () => {
    machine(saying(head, good('torch.relu#0'), good('torch.nn.functional.leaky_relu#0')));
    const id = (await prove('--detach')).out.trim();
    writeFileSync(join(mappings, 'records', 'torch.json'), JSON.stringify([{ ...relu, params: '(input, inplace=False)' }, wrong, tensor]));
    const { out } = await prove('--collect', id);
    expect(Object.keys(evidence('mindspore-2.10.0-cpu.json'))).toEqual(['torch.nn.functional.leaky_relu']);
    expect(out).toContain('1 APIs whose record changed meanwhile');
  });

  it('of a run that was not started as a proof is none', async () => {
    machine(saying(head));
    const { out } = await prove('--detach', 'torch.relu');
    rmSync(join(base, 'state'), { recursive: true });
    expect(await prove('--collect', out.trim())).toMatchObject({
      status: 2,
      err: expect.stringContaining('no proof that was started from here'),
    });
  });
});

describe('answers', () => {
  const reader = (): AnswerReader => new AnswerReader(new Set(['a#0', 'a#1']));

  it('come in pieces, and the first of each counts', () => {
    const read = reader();
    const text = [head, good('a#0'), { ...good('a#0'), forward: 0.5 }].map((line) => `${JSON.stringify(line)}\n`).join('');
    for (const letter of text) read.push(letter, false);
    expect(read.head).toMatchObject({ torch: '2.13.0+cpu', device: 'CPU' });
    expect([...read.answers.values()].map(({ forward }) => forward)).toEqual([0]);
    read.push('', true);
    expect(read.answers.size).toBe(0);
  });

  it.each([
    { forward: 'NaN' },
    { forward: -1 },
    { grad: [1] },
    { modes: ['pynative', 'root'] },
    { modes: Array.from({ length: 9 }, () => 'jit') },
    { modes: [] },
    { calls: 0 },
    { calls: 1e9 },
    { dtype: 'float32; rm' },
    { error: 'but' },
    { ok: false, error: null },
    { ok: false, error: 7 },
    { id: 3 },
  ])('that say %j are none', (change) => {
    const read = reader();
    read.push(`${JSON.stringify({ ...good('a#0'), ...change })}\n`, false);
    expect({ answers: read.answers.size, refused: read.refused }).toEqual({ answers: 0, refused: 1 });
  });

  it('have errors without control characters and of bounded length', () => {
    const read = reader();
    read.push(`${JSON.stringify({ ...good('a#0'), ok: false, error: `\u001b[31mno\u202e${'x'.repeat(900)}` })}\n`, false);
    const { error } = read.answers.get('a#0')!;
    expect(error).toMatch(/^ \[31mno x+$/);
    expect(error!.length).toBe(500);
  });

  it('end when more is written than there is to say', () => {
    const read = reader();
    read.push(`${'{'.repeat(5_000_000)}\n${JSON.stringify(good('a#0'))}\n`, false);
    expect({ tooMuch: read.tooMuch, answers: read.answers.size }).toEqual({ tooMuch: true, answers: 0 });
  });
});

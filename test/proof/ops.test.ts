/** The operators of `python/mindport_ops` against PyTorch, through the prover. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Job } from '../../cli/src/prove/jobs';
import { type Answer, execute } from '../../cli/src/prove/prover';
import { ensurePython } from '../../scripts/python-env.mjs';
import { OPERATORS, REFUSED } from './ops-cases';

const root = new URL('../..', import.meta.url).pathname;
const answers = new Map<string, Answer>();

beforeAll(async () => {
  const jobs: Job[] = [];
  for (const [group, table] of Object.entries(OPERATORS))
    for (const [name, { given, torch, mindspore, apply, grad = true, tolerance = null }] of Object.entries(table))
      jobs.push({ id: `${group}: ${name}`, given, torch, mindspore, ...(apply ? { apply } : {}), grad, jit: true, train: true, tolerance });
  for (const [name, { given, mindspore }] of Object.entries(REFUSED)) {
    const compiled = `def compiled(*args):\n  return ${mindspore}\n`;
    const names = Object.keys(given).join(', ');
    const torch = `${Object.keys(given)[0]}`;
    jobs.push({ id: `refused: ${name}`, given, torch, mindspore, grad: true, jit: true, train: true, tolerance: null });
    jobs.push({
      id: `refused compiled: ${name}`,
      given,
      torch,
      mindspore: `${compiled.replace('*args', names)}ms.jit(compiled)(${names})`,
      grad: true,
      jit: true,
      train: true,
      tolerance: null,
    });
  }
  await execute(await ensurePython(), root, jobs, 2, (answer) => answers.set(answer.id, answer));
  if (process.env.MINDPORT_FIGURES)
    for (const group of Object.keys(OPERATORS)) {
      const mine = [...answers.values()].filter(({ id }) => id.startsWith(`${group}: `));
      const seconds = mine.map((answer) => answer.seconds);
      const memory = Math.max(...mine.map((answer) => (answer as Answer & { memory?: number }).memory ?? 0));
      const worst = (of: (answer: Answer) => number | null): string => Math.max(...mine.map((answer) => of(answer) ?? 0)).toExponential(1);
      console.log(
        `${group}: ${mine.length} cases, forward ${worst((a) => a.forward)}, gradient ${worst((a) => a.grad)}, mean ${(seconds.reduce((a, b) => a + b, 0) / seconds.length).toFixed(2)} s, longest ${Math.max(...seconds)} s, ${memory} MB`,
      );
    }
});

describe.each(Object.entries(OPERATORS))('operators: %s', (group, table) => {
  it.each(Object.keys(table))('%s', (name) => {
    const answer = answers.get(`${group}: ${name}`)!;
    expect(answer).toMatchObject({ ok: true, error: null, modes: ['pynative', 'jit'], calls: 6 });
    const floating = /float|complex/.test(answer.dtype ?? '');
    expect(answer.grad === null, 'a gradient is compared exactly where results are floating').toBe(!floating);
  });
});

describe('operators refuse, with a reason', () => {
  it.each(Object.keys(REFUSED))('%s', (name) => {
    expect(answers.get(`refused: ${name}`)!.error).toMatch(REFUSED[name]!.because);
    expect(answers.get(`refused compiled: ${name}`)!.error).toMatch(REFUSED[name]!.because);
  });
});

it('no operator imports torch', () => {
  const folder = join(root, 'python', 'mindport_ops');
  const files = readdirSync(folder).filter((name) => name.endsWith('.py'));
  expect(files.length).toBeGreaterThan(5);
  for (const name of files) expect(readFileSync(join(folder, name), 'utf8'), name).not.toMatch(/^\s*(import|from) (torch|einops)\b/m);
});

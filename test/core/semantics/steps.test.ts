/** The analysis is bounded: steps grow with the size of a file, not faster, and where they would, some are left out and said to be. */
import { expect, it } from 'vitest';
import { analysisOf } from '../../../server/src/core/semantics/analyze';
import { findFindings } from '../../../server/src/core/rules/findings';
import { fileOf } from '../scene';
import { analyze } from './support';

const HEAD = 'import torch\nimport torch.nn as nn\n';
const each = (n: number, line: (i: number) => string): string => Array.from({ length: n }, (_, i) => line(i)).join('');

const stepsOf = (text: string) => {
  const { steps, maxSteps, leftOut } = analysisOf(analyze(text))!;
  return { steps, maxSteps, leftOut };
};

/** Programs of `n` parts whose parts call, hold or follow each other. */
const LINEAR: Record<string, (n: number) => string> = {
  'functions in functions': (n) =>
    each(n / 50, (k) =>
      [
        ...Array.from({ length: 50 }, (_, i) => `${' '.repeat(i)}def f${k}_${i}(x${i}):\n`),
        `${' '.repeat(50)}return torch.relu(x0)\n`,
        ...Array.from({ length: 49 }, (_, i) => `${' '.repeat(49 - i)}return f${k}_${49 - i}(x0) + f${k}_${49 - i}([x0])\n`),
      ].join(''),
    ),
  'functions that call each other': (n) => each(n, (i) => `def f${i}(x):\n  return f${(i + 1) % n}(x) + f${(i * 7) % n}([x])\n`),
  'methods that call each other': (n) =>
    `class A(nn.Module):\n${each(n, (i) => `  def m${i}(self, v, w=None):\n    self.a${i} = v\n    return self.m${(i * 7 + 1) % n}(v, [w]) + self.a${(i * 13) % n}\n`)}`,
  'classes that make each other': (n) =>
    each(
      n,
      (i) =>
        `class C${i}:\n  def __init__(self, v):\n    self.n = C${(i + 1) % n}(v)\n  def get(self):\n    return self.n.get().exp() + self.n.n.n\n`,
    ),
  'functions that share a closure': (n) =>
    `def outer(x):\n${each(n, (i) => `  def g${i}(y):\n    return g${(i * 7) % n}(y) + x\n`)}${each(n, (i) => `  x = g${i}(x)\n`)}`,
  'a dictionary of many entries': (n) => `d = {\n${each(n, (i) => `  'k${i}': [torch.ones(${i}), (${i}, None)],\n`)}}\n`,
  'values that hold what was there before': (n) => each(n, (i) => `u = [u, (u, ${i}), {'a': u}] if c${i} else (u, [u])\n`),
  'a chain of methods': (n) => `y = torch.ones(1)${'.exp()'.repeat(n)}\n`,
  'attributes of attributes': (n) => `y = x${'.a'.repeat(n)}\n`,
  'imports of one name in many branches': (n) => each(n, (i) => `if a${i}:\n  import torch.nn as nn\nnn.Linear(1, 2)\n`),
  'calls with other kinds of arguments': (n) =>
    `def f(x, y):\n  for i in x:\n    y = i + y\n  return y\n${each(n, (i) => `f(${['1', 'torch.ones(1)', '[1]', "'a'"][i % 4]}, ${['(1,)', 'None', '[1]'][i % 3]})\n`)}`,
};

it.each(Object.entries(LINEAR))('%s: four times the size, four times the steps', (_, make) => {
  const [small, large] = [stepsOf(HEAD + make(200)), stepsOf(HEAD + make(800))];
  expect(small.steps).toBeGreaterThan(0);
  expect(large.steps).toBeLessThan(5.5 * small.steps + 500);
  expect(large.leftOut).toBe(false);
});

/** What costs more than its size: a state with many names at many branches, look-ups over crosswise bases. */
const STEEP: Record<string, (n: number) => string> = {
  'branches that bind other names': (n) => `x = a\nif x:\n  v = 1\n${each(n, (i) => `elif x == ${i}:\n  v${i} = torch.ones(${i})\n`)}`,
  'loops in loops': (n) =>
    `def f(x):\n${each(n, (i) => `  for i${i} in x:\n    y${i} = x\n    for j in i${i}:\n      z${i} = y${i}\n      x = torch.relu(z${i})\n`)}`,
  'bases that inherit crosswise': (n) =>
    `class A0(nn.Module): pass\nclass B0(nn.Module): pass\n${each(n / 4, (i) => `class A${i + 1}(A${i}, B${i}):\n  def m${i}(self): return torch.relu(self.q)\nclass B${i + 1}(A${i}, B${i}): pass\n`)}`,
};

it.each(Object.entries(STEEP))('%s: steps have a bound, which is said; what is imported is still found', (_, make) => {
  const text = HEAD + make(3200);
  const semantics = analyze(text);
  const { steps, maxSteps, leftOut } = analysisOf(semantics)!;
  expect(leftOut).toBe(true);
  expect(steps).toBeLessThan(2.1 * maxSteps);
  const written = text.match(/torch\.(?:ones|relu)/g)!.length;
  expect(new Set(semantics.references.filter(({ name }) => /torch\.(?:ones|relu)$/.test(name)).map(({ span }) => span.start)).size).toBe(
    written,
  );
  expect(JSON.stringify(semantics.summary).length).toBeGreaterThan(0);
});

it('a file that is too large has one finding that says so, in its first line', () => {
  const file = fileOf(`# generated\n${HEAD}${STEEP['bases that inherit crosswise']!(1000)}`);
  const [first, ...others] = findFindings(file);
  expect(first).toMatchObject({ code: 'MSP191', severity: 'information', span: { start: 0, end: 11 } });
  expect(others.some(({ code }) => code === 'MSP191')).toBe(false);
});

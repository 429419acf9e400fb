/** The search for texts compared with class names runs after every key press: how much of a long file it reads. */
import { expect, it, vi } from 'vitest';
import type { Node } from '../../server/src/core/syntax/ast';
import type * as Walk from '../../server/src/core/syntax/walk';
import { findFindings } from '../../server/src/core/rules/findings';
import { fileOf } from './scene';

const { read } = vi.hoisted(() => ({ read: { characters: 0 } }));
vi.mock('../../server/src/core/syntax/walk', async (original) => {
  const walk = await original<typeof Walk>();
  return {
    ...walk,
    visit(root: Node, visitor: Walk.Visitor) {
      read.characters += root.end - root.start;
      walk.visit(root, visitor);
    },
  };
});

it('reads the functions that keep the name of a class, not the others', () => {
  const functions = Array.from({ length: 500 }, (_, i) => `def f${i}(x):\n    raise TypeError('not ' + type(x).__name__)\n`);
  const text = [
    'from torch import nn\nnn.Linear(1, 2)\n',
    ...functions,
    `def g(m):\n    c = m.__class__.__name__\n    return c == 'Linear' or c.startswith('Linear') or type(m).__name__.find('Linear') > -1\n`,
  ].join('');
  const file = fileOf(text);
  read.characters = 0;
  const found = findFindings(file).filter(({ code }) => code === 'MSP111');
  expect(found.map(({ span }) => text.slice(span.start, span.end))).toEqual(["'Linear'", "'Linear'", "'Linear'"]);
  expect(read.characters).toBeGreaterThan(0);
  expect(read.characters).toBeLessThan(text.length / 50);
});

/** Which names statements read and write, whatever construct binds them: what decides which values a moved training step is handed and hands back. */
import { describe, expect, it } from 'vitest';
import { exposedReads, surelyWritten, writesOf } from '../../server/src/core/fixes/rewrites/names';
import { blockOf, blocksOf, statementOf } from '../../server/src/core/syntax/statements';
import { descendants } from '../../server/src/core/syntax/walk';
import { fileOf } from './scene';

const bodyOf = (text: string) => fileOf(`${text}\n`).module.body;

describe('names', () => {
  it.each([
    // program, written anywhere, written on every way, read before
    ['a = b', 'a', 'a', 'b'],
    ['for i in s:\n  a = i\nelse:\n  c = 1', 'a c i', '', 's'],
    ['if t:\n  a = 1\nelse:\n  a = 2\n  b = 1', 'a b', 'a', 't'],
    ['with o() as (f, g):\n  a = f', 'a f g', 'a f g', 'o'],
    ['try:\n  a = f()\nexcept E as e:\n  a = e\n  b = 1\nfinally:\n  c = 1', 'a b c e', 'c', 'f E'],
    ['match s:\n  case {"k": v, **rest}:\n    a = v\n    b = rest\n  case P(x=1) if t:\n    pass', 'a b rest v', '', 's P t'],
    ['if (n := f(x)) > 1:\n  a = n', 'a n', 'n', 'f x'],
    ['a = t and (n := f(x))', 'a n', 'a', 't f x'],
    ['a = [(last := y) for y in ys]', 'a last', 'a', 'ys'],
    ['a = lambda: (n := 1)', 'a', 'a', ''],
    ['def f():\n  b = 1', 'f', 'f', ''],
    ['import a.b, c as d', 'a d', 'a d', ''],
    ['while t:\n  a = 1', 'a', '', 't'],
  ])('of %s', (text, written, sure, read) => {
    const body = bodyOf(text);
    expect([...writesOf(body)].sort().join(' ')).toBe(written);
    expect([...surelyWritten(body)].sort().join(' ')).toBe(sure);
    expect(exposedReads(body).sort()).toEqual(read.split(' ').filter(Boolean).sort());
  });

  it('bound in statements that are left out do not count', () => {
    const body = bodyOf('match s:\n  case 1:\n    a = 1\n  case 2:\n    b = 2');
    expect([...writesOf(body, blocksOf(body[0]!)[0])]).toEqual(['b']);
  });
});

describe('blocks', () => {
  it('hold every statement below a statement once, and each statement knows its own', () => {
    const module = fileOf(
      'class C:\n  def f():\n    if a: b\n    else:\n      c\nfor i in s:\n  try:\n    d\n  except E:\n    e\n  else:\n    g\n  finally:\n    h\n' +
        'match m:\n  case 1:\n    while t: u\n  case _:\n    with v: w\n',
    ).module;
    const met: unknown[] = [];
    const walk = (list: ReturnType<typeof blockOf>): void => {
      for (const statement of list) {
        met.push(statement);
        expect(blockOf(statement)).toBe(list);
        blocksOf(statement).forEach(walk);
      }
    };
    walk(module.body);
    const all = [...descendants(module)].filter((node) => statementOf(node) === node);
    expect(met.length).toBeGreaterThan(15);
    expect(met).toEqual(all);
  });
});

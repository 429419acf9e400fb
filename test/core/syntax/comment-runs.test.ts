/** Long runs of comments: the grammar does not see them, and the tree is the same. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coverLongRuns } from '../../../server/src/core/syntax/comment-runs';
import { lower } from '../../../server/src/core/syntax/lower';
import type { Module } from '../../../server/src/core/syntax/ast';
import { times } from '../../times';
import { parse, parser, plain, problems } from './support';

/** The tree as the grammar makes it of the whole text. */
function uncovered(text: string): Module {
  const tree = parser.parse(text);
  const module = lower(text, parser.read(tree), parser.kinds);
  tree.delete();
  return module;
}

const PIECES = [
  'import torch\n',
  'def f(x):\n    y = 1\n',
  '    return x  # here\n',
  'class A:\n    def g(self):\n        pass\n',
  'if a:\n    b\n',
  'else:\n    c\n',
  'x = [\n',
  ']\n',
  's = """a\n',
  '"""\n',
  '\n',
];
const COMMENTS = [
  '# one\n',
  '    # two\n',
  '\t#\n',
  '        # x = torch.relu(y)\n',
  '# it\'s "so"\n',
  '# {a}\n',
  '# é😀\r\n',
  '\n',
  '#\n',
];

const run = fc
  .tuple(fc.array(fc.constantFrom(...COMMENTS), { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 10, 40))
  .map(([lines, count]) => lines.join('').repeat(count));
const program = fc.array(fc.oneof(fc.constantFrom(...PIECES), run), { maxLength: 10 }).map((pieces) => pieces.join(''));

it(
  'a text with covered comments has the tree of the whole text, its comments included',
  () => {
    let covered = 0;
    fc.assert(
      fc.property(program, (text) => {
        const module = parse(text);
        expect(problems(module, text)).toEqual([]);
        const whole = uncovered(text);
        // of broken text the pieces that are found healthy may differ; its comments do not
        if (!whole.hasError) expect(plain(module)).toEqual(plain(whole));
        if (coverLongRuns(text)) covered++;
      }),
      { numRuns: times(150) },
    );
    expect(covered).toBeGreaterThan(20);
  },
  times(60_000),
);

it('the grammar sees few comments of a long run, however long', () => {
  const text = `import torch\n${'# x = torch.relu(y)\n\n'.repeat(3000)}y = torch.ones(1)\n`;
  const seen = coverLongRuns(text)!.text;
  expect(seen).toHaveLength(text.length);
  expect(seen.match(/#/g)).toHaveLength(8);
  expect(parse(text).comments).toHaveLength(3000);
  expect(parse(text).comments[2999]).toMatchObject({ text: ' x = torch.relu(y)' });
});

it('lines of a text are no comments, however many begin like one', () => {
  const text = `s = """\n${'# a\n'.repeat(200)}"""\n${'# b\n'.repeat(200)}t = 1\n`;
  expect(parse(text).comments).toHaveLength(200);
  expect(parse(text).body).toMatchObject([{ value: { value: `\n${'# a\n'.repeat(200)}` } }, {}]);
});

import { expect, test } from 'vitest';
import { joinWords, splitWords } from '../../client/src/runs/command-line';

test.each([
  ['', []],
  ['  --epochs 3   --lr 1e-3 ', ['--epochs', '3', '--lr', '1e-3']],
  ['--name "two words" --x=\'$HOME *\'', ['--name', 'two words', '--x=$HOME *']],
  ['a\\ b "c \\" d" \'e\\f\'', ['a b', 'c " d', 'e\\f']],
  ['"" x""y', ['', 'xy']],
  ['"open to the end', ['open to the end']],
  ['$(touch x); `y` | z > w', ['$(touch', 'x);', '`y`', '|', 'z', '>', 'w']],
])('splits %s', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test('words that are joined come apart as they were', () => {
  const odd = ['plain', '', 'two words', "it's", '"', '\\', '--x=$(a)', '数据\t'];
  expect(splitWords(joinWords(odd))).toEqual(odd);
  expect(joinWords(['train.py', '--batch', '2'])).toBe('train.py --batch 2');
});

/** Random programs and edits for the property tests: real-looking statements, then mutations of their text. */
import fc from 'fast-check';

const EXPRESSION = [
  'torch.relu(x)', 'F.interpolate(x, scale_factor=2, mode="nearest")', 'x[:, 0, ..., ::2]', 'self.net(x) + y * 2', '[t.view(-1) for t in xs if t is not None]',
  'f"{x.shape} {y!r:>{w}}"', 'lambda a, *b, k=1: a', '{"k": v, **rest}', '(a, b)', 'x if x else y', 'await g(*args, **kw)', '"a" "b"', '1e-5', 'not a < b <= c', '(y := h(x))',
]; // prettier-ignore
const SIMPLE = [
  'import torch.nn as nn', 'from torch import nn, optim as o', 'x = E', 'x, y = E, E', 'x: int = E', 'x += E', 'return E', 'assert E, "no"', 'del x', 'raise E from None', 'global g', 'pass', 'E',
  'yield E', 'a = b = E', '# comment 😀', 'x = (E,\n     E)  # over lines', '"""doc\nstring"""',
]; // prettier-ignore
const COMPOUND = [
  'def f(self, x: torch.Tensor, *, k=E) -> int:', 'class Net(nn.Module):', 'if E:', 'for i, x in enumerate(E):', 'while E:', 'with torch.no_grad() as g, E:', '@torch.jit.script\ndef f(x):', 'async def g():',
]; // prettier-ignore

const expression = fc.constantFrom(...EXPRESSION);
const simple = fc
  .tuple(fc.constantFrom(...SIMPLE), expression, expression)
  .map(([form, first, second]) => form.replace('E', first).replace('E', second));

const indent = (text: string): string => text.replace(/^(?=.)/gm, '    ');

const { statement } = fc.letrec<{ statement: string }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    simple,
    fc
      .tuple(fc.constantFrom(...COMPOUND), expression, fc.array(tie('statement'), { minLength: 1, maxLength: 4 }))
      .map(([head, value, body]) => `${head.replace('E', value)}\n${indent(`${body.join('\n')}\npass`)}`),
  ),
}));

export const program = fc.array(statement, { minLength: 1, maxLength: 12 }).map((parts) => `${parts.join('\n')}\n`);

/** Places are fractions of the text, so that one script of edits fits any text. */
export interface RandomEdit {
  at: number;
  remove: number;
  insert: string;
}

export const edit: fc.Arbitrary<RandomEdit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 })),
  insert: fc.oneof(
    fc.constantFrom(
      '',
      'x',
      ' ',
      '\n',
      '\r\n',
      '    ',
      '(',
      ')',
      '"',
      "'''",
      '#',
      ':',
      '.',
      ',',
      '😀',
      '\t',
      '\\\n',
      'é = torch.relu(x)\n',
      '\n\n\ndef h(a):\n    return a\n',
      '\n# c\n',
    ),
    simple.map((line) => `\n${line}\n`),
  ),
});

/** Text that is no program at all. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  // lone surrogates, controls, NUL
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 }).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.constantFrom('def', 'class', ' ', '\n', '    ', ':', '(', ')', '[', '{', '}', '"', "'", 'f"', '"""', '\\', 'x', '=', '*', '**', '@', 'match', 'case', 'lambda', 'type', 'print', ',', '.', ';', '#', 'if', 'else', 'elif', 'async', 'await', '\r', '\0', '\ufeff', '1', '->', ':='), { maxLength: 60 }).map((parts) => parts.join('')),
); // prettier-ignore

/** Whatever the layout: the result parses, comments survive, edits are disjoint, and a second time there is nothing left to do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import { applyEdits } from '../../server/src/core/fixes/rewrite';
import { composeSingle, fixOf, judgeIn } from '../../server/src/core/fixes/single';
import { tokenize } from '../../server/src/core/catalog/tokens';
import { catalogOf, fileOf, parse } from './scene';
import { times } from '../times';

const record = (torch: string, kind: ApiRecord['kind'], params: string, to: string, more: object = {}): ApiRecord => ({
  torch,
  kind,
  params,
  returns: 'Tensor',
  routes: [{ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to, ...more } as ApiRecord['routes'][number]],
  examples: [],
  sources: [],
});

/** Every shape of change: renamed, reordered, dropped, inserted, operators, receivers moved, packed stars, assignments, removals. */
const catalog = catalogOf(
  record('torch.cat', 'function', '(tensors, dim=0)', 'ops.cat({tensors}, axis={dim})'),
  record('torch.add', 'function', '(input, other, alpha=1)', '{input} + {other} * {alpha}'),
  record('torch.sub', 'function', '(input, other)', 'ops.sub({other}, {input}, flip=True)'),
  record('torch.zeros', 'function', '(*size, dtype=None, device=None)', 'ops.zeros({size:tuple}, dtype={dtype})', { ignores: ['device'] }),
  record('torch.neg', 'function', '(input, device=None)', '-{input}', { ignores: ['device'] }),
  record('torch.abs', 'function', '(input, out=None)', '{input}.ms_abs()'),
  record('torch.Tensor.view', 'method', '(*shape)', 'ops.reshape({self}, {shape:tuple})'),
  record('torch.Tensor.sum', 'method', '(dim=None, keepdim=False)', '{self}.ms_sum({keepdim}, {dim=-1})'),
  record('torch.Tensor.cuda', 'method', '(device=None)', '{self}', { verdict: 'drop', ignores: ['device'] }),
  record('torch.Tensor.add_', 'method', '(other)', '{self} = {self} + {other}'),
  record('torch.manual_seed', 'function', '(seed)', 'None', { verdict: 'drop', ignores: ['seed'] }),
);

/** Blank space where brackets allow it: none, spaces, line breaks, comments. Numbered comments can be told apart. */
let comments = 0;
const space = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: fc.constant(' ') },
  { weight: 1, arbitrary: fc.constant('\n            ') },
  { weight: 1, arbitrary: fc.constant(null).map(() => `  # c${comments++}\n            `) },
  { weight: 1, arbitrary: fc.constant(' \\\n    ') },
);

const inBrackets = (open: string, items: fc.Arbitrary<string[]>, close: string): fc.Arbitrary<string> =>
  fc.tuple(items, fc.array(space, { minLength: 20, maxLength: 20 }), fc.boolean()).map(([parts, gaps, trailing]) => {
    let next = 0;
    const gap = () => gaps[next++ % gaps.length]!;
    const body = parts.map((part) => gap() + part + gap()).join(',');
    return open + body + (trailing && parts.length > 0 ? ',' : '') + gap() + close;
  });

const { expression } = fc.letrec<{ expression: string; call: string; method: string }>((tie) => {
  const some = (min: number, max: number) => fc.array(tie('expression'), { minLength: min, maxLength: max });
  const call = (name: string, items: fc.Arbitrary<string[]>) => inBrackets(`torch.${name}(`, items, ')');
  const keyword = (name: string, value: fc.Arbitrary<string>) => value.map((text) => `${name}=${text}`);
  const list = inBrackets('[', some(1, 3), ']');
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom('x', 'y', '1', '-2', 'x[0]', 'x.shape[1]', "f'{x}'", '"s"'),
      tie('call'),
      tie('method'),
      fc
        .tuple(tie('expression'), fc.constantFrom('+', '*', '-', '@', '**', 'and', 'if 1 else'), tie('expression'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie('expression')).map(([a]) => `(lambda: ${a})`),
    ),
    call: fc.oneof(
      call(
        'cat',
        fc.tuple(list, keyword('dim', tie('expression'))).map((items) => items),
      ),
      call(
        'cat',
        fc.tuple(keyword('dim', fc.constantFrom('1', '-1')), keyword('tensors', list)).map((items) => items),
      ),
      call('add', some(2, 3)),
      call('sub', some(2, 2)),
      call('zeros', some(0, 3)),
      call(
        'zeros',
        fc.tuple(fc.constant('2'), keyword('device', tie('expression')), keyword('dtype', fc.constant('x.dtype'))).map((items) => items),
      ),
      call(
        'neg',
        fc.tuple(tie('expression'), keyword('device', fc.constant('x.device'))).map((items) => items),
      ),
      call('abs', some(1, 1)),
      call('manual_seed', some(1, 1)),
    ),
    method: fc
      .tuple(fc.oneof(tie('call'), fc.constantFrom('x', 'y', '(x * y)')), fc.constantFrom('view', 'sum', 'cuda', 'add_'), some(1, 2))
      .chain(([receiver, name, items]) =>
        inBrackets(`${receiver}.${name}(`, fc.constant(name === 'add_' || name === 'cuda' ? items.slice(0, 1) : items), ')'),
      ),
  };
});

const statement = fc.oneof(
  { weight: 4, arbitrary: expression.map((text) => `z = ${text}`) },
  { weight: 2, arbitrary: expression },
  { weight: 1, arbitrary: expression.map((text) => `return ${text}`) },
  { weight: 1, arbitrary: expression.map((text) => `if ${text}:\n        ${text}`) },
  { weight: 1, arbitrary: expression.map((text) => `${text}; z = ${text}  # c${comments++}`) },
  {
    weight: 1,
    arbitrary: expression.map(
      (text) =>
        `s = f"{${text
          .replace(/#.*|\\$/gm, '')
          .replace(/\s+/g, ' ')
          .replace(/"/g, "'")}}"`,
    ),
  },
);

const program = fc
  .tuple(fc.array(statement, { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'))
  .map(([statements, eol]) =>
    `"""Doc."""\nimport os\nimport torch  # PyTorch\n\n\ndef f(x: torch.Tensor, y: torch.Tensor):\n${statements.map((text) => `    ${text}\n`).join('')}`.replaceAll(
      '\n',
      eol,
    ),
  )
  .filter((text) => !parse(text).hasError);

const commentsOf = (text: string) =>
  tokenize(text)
    .flatMap((token) => (token.type === 'comment' ? [token.text.trim()] : []))
    .sort();

describe('any program', () => {
  it('is rewritten soundly', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(program, (text) => {
        const file = fileOf(text, ['mindspore@cpu'], catalog);
        const { edits, refused, text: after } = composeAll(file, { safety: 'safe' });
        const result = after();
        expect(parse(result).hasError, result).toBe(false);
        let end = 0;
        for (const edit of edits) {
          expect(edit.start).toBeGreaterThanOrEqual(end);
          expect(edit.end).toBeGreaterThanOrEqual(edit.start);
          end = edit.end;
        }
        expect(end).toBeLessThanOrEqual(text.length);
        expect(applyEdits(text, edits)).toBe(result);
        expect(commentsOf(result), `${text}\n----\n${result}`).toEqual(commentsOf(text));
        if (text.includes('\r')) expect(result.replaceAll('\r\n', ''), 'line ends').not.toMatch(/[\r\n]/);
        if (refused.length > 0) return;
        const again = composeAll(fileOf(result, ['mindspore@cpu'], catalog), { safety: 'safe' });
        expect(again.edits, result).toEqual([]);
      }),
      { numRuns: times(300) },
    );
  });

  it('is rewritten one reference at a time as well', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(program, (text) => {
        const file = fileOf(text, ['mindspore@cpu'], catalog);
        for (const reference of file.semantics.references.slice(0, 4)) {
          const result = composeSingle(reference, file);
          if (!result) continue;
          const after = result.text();
          expect(parse(after).hasError, after).toBe(false);
          expect(commentsOf(after)).toEqual(commentsOf(text));
        }
      }),
      { numRuns: times(100) },
    );
  });

  it('keeps what it does not rewrite', () => {
    const text = 'import torch\n\n\ndef f(x: torch.Tensor):\n    return  x . other( 1,2 )+torch . unknown(x)\n';
    const file = fileOf(text, ['mindspore@cpu'], catalog);
    expect(composeAll(file, { safety: 'safe' }).edits).toEqual([]);
    for (const reference of file.semantics.references) expect(fixOf(reference, judgeIn(reference, file), file)).toBeNull();
  });
});

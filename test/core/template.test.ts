/** Signatures, binding, literals and the template language. */
import { describe, expect, it } from 'vitest';
import { bind } from '../../server/src/core/catalog/bind';
import { fillTemplate } from '../../server/src/core/catalog/fill-template';
import { filledText } from '../../server/src/core/catalog/judge';
import { fold, invert, negate, parseLiteral, sameLiteral } from '../../server/src/core/catalog/literal';
import { derivedValue } from '../../server/src/core/catalog/renaming';
import { parseSignature } from '../../server/src/core/catalog/signature';
import { parseTemplate } from '../../server/src/core/catalog/template';
import { precedenceOf, PRECEDENCE, tokenize } from '../../server/src/core/catalog/tokens';
import { valueType } from '../../server/src/core/catalog/value-type';
import type { Call, Expr, ExprStmt } from '../../server/src/core/syntax/ast';
import { catalog, fileOf } from './scene';

const roots = catalog.targets.importRoots('mindspore');

/** The filled template of a call, or the id of what stands in its way. */
function fill(template: string, params: string, source: string): string {
  const file = fileOf(source);
  const call = (file.module.body[0] as ExprStmt).value as Call;
  const binding = bind(call, parseSignature(params));
  if ('id' in binding) return binding.id;
  const self = call.func.kind === 'Attribute' ? call.func.value : null;
  const typeOf = (value: Expr) => valueType(value, file.semantics, catalog);
  const filled = fillTemplate(parseTemplate(template, roots), { source, binding, self, typeOf });
  if ('id' in filled) return filled.id;
  return (filled.assigns ? `${filledText(filled.assigns, source)} = ` : '') + filledText(filled.value, source);
}

describe('signatures', () => {
  it('reads every kind of parameter', () => {
    const { params } = parseSignature("(a, b=(1, 2), /, c: int = 3, *args, d, e='x, y', **kw) -> Tensor");
    expect(params.map(({ name, kind, default: value }) => [name, kind, value])).toEqual([
      ['a', 'positional-only', null],
      ['b', 'positional-only', '(1, 2)'],
      ['c', 'positional', '3'],
      ['args', 'star', null],
      ['d', 'keyword', null],
      ['e', 'keyword', "'x, y'"],
      ['kw', 'doublestar', null],
    ]);
    expect(parseSignature('()').params).toEqual([]);
    expect(parseSignature('(a, *, b=1)').params[1]!.kind).toBe('keyword');
  });

  it.each(['', 'a, b', '(a', '(a, a)', '(1)', '(a=)', '(a,, b)'])('refuses %j', (text) => {
    expect(() => parseSignature(text)).toThrow();
  });
});

describe('binding', () => {
  it.each([
    ['(a, b=1)', 'f(x, 2)', 'g(x, 2)'],
    ['(a, b=1)', 'f(b=2, a=x)', 'g(x, 2)'],
    ['(a, b=1)', 'f(x)', 'g(x, 1)'],
    ['(a, b=1)', 'f(*x)', 'star-argument'],
    ['(a, b=1)', 'f(x, **k)', 'double-star-argument'],
    ['(a, b=1)', 'f(x, 1, 2)', 'too-many-arguments'],
    ['(a, b=1)', 'f(x, c=2)', 'unknown-argument'],
    ['(a, b=1)', 'f(x, a=2)', 'argument-twice'],
    ['(a, b=1)', 'f()', 'missing-argument'],
    ['(a, /, b=1)', 'f(a=2)', 'unknown-argument'],
  ])('%s of %s', (params, source, expected) =>
    expect(fill('nn.g({a}, {b})'.replace('nn.g', 'np'), params, source)).toBe(expected.replace(/^g/, 'np')),
  );

  it('knows the array spelling of PyTorch parameters', () => {
    expect(fill('ops.g({input}, axis={dim}, keepdims={keepdim})', '(input, dim=None, keepdim=False)', 'f(x, axis=1, keepdims=True)')).toBe(
      'ops.g(x, axis=1, keepdims=True)',
    );
  });
});

describe('templates', () => {
  const params = "(x, k=0, *, eps=1e-05, flag=True, momentum=0.1, mode='none')";
  it.each([
    ['leaves a keyword out', 'ops.g({x}, a={k})', 'f(y)', 'ops.g(y)'],
    ['hands a keyword on', 'ops.g({x}, a={k})', 'f(y, 2)', 'ops.g(y, a=2)'],
    ['writes the default of a positional', 'ops.g({x}, {k})', 'f(y)', 'ops.g(y, 0)'],
    ['inserts another default', 'ops.g({x}, e={eps=1e-3})', 'f(y)', 'ops.g(y, e=1e-3)'],
    ['takes the default written out as absent', 'ops.g({x}, e={eps=1e-3})', 'f(y, eps=0.00001)', 'ops.g(y, e=1e-3)'],
    ['keeps another value', 'ops.g({x}, e={eps=1e-3})', 'f(y, eps=1)', 'ops.g(y, e=1)'],
    ['takes a template as default', 'ops.g({x}, a={k={x}})', 'f(y)', 'ops.g(y, a=y)'],
    ['folds arithmetic', 'ops.g({x}, m=1 - {momentum})', 'f(y, momentum=0.2)', 'ops.g(y, m=0.8)'],
    ['leaves out a computed keyword', 'ops.g({x}, m=1 - {momentum})', 'f(y)', 'ops.g(y)'],
    ['computes a default', 'ops.g({x}, m=1 - {momentum=0.1})', 'f(y)', 'ops.g(y, m=0.9)'],
    ['computes with names', 'ops.g({x}, m=1 - {momentum})', 'f(y, momentum=a - b)', 'ops.g(y, m=1 - (a - b))'],
    ['inverts a literal', 'ops.g({x}, no=not {flag})', 'f(y, flag=False)', 'ops.g(y, no=True)'],
    ['inverts a name', 'ops.g({x}, no=not {flag})', 'f(y, flag=a or b)', 'ops.g(y, no=not (a or b))'],
    ['negates', 'ops.g(-{x}, -{k})', 'f(y, 3)', 'ops.g(-y, -3)'],
    ['negates a negative', 'ops.g(-{k})', 'f(y, -3)', 'ops.g(3)'],
    ['parenthesises for an attribute', '{x}.T', 'f(a + b)', '(a + b).T'],
    ['parenthesises a number for an attribute', '{x}.T', 'f(1)', '(1).T'],
    ['does not parenthesise a call', '{x}.T', 'f(a(b))', 'a(b).T'],
    ['parenthesises operands', '{x} * {k}', 'f(a + b, c * d)', '(a + b) * (c * d)'],
    ['parenthesises a power', '{x} ** 2', 'f(-a)', '(-a) ** 2'],
    ['does not parenthesise an argument', 'ops.g({x})', 'f(a if b else c)', 'ops.g(a if b else c)'],
    ['parenthesises a named expression', 'ops.g(a={x})', 'f(y := 1)', 'ops.g(a=(y := 1))'],
    ['writes conditions', '{x} if {k} else None', 'f(a or b, lambda: 1)', 'a or b if (lambda: 1) else None'],
    ['writes lambdas', 'lambda v: v + {x}', 'f(a if b else c)', 'lambda v: v + (a if b else c)'],
    ['writes tuples, lists and slices', '({x},)[0][1:{k}, ::2]', 'f(a, n)', '(a,)[0][1:n, ::2]'],
    ['takes dotted import roots', 'mindspore.dataset.dataloader.DataLoader({x})', 'f(a)', 'DataLoader(a)'],
    ['wraps one value as a shape', 'ops.g({x:shape})', 'f(8)', 'ops.g((8,))'],
    ['wraps an unknown value as a shape', 'ops.g({x:shape})', 'f(n)', 'ops.g((n,))'],
    ['keeps a tuple as a shape', 'ops.g({x:shape})', 'f([1, 2])', 'ops.g([1, 2])'],
    ['knows the length of a tuple written out', 'ops.g(-len({x}))', 'f((1, 2))', 'ops.g(-2)'],
    ['uses a name twice', 'ops.g({x}, {x}.shape)', 'f(a.b[0])', 'ops.g(a.b[0], a.b[0].shape)'],
    ['does not evaluate a call twice', 'ops.g({x}, {x}.shape)', 'f(a())', 'evaluated-twice'],
    ['assigns', '{x} = {x} + {k}', 'f(a, 1)', 'a = a + 1'],
  ])('%s', (_what, template, source, expected) => expect(fill(template, params, source)).toBe(expected));

  it.each([
    ['f(2, 3)', 'ops.g((2, 3))'],
    ['f((2, 3))', 'ops.g((2, 3))'],
    ['f(s)', 'ops.g(s)'],
    ['f(4)', 'ops.g((4,))'],
    ['f(*s)', 'ops.g((*s,))'],
    ['f(a, *s)', 'ops.g((a, *s))'],
    ['f()', 'ops.g(())'],
    ['f(size=(2, 3), a=1)', 'ops.g((2, 3), a=1)'],
  ])('packs star arguments of %s', (source, expected) =>
    expect(fill('ops.g({size:tuple}, {**kw})', '(*size, **kw)', source)).toBe(expected),
  );

  it.each([
    ['x.f(0, *s)', 'x.g(0, *s)'],
    ['x.f()', 'x.g()'],
    ['(x + 1).f(k=1, **o)', '(x + 1).g(k=1, **o)'],
  ])('splices star arguments of %s', (source, expected) =>
    expect(fill('{self}.g({*dims}, {**kw})', '(*dims, **kw)', source)).toBe(expected),
  );

  it.each(['torch.cat({x})', 'unknown({x})', 'ops.g({x)', 'ops.g({x:list})', 'ops.g() ops', 'ops.g({x}, a=)', ''])(
    'refuses %j',
    (template) => {
      expect(() => parseTemplate(template, roots)).toThrow();
    },
  );
});

describe('a renaming', () => {
  const derived = (to: string, params: string) => derivedValue(parseTemplate(to, roots), [parseSignature(params)], []) !== null;
  it('also stands for the API where it is not called', () => {
    expect(derived('ops.relu({input})', '(input)')).toBe(true);
    expect(derived('ops.cat({a}, dim={dim})', '(a, dim=0, *, out=None)')).toBe(true);
    expect(derived('ops.g({*a}, {**k})', '(*a, **k)')).toBe(true);
  });
  it('is none when it changes anything', () => {
    expect(derived('ops.cat({a}, axis={dim})', '(a, dim=0)')).toBe(false);
    expect(derived('ops.g({b}, {a})', '(a, b)')).toBe(false);
    expect(derived('ops.g({a})', '(a, b=1)')).toBe(false);
    expect(derived('ops.g({a}, b={b=2})', '(a, b=1)')).toBe(false);
    expect(derived('{a}.g()', '(a)')).toBe(false);
  });
});

describe('literals', () => {
  it('are compared by value', () => {
    expect(sameLiteral('1e-5', '0.00001')).toBe(true);
    expect(sameLiteral("'a'", '"a"')).toBe(true);
    expect(sameLiteral('1', '1.0')).toBe(false);
    expect(sameLiteral('True', '1')).toBe(false);
    expect(sameLiteral('torch.strided', 'torch . strided')).toBe(true);
    expect(sameLiteral("'a' 'b'", "'a'")).toBe(false);
  });
  it('are computed with as their author means them', () => {
    expect(fold('1', '-', '0.9')).toBe('0.1');
    expect(fold('1', '-', '0.1')).toBe('0.9');
    expect(fold('1', '-', '0.0')).toBe('1.0');
    expect(fold('6', '/', '3')).toBe('2.0');
    expect(fold('2', '*', '3')).toBe('6');
    expect(fold('1', '/', '0')).toBeNull();
    expect(fold('1', '+', 'True')).toBeNull();
    expect(negate('-1')).toBe('1');
    expect(negate('1e-05')).toBe('-0.00001');
    expect(invert('1')).toBeNull();
    expect(parseLiteral('0x10')).toBeNull();
  });
});

describe('tokens', () => {
  it('know strings, comments and line breaks', () => {
    const words = (text: string) => tokenize(text).map(({ type, text: word }) => `${type} ${word.trim()}`);
    expect(words('a = rb"x\\"y" # c\nb')).toEqual(['name a', 'op =', 'string rb"x\\"y"', 'comment # c', 'newline ', 'name b']);
    expect(words('f(\n1.5e-3, """a\n"b"""\n)')).toEqual(['name f', 'op (', 'number 1.5e-3', 'op ,', 'string """a\n"b"""', 'op )']);
    expect(words(`f"{d["k"]}" f'{{'`)).toEqual(['string f"{d["k"]}"', "string f'{{'"]);
    expect(words('a \\\n + b')).toEqual(['name a', 'op +', 'name b']);
    expect(words('"open\n')).toEqual(['string "open', 'newline ']);
  });

  it.each([
    ['a.b(c)[d]', PRECEDENCE.atom],
    ['1', PRECEDENCE.number],
    ['-1', PRECEDENCE.unary],
    ['a + b * c', PRECEDENCE.sum],
    ['a * -b', PRECEDENCE.product],
    ['a ** -b', PRECEDENCE.unary],
    ['a not in b', PRECEDENCE.compare],
    ['not a', PRECEDENCE.not],
    ['a if b else c', PRECEDENCE.conditional],
    ['lambda: a, b', PRECEDENCE.lambda],
    ['a, b', PRECEDENCE.bare],
    ['x for x in y', PRECEDENCE.bare],
    ['(a, b)', PRECEDENCE.atom],
    ['await a', PRECEDENCE.await],
    ['*a', PRECEDENCE.bare],
  ])('know how tightly %s binds', (text, expected) => expect(precedenceOf(text)).toBe(expected));
});

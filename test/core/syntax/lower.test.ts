import { describe, expect, it } from 'vitest';
import type { Node } from '../../../server/src/core/syntax/ast';
import { descendants } from '../../../server/src/core/syntax/walk';
import { brief, parse, problems } from './support';

/** Source → tree in brief (see support.ts). Every case is also checked for parents, spans and names. */
const EXPRESSIONS: [string, string][] = [
  ['x', 'x'],
  ['(((x)))', 'x'],
  ['torch.nn.functional.relu', 'torch.nn.functional.relu'],
  ['(\n  a\n  .b\n  .c(1)\n)', '(Call a.b.c [int:1])'],
  ['("a"\n "b").format', '"ab".format'],
  ['f()', '(Call f [])'],
  ['f(x, *a, k=1, **kw)', '(Call f [x *a k=int:1 **kw])'],
  ['f(*a.b(c)[0] + d)', '(Call f [*((Index (Call a.b [c]) [int:0]) + d)])'],
  ['[*a.b, c]', '(List [(Starred a.b) c])'],
  ['f(x for x in y)', '(Call f [(Comp generator [x] for x in y)])'],
  ['f(print=1, match=2, type=3)', '(Call f [print=int:1 match=int:2 type=int:3])'],
  ['x[1]', '(Index x [int:1])'],
  ['x[1, ..., ::2, a:b, *c]', '(Index x [int:1 ellipsis:null (Slice - - int:2) (Slice a b -) (Starred c)])'],
  ['x[:]', '(Index x [(Slice - - -)])'],
  ['x[a:b:c]', '(Index x [(Slice a b c)])'],
  ['[1, 2.5, 1e-5, 0x1F, 0b11, 0o17, 1_000]', '(List [int:1 float:2.5 float:0.00001 int:31 int:3 int:15 int:1000])'],
  ['[3j, 0j, .5, 1., 1e3j]', '(List [complex:null complex:null float:0.5 float:1 complex:null])'],
  ['(True, False, None, ...)', '(Tuple() [bool:true bool:false none:null ellipsis:null])'],
  ['1, 2', '(Tuple [int:1 int:2])'],
  ['(1,)', '(Tuple() [int:1])'],
  ['a,', '(Tuple [a])'],
  ['()', '(Tuple() [])'],
  ['{1, 2}', '(Set [int:1 int:2])'],
  ['{}', '(Dict )'],
  ["{'a': b, **c}", '(Dict "a":b **c)'],
  ['a + b * c ** -d', '(a + (b * (c ** (- d))))'],
  ['a @ b // c << d', '(((a @ b) // c) << d)'],
  ['not a and b or c', '(((not a) and b) or c)'],
  ['a < b <= c', '(a < b <= c)'],
  ['a is  not b not\n in c'.replace('\n', ' '), '(a is not b not in c)'],
  ['a if b else c', '(IfExp b a c)'],
  ['lambda: 0', '(Lambda [] int:0)'],
  ['lambda x, *a, k=1, **kw: x', '(Lambda [x *a !k=int:1 **kw] x)'],
  ['[x for x, in y if x if z for w in x]', '(Comp list [x] for (Tuple [x]) in y if x if z for w in x)'],
  ['{k: v for k, v in d.items()}', '(Comp dict [k v] for (Tuple [k v]) in (Call d.items []))'],
  ['{x async for x in y}', '(Comp set [x] async for x in y)'],
  ['(x for x in y)', '(Comp generator [x] for x in y)'],
  ['(y := f(x))', '(y := (Call f [x]))'],
  ['await x', '(Await x)'],
  ['(yield)', '(Yield -)'],
  ['(yield from x)', '(Yield from x)'],
];

const STRINGS: [string, string][] = [
  ["'a'", '"a"'],
  ['"""a\nb"""', '"a\\nb"'],
  ['"""a\r\nb"""', '"a\\nb"'],
  ["'a\\n\\x41\\u0042\\U00000043\\101\\''", '"a\\nABCA\'"'],
  ["'a\\\nb'", '"ab"'],
  ["r'\\n'", '"\\\\n"'],
  ["r'\\\\'", '"\\\\\\\\"'],
  ["''", '""'],
  ["b'x'", 'bytes:null'],
  ["'a' \"b\" r'c'", '"abc"'],
  ["b'a' b'b'", 'bytes:null'],
  ["f'a'", 'f[]'],
  ["f'{x!r:>{w}} {y=} {{z}}'", 'f[x w y]'],
  ["'a' f'{x}' f'{y}'", 'f[x y]'],
  ['f\'{torch.relu(x):.{d["k"]}f}\'', 'f[(Call torch.relu [x]) (Index d ["k"])]'],
  ["f'{f'{x}'}'", 'f[f[x]]'],
  ["rf'{x}\\d'", 'f[x]'],
  ["f'{x, y}'", 'f[(Tuple [x y])]'],
  ["t'{x}'", 'f[x]'],
  ["'😀' + x", '("😀" + x)'],
];

const STATEMENTS: [string, string][] = [
  ['x = 1', '(Assign [x] int:1)'],
  ['a = b, c = d', '(Assign [a (Tuple [b c])] d)'],
  ['a, *b = c', '(Assign [(Tuple [a (Starred b)])] c)'],
  ['[a, (b, c)] = d', '(Assign [(List [a (Tuple() [b c])])] d)'],
  ['(a) = 1', '(Assign [a] int:1)'],
  ['(a,) = 1', '(Assign [(Tuple() [a])] int:1)'],
  ['x: int', '(Assign [x] :int -)'],
  ['x: Optional[torch.Tensor] = None', '(Assign [x] :(Index Optional [torch.Tensor]) none:null)'],
  ['x: dict[str, list[int]]', '(Assign [x] :(Index dict [str (Index list [int])]) -)'],
  ['x: t.Optional[int] | None = y', '(Assign [x] :((Index t.Optional [int]) | none:null) y)'],
  ['x.y[0] += 1', '(AugAssign (Index x.y [int:0]) += int:1)'],
  ['x //= yield', '(AugAssign x //= (Yield -))'],
  ['a; b;', '(ExprStmt a) (ExprStmt b)'],
  ['pass', 'Pass'],
  ['while x:\n  break\nelse:\n  continue', '(While x [Break] [Continue])'],
  ['del a, b[0]', '(Delete [a (Index b [int:0])])'],
  ['del (a)', '(Delete [a])'],
  ['assert a, b', '(Assert a b)'],
  ['raise', '(Raise - -)'],
  ['raise E(x) from y', '(Raise (Call E [x]) y)'],
  ['global a, b\nnonlocal c', '(Global a b) (Nonlocal c)'],
  ['import a.b as c, d', '(Import a.b as c, d)'],
  ['from a.b import (c as d, e,)', '(From a.b c as d, e)'],
  ['from . import x', '(From . x)'],
  ['from ...a import x as y', '(From ...a x as y)'],
  ['from x import *', '(From x *)'],
  ['from __future__ import annotations', '(From __future__ annotations)'],
  [
    'if a:\n  b\nelif c:\n  d\nelif e:\n  f\nelse:\n  g',
    '(If a [(ExprStmt b)] [(Elif c [(ExprStmt d)] [(Elif e [(ExprStmt f)] [(ExprStmt g)])])])',
  ],
  ['if a: b', '(If a [(ExprStmt b)] [])'],
  ['for x, y in z:\n  pass\nelse:\n  pass', '(For (Tuple [x y]) z [Pass] [Pass])'],
  ['for x in *a, b: pass', '(For x (Tuple [(Starred a) b]) [Pass] [])'],
  [
    'async def f():\n  async for x in y: pass\n  async with a as b: await c',
    '(AsyncDef f [] - [(AsyncFor x y [Pass] []) (AsyncWith a as b [(ExprStmt (Await c))])])',
  ],
  ['with a, b as c, d as (e, f): pass', '(With a, b as c, d as (Tuple() [e f]) [Pass])'],
  ['with (open(a) as f, open(b)): pass', '(With (Call open [a]) as f, (Call open [b]) [Pass])'],
  ['with torch.no_grad(): pass', '(With (Call torch.no_grad []) [Pass])'],
  [
    'try:\n  a\nexcept E: b\nexcept (F, G) as e: c\nexcept: d\nelse: g\nfinally: h',
    '(Try [(ExprStmt a)] [(Except E - [(ExprStmt b)]) (Except (Tuple() [F G]) e [(ExprStmt c)]) (Except - - [(ExprStmt d)])] [(ExprStmt g)] [(ExprStmt h)])',
  ],
  ['try: a\nexcept* E as e: b', '(Try [(ExprStmt a)] [(Except E e [(ExprStmt b)])] [] [])'],
  ['try: a\nexcept E, F: b', '(Try [(ExprStmt a)] [(Except (Tuple [E F]) - [(ExprStmt b)])] [] [])'],
  ['def f(): ...', '(Def f [] - [(ExprStmt ellipsis:null)])'],
  [
    'def f(a, /, b: int = 1, *args: T, c=2, **k: U) -> R: return a, b',
    '(Def f [/a b:int=int:1 *args:T !c=int:2 **k:U] R [(Return (Tuple [a b]))])',
  ],
  ['def f(a, *, b, c: int): return', '(Def f [a !b !c:int] - [(Return -)])'],
  ['def f(*args: *Ts): pass', '(Def f [*args:(Starred Ts)] - [Pass])'],
  ['def f[T: (int, str), *Ts, **P](x: T) -> T: pass', '(Def f[T:(Tuple() [int str]) *Ts **P] [x:T] T [Pass])'],
  ['@a.b(c)\n@d[0]\n@(e := f)\ndef g(): pass', '(Def @(Call a.b [c]) @(Index d [int:0]) @(e := f) g [] - [Pass])'],
  ['class A: x = 1', '(Class A [] [(Assign [x] int:1)])'],
  [
    'class A[T](nn.Module, metaclass=M, **k):\n  """Doc."""\n  def f(self): pass',
    '(Class A[T] [nn.Module metaclass=M **k] [(ExprStmt "Doc.") (Def f [self] - [Pass])])',
  ],
  ['@d\nclass A(B): pass', '(Class @d A [B] [Pass])'],
  ['type X = int | str', '(Type X (int | str))'],
  ['type A[T: int] = list[T]', '(Type A[T:int] (Index list [T]))'],
  ['type = 1\nmatch = type\nprint = match', '(Assign [type] int:1) (Assign [match] type) (Assign [print] match)'],
  ['match x, y:\n  case [1, *r] | (2, _): pass', '(Match (Tuple [x y]) [(Case [r] [int:1 int:2] - [Pass])])'],
  ['match x:\n  case a.B(c, k=d.E) if g: pass\n  case F(): pass', '(Match x [(Case [c] [a.B d.E] g [Pass]) (Case [] [F] - [Pass])])'],
  [
    'match x:\n  case {"k": v, **r} as w: pass\n  case "a" | -1 | None: pass',
    '(Match x [(Case [v r w] ["k"] - [Pass]) (Case [] ["a" int:1 none:null] - [Pass])])',
  ],
  [
    'match x:\n  case torch.Tensor() as t: pass\n  case other: pass',
    '(Match x [(Case [t] [torch.Tensor] - [Pass]) (Case [other] [] - [Pass])])',
  ],
  // Python 2: kept as broken stretches, whatever the grammar thinks
  ['print "a", b', '(ErrorStmt [(ExprStmt "a") (ExprStmt b)])'],
  ['print >>f, x', '(ErrorStmt [(ExprStmt f) (ExprStmt x)])'],
  ['exec "a" in b', '(ErrorStmt [(ExprStmt "a") (ExprStmt b)])'],
  ['print(a, b)', '(ExprStmt (Call print [a b]))'],
  ['if x:\n  # only a comment\n  pass', '(If x [Pass] [])'],
];

/** Broken text: what is healthy stays. */
const BROKEN: [string, string][] = [
  ['torch.', '(ErrorStmt [(ExprStmt torch)])'],
  ['x = torch.\ny = 1', '(Assign [x (Error [torch])] int:1)'],
  ['def f(self, x y):\n  return torch.relu(x)', '(Def f [self x] - [(ErrorStmt [(ExprStmt y)]) (Return (Call torch.relu [x]))])'],
  ['foo(a, b c)', '(ExprStmt (Error [(Call foo [a b]) c]))'],
  ['x = torch.relu(a) b', '(Assign [x] (Call torch.relu [a])) (ExprStmt b)'],
  ['def f(:\n  x = torch.relu(y)', '(Def f [] - [(Assign [x] (Call torch.relu [y]))])'],
  ['print(a as b)', '(ExprStmt (Call print [(Error [a b])]))'],
  ['', ''],
];

const checked = (text: string): string => {
  const module = parse(text);
  expect(problems(module, text)).toEqual([]);
  return brief(module);
};

describe('lowering', () => {
  it.each(EXPRESSIONS)('expression %j', (source, expected) => {
    expect(checked(source)).toBe(`(ExprStmt ${expected})`);
    expect(parse(source).hasError).toBe(false);
  });
  it.each(STRINGS)('string %j', (source, expected) => {
    expect(checked(source)).toBe(`(ExprStmt ${expected})`);
    expect(parse(source).hasError).toBe(false);
  });
  it.each(STATEMENTS)('statement %j', (source, expected) => {
    expect(checked(`${source}\n`)).toBe(expected);
    expect(parse(`${source}\n`).hasError).toBe(false);
  });
  it.each(BROKEN)('broken %j', (source, expected) => {
    expect(checked(`${source}\n`)).toBe(expected);
  });

  it('keeps comments with their places', () => {
    const text = '# a\nx = 1  #b\ndef f():  # c\n    return 1\n    # d\n#e';
    expect(parse(text).comments.map(({ start, end, text: words }) => [text.slice(start, end), words])).toEqual([
      ['# a', ' a'],
      ['#b', 'b'],
      ['# c', ' c'],
      ['# d', ' d'],
      ['#e', 'e'],
    ]);
  });

  it('ends statements before the comments after them', () => {
    const text = 'def f():\n    return 1\n    # inside\n\n# outside\nx = 1\n';
    const [def] = parse(text).body;
    expect(text.slice(def!.start, def!.end)).toBe('def f():\n    return 1');
  });

  it('gives spans without enclosing parentheses, and with those that belong to the construct', () => {
    const text = 'f((a), (b, c), k=(d)).g((x for x in y))[(e):f]';
    const words = (kind: Node['kind']) =>
      [...descendants(parse(text))].filter((n) => n.kind === kind).map((n) => text.slice(n.start, n.end));
    expect(words('Tuple')).toEqual(['(b, c)']);
    expect(words('Argument')).toEqual(['(x for x in y)', '(a)', '(b, c)', 'k=(d)'].sort((p, q) => text.indexOf(p) - text.indexOf(q)));
    expect(words('Slice')).toEqual(['(e):f']);
    const call = [...descendants(parse(text))].find((n) => n.kind === 'Call' && n.func.kind === 'Name');
    expect(call?.kind === 'Call' && text.slice(call.argsSpan.start, call.argsSpan.end)).toBe('((a), (b, c), k=(d))');
  });

  it('reads decorated definitions from the first decorator on', () => {
    const text = '@a\n@b(1)\nasync def f(): pass\n';
    const [def] = parse(text).body;
    expect(def?.kind === 'FunctionDef' && [def.start, text.slice(def.headerStart, def.nameSpan.end)]).toEqual([0, 'async def f']);
  });

  it.each([
    ['CRLF', 'x = 1\r\ndef f(a):\r\n\treturn torch.relu(a)\r\n'],
    ['byte order mark', '\ufeffx = 1\ndef f(a):\n\treturn torch.relu(a)\n'],
    ['form feed', 'x = 1\n\f\ndef f(a):\n\treturn torch.relu(a)\n'],
    ['no newline at the end', 'x = 1\ndef f(a):\n  return torch.relu(a)'],
    ['surrogate pairs', 'x = 1 # 😀\ndef f(a): # 𝒙\n  return torch.relu(a)\n'],
    ['line continuation', 'x = \\\n  1\ndef f(a): \\\n  return torch.relu(a)\n'],
  ])('is the same program with %s', (_, text) => {
    const module = parse(text);
    expect(module.hasError).toBe(false);
    expect(problems(module, text)).toEqual([]);
    expect(brief(module)).toBe('(Assign [x] int:1) (Def f [a] - [(Return (Call torch.relu [a]))])');
  });

  it('gives a broken piece of a block one place, when the header of the block is broken too', () => {
    const text = 't.view(-1) for t in xs if t is not None]\n\n\n\ndef h(a):\n    return a\n\n# comment\n\tmport torch.nn as nn\n';
    expect(problems(parse(text), text)).toEqual([]);
  });

  it.each([
    ['parentheses', `${'('.repeat(4000)}x${')'.repeat(4000)}`],
    ['open parentheses', '('.repeat(4000)],
    ['attributes', `x${'.a'.repeat(6000)}`],
    ['calls', `x${'(1)'.repeat(6000)}`],
    ['operators', `x${' + x'.repeat(6000)}`],
    ['right-nested operators', `${'x ** '.repeat(3000)}x`],
    ['not', `${'not '.repeat(3000)}x`],
    ['lists', `${'['.repeat(3000)}${']'.repeat(3000)}`],
    ['lambdas', `${'lambda: '.repeat(3000)}x`],
    ['chained assignments', `${'a = '.repeat(3000)}x`],
    ['elif', `if a:\n  b\n${'elif c:\n  d\n'.repeat(3000)}`],
    ['nested blocks', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}if x:\n`).join('') + ' '.repeat(300) + 'pass\n'],
    ['patterns', `match x:\n  case ${'['.repeat(1000)}a${']'.repeat(1000)}: pass\n`],
    ['f-strings', `${"f'{".repeat(200)}x${"}'".repeat(200)}`],
  ])('survives thousands of nested %s', (_, text) => {
    expect(problems(parse(text), text)).toEqual([]);
  });
});

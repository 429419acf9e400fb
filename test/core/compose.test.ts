/** Rewrites become edits: only the tokens concerned change, comments stay, imports are mended once. */
import { describe, expect, it } from 'vitest';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { compose } from '../../server/src/core/fixes/compose';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import type { Piece, Rewrite } from '../../server/src/core/fixes/rewrite';
import type { Expr, Node, Stmt } from '../../server/src/core/syntax/ast';
import { descendants } from '../../server/src/core/syntax/walk';
import { catalogOf, fileOf, parse } from './scene';

const route = (to: string, more: object = {}) =>
  ({ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to, ...more }) as ApiRecord['routes'][number];
const record = (torch: string, params: string, to: string, more: object = {}): ApiRecord => ({
  torch,
  kind: 'function',
  params,
  returns: 'Tensor',
  routes: [route(to, more)],
  examples: [],
  sources: [],
});

const catalog = catalogOf(
  record('torch.cat', '(tensors, dim=0, *, out=None)', 'ops.cat({tensors}, axis={dim})'),
  record('torch.add', '(input, other, *, alpha=1)', '{input} + {other}'),
  record('torch.neg', '(input)', '-{input}'),
  record('torch.swap', '(a, b, c=0)', 'ops.swap({b}, {a}, third={c})'),
  record('torch.zeros', '(*size, dtype=None, device=None)', 'ops.zeros({size:tuple}, dtype={dtype})', { ignores: ['device'] }),
  record('torch.gelu', '(x)', 'mindport_ops.gelu({x})'),
  record('torch.nn.functional.mode', "(x, mode='a')", "ops.mode({x}, mode={mode='none'})"),
  { ...record('torch.float32', '', 'ms.float32'), kind: 'value', params: undefined, returns: 'torch.dtype' },
  { ...record('torch.Tensor', '', ''), kind: 'class', params: undefined, routes: [{ ...route(''), to: undefined, value: 'ms.Tensor' }] },
  { ...record('torch.Tensor.view', '(*shape)', '{self}.reshape({shape:tuple})'), kind: 'method' },
  { ...record('torch.Tensor.add_', '(other)', '{self} = {self} + {other}'), kind: 'method' },
  { ...record('torch.Tensor.cuda', '(device=None)', '{self}', { verdict: 'drop', ignores: ['device'] }), kind: 'method' },
  { ...record('torch.Tensor.T', '', '{self}.swapaxes(0, 1)'), kind: 'property', params: undefined },
  record('torch.manual_seed', '(seed)', 'None', { verdict: 'drop', ignores: ['seed'] }),
);

function fixed(text: string, options: { removeUnused?: boolean } = {}): string {
  const result = composeAll(fileOf(text, ['mindspore@cpu'], catalog), {
    safety: 'review',
    removeUnused: options.removeUnused ? (binding) => binding.target.startsWith('torch') : undefined,
  });
  const after = result.text();
  expect(parse(after).hasError, after).toBe(false);
  expect(composeAll(fileOf(after, ['mindspore@cpu'], catalog), { safety: 'review' }).edits, `a second time:\n${after}`).toEqual([]);
  return after;
}

/** The fixed text below its imports, for an input that imports torch and has tensors x and y. */
function body(text: string): string {
  const lines = fixed(`import torch\n\ndef f(x: torch.Tensor, y: torch.Tensor):\n${text.replace(/^(?=.)/gm, '    ')}\n`).split('\n');
  return lines
    .slice(lines.findIndex((line) => line.startsWith('def f')) + 1)
    .join('\n')
    .replace(/^ {4}/gm, '')
    .trimEnd();
}

describe('tokens', () => {
  it('changes only what differs and keeps the blanks of the author', () => {
    expect(body('z = torch.cat( [x,y] , dim = 1 )')).toBe('z = ops.cat( [x,y] , axis = 1 )');
  });

  it('renders nested calls', () => {
    expect(body('z = torch.cat([torch.zeros(2, 3), torch.cat((x, y))], dim=torch.zeros(1).view(1))')).toBe(
      'z = ops.cat([ops.zeros((2, 3)), ops.cat((x, y))], axis=ops.zeros((1,)).reshape((1,)))',
    );
  });

  it('reorders arguments with their own layout', () => {
    expect(body('z = torch.swap(x.view(2, 3), b=y)')).toBe('z = ops.swap(y, x.reshape((2, 3)))');
  });

  it('puts parentheses where they are needed, and only there', () => {
    expect(body('z = torch.add(x, y).view(2)')).toBe('z = (x + y).reshape((2,))');
    expect(body('z = torch.add(x, y) * 2')).toBe('z = (x + y) * 2');
    expect(body('z = 2 - torch.add(x, y)')).toBe('z = 2 - (x + y)');
    expect(body('z = (torch.add(x, y)) * 2')).toBe('z = (x + y) * 2');
    expect(body('z = torch.cat([torch.add(x, y)])')).toBe('z = ops.cat([x + y])');
    expect(body('z = torch.neg(x + y)')).toBe('z = -(x + y)');
    expect(body('z = torch.add(x if x is None else y, y)')).toBe('z = (x if x is None else y) + y');
    expect(body('z = torch.neg(x) ** 2')).toBe('z = (-x) ** 2');
    expect(body('z = torch.add(x, y)[0]')).toBe('z = (x + y)[0]');
    expect(body('z = x[torch.add(x, y)]')).toBe('z = x[x + y]');
  });
});

describe('layout', () => {
  it('keeps comments and lines of an argument list', () => {
    expect(
      body(`z = torch.cat(
    [x, y],  # the parts
    dim=1,  # channels
)`),
    ).toBe(`z = ops.cat(
    [x, y],  # the parts
    axis=1,  # channels
)`);
  });

  it('takes a deleted argument with its comma and blanks', () => {
    expect(body('z = torch.zeros(2, 3, device=x.device)')).toBe('z = ops.zeros((2, 3))');
    expect(body('z = torch.zeros(2, device=x.device, dtype=torch.float32)')).toBe('z = ops.zeros((2,), dtype=ms.float32)');
    expect(
      body(`z = torch.zeros(
    2,
    3,
    device=x.device,
)`),
    ).toBe(`z = ops.zeros(
    (2,
    3),
)`);
  });

  it('keeps the comment of a deleted argument', () => {
    const after = body(`z = torch.zeros(
    (2, 3),  # shape
    dtype=torch.float32,  # precision
    device=x.device,  # where x is
)`);
    expect(after).toBe(`z = ops.zeros(
    (2, 3),  # shape
    dtype=ms.float32,  # precision
    # where x is
)`);
  });

  it('keeps a chain over several lines', () => {
    expect(
      body(`z = (
    x.view(2, 3)  # flat
    .cuda()
    .view(6)
)`),
    ).toBe(`z = (
    x.reshape((2, 3))  # flat
    .reshape((6,))
)`);
  });

  it('parenthesises an argument whose line break would end the statement', () => {
    expect(body('z = torch.neg(x +\n          y)')).toBe('z = -(x +\n          y)');
    expect(body('z = torch.add(x.view(2,\n    3), y)')).toBe('z = x.reshape((2,\n    3)) + y');
    const after = body('z = torch.add(\n    x,  # left\n    y,  # right\n)');
    expect(after).toContain('# left');
    expect(after).toContain('# right');
    expect(parse(after).hasError).toBe(false);
  });

  it('keeps line ends of the file', () => {
    expect(fixed('import torch\r\n\r\nz = torch.cat([a, b],\r\n    dim=1)  # c\r\n')).toBe(
      'from mindspore import ops\r\n\r\nz = ops.cat([a, b],\r\n    axis=1)  # c\r\n',
    );
  });

  it('writes the other quotes inside an f-string', () => {
    expect(body(`s = f'{torch.nn.functional.mode(x)} of {torch.cat([x, y], dim=1)}'`)).toBe(
      `s = f'{ops.mode(x, mode="none")} of {ops.cat([x, y], axis=1)}'`,
    );
  });
});

describe('statements', () => {
  it('turns an in-place call into an assignment where it is a statement', () => {
    expect(body('x.add_(y)')).toBe('x = x + y');
    expect(body('x.add_(y.view(2))  # grow')).toBe('x = x + y.reshape((2,))  # grow');
    expect(body('z = x.add_(y)')).toBe('z = x.add_(y)');
  });

  it('removes a call without meaning, leaving its comments', () => {
    expect(body('torch.manual_seed(1)\nz = x')).toBe('z = x');
    expect(body('z = x\ntorch.manual_seed(1)  # same numbers\nreturn z')).toBe('z = x\n# same numbers\nreturn z');
    expect(body('torch.manual_seed(1)')).toBe('pass');
    expect(body('if z:\n    torch.manual_seed(1)\n    # once\n    torch.manual_seed(2)\nreturn x')).toBe(
      'if z:\n    # once\n    pass\nreturn x',
    );
    expect(body('z = x; torch.manual_seed(1); return z')).toBe('z = x; return z');
    expect(body('z = x\n\ntorch.manual_seed(1)\n\n# then\nreturn z')).toBe('z = x\n\n\n# then\nreturn z');
    expect(body('for i in y: torch.manual_seed(i)')).toBe('for i in y: pass');
    expect(body('x.cuda()\nreturn x')).toBe('return x');
    expect(body('torch.manual_seed(1)\ntorch.add(x,\n    y,  # theirs\n    alpha=1,  # one\n)\nz = x')).toBe(
      '# theirs\n# one\nx + y\nz = x',
    );
  });
});

it.each(['x.T = y', 'x.T += y', 'del x.T', 'for x.T in y: pass', 'with y as x.T: pass', '(x.T, z), w = y', '[0 for x.T in y]'])(
  'a property that becomes a call is left where it is assigned to: %s',
  (line) => expect(body(line)).toBe(line),
);

it('a property is read where something inside it is assigned to', () => {
  expect(body('x.T[0] = y.T')).toBe('x.swapaxes(0, 1)[0] = y.swapaxes(0, 1)');
});

describe('imports', () => {
  it('replaces an import that lost its last use and leaves others alone', () => {
    expect(fixed('import os\nimport torch\nimport sys\n\nz = torch.cat([a, b])\n')).toBe(
      'import os\nfrom mindspore import ops\nimport sys\n\nz = ops.cat([a, b])\n',
    );
    expect(fixed('import torch\nimport torch.nn as nn\n\nz = torch.cat([a, b])\n')).toBe(
      'from mindspore import ops\nimport torch.nn as nn\n\nz = ops.cat([a, b])\n',
    );
    expect(fixed('import torch\nimport torch.nn as nn\n\nz = torch.cat([a, b])\n', { removeUnused: true })).toBe(
      'from mindspore import ops\n\nz = ops.cat([a, b])\n',
    );
  });

  it('leaves what `__all__` names, however the list grows', () => {
    const exports = (line: string) =>
      fixed(`import torch\nif C:\n    from torch.other import hub\n    ${line}\nz = torch.cat([a, b])\n`, { removeUnused: true });
    for (const line of ["__all__ += ['hub']", "__all__.append('hub')", "__all__ = ['cat', 'hub']"])
      expect(exports(line)).toBe(`from mindspore import ops\nif C:\n    from torch.other import hub\n    ${line}\nz = ops.cat([a, b])\n`);
    expect(exports("names += ['hub']")).not.toContain('torch');
  });

  it('removes an import whose name a class takes over', () => {
    expect(fixed('from torch import cat\nz = cat([a, b])\nclass cat: pass\ncat()\n')).toBe(
      'from mindspore import ops\nz = ops.cat([a, b])\nclass cat: pass\ncat()\n',
    );
    const one = 'from torch import cat\nif a:\n    class cat: pass\nz = cat([a, b])\n';
    expect(fixed(one)).toBe(one);
    const later = 'from torch import cat\ndef f(): return cat([a, b])\nclass cat: pass\n';
    expect(fixed(later)).toBe(later);
  });

  it('adds imports beside those of PyTorch while it is still used', () => {
    expect(fixed('"""Doc."""\nfrom __future__ import annotations\nimport torch\nimport zlib\n\nz = torch.cat([torch.other(), b])\n')).toBe(
      '"""Doc."""\nfrom __future__ import annotations\nimport torch\nfrom mindspore import ops\nimport zlib\n\nz = ops.cat([torch.other(), b])\n',
    );
  });

  it('takes single names out of an import', () => {
    expect(fixed('from torch import cat, other\nz = cat([other(), b])\n')).toBe(
      'from torch import other\nfrom mindspore import ops\nz = ops.cat([other(), b])\n',
    );
    expect(fixed('from torch import (\n    other,  # keep\n    cat,  # gone\n)\nz = cat([other(), b])\n')).toBe(
      'from torch import (\n    other,  # keep\n    # gone\n)\nfrom mindspore import ops\nz = ops.cat([other(), b])\n',
    );
    expect(fixed('import os, torch\nz = torch.cat([os, b])\n')).toBe('import os\nfrom mindspore import ops\nz = ops.cat([os, b])\n');
  });

  it('uses what is imported already', () => {
    expect(fixed('import torch\nfrom mindspore import ops as o\nz = torch.cat([a, o.x])\n')).toBe(
      'from mindspore import ops as o\nz = o.cat([a, o.x])\n',
    );
    expect(fixed('import torch\nfrom mindspore import nn\nz = torch.cat([a, nn.x])\n')).toBe(
      'from mindspore import nn, ops\nz = ops.cat([a, nn.x])\n',
    );
    expect(fixed('import torch\nfrom mindspore import Tensor, xyz\nz = torch.cat([a, xyz, Tensor])\n')).toBe(
      'from mindspore import Tensor, ops, xyz\nz = ops.cat([a, xyz, Tensor])\n',
    );
  });

  it('takes another name where the usual one means something else', () => {
    expect(fixed('import torch\nops = 1\nz = torch.cat([a, b])\n')).toBe(
      'from mindspore import ops as ms_ops\nops = 1\nz = ms_ops.cat([a, b])\n',
    );
    expect(fixed('import torch\ndef f(ops):\n    return torch.cat(ops)\n')).toBe(
      'from mindspore import ops as ms_ops\ndef f(ops):\n    return ms_ops.cat(ops)\n',
    );
    expect(fixed('import torch\nfrom mine import ops, ms_ops\nz = torch.cat([ops, ms_ops])\n')).toBe(
      'from mindspore import ops as ms_ops2\nfrom mine import ops, ms_ops\nz = ms_ops2.cat([ops, ms_ops])\n',
    );
    expect(fixed('from torch import gelu\nfrom mine import *\nz = gelu(mindport_ops)\n')).toBe(
      'import mindport_ops as mindport_operators\nfrom mine import *\nz = mindport_operators.gelu(mindport_ops)\n',
    );
  });

  it('keeps an import that something else may need', () => {
    expect(fixed('import torch\n__all__ = ["torch"]\nz = torch.cat([a, b])\n')).toContain('import torch\n');
    expect(fixed('import torch\ndef f(x: "torch.Size"):\n    return torch.cat(x)\n')).toContain('import torch\n');
    expect(fixed('try:\n    import torch\nexcept ImportError:\n    torch = None\nz = torch.cat([a, b])\n')).toContain('    import torch\n');
  });

  it('removes imports inside functions and blocks', () => {
    expect(fixed('def f(a):\n    import torch\n    return torch.cat(a)\n')).toBe(
      'from mindspore import ops\n\n\ndef f(a):\n    return ops.cat(a)\n',
    );
    expect(fixed('import os\nif os:\n    import torch\n    z = torch.cat([1])\n')).toBe(
      'import os\nfrom mindspore import ops\nif os:\n    z = ops.cat([1])\n',
    );
    expect(
      fixed('import os\ntry:\n    from torch import cat\nexcept ImportError:\n    from torch.other import cat\nz = cat([os])\n'),
    ).toContain('z = ');
  });
});

describe('pieces', () => {
  const text = `import torch

def f(x):
    # before
    with torch.no_grad():
        # inside
        y = g(x)  # one

        s = """a
        b"""
        if y:
            z = h(
                y,
            )
    return z  # end
`;
  const file = fileOf(text, ['mindspore@cpu'], catalog);
  const nodes = [...descendants(file.module)];
  const find = <K extends Node['kind']>(kind: K, test: (node: Extract<Node, { kind: K }>) => boolean = () => true) =>
    nodes.find((node): node is Extract<Node, { kind: K }> => node.kind === kind && test(node as Extract<Node, { kind: K }>))!;
  const run = (...rewrites: Rewrite[]) =>
    compose({ text, module: file.module, semantics: file.semantics, families: catalog.families, rewrites });
  const call = (name: string) => find('Call', (node) => node.func.kind === 'Name' && node.func.id === name);

  it('dedents a block, strings untouched, and rewrites inside it', () => {
    const block = find('With');
    const result = run(
      { node: block, pieces: [{ block: block.body }] },
      { node: call('g'), pieces: ['k(', { hole: call('g').args[0]!.value }, ')'] },
    ).text();
    expect(result).toBe(`def f(x):
    # before
    # inside
    y = k(x)  # one

    s = """a
        b"""
    if y:
        z = h(
            y,
        )
    return z  # end
`);
  });

  it('inserts before a statement at its indentation', () => {
    const last = find('Return');
    expect(run({ node: last, span: { start: last.start, end: last.start }, pieces: ['a = 1\nif a:\n    b = 2\n\n'] }).text()).toContain(
      '            )\n    a = 1\n    if a:\n        b = 2\n\n    return z  # end\n',
    );
  });

  it('wraps a node in itself once, however many fixes ask for it', () => {
    const func = call('h').func as Expr;
    const wrap: Rewrite = { node: func, pieces: ['w(', { hole: func }, ')'] };
    expect(run(wrap, wrap).text()).toContain('z = w(h)(\n');
  });

  it('replaces a part of a node', () => {
    const def = find('FunctionDef');
    expect(run({ node: def, span: def.nameSpan, pieces: ['construct'] }).edits).toEqual([
      { start: def.nameSpan.start, end: def.nameSpan.end, newText: 'construct' },
    ]);
  });

  it('indents a block where the piece stands', () => {
    const block = find('With');
    const pieces: Piece[] = ['def inner():\n    ', { block: block.body.slice(0, 1) as Stmt[] }, '\n    return y\n', 'inner()'];
    expect(run({ node: block, pieces }).text()).toContain('    def inner():\n        y = g(x)  # one\n        return y\n    inner()\n');
  });

  it('allocates a name for an import and adds it once', () => {
    const need = { module: 'a.b', name: 'c', prefer: 'f', otherwise: 'free' };
    const result = run(
      { node: call('g').func, pieces: [{ import: need }] },
      { node: call('h').func, pieces: [{ import: need }, '.d'] },
    ).text();
    expect(result.match(/from a\.b import c as free/g)).toHaveLength(1);
    expect(result).toContain('y = free(x)  # one');
    expect(result).toContain('z = free.d(\n');
  });
});

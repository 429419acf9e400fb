import { describe, expect, it } from 'vitest';
import type { Name } from '../../../server/src/core/syntax/ast';
import { parse } from '../syntax/support';
import { descendants } from '../../../server/src/core/syntax/walk';
import { analyzeModule } from '../../../server/src/core/semantics/analyze';
import { analyze, namesIn, noKnowledge } from './support';

/** Import bindings as `local = target: uses`, uses as line numbers. */
function uses(text: string): string[] {
  const line = (offset: number): number => text.slice(0, offset).split('\n').length;
  return analyze(text).imports.map(
    (binding) => `${binding.local} = ${binding.target}: ${binding.uses.map((name) => line(name.start)).join(' ')}`,
  );
}

describe('import bindings', () => {
  it('lists every import with all reads of its name', () => {
    expect(
      uses(
        'import torch\nimport torch.nn as nn\nfrom torch.nn import functional as F\n\nclass A(nn.Module):\n    def forward(self, x):\n        return F.relu(torch.abs(x))\n',
      ),
    ).toEqual(['torch = torch: 7', 'nn = torch.nn: 5', 'F = torch.nn.functional: 7']);
  });

  it('ends the use of an import where its name is bound anew', () => {
    expect(uses('import torch.nn.functional as F\nF.relu(1)\nF = object()\nF.relu(2)\n')).toEqual(['F = torch.nn.functional: 2']);
  });

  it('counts a name for both imports that may have bound it', () => {
    expect(
      uses('try:\n    from torch.amp import autocast\nexcept ImportError:\n    from torch.cuda.amp import autocast\nautocast()\n'),
    ).toEqual(['autocast = torch.amp.autocast: 5', 'autocast = torch.cuda.amp.autocast: 5']);
  });

  it('does not count names of other scopes', () => {
    expect(uses('from torch import nn\ndef f(nn):\n    return nn.x\ndef g():\n    return [nn for nn in range(3)], nn\n')).toEqual([
      'nn = torch.nn: 5',
    ]);
  });

  it('binds the root package of a dotted import', () => {
    const { imports } = analyze('import torch.utils.data\ntorch.utils.data.DataLoader(1)\n');
    expect(imports.map((binding) => [binding.local, binding.target, binding.module, binding.uses.length])).toEqual([
      ['torch', 'torch', 'torch.utils.data', 1],
    ]);
  });

  it('says under which guard an import stands', () => {
    const text = [
      'from typing import TYPE_CHECKING',
      'import torch',
      'try:',
      '    import apex',
      'except ImportError:',
      '    import timm',
      'if TYPE_CHECKING:',
      '    import einops',
      'if torch.x:',
      '    import torchvision',
      'def f():',
      '    import torchaudio',
    ].join('\n');
    expect(analyze(text).imports.map((binding) => `${binding.local} ${binding.guard}`)).toEqual([
      'TYPE_CHECKING none',
      'torch none',
      'apex try',
      'timm except',
      'einops type-checking',
      'torchvision condition',
      'torchaudio none',
    ]);
  });

  it('keeps the dots of relative imports', () => {
    expect(
      analyze('from . import a\nfrom .b import c\nfrom ..d.e import f\n').imports.map((binding) => `${binding.module} ${binding.target}`),
    ).toEqual(['. .a', '.b .b.c', '..d.e ..d.e.f']);
  });
});

describe('bindings of names', () => {
  const bindingLines = (text: string, id: string): string[] => {
    const module = parse(text);
    const semantics = analyzeModule(module, { knowledge: noKnowledge, moduleName: null });
    const names = [...descendants(module)].filter((node): node is Name => node.kind === 'Name' && node.id === id);
    return names.map((name) => {
      const binding = semantics.bindingOf(name);
      return binding ? `${binding.scope.kind}:${binding.scope.node.start}` : 'none';
    });
  };

  it('finds the scope of each use', () => {
    expect(bindingLines('x = 1\ndef f():\n    x = 2\n    return x\nx\n', 'x')).toEqual([
      'module:0',
      'function:6',
      'function:6',
      'module:0',
    ]);
  });

  it('skips class scopes from functions inside', () => {
    expect(bindingLines('x = 1\nclass A:\n    x = 2\n    y = x\n    def f(self):\n        return x\n', 'x')).toEqual([
      'module:0',
      'class:6',
      'class:6',
      'module:0',
    ]);
  });

  it('follows global, and reads defaults outside the function', () => {
    expect(bindingLines('x = 1\ndef f(x=x):\n    return x\ndef g():\n    global x\n    return x\n', 'x')).toEqual([
      'module:0',
      'module:0',
      'function:6',
      'module:0',
    ]);
  });

  it('gives comprehension targets a scope of their own, the first iterable outside', () => {
    expect(bindingLines('x = [1]\n[x for x in x]\n', 'x')).toEqual(['module:0', 'comprehension:8', 'comprehension:8', 'module:0']);
  });
});

describe('names', () => {
  it.each([
    ['module', 'import torch\ntorch.abs(1)', ['torch.abs']],
    ['alias', 'import torch as t\nt.abs(1)', ['torch.abs']],
    ['submodule', 'from torch import nn\nnn.functional.relu(1)', ['torch.nn.functional.relu']],
    ['renamed function', 'from torch.nn.functional import relu as r\nr(1)', ['torch.nn.functional.relu']],
    [
      'alias chain',
      'import torch\nnnf = torch.nn.functional\nrelu = nnf.relu\nrelu(1)',
      ['torch.nn.functional', 'torch.nn.functional.relu', 'torch.nn.functional.relu'],
    ],
    ['star', 'from torch.nn import *\nLinear(1, 2)\nprint(unheard_of)', ['torch.nn.Linear']],
    ['walrus', 'import torch\nif (t := torch).abs(1): t.cos(2)', ['torch', 'torch.abs', 'torch.cos']],
    ['deleted', 'import torch\ndel torch\ntorch.abs(1)', []],
    ['rebound by a loop', 'import torch\nfor torch in []: pass\nelse: pass\ndef f(torch):\n    torch.abs(1)', []],
    [
      'attribute of a held class',
      'from torch import nn\ndef f(layer=nn.Linear):\n    layer.func\n    layer(1)\nclass A:\n    act = nn.GELU\n    def g(self):\n        return self.act.x',
      ['torch.nn.Linear', 'torch.nn.GELU'],
    ],
    ['literal getattr', 'import torch\ngetattr(torch, "relu")(1)', ['torch.relu']],
    ['getattr of a variable', 'import torch\ngetattr(torch, name)(1)', ['torch']],
    ['string annotation', 'import torch\ndef f(x: "torch.Tensor"): pass', ['torch.Tensor']],
    [
      'nested string annotation',
      'import torch\nfrom typing import Optional\ndef f(x: Optional["torch.nn.Module"]): pass',
      ['torch.nn.Module'],
    ],
    ['string that is no annotation', 'import torch\nx = "torch.Tensor"', []],
    ['f-string', 'import torch\nf"{torch.abs(1)}"', ['torch.abs']],
    ['function-local import', 'def f():\n    import torch\n    torch.abs(1)\ntorch.abs(2)', ['torch.abs']],
    ['nonlocal', 'import torch\ndef f():\n    t = torch\n    def g():\n        nonlocal t\n        t.abs(1)', ['torch.abs']],
    ['broken code', 'import torch\ndef f(:\n    x = torch.abs(1\ntorch.cos(2)', ['torch.abs', 'torch.cos']],
  ] as const)('%s', (_name, text, expected) => {
    expect(namesIn(text).filter((name) => name !== 'torch' || expected.includes('torch' as never))).toEqual(expected);
  });
});

describe('roles', () => {
  it('tells calls, values, bases, annotations and decorators apart', () => {
    const text = [
      'import torch',
      'from torch import nn',
      '@torch.no_grad()',
      'def f(x: torch.Tensor, act=nn.GELU) -> "torch.Tensor":',
      '    return torch.abs(x)',
      'class A(nn.Module):',
      '    @torch.jit.script',
      '    def g(self): pass',
    ].join('\n');
    expect(analyze(text).references.map((reference) => `${reference.name} ${reference.role} ${reference.call !== null}`)).toEqual([
      'torch.no_grad decorator true',
      'torch.Tensor annotation false',
      'torch.nn.GELU value false',
      'torch.Tensor annotation false',
      'torch.abs call true',
      'torch.nn.Module base false',
      'torch.jit.script decorator false',
    ]);
  });
});

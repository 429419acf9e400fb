import { describe, expect, it } from 'vitest';
import { analyze, analyzeProject, brief } from './support';

describe('module summaries', () => {
  it('say what a module exports', () => {
    const text = [
      'import torch',
      'from torch import nn',
      'from .other import thing',
      '__all__ = ["Net", "scale"]',
      'class Net(nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      '        self.scale = torch.ones(1)',
      '    def forward(self, x):',
      '        return nn.functional.relu(x), 3',
      'def scale(x: torch.Tensor):',
      '    return x * 2',
      'limit = 3',
    ].join('\n');
    expect(analyze(text, 'pkg.net').summary).toEqual({
      module: 'pkg.net',
      all: ['Net', 'scale'],
      stars: [],
      pytorch: true,
      exports: {
        torch: { kind: 'api', api: 'torch' },
        nn: { kind: 'api', api: 'torch.nn' },
        thing: { kind: 'import', module: '.other', name: 'thing' },
        __all__: { kind: 'value', type: 'list[str]' },
        Net: {
          kind: 'class',
          summary: {
            name: 'Net',
            apiBases: ['torch.nn.Module'],
            importedBases: [],
            methods: { __init__: 'none', forward: 'tuple[Tensor, int]' },
            attributes: { scale: 'Tensor' },
          },
        },
        scale: { kind: 'function', returns: 'Tensor' },
        limit: { kind: 'value', type: 'int' },
      },
    });
  });

  const files = {
    'pkg.__init__': 'from .net import Net\nfrom .ops import *\n',
    'pkg.net':
      'from torch import nn\nclass Base(nn.Module):\n    def forward(self, x):\n        return self.mix(x)\nclass Net(Base):\n    def mix(self, x):\n        return nn.functional.relu(x)\n',
    'pkg.ops':
      'import torch\nimport torch.nn.functional as F\ndef shift(x: torch.Tensor):\n    return x + 1\ndef count(x):\n    return 3\n',
  };

  it('carry classes, functions and re-exports over files', () => {
    const { references } = analyzeProject(
      { ...files, main: 'from pkg import Net, shift, F\nnet = Net().to("cpu")\nnet(F.relu(shift(1))).view(2)\n' },
      'main',
    );
    expect(brief(references)).toEqual(['torch.nn.Module.to', 'torch.nn.functional.relu', 'likely torch.Tensor.view']);
  });

  it('carry names for types: what is annotated with one is neither more nor less than it says', () => {
    const kinds = {
      'pkg.__init__': '',
      'pkg.kinds':
        'import torch\nimport numpy as np\nfrom collections import OrderedDict\nfrom typing import Dict, Optional\n' +
        'Coordinates = OrderedDict[str, np.ndarray]\nFields = Dict[str, torch.tensor]\nMaybe = Optional[torch.Tensor]\nEither = torch.Tensor | np.ndarray\nnumber = [3][0]\n',
    };
    const text = [
      'from pkg.kinds import Coordinates, Either, Fields, Maybe, number',
      'def f(coords: Coordinates, fields: Fields, bias: Maybe, image: Either):',
      '    coords["lat"].ndim',
      '    fields["z"].clone()',
      '    bias.exp()',
      '    image.shape',
      '    image.gather(1, bias)',
      '    number.real',
    ].join('\n');
    expect(brief(analyzeProject({ ...kinds, main: text }, 'main').references)).toEqual([
      'torch.Tensor.clone',
      'torch.Tensor.exp',
      'possible torch.Tensor.shape',
      'likely torch.Tensor.gather',
    ]);
  });

  it('say whether PyTorch is near: elsewhere a use shows no tensor', () => {
    const files = {
      'pkg.__init__': '',
      'pkg.deep': 'def load():\n    import torch\n    return torch.load\n',
      'pkg.middle': 'from . import deep\n',
      near: 'from pkg import middle\ndef close(x):\n    return x.detach().squeeze(-1)\n',
      far: 'import socket\ndef close(x):\n    return x.detach(), x.sqrt(context=None), x.register_buffer(1)\n',
    };
    expect(brief(analyzeProject(files, 'near').references)).toEqual(['likely torch.Tensor.detach', 'likely torch.Tensor.squeeze']);
    expect(brief(analyzeProject(files, 'far').references)).toEqual([]);
  });

  it('resolve relative imports and bases of other files', () => {
    const { references } = analyzeProject(
      {
        ...files,
        'pkg.more': 'from .net import Net\nclass Deep(Net):\n    def go(self, y):\n        self.eval()\n        return self(y).mean()\n',
      },
      'pkg.more',
    );
    expect(brief(references)).toEqual(['torch.nn.Module.eval', 'likely torch.Tensor.mean']);
  });

  it('look into modules imported as such', () => {
    const { references } = analyzeProject(
      { ...files, main: 'import pkg.ops\npkg.ops.shift(1).view(2)\npkg.ops.count(1).view(2)\n' },
      'main',
    );
    expect(brief(references)).toEqual(['torch.Tensor.view']);
  });

  it('end at modules that import each other', () => {
    const { references } = analyzeProject(
      { a: 'from b import x\nfrom b import y\n', b: 'from a import x, y\nimport torch\ntorch.abs(x)\n' },
      'b',
    );
    expect(brief(references)).toEqual(['torch.abs']);
  });
});

/** Programs: who imports whom, in which order files are analysed, and that the order in which they are asked for does not matter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImportGraph, resolveImports } from '../../server/src/core/project/import-graph';
import { importedModules } from '../../server/src/core/project/import-scan';
import { ModuleIndex } from '../../server/src/core/project/module-index';
import { Program } from '../../server/src/core/project/program';
import { Schedule, type Unit } from '../../server/src/core/project/schedule';
import { workHere, type Work } from '../../server/src/core/project/work';
import { brief, noKnowledge } from './semantics/support';
import { parse } from './syntax/support';

describe('imports read from the text', () => {
  it.each<[string, string[]]>([
    ['import a', ['a']],
    ['import a.b.c as d, e', ['a', 'a.b', 'a.b.c', 'e']],
    ['from a.b import c as d, e', ['a.b', 'a.b.c', 'a.b.e']],
    ['from . import a', ['.', '.a']],
    ['from.a import*', ['.a']],
    ['from ..a.b import (  # why\n    c,  # (\n    d as e,\n)\nx = 1', ['..a.b', '..a.b.c', '..a.b.d']],
    // a line that only continues another counts as well: too many names do no harm
    ['from a \\\n  import b, \\\r\n  c', ['a', 'a.b', 'a.c', 'b', 'c']],
    ['try: import a\nexcept ImportError: import b; import c', ['a', 'b', 'c']],
    ['def f():\n\tfrom a import b\n', ['a', 'a.b']],
    ['from модуль import имя', ['модуль', 'модуль.имя']],
    ['from a.importer import b', ['a.importer', 'a.importer.b']],
    ['important = 1\nfromage = 2\nx.import_(y)\nraise E from e', []],
    ['from a import (b', ['a', 'a.b']],
    ['import', []],
  ])('%j', (text, names) => {
    expect(importedModules(text).sort()).toEqual([...names].sort());
  });

  it('end on any text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('import ', 'from ', 'a', '.', ',', '(', ')', '\\', '\n', '\r', '#', ';', ':', ' as ')),
        (parts) => {
          for (const name of importedModules(parts.join(''))) expect(name).not.toMatch(/[\s(),;#]/);
        },
      ),
    );
  });
});

const edges = (imports: number[][]): ImportGraph => {
  const starts = new Int32Array(imports.length + 1);
  imports.forEach((targets, file) => (starts[file + 1] = starts[file]! + targets.length));
  return new ImportGraph({ starts, targets: Int32Array.from(imports.flat()) });
};
const anyGraph = fc
  .integer({ min: 1, max: 12 })
  .chain((count) => fc.array(fc.array(fc.nat(count - 1), { maxLength: 4 }), { minLength: count, maxLength: count }));

describe('the graph of imports', () => {
  it('puts every file after what it imports, and circles together', () => {
    fc.assert(
      fc.property(anyGraph, (imports) => {
        const graph = edges(imports);
        const reach = imports.map((_, file) => reachable(imports, file));
        imports.forEach((targets, file) => {
          for (const target of targets) expect(graph.componentOf[target]).toBeLessThanOrEqual(graph.componentOf[file]!);
          imports.forEach((_, other) => {
            const together = file === other || (reach[file]!.has(other) && reach[other]!.has(file));
            expect(graph.componentOf[file] === graph.componentOf[other]).toBe(together);
            if (!together) expect(graph.reaches(graph.componentOf[file]!, graph.componentOf[other]!)).toBe(reach[file]!.has(other));
          });
        });
      }),
    );
  });

  it('finds modules from the root, beside the importing file and above it', () => {
    const index = new ModuleIndex(['main.py', 'pkg/__init__.py', 'pkg/net.py', 'pkg/ops.py', 'pkg/deep/__init__.py', 'pkg/deep/ops.py']);
    const { starts, targets } = resolveImports(index, [
      ['pkg.net', 'numpy'],
      ['.net'],
      ['ops', '.ops', '.'],
      [],
      ['..net', '.ops'],
      ['ops'],
    ]);
    const of = (file: number) => [...targets.slice(starts[file], starts[file + 1])];
    expect([0, 1, 2, 3, 4, 5].map(of)).toEqual([[2], [2], [3, 1], [], [2, 5], []]);
  });
});

function reachable(imports: number[][], start: number): Set<number> {
  const found = new Set<number>();
  const waiting = [...imports[start]!];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    if (!found.has(next)) {
      found.add(next);
      waiting.push(...imports[next]!);
    }
  return found;
}

describe('the schedule of several threads', () => {
  it('gives each component once, after what it imports, with every summary a thread lacks, each once', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(fc.nat(2), { minLength: 1, maxLength: 30 }), (imports, choices) => {
        const graph = edges(imports);
        const schedule = new Schedule([{ graph, sizes: imports.map(() => 10), wanted: null }]);
        const held = [new Set<number>(), new Set<number>(), new Set<number>()];
        const knows = held.map(() => new Set<number>());
        const done = new Set<number>();
        const under: { unit: Unit; thread: number }[] = [];
        let choice = 0;
        for (let step = 0; !schedule.finished; step++) {
          expect(step).toBeLessThan(1000);
          const thread = choices[choice++ % choices.length]!;
          const [unit] = schedule.take(1);
          if (unit) {
            for (const other of graph.imports[unit.component]!) expect(done).toContain(other);
            for (const lacking of schedule.lacking(unit, held[thread]!)) {
              expect(knows[thread]).not.toContain(lacking);
              knows[thread]!.add(lacking);
            }
            for (const other of graph.imports[unit.component]!) expect(knows[thread]).toContain(other);
            if (thread === 1 && step % 3 === 0) schedule.putBack(unit);
            else under.push({ unit, thread });
          }
          const ended = unit && thread === 0 ? undefined : under.shift();
          if (!ended) continue;
          done.add(ended.unit.component);
          held[ended.thread]!.add(schedule.numberOf(ended.unit));
          knows[ended.thread]!.add(ended.unit.component);
          schedule.done(ended.unit);
        }
        expect(done.size).toBe(graph.components.length);
      }),
    );
  });

  it('works on what is wanted and what that imports, and on nothing else', () => {
    const schedule = new Schedule([{ graph: edges([[1], [], [0], []]), sizes: [1, 1, 1, 1], wanted: [0] }]);
    const taken: number[] = [];
    while (!schedule.finished)
      for (const unit of schedule.take(1)) {
        taken.push(unit.component);
        schedule.done(unit);
      }
    expect(taken).toEqual([0, 1]);
  });
});

describe('a program', () => {
  const FILES = {
    'main.py': 'from pkg import make, Net\nmake().exp()\nNet()(1).abs()\n',
    'pkg/__init__.py': 'from .net import Net\nfrom .ops import make\n',
    'pkg/net.py':
      'import torch\nfrom torch import nn\nfrom . import ops\nclass Net(nn.Module):\n    def forward(self, x):\n        return ops.make().cos()\n',
    'pkg/ops.py': 'import torch\nfrom pkg.net import Net\ndef make():\n    return torch.ones(2)\ndef run():\n    return Net()(1).sin()\n',
  };
  const make = (broken?: string): Program => {
    const files = Object.entries(FILES).map(([path, text]) => ({
      path,
      get text() {
        if (path === broken) throw new Error('no text');
        return text;
      },
    }));
    const index = new ModuleIndex(files.map(({ path }) => path));
    const graph = new ImportGraph(resolveImports(index, Object.values(FILES).map(importedModules)));
    return new Program(files, parse, noKnowledge, graph);
  };
  const names = (program: Program, path: string): string[] => brief(program.file(path)!.semantics.references);

  it('goes round a circle of any length', () => {
    const count = 900;
    const files = Array.from({ length: count }, (_, i) => ({
      path: `m${i}.py`,
      text: `import torch\nfrom m${(i + 1) % count} import f${(i + 1) % count}\ndef f${i}():\n    return torch.ones(${i})\nf${(i + 1) % count}().exp()\n`,
    }));
    const program = new Program(files, parse, noKnowledge);
    const found = files.map(({ path }) => brief(program.file(path)!.semantics.references));
    expect(found.filter((names) => names.join() === 'torch.ones,torch.Tensor.exp')).toHaveLength(count);
  });

  it('finds the same whichever file is asked for first, circles included', () => {
    const expected = Object.keys(FILES).map((path) => names(make(), path));
    expect(expected[0]).toEqual(['torch.Tensor.exp', 'torch.Tensor.abs']);
    expect(expected[2]).toContain('torch.Tensor.cos');
    expect(expected[3]).toContain('torch.Tensor.sin');
    const paths = Object.keys(FILES);
    for (const order of [paths, [...paths].reverse(), [paths[2]!, paths[0]!, paths[3]!, paths[1]!]]) {
      const program = make();
      for (const path of order) program.file(path);
      expect(paths.map((path) => names(program, path))).toEqual(expected);
    }
  });

  it('goes on when the analysis of one file fails', () => {
    const program = make('pkg/ops.py');
    expect(() => program.file('pkg/ops.py')).toThrow('no text');
    expect(names(program, 'pkg/net.py')).toContain('torch.nn.Module');
    expect(names(program, 'main.py')).not.toContain('torch.Tensor.exp');
  });

  it('keeps summaries when trees go, and takes those of other threads', () => {
    const whole = make();
    const { graph } = whole;
    for (let component = 0; component < graph.components.length - 1; component++) {
      whole.settle(component);
      whole.release(component);
    }
    expect(whole.file('pkg/ops.py')).toBeUndefined();
    const other = make('pkg/ops.py');
    for (let file = 1; file < 4; file++) other.learn(file, JSON.stringify(whole.summaryOf(file)));
    expect(names(other, 'main.py')).toEqual(names(make(), 'main.py'));
  });
});

describe('what other files pass', () => {
  const program = (texts: Record<string, string>): Program =>
    new Program(
      Object.entries(texts).map(([path, text]) => ({ path, text })),
      parse,
      noKnowledge,
    );
  const found = (texts: Record<string, string>, path: string): string[] => brief(program(texts).file(path)!.semantics.references);
  const TENSOR = 'likely torch.Tensor.squeeze';
  const OPS = 'def last(item, other=None):\n    return item.squeeze()\n';
  const using = (call: string, name = 'last'): string => `import torch\nfrom ops import ${name}\n${call}\n`;

  it.each<[string, string, string, string[]]>([
    ['by position', OPS, using('last(torch.ones(1))'), [TENSOR]],
    ['by name', OPS, using('last(other=1, item=torch.ones(1))'), [TENSOR]],
    ['in a function nobody calls', OPS, using('def f():\n    return last(torch.ones(1))'), [TENSOR]],
    ['an array', OPS, 'import numpy as np\nfrom ops import last\nlast(np.ones(1))\n', []],
    [
      'a tensor here and an array there',
      OPS,
      using('import numpy\nlast(torch.ones(1))\nlast(numpy.ones(1))'),
      ['possible torch.Tensor.squeeze'],
    ],
    ['nothing known', OPS, using('last(f())'), []],
    ['to what is left open, not where the file knows better', `${OPS}last("a")\n`, using('last(torch.ones(1))'), []],
    ['to an annotated parameter', 'def last(item: str):\n    return item.squeeze()\n', using('last(torch.ones(1))'), []],
    [
      'to items of a container',
      'def last(items):\n    for item in items:\n        item.squeeze()\n',
      using('last([torch.ones(1)])'),
      [TENSOR],
    ],
    [
      'to a method',
      'class A:\n    def last(self, item):\n        return item.squeeze()\n',
      using('A().last(torch.ones(1))', 'A'),
      [TENSOR],
    ],
    [
      'to a constructor',
      'class A:\n    def __init__(self, item):\n        self.item = item\n    def last(self):\n        return self.item.squeeze()\n',
      using('A(torch.ones(1))', 'A'),
      [TENSOR],
    ],
    [
      'to a constructor by way of a subclass',
      'class A:\n    def __init__(self, item):\n        self.item = item\n    def last(self):\n        return self.item.squeeze()\n',
      using('class B(A):\n    def __init__(self):\n        super().__init__(torch.ones(1))', 'A'),
      [TENSOR],
    ],
    [
      'to a static method',
      'class A:\n    @staticmethod\n    def last(item):\n        return item.squeeze()\n',
      using('A.last(torch.ones(1))', 'A'),
      [TENSOR],
    ],
    [
      'to a function within one',
      'def f():\n    def last(item):\n        return item.squeeze()\n    return last\n',
      using('f()(torch.ones(1))', 'f'),
      [],
    ],
  ])('%s', (_, ops, main, expected) => {
    expect(found({ 'ops.py': ops, 'main.py': main }, 'ops.py')).toEqual(expected);
  });

  it.each(['ordinary', 'constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'])(
    'names of JavaScript mean nothing: %s',
    (name) => {
      const texts = {
        'ops.py': `def ${name}(item):\n    return item.squeeze()\ndef by_name(${name}, b):\n    return ${name}.squeeze()\n`,
        'main.py': `import torch\nimport ops\nops.${name}(torch.ones(1))\nops.by_name(${name}=torch.ones(1), b=1)\nops.by_name(1, 2)\n`,
      };
      const before = Object.getOwnPropertyNames(Object).concat(Object.getOwnPropertyNames(Object.prototype)).sort();
      expect(found(texts, 'ops.py')).toEqual([TENSOR, TENSOR]);
      expect(Object.getOwnPropertyNames(Object).concat(Object.getOwnPropertyNames(Object.prototype)).sort()).toEqual(before);
      expect(found({ 'ops.py': OPS, [`${name}.py`]: using('last(torch.ones(1))') }, 'ops.py')).toEqual([TENSOR]);
    },
  );

  it('says where it comes from', () => {
    const { references } = program({ 'ops.py': OPS, 'main.py': using('last(torch.ones(1))') }).file('ops.py')!.semantics;
    expect(references[0]!.reason).toMatchObject({ id: 'caller', args: { name: 'item', module: 'main' } });
  });

  it('travels once: what is made of it is not told to others', () => {
    const texts = {
      'inner.py': 'def inner(item):\n    return item.squeeze()\n',
      'ops.py': 'from inner import inner\ndef last(item):\n    item.squeeze()\n    return inner(item)\n',
      'main.py': using('last(torch.ones(1))'),
    };
    expect(found(texts, 'ops.py')).toEqual([TENSOR]);
    expect(found(texts, 'inner.py')).toEqual([]);
  });

  /** Functions that pass their parameters, or tensors, to those of other files; the imports form circles. */
  const anyProgram = fc
    .array(fc.array(fc.tuple(fc.nat(4), fc.constantFrom('a', 'b', 'torch.ones(1)', '"text"', 'None')), { maxLength: 3 }), {
      minLength: 2,
      maxLength: 5,
    })
    .map((files) =>
      Object.fromEntries(
        files.map((calls, i): [string, string] => {
          const targets = calls.map(([to, argument]): [number, string] => [to % files.length, argument]);
          const imports = targets.map(([to]) => `import m${to}\n`).join('');
          const body = targets.map(([to, argument]) => `    m${to}.f${to}(${argument}, b=a)\n`).join('');
          return [`m${i}.py`, `import torch\n${imports}def f${i}(a, b):\n    a.squeeze()\n    b.shape\n${body}    return a\n`];
        }),
      ),
    );

  it('is the same in whatever order files are asked for, and where they are analysed one by one', () => {
    fc.assert(
      fc.property(anyProgram, fc.array(fc.nat(4), { maxLength: 5 }), (texts, order) => {
        const paths = Object.keys(texts);
        const expected = paths.map((path) => found(texts, path));
        const other = program(texts);
        for (const at of order) other.file(paths[at % paths.length]!);
        expect(paths.map((path) => brief(other.file(path)!.semantics.references))).toEqual(expected);
        const work: Work<string[]> = {
          knowledge: noKnowledge,
          parse,
          open: ({ path, text }) => ({ path, text: text!, release: () => undefined }),
          report: (_source, _spec, analyse) => brief(analyse().semantics.references),
        };
        const reports: string[][] = [];
        const files = paths.map((path) => ({ path, location: path, text: texts[path]! }));
        for (const { file, report } of workHere([{ files, wanted: null }], work)) {
          expect(reports[file]).toBeUndefined();
          reports[file] = report;
        }
        expect(reports).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

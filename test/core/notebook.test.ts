/** Notebooks: reading, magics, one program over the cells, and writing back. */
import { describe, expect, it } from 'vitest';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import { applyEdits } from '../../server/src/core/fixes/rewrite';
import { namedRewrites } from '../../server/src/core/fixes/rewrites';
import type { FixContext } from '../../server/src/core/fixes/single';
import { JoinedCells } from '../../server/src/core/notebook/joined-cells';
import { coverMagics } from '../../server/src/core/notebook/magics';
import { isPythonCell, readNotebook, type Notebook } from '../../server/src/core/notebook/notebook';
import { NotebookDocument } from '../../server/src/core/notebook/notebook-document';
import { possibleEdits } from '../../server/src/core/notebook/possible-edits';
import { notebookEdits } from '../../server/src/core/notebook/source-edits';
import { analyzeModule } from '../../server/src/core/semantics/analyze';
import { catalog } from './scene';
import { parser } from './syntax/support';

function read(text: string): Notebook {
  const found = readNotebook(text);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

const cell = (source: unknown, type = 'code'): unknown => ({ cell_type: type, metadata: {}, outputs: [], source });
const file = (cells: unknown[], metadata: unknown = {}): string =>
  `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;

describe('reading', () => {
  it('takes source as a list or as one string, and numbers all cells', () => {
    const { cells } = read(file([cell('# Title', 'markdown'), cell(['a = 1\n', 'b']), cell('c')]));
    expect(cells.map(({ index, type, source }) => [index, type, source])).toEqual([
      [0, 'markdown', '# Title'],
      [1, 'code', 'a = 1\nb'],
      [2, 'code', 'c'],
    ]);
  });

  it.each([
    ['nothing known', {}, true],
    ['a Python kernel', { kernelspec: { name: 'python3', language: 'python' } }, true],
    ['another environment', { kernelspec: { name: 'conda-env-x-py' } }, true],
    ['R', { kernelspec: { name: 'ir' }, language_info: { name: 'R' } }, false],
    ['Julia without language', { kernelspec: { name: 'julia-1.9' } }, false],
  ])('knows the language of the kernel: %s', (_, metadata, isPython) => {
    expect(read(file([], metadata)).isPython).toBe(isPython);
  });

  it('leaves cells alone that are in another language', () => {
    const { cells } = read(
      file([{ cell_type: 'code', metadata: { vscode: { languageId: 'sql' } }, source: 'select 1' }, cell('x'), cell('y', 'raw')]),
    );
    expect(cells.map(isPythonCell)).toEqual([false, true, false]);
  });

  it.each([
    ['broken JSON', '{"cells": [', 'json', 11],
    ['a merge conflict', '{"cells": [],\n<<<<<<< HEAD\n}', 'json', 14],
    ['something behind', '{"cells": []} x', 'json', 14],
    ['a bad escape', '{"cells": [{"source": "\\q"}]}', 'json', 22],
    ['a list', '[1, 2]', 'shape', 0],
    ['no cells', '{"a": 1}', 'shape', 0],
    ['format 3', '{"worksheets": [], "nbformat": 3}', 'old', 0],
  ])('says what is wrong with %s', (_, text, problem, at) => {
    expect(readNotebook(text)).toEqual({ problem, at });
  });

  it('passes over what it does not need, of any depth and with numbers only Python writes', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(
      read(`{"x": ${deep}, "y": [NaN, -Infinity, 1.5e-3], "cells": [{"outputs": {"a": ${deep}}, "source": "x"}]}`).cells[0]!.source,
    ).toBe('x');
  });
});

describe('magics', () => {
  it.each([
    ['%matplotlib inline\nx = 1', '#                 \nx = 1'],
    ['!pip install torch \\\n  numpy\nx', '#                   \n       \nx'],
    ['if x:\n    !ls\ny', 'if x:\n    _  \ny'],
    ['files = !ls *.py', 'files = _       '],
    ['torch.relu?', '#          '],
    ['?torch', '#     '],
    ['x.y??\nz', '#    \nz'],
    ['pip install torch', '#                '],
    ['%time y = f(x)', '_    ;y = f(x)'],
    ['%timeit -n 10 -r3 f(x)', '_                ;f(x)'],
    ['t = %timeit -o f(x)', 't = _         ;f(x)'],
    ['%%time\ny = f(x)', '#     \ny = f(x)'],
    ['\n%%capture out\n!ls\ny', '\n#            \n#  \ny'],
  ])('covers %j', (source, python) => {
    expect(coverMagics(source)?.python).toBe(python);
  });

  it.each([
    ['x = """\n%time\n!ls\nis it?\n"""'],
    ['x = (a\n% b)'],
    ['x = a \\\n% b'],
    ['x = "what?" # why?'],
    ['x = "%d" % 3'],
    ['pip = 1\nls if pip else cd'],
    ["x = '''a\\'''\n!ls\n'''"],
  ])('leaves Python as it is: %j', (source) => {
    expect(coverMagics(source)).toEqual({ python: source, covered: [] });
  });

  it.each(['%%bash\nls', '%%html\n<b>', '%%writefile a.py\nimport torch', '%%!\nls', '%%javascript\nx'])(
    'takes %j for no Python',
    (source) => {
      expect(coverMagics(source)).toBeNull();
    },
  );
});

/** Fixes everything safe in a notebook, as the command line does. */
function fixed(text: string): string {
  const notebook = read(text);
  const numbers = notebook.cells.filter(isPythonCell);
  const document = new NotebookDocument(parser);
  document.setCells(numbers);
  const semantics = analyzeModule(document.ast, { knowledge: catalog, moduleName: null });
  const context: FixContext = {
    text: document.text,
    module: document.ast,
    semantics,
    catalog,
    targets: catalog.targets.choose(['mindspore@cpu']).chosen,
    named: namedRewrites,
  };
  const possible = possibleEdits(
    document.joined,
    document.ast,
    (stays) => composeAll(context, { safety: 'safe', only: (one) => !stays(one) }).edits,
  );
  const byCell = new Map(possible!.cells.map(({ cell: { index }, edits }) => [numbers[index]!.index, edits]));
  return applyEdits(text, notebookEdits(notebook, byCell));
}

const sources = (text: string): string[] => read(text).cells.map(({ source }) => source);

describe('fixing', () => {
  it('carries names from cell to cell and mends the imports where they are', () => {
    const text = file([
      cell('Notes', 'markdown'),
      cell(['%matplotlib inline\n', 'import torch.nn.functional as F']),
      cell('y = 1'),
      cell(['z = F.gelu(y)  # keep\n', 'z']),
    ]);
    expect(sources(fixed(text))).toEqual([
      'Notes',
      '%matplotlib inline\nfrom mindspore import ops',
      'y = 1',
      "z = ops.gelu(y, approximate='none')  # keep\nz",
    ]);
  });

  it('changes nothing but the strings concerned: key order, indentation, escapes, list items, outputs, the end of the file', () => {
    const text =
      '{\r\n    "nbformat": 4, "metadata": {"b": 1.0, "a": NaN},\r\n  "cells": [ {"source": ["import torch.nn.functional as F"], "cell_type": "code", "outputs": [{"x": "\\u00e9\\/"}]},' +
      '{"cell_type":"code","source":[\r\n\t"s = \'\\u00e9\\u4e2d\'\\n" ,\r\n\t"t = F.gelu(s) # \\u00E9\\n" ,\r\n\t"u = 1"\r\n]}]}';
    expect(fixed(text)).toBe(
      text.replace('import torch.nn.functional as F', 'from mindspore import ops').replace('F.gelu(s)', "ops.gelu(s, approximate='none')"),
    );
  });

  it('edits within one string without touching its other escapes', () => {
    const text = file([cell('import torch.nn.functional as F\ns = 1\n'), cell('t = "X"; y = F.gelu(t)\nz')]).replace(
      'X',
      '\\u00E9\\/\\ud83d\\ude00',
    );
    expect(fixed(text)).toContain('"t = \\"\\u00E9\\/\\ud83d\\ude00\\"; y = ops.gelu(t, approximate=\'none\')\\nz"');
  });

  it('writes a new line into a list as an item of its own, in the layout of the list', () => {
    const text = file([cell(['import torch\n', 'x = torch.gelu']), cell(['a = torch.abs(torch.ones(2))\n', 'b = torch.fft.rfft2(a)'])]);
    const after = fixed(text);
    expect(JSON.parse(after)).toBeTruthy();
    for (const { written } of read(after).cells)
      for (const { token } of written!.strings) expect(after.slice(token.start, token.end).slice(1, -1)).not.toMatch(/\\n./);
    expect(after).toBe(`${JSON.stringify(JSON.parse(after), null, 1)}\n`);
  });

  it('leaves a fix out that would reach into a magic, and makes the others', () => {
    const lines = [
      'import torch',
      'x = torch.ones(2)',
      '%time y = torch.abs(x)',
      '%time torch.cuda.synchronize()',
      'if x:',
      '    !ls',
      '    torch.cuda.synchronize()',
      '',
    ];
    const [source] = sources(fixed(file([cell(lines.join('\n'))])));
    expect(source).toMatch(/^%time y = (?:ops|mint)\.abs\(x\)$/m);
    expect(source).toContain('%time torch.cuda.synchronize()\nif x:\n    !ls\n');
    expect(source!.match(/torch\.cuda/g)).toHaveLength(1);
    expect(source).not.toMatch(/(?<!\w)_(?!\w)/);
  });

  it('puts imports behind a cell magic, which stays the first line', () => {
    const text = file([cell('%%time\ny = f(1)\n'), cell('from torch import abs as g')]);
    const joined = new JoinedCells(read(text).cells.map(({ index, source }) => ({ index, source, ...coverMagics(source)! })));
    const inserted = joined.split([{ start: 0, end: 0, newText: 'import x\n' }])!;
    expect(applyEdits(joined.cells[0]!.source, inserted[0]!.edits)).toBe('%%time\nimport x\ny = f(1)\n');
  });

  it('keeps CRLF within a cell', () => {
    const text = file([cell('import torch.nn.functional as F\r\nx = 1\r\n'), cell('y = F.gelu(x)\r\n')]);
    for (const source of sources(fixed(text))) expect(source.replaceAll('\r\n', '')).not.toContain('\n');
  });
});

describe('joined edits', () => {
  const joined = (...list: string[]): JoinedCells =>
    new JoinedCells(list.map((source, index) => ({ index, source, ...coverMagics(source)! })));
  const after = (cells: JoinedCells, ...edits: { start: number; end: number; newText: string }[]): string[] | null => {
    const split = cells.split(edits);
    return split && cells.cells.map((one) => applyEdits(one.source, split.find(({ cell: { index } }) => index === one.index)?.edits ?? []));
  };

  it('remove a line at the beginning of a cell together with its break, not the border in front of it', () => {
    expect(after(joined('a', 'b\nc'), { start: 1, end: 3, newText: '' })).toEqual(['a', 'c']);
    expect(after(joined('a', 'b'), { start: 0, end: 2, newText: '' })).toEqual(['', 'b']);
  });

  it('are refused where they would join cells or change a magic', () => {
    const cells = joined('a', '%ls\nb\n%time c');
    expect(after(cells, { start: 0, end: 8, newText: 'x' })).toBeNull();
    for (const [start, end, newText] of [
      [2, 3, ''],
      [3, 3, 'x'],
      [5, 6, ''],
      [2, 2, 'x'],
      [5, 5, ' # y'],
      [14, 14, 'd\n'],
    ] as const)
      expect(after(cells, { start, end, newText }), `${start}`).toBeNull();
    expect(
      after(cells, { start: 2, end: 2, newText: 'x\n' }, { start: 5, end: 5, newText: '\ny' }, { start: 14, end: 15, newText: 'd' }),
    ).toEqual(['a', 'x\n%ls\ny\nb\n%time d']);
  });
});

describe('parsing', () => {
  it('an open bracket in one cell leaves the others as they are', () => {
    const document = new NotebookDocument(parser);
    const cells = ['import torch', 'x = f(', 'y = torch.abs(1)'].map((source) => ({ source }));
    document.setCells(cells);
    expect(document.ast.hasError).toBe(true);
    const { references } = analyzeModule(document.ast, { knowledge: catalog, moduleName: null });
    expect(references.map(({ span }) => document.text.slice(span.start, span.end))).toContain('torch.abs');
  });

  it('parses only the cell that changed, and moves the others', () => {
    const document = new NotebookDocument(parser);
    const cells = Array.from({ length: 100 }, (_, i) => ({ source: `def f${i}(x):\n    return x.y[${i}]  # c\n` }));
    document.setCells(cells);
    const before = [...document.ast.body];
    cells[40]!.source += 'more = 1';
    document.refresh(cells[40]!);
    const { body, comments } = document.ast;
    expect(body).toHaveLength(101);
    expect(before.filter((statement, i) => i !== 40 && !body.includes(statement))).toEqual([]);
    expect(document.text.slice(body[100]!.start, body[100]!.end)).toContain('def f99');
    expect(comments.map(({ start, end }) => document.text.slice(start, end))).toEqual(cells.map(() => '# c'));
  });
});

it('a hundred megabytes of outputs are passed over', () => {
  const picture = 'iVBORw0KGgo'.repeat(1_000_000);
  const outputs = Array.from({ length: 9 }, () => `{"data": {"image/png": "${picture}\\n"}}`).join(',');
  const text = `{"cells": [{"cell_type": "code", "source": "import torch\\nx = torch.abs(1)", "outputs": [${outputs}]}], "nbformat": 4}`;
  const { cells } = read(text);
  expect(cells[0]!.source).toBe('import torch\nx = torch.abs(1)');
});

/** Notebooks on the command line: real processes on a real bundle. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { root } from './scene';

// several processes a test, on a machine that may do other things too
vi.setConfig({ testTimeout: 60_000 });

const bundle = mkdtempSync(join(tmpdir(), 'mindport-notebooks-'));
let work = '';

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--only', 'cli.js', '--out', bundle], { stdio: 'pipe' });
  symlinkSync(join(root, 'python'), join(bundle, 'python'));
}, 60_000);
afterAll(() => rmSync(bundle, { recursive: true, force: true }));
beforeEach(() => {
  work = mkdtempSync(join(bundle, 'work-'));
});

function mindport(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bundle, 'cli.js'), ...args], {
    cwd: work,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', LANG: 'en_US.UTF-8', XDG_CACHE_HOME: mkdtempSync(join(bundle, 'cache-')) },
    maxBuffer: 1 << 26,
  });
  return { status, out: stdout, err: stderr };
}

const read = (path: string): string => readFileSync(join(work, path), 'utf8');

const NOTEBOOK = `{
 "cells": [
  {"cell_type": "markdown", "metadata": {}, "source": ["# \\u6807\\u9898\\n", "torch.abs(1)"]},
  {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": [
    "%matplotlib inline\\n",
    "import torch.nn.functional as F"
  ]},
  {"cell_type": "code", "metadata": {}, "source": "%%bash\\ntorch.abs(1)"},
  {"cell_type": "code", "execution_count": 2, "metadata": {"b": 1, "a": 2}, "outputs": [{"data": {"image/png": "iVBO\\/Rw0"}}], "source": [
    "!ls\\n",
    "s = '\\u4e2d\\ud83d\\ude00'; y = F.gelu(s)\\n",
    "y"
  ]}
 ],
 "metadata": {"kernelspec": {"language": "python", "name": "python3"}},
 "nbformat": 4,
 "nbformat_minor": 5
}
`;
const FIXED = NOTEBOOK.replace('import torch.nn.functional as F', 'from mindspore import ops').replace(
  'F.gelu(s)',
  "ops.gelu(s, approximate='none')",
);

const write = (path: string, text: string): void => writeFileSync(join(work, path), text);

it('a reference has its cell, counted from 0 among all, and its range in the source of the cell', () => {
  write('a.ipynb', NOTEBOOK);
  const { status, out, err } = mindport('check', 'a.ipynb', '--references', '--format', 'json');
  expect([status, err]).toEqual([1, '']);
  const references = out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
  expect(references).toHaveLength(1);
  expect(Object.keys(references[0]!)).toEqual(['file', 'cell', 'range', 'name', 'kind', 'confidence', 'verdict', 'code', 'fix']);
  expect(references[0]).toMatchObject({
    file: 'a.ipynb',
    cell: 3,
    range: { start: { line: 1, character: 15 }, end: { line: 1, character: 21 } },
    name: 'torch.nn.functional.gelu',
  });
});

it('people read cell, line and column counted from 1, and the line as it stands in the cell', () => {
  write('a.ipynb', NOTEBOOK);
  const lines = mindport('check', 'a.ipynb').out.split('\n');
  expect(lines[0]).toMatch(/^a\.ipynb:cell 4:2:16: MSP\d{3} /);
  expect(lines[1]).toBe(" 2 | s = '中😀'; y = F.gelu(s)");
  expect(mindport('check', 'a.ipynb', '--references').out).toMatch(/^a\.ipynb:cell 4:2:16: torch\.nn\.functional\.gelu /);
  const { findings } = JSON.parse(mindport('check', 'a.ipynb', '--format', 'json').out) as { findings: Record<string, unknown>[] };
  expect(findings).toMatchObject([{ file: 'a.ipynb', cell: 3 }]);
});

it('SARIF points to where it is written in the file', () => {
  write('a.ipynb', NOTEBOOK);
  const log = JSON.parse(mindport('check', 'a.ipynb', '--format', 'sarif').out) as {
    runs: { results: { locations: { physicalLocation: { region: Record<string, number> }; logicalLocations: unknown }[] }[] }[];
  };
  const [location] = log.runs[0]!.results[0]!.locations;
  const { startLine, startColumn, endLine, endColumn } = location!.physicalLocation.region;
  expect([startLine, endLine]).toEqual([11, 11]);
  expect(NOTEBOOK.split('\n')[10]!.slice(startColumn! - 1, endColumn! - 1)).toBe('F.gelu');
  expect(location!.logicalLocations).toEqual([{ name: 'cell 4' }]);
});

it('fix changes only the strings concerned, keeps the mode and leaves nothing beside the file', () => {
  write('a.ipynb', NOTEBOOK);
  chmodSync(join(work, 'a.ipynb'), 0o640);
  const { status, out } = mindport('fix', 'a.ipynb', '--diff');
  expect(status).toBe(1);
  const changed = out.split('\n').filter((line) => /^[-+](?![-+])/.test(line));
  expect(changed.map((line) => line.slice(0, 12))).toEqual(['-    "import', '+    "from m', '-    "s = \'\\', '+    "s = \'\\']);
  expect(read('a.ipynb')).toBe(NOTEBOOK);
  expect(mindport('fix', 'a.ipynb', '--write').status).toBe(0);
  expect(read('a.ipynb')).toBe(FIXED);
  expect(statSync(join(work, 'a.ipynb')).mode & 0o777).toBe(0o640);
  expect(readdirSync(work)).toEqual(['a.ipynb']);
  expect(mindport('fix', 'a.ipynb').err).toContain('Nothing to fix');
});

it('folders are searched for notebooks, with what stands beside them, in any number of threads', () => {
  write(
    'b.ipynb',
    '\ufeff' + NOTEBOOK.replace('F.gelu(s)', 'make().exp()').replace('import torch.nn.functional as F', 'from layers import make'),
  );
  write('layers.py', 'import torch\n\n\ndef make():\n    return torch.ones(2)\n');
  write('r.ipynb', NOTEBOOK.replace('"python"', '"R"'));
  const lines = (threads: string): string[] => mindport('check', '.', '--references', '--format', 'json', '--threads', threads).out.trimEnd().split('\n'); // prettier-ignore
  const found = lines('1').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(found.map(({ file, cell, name }) => [file, cell, name])).toEqual([
    ['b.ipynb', 3, 'torch.Tensor.exp'],
    ['layers.py', undefined, 'torch.ones'],
  ]);
  expect(lines('2')).toEqual(lines('1'));
  mindport('fix', 'b.ipynb', '--write');
  expect(read('b.ipynb').startsWith('\ufeff{')).toBe(true);
});

it.each([
  ['broken JSON', '{"cells": [\n1,\n<<<<<<< HEAD\n]}', 'a.ipynb:3: a broken notebook'],
  ['something else', '[1, 2]', 'a.ipynb: not a Jupyter notebook'],
  ['format 3', '{"worksheets": [{"cells": []}], "nbformat": 3}', 'a.ipynb: a notebook of a format before 4'],
])('says what is wrong with %s, and checks the other files', (_, text, message) => {
  write('a.ipynb', text);
  write('b.ipynb', NOTEBOOK);
  const { status, out, err } = mindport('check', '.');
  expect(status).toBe(2);
  expect(err).toContain(message);
  expect(out).toContain('b.ipynb:cell 4:2:16');
});

it('broken Python is told with its cell, and the other cells are checked', () => {
  write('a.ipynb', NOTEBOOK.replace('"%matplotlib inline\\n"', '"y = f(\\n"').replace('"!ls\\n"', '"import torch.nn.functional as F\\n"'));
  const { err, out } = mindport('check', 'a.ipynb');
  expect(err).toContain('a.ipynb:cell 2:1: this is not valid Python 3');
  expect(out).toContain('a.ipynb:cell 4:2:16');
});

it('many megabytes of pictures are passed over, and kept', () => {
  const picture = 'iVBORw0KGgo'.repeat(2_000_000);
  write('a.ipynb', NOTEBOOK.replace('iVBO\\/Rw0', picture));
  expect(mindport('fix', 'a.ipynb', '--write').status).toBe(0);
  expect(read('a.ipynb') === FIXED.replace('iVBO\\/Rw0', picture)).toBe(true);
});

it('migrate takes notebooks along, with what it leaves told by cell', () => {
  write('a.ipynb', NOTEBOOK.replace('\n    "y"\n', '\n    "import torch\\n",\n    "torch.onnx.export(y)"\n'));
  const { out } = mindport('migrate', '.', '-o', `../${work.split('/').at(-1)}-out`);
  const migrated = readFileSync(`${work}-out/a.ipynb`, 'utf8');
  expect(JSON.parse(migrated)).toMatchObject({ nbformat: 4 });
  expect(migrated).toContain("ops.gelu(s, approximate='none')");
  expect(migrated).toContain('"# \\u6807\\u9898\\n", "torch.abs(1)"');
  expect(out).toContain('a.ipynb:cell 4:4:1 torch.onnx.export: ');
  expect(out).toContain('1 file, 1 changed');
});

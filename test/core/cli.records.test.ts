/** Records of the user's own on the command line: found, named, checked, and handed to the threads. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { root } from './scene';

const top = mkdtempSync(join(tmpdir(), 'mindport-records-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));
let folder = top;
beforeEach(() => (folder = mkdtempSync(join(top, 'case-'))));

function put(path: string, content: unknown): void {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content, null, 1));
}

function mindport(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args, '--lang', 'en'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: join(folder, '.cache') },
  });
  return { status, out: stdout, err: stderr };
}

const record = (to: string, on = 'mindspore@*') => ({
  torch: 'apex.fused_dense',
  kind: 'function',
  params: '(x, weight)',
  routes: [{ on: [on], verdict: 'equivalent', safety: 'safe', to }],
});
const TEXT = 'import apex\ny = apex.fused_dense(a, b)\n';

it('are found above the files, and what they say is to be looked at', () => {
  put('.mindport/mappings/own.json', [record('ops.matmul({x}, {weight})')]);
  put('src/deep/a.py', TEXT);
  expect(mindport('fix', 'src/deep/a.py', '--safe-only').out).toBe('');
  expect(mindport('fix', 'src/deep/a.py', '--review').out).toContain('+y = ops.matmul(a, b)');
  expect(mindport('check', 'src', '--threads', '2').out).toContain('not trusted');
  const { out } = mindport('explain', 'apex.fused_dense');
  expect(out).toContain('From your records: .mindport/mappings/own.json');
  expect(out).toMatch(/apex\.fused_dense\(x, weight\)\n +ops\.matmul\(x, weight\)/);
});

it('are trusted where their folder is named, in every thread, and go before what was found', () => {
  put('.mindport/mappings/own.json', [record('ops.matmul({x}, {weight})')]);
  put('mine/a.json', [record('ops.mine({x}, {weight})')]);
  put('a.py', TEXT);
  put('b.py', TEXT);
  expect(mindport('fix', 'a.py', 'b.py', '--records', 'mine', '--threads', '2', '--write').status).toBe(0);
  for (const name of ['a.py', 'b.py']) expect(readFileSync(join(folder, name), 'utf8')).toContain('y = ops.mine(a, b)');
});

it('may speak of chips of the user', () => {
  put('.mindport/mappings/targets.json', {
    targets: [{ framework: 'mindspore', chip: 'gpu', title: { en: 'MindSpore on GPU', zh: 'GPU' } }],
  });
  put('.mindport/mappings/own.json', [record('ops.fused({x}, {weight})', 'mindspore@gpu')]);
  put('a.py', TEXT);
  expect(mindport('fix', 'a.py', '--review', '--target', 'mindspore@gpu').out).toContain('+y = ops.fused(a, b)');
  put('src/a.py', TEXT);
  expect(mindport('migrate', 'src', '-o', 'out', '--target', 'mindspore@gpu').status).not.toBe(2);
  expect(readFileSync(join(folder, 'out/a.py'), 'utf8')).toContain('ops.fused(a, b)');
});

it('that are wrong are said with their place, and the rest goes on', () => {
  put('.mindport/mappings/own.json', [record('os.system({x})'), { ...record('ops.ok({x}, {weight})'), torch: 'apex.other' }]);
  put('a.py', `${TEXT}z = apex.other(a, b)\n`);
  const { status, err, out } = mindport('fix', 'a.py', '--review');
  expect(err).toContain('.mindport/mappings/own.json:13:11: os is neither an import of this framework nor a builtin.');
  expect(out).toContain('+z = ops.ok(a, b)');
  expect(status).toBe(2);
  expect(mindport('check', 'a.py', '--records', 'nowhere')).toMatchObject({ status: 2, err: 'mindport: nowhere is no folder.\n' });
});

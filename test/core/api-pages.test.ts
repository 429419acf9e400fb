/** docs/apis: what the records say, in both languages, and counts that are true. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJson, recordFiles, root } from './scene';

const folder = join(root, 'docs/apis');
const pages = readdirSync(folder);
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const english = pages.filter((name) => !name.endsWith('.zh-cn.md'));
const all = [...recordFiles.values()].flat();

it('the pages are what the generator writes', { timeout: 120_000 }, () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/api-pages.mjs'), '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('every API stands on one page, in both languages', () => {
  const text = english.filter((name) => name !== 'README.md').map(read);
  const named = new Set(text.flatMap((page) => [...page.matchAll(/`([\w.]+(?:\.\*)?)`/g)].map((match) => match[1])));
  expect(all.map(({ torch }) => torch).filter((name) => !named.has(name))).toEqual([]);
  for (const name of english) {
    const chinese = read(name.replace('.md', '.zh-cn.md'));
    expect(chinese, name).toMatch(/\p{Script=Han}/u);
    expect(chinese.split('\n').filter((line) => line.startsWith('| `')).length, name).toBe(
      read(name)
        .split('\n')
        .filter((line) => line.startsWith('| `')).length,
    );
  }
});

it('every row has as many cells as its head, and the pages stay small', () => {
  for (const name of pages) {
    let cells = 0;
    for (const line of read(name).split('\n')) {
      if (!line.startsWith('|')) cells = 0;
      else {
        const here = line.replaceAll('\\|', '').split('|').length;
        if (cells !== 0) expect(here, `${name}: ${line}`).toBe(cells);
        cells = here;
      }
    }
  }
  expect(pages.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThan(3_000_000);
});

describe('the counts', () => {
  const rows = read('README.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(' | '));
  const after = (first: string) =>
    rows
      .find(([cell]) => cell === first)!
      .slice(1)
      .map(Number);

  it('of verdicts add up to all names', () => {
    const names = new Set(all.flatMap(({ torch, aliases, method }) => [torch, ...(aliases ?? []), ...(method ? [method] : [])]));
    for (const target of ['mindspore@cpu', 'mindspore@ascend910b', 'torch_npu@ascend910b', 'torch@dcu-z100l', 'torch@nvidia']) {
      const counts = after(`\`${target}\``);
      expect(counts.pop(), target).toBe(names.size);
      expect(
        counts.reduce((a, b) => a + b, 0),
        target,
      ).toBe(names.size);
    }
  });

  it('of evidence are those of the evidence files', () => {
    const { apis } = readJson<{ apis: Record<string, { ok: boolean; grad: number | null; calls: number }> }>(
      'mappings/evidence/mindspore-2.10.0-cpu.json',
    );
    const [withForm, gradient, forward, disagreed, ...rest] = after('`mindspore@cpu` 2.10.0');
    const agreed = Object.values(apis).filter(({ ok }) => ok);
    const stale = rest[4]!;
    // records without a form may have been executed too: their route depends on other arguments
    expect(gradient! + forward!).toBeLessThanOrEqual(agreed.length);
    expect(gradient! + forward!).toBeGreaterThan(agreed.length - stale - 20);
    expect(disagreed).toBe(Object.values(apis).filter(({ ok }) => !ok).length);
    expect(gradient! + forward! + disagreed! + rest.slice(0, 6).reduce((a, b) => a + b, 0)).toBe(withForm);
  });

  it('of examples are those of the records', () => {
    expect(read('README.md')).toContain(`- examples: ${all.reduce((sum, { examples }) => sum + examples.length, 0)}`);
  });
});

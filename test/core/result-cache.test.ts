/** Where results of earlier runs are kept: what is too much or too old goes, and nothing that happens to the files is more than a result that is lacking. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ResultCache, type CacheLimits } from '../../cli/src/result-cache';

const DAY = 86_400_000;
const temporary = mkdtempSync(join(tmpdir(), 'mindport-cache-'));
const LIMITS: CacheLimits = { days: 30, bytes: 10_000, sweepBytes: 1 };
/** With its digest and quotes a file of 1,000 bytes. */
const VALUE = 'x'.repeat(1000 - 67);
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(temporary, 'root-'));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const open = (settings = 'settings', limits = LIMITS): ResultCache => new ResultCache(settings, root, limits);
const entries = (settings = 'settings'): string[] => (existsSync(join(root, settings)) ? readdirSync(join(root, settings)).sort() : []);
const bytes = (): number =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => entries(name).map((entry) => statSync(join(root, name, entry)).size))
    .reduce((sum, size) => sum + size, 0);
/** Makes a file or folder that old. */
const age = (path: string, days: number): void => {
  const time = new Date(Date.now() - days * DAY);
  utimesSync(join(root, path), time, time);
};

/** Writes keys from oldest to newest, without a look at the size. */
function fill(settings: string, keys: readonly string[]): void {
  const cache = open(settings);
  keys.forEach((key, i) => {
    cache.write(key, VALUE);
    age(`${settings}/${key}`, 10 - i / 10);
  });
}
const keys = (count: number, prefix = 'k'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}`);

describe('the size', () => {
  it('stays as it is below the limit', () => {
    fill('settings', keys(9));
    const cache = open();
    cache.write('new', 1);
    cache.close();
    expect(entries()).toEqual([...keys(9), 'new']);
  });

  it('is cut to three quarters above it: what was written longest ago goes, in whatever settings', () => {
    fill('first', keys(6));
    fill('second', keys(6, 'm'));
    const cache = open('second');
    cache.write('new', VALUE);
    cache.close();
    expect(bytes()).toBe(7000);
    // the sixths of both are as old: which of two goes first does not matter
    expect(entries('second')).toContain('new');
    for (const [settings, prefix] of [
      ['first', 'k'],
      ['second', 'm'],
    ] as const) {
      const left = entries(settings).filter((key) => key !== 'new');
      expect(left).toEqual(keys(6, prefix).slice(-left.length));
    }
  });

  it('is not looked at by a process that wrote little, more than once a day', () => {
    fill('settings', keys(14));
    const little = { ...LIMITS, sweepBytes: 1_000_000 };
    const write = (key: string): void => {
      const cache = open('settings', little);
      cache.write(key, 1);
      cache.close();
    };
    writeFileSync(join(root, 'swept'), '');
    write('a');
    expect(entries()).toHaveLength(15);
    age('swept', 2);
    write('b');
    expect(bytes()).toBeLessThanOrEqual(7500);
  });
});

describe('settings that nobody used for long', () => {
  it('go as a whole, those of this run never', () => {
    fill('old', ['a']);
    fill('younger', ['a']);
    fill('settings', ['a']);
    for (const [folder, days] of [
      ['old', 31],
      ['younger', 29],
      ['settings', 40],
    ] as const)
      age(folder, days);
    const cache = open();
    expect(cache.read('a')).toBe(VALUE);
    cache.close();
    const later = open();
    later.write('b', 1);
    later.close();
    expect(readdirSync(root).sort()).toEqual(['settings', 'swept', 'younger']);
    expect(entries()).toEqual(['a', 'b']);
  });
});

describe('a result is lacking, and nothing worse,', () => {
  it.each([
    ['cut off', (text: string) => text.slice(0, 80)],
    ['empty', () => ''],
    ['changed', (text: string) => text.replace('value', 'valve')],
    ['of another form', () => `${'0'.repeat(64)}\n{`],
    ['binary', () => '\0\xff'.repeat(100)],
  ])('when its file is %s', (_, damage) => {
    const cache = open();
    cache.write('key', { value: 1 });
    const path = join(root, 'settings', 'key');
    writeFileSync(path, damage(`${'a'.repeat(64)}\n{"value":1}`));
    expect(cache.read('key')).toBeNull();
    cache.write('key', { value: 2 });
    expect(open().read('key')).toEqual({ value: 2 });
  });

  it('when it is a folder, or a part that a process left behind', () => {
    mkdirSync(join(root, 'settings', 'key'), { recursive: true });
    writeFileSync(join(root, 'settings', 'abc.part'), 'half');
    const cache = open();
    expect(cache.read('key')).toBeNull();
    cache.write('other', 1);
    cache.close();
    expect(open().read('other')).toBe(1);
  });

  it('where nothing can be written', () => {
    open().write('key', 1);
    chmodSync(join(root, 'settings'), 0o500);
    chmodSync(root, 0o500);
    // whoever may write everywhere is stopped by a place that is no folder
    const places = [root, join(root, 'settings', 'key')];
    for (const place of places) {
      const cache = new ResultCache('settings', place, LIMITS);
      cache.write('other', 1);
      cache.write('more', 1);
      expect(() => cache.close()).not.toThrow();
    }
    expect(open().read('key')).toBe(1);
    chmodSync(root, 0o700);
    chmodSync(join(root, 'settings'), 0o700);
  });
});

it('two processes at once keep what both wrote, within the limit', async () => {
  const script = join(temporary, 'writer.mjs');
  await build({
    stdin: {
      contents: `
        import { ResultCache } from './cli/src/result-cache';
        const [root, own] = process.argv.slice(2);
        let lost = 0;
        for (let round = 0; round < 40; round++) {
          const cache = new ResultCache('settings', root, { days: 30, bytes: 20_000, sweepBytes: 1 });
          for (const key of ['shared' + (round % 5), own + round]) {
            cache.write(key, { key, text: 'x'.repeat(500) });
            const read = cache.read(key);
            if (read === null) lost++; // the other process has just removed it
            else if (read.key !== key || read.text.length !== 500) throw new Error('not what was written');
          }
          cache.close();
        }
        console.log(lost);`,
      resolveDir: fileURLToPath(new URL('../../', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const writer = (own: string) => promisify(execFile)(process.execPath, [script, root, own]);
  const outputs = await Promise.all([writer('a'), writer('b')]);
  for (const { stdout, stderr } of outputs) expect([stderr, /^\d+\n$/.test(stdout)]).toEqual(['', true]);
  expect(bytes()).toBeLessThanOrEqual(20_000);
  const cache = open();
  expect(entries().filter((name) => name.endsWith('.part'))).toEqual([]);
  for (const key of entries()) expect(cache.read(key)).toMatchObject({ key });
  expect(entries().length).toBeGreaterThan(10);
}, 60_000);

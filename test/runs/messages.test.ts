import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import english from '../../l10n/runs.en.json';
import chinese from '../../l10n/runs.zh-cn.json';
import { languageOf, render } from '../../runs/src/messages';
import { repository } from './scene';

const en: Record<string, string> = english;
const zh: Record<string, string> = chinese;
const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test('both languages have the same keys with the same holes', () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en)) expect(holes(zh[key]!), key).toEqual(holes(en[key]!));
  for (const [key, text] of Object.entries(zh))
    if (!/^cli\.unreadable$|^column\.(rmse|acc)$/.test(key)) expect(text, key).toMatch(/[\u4e00-\u9fff]/);
});

test('every key is used by the code, and every key in the code exists', () => {
  const sources = ['runs/src', 'cli/src/commands'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(repository, folder, name), 'utf8')),
  );
  const all = sources.join('\n');
  // keys put together from a state, a reason or a warning
  const families = /^(state|missing|warning|spec)\./;
  for (const key of Object.keys(en)) if (!families.test(key)) expect(all.includes(`'${key}'`), key).toBe(true);
  for (const [, id] of all.matchAll(/id: '((?:differs\.)?\w+)', args/g)) expect(en[`warning.${id}`], id).toBeDefined();
  for (const field of ['precision', 'batch', 'devices', 'seed', 'frameworkVersion', 'mode', 'codeHash']) {
    expect(en[`warning.differs.${field}`]).toBeDefined();
  }
});

test('arguments are put in as text; what is missing stays visible', () => {
  expect(render('en', 'error.unknown_run', { run: '{id} $& $1' })).toContain('{id} $& $1');
  expect(render('en', 'error.unknown_run')).toContain('{run}');
});

test('the language comes from the option, else from the locale', () => {
  expect(languageOf('zh-cn', {})).toBe('zh');
  expect(languageOf('en', { LANG: 'zh_CN.UTF-8' })).toBe('en');
  expect(languageOf(undefined, { LANG: 'zh_CN.UTF-8' })).toBe('zh');
  expect(languageOf(undefined, { LC_ALL: 'C', LANG: 'zh_CN.UTF-8' })).toBe('en');
  expect(languageOf(undefined, {})).toBe('en');
});

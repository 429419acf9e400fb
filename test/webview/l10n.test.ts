import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nearestLang, textFor } from '../../client/webview/src/text';
import figuresEn from '../../l10n/figures.en.json';
import figuresZh from '../../l10n/figures.zh-cn.json';
import resultsEn from '../../l10n/results.en.json';
import resultsZh from '../../l10n/results.zh-cn.json';

const en = { ...resultsEn, ...figuresEn };
const zh = { ...resultsZh, ...figuresZh };

const plain = (text: string): string => text.replace(/[\s,，·()（）]+/g, '').replace('med', '');
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();

describe('words of the results page', () => {
  it('exist in both languages, with the same holes', () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) expect([key, holes(zh[key as keyof typeof zh])]).toEqual([key, holes(text)]);
  });

  it('are Chinese where they are words, with full-width punctuation', () => {
    for (const [key, text] of Object.entries(zh)) {
      if (/[\u4e00-\u9fff]/.test(text)) expect([key, text]).toEqual([key, expect.not.stringMatching(/[\u4e00-\u9fff][,:;?]/)]);
      // formulas, units and proper names are the same everywhere
      else expect([key, plain(text)]).toEqual([key, plain(en[key as keyof typeof en])]);
    }
  });

  it('cover the warnings of a comparison', () => {
    const text = textFor('zh-cn');
    for (const field of ['precision', 'batch', 'devices', 'seed', 'frameworkVersion', 'mode', 'codeHash'])
      expect(text.has(`warning.differs.${field}`)).toBe(true);
    // ids as the comparison writes them
    const source = readFileSync(join(__dirname, '../../runs/src/results/compare.ts'), 'utf8');
    const ids = [...source.matchAll(/id: '([\w.]+)', args/g)].map((match) => match[1]!);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect([id, text.has(`warning.${id}`)]).toEqual([id, true]);
  });

  it('are all used', () => {
    const folder = join(__dirname, '../../client/webview');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const prefixes = [...sources.matchAll(/`([a-z.]+\.)\$\{/g)].map((match) => match[1]!);
    const unused = Object.keys(en).filter(
      (key) => !sources.includes(`'${key.replace(/\.one$/, '')}'`) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it('fill holes and show what is missing', () => {
    const { t } = textFor('en');
    expect(t('badge.seed', { seed: 3 })).toBe('seed 3');
    expect(t('badge.seed')).toBe('seed {seed}');
    expect([0, 1, 2].map((n) => t('announce.all_shown', { n }))).toEqual(['0 runs are shown.', '1 run is shown.', '2 runs are shown.']);
    expect(t('no such key' as never)).toBe('⟦no such key⟧');
    expect([nearestLang('zh-TW'), nearestLang('ZH'), nearestLang('de'), nearestLang(undefined)]).toEqual(['zh-cn', 'zh-cn', 'en', 'en']);
  });
});

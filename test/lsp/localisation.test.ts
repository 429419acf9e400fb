/** Every text of the manifest and of the client exists in both languages, with the same placeholders. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const json = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as Record<string, string>;
const holes = (text: string) => [...text.matchAll(/\{(\d+)\}/g)].map((match) => match[1]).sort();

describe('the manifest', () => {
  const english = json('package.nls.json');
  const chinese = json('package.nls.zh-cn.json');
  const used = [...readFileSync(join(root, 'package.json'), 'utf8').matchAll(/"%([\w.-]+)%"/g)].map((match) => match[1]!);

  test('has its words in English and Chinese, and no others', () => {
    expect(Object.keys(english).sort()).toEqual([...new Set(used)].sort());
    expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort());
  });

  test('says nothing in English where Chinese is meant', () => {
    for (const [key, text] of Object.entries(chinese))
      if (key !== 'settings.targets.torch-nvidia') expect(text, key).toMatch(/\p{Script=Han}/u);
  });
});

describe('the first steps', () => {
  interface Manifest {
    contributes: { commands: { command: string }[]; walkthroughs: { steps: { media: { markdown: string } }[] }[] };
  }
  const { commands, walkthroughs } = (json('package.json') as unknown as Manifest).contributes;

  test('have a page each, in both languages', () => {
    const pages = walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown));
    expect(pages.length).toBeGreaterThan(0);
    for (const page of pages)
      for (const name of [page, page.replace(/\.md$/, '.nls.zh-cn.md')]) expect(existsSync(join(root, name)), name).toBe(true);
  });

  test('lead to commands that there are', () => {
    const known = commands.map(({ command }) => command);
    for (const name of ['package.nls.json', 'package.nls.zh-cn.json'])
      for (const [, command] of Object.values(json(name)).flatMap((text) => [...text.matchAll(/\(command:(mindport[\w.]*)/g)]))
        expect(known, name).toContain(command);
  });
});

describe('the client', () => {
  const chinese = json('l10n/bundle.l10n.zh-cn.json');
  const sources = readdirSync(join(root, 'client/src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'client/src', name), 'utf8'));
  const calls = sources.flatMap((text) => [...text.matchAll(/l10n\.t\(\s*('(?:[^'\\\n]|\\.)*'|[^)\s]?)/g)].map((match) => match[1]!));

  test('passes only literal texts to l10n.t', () => {
    expect(calls.length).toBeGreaterThan(30);
    for (const call of calls) expect(call).toMatch(/^'/);
  });

  test('has a Chinese text for each, and none too many', () => {
    const used = new Set(calls.map((call) => call.slice(1, -1).replaceAll("\\'", "'")));
    expect(Object.keys(chinese).sort()).toEqual([...used].sort());
    for (const [text, translated] of Object.entries(chinese)) expect(holes(translated), text).toEqual(holes(text));
  });
});

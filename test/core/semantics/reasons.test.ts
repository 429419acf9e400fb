import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REASON_IDS } from '../../../server/src/core/semantics/reasons';
import { here } from '../syntax/support';
import { analyze } from './support';

const repository = join(here, '../../..');
const words = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(join(repository, `l10n/reasons.${language}.json`), 'utf8')) as Record<string, string>;
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();

describe('reasons', () => {
  const en = words('en');
  const zh = words('zh-cn');

  it('have words in both languages, with the same holes', () => {
    const keys = REASON_IDS.map((id) => `reason.${id}`).sort();
    expect(Object.keys(en).sort()).toEqual(keys);
    expect(Object.keys(zh).sort()).toEqual(keys);
    for (const key of keys) expect(holes(zh[key]!), key).toEqual(holes(en[key]!));
  });

  it('fill every hole of their words', () => {
    const root = join(here, '../../fixtures/references');
    const seen = new Set<string>();
    for (const folder of readdirSync(root)) {
      for (const { reason } of analyze(readFileSync(join(root, folder, 'input.py'), 'utf8')).references) {
        seen.add(reason.id);
        for (const hole of holes(en[`reason.${reason.id}`]!)) {
          if (hole === 'line') expect(reason.at, reason.id).not.toBeNull();
          else expect(reason.args[hole], `${reason.id} ${hole}`).toBeTypeOf('string');
        }
      }
    }
    // the fixtures show nearly all of them: two take several files
    expect(REASON_IDS.filter((id) => !seen.has(id) && id !== 'summary' && id !== 'caller')).toEqual([]);
  });
});

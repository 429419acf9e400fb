/** Every code: a page in both languages, and cases that show it where the shipped catalog has one. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../server/src/core/rules/codes';
import { findFindings } from '../../server/src/core/rules/findings';
import { fileOf, root } from './scene';

const fixtures = join(root, 'test/fixtures/codes');

describe.each(readdirSync(fixtures))('%s', (code) => {
  const codesIn = (name: string) => findFindings(fileOf(readFileSync(join(fixtures, code, name), 'utf8'))).map((finding) => finding.code);

  it('is reported in its positive case only', () => {
    expect(codesIn('positive.py')).toContain(code);
    const others = codesIn('negative.py');
    // what has an equivalent is said of every call with one
    if (code !== 'MSP110') expect(others).not.toContain(code);
    else expect(others.length).toBeLessThan(codesIn('positive.py').length);
  });
});

it('every code has a page in both languages', () => {
  for (const { code } of CODES)
    for (const suffix of ['', '.zh-cn']) expect(existsSync(join(root, `docs/codes/${code}${suffix}.md`)), code).toBe(true);
});

it('the pages are what the generator writes', { timeout: 120_000 }, () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/codes-pages.mjs'), '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

/** Whole programs: fixtures of restructured files, and the example program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { migrateProgram } from '../../server/src/core/fixes/migrate/migrate-program';
import { namedRewrites } from '../../server/src/core/fixes/rewrites/index';
import { Program, type ProgramFile } from '../../server/src/core/project/program';
import { catalog, parse, readJson, recordFiles } from './scene';

const fixtures = fileURLToPath(new URL('../fixtures/migrate/', import.meta.url));
const example = fileURLToPath(new URL('../../examples/fourcastnet/', import.meta.url));
const targets = catalog.targets.choose(['mindspore@cpu']).chosen;

const migrate = (files: ProgramFile[]) => migrateProgram(new Program(files, parse, catalog), { catalog, targets });

describe('fixtures', () => {
  for (const name of readdirSync(fixtures)) {
    it(name, () => {
      const text = readFileSync(join(fixtures, name, 'input.py'), 'utf8');
      const expected = readFileSync(join(fixtures, name, 'expected.py'), 'utf8');
      const [file] = migrate([{ path: 'input.py', text }]);
      expect(file!.after).toBe(expected);
      expect(file!.left.map(({ reference, obstacle }) => `${reference.name}: ${obstacle?.id}`)).toEqual([]);
      expect(parse(file!.after).hasError).toBe(false);
      const [again] = migrate([{ path: 'input.py', text: file!.after }]);
      expect(again!.edits).toEqual([]);
    });
  }
});

it('takes no import of the program itself for one of a package of that name', () => {
  const init = 'from torchmetrics.mean import Mean\nif X:\n    from torchmetrics.other import Other\n';
  const files = migrate([
    { path: 'torchmetrics/__init__.py', text: init },
    { path: 'torchmetrics/mean.py', text: 'import torch\nclass Mean(torch.nn.Module): pass\n' },
    { path: 'torchmetrics/other.py', text: 'class Other: pass\n' },
  ]);
  expect(files[0]!.after).toBe(init);
});

describe('examples/fourcastnet', () => {
  const files = readdirSync(example, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.py'))
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(example, path), 'utf8') }));
  const migrated = migrate(files);

  it('is rewritten as a whole', () => {
    const left = migrated.flatMap(({ path, left }) => left.map(({ reference, obstacle }) => `${path}: ${reference.name}: ${obstacle?.id}`));
    expect(left).toEqual([]);
    for (const { path, after } of migrated) {
      expect(parse(after).hasError, path).toBe(false);
      expect(after, path).not.toMatch(/\btorch\b/);
    }
    expect(migrated.reduce((sum, { rewritten }) => sum + rewritten, 0)).toBeGreaterThan(100);
  });

  it('stays as it is the second time', () => {
    const again = migrate(migrated.map(({ path, after }) => ({ path, text: after })));
    expect(again.filter(({ edits }) => edits.length > 0).map(({ path }) => path)).toEqual([]);
  });

  it('keeps every comment and every file without PyTorch byte for byte', () => {
    const comments = (text: string) => parse(text).comments.map((comment) => comment.text.trim());
    for (const { path, before, after } of migrated) {
      expect(comments(after), path).toEqual(expect.arrayContaining(comments(before)));
      if (!/\b(torch|einops)\b/.test(before)) expect(after, path).toBe(before);
    }
  });
});

it('every named rewrite is named by a record, and every named one exists', () => {
  const named = new Set(
    [...recordFiles.values()].flatMap((records) => records.flatMap(({ routes }) => routes.flatMap(({ rewrite }) => rewrite ?? []))),
  );
  expect([...named].sort()).toEqual([...namedRewrites.keys()].sort());
  for (const language of ['en', 'zh-cn']) {
    const words = readJson<Record<string, string>>(`l10n/core.${language}.json`);
    expect([...named].filter((name) => !words[`fix.rewrite.${name}`])).toEqual([]);
  }
});

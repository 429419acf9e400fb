/** What fixes write as `mindport_ops.…` is there after `import mindport_ops`: a module that is only listed is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recordFiles, root } from './scene';

const source = readFileSync(join(root, 'python', 'mindport_ops', '__init__.py'), 'utf8');
const imported = new Set(
  [...source.matchAll(/^from \.\w* import (?:\(([^)]*)\)|(.*))$/gm)].flatMap(([, many, one]) => (many ?? one ?? '').match(/\w+/g) ?? []),
);

it('imports every module and function that a record names', () => {
  const named = new Set(
    [...recordFiles.values()]
      .flat()
      .flatMap(({ routes, examples }) => JSON.stringify([routes, examples]).match(/(?<=\bmindport_ops\.)\w+/g) ?? []),
  );
  expect(named.size).toBeGreaterThan(20);
  expect([...named].filter((name) => !imported.has(name))).toEqual([]);
});

it('lists nothing that it does not import', () => {
  const listed = source.slice(source.indexOf('__all__')).match(/(?<=")\w+(?=")/g) ?? [];
  expect(listed.filter((name) => !imported.has(name))).toEqual([]);
});

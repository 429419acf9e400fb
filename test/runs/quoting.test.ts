import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RunError } from '../../runs/src/errors';
import { quote } from '../../runs/src/quote';
import { ended, engineIn, folder, program } from './scene';
import { times } from '../times';

const nasty = [
  '',
  ' ',
  "'",
  '"',
  "'\\''",
  '\\',
  '$(touch canary)',
  '`touch canary`',
  '$HOME',
  '; touch canary;',
  '&& touch canary',
  '| tee canary',
  '> canary',
  'a\nb',
  '\n',
  'tail\n\n',
  '\r\n',
  '\t',
  '*',
  '?',
  '~',
  '--opt',
  '-n',
  '-oProxyCommand=touch canary',
  '海洋 🌊 ñ',
  '\u0081\u0088',
  '!!',
  '#x',
  '%s%n',
  '\x1b]0;x\x07',
  '${IFS}',
  "a'$(touch canary)'b",
  '\u2028',
];
const word = fc
  .oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
  .filter((text) => !text.includes('\0'));

/** A program that tells its arguments and one variable, exactly. */
const teller = `
import json, os, sys
json.dump({'argv': sys.argv[1:], 'x': os.environ.get('X_VALUE'), 'cwd': os.getcwd()}, open(os.path.join(os.environ['MINDPORT_RUN_DIR'], 'told.json'), 'w'))
`;

describe('quoting', () => {
  test('any words come through a POSIX shell unchanged', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        const told = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`], { encoding: 'utf8' });
        expect(told.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: times(150) },
    );
  });

  test('what no process can be given is refused', () => {
    expect(() => quote('a\0b')).toThrow(RunError);
    expect(() => quote('\ud83c')).toThrow(RunError);
  });

  test('arguments, a variable and the folder reach the program of a real run exactly', async () => {
    const engine = engineIn(folder());
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 30 }), word, async (words, value) => {
        const draft = program(teller, { args: [...nasty, ...words], env: { X_VALUE: value } });
        const { id, dir } = await engine.launch(draft);
        expect((await ended(engine, id)).state).toBe('succeeded');
        const told = JSON.parse(await readFile(join(dir, 'told.json'), 'utf8'));
        expect(told.argv).toEqual([...nasty, ...words]);
        expect(told.x).toBe(value);
        expect(existsSync(join(draft.cwd, 'canary'))).toBe(false);
      }),
      { numRuns: times(8) },
    );
  });

  test('folders with hostile names: the program’s, and the one that holds the runs', async () => {
    for (const name of ["it's $(touch canary) `x`\n; 海", '-rf', '"; exit 3; "']) {
      const root = join(folder(), name);
      const engine = engineIn(root);
      const draft = program(teller);
      const cwd = join(draft.cwd, name);
      execFileSync('mkdir', ['--', cwd]);
      writeFileSync(join(cwd, 'program.py'), teller);
      const { id, dir } = await engine.launch({ ...draft, cwd });
      expect((await ended(engine, id)).state).toBe('succeeded');
      expect(JSON.parse(await readFile(join(dir, 'told.json'), 'utf8')).cwd).toBe(cwd);
      for (const place of [cwd, draft.cwd, dir, root]) expect(existsSync(join(place, 'canary'))).toBe(false);
    }
  });

  test('a program named like a shell builtin is looked up as a program', async () => {
    const engine = engineIn(folder());
    const { id } = await engine.launch({ name: 'builtin', kind: 'train', cwd: folder(), argv: ['true', 'x'], python: null });
    expect((await ended(engine, id)).exitCode).toBe(0);
    await expect(engine.launch({ name: 'builtin', kind: 'train', cwd: folder(), argv: ['exit', '0'] })).rejects.toMatchObject({
      key: 'error.no_executable',
    });
  });
});

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeDigest } from '../../runs/src/code';
import { isRunId, newRunId, runDirectory, runRoot } from '../../runs/src/directory';
import { type RunDraft, makeSpec, parseSpec } from '../../runs/src/spec';
import { engineIn, folder, program } from './scene';

const good: RunDraft = { name: 'n', kind: 'train', argv: ['true'], cwd: '/tmp' };
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

describe('spec', () => {
  test('a spec read back is the spec written, and any change is noticed', () => {
    const spec = makeSpec({ ...good, env: { B: '2', A: '1' }, seed: -3 }, id);
    const text = JSON.stringify(spec);
    expect(parseSpec(text, 'p')).toEqual(spec);
    expect(() => parseSpec(text.replace('"seed":-3', '"seed":4'), 'p')).toThrow(/changed/);
    expect(() => parseSpec(text.replace('"true"', '"false"'), 'p')).toThrow(/changed/);
    expect(() => parseSpec('{"version":2}', 'p')).toThrow(/not a run description/);
    for (const junk of ['', '[]', 'null', '3', '{', '{"version":1}']) expect(() => parseSpec(junk, 'p')).toThrow();
  });

  const evil = [
    'a\0b',
    '\ud800',
    '$(touch x)\n',
    '../../etc/passwd',
    '',
    'x'.repeat(300),
    '-oProxyCommand=x',
    { toString: () => 'x' },
    ['a'],
    null,
    3,
  ];
  const fields: [string, (value: never) => RunDraft][] = [
    ['kind', (value) => ({ ...good, kind: value })],
    ['target.framework', (value) => ({ ...good, target: { framework: value } })],
    ['target.chip', (value) => ({ ...good, target: { chip: value } })],
    ['precision', (value) => ({ ...good, precision: value ?? ('' as never) })],
    ['mode', (value) => ({ ...good, mode: value ?? ('' as never) })],
    ['scores', (value) => ({ ...good, scores: value ?? ('' as never) })],
    ['cwd', (value) => ({ ...good, cwd: value })],
    ['code', (value) => ({ ...good, code: { hash: value, files: 1 } })],
    ['env name', (value) => ({ ...good, env: { [String(value)]: '1' } })],
  ];
  for (const [field, draft] of fields) {
    test(`${field} takes no hostile value`, () => {
      // as an environment name the words "3", "null" and "a" are not all hostile
      for (const value of evil.filter((v) => field !== 'env name' || (typeof v === 'string' && v.length !== 300))) {
        expect(() => makeSpec(draft(value as never), id), JSON.stringify(value)).toThrow();
      }
    });
  }

  test('numbers, names and arguments are checked', () => {
    for (const bad of [0, -1, 1.5, NaN, Infinity, '2']) {
      expect(() => makeSpec({ ...good, batch: bad as number }, id)).toThrow(/batch/);
      expect(() => makeSpec({ ...good, target: { devices: bad as number } }, id)).toThrow(/devices/);
    }
    for (const bad of [0, -6, NaN, Infinity]) expect(() => makeSpec({ ...good, hoursPerStep: bad }, id)).toThrow(/hoursPerStep/);
    for (const bad of ['', ' ', 'a\nb', '\u001b[31m', 'x'.repeat(201)]) expect(() => makeSpec({ ...good, name: bad }, id)).toThrow(/name/);
    for (const bad of [[], [''], ['-x'], ['a', 'b\0'], ['a', 3], 'ls'])
      expect(() => makeSpec({ ...good, argv: bad as string[] }, id)).toThrow();
    expect(() => makeSpec({ ...good, argv: ['a', 'x'.repeat(131_072)] }, id)).toThrow(/128 KiB/);
    expect(() => makeSpec(good, '../x')).toThrow(/not a run id/);
  });

  test('secrets and variables that steer the shell are refused', () => {
    for (const name of ['HF_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'DB_PASSWORD', 'WANDB_API_KEY']) {
      expect(() => makeSpec({ ...good, env: { [name]: 'x' } }, id)).toThrow(/secret/i);
    }
    for (const name of ['IFS', 'ENV', 'BASH_ENV', 'LD_PRELOAD', 'MINDPORT_RUN_ID', 'A B', 'A=B', '1A', 'x;y', '']) {
      expect(() => makeSpec({ ...good, env: { [name]: 'x' } }, id)).toThrow(/environment variable/);
    }
    expect(makeSpec({ ...good, env: { OMP_NUM_THREADS: '1' } }, id).env).toEqual({ OMP_NUM_THREADS: '1' });
  });
});

describe('directory', () => {
  test('ids are ULIDs and nothing else becomes a path', () => {
    expect(isRunId(newRunId())).toBe(true);
    for (const bad of ['..', '', 'x', `${id}/..`, id.toLowerCase(), `${id}\n`, '81ARZ3NDEKTSV4RRFFQ69G5FAV']) {
      expect(() => runDirectory('/r', bad)).toThrow(/not a run id/);
    }
  });

  test('the root is the option, else the XDG state folder, else the home folder', () => {
    expect(runRoot('/x', {})).toBe('/x');
    expect(runRoot(undefined, { XDG_STATE_HOME: '/s' })).toBe('/s/mindport');
    expect(runRoot(undefined, { XDG_STATE_HOME: 'relative' })).toMatch(/\.local\/state\/mindport$/);
  });

  test('a run directory is closed to others and whole', async () => {
    const engine = engineIn(folder());
    const spec = await engine.createRun(program('pass'));
    const dir = runDirectory(engine.root, spec.id);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const name of ['spec.json', 'cmd.sh', 'job.sh']) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    expect((await engine.list()).runs.map((run) => run.state)).toEqual(['draft']);
    // a half-made run of a writer that was killed is no run
    await writeFile(join(engine.root, 'runs', `.new-${id}`), '');
    expect((await engine.list()).runs).toHaveLength(1);
  });

  test('a tampered spec is not started and does not hide the other runs', async () => {
    const engine = engineIn(folder());
    const bad = await engine.createRun(program('pass'));
    await engine.createRun(program('pass'));
    const path = join(runDirectory(engine.root, bad.id), 'spec.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"test"', '"toast"'));
    await expect(engine.start(bad.id)).rejects.toMatchObject({ key: 'spec.changed' });
    const { runs, unreadable } = await engine.list();
    expect(runs).toHaveLength(1);
    expect(unreadable).toMatchObject([{ id: bad.id, problem: expect.stringContaining('changed') }]);
  });
});

describe('what can be known to fail is said first', () => {
  const engine = engineIn(folder());
  const draft = program('pass');
  test.each([
    ['error.no_folder', { ...draft, cwd: '/does/not/exist' }],
    ['error.not_a_folder', { ...draft, cwd: join(draft.cwd, 'program.py') }],
    ['error.no_interpreter', { ...draft, argv: ['/no/python', 'program.py'], python: '/no/python' }],
    ['error.no_script', { ...draft, argv: [draft.python!, 'other.py'] }],
    ['error.no_executable', { ...draft, argv: ['no-such-program-here'], python: null }],
  ])('%s', async (key, bad) => {
    await expect(engine.launch(bad)).rejects.toMatchObject({ key });
    expect((await engine.list()).runs).toEqual([]);
  });
});

describe('code digest', () => {
  test('follows content, not place; data and outputs do not count', async () => {
    const [a, b] = [folder(), folder()];
    for (const place of [a, b]) {
      await writeFile(join(place, 'train.py'), 'x = 1\n');
      await writeFile(join(place, 'config.yaml'), 'lr: 1\n');
    }
    await writeFile(join(b, 'fields.h5'), 'data');
    const digest = await codeDigest(a);
    expect(digest).toMatchObject({ files: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await codeDigest(b)).toEqual(digest);
    await writeFile(join(b, 'config.yaml'), 'lr: 2\n');
    expect(await codeDigest(b)).not.toEqual(digest);
    expect(await codeDigest(folder())).toBeNull();
  });

  test('what an earlier run wrote beside its checkpoint is no code; settings elsewhere are', async () => {
    const place = folder();
    const put = async (path: string, text = 'x'): Promise<void> => {
      await mkdir(join(place, path, '..'), { recursive: true });
      await writeFile(join(place, path), text);
    };
    await put('train.py');
    await put('configs/small.yaml');
    const before = await codeDigest(place);
    expect(before).toMatchObject({ files: 2 });
    await put('exp1/best_ckpt.tar');
    await put('exp1/history.json');
    await put('exp2/hyperparams.yaml');
    await put('exp2/checkpoints/ckpt.tar');
    expect(await codeDigest(place)).toEqual(before);
    // a package that brings its own weights is code
    await put('net/model.py');
    await put('net/stats.json');
    await put('net/mean.npy');
    expect(await codeDigest(place)).toMatchObject({ files: 4 });
    await put('configs/large.yaml');
    expect(await codeDigest(place)).toMatchObject({ files: 5 });
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensurePython, type PythonEnvironmentError } from '../../scripts/python-env.mjs';

const root = mkdtempSync(join(tmpdir(), 'mindport-env-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
function folder(): string {
  const path = join(root, String(count++));
  mkdirSync(path);
  return path;
}

/** A file in a folder that stands for PATH: a program of the given name and text. */
function program(name: string, text: string): string {
  const dir = folder();
  writeFileSync(join(dir, name), text);
  chmodSync(join(dir, name), 0o755);
  return dir;
}

function requirements(text: string): string {
  const path = join(folder(), 'requirements.txt');
  writeFileSync(path, text);
  return path;
}

/** A package of one module that knows its version, as a file pip can install. */
function wheel(dir: string, name: string, version: string): void {
  const info = `${name}-${version}.dist-info`;
  const files = {
    [`${name}/__init__.py`]: `version = '${version}'\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  };
  const zip =
    'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n for n, t in json.load(sys.stdin).items(): z.writestr(n, t)';
  execFileSync('python3', ['-c', zip, join(dir, `${name}-${version}-py3-none-any.whl`)], { input: JSON.stringify(files) });
}

async function failure(env: NodeJS.ProcessEnv, wanted?: string): Promise<PythonEnvironmentError> {
  return ensurePython({ env, quiet: true, requirements: wanted }).then(
    (path) => {
      throw new Error(`made ${path}`);
    },
    (error: unknown) => error as PythonEnvironmentError,
  );
}

/** Without an interpreter of the test's own the machine's PATH is used. */
const base = (extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: root, LANG: 'C', ...extra });

describe('the environment for execution', { timeout: 180_000 }, () => {
  it('takes MINDPORT_PYTHON as it is, and refuses one that cannot be run', async () => {
    const mine = join(program('mine', '#!/bin/sh\n'), 'mine');
    expect(await ensurePython({ env: base({ MINDPORT_PYTHON: mine }) })).toBe(mine);
    const error = await failure(base({ MINDPORT_PYTHON: `${mine}-not` }));
    expect(error.code).toBe('given');
    expect(error.message).toContain(`${mine}-not`);
  });

  it('says in the language of the locale that there is no Python', async () => {
    const env = { PATH: folder(), HOME: folder() };
    const english = await failure({ ...env, LANG: 'en_US.UTF-8' });
    const chinese = await failure({ ...env, LANG: 'zh_CN.UTF-8' });
    expect([english.code, chinese.code]).toEqual(['none', 'none']);
    expect(english.message).toMatch(/No Python 3\.11 found/);
    expect(chinese.message).toMatch(/未找到 Python 3\.11/);
  });

  it('passes over other versions and names the interpreter without venv', async () => {
    const old = program('python3', '#!/bin/sh\necho 3.9\necho venv\n');
    expect((await failure({ PATH: old, HOME: folder() })).code).toBe('none');
    const bare = program('python3', '#!/bin/sh\necho 3.11\n');
    const error = await failure({ PATH: `${old}:${bare}`, HOME: folder() });
    expect(error.code).toBe('venv');
    expect(error.message).toContain(join(bare, 'python3'));
  });

  it('makes an environment aside, renames it, and finds it again without work', async () => {
    const cache = folder();
    const env = base({ XDG_CACHE_HOME: cache });
    const wanted = requirements('# nothing\n');
    const lines: string[] = [];
    const both = await Promise.all([1, 2].map(() => ensurePython({ env, requirements: wanted, progress: (line) => lines.push(line) })));
    expect(both[0]).toBe(both[1]);
    expect(lines.filter((line) => line.startsWith('Making'))).toHaveLength(1);
    expect(readdirSync(join(cache, 'mindport'))).toHaveLength(1); // neither the folder aside nor the lock is left
    const python = both[0]!;
    expect(execFileSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' }).trim()).toBe(join(python, '..', '..'));
    expect(readFileSync(join(python, '..', 'pip'), 'utf8')).toContain(`${join(python, '..')}/python`);
    // nothing but the marker of a finished environment is looked at: no interpreter on PATH is needed any more
    expect(await ensurePython({ env: { ...env, PATH: folder() }, requirements: wanted })).toBe(python);
    expect(await ensurePython({ env, requirements: requirements('# other\n') })).not.toBe(python);
  });

  it('lays another version of MindSpore over the environment and shares the rest', async () => {
    const wheels = folder();
    for (const [name, version] of [
      ['mindspore', '1.0.0'],
      ['mindspore', '2.0.0'],
      ['shared', '1.0.0'],
    ] as const)
      wheel(wheels, name, version);
    const cache = folder();
    const env = base({ XDG_CACHE_HOME: cache, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels });
    const wanted = requirements('mindspore==1.0.0\nshared==1.0.0\n');
    const ensure = (mindspore?: string) => ensurePython({ env, quiet: true, requirements: wanted, mindspore });
    const below = await ensure();
    expect(await ensure('1.0.0')).toBe(below);
    const layer = await ensure('2.0.0');
    expect(layer).not.toBe(below);
    const ask = "import mindspore, shared, importlib.metadata as m; print(mindspore.version, m.version('mindspore'), shared.version)";
    const says = (python: string) => execFileSync(python, ['-c', ask], { encoding: 'utf8' }).trim();
    expect(says(layer)).toBe('2.0.0 2.0.0 1.0.0');
    expect(says(below)).toBe('1.0.0 1.0.0 1.0.0');
    expect(readdirSync(join(cache, 'mindport'))).toHaveLength(2);
    expect(await ensure('2.0.0')).toBe(layer);
    expect((await ensure('3.0.0').catch((error: PythonEnvironmentError) => error)) as unknown).toMatchObject({ code: 'pip' });
    expect((await ensure('new').catch((error: PythonEnvironmentError) => error)) as unknown).toMatchObject({ code: 'version' });
    expect(readdirSync(join(cache, 'mindport'))).toHaveLength(2);
  });

  it('shows the last lines of pip and leaves nothing behind when it fails', async () => {
    const cache = folder();
    const error = await failure(base({ XDG_CACHE_HOME: cache }), requirements('./no-such-package-folder\n'));
    expect(error.code).toBe('pip');
    expect(error.message).toContain('no-such-package-folder');
    expect(readdirSync(join(cache, 'mindport'))).toEqual([]);
  });
});

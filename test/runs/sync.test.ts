/** What is sent to another machine, and what stays: chosen by git, packed the same everywhere, secrets left out. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bundleOf, libraryBundle, travellingPackages } from '../../runs/src/sync/bundle';
import { chooseFiles, usualLimits } from '../../runs/src/sync/choose';
import { tarStream } from '../../runs/src/sync/tar';
import { folder, repository } from './scene';

/** programs of the system */
const tools = { git: 'git', tar: 'tar' };

function put(base: string, files: Record<string, string | Buffer>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(base, path, '..'), { recursive: true });
    writeFileSync(join(base, path), text);
  }
  return base;
}

const paths = (choice: { files: { path: string }[] }): string[] => choice.files.map(({ path }) => path);

async function unpacked(base: string, files: Parameters<typeof tarStream>[1]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarStream(base, files)) chunks.push(chunk);
  const place = folder();
  execFileSync(tools.tar, ['-xf', '-', '-C', place], { input: Buffer.concat(chunks) });
  return place;
}

describe('what is chosen', () => {
  test('without git: caches, environments and other people’s folders stay', async () => {
    const base = put(folder(), { 'train.py': '', 'pkg/a.py': '', '__pycache__/a.pyc': '', '.venv/x.py': '', 'node_modules/y.js': '' });
    const choice = await chooseFiles(base);
    expect(paths(choice)).toEqual(['pkg/a.py', 'train.py']);
    expect(choice.git).toBe(false);
  });

  test('with git: tracked and new files go, ignored and deleted ones do not, also below a folder of the repository', async () => {
    const base = put(folder(), {
      '.gitignore': 'out/\n*.log\n',
      'a.py': '1',
      'gone.py': '',
      'out/x': '',
      'b.log': '',
      'sub/c.py': '',
      'é 海.py': 'x',
    });
    const git = (...words: string[]): void => void execFileSync(tools.git, words, { cwd: base, stdio: 'ignore' });
    git('init', '-q');
    git('add', 'a.py', 'gone.py');
    execFileSync('/bin/rm', [join(base, 'gone.py')]);
    const choice = await chooseFiles(base);
    expect(paths(choice)).toEqual(['.gitignore', 'a.py', 'sub/c.py', 'é 海.py'].sort());
    expect(choice.git).toBe(true);
    expect(paths(await chooseFiles(join(base, 'sub')))).toEqual(['c.py']);
    expect(paths(await chooseFiles(base, { ...usualLimits, ignore: ['sub/', '*.py'] }))).toEqual(['.gitignore']);
  });

  test('a repository that names programs for git to start starts none', async () => {
    const base = put(folder(), { 'a.py': '' });
    execFileSync(tools.git, ['init', '-q'], { cwd: base });
    execFileSync(tools.git, ['config', 'core.fsmonitor', `touch ${base}/executed; false`], { cwd: base });
    await chooseFiles(base);
    expect(readdirSync(base)).not.toContain('executed');
  });

  test.each(['.env', '.env.local', 'deploy/.netrc', 'id_rsa', 'server.pem', 'tls.key', 'credentials.json', '.npmrc'])(
    '%s stays, and is told',
    async (name) => {
      const base = put(folder(), { 'a.py': '', [name]: 'x' });
      const choice = await chooseFiles(base);
      expect(paths(choice)).toEqual(['a.py']);
      expect(choice.leftOut).toEqual([{ path: name, why: 'secret' }]);
    },
  );

  test('a key under any name stays; templates and code that mention keys go', async () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n';
    const base = put(folder(), { access: key, '.env.example': 'A=', 'check.py': `x = '''${key}'''` });
    const choice = await chooseFiles(base);
    expect(paths(choice)).toEqual(['.env.example', 'check.py']);
    expect(choice.leftOut).toEqual([{ path: 'access', why: 'secret' }]);
  });

  test('large files and links that leave the folder stay; too much is refused with the largest named', async () => {
    const base = put(folder(), { 'a.py': 'x'.repeat(600), 'b.py': 'x'.repeat(500), 'data.bin': Buffer.alloc(5000) });
    symlinkSync('a.py', join(base, 'inside'));
    symlinkSync('/etc/passwd', join(base, 'absolute'));
    symlinkSync('../..', join(base, 'outside'));
    const choice = await chooseFiles(base, { ...usualLimits, largestFile: 1000 });
    expect(paths(choice)).toEqual(['a.py', 'b.py', 'inside']);
    expect(choice.leftOut).toEqual([
      { path: 'absolute', why: 'outside_link' },
      { path: 'data.bin', why: 'large' },
      { path: 'outside', why: 'outside_link' },
    ]);
    await expect(chooseFiles(base, { ...usualLimits, largestAll: 1000 })).rejects.toMatchObject({
      key: 'sync.too_large',
      args: { files: expect.stringMatching(/^data\.bin .*a\.py/) },
    });
  });
});

describe('the packed form', () => {
  test('equal folders give equal bytes, wherever and whenever they were written', async () => {
    const make = (): string => put(folder(), { 'a.py': 'one', 'b/c.py': 'two' });
    const bundle = async (base: string): Promise<string> => (await bundleOf(base, (await chooseFiles(base)).files)).sha256;
    const [one, two] = [make(), make()];
    expect(await bundle(one)).toBe(await bundle(two));
    chmodSync(join(two, 'a.py'), 0o755);
    expect(await bundle(one)).not.toBe(await bundle(two));
  });

  test('tar unpacks what was packed: names of any length and language, modes, links, empty files', async () => {
    const long = `${'deep/'.repeat(30)}${'n'.repeat(120)}.py`;
    const base = put(folder(), {
      'a.py': 'x',
      [long]: 'long',
      '海 é.py': 'sea',
      empty: '',
      'b.bin': Buffer.from([0, 255, 10, 0]),
      "q'$(x).py": 'q',
    });
    chmodSync(join(base, 'a.py'), 0o755);
    symlinkSync(long, join(base, 'link'));
    const choice = await chooseFiles(base);
    const place = await unpacked(base, choice.files);
    for (const { path } of choice.files) expect(readFileSync(join(place, path)).equals(readFileSync(join(base, path))), path).toBe(true);
    expect(choice.files.filter(({ executable }) => executable).map(({ path }) => path)).toEqual(['a.py']);
  });

  test('any names and contents come through', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => !/[/\u0000-\u001f\u007f\\]|^\.+$|\p{Surrogate}/u.test(text) && Buffer.byteLength(text) < 200); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.uint8Array({ maxLength: 1100 }), { minKeys: 1, maxKeys: 6 }), async (files) => {
        const base = folder();
        const chosen = Object.entries(files).map(([path, bytes]) => {
          writeFileSync(join(base, path), bytes);
          return { path, size: bytes.length, executable: false, link: null };
        });
        const place = await unpacked(base, chosen);
        for (const { path } of chosen) expect(readFileSync(join(place, path)).equals(readFileSync(join(base, path)))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('a file that changes while it is packed is noticed', async () => {
    const base = put(folder(), { 'a.py': 'one' });
    const { files } = await chooseFiles(base);
    writeFileSync(join(base, 'a.py'), 'longer');
    await expect(bundleOf(base, files)).rejects.toMatchObject({ key: 'sync.changed' });
  });

  test('the packages that travel along are code only', async () => {
    const bundle = await libraryBundle(join(repository, 'python'), travellingPackages);
    expect(bundle.bytes).toBeGreaterThan(10_000);
    await expect(libraryBundle(join(repository, 'python'), ['no_such'])).rejects.toMatchObject({ key: 'error.no_helper' });
  });
});

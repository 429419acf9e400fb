/** A disk that fills up: a small file system where the user may mount one, and everywhere a limit on the size of files. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeAtomic } from '../../runs/src/directory';
import { ended, engineIn, folder, program, python } from './scene';

/** programs of the system */
const tools = { mount: 'mount', unmount: 'umount' };
const mounted: string[] = [];
afterAll(() => {
  for (const path of mounted) execFileSync(tools.unmount, ['-l', path]);
});

/** A file system of the size given; null where this user may not mount. */
function smallDisk(kilobytes: number): string | null {
  const path = folder();
  try {
    execFileSync(tools.mount, ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  mounted.push(path);
  return path;
}

const disk = smallDisk(400);
const smaller = smallDisk(64);

const filling = `
import sys
while True:
    print('x' * 1000, flush=True)
`;

describe('a full disk', () => {
  test.skipIf(disk === null)('the exit is named all the same, and the reason given', async () => {
    const root = disk!;
    const engine = engineIn(root);
    const { id, dir } = await engine.launch(program(filling));
    const status = await ended(engine, id);
    expect(status).toMatchObject({ state: 'failed' });
    expect(readdirSync(dir).filter((name) => name.startsWith('exit.'))).toEqual([`exit.${status.exitCode}`]);
    expect((await engine.summary(id)).explanation).toContain('The disk is full.');
    // a new run says so before it half exists
    const before = readdirSync(join(root, 'runs'));
    await expect(engine.launch(program('pass', { args: ['y'.repeat(50_000)] }))).rejects.toMatchObject({ key: 'error.disk_full' });
    expect(readdirSync(join(root, 'runs'))).toEqual(before);
  });

  test('a limit on file size: the exit is named, the helper does not end the program', async () => {
    const engine = engineIn(folder());
    const source = `
import mindport_run as run
for i in range(200):
    run.step(i, loss=1.0)
    run.warn('z' * 700)
print('done', flush=True)
`;
    const draft = program(source);
    // 32 blocks of 512 bytes
    const argv = ['/bin/sh', '-c', 'ulimit -f 32; exec "$@"', 'sh', python, 'program.py'];
    const { id } = await engine.launch({ ...draft, argv });
    expect(await ended(engine, id)).toMatchObject({ state: 'succeeded', exitCode: 0 });
    const failing = await engine.launch({ ...program(filling), argv });
    expect(await ended(engine, failing.id)).toMatchObject({ state: 'failed' });
    expect((await engine.summary(failing.id)).explanation).toContain('The disk is full.');
  });

  test.skipIf(smaller === null)('a file that could not be written whole leaves the old one', async () => {
    const root = smaller!;
    const path = join(root, 'file');
    await writeAtomic(path, 'old');
    await expect(writeAtomic(path, 'n'.repeat(200_000))).rejects.toMatchObject({ key: 'error.disk_full' });
    expect(execFileSync('cat', [path], { encoding: 'utf8' })).toBe('old');
    expect(readdirSync(root)).toEqual(['file']);
  });
});

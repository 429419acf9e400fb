/** What can go wrong with a machine rather than with the way there. */
import { execFileSync, spawn } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type RunUpdate } from '../../runs/src/engine';
import { bundleOf } from '../../runs/src/sync/bundle';
import { chooseFiles } from '../../runs/src/sync/choose';
import { type SshOptions } from '../../runs/src/transports/ssh/command';
import { shownHostKey, trustHostKey } from '../../runs/src/transports/ssh/host-key';
import { bundled, ended, folder, printed, program, streamText, until, watched } from './scene';
import { hasShell } from './ssh/server';
import { sshScene } from './ssh/scene';

const { server, machine, link } = sshScene();

/** programs of the system */
const tools = { mount: 'mount', unmount: 'umount', keygen: 'ssh-keygen' };
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

const disk = smallDisk(500);

describe('a full disk over there', () => {
  test.skipIf(disk === null)('the exit is named, the reason given, no half-made run left, and what is there can be read', async () => {
    const here = machine({ root: disk! });
    const { id } = await here.engine.launch(program("while True:\n    print('x' * 1000, flush=True)"));
    expect((await ended(here.engine, id)).state).toBe('failed');
    expect((await here.engine.summary(id)).explanation).toContain('The disk is full.');
    const before = readdirSync(join(disk!, 'runs'));
    await expect(here.engine.launch(program('pass', { args: ['y'.repeat(60_000)] }))).rejects.toMatchObject({ key: 'error.disk_full' });
    expect(readdirSync(join(disk!, 'runs'))).toEqual(before);
    const base = folder();
    writeFileSync(join(base, 'a.bin'), createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(900_000)));
    const packed = await bundleOf(base, (await chooseFiles(base)).files);
    await expect(here.transport.upload(packed)).rejects.toMatchObject({ key: 'error.disk_full' });
    expect(readdirSync(join(disk!, 'objects'))).toEqual([]);
    expect((await here.engine.list()).runs.map((run) => run.state)).toEqual(['failed']);
  });
});

test('a client that is killed while it sends leaves nothing, and the next one sends it whole', async () => {
  const wire = await link();
  const here = machine({ link: wire, shared: false });
  const base = folder();
  writeFileSync(join(base, 'a.bin'), createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(6_000_000)));
  wire.delay = 40;
  const sender = bundled(
    `import { functions } from './runs/src/transports/remote/functions';
     import { ShellTransport } from './runs/src/transports/remote/transport';
     import { SshShell } from './runs/src/transports/ssh/shell';
     import { bundleOf } from './runs/src/sync/bundle';
     import { chooseFiles } from './runs/src/sync/choose';
     const [options, root, base] = JSON.parse(process.argv[2]!);
     void (async () => {
       const transport = new ShellTransport(new SshShell('m', options, functions(root)), root, '');
       await transport.upload(await bundleOf(base, (await chooseFiles(base)).files));
     })();`,
    join(folder(), 'sender.js'),
  );
  const child = spawn(process.execPath, [sender, JSON.stringify([here.options, here.root, base])], { stdio: 'inherit' });
  const objects = join(here.root, 'objects');
  await until('a part of it there', () => existsSync(objects) && readdirSync(objects).some((name) => name.endsWith('.tar')));
  child.kill('SIGKILL');
  await until('its remains gone', () => readdirSync(objects).length === 0);
  wire.heal();
  const packed = await bundleOf(base, (await chooseFiles(base)).files);
  await here.transport.upload(packed);
  expect(readdirSync(objects)).toEqual([packed.sha256]);
});

test('a host key that changes while a run is watched: nothing more is asked, the run goes on, its log is whole in the end', async () => {
  const wire = await link();
  const known = join(folder(), 'known_hosts');
  copyFileSync(join(server().folder, 'known_hosts'), known);
  const here = machine({ link: wire, shared: false, config: [`UserKnownHostsFile ${known}`] });
  const draft = program(`
import os, time
i = 0
while not os.path.exists('go'):
    print('line', i, flush=True)
    i += 1
    time.sleep(0.01)
`);
  const { id } = await here.engine.launch(draft);
  const updates: RunUpdate[] = [];
  const watch = (async () => {
    for await (const update of here.engine.watch(id, { fastest: 20, slowest: 100 })) updates.push(update);
  })();
  await until('the log', () => streamText(updates, 'stdout').includes('line 5'));
  writeFileSync(known, `mindport-test ${readFileSync(join(server().folder, 'other_id.pub'), 'utf8')}`);
  wire.reset();
  await until('the changed key', () => updates.some((update) => update.type === 'link' && update.link === 'hostkey_changed'));
  const { connections } = wire;
  await until('more of the log', async () => (await readFile(join(here.dir(id), 'stdout.log'), 'utf8')).includes('line 120'));
  expect(wire.connections).toBe(connections);
  copyFileSync(join(server().folder, 'known_hosts'), known);
  here.engine.retry();
  writeFileSync(join(draft.cwd, 'go'), '');
  await watch;
  expect(streamText(updates, 'stdout')).toBe(await readFile(join(here.dir(id), 'stdout.log'), 'utf8'));
  expect(updates.at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded' } });
});

test('an unknown host key is shown, and noted only by its fingerprint', async () => {
  const known = join(folder(), 'known_hosts');
  const here = machine({ config: [`UserKnownHostsFile ${known}`] });
  const options: SshOptions = here.options;
  const key = execFileSync(tools.keygen, ['-lf', join(server().folder, 'host_key.pub')], { encoding: 'utf8' }).split(' ')[1]!;
  await expect(here.engine.list()).rejects.toMatchObject({ key: 'link.hostkey_unknown', args: { fingerprint: `ssh-ed25519 ${key}` } });
  expect(await shownHostKey(options)).toEqual({ kind: 'ssh-ed25519', fingerprint: key });
  expect(existsSync(known)).toBe(false);
  const other = `SHA256:${'A'.repeat(43)}`;
  await expect(trustHostKey(options, other)).rejects.toMatchObject({ key: 'link.fingerprint_differs' });
  await expect(trustHostKey(options, "'; id; '")).rejects.toMatchObject({ key: 'error.bad_option' });
  await expect(here.engine.list()).rejects.toMatchObject({ key: 'link.hostkey_unknown' });
  await trustHostKey(options, key);
  expect((await here.engine.list()).runs).toEqual([]);
});

test.skipIf(!hasShell('bash'))('a clock that is an hour off changes no state', async () => {
  const tools = join(folder(), 'bin');
  mkdirSync(tools);
  writeFileSync(join(tools, 'date'), '#!/bin/sh\nexec /bin/date -d "+1 hour" "$@"\n', { mode: 0o755 });
  const rc = join(server().home('bash'), '.bashrc');
  writeFileSync(rc, `export PATH='${tools}':"$PATH"\n`);
  const here = machine({ login: 'bash' });
  expect(Number((await here.shell.run('date +%s')).stdout) * 1000 - Date.now()).toBeGreaterThan(3_000_000);
  const draft = program("import os, time\nprint('up', flush=True)\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\n");
  const { id } = await here.engine.launch(draft);
  await printed(here.dir(id), 'up');
  for (let i = 0; i < 5; i += 1) expect((await here.engine.status(id)).state).toBe('running');
  writeFileSync(join(draft.cwd, 'go'), '');
  expect((await watched(here.engine, id)).at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded' } });
  writeFileSync(rc, '');
});

test('a daemon that is restarted is found again, its runs never knew', async () => {
  const here = machine({ shared: false });
  const draft = program("import os, time\nwhile not os.path.exists('go'):\n    print('line', flush=True)\n    time.sleep(0.02)\n");
  const { id } = await here.engine.launch(draft);
  await printed(here.dir(id), 'line');
  await server().again();
  expect((await here.engine.status(id)).state).toBe('running');
  writeFileSync(join(draft.cwd, 'go'), '');
  expect((await ended(here.engine, id)).state).toBe('succeeded');
});

/** Clients on Windows and macOS, as far as their system can be told to the code: nothing of POSIX is needed on the person's side. */
import { execFileSync } from 'node:child_process';
import { type PathLike, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { replaceFile } from '../../runs/src/directory';
import { RunEngine } from '../../runs/src/engine';
import { connect } from '../../runs/src/machines/connect';
import { Fleet } from '../../runs/src/machines/fleet';
import { findMachine, parseSettings } from '../../runs/src/machines/settings';
import { defaultControlFolder, loginWords, sshProgram, sshWords } from '../../runs/src/transports/ssh/command';
import { shownHostKey, trustHostKey } from '../../runs/src/transports/ssh/host-key';
import { ended, folder, program, repository } from './scene';
import { sshScene } from './ssh/scene';

const { machine, server } = sshScene();
const packages = join(repository, 'python');

describe.each(['win32', 'darwin'])('on %s', (platform) => {
  test('this machine has no runs and says why it can have none', async () => {
    const engine = new RunEngine({ root: folder(), helper: null, platform });
    expect(await engine.list()).toEqual({ runs: [], unreadable: [] });
    await expect(engine.launch(program('print(1)'))).rejects.toMatchObject({ key: 'error.linux_only' });
    await expect(engine.status('01HZZZZZZZZZZZZZZZZZZZZZZZ')).rejects.toMatchObject({ key: 'error.unknown_run' });
    const settings = parseSettings({ machines: { login: { slurm: {} } } });
    const { transport } = connect(findMachine(settings, 'login'), settings, undefined, platform);
    await expect(transport.start('01HZZZZZZZZZZZZZZZZZZZZZZZ')).rejects.toMatchObject({ key: 'error.linux_only' });
  });
});

test('a run of another machine is started and followed from where none can be started', async () => {
  const config = server().config('client', server().ports.sh);
  const settings = parseSettings({ machines: { box: { host: 'host', root: folder() } }, ssh: { config } });
  const fleet = new Fleet({ root: folder(), packages, language: 'en', settings: async () => settings, platform: 'win32' });
  onTestFinished(() => fleet.close());
  await fleet.load();
  await fleet.refreshAll();
  expect(fleet.states().map(({ name, link, runs }) => [name, link, runs])).toEqual([[null, 'connected', []], ['box', 'connected', []]]); // prettier-ignore
  const engine = fleet.engine('box');
  const { id } = await engine.launch(program("print('there')"));
  expect((await ended(engine, id)).state).toBe('succeeded');
});

test('Windows shares no connection: each call makes its own, and a login cannot be shared', async () => {
  expect(defaultControlFolder({ XDG_RUNTIME_DIR: '/run' }, 'win32')).toBeNull();
  const options = { host: 'host', controlFolder: null };
  expect(sshWords(options, 'x').join(' ')).not.toMatch(/Control/);
  expect(loginWords(options)).toEqual(['ssh', 'host']);
});

test('ssh.exe is that of PATH, else that of Windows', () => {
  const files = new Set<string>();
  const found = (env: Record<string, string>): string => sshProgram({}, env, 'win32', (path) => files.has(path));
  const ofWindows = 'D:\\Win\\System32\\OpenSSH\\ssh.exe';
  const env = { Path: 'C:\\bin;"C:\\Program Files\\Git\\usr\\bin"', SystemRoot: 'D:\\Win' };
  // Node finds it, or says that there is none
  expect(found(env)).toBe('ssh');
  files.add(ofWindows);
  expect(found(env)).toBe(ofWindows);
  files.add('C:\\Program Files\\Git\\usr\\bin\\ssh.exe');
  expect(found(env)).toBe('ssh');
  expect(sshProgram({ program: 'C:\\my\\ssh.exe' }, env, 'win32')).toBe('C:\\my\\ssh.exe');
  expect(sshProgram({}, {}, 'linux')).toBe('ssh');
});

test('a file that somebody reads at the moment is replaced a moment later', async () => {
  const there = join(folder(), 'file');
  let refused = 0;
  const windows = async (from: PathLike, to: PathLike): Promise<void> => {
    refused += 1;
    if (refused < 4) throw Object.assign(new Error('in use'), { code: refused === 1 ? 'EPERM' : 'EBUSY' });
    await rename(from, to);
  };
  writeFileSync(`${there}.new`, 'new');
  await replaceFile(`${there}.new`, there, windows);
  expect(readFileSync(there, 'utf8')).toBe('new');
  // what stays refused, and what is something else, is told
  const never = async (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
  await expect(replaceFile(there, `${there}.2`, never)).rejects.toThrow('no');
  await expect(replaceFile(`${there}.none`, there)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('where no script can answer ssh, a host key is noted by its fingerprint all the same', async () => {
  const known = join(folder(), 'not there yet', 'known_hosts');
  const here = machine({ config: [`UserKnownHostsFile "${known}"`] });
  const key = execFileSync('ssh-keygen', ['-lf', join(server().folder, 'host_key.pub')], { encoding: 'utf8' }).split(' ')[1]!;
  await expect(trustHostKey(here.options, `SHA256:${'A'.repeat(43)}`, 'win32')).rejects.toMatchObject({ key: 'link.fingerprint_differs' });
  expect(existsSync(known)).toBe(false);
  await trustHostKey(here.options, key, 'win32');
  expect((await here.engine.list()).runs).toEqual([]);
  const [line, ...rest] = readFileSync(known, 'utf8').trimEnd().split('\n');
  expect(rest).toEqual([]);
  // a file whose last line was never ended
  writeFileSync(known, `other ${line!.slice(line!.indexOf(' ') + 1)}`);
  await expect(here.engine.list().then(() => shownHostKey(here.options))).resolves.toMatchObject({ fingerprint: key });
  await trustHostKey(here.options, key, 'win32');
  expect(readFileSync(known, 'utf8').trimEnd().split('\n')).toHaveLength(2);
});

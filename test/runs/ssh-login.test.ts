/** A machine that asks for a one-time code (a real sshd with PAM): what a person sees, and that one login serves everything after it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { RunEngine } from '../../runs/src/engine';
import { LinkError } from '../../runs/src/link';
import { functions } from '../../runs/src/transports/remote/functions';
import { ShellTransport } from '../../runs/src/transports/remote/transport';
import { SshShell } from '../../runs/src/transports/ssh/shell';
import { bundled, ended, folder, program, python, repository, until } from './scene';
import { SshServer } from './ssh/server';

let server: SshServer;
let ssh: { config: string };
const installation = folder();
const cli = join(installation, 'dist', 'cli.js');
const runtime = folder();
const sockets = join(runtime, 'mindport');
const remote = folder();
const environment = {
  PATH: process.env['PATH'],
  HOME: folder(),
  XDG_CONFIG_HOME: folder(),
  XDG_RUNTIME_DIR: runtime,
  XDG_STATE_HOME: folder(),
  LANG: 'C.UTF-8',
};

beforeAll(async () => {
  server = await SshServer.start({ codes: true });
  ssh = { config: server.config('a name', server.ports.sh) };
  mkdirSync(join(installation, 'dist'));
  symlinkSync(join(repository, 'python'), join(installation, 'python'));
  bundled(
    `import { Command } from 'commander'; import * as machines from './cli/src/commands/machines'; import * as runs from './cli/src/commands/runs';
     const program = new Command('mindport'); machines.register(program); runs.register(program); void program.parseAsync();`,
    cli,
  );
  const config = join(environment.XDG_CONFIG_HOME, 'mindport');
  mkdirSync(config);
  const settings = { machines: { safe: { host: 'host', root: remote } }, ssh };
  writeFileSync(join(config, 'machines.json'), JSON.stringify(settings), { mode: 0o600 });
});

/** Ends the shared connection: as if nobody had logged in. */
function logOut(): void {
  for (const name of existsSync(sockets) ? readdirSync(sockets) : [])
    spawnSync('ssh', ['-F', ssh.config, '-S', join(sockets, name), '-O', 'exit', 'host'], { timeout: 3000 });
}
afterEach(logOut);
afterAll(() => server?.stop());

interface Ending {
  code: number | null;
  out: string;
}

function ran(words: readonly string[]): Promise<Ending> {
  const child = spawn(words[0]!, words.slice(1), { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (out += data.toString()));
  return new Promise((done) => child.once('close', (code) => done({ code, out })));
}

const mindport = (...words: string[]): Promise<Ending> => ran([process.execPath, cli, ...words]);

/** A terminal in which somebody types the answers, one at each question for a password, until the program ends or says `done`. */
const terminal = `
import os, pty, sys
answers, done, words = sys.argv[1].split(','), sys.argv[2].encode(), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0: os.execvp(words[0], words)
shown, questions = b'', 0
while not (done and done in shown):
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    shown += data
    if shown.count(b'assword:') > questions and answers:
        questions += 1
        os.write(fd, answers.pop(0).encode() + b'\\n')
sys.stdout.write(shown.decode())
sys.stdout.flush()
sys.exit(0 if done and done in shown else os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
const typing = (answers: string[], words: readonly string[], done = ''): Promise<Ending> =>
  ran([python, '-c', terminal, answers.join(','), done, ...words]);

function engineOver(controlFolder: string): RunEngine {
  const shell = new SshShell('safe', { host: 'host', ...ssh, controlFolder }, functions(remote));
  return new RunEngine({ root: folder(), helper: null, transport: new ShellTransport(shell, remote, 'host:'), backoff: [1, 1] });
}

const logins = (): number => server.log().split('Accepted keyboard-interactive').length - 1;

test('without a login: nothing is asked, and the way in is named', async () => {
  const { code, out } = await mindport('runs', '--on', 'safe');
  expect(code).not.toBe(0);
  expect(out).toMatch(
    /host did not let you in.*second factor log in once in a terminal with: ssh -F '[^']* name' -M -S \S+ -o ControlPersist=8h host/s,
  );
  expect(out).not.toMatch(/assword:/);
});

test('mindport machines login asks once; every command and the engine go over that connection', async () => {
  const before = logins();
  const login = [process.execPath, cli, 'machines', 'login', 'safe'];
  const answer = await typing([server.newCode()], login);
  expect(answer).toMatchObject({ code: 0, out: expect.stringContaining('Logged in to host') });
  expect(answer.out.match(/assword:/g)).toHaveLength(1);
  // logged in already: nobody is asked again
  expect(await typing([], login)).toMatchObject({ code: 0, out: expect.not.stringContaining('assword:') });
  expect((await mindport('runs', '--on', 'safe')).code).toBe(0);
  const [name] = readdirSync(sockets);
  const engine = engineOver(sockets);
  const { id } = await engine.launch(program("print('let in', flush=True)"));
  expect(await ended(engine, id)).toMatchObject({ state: 'succeeded' });
  await engine.close();
  expect(readdirSync(sockets)).toEqual([name]);
  expect(logins() - before).toBe(1);
});

test('a wrong code is refused, and nothing is shared', async () => {
  const before = logins();
  const { code, out } = await typing(['1', '2', '3'], [process.execPath, cli, 'machines', 'login', 'safe']);
  expect(code).toBe(1);
  expect(out).toMatch(/Permission denied/);
  expect(out).not.toMatch(/Logged in/);
  expect((await mindport('runs', '--on', 'safe')).code).not.toBe(0);
  expect(logins()).toBe(before);
});

test('the command that the message names lets in what comes after it', async () => {
  const { out } = await mindport('runs', '--on', 'safe');
  const command = /in a terminal with: (ssh .* host) \(/.exec(out)![1]!;
  // as a terminal of the editor does it: a shell there, for as long as somebody wants
  const { out: shown } = await typing([server.newCode()], ['sh', '-c', `${command} 'echo a shell there; exec sleep 1'`], 'a shell there');
  expect(shown).toContain('a shell there');
  // the terminal is closed, the connection stays
  expect(await mindport('runs', '--on', 'safe')).toMatchObject({ code: 0 });
});

test('a link that needs a person is tried once, not again and again', async () => {
  const engine = engineOver(folder());
  const refusals = (): number => server.log().split('Connection closed by authenticating user').length - 1;
  const before = refusals();
  await expect(engine.list()).rejects.toSatisfy((error) => error instanceof LinkError && error.link === 'auth_needed');
  await engine.close();
  await until('the refusal in the log', () => refusals() > before);
  expect(refusals() - before).toBe(1);
});

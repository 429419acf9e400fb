/** Runs on a machine behind a real sshd: login shells, rc files, start, log, cancel, being found again. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RunEngine } from '../../runs/src/engine';
import { identityState, processesOfRun } from '../../runs/src/processes';
import { ended, printed, program, streamText, until, watched } from './scene';
import { loginShells, hasShell } from './ssh/server';
import { sshScene } from './ssh/scene';

const { server, machine } = sshScene();

/** Prints its pid and waits until a file named `go` appears beside it. */
const waiting = `
import os, sys, time
print('pid', os.getpid(), flush=True)
while not os.path.exists('go'):
    time.sleep(0.02)
print('went on', flush=True)
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
`;
const chatty = `
import sys, time
import mindport_run as run
for epoch in range(1, 4):
    print('line', epoch, '海 🌊', flush=True)
    print('aside', epoch, file=sys.stderr, flush=True)
    run.epoch(epoch, train_loss=1 / epoch, val_loss=2 / epoch, seconds=0.1)
    time.sleep(0.05)
`;

describe.each(loginShells)('login shell %s', (login) => {
  const there = hasShell(login);

  test.skipIf(!there)('a run goes through, its log byte for byte, with and without a shared connection', async () => {
    for (const shared of [true, false]) {
      const { engine, dir } = machine({ login, shared });
      const { id, first } = await engine.launch(program(chatty));
      expect(first).toBe(true);
      const updates = await watched(engine, id);
      for (const stream of ['stdout', 'stderr'] as const) {
        expect(streamText(updates, stream)).toBe(await readFile(join(dir(id), `${stream}.log`), 'utf8'));
      }
      expect(streamText(updates, 'stdout')).toBe('line 1 海 🌊\nline 2 海 🌊\nline 3 海 🌊\n');
      const events = updates.flatMap((update) => (update.type === 'events' ? update.events : []));
      expect(events.filter((event) => event.ev === 'epoch_end' && event.src === 'job')).toHaveLength(3);
      expect(updates.at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded', machine: 'machine' } });
      expect((await engine.start(id)).first).toBe(false);
    }
  });

  test.skipIf(!there)('a noisy rc file changes nothing', async () => {
    const names = { sh: '.profile', bash: '.bashrc', tcsh: '.tcshrc', fish: '.config/fish/config.fish' };
    const rc = join(server().home(login), names[login]);
    await mkdir(join(rc, '..'), { recursive: true });
    const noise =
      'echo "Welcome to the $HOME cluster"\necho STARTED 1\necho ALREADY\necho now 1795265658190\necho nonsense 1>&2\ntouch "$HOME/rc-was-read"\n';
    await writeFile(rc, login === 'tcsh' || login === 'fish' ? noise.replace(' 1>&2', '') : noise);
    const { engine, dir } = machine({ login });
    const { id } = await engine.launch(program(chatty));
    expect(streamText(await watched(engine, id), 'stdout')).toBe(await readFile(join(dir(id), 'stdout.log'), 'utf8'));
    expect((await engine.list()).runs.map((run) => run.state)).toEqual(['succeeded']);
    // dash reads none unless it is asked to
    expect(existsSync(join(server().home(login), 'rc-was-read'))).toBe(login !== 'sh');
  });
});

describe('a run over ssh', () => {
  test('goes from running to its exit, detached, in a directory closed to others', async () => {
    const { engine, dir } = machine();
    const draft = program(waiting, { args: ['3'] });
    const { id, dir: shown } = await engine.launch(draft);
    expect(shown).toBe(`host:${dir(id)}`);
    await printed(dir(id), 'pid');
    expect(await engine.status(id)).toMatchObject({ state: 'running', link: 'connected', exitCode: null, machine: 'machine' });
    expect(await identityState(await readFile(join(dir(id), 'job.pid'), 'utf8'))).toBe('alive');
    await engine.close();
    expect(await identityState(await readFile(join(dir(id), 'job.pid'), 'utf8'))).toBe('alive');
    await writeFile(join(draft.cwd, 'go'), '');
    expect(await ended(engine, id)).toMatchObject({ state: 'failed', exitCode: 3 });
    const modes = await Promise.all([dir(id), join(dir(id), 'spec.json')].map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600]);
  });

  test('is found again by a client that knows nothing of it', async () => {
    const first = machine();
    const draft = program(waiting, { name: 'long one', group: 'mine' });
    const { id } = await first.engine.launch(draft);
    await printed(first.dir(id), 'pid');
    await first.engine.close();
    const second = machine({ root: first.root });
    expect((await second.engine.list()).runs.map((run) => [run.id, run.state, run.spec.name])).toEqual([[id, 'running', 'long one']]);
    for (const reference of [id, id.slice(0, 20), 'long one', 'mine']) expect(await second.engine.find(reference)).toBe(id);
    await expect(second.engine.find('nothing')).rejects.toMatchObject({ key: 'error.unknown_run' });
    await expect(second.engine.spec('01ARZ3NDEKTSV4RRFFQ69G5FAV')).rejects.toMatchObject({ key: 'error.unknown_run' });
    const report = await second.engine.cancel(id, 2000);
    expect(report.remaining).toBe(0);
    expect((await ended(second.engine, id)).state).toBe('cancelled');
  });

  test('starts exactly once under racing starters, of one client and of several', async () => {
    const one = machine();
    const others = [one, machine({ root: one.root }), machine({ root: one.root, shared: false })];
    for (let round = 0; round < 3; round += 1) {
      const draft = program("open('starts', 'a').write('x')");
      const { id } = await one.engine.createRun(draft);
      const answers = await Promise.all([...others, ...others].map(({ engine }) => engine.start(id)));
      expect(answers.filter((answer) => answer.first)).toHaveLength(1);
      expect((await ended(one.engine, id)).state).toBe('succeeded');
      expect(await readFile(join(draft.cwd, 'starts'), 'utf8')).toBe('x');
    }
  });

  test('two windows and a late one are told the same', async () => {
    const one = machine();
    const { id } = await one.engine.launch(program(chatty));
    const two = machine({ root: one.root });
    const [a, b] = await Promise.all([watched(one.engine, id), watched(two.engine, id)]);
    const late = await watched(two.engine, id);
    const log = await readFile(join(one.dir(id), 'stdout.log'), 'utf8');
    for (const updates of [a, b, late]) {
      expect(streamText(updates, 'stdout')).toBe(log);
      expect(updates.at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded' } });
    }
  });

  test('many runs are watched over one connection', async () => {
    const { engine, dir } = machine({ shared: false });
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) ids.push((await engine.launch(program(chatty, { name: `run ${i}` }))).id);
    const polls: number[] = [];
    const { transport } = engine;
    const poll = transport.poll.bind(transport);
    transport.poll = (asks) => {
      polls.push(asks.length);
      return poll(asks);
    };
    const all = await Promise.all(ids.map((id) => watched(engine, id)));
    for (const [i, updates] of all.entries()) {
      expect(streamText(updates, 'stdout')).toBe(await readFile(join(dir(ids[i]!), 'stdout.log'), 'utf8'));
    }
    // looks of several runs went out together
    expect(Math.max(...polls)).toBeGreaterThan(3);
    expect((await engine.list()).runs).toHaveLength(6);
  });

  test('cancel reaches children in sessions of their own, orphans, cleared environments and ignored TERM', async () => {
    const { engine, dir } = machine();
    const source = `
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
stubborn = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.setsid(); print('child', flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, '-c', stubborn])
subprocess.Popen([sys.executable, '-c', stubborn], env={})
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print('orphan', flush=True)
        time.sleep(600)
    os._exit(0)
os.wait()
print('ready', flush=True)
time.sleep(600)
`;
    const { id } = await engine.launch(program(source));
    await until('all processes', async () => {
      const log = await readFile(join(dir(id), 'stdout.log'), 'utf8').catch(() => '');
      return log.split('child').length === 3 && log.includes('orphan') && log.includes('ready');
    });
    const report = await engine.cancel(id, 300);
    expect(report).toMatchObject({ remaining: 0 });
    expect(report.killed).toBeGreaterThan(2);
    expect(await processesOfRun(id)).toEqual([]);
    expect((await ended(engine, id)).state).toBe('cancelled');
    await expect(engine.cancel(id)).rejects.toMatchObject({ key: 'error.already_finished' });
  });

  test('a run that was made and never started is cancelled for good', async () => {
    const { engine } = machine();
    const { id } = await engine.createRun(program('print(1)'));
    expect((await engine.status(id)).state).toBe('draft');
    expect(await engine.cancel(id)).toEqual({ terminated: 0, killed: 0, remaining: 0 });
    expect((await engine.status(id)).state).toBe('cancelled');
    expect((await engine.start(id)).first).toBe(false);
  });

  test('lives on after its supervisor was killed; lost only when nothing is left', async () => {
    const { engine, dir } = machine();
    const draft = program(waiting, { args: ['7'] });
    const { id } = await engine.launch(draft);
    await printed(dir(id), 'pid');
    const kill = async (name: string): Promise<void> => {
      const pid = Number((await readFile(join(dir(id), name), 'utf8')).split(' ')[0]);
      process.kill(pid, 'SIGKILL');
      await until(`death of ${name}`, async () => (await identityState(await readFile(join(dir(id), name), 'utf8'))) !== 'alive');
    };
    await kill('job.pid');
    expect((await engine.status(id)).state).toBe('running');
    await kill('cmd.pid');
    expect((await engine.status(id)).state).toBe('running');
    for (const pid of await processesOfRun(id)) process.kill(pid, 'SIGKILL');
    await until('a lost run', async () => {
      await utimes(join(dir(id), 'heartbeat'), 1, 1);
      return (await engine.status(id)).state === 'lost';
    });
  });

  test('sees another boot, a number that came again, and a log that was truncated', async () => {
    const { engine, dir } = machine();
    const claim = async (line: string): Promise<string> => {
      const { id } = await engine.createRun(program(waiting));
      await mkdir(join(dir(id), 'started'));
      await writeFile(join(dir(id), 'job.pid'), line);
      return (await engine.status(id)).state;
    };
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const own = (await readFile('/proc/self/stat', 'utf8')).replace(/^.*\) /, '').split(' ')[19]!;
    expect(await claim(`${process.pid} ${own} ${boot}\n`)).toBe('running');
    expect(await claim(`${process.pid} ${Number(own) - 1} ${boot}\n`)).toBe('lost');
    expect(await claim(`${process.pid} ${own} 00000000-0000-0000-0000-000000000000\n`)).toBe('lost');
    expect(await claim('$(kill 1) 2 3\n')).toBe('lost');

    const source = `
import os, time
print('first life of the log', flush=True)
while not os.path.exists('go'):
    time.sleep(0.02)
os.truncate(os.path.join(os.environ['MINDPORT_RUN_DIR'], 'stdout.log'), 0)
print('second', flush=True)
`;
    const draft = program(source);
    const { id } = await engine.launch(draft);
    let text = '';
    for await (const update of engine.watch(id)) {
      if (update.type !== 'log' || update.stream !== 'stdout') continue;
      text = update.replaced ? update.text : text + update.text;
      if (text.includes('first')) await writeFile(join(draft.cwd, 'go'), '');
    }
    expect(text).toBe('second\n');
  });

  test('a megabyte a second of progress bars comes through whole', async () => {
    const { engine, dir } = machine();
    const source = `
import sys
for i in range(60_000):
    sys.stdout.write('\\repoch 进度 %3d%% |%s| %d' % (i // 600, '█' * (i // 4000), i))
`;
    const { id } = await engine.launch(program(source));
    const text = streamText(await watched(engine, id), 'stdout');
    const whole = await readFile(join(dir(id), 'stdout.log'));
    expect(whole.length).toBeGreaterThan(1_500_000);
    expect(Buffer.from(text).equals(whole)).toBe(true);
  });

  test('nothing half-made is left behind, and a local engine reads the same directory', async () => {
    const { engine, root } = machine();
    const { id } = await engine.launch(program(chatty));
    await ended(engine, id);
    expect((await readdir(join(root, 'runs'))).filter((name) => name.startsWith('.'))).toEqual([]);
    const local = new RunEngine({ root, helper: null });
    expect(await local.status(id)).toMatchObject({ state: 'succeeded', exitCode: 0 });
    const losses = async (reader: RunEngine): Promise<unknown> => (await reader.summary(id)).loss.map(({ t: _, ...point }) => point);
    expect(await losses(local)).toEqual(await losses(engine));
    expect(existsSync(join(root, 'runs', id, 'lib', 'mindport_run', '__init__.py'))).toBe(true);
  });
});

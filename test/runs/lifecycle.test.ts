/** A run from start to end, with everything that can happen to those who look after it. All processes are real. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type RunEngine } from '../../runs/src/engine';
import { bootId, identityState, parseStat, processesOfRun, signal, statOf } from '../../runs/src/processes';
import { bundled, ended, engineIn, folder, helper, printed, program, streamText, until, watched } from './scene';

/** Prints its pid and waits until a file named `go` appears beside it. */
const waiting = `
import os, sys, time
print('pid', os.getpid(), flush=True)
while not os.path.exists('go'):
    time.sleep(0.02)
print('went on', flush=True)
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
`;

const go = (cwd: string): Promise<void> => writeFile(join(cwd, 'go'), '');
const pidIn = async (dir: string, name: string): Promise<number> => Number((await readFile(join(dir, name), 'utf8')).split(' ')[0]);
const gone = async (pid: number): Promise<boolean> => ['Z', undefined].includes((await statOf(pid))?.state);
const exits = async (dir: string): Promise<string[]> => (await readdir(dir)).filter((name) => name.startsWith('exit.'));

async function launched(
  engine: RunEngine,
  source: string,
  args: string[] = [],
): Promise<{ id: string; dir: string; cwd: string; pid: number }> {
  const draft = program(source, { args });
  const { id, dir } = await engine.launch(draft);
  const pid = Number(/pid (\d+)\n/.exec(await printed(dir, '\n'))![1]);
  return { id, dir, cwd: draft.cwd, pid };
}

describe('a run', () => {
  test('goes from running to its exit, and its directory tells it all', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting, ['3']);
    expect(await engine.status(run.id)).toMatchObject({ state: 'running', link: 'connected', exitCode: null });
    expect(await identityState(await readFile(join(run.dir, 'job.pid'), 'utf8'))).toBe('alive');
    expect(existsSync(join(run.dir, 'heartbeat'))).toBe(true);
    expect(await exits(run.dir)).toEqual(['exit.pending']);
    await go(run.cwd);
    expect(await ended(engine, run.id)).toMatchObject({ state: 'failed', exitCode: 3 });
    expect(await exits(run.dir)).toEqual(['exit.3']);
  });

  test('is found again by another process, by id, beginning and name', async () => {
    const root = folder();
    const first = engineIn(root);
    const { id } = await first.launch(program('print(1)', { name: 'my run', group: 'mine' }));
    await ended(first, id);
    const second = engineIn(root);
    for (const reference of [id, id.toLowerCase(), id.slice(0, 20), 'my run', 'mine']) expect(await second.find(reference)).toBe(id);
    await expect(second.find('nothing')).rejects.toMatchObject({ key: 'error.unknown_run' });
    await expect(second.find('../..')).rejects.toMatchObject({ key: 'error.unknown_run' });
    await expect(second.start('x/../../y')).rejects.toMatchObject({ key: 'error.bad_id' });
    await expect(second.spec('01ARZ3NDEKTSV4RRFFQ69G5FAV')).rejects.toMatchObject({ key: 'error.unknown_run' });
    await second.launch(program('', { name: 'other' }));
    await expect(second.find(id.slice(0, 5))).rejects.toMatchObject({ key: 'error.ambiguous' });
    expect((await second.list()).runs.map((run) => run.spec.name)).toEqual(['other', 'my run']);
  });

  test('keeps nothing of its starter: no standard streams, no session', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting);
    const [program, own] = [await statOf(run.pid), await statOf(process.pid)];
    expect(program!.session).not.toBe(own!.session);
    expect(program!.session).toBe(await pidIn(run.dir, 'job.pid'));
    await go(run.cwd);
    await ended(engine, run.id);
  });

  test('passes on the machine’s variables and none of the person', async () => {
    process.env['OMP_NUM_THREADS'] = '1';
    process.env['MY_SECRET_TOKEN'] = 'hidden';
    process.env['CUDA_TOKEN'] = 'hidden';
    const engine = engineIn(folder());
    const { id, dir } = await engine.launch(program('import os; print(sorted(os.environ.items()))', { env: { OURS: 'set' } }));
    await ended(engine, id);
    const told = await readFile(join(dir, 'stdout.log'), 'utf8');
    expect(told).toContain("('OMP_NUM_THREADS', '1')");
    expect(told).toContain("('OURS', 'set')");
    expect(told).toContain(id);
    expect(told).not.toContain('hidden');
  });

  test('that fails says why, with the line that tells most', async () => {
    const engine = engineIn(folder());
    const { id } = await engine.launch(program('import sys\nimport no_such_module_here'));
    const last = (await watched(engine, id)).at(-1);
    const explanation = "Exit status 1. ModuleNotFoundError: No module named 'no_such_module_here'";
    expect(last).toMatchObject({ type: 'state', status: { state: 'failed', explanation } });
    expect((await engine.summary(id)).explanation).toBe(explanation);
  });
});

describe('start', () => {
  test('survives the death of its starter', async () => {
    const root = folder();
    const draft = program(waiting);
    const starter = bundled(
      `import { RunEngine } from './runs/src/engine';
       const engine = new RunEngine({ root: process.argv[2], helper: process.argv[3] });
       engine.launch(JSON.parse(process.argv[4]!)).then(({ id }) => { console.log(id); setInterval(() => {}, 1000); });`,
      join(folder(), 'starter.js'),
    );
    const child = spawn(process.execPath, [starter, root, helper, JSON.stringify(draft)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.on('data', (data) => (told += data));
    const id = await until('the id', () => told.includes('\n') && told.trim());
    const engine = engineIn(root);
    const { dir } = await engine.start(id);
    await printed(dir, 'pid');
    child.kill('SIGKILL');
    await until('death of the starter', () => child.signalCode !== null);
    expect((await engine.status(id)).state).toBe('running');
    await go(draft.cwd);
    expect((await ended(engine, id)).state).toBe('succeeded');
    expect(await readFile(join(dir, 'stdout.log'), 'utf8')).toMatch(/^pid \d+\nwent on\n$/);
  });

  test('happens exactly once under many racing starters', async () => {
    const engine = engineIn(folder());
    for (let round = 0; round < 5; round += 1) {
      const draft = program("open('starts', 'a').write('x')");
      const { id } = await engine.createRun(draft);
      const answers = await Promise.all(Array.from({ length: 8 }, () => engineIn(engine.root).start(id)));
      expect(answers.filter((answer) => answer.first)).toHaveLength(1);
      expect((await ended(engine, id)).state).toBe('succeeded');
      expect(await readFile(join(draft.cwd, 'starts'), 'utf8')).toBe('x');
      expect((await engine.start(id)).first).toBe(false);
    }
  });
});

describe('a supervisor that was killed', () => {
  test('the program runs on and its exit is known', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting, ['7']);
    const supervisor = await pidIn(run.dir, 'job.pid');
    signal(supervisor, 'SIGKILL');
    await until('death of the supervisor', () => gone(supervisor));
    expect((await engine.status(run.id)).state).toBe('running');
    await go(run.cwd);
    expect(await ended(engine, run.id)).toMatchObject({ state: 'failed', exitCode: 7 });
  });

  test('with its shell too: running while the program lives, lost when it is gone', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting);
    for (const name of ['job.pid', 'cmd.pid']) {
      const pid = await pidIn(run.dir, name);
      signal(pid, 'SIGKILL');
      await until(`death of ${name}`, () => gone(pid));
    }
    expect((await engine.status(run.id)).state).toBe('running');
    await go(run.cwd);
    await until('end of the program', () => gone(run.pid));
    // the heartbeat outlives the supervisor by one beat: let it be old
    await until('end of the heartbeat', async () => {
      await utimes(join(run.dir, 'heartbeat'), 1, 1);
      return (await engine.status(run.id)).state === 'lost';
    });
    expect((await engine.status(run.id)).explanation).toMatch(/killed from outside/);
  });

  test('and all its processes at once: not lost before the heartbeat is old', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting);
    for (const pid of [await pidIn(run.dir, 'job.pid'), await pidIn(run.dir, 'cmd.pid'), run.pid]) signal(pid, 'SIGKILL');
    await until('death of the program', () => gone(run.pid));
    const heartbeat = join(run.dir, 'heartbeat');
    const now = Date.now() / 1000;
    await utimes(heartbeat, now, now);
    expect((await engine.status(run.id)).state).toBe('running');
    // the shell that beats notices the death a moment later and may beat once more: the last beat is made old again
    await until('a lost run', async () => {
      await utimes(heartbeat, now - 60, now - 60);
      return (await engine.status(run.id)).state === 'lost';
    });
  });
});

describe('who a process is', () => {
  async function claimed(line: string): Promise<string> {
    const engine = engineIn(folder());
    const { id } = await engine.createRun(program(waiting));
    const dir = join(engine.root, 'runs', id);
    await mkdir(join(dir, 'started'));
    await writeFile(join(dir, 'job.pid'), line);
    return (await engine.status(id)).state;
  }

  test('a number that came again is another process', async () => {
    const own = (await statOf(process.pid))!;
    const boot = await bootId();
    expect(await claimed(`${own.pid} ${own.startTime} ${boot}\n`)).toBe('running');
    expect(await claimed(`${own.pid} ${Number(own.startTime) - 1} ${boot}\n`)).toBe('lost');
  });

  test('another boot means lost', async () => {
    const own = (await statOf(process.pid))!;
    expect(await claimed(`${own.pid} ${own.startTime} 00000000-0000-0000-0000-000000000000\n`)).toBe('lost');
  });

  test('a torn or hostile line names nobody', async () => {
    for (const line of ['', '1', '1 2', '-1 2 x', '0 1 x', '$(kill 1) 2 3', '1e3 2 3'])
      expect(await identityState(line)).toBe('unidentified');
  });

  test('a process name with blanks and brackets does not shift the fields', () => {
    const stat = '42 (a) b (c d) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20 21';
    expect(parseStat(stat)).toEqual({ pid: 42, state: 'R', parent: 1, group: 2, session: 3, startTime: '777' });
    expect(parseStat('')).toBeNull();
    expect(parseStat('42 (x) R')).toBeNull();
  });
});

describe('cancel', () => {
  const stubborn = `
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
nap = [sys.executable, '-c', 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("up", flush=True); time.sleep(600)']
own_session = subprocess.Popen(nap, start_new_session=True, stdout=subprocess.PIPE)
own_session.stdout.readline()
bare = subprocess.Popen(nap, start_new_session=True, env={}, stdout=subprocess.PIPE)
bare.stdout.readline()
# an orphan: its parent ends at once
orphan = subprocess.run([sys.executable, '-c', 'import subprocess, sys; print(subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=subprocess.DEVNULL).pid)', *nap],
                        stdout=subprocess.PIPE, text=True).stdout.strip()
print('pid', os.getpid(), own_session.pid, bare.pid, orphan, flush=True)
time.sleep(600)
`;

  test('reaches children in sessions of their own, orphans, cleared environments and ignored TERM', async () => {
    const engine = engineIn(folder());
    const { id, dir } = await engine.launch(program(stubborn));
    const pids = (await printed(dir, 'pid')).trim().split(' ').slice(1).map(Number);
    expect(pids).toHaveLength(4);
    for (const pid of pids) expect(await gone(pid)).toBe(false);
    const report = await engine.cancel(id, 300);
    expect(report.remaining).toBe(0);
    expect(report.killed).toBeGreaterThanOrEqual(4);
    for (const pid of pids) expect(await gone(pid)).toBe(true);
    expect(await processesOfRun(id)).toEqual([]);
    expect((await ended(engine, id)).state).toBe('cancelled');
    await expect(engine.cancel(id)).rejects.toMatchObject({ key: 'error.already_finished' });
  });

  test('tries, however late it is: a look at all processes may take longer than the time to end them', async () => {
    const engine = engineIn(folder());
    const { id } = await launched(engine, waiting);
    const now = Date.now;
    let looks = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + (looks += 1) * 60_000);
    onTestFinished(() => clock.mockRestore());
    expect(await engine.transport.stop(id, 1)).toMatchObject({ remaining: 0 });
    expect(await processesOfRun(id)).toEqual([]);
  });

  test('lets a program that listens to TERM end by itself', async () => {
    const engine = engineIn(folder());
    const source = `
import os, signal, sys, time
def save(*_):
    print('checkpoint saved', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print('pid', os.getpid(), flush=True)
time.sleep(600)
`;
    const run = await launched(engine, source);
    const report = await engine.cancel(run.id, 60_000);
    expect(report).toMatchObject({ killed: 0, remaining: 0 });
    expect((await ended(engine, run.id)).state).toBe('cancelled');
    expect(await readFile(join(run.dir, 'stdout.log'), 'utf8')).toContain('checkpoint saved');
  });

  test('of one run leaves another alone', async () => {
    const engine = engineIn(folder());
    const [one, other] = [await launched(engine, waiting), await launched(engine, waiting)];
    await engine.cancel(one.id, 300);
    expect((await engine.status(other.id)).state).toBe('running');
    await go(other.cwd);
    expect((await ended(engine, other.id)).state).toBe('succeeded');
  });

  test('works after supervisor and shell were killed', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting);
    for (const name of ['job.pid', 'cmd.pid']) signal(await pidIn(run.dir, name), 'SIGKILL');
    await engine.cancel(run.id, 300);
    expect(await gone(run.pid)).toBe(true);
    expect((await ended(engine, run.id)).state).toBe('cancelled');
  });

  test('a run that never started will not start any more', async () => {
    const engine = engineIn(folder());
    const draft = program("open('ran', 'w')");
    const { id } = await engine.createRun(draft);
    await engine.cancel(id);
    expect((await engine.status(id)).state).toBe('cancelled');
    expect((await engine.start(id)).first).toBe(false);
    expect(existsSync(join(draft.cwd, 'ran'))).toBe(false);
  });

  test('in the moment of starting', async () => {
    const engine = engineIn(folder());
    for (let i = 0; i < 5; i += 1) {
      const { id } = await engine.launch(program('import time\ntime.sleep(600)'));
      await engine.cancel(id, 2000);
      expect((await ended(engine, id)).state).toBe('cancelled');
      expect(await processesOfRun(id)).toEqual([]);
    }
  });
});

describe('watching', () => {
  test('two at once and a late one are told the same', async () => {
    const engine = engineIn(folder());
    const source = `
import time
import mindport_run as run
for epoch in range(1, 6):
    print('line', epoch, '海', flush=True)
    run.epoch(epoch, train_loss=1 / epoch, val_loss=2 / epoch, seconds=0.1)
    time.sleep(0.05)
`;
    const { id, dir } = await engine.launch(program(source));
    const [one, two] = await Promise.all([watched(engine, id), watched(engineIn(engine.root), id)]);
    const late = await watched(engine, id);
    const log = await readFile(join(dir, 'stdout.log'), 'utf8');
    expect(log).toBe([1, 2, 3, 4, 5].map((epoch) => `line ${epoch} 海\n`).join(''));
    for (const updates of [one, two, late]) {
      expect(streamText(updates, 'stdout')).toBe(log);
      const events = updates.flatMap((update) => (update.type === 'events' ? update.events : []));
      expect(events.filter((event) => event.ev === 'epoch_end' && event.src === 'job')).toHaveLength(5);
      expect(updates.at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded' } });
      const states = updates.flatMap((update) => (update.type === 'state' ? update.status.state : []));
      expect(new Set(states).size).toBe(states.length);
    }
  });

  test('a log that is truncated while it is watched is told again from its beginning', async () => {
    const engine = engineIn(folder());
    const source = `
import os, time
print('Time taken for epoch 1 is 111 sec', flush=True)
while not os.path.exists('go'):
    time.sleep(0.02)
os.truncate(os.path.join(os.environ['MINDPORT_RUN_DIR'], 'stdout.log'), 0)
print('Time taken for epoch 1 is 5 sec', flush=True)
`;
    const draft = program(source);
    const { id } = await engine.launch(draft);
    let text = '';
    let replaced = 0;
    for await (const update of engine.watch(id)) {
      if (update.type !== 'log' || update.stream !== 'stdout') continue;
      replaced += Number(update.replaced);
      text = update.replaced ? update.text : text + update.text;
      if (text.includes('111')) await go(draft.cwd);
    }
    expect({ text, replaced }).toEqual({ text: 'Time taken for epoch 1 is 5 sec\n', replaced: 1 });
    expect((await engine.summary(id)).firstEpochSeconds.value).toBe(5);
  });

  test('ends when its signal aborts, and the run goes on', async () => {
    const engine = engineIn(folder());
    const run = await launched(engine, waiting);
    const stop = new AbortController();
    for await (const update of engine.watch(run.id, { signal: stop.signal })) if (update.type === 'log') stop.abort();
    expect((await engine.status(run.id)).state).toBe('running');
    await go(run.cwd);
    await ended(engine, run.id);
  });

  test('an exit that appears after a run was thought lost is believed', async () => {
    const engine = engineIn(folder());
    const { id } = await engine.createRun(program(waiting));
    const dir = join(engine.root, 'runs', id);
    await mkdir(join(dir, 'started'));
    await utimes(join(dir, 'started'), 1, 1);
    expect((await engine.status(id)).state).toBe('lost');
    await rename(join(dir, 'exit.pending'), join(dir, 'exit.0'));
    expect((await engine.status(id)).state).toBe('succeeded');
  });
});

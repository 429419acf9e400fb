/** The Python helper and the launcher's look at the environment, in real runs. */
import { totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunEvent, parseEvent } from '../../runs/src/events';
import { ended, engineIn, folder, helper, program, python } from './scene';

async function told(source: string, more: Parameters<typeof program>[1] = {}): Promise<{ events: RunEvent[]; dir: string; id: string }> {
  const engine = engineIn(folder());
  const { id, dir } = await engine.launch(program(source, more));
  expect(await ended(engine, id)).toMatchObject({ state: 'succeeded' });
  const text = await readFile(join(dir, 'events.jsonl'), 'utf8').catch(() => '');
  const events = text.split('\n').filter(Boolean).map(parseEvent); // prettier-ignore
  expect(events).not.toContain(null);
  return { events: events as RunEvent[], dir, id };
}

test('every call makes one valid event, numbered from 0', async () => {
  const { events } = await told(`
import mindport_run as run
assert run.active()
run.run_start(framework='torch', precision='fp32', batch=2, seed=0, mode='graph', parameters=10)
run.epoch_start(1)
run.step(1, loss=0.5, lr=1e-3, seconds=0.1, epoch=1)
run.epoch(1, train_loss=float('nan'), val_loss=float('-inf'), seconds=2, samples=64, step=1)
run.infer_step(1, seconds=0.3, warmup=True, synced=True)
run.metric('rmse', 1.5, var='海温', lead_h=6, definition='fcn', units='K', n=3)
with run.window('infer'):
    pass
run.checkpoint('a.ckpt', 'ff')
run.warn('x' * 10000)
run.run_end(0)
`);
  expect(events.map((event) => event.ev)).toEqual([
    'run_start',
    'epoch_start',
    'step',
    'epoch_end',
    'infer_step',
    'metric',
    'window_start',
    'window_end',
    'checkpoint',
    'warn',
    'run_end',
  ]);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i));
  expect(events[3]).toMatchObject({ train_loss: NaN, val_loss: -Infinity, samples: 64 });
  expect(events[5]).toMatchObject({ var: '海温', lead_h: 6, def: 'fcn' });
});

test('hostile values: huge text, odd numbers, things that are no numbers; each line stays under 4 KB', async () => {
  const { events, dir } = await told(`
import mindport_run as run
class Tensor:
    def item(self): return 0.25
class Scalar:
    def __float__(self): return 0.125
class Broken:
    def __float__(self): raise RuntimeError('asynchronous error')
    def item(self): raise RuntimeError('again')
    def __str__(self): return 'broken'
for loss in (Tensor(), Scalar(), Broken(), 10**400, '0.5'):
    try:
        run.epoch(1, train_loss=loss)
    except Exception as error:
        print('raised', repr(error))
        raise
run.metric('\\n{"v":1}' * 900, 1, var='🌊' * 5000)
run.warn('\\x00\\ud800')
`);
  const raw = await readFile(join(dir, 'events.jsonl'), 'utf8');
  for (const line of raw.split('\n')) expect(Buffer.byteLength(line)).toBeLessThan(4096);
  const losses = events.filter((event) => event.ev === 'epoch_end').map((event) => event.train_loss);
  expect(losses.slice(0, 3)).toEqual([0.25, 0.125, NaN]);
  expect(events.filter((event) => event.ev === 'metric')).toHaveLength(1);
});

test('a second process of the same run goes on counting; forked children are silent', async () => {
  const { events } = await told(`
import os, subprocess, sys
import mindport_run as run
run.warn('first')
run.warn('second')
if os.fork() == 0:
    run.warn('child')
    os._exit(0)
os.wait()
subprocess.run([sys.executable, '-c', 'import mindport_run as run; run.warn("third")'], check=True)
`);
  expect(events.map((event) => [event.seq, event.ev === 'warn' && event.text])).toEqual([
    [0, 'first'],
    [1, 'second'],
    [2, 'third'],
  ]);
});

test('other ranks write files of their own', async () => {
  const { events, dir } = await told('import mindport_run as run; run.warn("x")', { env: { RANK: '3' } });
  expect(events).toEqual([]);
  expect(parseEvent((await readFile(join(dir, 'rank', '3.events.jsonl'), 'utf8')).trim())).toMatchObject({ rank: 3 });
});

test('outside a run, and with the directory gone, nothing happens', () => {
  const call = 'import mindport_run as run; print(run.active()); run.epoch(1); run.step(1, loss=2)';
  const env = { PATH: process.env['PATH'], PYTHONPATH: dirname(helper), PYTHONDONTWRITEBYTECODE: '1' };
  expect(execFileSync(python, ['-c', call], { env, encoding: 'utf8' })).toBe('False\n');
  expect(execFileSync(python, ['-c', call], { env: { ...env, MINDPORT_RUN_DIR: '/does/not/exist' }, encoding: 'utf8' })).toBe('True\n');
});

test('a program finds the tool for scores beside it, on this machine too', async () => {
  const engine = engineIn(folder());
  const { id } = await engine.launch(
    program("import importlib.util as u, os; assert os.environ['MINDPORT_RUN_DIR'] in u.find_spec('mindport_metrics').origin"),
  );
  expect(await ended(engine, id)).toMatchObject({ state: 'succeeded' });
});

test('the helper needs nothing but the standard library, with any interpreter from 3.9 on', () => {
  const call = 'import sys; sys.path.insert(0, sys.argv[1]); import mindport_run, mindport_run.probe; print(len(mindport_run.__all__))';
  expect(Number(execFileSync(python, ['-I', '-S', '-B', '-c', call, dirname(helper)], { encoding: 'utf8' }))).toBeGreaterThan(8);
});

test('the launcher tells interpreter, devices and what the spec says', async () => {
  const engine = engineIn(folder());
  const { id, dir } = await engine.launch(
    program('pass', { batch: 4, seed: 1, workers: 2, precision: 'fp32', target: { framework: 'mindspore' } }),
  );
  await ended(engine, id);
  await engine.summary(id);
  const event = parseEvent((await readFile(join(dir, 'launcher.jsonl'), 'utf8')).trim());
  const version = execFileSync(python, ['-c', 'import platform; print(platform.python_version())'], { encoding: 'utf8' }).trim();
  expect(event).toMatchObject({
    ev: 'run_start',
    src: 'launcher',
    framework: 'mindspore',
    batch: 4,
    seed: 1,
    workers: 2,
    precision: 'fp32',
    versions: { python: version },
  });
  expect((event as { devices: string[] }).devices[0]).toMatch(/^cpu: /);
  const { memory_gb: memory } = event as { memory_gb: number };
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThanOrEqual(totalmem() / 2 ** 30 + 0.05);
});

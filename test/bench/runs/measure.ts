/** The measures of the run engine, with real parts: a real sshd behind a link that delays and counts, a real Slurm. Each gives rows of its table. */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newRunId } from '../../../runs/src/directory';
import { type RunEngine } from '../../../runs/src/engine';
import { quantile } from '../../../runs/src/metrics/spread';
import { ended, engineIn, folder, program, until } from '../../runs/scene';
import { type Cluster } from '../../runs/slurm/cluster';
import { login } from '../../runs/slurm/scene';
import { type Machine, type MachineOptions } from '../../runs/ssh/scene';
import { type FaultyLink } from '../../runs/ssh/faulty-link';

export interface Scene {
  machine: (options?: MachineOptions) => Machine;
  link: () => Promise<FaultyLink>;
  cluster: Cluster | null;
}

export type Row = Record<string, string | number>;

const sleeping = 'import time\ntime.sleep(600)';
const usual = { connectMs: 30_000, answerMs: 20_000 };

const spread = (values: readonly number[]): Row => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): string => `${quantile(sorted, q).toFixed(0)} ms`;
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), most: `${sorted.at(-1)!.toFixed(0)} ms` };
};

/** The places a run can be, each with an engine of its own; ssh with the round trip in milliseconds. */
async function places({ machine, link, cluster }: Scene): Promise<{ name: string; engine: RunEngine; slurm: boolean }[]> {
  const ssh = await Promise.all(
    [0, 100].map(async (roundTrip) => {
      const wire = await link();
      wire.delay = roundTrip / 2;
      return { name: `ssh, round trip ${roundTrip} ms`, engine: machine({ link: wire, timings: usual }).engine, slurm: false };
    }),
  );
  const slurm =
    cluster === null ? [] : [{ name: 'Slurm, login node here', engine: login(cluster, { pace: undefined }).engine, slurm: true }];
  return [{ name: 'local', engine: engineIn(folder()), slurm: false }, ...ssh, ...slurm];
}

/** From the command to a job that runs: the description is made, the run directory sent and started, and the state seen. */
export async function startTimes(scene: Scene, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, engine, slurm } of await places(scene)) {
    const times: number[] = [];
    for (let i = 0; i <= rounds; i += 1) {
      const draft = { ...program(sleeping), ...(slurm ? { launch: { slurm: {} } } : {}) };
      const begin = performance.now();
      const { id } = await engine.launch(draft);
      await until('running', async () => (await engine.status(id)).state === 'running');
      times.push(performance.now() - begin);
      await engine.cancel(id, 1);
    }
    const [first, ...rest] = times;
    rows.push({ where: name, ...spread(rest), 'first (login)': `${first!.toFixed(0)} ms` });
  }
  return rows;
}

/** From a line the program prints to the watcher who is told it; 20 lines a second. */
export async function logLatency(scene: Scene, count: number): Promise<Row[]> {
  const source = `import time\nfor i in range(${count}):\n    print(i, time.time() * 1000, flush=True)\n    time.sleep(0.05)\n`;
  const rows: Row[] = [];
  for (const { name, engine, slurm } of await places(scene)) {
    const { id } = await engine.launch({ ...program(source), ...(slurm ? { launch: { slurm: {} } } : {}) });
    const late: number[] = [];
    let inOrder = true;
    // srun may hand a line on in two pieces
    let torn = '';
    for await (const update of engine.watch(id)) {
      if (update.type !== 'log' || update.stream !== 'stdout') continue;
      const lines = (torn + update.text).split('\n');
      torn = lines.pop()!;
      for (const line of lines) {
        const [number, time] = line.split(' ').map(Number);
        inOrder &&= number === late.length;
        late.push(Date.now() - time!);
      }
    }
    rows.push({ where: name, ...spread(late), 'each once, in order': inOrder && late.length === count ? 'yes' : 'NO' });
  }
  return rows;
}

/** What an hour of watching 20 runs over one connection costs; each prints a line and a training step every two seconds. */
export async function watching({ machine, link }: Scene, seconds: number): Promise<Row[]> {
  const wire = await link();
  const { engine } = machine({ link: wire, timings: usual });
  const source = `
import time
import mindport_run as run
for i in range(600):
    print('step', i, 'loss', 1 / (i + 1), flush=True)
    run.step(i, loss=1 / (i + 1))
    time.sleep(2)
`;
  const ids: string[] = [];
  for (let i = 0; i < 20; i += 1) ids.push((await engine.launch({ ...program(source), python: null })).id);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  let lines = 0;
  const watchers = ids.map(async (id) => {
    for await (const update of engine.watch(id, { signal: stop.signal }))
      if (update.type === 'log' && update.stream === 'stdout') lines += update.text.split('\n').length - 1;
  });
  await until('all logs', () => lines >= 20);
  const [bytes, connections, told, begin] = [wire.bytes, wire.connections, lines, performance.now()];
  await pause(seconds * 1000);
  const hours = (performance.now() - begin) / 3_600_000;
  const row = {
    runs: 20,
    'lines a second': ((lines - told) / (hours * 3600)).toFixed(1),
    'MB an hour': ((wire.bytes - bytes) / 1e6 / hours).toFixed(1),
    'new connections': wire.connections - connections,
    connections: wire.connections,
    'measured for': `${seconds} s`,
  };
  stop.abort();
  await Promise.all(watchers);
  for (const id of ids) await engine.cancel(id, 1);
  return [row];
}

/** Starts whose link is reset at a random moment, each followed to its end over a link that is reset again. */
export async function exactlyOnce({ machine, link }: Scene, starts: number): Promise<Row[]> {
  const wire = await link();
  const here = machine({ link: wire });
  let [resets, twice, never, torn, wrong] = [0, 0, 0, 0, 0];
  const reset = wire.reset.bind(wire);
  wire.reset = () => {
    resets += wire.open;
    reset();
  };
  for (let i = 0; i < starts; i += 1) {
    const draft = program(`open('starts', 'a').write('x')\nfor i in range(200):\n    print('line', i, 'of a log', flush=True)\n`);
    // a moment of making, starting or following it, or a byte of what is sent
    if (i % 2 === 0) wire.resetAfter(1 + Math.floor(Math.random() * 6000));
    const cut = setTimeout(() => {
      wire.reset();
      wire.heal();
    }, Math.random() * 250);
    const id = newRunId();
    const spec = await again(() => here.engine.createRun(draft, undefined, id));
    await again(() => here.engine.start(spec.id));
    let text = '';
    for await (const update of here.engine.watch(spec.id, { fastest: 20, slowest: 100 })) {
      if (update.type === 'log' && update.stream === 'stdout') text = update.replaced ? update.text : text + update.text;
    }
    clearTimeout(cut);
    wire.heal();
    const { state } = await again(() => ended(here.engine, spec.id));
    const count = readFileSync(join(draft.cwd, 'starts'), 'utf8').length;
    if (count > 1) twice += 1;
    if (count === 0) never += 1;
    if (state !== 'succeeded') wrong += 1;
    if (text !== readFileSync(join(here.dir(spec.id), 'stdout.log'), 'utf8')) torn += 1;
  }
  return [
    {
      starts,
      'connections reset': resets,
      'started twice': twice,
      'never started': never,
      'log not byte-equal': torn,
      'wrong state': wrong,
    },
  ];
}

/** What may be repeated, until it is answered. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= 20) throw error;
    }
  }
}

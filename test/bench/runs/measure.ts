/** The measures of the run engine, with real parts: a real sshd behind a link that delays and counts, a real Slurm. Each gives rows of its table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newRunId } from '../../../runs/src/directory';
import { type RunEngine } from '../../../runs/src/engine';
import { type RunDraft } from '../../../runs/src/spec';
import * as costs from '../../runs/costs';
import { ended, engineIn, folder, program } from '../../runs/scene';
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

const spread = (values: readonly number[]): Row => {
  const { n, p50, p95, most } = costs.spreadOf(values);
  return { n, p50: `${p50.toFixed(0)} ms`, p95: `${p95.toFixed(0)} ms`, most: `${most.toFixed(0)} ms` };
};

const submitted = (slurm: boolean): Partial<RunDraft> => (slurm ? { launch: { slurm: {} } } : {});

/** The places a run can be, each with an engine of its own; ssh with the round trip in milliseconds. */
async function places({ machine, link, cluster }: Scene): Promise<{ name: string; engine: RunEngine; slurm: boolean }[]> {
  const ssh = await Promise.all(
    [0, 100].map(async (roundTrip) => {
      const wire = await link();
      wire.delay = roundTrip / 2;
      return { name: `ssh, round trip ${roundTrip} ms`, engine: machine({ link: wire, timings: costs.patient }).engine, slurm: false };
    }),
  );
  const slurm =
    cluster === null ? [] : [{ name: 'Slurm, login node here', engine: login(cluster, { pace: undefined }).engine, slurm: true }];
  return [{ name: 'local', engine: engineIn(folder()), slurm: false }, ...ssh, ...slurm];
}

/** From the command to a job that runs, at every place. */
export async function startTimes(scene: Scene, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, engine, slurm } of await places(scene)) {
    const { first, times } = await costs.startTimes(engine, rounds, submitted(slurm));
    rows.push({ where: name, ...spread(times), 'first (login)': `${first.toFixed(0)} ms` });
  }
  return rows;
}

/** From a line the program prints to the watcher who is told it, at every place. */
export async function logLatency(scene: Scene, count: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, engine, slurm } of await places(scene)) {
    const { numbers, late } = await costs.lineDelays(engine, count, submitted(slurm));
    const inOrder = numbers.length === count && numbers.every((number, i) => number === i);
    rows.push({ where: name, ...spread(late), 'each once, in order': inOrder ? 'yes' : 'NO' });
  }
  return rows;
}

/** What an hour of watching 20 runs over one connection costs. */
export async function watching({ machine, link }: Scene, seconds: number): Promise<Row[]> {
  const wire = await link();
  const { engine } = machine({ link: wire, timings: costs.patient });
  const { linesASecond, megabytesAnHour, newConnections } = await costs.watchingCost(engine, wire, 20, seconds);
  const row = {
    runs: 20,
    'lines a second': linesASecond.toFixed(1),
    'MB an hour': megabytesAnHour.toFixed(1),
    'new connections': newConnections,
    connections: wire.connections,
    'measured for': `${seconds} s`,
  };
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

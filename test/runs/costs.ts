/** What runs cost in time and bytes, measured with real parts; the tests judge what came, the bench prints what it took. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type RunEngine } from '../../runs/src/engine';
import { quantile } from '../../runs/src/metrics/spread';
import { type RunDraft } from '../../runs/src/spec';
import { program, until } from './scene';
import { type FaultyLink } from './ssh/faulty-link';

/** Times that let nothing fail for being late: what is measured here may wait. */
export const patient = { connectMs: 30_000, answerMs: 20_000 };

export interface Spread {
  n: number;
  p50: number;
  p95: number;
  most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { n: sorted.length, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), most: sorted.at(-1)! };
}

/**
 * From the command to a job that runs: the description is made, the run directory sent and started, and the state seen.
 * @returns milliseconds; the first start, which logs in, apart from the `rounds` others
 */
export async function startTimes(
  engine: RunEngine,
  rounds: number,
  more: Partial<RunDraft> = {},
): Promise<{ first: number; times: number[] }> {
  const all: number[] = [];
  for (let i = 0; i <= rounds; i += 1) {
    const draft = program('import time\ntime.sleep(600)', more);
    const begin = performance.now();
    const { id } = await engine.launch(draft);
    await until('running', async () => (await engine.status(id)).state === 'running');
    all.push(performance.now() - begin);
    await engine.cancel(id, 1);
  }
  const [first, ...times] = all;
  return { first: first!, times };
}

/**
 * From a line the program prints to the watcher who is told it; 20 lines a second.
 * @returns the numbers of the lines as they came, and by how many milliseconds each was late
 */
export async function lineDelays(
  engine: RunEngine,
  count: number,
  more: Partial<RunDraft> = {},
): Promise<{ numbers: number[]; late: number[] }> {
  const source = `import time\nfor i in range(${count}):\n    print(i, time.time() * 1000, flush=True)\n    time.sleep(0.05)\n`;
  const { id } = await engine.launch(program(source, more));
  const numbers: number[] = [];
  const late: number[] = [];
  // srun may hand a line on in two pieces
  let torn = '';
  for await (const update of engine.watch(id)) {
    if (update.type !== 'log' || update.stream !== 'stdout') continue;
    const lines = (torn + update.text).split('\n');
    torn = lines.pop()!;
    for (const line of lines) {
      const [number, time] = line.split(' ').map(Number);
      numbers.push(number!);
      late.push(Date.now() - time!);
    }
  }
  return { numbers, late };
}

export interface WatchingCost {
  /** of all runs together */
  linesASecond: number;
  megabytesAnHour: number;
  newConnections: number;
}

/** What watching `count` runs over one connection costs, measured for `seconds`; each prints a line and a training step every two seconds. */
export async function watchingCost(engine: RunEngine, wire: FaultyLink, count: number, seconds: number): Promise<WatchingCost> {
  const source = `
import time
import mindport_run as run
for i in range(600):
    print('step', i, 'loss', 1 / (i + 1), flush=True)
    run.step(i, loss=1 / (i + 1))
    time.sleep(2)
`;
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push((await engine.launch(program(source, { python: null }))).id);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  let lines = 0;
  const watchers = ids.map(async (id) => {
    for await (const update of engine.watch(id, { signal: stop.signal }))
      if (update.type === 'log' && update.stream === 'stdout') lines += update.text.split('\n').length - 1;
  });
  await until('all logs', () => lines >= count);
  const [bytes, connections, told, begin] = [wire.bytes, wire.connections, lines, performance.now()];
  await pause(seconds * 1000);
  const hours = (performance.now() - begin) / 3_600_000;
  const cost = {
    linesASecond: (lines - told) / (hours * 3600),
    megabytesAnHour: (wire.bytes - bytes) / 1e6 / hours,
    newConnections: wire.connections - connections,
  };
  stop.abort();
  await Promise.all(watchers);
  for (const id of ids) await engine.cancel(id, 1);
  return cost;
}

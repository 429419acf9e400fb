/** What ssh costs: printed, not judged. Judged is that every line arrives once and in order, and that one connection is enough. */
import { describe, expect, test } from 'vitest';
import { quantile } from '../../runs/src/metrics/spread';
import { program, until } from './scene';
import { sshScene } from './ssh/scene';

const { machine, link } = sshScene();

const shown = (values: number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return `p50 ${quantile(sorted, 0.5).toFixed(0)} ms, p95 ${quantile(sorted, 0.95).toFixed(0)} ms, n ${sorted.length}`;
};
const sleeping = 'import time\ntime.sleep(600)';
const usual = { connectMs: 30_000, answerMs: 20_000 };

// the delay counts once for a round trip: half of it in each direction
describe.each([0, 100])('round trip %d ms', (roundTrip) => {
  test('time from command to running', async () => {
    const wire = await link();
    wire.delay = roundTrip / 2;
    const here = machine({ link: wire, timings: usual });
    const times: number[] = [];
    let first = 0;
    for (let i = 0; i < 5; i += 1) {
      const draft = program(sleeping);
      const begin = performance.now();
      const { id } = await here.engine.launch(draft);
      await until('running', async () => (await here.engine.status(id)).state === 'running');
      const took = performance.now() - begin;
      if (i === 0) first = took;
      else times.push(took);
      await here.engine.cancel(id, 1);
    }
    console.log(`ssh, round trip ${roundTrip} ms, command to running: ${shown(times)}; the first one, with login, ${first.toFixed(0)} ms`);
    expect(times).toHaveLength(4);
    expect(wire.connections).toBe(1);
  });

  test('time from the program’s line to the watcher', async () => {
    const wire = await link();
    wire.delay = roundTrip / 2;
    const here = machine({ link: wire, timings: usual });
    const source = `
import time
for i in range(120):
    print(i, time.time() * 1000, flush=True)
    time.sleep(0.05)
`;
    const { id } = await here.engine.launch(program(source));
    const numbers: number[] = [];
    const late: number[] = [];
    for await (const update of here.engine.watch(id)) {
      if (update.type !== 'log' || update.stream !== 'stdout') continue;
      for (const line of update.text.trim().split('\n')) {
        const [number, time] = line.split(' ').map(Number);
        numbers.push(number!);
        late.push(Date.now() - time!);
      }
    }
    console.log(`ssh, round trip ${roundTrip} ms, line to watcher: ${shown(late)}`);
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, i) => i));
  });
});

test('what watching 20 runs costs', async () => {
  const minute = Number(process.env['MINDPORT_WATCH_SECONDS'] ?? 15);
  const wire = await link();
  const here = machine({ link: wire, timings: usual });
  // a line and a training step every two seconds, as programs of this kind print
  const source = `
import time
import mindport_run as run
for i in range(600):
    print('step', i, 'loss', 1 / (i + 1), flush=True)
    run.step(i, loss=1 / (i + 1))
    time.sleep(2)
`;
  const ids: string[] = [];
  for (let i = 0; i < 20; i += 1) ids.push((await here.engine.launch({ ...program(source), python: null })).id);
  const stop = new AbortController();
  let lines = 0;
  const watching = ids.map(async (id) => {
    for await (const update of here.engine.watch(id, { signal: stop.signal })) {
      if (update.type === 'log' && update.stream === 'stdout') lines += update.text.split('\n').length - 1;
    }
  });
  await until('all logs', () => lines >= 20);
  const [bytes, connections, told] = [wire.bytes, wire.connections, lines];
  const begin = performance.now();
  await until('the time', () => performance.now() - begin > minute * 1000);
  const hours = (performance.now() - begin) / 3_600_000;
  const megabytes = ((wire.bytes - bytes) / 1e6 / hours).toFixed(1);
  stop.abort();
  await Promise.all(watching);
  const rate = ((lines - told) / (hours * 3600)).toFixed(1);
  console.log(
    `ssh, watching 20 runs (${rate} lines/s together): ${megabytes} MB an hour by ${minute} measured seconds, ` +
      `${wire.connections - connections} connections more, ${wire.connections} in all`,
  );
  expect(lines).toBeGreaterThan(told);
  expect(wire.connections).toBe(1);
  for (const id of ids) await here.engine.cancel(id, 1);
});

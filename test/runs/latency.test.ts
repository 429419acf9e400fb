/** How long a start takes and how late a line arrives: printed, not judged; judged is that every line arrives once and in order. */
import { expect, test } from 'vitest';
import { quantile } from '../../runs/src/metrics/spread';
import { engineIn, folder, program, until } from './scene';

const shown = (values: number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return `p50 ${quantile(sorted, 0.5).toFixed(0)} ms, p95 ${quantile(sorted, 0.95).toFixed(0)} ms, n ${sorted.length}`;
};

test('time from command to running', async () => {
  const engine = engineIn(folder());
  const times: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    const draft = program('import time\ntime.sleep(600)');
    const begin = performance.now();
    const { id } = await engine.launch(draft);
    await until('running', async () => (await engine.status(id)).state === 'running');
    times.push(performance.now() - begin);
    await engine.cancel(id, 0.001);
  }
  console.log(`command to running: ${shown(times)}`);
  expect(times).toHaveLength(12);
});

test('time from the program’s line to the watcher', async () => {
  const engine = engineIn(folder());
  const source = `
import time
for i in range(150):
    print(i, time.time() * 1000, flush=True)
    time.sleep(0.03)
`;
  const { id } = await engine.launch(program(source));
  const numbers: number[] = [];
  const late: number[] = [];
  for await (const update of engine.watch(id)) {
    if (update.type !== 'log') continue;
    for (const line of update.text.trim().split('\n')) {
      const [number, time] = line.split(' ').map(Number);
      numbers.push(number!);
      late.push(Date.now() - time!);
    }
  }
  console.log(`line to watcher: ${shown(late)}`);
  expect(numbers).toEqual(Array.from({ length: 150 }, (_, i) => i));
});

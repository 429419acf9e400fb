/** What ssh costs: printed, not judged. Judged is that every line arrives once and in order, and that one connection is enough. */
import { describe, expect, test } from 'vitest';
import { lineDelays, patient, spreadOf, startTimes, watchingCost } from './costs';
import { sshScene } from './ssh/scene';

const { machine, link } = sshScene();

const shown = (values: readonly number[]): string => {
  const { n, p50, p95 } = spreadOf(values);
  return `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, n ${n}`;
};

// the delay counts once for a round trip: half of it in each direction
describe.each([0, 100])('round trip %d ms', (roundTrip) => {
  test('time from command to running', async () => {
    const wire = await link();
    wire.delay = roundTrip / 2;
    const { first, times } = await startTimes(machine({ link: wire, timings: patient }).engine, 4);
    console.log(`ssh, round trip ${roundTrip} ms, command to running: ${shown(times)}; the first one, with login, ${first.toFixed(0)} ms`);
    expect(times).toHaveLength(4);
    expect(wire.connections).toBe(1);
  });

  test('time from the program’s line to the watcher', async () => {
    const wire = await link();
    wire.delay = roundTrip / 2;
    const { numbers, late } = await lineDelays(machine({ link: wire, timings: patient }).engine, 120);
    console.log(`ssh, round trip ${roundTrip} ms, line to watcher: ${shown(late)}`);
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, i) => i));
  });
});

test('what watching 20 runs costs', async () => {
  const seconds = Number(process.env['MINDPORT_WATCH_SECONDS'] ?? 15);
  const wire = await link();
  const cost = await watchingCost(machine({ link: wire, timings: patient }).engine, wire, 20, seconds);
  console.log(
    `ssh, watching 20 runs (${cost.linesASecond.toFixed(1)} lines/s together): ${cost.megabytesAnHour.toFixed(1)} MB an hour by ${seconds} measured seconds, ` +
      `${cost.newConnections} connections more, ${wire.connections} in all`,
  );
  expect(cost.linesASecond).toBeGreaterThan(0);
  expect(wire.connections).toBe(1);
});

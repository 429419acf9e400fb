/** Energy over windows with coverage: closed forms, gaps, counters, clocks; efficiency; a run from the sampler to the row of the comparison. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunEvent } from '../../runs/src/events';
import { efficiencyRatio, efficiencyRow, equalWorkRatio, samplesPerJoule } from '../../runs/src/telemetry/efficiency';
import { energyOf } from '../../runs/src/telemetry/energy';
import { deviceCurves } from '../../runs/src/telemetry/curves';
import { measureEnergy } from '../../runs/src/telemetry/measure';
import { parseTelemetry } from '../../runs/src/telemetry/record';
import { type NodeSeries, readSeries, usedDevices } from '../../runs/src/telemetry/series';
import { spansOn, windowsOf } from '../../runs/src/telemetry/windows';
import { times } from '../times';
import { ended, engineIn, folder, program, python } from './scene';
import * as fakes from './telemetry/fake-tools';

type Device = Record<string, unknown>;

/** A node's file: `[monotonic seconds, devices]`; the time of day is 1000 s ahead. */
function node(samples: [number, Device[]][], more: { used?: string[]; interval?: number; host?: string } = {}): NodeSeries {
  const { used = null, interval = 1, host = 'h' } = more;
  const lines = [
    { v: 1, k: 'start', t: 1000, mono: 0, host, node: 'n1', chip: 'npu', tool: 'x', interval, used },
    ...samples.map(([mono, d]) => ({ v: 1, k: 's', t: 1000 + mono, mono, d })),
  ];
  return readSeries(lines.map((line) => JSON.stringify(line)).join('\n'));
}

const constant = (watts: number, from: number, to: number, step = 1): [number, Device[]][] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => [from + i * step, [{ id: '0', p: watts }]]);

function event(ev: RunEvent['ev'], mono: number, more: object = {}): RunEvent {
  return { v: 1, seq: mono, t: 1000 + mono, mono, src: 'job', rank: 0, host: 'h', attempt: 1, ev, ...more } as RunEvent;
}

const windowed = (from: number, to: number, kind = 'train'): RunEvent[] => [
  event('window_start', from, { window: kind }),
  event('window_end', to, { window: kind }),
];

describe('energy', () => {
  test('a power that grows steadily is integrated exactly, whatever the time stamps and the window', () => {
    const stamps = fc
      .uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 60 })
      .map((each) => each.sort((a, b) => a - b));
    fc.assert(
      fc.property(stamps, fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (at, watts, slope) => {
        const series = node(
          at.map((t) => [t, [{ id: '0', p: watts + slope * t }]]),
          { interval: 1000 },
        );
        const [from, to] = [at[0]! + 0.25, at.at(-1)! - 0.5];
        const [energy] = energyOf(series, [{ from, to }]);
        const exact = watts * (to - from) + (slope * (to ** 2 - from ** 2)) / 2;
        expect(energy!.joules).toBeCloseTo(Math.max(0, exact), 4);
        expect(energy!.covered).toBeCloseTo(Math.max(0, to - from), 6);
      }),
      { numRuns: times(100) },
    );
  });

  test('a gap of more than three intervals is not bridged', () => {
    const at = (mono: number): [number, Device[]] => [mono, [{ id: '0', p: 100 }]];
    const bridged = energyOf(node([at(0), at(1), at(4), at(5)]), [{ from: 0, to: 5 }])[0]!;
    expect(bridged).toMatchObject({ joules: 500, covered: 5 });
    const torn = energyOf(node([at(0), at(1), at(4.01), at(5)]), [{ from: 0, to: 5 }])[0]!;
    expect(torn.covered).toBeCloseTo(1.99, 9);
    expect(torn.joules).toBeCloseTo(199, 9);
  });

  test('a slower rate later is no gap', () => {
    const text = [
      '{"v":1,"k":"start","t":0,"mono":0,"host":"h","node":"n","chip":"gpu","tool":"x","interval":1,"used":null}',
      '{"v":1,"k":"s","t":0,"mono":0,"d":[{"id":"0","p":10}]}',
      '{"v":1,"k":"rate","t":0,"mono":0.5,"interval":5}',
      '{"v":1,"k":"s","t":1,"mono":1,"d":[{"id":"0","p":10}]}',
      '{"v":1,"k":"s","t":9,"mono":9,"d":[{"id":"0","p":10}]}',
    ].join('\n');
    expect(energyOf(readSeries(text), [{ from: 0, to: 9 }])[0]).toMatchObject({ joules: 90, covered: 9 });
  });

  test('what is null or cannot be true is not integrated', () => {
    const series = node([
      [0, [{ id: '0', p: 100 }]],
      [1, [{ id: '0' }]],
      [2, [{ id: '0', p: 2, f: ['implausible'] }]],
      [3, [{ id: '0', p: 100 }]],
    ]);
    expect(energyOf(series, [{ from: 0, to: 3 }])).toEqual([{ id: '0', joules: 300, covered: 3, by: 'power', implausible: 1 }]);
  });

  test('a counter wins, bridges gaps and is shared out over the window; a reset is left out', () => {
    const series = node([
      [0, [{ id: '0', p: 1, e: 1000 }]],
      [100, [{ id: '0', p: 1, e: 3000 }]],
      [110, [{ id: '0', p: 1, e: 5 }]],
      [120, [{ id: '0', p: 1, e: 105 }]],
    ]);
    expect(energyOf(series, [{ from: 50, to: 120 }])[0]).toMatchObject({ joules: 1100, covered: 60, by: 'counter' });
  });

  test('chips of one card share its sensor and count once; devices of others are left out', () => {
    const devices = [
      { id: '0', p: 400 },
      { id: '0.1', card: '0' },
      { id: '1', p: 300 },
      { id: '1.1', card: '1' },
    ];
    const samples: [number, Device[]][] = [0, 1, 2].map((t) => [t, devices]);
    expect(energyOf(node(samples), [{ from: 0, to: 2 }]).map(({ id, joules }) => [id, joules])).toEqual([
      ['0', 800],
      ['1', 600],
    ]);
    expect(energyOf(node(samples, { used: ['1'] }), [{ from: 0, to: 2 }]).map(({ id }) => id)).toEqual(['1']);
    expect(usedDevices(node(samples, { used: ['GPU-aaaa'] }))).toHaveLength(4);
  });
});

describe('report', () => {
  test('energy and mean power over the window, idle power outside', () => {
    const samples = [...constant(50, 0, 9), ...constant(200, 10, 40), ...constant(50, 41, 50)];
    const report = measureEnergy([node(samples)], windowed(10, 40), 'train');
    expect(report).toMatchObject({ basis: 'window', window: 30, coverage: 1, energy: { value: 6000, n: 1 }, power: { value: 200 } });
    expect(report.idlePower).toBeGreaterThan(50);
    expect(report.idlePower).toBeLessThan(70);
  });

  test('under 95 % it is incomplete; at 95 % the mean power stands', () => {
    const most = measureEnergy([node(constant(100, 0, 95))], windowed(0, 100), 'train');
    expect(most).toMatchObject({ coverage: 0.95, energy: { value: 9500 }, power: { value: 100 } });
    const less = measureEnergy([node(constant(100, 0, 94))], windowed(0, 100), 'train');
    expect(less).toMatchObject({
      coverage: 0.94,
      energy: { value: null, missing: 'incomplete' },
      power: { value: null, missing: 'incomplete' },
    });
  });

  test('several nodes add up; one without samples, or a device without a sensor, makes it incomplete', () => {
    const good = node(constant(100, 0, 10));
    expect(measureEnergy([good, good], windowed(0, 10), 'train')).toMatchObject({ energy: { value: 2000 }, power: { value: 200 } });
    expect(measureEnergy([good, null], windowed(0, 10), 'train')).toMatchObject({
      coverage: 0,
      energy: { value: null, missing: 'incomplete' },
    });
    const half = node([0, 1, 2].map((t) => [t, [{ id: '0', p: 100 }, { id: '1' }]]));
    expect(measureEnergy([half], windowed(0, 2), 'train')).toMatchObject({ coverage: 0, energy: { missing: 'incomplete' } });
  });

  test('no sensor is no energy, and why', () => {
    const none = readSeries(
      '{"v":1,"k":"start","t":0,"mono":0,"host":"h","node":"n","chip":"cpu","tool":"/proc","interval":1,"used":null}\n' +
        '{"v":1,"k":"note","t":0,"mono":0,"what":"no_sensor","text":"no counters"}\n{"v":1,"k":"s","t":0,"mono":0,"d":[{"id":"cpu","u":5}]}',
    );
    expect(measureEnergy([none], windowed(0, 10), 'train')).toMatchObject({
      energy: { value: null, missing: 'energy.no_sensor' },
      idlePower: null,
      notes: [{ node: 'n', what: 'no_sensor', text: 'no counters' }],
    });
  });

  test('windows: several of one name together, those of the other kind not; another host by the time of day', () => {
    const events = [...windowed(2, 4), ...windowed(4, 6, 'infer'), ...windowed(6, 9)];
    const windows = windowsOf(events, 'train');
    expect(spansOn(windows, node(constant(1, 0, 10)))).toEqual([
      { from: 2, to: 4 },
      { from: 6, to: 9 },
    ]);
    const other = node([[500, [{ id: '0', p: 1 }]]], { host: 'other' });
    // its monotonic clock began 500 s earlier
    const shifted = { ...other, samples: other.samples.map((sample) => ({ ...sample, t: 1000 })) };
    expect(spansOn(windows, shifted)[0]).toEqual({ from: 502, to: 504 });
  });

  test('without a window: epochs or steps, else the whole run', () => {
    const series = node(constant(100, 0, 20));
    const epochs = [event('epoch_end', 5, { epoch: 1, seconds: 3 }), event('epoch_end', 10, { epoch: 2, seconds: 5 })];
    expect(measureEnergy([series], epochs, 'train')).toMatchObject({ basis: 'epochs', window: 8 });
    const steps = [1, 2, 3].map((lead) => event('infer_step', 10 + lead, { lead, seconds: 1, warmup: lead === 1 }));
    expect(measureEnergy([series], steps, 'infer')).toMatchObject({ basis: 'steps', window: 2 });
    expect(measureEnergy([series], [], 'train')).toMatchObject({ basis: 'run', window: 20 });
  });
});

test('efficiency: samples for each joule, ratio to the baseline, the paper’s three columns', () => {
  expect(samplesPerJoule(10, 200)).toBe(0.05);
  expect(samplesPerJoule(10, null)).toBeNull();
  expect(efficiencyRatio(0.06, 0.05)).toBeCloseTo(1.2, 12);
  expect(equalWorkRatio(100, 130)).toBeCloseTo(1.3, 12);
  expect(equalWorkRatio(0, 130)).toBeNull();
  const base = { kind: 'train', meanPowerWatts: 400, seconds: 7200, samplesPerStep: 32, secondsPerStep: 2 } as const;
  const own = { ...base, meanPowerWatts: 300, seconds: 3600 };
  expect(efficiencyRow(own, base)).toEqual({
    meanPowerWatts: 300,
    kilowattHours: 0.3,
    joulesPerStep: null,
    samplesPerJoule: 32 / 2 / 300,
    ratio: expect.closeTo(4 / 3, 12),
  });
  const infer = { kind: 'infer', meanPowerWatts: 250, seconds: null, samplesPerStep: 1, secondsPerStep: 0.4 } as const;
  expect(efficiencyRow(infer, null)).toMatchObject({ joulesPerStep: 100, kilowattHours: null, ratio: null });
});

describe('files', () => {
  test('whatever a line holds, nothing is thrown and nothing foreign is taken', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ v: 1, k: 's', t: 1, mono: 1, d: value })),
        ),
        (line) => {
          const told = parseTelemetry(line);
          if (told?.kind !== 'sample') return;
          for (const { power, id } of told.devices) {
            expect(power === null || (Number.isFinite(power) && power >= 0)).toBe(true);
            expect(id.length).toBeLessThanOrEqual(300);
          }
        },
      ),
      { numRuns: times(300) },
    );
  });

  test('a torn end, lines that run backwards and control characters', () => {
    const series = readSeries(
      [
        '{"v":1,"k":"start","t":0,"mono":5,"host":"h\\u001b]0;x","node":"n","chip":"gpu","tool":"x","interval":1,"used":null}',
        '{"v":1,"k":"s","t":1,"mono":6,"d":[{"id":"0","p":-5,"u":"7"}]}',
        '{"v":1,"k":"s","t":1,"mono":2,"d":[{"id":"0","p":5}]}',
        '{"v":1,"k":"s","t":2,"mono":7,"d":[{"id":"0","p":',
      ].join('\n'),
    );
    expect(series.host).toBe('h ]0;x');
    expect(series.samples).toHaveLength(1);
    expect(series.samples[0]!.devices[0]).toMatchObject({ power: null, utilisation: null });
  });

  test('curves are thinned by means, and keep what was not told', () => {
    const series = node([...constant(100, 0, 999), [1000, [{ id: '0', u: 50 }]]]);
    const [curve] = deviceCurves([series, null], 1_000_000, 10);
    expect(curve!.points).toHaveLength(10);
    expect(curve!.points.every(({ power }) => power === 100)).toBe(true);
    expect(curve!.points.at(-1)!.utilisation).toBe(50);
    expect(curve!.points[0]!.utilisation).toBeNull();
    expect(curve!.points[0]!.t).toBeCloseTo(49.5, 6);
  });
});

test('a run is sampled beside its program and its row tells power and energy of its own device', async () => {
  const bin = fakes.fakeTools({ 'nvidia-smi': fakes.nvidiaSmi });
  const engine = engineIn(folder());
  const draft = program(
    `import os, time
import mindport_run as run
out = os.path.join(os.environ['MINDPORT_RUN_DIR'], 'telemetry')
def samples():
    return sum(open(os.path.join(out, name)).read().count('"k":"s"') for name in os.listdir(out) if name.endswith('.jsonl'))
while samples() < 2:
    time.sleep(0.01)
with run.window('train'):
    while samples() < 8:
        time.sleep(0.01)
while samples() < 10:
    time.sleep(0.01)
print(os.environ['CUDA_VISIBLE_DEVICES'])
`,
    {
      target: { framework: 'torch', chip: 'nvidia', devices: 1 },
      env: { PATH: `${bin}:${process.env['PATH']}` },
      launch: { telemetry: { seconds: 0.1 } },
      python,
    },
  );
  const { id } = await engine.launch(draft);
  expect((await ended(engine, id)).state).toBe('succeeded');
  const row = await engine.summary(id);
  expect(row.meanPowerWatts.value).toBeCloseTo(250.75, 6);
  expect(row.energyJoules.value! / row.telemetry!.windowSeconds / row.telemetry!.coverage).toBeCloseTo(250.75, 6);
  expect(row.telemetry).toMatchObject({ basis: 'window', devices: [{ id: '0', by: 'power' }] });
  // the second card is none of the run's
  expect(row.telemetry!.curves.map(({ device }) => device)).toEqual(['0']);
  expect(await text(engine, id)).toContain('0\n');
});

async function text(engine: ReturnType<typeof engineIn>, id: string): Promise<string> {
  let all = '';
  for await (const log of engine.log(id)) all += log.text;
  return all;
}

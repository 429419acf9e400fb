/** Sweeps: rows from axes and tables, a queue on disk that several processes go on with, each row started once. */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RunError } from '../../runs/src/errors';
import { type RunStatus } from '../../runs/src/engine';
import { rowsOf } from '../../runs/src/sweep/axes';
import { busyDevices, devicesOfVariable, freeDevices } from '../../runs/src/sweep/devices';
import { SweepDriver } from '../../runs/src/sweep/drive';
import { type Sweep, planSweep } from '../../runs/src/sweep/plan';
import { SweepStore } from '../../runs/src/sweep/store';
import { bundled, folder, machinesPlace, python, repository, until } from './scene';

const key = (error: unknown): string => (error instanceof RunError ? `${error.key} ${error.args['field'] ?? ''}`.trim() : String(error));

function thrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return key(error);
  }
  return 'nothing';
}

describe('rows', () => {
  test('Table 2 and Table 3 of the paper', () => {
    const short = (table: string): unknown[] => rowsOf({ table }).map((row) => [row.framework, row.chip, row.devices, row.batch]);
    expect(short('table2')).toEqual([
      ['torch', 'nvidia', 16, 2],
      ['torch', 'nvidia', 16, 1],
      ['torch', 'nvidia-3090', 16, 1],
      ['torch_npu', 'ascend910b', 16, 2],
      ['torch_npu', 'ascend910b', 16, 1],
      ['torch', 'dcu-z100l', 16, 1],
      ['torch', 'dcu-z100l', 32, 1],
      ['torch', 'dcu-z100l', 64, 1],
    ]);
    expect(short('table3')).toEqual([
      ['mindspore', 'nvidia', 16, 2],
      ['mindspore', 'nvidia', 16, 1],
      ['mindspore', 'ascend910b', 16, 2],
      ['mindspore', 'ascend910b', 16, 1],
    ]);
  });

  test('combinations in order, without the excluded, each once, repeated', () => {
    const axes = { framework: ['torch', 'mindspore'], chip: ['cpu', 'dcu-z100l'], batch: [1, 2], precision: 'fp32' };
    const rows = rowsOf({
      axes,
      exclude: [
        { framework: 'mindspore', chip: 'dcu-z100l' },
        { batch: [2], chip: 'dcu-z100l' },
      ],
      repeats: 2,
    });
    expect(rows.map((row) => `${row.framework} ${row.chip} ${row.batch} ${row.repeat}`)).toEqual(
      ['torch cpu 1', 'torch cpu 2', 'torch dcu-z100l 1', 'mindspore cpu 1', 'mindspore cpu 2'].flatMap((row) => [`${row} 1`, `${row} 2`]),
    );
    expect(rowsOf({ rows: [{ batch: 1 }, { batch: 1 }] })).toHaveLength(1);
    expect(rowsOf({})).toHaveLength(1);
    expect(rowsOf({ axes: { workers: [0, 2] } }).map(({ workers }) => workers)).toEqual([0, 2]);
  });

  test.each([
    [{ axes: { chips: ['cpu'] } }, 'sweep.bad_field axes.chips'],
    [{ axes: { workers: [-1] } }, 'sweep.bad_field workers'],
    [{ axes: { batch: [] } }, 'sweep.bad_field axes.batch'],
    [{ axes: { batch: ['2; rm'] } }, 'sweep.bad_field batch'],
    [{ axes: { chip: ['$(id)'] } }, 'sweep.bad_field chip'],
    [{ table: 'table9' }, 'sweep.bad_field table'],
    [{ table: '__proto__' }, 'sweep.bad_field table'],
    [
      { axes: { batch: Array.from({ length: 60 }, (_, i) => i + 1), devices: Array.from({ length: 60 }, (_, i) => i + 1) } },
      'sweep.too_many',
    ],
    [{ rows: [{ batch: 1 }], exclude: [{ batch: 1 }] }, 'sweep.no_rows'],
  ])('%j: %s', (given, expected) => {
    expect(thrown(() => rowsOf(given))).toBe(expected);
  });
});

describe('plan', () => {
  test('values are put into words and variables; launcher by framework; parts of a chip or framework', () => {
    const sweep = planSweep(
      {
        name: 'p',
        program: ['train.py', '--batch={batch}', '{devices_per_node}', '{other}', '--workers={workers}'],
        env: { OUT: 'out-{chip}-{framework}' },
        axes: { framework: ['torch', 'mindspore'], chip: 'ascend910b', devices: [16], batch: [2], workers: [4] },
        nodes: 2,
        chips: { ascend910b: { machine: 'cluster', env: { HCCL_CONNECT_TIMEOUT: '600' } } },
        frameworks: { mindspore: { folder: 'ported', program: ['train_ms.py', '{batch}'] } },
        minutes: 90,
        limit: { cluster: 3 },
      },
      '/base',
    );
    expect(sweep.rows.map(({ name, words, folder, machine, env, launch }) => ({ name, words, folder, machine, env, launch }))).toEqual([
      {
        name: 'p torch ascend910bx16 b2 w4',
        words: ['train.py', '--batch=2', '8', '{other}', '--workers=4'],
        folder: '/base',
        machine: 'cluster',
        env: { OUT: 'out-ascend910b-torch', HCCL_CONNECT_TIMEOUT: '600' },
        launch: { launcher: 'torchrun', nodes: 2, telemetry: { seconds: 1 }, slurm: { minutes: 90 } },
      },
      {
        name: 'p mindspore ascend910bx16 b2 w4',
        words: ['train_ms.py', '2'],
        folder: '/base/ported',
        machine: 'cluster',
        env: { OUT: 'out-ascend910b-mindspore', HCCL_CONNECT_TIMEOUT: '600' },
        launch: { launcher: 'msrun', nodes: 2, telemetry: { seconds: 1 }, slurm: { minutes: 90 } },
      },
    ]);
    expect(sweep.limits).toEqual({ cluster: 3 });
  });

  test.each([
    [{ program: ['a'], kinds: 'x' }, 'sweep.bad_field kinds'],
    [{ program: [] }, 'sweep.bad_field program'],
    [{ program: ['a'], kind: 'both' }, 'sweep.bad_field kind'],
    [{ program: ['a'], frameworks: { torch: { modules: 1 } } }, 'sweep.bad_field frameworks.torch.modules'],
    [{ program: ['a'], limit: { cluster: 0 } }, 'sweep.bad_field limit.cluster'],
    [{}, 'sweep.no_program'],
    [{ program: ['{batch}'] }, 'sweep.no_value batch'],
    [[], 'sweep.bad_field sweep'],
  ])('%j: %s', (given, expected) => {
    expect(thrown(() => planSweep(given, '/'))).toBe(expected);
  });
});

/** A program that notes how many of its kind run at once, and waits until it may end. */
const counting = `import os, sys, time
place, name = sys.argv[1], sys.argv[2]
os.mkdir(os.path.join(place, 'on-' + name))
running = len([each for each in os.listdir(place) if each.startswith('on-')])
with open(os.path.join(place, 'log'), 'a') as log:
    log.write(f'{name} {running}\\n')
while not os.path.exists(os.path.join(place, 'go')):
    time.sleep(0.01)
os.rmdir(os.path.join(place, 'on-' + name))
`;

function queue(
  rows: number,
  limit: number,
): { root: string; shared: string; sweep: Sweep; driver: () => SweepDriver; log: () => string[] } {
  const root = folder();
  const shared = folder();
  const programs = folder();
  writeFileSync(join(programs, 'count.py'), counting);
  const seeds = Array.from({ length: rows }, (_, i) => i);
  const description = { name: 'q', program: ['count.py', shared, '{seed}'], axes: { seed: seeds }, limit, telemetry: null };
  const sweep = planSweep(description, programs);
  const driver = (): SweepDriver => new SweepDriver(new SweepStore(root), machinesPlace(root));
  const log = (): string[] => {
    try {
      return readFileSync(join(shared, 'log'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  };
  return { root, shared, sweep, driver, log };
}

describe('queue', () => {
  test('two at once go on with one sweep: each row once, never more than the limit', async () => {
    const { root, shared, sweep, driver, log } = queue(5, 2);
    await new SweepStore(root).save(sweep);
    const both = [driver(), driver()].map((each) => each.drive(sweep, { every: 20 }));
    await until('two rows', () => log().length === 2);
    writeFileSync(join(shared, 'go'), '');
    const results = await Promise.all(both);
    for (const rows of results) expect(rows.map(({ state }) => state)).toEqual(Array(5).fill('succeeded'));
    const lines = log().map((line) => line.split(' '));
    expect(lines.map(([name]) => name).sort()).toEqual(['0', '1', '2', '3', '4']);
    expect(Math.max(...lines.map(([, running]) => Number(running)))).toBeLessThanOrEqual(2);
  });

  test('the process that drives is killed; another one goes on where it was', async () => {
    const { root, shared, sweep, driver, log } = queue(3, 1);
    const store = new SweepStore(root);
    await store.save(sweep);
    const code = bundled(
      `import { RunEngine } from './runs/src/engine';
       import { SweepDriver } from './runs/src/sweep/drive';
       import { MachinesPlace } from './runs/src/sweep/place';
       import { SweepStore } from './runs/src/sweep/store';
       const [root, packages, python, id] = process.argv.slice(2) as [string, string, string, string];
       const local = new RunEngine({ root, helper: packages + '/mindport_run' });
       const place = new MachinesPlace({ engine: async () => local, settings: async () => { throw new Error('no machine'); }, python });
       const store = new SweepStore(root);
       void store.load(id).then((sweep) => new SweepDriver(store, place).drive(sweep, { every: 20 }));`,
      join(folder(), 'drive.js'),
    );
    const child = spawn(process.execPath, [code, root, join(repository, 'python'), python, sweep.id], { stdio: 'inherit' });
    await until('the first row', () => log().length === 1);
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
    writeFileSync(join(shared, 'go'), '');
    // found again by its name, as after the editor was closed
    const rows = await driver().drive(await store.find('q'), { every: 20 });
    expect(rows.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(log()).toHaveLength(3);
    expect(readdirSync(join(root, 'runs'))).toHaveLength(3);
  });

  test('another sweep on the same machine counts too; a stopped one starts nothing more', async () => {
    const first = queue(2, 1);
    const store = new SweepStore(first.root);
    await store.save(first.sweep);
    const driver = first.driver();
    await driver.step(first.sweep);
    const second = { ...first.sweep, id: planSweep({ program: ['x'] }, '/').id, rows: first.sweep.rows.slice(1), limit: 1 };
    await store.save(second);
    expect((await first.driver().step(second)).map(({ state }) => state)).toEqual(['waiting']);
    await until('the first row', () => first.log().length === 1);
    expect(await driver.cancel(first.sweep, 2000)).toBe(1);
    expect((await driver.drive(first.sweep, { every: 20 })).map(({ state }) => state)).toEqual(['cancelled', 'waiting']);
    expect(first.log()).toHaveLength(1);
  });

  test('a row that cannot be started says why and does not hold up the others; it is tried again when asked', async () => {
    const root = folder();
    const programs = folder();
    writeFileSync(join(programs, 'a.py'), '');
    const sweep = planSweep(
      {
        name: 'r',
        frameworks: { torch: { program: ['a.py'] }, mindspore: { program: ['b.py'] } },
        axes: { framework: ['mindspore', 'torch'] },
      },
      programs,
    );
    const place = machinesPlace(root);
    const store = new SweepStore(root);
    await store.save(sweep);
    const driver = new SweepDriver(store, place);
    const rows = await driver.drive(sweep, { every: 20 });
    expect(rows.map(({ state }) => state)).toEqual(['refused', 'succeeded']);
    expect(rows[0]!.explanation).toContain('b.py');
    writeFileSync(join(programs, 'b.py'), '');
    await driver.resume(sweep);
    expect((await driver.drive(sweep, { every: 20 })).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  });
});

/** Takes the devices it sees, which fails where another one has them, and gives them back when it may end. */
const taking = `import os, sys, time
place, seed = sys.argv[1], sys.argv[2]
mine = [os.path.join(place, 'device-' + each) for each in os.environ['CUDA_VISIBLE_DEVICES'].split(',')]
for each in mine:
    os.mkdir(each)
with open(os.path.join(place, 'log'), 'a') as log:
    log.write(seed + ' ' + os.environ['CUDA_VISIBLE_DEVICES'] + '\\n')
while not os.path.exists(os.path.join(place, 'go')):
    time.sleep(0.01)
for each in mine:
    os.rmdir(each)
`;

describe('devices', () => {
  const status = (id: string, state: RunStatus['state'], devices: number, deviceIds: number[] | null, age = 0): RunStatus =>
    ({
      id,
      state,
      spec: {
        target: { framework: 'torch', chip: 'nvidia', devices },
        createdAt: new Date(Date.now() - age).toISOString(),
        launch: deviceIds && { deviceIds },
      },
    }) as unknown as RunStatus;

  test('busy are those of runs that go on; without an own choice the first ones', () => {
    const runs = [
      status('a', 'running', 2, null),
      status('b', 'queued', 1, [5]),
      status('c', 'succeeded', 1, [6]),
      status('d', 'draft', 1, [7]),
      status('e', 'draft', 1, [8], 3_600_000),
      status('own', 'draft', 1, [9]),
    ];
    expect([...busyDevices('nvidia-3090', runs, 'own')]).toEqual([0, 1, 5, 7]);
    expect([...busyDevices('ascend910b', runs, 'own')]).toEqual([]);
    expect(freeDevices({ ids: [0, 1, 2, 3] }, 2, new Set([0, 2]))).toEqual([1, 3]);
    expect(freeDevices({ ids: [0, 1] }, 2, new Set([0]))).toBeNull();
    expect(freeDevices({ ids: null }, 2, new Set([0, 2]))).toEqual([1, 3]);
    expect(devicesOfVariable(' 3,1 ')).toEqual([3, 1]);
    for (const other of [undefined, '', 'GPU-8f', '-1', '1,,2']) expect(devicesOfVariable(other)).toBeNull();
  });

  test('rows of two sweeps at once on one machine never share one; who finds none free waits', async () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '4,5,6,7');
    onTestFinished(() => void vi.unstubAllEnvs());
    const [root, shared, programs] = [folder(), folder(), folder()];
    writeFileSync(join(programs, 'take.py'), taking);
    const store = new SweepStore(root);
    const sweepOf = (seeds: number[], devices: number): Sweep =>
      planSweep(
        {
          program: ['take.py', shared, '{seed}'],
          axes: { chip: 'nvidia', devices: [devices], seed: seeds },
          limit: 9,
          launcher: 'plain',
          telemetry: null,
        },
        programs,
      );
    const sweeps = [sweepOf([1, 2, 3], 1), sweepOf([4, 5], 2)];
    for (const sweep of sweeps) await store.save(sweep);
    const driving = sweeps.map((sweep) => new SweepDriver(store, machinesPlace(root)).drive(sweep, { every: 20 }));
    const log = (): string[] => {
      try {
        return readFileSync(join(shared, 'log'), 'utf8').trim().split('\n');
      } catch {
        return [];
      }
    };
    await until('several at once', () => log().flatMap((line) => line.split(' ')[1]!.split(',')).length >= 3 && log().length >= 2);
    writeFileSync(join(shared, 'go'), '');
    const states = (await Promise.all(driving)).flat().map(({ state }) => state);
    expect(states).toEqual(Array(5).fill('succeeded'));
    const lines = log();
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(['1', '2', '3', '4', '5']);
    for (const line of lines) for (const device of line.split(' ')[1]!.split(',')) expect(['4', '5', '6', '7']).toContain(device);
  });
});

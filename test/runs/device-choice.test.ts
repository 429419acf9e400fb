/** Devices for a single run where no scheduler gives them: the vendors' tools are asked, the person's own runs counted. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunEngine } from '../../runs/src/engine';
import { type DevicePlace, chooseDevices, choiceLine, deviceAsker, onDevices, stillFree } from '../../runs/src/machines/device-choice';
import { parseUse } from '../../runs/src/machines/device-use';
import { findMachine, parseSettings } from '../../runs/src/machines/settings';
import { type RunDraft } from '../../runs/src/spec';
import { engineIn, folder, program, until } from './scene';
import { fakeTools } from './telemetry/fake-tools';
import * as outputs from './telemetry/outputs';

const draft = (chip: string, devices: number, more: Partial<RunDraft> = {}): RunDraft => ({
  ...program('print(1)'),
  target: { framework: 'torch', chip, devices },
  ...more,
});
const numbers = (look: { busy: Set<number> }): number[] => [...look.busy].sort((a, b) => a - b);
const settings = (more: object = {}): DevicePlace['machine'] =>
  findMachine(parseSettings({ machines: { m: { host: 'h', chips: { nvidia: 4 }, ...more } } }), 'm');
const silent = { runs: [], run: async () => '' };

/** Four cards: memory of a hidden process on 1, a process on 2, work without either on 3. */
const smi = `case "$*" in
  *--query-gpu=index,*) printf '0, GPU-a, 3, 0\\n1, GPU-b, 40000, 0\\n2, GPU-c, 900, 0\\n3, GPU-d, 3, [N/A]\\n' ;;
  *--query-compute-apps=*) printf 'GPU-c\\n' ;;
esac`;

describe('what a tool tells', () => {
  test('nvidia-smi: processes, memory and load', () => {
    const text = '0, GPU-a, 3, 0\n1, GPU-b, 40000, 0\n2, GPU-c, 900, [N/A]\n3, GPU-d, 3, 97\n@apps\nGPU-c\n';
    expect(parseUse('nvidia', text)).toEqual({ all: [0, 1, 2, 3], busy: new Set([1, 2, 3]) });
  });

  test('npu-smi: processes by card and chip, chips counted as programs count them', () => {
    const one = parseUse('ascend910b', outputs.npuTable);
    expect(one.all).toEqual([0, 1]);
    expect(numbers(one)).toEqual([0]);
    const two = parseUse('ascend910b', outputs.npuTwoDies);
    expect(two.all).toEqual([6, 7]);
    expect(numbers(two)).toEqual([6, 7]);
  });

  test('hy-smi: JSON without its commas', () => {
    const text = '{"card0":{"HCU use (%)":"0.0""HCU memory use (%)":"0"},"card1":{"DCU use (%)":"0.0","DCU memory use (%)":"98"}}';
    expect(parseUse('dcu-z100l', text)).toEqual({ all: [0, 1], busy: new Set([1]) });
  });

  test.each(['nvidia', 'ascend910b', 'dcu-z100l'])('%s: what is none of its output tells nothing', (chip) => {
    for (const text of ['', 'NVIDIA-SMI has failed', '{"card', `${'9'.repeat(400)}, x, y, z`, '|'.repeat(50_000), '@apps\n'.repeat(999)])
      expect(parseUse(chip, text)).toEqual({ all: null, busy: new Set() });
  });
});

describe('a choice', () => {
  const path = process.env['PATH'];
  beforeEach(() => {
    process.env['PATH'] = `${fakeTools({ 'nvidia-smi': smi })}:${path}`;
    delete process.env['CUDA_VISIBLE_DEVICES'];
  });
  afterEach(() => {
    process.env['PATH'] = path;
    delete process.env['CUDA_VISIBLE_DEVICES'];
  });

  test('passes over what others use, by the tool and by runs of one’s own, and says so', async () => {
    const engine: RunEngine = engineIn(folder());
    const waiting = program('import time\ntime.sleep(600)', { name: 'first' });
    const first = (await chooseDevices({ ...waiting, target: { chip: 'nvidia' } }, { machine: null, runs: [], run: deviceAsker(null) }))!;
    expect(first).toMatchObject({ ids: [0], told: true });
    const { id } = await engine.launch(onDevices({ ...waiting, target: { framework: 'torch', chip: 'nvidia', devices: 1 } }, first));
    await until('the run', async () => (await engine.status(id)).state === 'running');
    const { runs } = await engine.list();
    const place = { machine: null, runs, run: deviceAsker(null) };
    const second = (await chooseDevices(draft('nvidia', 1), place))!;
    expect(second.ids).toEqual([3]);
    expect(choiceLine(second, 'en')).toBe('Devices: 3. In use and passed over: 0: first; 1: another program; 2: another program.');
    // two that chose at the same moment
    expect(() => stillFree('nvidia', first, runs)).toThrow('taken');
    expect(() => stillFree('nvidia', second, runs)).not.toThrow();
    await expect(chooseDevices(draft('nvidia', 2), place)).rejects.toMatchObject({
      key: 'devices.not_free',
      args: { wanted: '2', count: '1' },
    });
    await engine.cancel(id, 1);
  });

  test('keeps to the devices of the variable of this machine', async () => {
    process.env['CUDA_VISIBLE_DEVICES'] = '1,3';
    const place = { machine: null, runs: [], run: deviceAsker(null) };
    expect((await chooseDevices(draft('nvidia', 1), place))?.ids).toEqual([3]);
    process.env['CUDA_VISIBLE_DEVICES'] = 'GPU-c';
    expect(await chooseDevices(draft('nvidia', 1), place)).toBeNull();
  });

  test('is nobody’s business on the processor, under a scheduler, or where the person has chosen', async () => {
    expect(await chooseDevices(draft('cpu', 1), { machine: null, ...silent })).toBeNull();
    expect(await chooseDevices(draft('nvidia', 1), { machine: settings({ slurm: {} }), ...silent })).toBeNull();
    const named = draft('nvidia', 1, { env: { CUDA_VISIBLE_DEVICES: '2' } });
    expect(await chooseDevices(named, { machine: settings(), ...silent })).toBeNull();
    expect(await chooseDevices(draft('nvidia', 1, { launch: { deviceIds: [1] } }), { machine: settings(), ...silent })).toBeNull();
  });

  test('counts the devices of the settings where no tool tells, and says that', async () => {
    const choice = (await chooseDevices(draft('nvidia', 2), { machine: settings(), ...silent }))!;
    expect(choice).toMatchObject({ ids: [0, 1], told: false });
    expect(choiceLine(choice, 'en')).toContain('not known');
    await expect(chooseDevices(draft('nvidia', 5), { machine: settings(), ...silent })).rejects.toMatchObject({ key: 'devices.not_free' });
  });
});

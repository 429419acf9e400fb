/** The sampler as a process beside a program, with stand-ins for the vendors' tools. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { statOf } from '../../runs/src/processes';
import { type NodeSeries, readSeries } from '../../runs/src/telemetry/series';
import { folder, helper, python, until } from './scene';
import * as fakes from './telemetry/fake-tools';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Sampled {
  series: () => NodeSeries;
  child: ChildProcess;
  out: string;
  /** asks it to end and waits; gives its exit status */
  end: () => Promise<number | null>;
}

function sample(chip: string, bin: string, env: NodeJS.ProcessEnv = {}, used = ''): Sampled {
  const out = join(folder(), 'telemetry', 'n1.jsonl');
  const args = ['-E', '-s', join(helper, 'sampler.py'), '--chip', chip, '--interval', '0.1', '--name', 'n1', '--used', used];
  const child = spawn(python, [...args, '--parent', String(process.pid), '--out', out], {
    env: { PATH: `${bin}:/usr/bin:/bin`, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  running.push(child);
  const text = (): string => {
    try {
      return readFileSync(out, 'utf8');
    } catch {
      return '';
    }
  };
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  return {
    series: () => readSeries(text()),
    child,
    out,
    end: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      expect(JSON.parse(text().trim().split('\n').at(-1)!)).toMatchObject({ k: 'end' });
      return code;
    },
  };
}

const samples = (sampled: Sampled, count: number): Promise<NodeSeries> =>
  until(`${count} samples`, () => {
    const series = sampled.series();
    return series.samples.length >= count && series;
  });

describe('sampler', () => {
  test('Ascend, by the watch', async () => {
    const sampled = sample('npu', fakes.fakeTools({ 'npu-smi': fakes.npuWatch }), {}, '0');
    const series = await samples(sampled, 3);
    expect(series).toMatchObject({ node: 'n1', chip: 'npu', tool: 'npu-smi info watch', used: ['0'], notes: [] });
    const [{ devices }] = series.samples as [NodeSeries['samples'][number]];
    expect(devices.map(({ id, card, power }) => [id, card, power])).toEqual([
      ['0', '0', 300],
      ['0.1', '0', null],
    ]);
    expect(await sampled.end()).toBe(0);
  });

  test('Ascend, card by card where there is no watch and the table tells no power', async () => {
    const sampled = sample('npu', fakes.fakeTools({ 'npu-smi': fakes.npuByCard }));
    const series = await samples(sampled, 2);
    expect(series.tool).toBe('npu-smi info');
    expect(series.notes.map((note) => note.what)).toContain('bad_argument');
    expect(series.samples[0]!.devices.find(({ id }) => id === '4' || id === '0')!.power).toBe(198.4);
    expect(await sampled.end()).toBe(0);
  });

  test('DCU: fewer flags until the tool takes them; one of two tools', async () => {
    const sampled = sample('dcu', fakes.fakeTools({ 'hy-smi': fakes.hySmi, 'rocm-smi': fakes.rocmSmi }));
    const series = await samples(sampled, 2);
    expect(series.tool).toBe('hy-smi --showpower --showuse --showtemp --json');
    expect(series.samples[0]!.devices.map(({ id, power }) => [id, power])).toEqual([['0', 118]]);
    expect(await sampled.end()).toBe(0);
  });

  test('DCU without hy-smi: the table of rocm-smi', async () => {
    const sampled = sample('dcu', fakes.fakeTools({ 'rocm-smi': fakes.rocmSmi }));
    const series = await samples(sampled, 2);
    expect(series.tool).toBe('rocm-smi');
    expect(series.samples[0]!.devices.map(({ id, power }) => [id, power])).toEqual([
      ['0', 205.5],
      ['1', null],
    ]);
    expect(await sampled.end()).toBe(0);
  });

  test('NVIDIA: a driver that goes away is told, and asked again', async () => {
    const sampled = sample('gpu', fakes.fakeTools({ 'nvidia-smi': fakes.nvidiaSmi }), { ROUNDS: '2', MINDPORT_NVML: '/no/library' });
    const series = await samples(sampled, 4);
    expect(series.notes.map((note) => note.what)).toEqual(['driver']);
    expect(series.samples[0]!.devices.map(({ id, power, energy }) => [id, power, energy])).toEqual([
      ['0', 250.75, null],
      ['1', null, null],
    ]);
    expect(await sampled.end()).toBe(0);
  });

  test('NVIDIA: the energy counter of the driver', async () => {
    const library = join(folder(), 'libnvml.so');
    writeFileSync(`${library}.c`, fakes.nvml);
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, `${library}.c`]);
    const sampled = sample('gpu', fakes.fakeTools({ 'nvidia-smi': fakes.nvidiaSmi }), { MINDPORT_NVML: library });
    const series = await samples(sampled, 2);
    expect(series.samples.slice(0, 2).map(({ devices }) => devices.map(({ energy }) => energy))).toEqual([
      [100, null],
      [200, null],
    ]);
    expect(await sampled.end()).toBe(0);
  });

  test('processor: counters that wrap, parts and overlaps left out', async () => {
    const powercap = folder();
    const zone = (name: string, kind: string, energy: number): string => {
      mkdirSync(join(powercap, name));
      writeFileSync(join(powercap, name, 'name'), `${kind}\n`);
      writeFileSync(join(powercap, name, 'max_energy_range_uj'), '10000000\n');
      writeFileSync(join(powercap, name, 'energy_uj'), `${energy}\n`);
      return join(powercap, name, 'energy_uj');
    };
    const counter = zone('intel-rapl:0', 'package-0', 9_000_000);
    zone('intel-rapl:0:0', 'core', 5_000_000);
    zone('intel-rapl:1', 'psys', 5_000_000);
    const sampled = sample('cpu', folder(), { MINDPORT_POWERCAP: powercap });
    await samples(sampled, 1);
    expect(sampled.series()).toMatchObject({ tool: 'RAPL', notes: [] });
    writeFileSync(counter, '1000000\n');
    const last = await until('the wrapped counter', () => sampled.series().samples.findLast(({ devices }) => devices[0]!.energy === 2));
    expect(last.devices).toHaveLength(1);
    expect(await sampled.end()).toBe(0);
  });

  test('processor without counters: said so, no figure', async () => {
    const sampled = sample('cpu', folder(), { MINDPORT_POWERCAP: folder() });
    const series = await samples(sampled, 2);
    expect(series.notes.map((note) => note.what)).toEqual(['no_sensor']);
    expect(series.samples.every(({ devices }) => devices.every(({ energy, power }) => energy === null && power === null))).toBe(true);
    expect(series.samples[1]!.devices[0]!.memory).toBeGreaterThan(0);
    expect(await sampled.end()).toBe(0);
  });

  test.each([
    ['npu', 'no_tool', {}],
    ['npu', 'no_device', { 'npu-smi': fakes.npuNone }],
    ['dcu', 'no_tool', {}],
    ['dcu', 'unreadable', { 'hy-smi': 'echo nothing' }],
    ['gpu', 'no_tool', {}],
    ['gpu', 'driver', { 'nvidia-smi': `echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."; exit 9` }],
  ])('%s that cannot be measured: %s', async (chip, what, tools) => {
    const sampled = sample(chip, fakes.fakeTools(tools as Record<string, string>), { MINDPORT_NVML: '/no/library' });
    await until('the end', () => sampled.child.exitCode !== null);
    const series = sampled.series();
    expect(series.samples).toEqual([]);
    expect(series.tool).toBe('none');
    expect(series.notes.map((note) => note.what)).toContain(what);
  });

  test('it ends with its parent, and so does the tool', async () => {
    const bin = fakes.fakeTools({ 'nvidia-smi': `echo $$ > "$PIDFILE"; ${fakes.nvidiaSmi}` });
    const out = join(folder(), 'n1.jsonl');
    const pidFile = join(folder(), 'pid');
    const script = `'${python}' -E -s '${join(helper, 'sampler.py')}' --chip gpu --interval 0.1 --parent $$ --out '${out}' & echo $!; read -r _`;
    const env = { PATH: `${bin}:/usr/bin:/bin`, PIDFILE: pidFile, MINDPORT_NVML: '/no/library' };
    const parent = spawn('/bin/sh', ['-c', script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    running.push(parent);
    const pid = Number(await new Promise<Buffer>((done) => parent.stdout.once('data', done)));
    const tool = Number(
      await until('the tool', () => {
        try {
          return readFileSync(pidFile, 'utf8').trim();
        } catch {
          return null;
        }
      }),
    );
    const gone = async (each: number): Promise<boolean> => ((await statOf(each))?.state ?? 'Z') === 'Z';
    expect(await gone(pid)).toBe(false);
    parent.kill('SIGKILL');
    await until('end of the sampler', () => gone(pid));
    await until('end of the tool', () => gone(tool));
  });
});

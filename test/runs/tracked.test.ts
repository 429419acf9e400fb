/**
 * TensorBoard event files and MLflow file stores: read (the fixtures were written by tensorboardX, torch and mlflow), turned into the events of a run, and
 * written.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogEvents } from '../../runs/src/adapters/assemble';
import { readMlflowStore } from '../../runs/src/adapters/mlflow';
import { crc32c, readEventFile } from '../../runs/src/adapters/tensorboard';
import { findTracked, trackedEvents } from '../../runs/src/adapters/tracked';
import { mlflowFiles, writeMlflowStore } from '../../runs/src/results/mlflow-store';
import { summarise } from '../../runs/src/results/summarise';
import { makeSpec } from '../../runs/src/spec';
import { fullDocument } from '../webview/full-document';
import { hostileTexts } from '../webview/sample';
import { engineIn, folder, python } from './scene';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'interop');
const writtenByTensorboardX = readFileSync(join(fixtures, 'tensorboardx', 'events.out.tfevents.1700000000.host.x'));
const writtenByTorch = readFileSync(join(fixtures, 'torch', 'events.out.tfevents.1700000000.host.1.0'));
const began = 1_700_000_000_000;

/** A record as TFRecord has it. */
function record(data: Uint8Array): Buffer {
  const mask = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const out = Buffer.alloc(data.length + 16);
  out.writeUInt32LE(data.length, 0);
  out.writeUInt32LE(mask(crc32c(out, 0, 8)), 8);
  out.set(data, 12);
  out.writeUInt32LE(mask(crc32c(data)), 12 + data.length);
  return out;
}

const sized = (id: number, bytes: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from([id * 8 + 2, Buffer.from(bytes).length]), Buffer.from(bytes)]);
const float64 = (id: number, value: number): Buffer => {
  const out = Buffer.alloc(9);
  out[0] = id * 8 + 1;
  out.writeDoubleLE(value, 1);
  return out;
};
const varint = (id: number, value: number): Buffer => Buffer.from([id * 8, value]);

describe('TensorBoard event files', () => {
  test('checksums are those of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  });

  test('scalars of tensorboardX; text and histograms are passed over', () => {
    const { series, damaged } = readEventFile(writtenByTensorboardX);
    expect(damaged).toBe(false);
    expect(series.map(({ name, points }) => [name, points.length])).toEqual([['train/loss', 15], ['val/loss', 6], ['lr', 1], ['rmse/z500', 1]]); // prettier-ignore
    expect(series[0]!.points[1]).toEqual({ step: 2, t: 1_700_000_061, value: 0.5 });
    expect(series[1]!.points.map(({ value }) => value).slice(-1)).toEqual([NaN]);
    expect(series[3]!.points[0]!.value).toBeCloseTo(55.5, 5);
  });

  test('scalars of torch.utils.tensorboard', () => {
    const { series, damaged } = readEventFile(writtenByTorch);
    expect(damaged).toBe(false);
    expect(series.map(({ name, points }) => [name, points.map(({ step }) => step)])).toEqual([['Loss/train', [1, 2, 3]], ['Loss/valid', [1, 2, 3]]]); // prettier-ignore
    expect(series[1]!.points[0]!.value).toBeCloseTo(0.6, 6);
  });

  test('scalars as tensors, as TensorFlow 2 writes them', () => {
    const float = Buffer.alloc(4);
    float.writeFloatLE(0.25);
    const value = (tensor: Buffer) => sized(1, Buffer.concat([sized(1, 'loss'), sized(8, tensor)]));
    const event = (tensor: Buffer) => record(Buffer.concat([float64(1, 5), varint(2, 7), sized(5, value(tensor))]));
    const content = Buffer.concat([varint(1, 1), sized(4, float)]);
    const listed = Buffer.concat([varint(1, 1), sized(5, float)]);
    const double = Buffer.concat([varint(1, 2), float64(6, 0.5)]);
    const two = Buffer.concat([varint(1, 1), sized(4, Buffer.concat([float, float]))]);
    const words = Buffer.concat([varint(1, 7), sized(8, 'text')]);
    const { series } = readEventFile(Buffer.concat([content, listed, double, two, words].map(event)));
    expect(series).toEqual([{ name: 'loss', points: [0.25, 0.25, 0.5].map((value) => ({ step: 7, t: 5, value })) }]);
  });

  test('a torn end is waited for, a wrong checksum ends the file', () => {
    const whole = readEventFile(writtenByTensorboardX);
    const torn = readEventFile(writtenByTensorboardX.subarray(0, -5));
    expect(torn.damaged).toBe(false);
    expect(torn.series).toEqual(whole.series);
    for (const at of [3, 9, 200, 1500]) {
      const hurt = Buffer.from(writtenByTensorboardX);
      hurt[at]! ^= 64;
      const { series, damaged } = readEventFile(hurt);
      expect(damaged).toBe(true);
      for (const { name, points } of series)
        expect(whole.series.find((known) => known.name === name)!.points.slice(0, points.length)).toEqual(points);
    }
  });

  test('never throws, whatever the bytes; nor when the checksums are right', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readEventFile(bytes)));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readEventFile(record(bytes))));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        (bytes) => void readEventFile(record(Buffer.concat([float64(1, 1), sized(5, sized(1, bytes))]))),
      ),
    );
  });

  test('a record that claims to be huge is not believed', () => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(0xffff_fff0, 0);
    expect(readEventFile(bytes)).toEqual({ series: [], damaged: true });
  });
});

describe('MLflow file stores', () => {
  test('runs with their parameters and metrics', async () => {
    const [run, ...others] = await readMlflowStore(join(fixtures, 'mlruns'));
    expect(others).toEqual([]);
    expect(run).toMatchObject({ name: 'afno', startedAt: began, params: { batch: '4', seed: '0', lr: '0.001' } });
    const named = Object.fromEntries(run!.series.map(({ name, points }) => [name, points]));
    expect(Object.keys(named).sort()).toEqual(['rmse_z500', 'train_loss', 'val_loss']);
    expect(named['val_loss']).toEqual([1.2, 0.6, 0.39999999999999997, 0.3, 0.24, NaN].map((value, i) => ({ step: i + 1, t: i === 5 ? 1_700_000_400 : 1_700_000_060.5 + 60 * i, value }))); // prettier-ignore
  });

  test('strange lines, files and links are passed over', async () => {
    const store = folder();
    expect(await readMlflowStore(join(store, 'none'))).toEqual([]);
    const run = join(store, '1', 'r');
    mkdirSync(join(run, 'metrics'), { recursive: true });
    mkdirSync(join(store, '1', 'half'));
    writeFileSync(join(run, 'meta.yaml'), "run_id: r\nrun_name: 'it''s'\nstart_time: soon\n");
    writeFileSync(join(run, 'metrics', 'loss'), '1000 1 1\n2000 -inf 2\nx 1 1\n3000 1e400x 3\n4000 5 1.5\n5000 2\n6000 3 4 5\n7000 9 ');
    expect(await readMlflowStore(store)).toEqual([
      { id: 'r', name: "it's", startedAt: null, params: {}, series: [{ name: 'loss', points: [{ step: 1, t: 1, value: 1 }, { step: 2, t: 2, value: -Infinity }, { step: 0, t: 5, value: 2 }, { step: 0, t: 7, value: 9 }] }] },
    ]); // prettier-ignore
  });
});

describe('what was told to other tools', () => {
  const spec = makeSpec({ name: 'a', kind: 'train', argv: ['python'], cwd: '/tmp' }, '01ARZ3NDEKTSV4RRFFQ6900001');
  const row = (events: ReturnType<typeof trackedEvents>) =>
    summarise({ spec, state: 'succeeded', explanation: null, startedAt: began, events });

  test('is found where it began within the run, and becomes its loss', async () => {
    const work = folder();
    cpSync(join(fixtures, 'mlruns'), join(work, 'mlruns'), { recursive: true });
    cpSync(join(fixtures, 'tensorboardx'), join(work, 'runs', 'a'), { recursive: true });
    expect((await findTracked(work, began - 1000, began + 1000)).map(({ source }) => source).sort()).toEqual(['mlflow', 'tensorboard']);
    expect(await findTracked(work, began + 10_000, null)).toEqual([]);
    expect(await findTracked(work, began - 20_000, began - 10_000)).toEqual([]);
    expect(await findTracked(join(work, 'nothing'), began, null)).toEqual([]);
  });

  test('steps and epochs of TensorBoard', () => {
    const summary = row(trackedEvents({ source: 'tensorboard', params: {}, ...readEventFile(writtenByTensorboardX) }, ''));
    expect(summary.loss.filter(({ train }) => train !== null)).toHaveLength(15);
    expect(summary.loss[1]).toEqual({ epoch: 1, step: 2, t: 61, train: 0.5, validation: null });
    expect(summary.loss.filter(({ validation }) => validation !== null).map(({ epoch, step }) => [epoch, step])).toEqual([[1, 3], [2, 6], [3, 9], [4, 12], [5, 15]]); // prettier-ignore
    expect(summary.bestValidationLoss.value).toBeCloseTo(0.24, 6);
  });

  test('epochs of MLflow, and a score that names its lead time', async () => {
    const [run] = await readMlflowStore(join(fixtures, 'mlruns'));
    const score = { name: 'rmse/z500/24h', points: [{ step: 1, t: 1, value: 3 }] };
    const summary = row(trackedEvents({ source: 'mlflow', params: {}, series: [...run!.series, score] }, ''));
    expect(summary.loss.slice(0, 2).map(({ epoch, train, validation }) => [epoch, train, validation])).toEqual([[1, 1, 1.2], [2, 0.5, 0.6]]); // prettier-ignore
    expect(summary.scores).toMatchObject([{ definition: 'rmse.program', variable: 'z500', points: [{ leadHours: 24, value: 3 }] }]);
  });

  test('counts less than what the program or its log tell', () => {
    const logged = [
      { v: 1, seq: 0, t: 0, mono: 0, src: 'stdout', rank: 0, host: '', attempt: 1, ev: 'epoch_end', epoch: 1, val_loss: 7 } as const,
    ];
    const summary = row([...trackedEvents({ source: 'tensorboard', params: {}, ...readEventFile(writtenByTorch) }, ''), ...logged]);
    expect(summary.bestValidationLoss.value).toBe(7);
  });

  test('stands beside the times that the log tells', () => {
    const log = new LogEvents({ src: 'stdout', host: '', hoursPerStep: 6, scores: 'fcn' });
    const times = [0, 1, 2].flatMap((epoch) => log.line(`Time taken for epoch ${epoch} is ${10 + epoch} sec`, 0));
    const summary = row([...times, ...trackedEvents({ source: 'tensorboard', params: {}, ...readEventFile(writtenByTorch) }, '')]);
    expect(summary.secondsPerEpoch.value).toBe(11.5);
    expect(summary.loss.map(({ epoch, t, validation }) => [epoch, t, validation])).toEqual([[0, 10, expect.closeTo(0.6, 6)], [1, 21, expect.closeTo(0.3, 6)], [2, 33, expect.closeTo(0.2, 6)]]); // prettier-ignore
  });

  test('belongs to the run that wrote it', async () => {
    const engine = engineIn(folder());
    const cwd = folder();
    const program = `import shutil, sys, time
shutil.copy(sys.argv[1], f'events.out.tfevents.{int(time.time())}.host.1')`;
    const file = join(fixtures, 'torch', 'events.out.tfevents.1700000000.host.1.0');
    cpSync(file, join(cwd, 'events.out.tfevents.1700000000.host.1'));
    const { id } = await engine.launch({ name: 'a', kind: 'train', argv: [python, '-c', program, file], cwd });
    for await (const _ of engine.watch(id)); // to its end
    const { loss } = await engine.summary(id);
    expect(loss.map(({ epoch, train, validation }) => [epoch, train, validation === null])).toEqual([1, 2, 3].map((epoch) => [epoch, expect.closeTo(0.5 / epoch, 6), false])); // prettier-ignore
  });
});

describe('a store for MLflow', () => {
  test('bears what the comparison shows, and is read back', async () => {
    const document = fullDocument();
    const store = join(folder(), 'mlruns');
    await writeMlflowStore(document, store);
    const runs = await readMlflowStore(store);
    const [experiment] = readdirSync(store);
    for (const { id } of runs)
      expect(readdirSync(join(store, experiment!, id)).sort()).toEqual(['artifacts', 'meta.yaml', 'metrics', 'params', 'tags']);
    expect(runs.map(({ name }) => name).sort()).toEqual(document.runs.map(({ name }) => name).sort());
    for (const run of document.runs) {
      const written = runs.find(({ params, name }) => name === run.name && params['framework']!.startsWith(run.framework))!;
      expect(written).toMatchObject({ startedAt: Date.parse(run.startedAt!), params: { chip: run.chip, devices: String(run.devices), batch: String(run.batch) } }); // prettier-ignore
      const series = new Map(written.series.map(({ name, points }) => [name, points]));
      expect(series.get('seconds_per_epoch')!.map(({ value }) => value)).toEqual([run.secondsPerEpoch.value]);
      expect(series.get('train_loss')!.map(({ value }) => value)).toEqual(run.loss.flatMap(({ train }) => train ?? []));
      const curve = run.scores.find(({ by, definition }) => by === 'tool' && definition === 'rmse.wb1')!;
      expect(series.get(`tool.rmse.wb1/${curve.variable}`)!.map(({ step, value }) => [step, value])).toEqual(curve.points.map(({ leadHours, value }) => [leadHours, value])); // prettier-ignore
    }
    await expect(writeMlflowStore(document, store)).rejects.toMatchObject({ key: 'error.output_exists' });
  });

  test('is left nowhere half-written, and names stay names', async () => {
    const document = fullDocument();
    document.title = hostileTexts.script;
    const texts = Object.values(hostileTexts);
    document.runs.forEach((run, i) => {
      run.name = texts[i % texts.length]!;
      run.scores[0]!.variable = '../../../../tmp/x';
      run.scores[1]!.definition = 'rmse.fcn';
      run.scores[1]!.variable = texts[(i + 1) % texts.length]!;
    });
    for (const [path, text] of mlflowFiles(document)) {
      expect(path).toMatch(/^\d+\/(?:[0-9a-f]{32}\/)?(?:meta\.yaml|(?:metrics|params|tags)\/[A-Za-z0-9_. /-]+)$/);
      expect(path.split('/')).not.toContain('..');
      if (path.endsWith('meta.yaml'))
        for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^[a-z_]+: (?:'(?:[^']|'')*'|null|\[\]|-?\d+)$/);
    }
    const place = folder();
    writeFileSync(join(place, 'file'), '');
    await expect(writeMlflowStore(document, join(place, 'file', 'store'))).rejects.toThrow();
    expect(readdirSync(place)).toEqual(['file']);
  });
});

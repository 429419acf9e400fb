/** From events to the comparison. The golden numbers are those of arXiv:2510.17852, Tables 2 to 4. */
import { describe, expect, test } from 'vitest';
import { LogEvents } from '../../runs/src/adapters/assemble';
import { type RunEvent, parseEvent } from '../../runs/src/events';
import { type Comparable, compare } from '../../runs/src/results/compare';
import { toCsv, toJson, toMarkdown, toTable } from '../../runs/src/results/export';
import { percent, ratio } from '../../runs/src/results/ratio';
import { epochRecords, summarise } from '../../runs/src/results/summarise';
import { type RunDraft, makeSpec } from '../../runs/src/spec';

let made = 0;
/** Ids in the order of making. */
const nextId = (): string => `01ARZ3NDEKTSV4RRFFQ69${String((made += 1)).padStart(5, '0')}`;

const draft: RunDraft = { name: 'AI-GOMS', kind: 'train', argv: ['python', 'train.py'], cwd: '/tmp' };

/** Events of a log, the way a program prints it. */
function logged(lines: string[], src = 'stdout'): RunEvent[] {
  const log = new LogEvents({ src, host: 'h', hoursPerStep: 6, scores: 'fcn' });
  return [...lines.flatMap((line) => log.line(line, 0)), ...log.end(0)];
}

function row(more: Partial<RunDraft>, events: RunEvent[], state: 'succeeded' | 'failed' | 'running' = 'succeeded'): Comparable {
  const spec = makeSpec({ ...draft, ...more }, nextId());
  const epochs = epochRecords(events);
  const diverged = epochs.some((epoch) => [epoch.train, epoch.validation].some((loss) => loss !== null && !Number.isFinite(loss)));
  const summary = summarise({ spec, state, explanation: null, startedAt: 0, events });
  return { summary, group: spec.group ?? spec.name, epochs: epochs.length, diverged };
}

/** A training log whose validation loss falls by 5 % an epoch until `converged` and then stays. */
function training(seconds: number, converged: number): string[] {
  const lines: string[] = [];
  for (let epoch = 1; epoch <= converged + 5; epoch += 1) {
    const loss = 0.95 ** Math.min(epoch, converged);
    lines.push(
      `Time taken for epoch ${epoch} is ${epoch === 1 ? seconds * 3 : seconds} sec`,
      `Train loss: ${loss}. Valid loss: ${loss * 1.1}`,
    );
  }
  return lines;
}

const document = (runs: Comparable[], baseline: string | null = null) =>
  compare(runs, { title: 't', createdAt: new Date(0), baseline: baseline ?? runs[0]?.summary.id });

describe('Tables 2 and 3: training time is time per epoch times convergence epoch', () => {
  test.each([
    ['torch', 'gpu-48g', 16, 2, 5400, 75, 405_000],
    ['torch', 'gpu-48g', 16, 1, 8800, 60, 528_000],
    ['torch', 'gpu-3090', 16, 1, 10_200, 65, 663_000],
    ['torch_npu', 'ascend910b', 16, 2, 5580, 75, 418_500],
    ['torch_npu', 'ascend910b', 16, 1, 8960, 60, 537_600],
    ['torch', 'dcu-z100l', 16, 1, 12_600, 60, 756_000],
    ['torch', 'dcu-z100l', 32, 1, 6700, 75, 502_500],
    ['torch', 'dcu-z100l', 64, 1, 4500, 75, 337_500],
    ['mindspore', 'gpu-48g', 16, 2, 5500, 75, 412_500],
    ['mindspore', 'gpu-48g', 16, 1, 8960, 60, 537_600],
    ['mindspore', 'ascend910b', 16, 2, 5400, 70, 378_000],
    ['mindspore', 'ascend910b', 16, 1, 8800, 55, 484_000],
  ] as const)('%s on %s ×%d, batch %d', (framework, chip, devices, batch, seconds, converged, total) => {
    const { summary } = row({ target: { framework, chip, devices }, batch }, logged(training(seconds, converged)));
    expect(summary.secondsPerEpoch).toMatchObject({ value: seconds, n: converged + 4 });
    expect(summary.firstEpochSeconds.value).toBe(seconds * 3);
    expect(summary.convergenceEpoch.value).toBe(converged);
    expect(summary.trainingSeconds.value).toBe(total);
    expect([summary.chip, summary.devices, summary.batch]).toEqual([chip, devices, batch]);
  });

  test('MindSpore against PyTorch on the 910B', () => {
    const torch = row({ target: { framework: 'torch_npu', chip: 'ascend910b' } }, logged(training(5580, 75))).summary;
    const mindspore = row({ target: { framework: 'mindspore', chip: 'ascend910b' } }, logged(training(5400, 70))).summary;
    expect(percent(ratio(mindspore.trainingSeconds, torch.trainingSeconds)!)).toBe('-9.7 %');
  });
});

describe('Table 4: inference seconds per step, ratios to the GPU row', () => {
  const infer = (framework: 'torch' | 'mindspore', chip: string, seconds: number): Comparable =>
    row(
      { kind: 'infer', name: `${framework} ${chip} ${seconds}`, target: { framework, chip } },
      logged([9, seconds, seconds, seconds].map((s) => `inference one step time: ${s}`)),
    );
  test.each([
    ['FourCastNet 910b', 0.353, 0.389, '+10.2 %'],
    ['FourCastNet DCU', 0.353, 0.4, '+13.3 %'],
    ['GraphCast 910b', 1.035, 1.169, '+12.9 %'],
    ['AI-GOMS 910b', 0.675, 0.68, '+0.7 %'],
    ['AI-GOMS DCU', 0.675, 0.705, '+4.4 %'],
    ['AI-GOMS MindSpore 910b', 0.598, 0.605, '+1.2 %'],
    ['AI-GOMS on the 910b, MindSpore to PyTorch', 0.68, 0.605, '-11.0 %'],
  ])('%s', (_, base, seconds, shown) => {
    const doc = document([infer('torch', 'a', base), infer('mindspore', 'b', seconds)]);
    const [first, second] = doc.runs;
    expect(second!.inferenceSecondsPerStep).toMatchObject({ value: seconds, n: 3 });
    expect(ratio(second!.inferenceSecondsPerStep, first!.inferenceSecondsPerStep)).toBeCloseTo(seconds / base, 12);
    expect(toTable(doc, 'en')).toContain(`(${shown})`);
  });
});

describe('one row', () => {
  test('a log alone gives the whole row of a training', () => {
    const { summary } = row({ batch: 2, seed: 7 }, logged(['Number of trainable model parameters: 5000', ...training(10, 8)]));
    expect(summary).toMatchObject({ framework: 'PyTorch', chip: 'cpu', parameters: 5000, batch: 2, seed: 7, state: 'succeeded' });
    expect(summary.loss).toHaveLength(13);
    expect(summary.loss[1]).toMatchObject({ epoch: 2, t: 40, train: 0.95 ** 2 });
    expect(summary.finalLoss.value).toBeCloseTo(0.95 ** 8);
    expect(summary.bestValidationLoss.value).toBeCloseTo(1.1 * 0.95 ** 8);
    expect(summary.inferenceSecondsPerStep.missing).toBe('not_run');
    expect(summary.energyJoules).toEqual({ value: null, n: 0, missing: 'energy.no_sensor' });
  });

  test('scores over lead time are the mean over initial conditions', () => {
    const lines = [0, 1].flatMap((ic) => [1, 2].map((i) => `Predicted timestep ${i} of 2. t2m RMS Error: ${i + ic}, ACC: ${1 - i / 10}`));
    const { summary } = row({ kind: 'infer' }, logged(lines));
    expect(summary.scores).toEqual([
      { metric: 'rmse', definition: 'rmse.fcn', variable: 't2m', units: '', by: 'program', points: [{ leadHours: 6, value: 1.5, n: 2 }, { leadHours: 12, value: 2.5, n: 2 }] },
      { metric: 'acc', definition: 'acc.fcn', variable: 't2m', units: '', by: 'program', points: [{ leadHours: 6, value: 0.9, n: 2 }, { leadHours: 12, value: 0.8, n: 2 }] },
    ]); // prettier-ignore
  });

  test('what the program tells itself wins over its log', () => {
    const own = (fields: object, seq: number): RunEvent =>
      parseEvent(JSON.stringify({ v: 1, seq, t: 100 + seq, mono: seq, src: 'job', rank: 0, host: 'h', attempt: 1, ...fields }))!;
    const events = [
      ...logged(training(10, 3)),
      own({ ev: 'run_start', precision: 'fp16', mode: 'graph' }, 0),
      own({ ev: 'step', step: 1, epoch: 1, loss: 9, seconds: 5 }, 1),
      own({ ev: 'step', step: 2, epoch: 1, loss: 8, seconds: 1 }, 2),
      own({ ev: 'step', step: 3, epoch: 1, loss: 7, seconds: 2 }, 3),
      own({ ev: 'epoch_end', epoch: 1, train_loss: 8, val_loss: 6, seconds: 99 }, 4),
    ];
    const { summary } = row({ target: { framework: 'mindspore' } }, events);
    expect(summary).toMatchObject({ precision: 'fp16', mode: 'graph', framework: 'MindSpore' });
    expect(summary.firstEpochSeconds.value).toBe(99);
    expect(summary.secondsPerStep).toMatchObject({ value: 1.5, n: 2 });
    expect(summary.loss.map((point) => [point.step, point.train, point.validation])).toEqual([
      [1, 9, null],
      [2, 8, null],
      [3, 7, null],
      [3, null, 6],
    ]);
  });

  test('a loss that is not finite is no number, and is said', () => {
    const lines = ['Time taken for epoch 1 is 1 sec', 'Train loss: nan. Valid loss: inf'];
    const run = row({}, logged(lines));
    expect(run.summary.finalLoss).toMatchObject({ value: null, missing: 'incomplete' });
    expect(run.summary.loss).toMatchObject([{ train: null, validation: null }]);
    expect(document([run]).warnings).toContainEqual({ id: 'loss_not_finite', args: { run: 'AI-GOMS (train)' } });
    expect(() => JSON.parse(toJson(document([run])))).not.toThrow();
  });

  test('a run that failed or still runs is incomplete, not silent', () => {
    expect(row({}, [], 'failed').summary.secondsPerEpoch.missing).toBe('incomplete');
    expect(row({}, [], 'succeeded').summary.secondsPerEpoch.missing).toBe('not_reported');
  });
});

describe('comparison', () => {
  const steps = logged(['inference one step time: 9', 'inference one step time: 1', 'inference one step time: 3']);
  const torch = { target: { framework: 'torch' as const } };
  const mindspore = { target: { framework: 'mindspore' as const } };

  test('a training and its inference are one row; the first baseline stands', () => {
    const [a, b] = [row(torch, logged(training(10, 8))), row({ ...torch, kind: 'infer' }, steps)];
    const [c, d] = [row(mindspore, logged(training(20, 8))), row({ ...mindspore, kind: 'infer' }, steps)];
    const doc = document([a, c, b, d], b.summary.id);
    expect(doc.runs.map((run) => [run.id, run.kind, run.parts, run.inferenceSecondsPerStep.value])).toEqual([
      [a.summary.id, 'train+infer', [a.summary.id, b.summary.id], 2],
      [c.summary.id, 'train+infer', [c.summary.id, d.summary.id], 2],
    ]);
    expect(doc.baseline).toBe(a.summary.id);
    expect(doc.warnings).toEqual([]);
  });

  test('runs of other groups, frameworks or chips do not pair', () => {
    const train = row({ ...torch, group: 'g' }, []);
    for (const other of [{ ...torch }, { ...mindspore, group: 'g' }, { group: 'g', target: { chip: 'gpu' } }]) {
      expect(document([train, row({ ...other, kind: 'infer' }, steps)]).runs).toHaveLength(2);
    }
    expect(document([train, row({ ...torch, group: 'g', name: 'other', kind: 'infer' }, steps)]).runs).toHaveLength(1);
  });

  test('one program run again is told apart by a number, in warnings, too; another chip needs none', () => {
    const [first, second, other] = [row({}, []), row({}, []), row({ target: { framework: 'torch', chip: 'dcu-z100l', devices: 1 } }, [])];
    const made = document([second, other, first]);
    expect(made.runs.map(({ name, ordinal }) => [name, ordinal])).toEqual([
      [first.summary.name, 2],
      [first.summary.name, undefined],
      [first.summary.name, 1],
    ]);
    const failed = document([row({}, [], 'failed'), row({}, [], 'failed')]).warnings.map(({ args }) => args['run']);
    expect(failed.filter(Boolean)).toEqual([expect.stringContaining(' #1 (train)'), expect.stringContaining(' #2 (train)')]);
  });

  test('each inference goes to the latest training before it', () => {
    const first = row(torch, []);
    const inferFirst = row({ ...torch, kind: 'infer' }, steps);
    const second = row(torch, []);
    const inferSecond = row({ ...torch, kind: 'infer' }, steps);
    const spare = row({ ...torch, kind: 'infer' }, steps);
    const doc = document([spare, inferSecond, second, inferFirst, first]);
    expect(doc.runs.map((run) => run.parts ?? [run.id])).toEqual([
      [spare.summary.id],
      [second.summary.id, inferSecond.summary.id],
      [first.summary.id, inferFirst.summary.id],
    ]);
  });

  test('a pair is as good as its worse part', () => {
    const bad = row({ ...torch, kind: 'infer' }, [], 'failed');
    expect(document([row(torch, logged(training(1, 8))), bad]).runs[0]!.state).toBe('failed');
  });

  test.each([
    ['differs.batch', { batch: 1 }, { batch: 2 }, '1, 2'],
    ['differs.precision', { precision: 'fp32' }, {}, 'fp32, ?'],
    ['differs.seed', { seed: 0 }, { seed: 1 }, '0, 1'],
    ['differs.devices', { target: { devices: 1 } }, { target: { devices: 16 } }, '1, 16'],
    ['differs.mode', { ...mindspore, mode: 'graph' }, { ...mindspore, mode: 'PyNative' }, 'graph, PyNative'],
    ['differs.codeHash', { code: { hash: 'a'.repeat(64), files: 1 } }, { code: { hash: 'b'.repeat(64), files: 1 } }, 'aaaaaaaa, bbbbbbbb'],
  ] as [string, Partial<RunDraft>, Partial<RunDraft>, string][])(
    'rows that differ in more than chip or framework: %s',
    (id, a, b, values) => {
      const doc = document([row(a, logged(training(1, 8))), row(b, logged(training(1, 8)))]);
      expect(doc.warnings.find((warning) => warning.id === id)?.args['values']).toBe(values);
    },
  );

  test('chip, framework and the code of another framework may differ', () => {
    const a = row({ target: { chip: 'gpu' }, code: { hash: 'a'.repeat(64), files: 1 } }, logged(training(1, 8)));
    const b = row(
      { target: { chip: 'cpu', framework: 'mindspore' }, mode: 'graph', code: { hash: 'b'.repeat(64), files: 1 } },
      logged(training(1, 8)),
    );
    expect(document([a, b]).warnings).toEqual([]);
  });

  test('only definitions of scores that are there are given', () => {
    const run = row({ kind: 'infer' }, logged(['Predicted timestep 1 of 2. t2m RMS Error: 1, ACC: 1']));
    const ids = document([run]).definitions.map((d) => d.id);
    expect(ids).toContain('rmse.fcn');
    expect(ids).not.toContain('rmse.wb1');
    expect(ids).toContain('convergence_epoch');
  });
});

describe('export', () => {
  const hostile = row({ name: '=cmd|"/C calc"!A1, `x` | <b>' }, logged(training(10, 8)));
  const doc = document([hostile, row({ ...draft, target: { framework: 'mindspore' } }, logged(training(20, 8)))]);

  test('CSV: every row has every column, formulas are told apart, quotes doubled', () => {
    const lines = toCsv(doc).trimEnd().split('\r\n');
    const cells = (line: string): string[] => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(,|$)/g)].map((match) => match[1]!).slice(0, -1);
    const head = cells(lines[0]!);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(cells(line)).toHaveLength(head.length);
    const first = Object.fromEntries(cells(lines[1]!).map((cell, i) => [head[i], cell]));
    expect(first['name']).toBe(`"'=cmd|""/C calc""!A1, \`x\` | <b>"`);
    expect(first['training_seconds']).toBe('80');
    const second = Object.fromEntries(cells(lines[2]!).map((cell, i) => [head[i], cell]));
    expect(second['seconds_per_epoch_ratio']).toBe('2');
    expect(second['energy_joules']).toBe('');
    expect(second['energy_joules_missing']).toBe('energy.no_sensor');
  });

  test('Markdown: one table of equal rows, nothing of a name is markup', () => {
    const rows = toMarkdown(doc, 'en').split('\n').filter((line) => line.startsWith('|')); // prettier-ignore
    const bars = rows.map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(rows).toHaveLength(4);
    expect(new Set(bars).size).toBe(1);
    expect(rows[2]).toContain('\\`x\\` \\| \\<b\\>');
    expect(rows[3]).toContain('20 (+100.0 %)');
    expect(toMarkdown(doc, 'zh')).toContain('未测量（无传感器）');
  });

  test('the terminal table aligns Chinese and shows many runs as rows', () => {
    const many = document(Array.from({ length: 7 }, (_, i) => row({ name: `跑 ${i}` }, logged(training(10, 8)))));
    const lines = toTable(many, 'zh').split('\n');
    expect(lines.filter((line) => line.startsWith('跑'))).toHaveLength(7);
    expect(toTable(doc, 'en')).toMatch(/^energy J +not measured \(no sensor\) +not measured \(no sensor\)$/m);
  });

  test('JSON is the document', () => expect(JSON.parse(toJson(doc))).toEqual(JSON.parse(JSON.stringify(doc))));
});

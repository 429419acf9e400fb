import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogEvents, adapters } from '../../runs/src/adapters/assemble';
import { type RunEvent } from '../../runs/src/events';
import { epochRecords } from '../../runs/src/results/summarise';

const names = { src: 'stdout', host: 'h', hoursPerStep: 6, scores: 'fcn' };

function read(text: string): RunEvent[] {
  const log = new LogEvents(names);
  return [...text.split('\n').flatMap((line) => log.line(line, 0)), ...log.end(0)];
}

const brief = (text: string): object[] =>
  read(text).map(({ v: _v, seq: _s, t: _t, mono: _m, src: _c, rank: _r, host: _h, attempt: _a, ...rest }) => rest);

describe('adapters', () => {
  test('each has a name of its own, and its hint holds for what it reads', () => {
    expect(new Set(adapters.map((adapter) => adapter.id)).size).toBe(adapters.length);
  });

  test.each([
    ['Time taken for epoch 3 is 5580.25 sec', [{ ev: 'epoch_end', epoch: 3, seconds: 5580.25 }]],
    ['2024-01-02 03:04:05,678 - root - INFO - Time taken for epoch 12 is 0.5 sec', [{ ev: 'epoch_end', epoch: 12, seconds: 0.5 }]],
    ['Train loss: 0.41. Valid loss: 0.39', [{ ev: 'epoch_end', epoch: 1, train_loss: 0.41, val_loss: 0.39 }]],
    ['Train loss: 1. Valid loss: 2', [{ ev: 'epoch_end', epoch: 1, train_loss: 1, val_loss: 2 }]],
    ['Train loss: 4.1e-05. Valid loss: 1E+3', [{ ev: 'epoch_end', epoch: 1, train_loss: 4.1e-5, val_loss: 1000 }]],
    [
      "Train loss: tensor(0.5, device='cuda:0'). Valid loss: tensor(0.25, device='cuda:0', dtype=torch.float64)",
      [{ ev: 'epoch_end', epoch: 1, train_loss: 0.5, val_loss: 0.25 }],
    ],
    [
      'Train loss: Tensor(shape=[], dtype=Float32, value= 0.125). Valid loss: Tensor(shape=[1], dtype=Float32, value= [ 2.5e-1])',
      [{ ev: 'epoch_end', epoch: 1, train_loss: 0.125, val_loss: 0.25 }],
    ],
    ['Train loss: nan. Valid loss: inf', [{ ev: 'epoch_end', epoch: 1, train_loss: NaN, val_loss: Infinity }]],
    ['Train loss: np.float32(0.5). Valid loss: -inf', [{ ev: 'epoch_end', epoch: 1, train_loss: 0.5, val_loss: -Infinity }]],
    [
      'train data time=1.5, train per epoch time=20.25, train per step time=0.125, valid time=3',
      [{ ev: 'epoch_end', epoch: 1, data_seconds: 1.5, train_seconds: 20.25, step_seconds: 0.125, val_seconds: 3 }],
    ],
    ['inference one step time: 0.353', [{ ev: 'infer_step', lead: 1, seconds: 0.353 }]],
    [
      'Predicted timestep 4 of 20. z500 RMS Error: 12.5, ACC: 0.99',
      [
        { ev: 'metric', name: 'rmse', def: 'fcn', var: 'z500', lead_h: 24, value: 12.5 },
        { ev: 'metric', name: 'acc', def: 'fcn', var: 'z500', lead_h: 24, value: 0.99 },
      ],
    ],
    [
      'Predicted timestep 0 of 20. sea surface height RMS Error: 0.0, ACC: nan',
      [
        { ev: 'metric', name: 'rmse', def: 'fcn', var: 'sea surface height', lead_h: 0, value: 0 },
        { ev: 'metric', name: 'acc', def: 'fcn', var: 'sea surface height', lead_h: 0, value: NaN },
      ],
    ],
    ['Number of trainable model parameters: 74,691,840', [{ ev: 'run_start', parameters: 74_691_840 }]],
    [
      ':::MLLOG {"namespace": "", "key": "eval_loss", "value": 0.25, "metadata": {"epoch_num": 7}}',
      [{ ev: 'epoch_end', epoch: 7, val_loss: 0.25 }],
    ],
    [':::MLLOG {"key": "eval_loss", "value":', []],
    ['Train loss: <b>1</b>. Valid loss: x', []],
    ['Time taken for epoch NaN is 3 sec', []],
    ['', []],
  ])('%s', (line, events) => expect(brief(line)).toEqual(events));

  const parts = {
    time: (e: number) => `Time taken for epoch ${e} is ${e * 10} sec`,
    loss: (e: number) => `Train loss: ${1 / e}. Valid loss: ${2 / e}`,
    times: (e: number) => `train data time=0.1, train per epoch time=${e}, train per step time=0.5, valid time=0.2`,
  };
  const epochs = [1, 2, 3].map((epoch) => ({ epoch, seconds: epoch * 10, train: 1 / epoch, validation: 2 / epoch }));
  test.each([
    ['time, times, loss', [parts.time, parts.times, parts.loss]],
    ['loss, time', [parts.loss, parts.time]],
    ['times, loss, time', [parts.times, parts.loss, parts.time]],
    ['time, loss', [parts.time, parts.loss]],
  ])('the parts of an epoch find together in the order %s', (_, order) => {
    const text = [1, 2, 3].flatMap((epoch) => order.map((part) => part(epoch))).join('\n');
    expect(epochRecords(read(text))).toEqual(epochs);
  });

  test('a program that names no epochs has them counted', () => {
    expect(epochRecords(read([1, 2, 3].map(parts.loss).join('\n')))).toEqual(epochs.map((epoch) => ({ ...epoch, seconds: null })));
    const both = [1, 2, 3].flatMap((e) => [parts.times(e), parts.loss(e)]).join('\n');
    expect(epochRecords(read(both))).toEqual(epochs.map((epoch) => ({ ...epoch, seconds: epoch.epoch })));
  });

  test('a resumed training goes on with its own numbers', () => {
    const text = [41, 42].flatMap((e) => [parts.time(e), parts.loss(e)]).join('\n');
    expect(epochRecords(read(text)).map((epoch) => epoch.epoch)).toEqual([41, 42]);
  });

  test('no line takes long, whatever it holds', () => {
    const log = new LogEvents(names);
    const hard = [
      'Train loss: ' + '['.repeat(1900),
      'Train loss:' + ' '.repeat(1900),
      'timestep 1 of 2. ' + 'RMS Error: '.repeat(170),
      'Train loss: ' + '1'.repeat(1900),
    ];
    // matching that is more than quadratic would run into the time limit of the test
    for (let i = 0; i < 50; i += 1) for (const line of hard) expect(log.line(line, 0)).toEqual([]);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('Train loss: ', 'Valid loss: ', '. ', '1', 'nan', 'tensor(', '[', ' ') }),
        (line) => void log.line(line, 0),
      ),
    );
  });
});

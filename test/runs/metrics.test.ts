import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definitions, scoreDefinitionId } from '../../runs/src/metrics/definitions';
import { inferenceTime } from '../../runs/src/metrics/inference';
import { measureOf, quantile } from '../../runs/src/metrics/spread';
import { convergenceEpoch, convergenceRule, type EpochRecord, epochTimes, trainingTime } from '../../runs/src/metrics/training';

const losses = (...validation: (number | null)[]): EpochRecord[] =>
  validation.map((loss, i) => ({ epoch: i + 1, seconds: 1, train: loss, validation: loss }));

describe('spread', () => {
  test('quantiles interpolate between closest ranks', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4], 1)).toBe(4);
    expect(quantile([7], 0.95)).toBe(7);
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test('min ≤ median ≤ p95 ≤ max, and values that are not finite do not count', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 }), (values) => {
        const m = measureOf([...values, NaN, Infinity], 'median', 'incomplete');
        expect(m.n).toBe(values.length);
        expect(m.min! <= m.median! && m.median! <= m.p95! + 1e-9 && m.p95! <= m.max! + 1e-9).toBe(true);
        expect(m.value).toBe(m.median);
      }),
    );
  });

  test('one value has no spread, none is missing', () => {
    expect(measureOf([3], 'mean', 'incomplete')).toEqual({ value: 3, n: 1 });
    expect(measureOf([NaN], 'mean', 'not_reported')).toEqual({ value: null, n: 0, missing: 'not_reported' });
  });
});

describe('convergence epoch', () => {
  test('is the first epoch followed by a window without enough improvement', () => {
    expect(convergenceEpoch(losses(8, 4, 2, 1, 1, 1, 1, 1, 1)).value).toBe(4);
    // 0.4 % better within the window does not count, 0.6 % does
    expect(convergenceEpoch(losses(1, 1, 1, 1, 1, 0.996)).value).toBe(1);
    expect(convergenceEpoch(losses(1, 1, 1, 1, 1, 0.994))).toMatchObject({ value: null, missing: 'not_converged' });
    // better only after the window
    expect(convergenceEpoch(losses(1, 1, 1, 1, 1, 1, 0.5, 0.5)).value).toBe(1);
  });

  test('goes by the best loss so far: a later bump does not matter', () => {
    expect(convergenceEpoch(losses(8, 1, 5, 5, 5, 5, 5, 5)).value).toBe(2);
  });

  test('needs the whole window, and validation losses', () => {
    expect(convergenceEpoch(losses(1, 1, 1, 1, 1))).toMatchObject({ missing: 'not_converged' });
    expect(convergenceEpoch(losses(1, 1, 1, 1, 1, 1)).value).toBe(1);
    expect(convergenceEpoch(losses(null, null))).toMatchObject({ missing: 'not_reported' });
    expect(convergenceEpoch([])).toMatchObject({ missing: 'not_reported' });
  });

  test('NaN and infinity are never the best', () => {
    expect(convergenceEpoch(losses(NaN, NaN, NaN, NaN, NaN, NaN, NaN))).toMatchObject({ missing: 'not_converged' });
    expect(convergenceEpoch(losses(NaN, 2, 1, NaN, Infinity, 1, 1, 1)).value).toBe(3);
    expect(convergenceEpoch(losses(-Infinity, 2, 2, 2, 2, 2, 2)).value).toBe(2);
  });

  test('holds for negative losses and zero', () => {
    expect(convergenceEpoch(losses(-1, -2, -3, -3, -3, -3, -3, -3)).value).toBe(3);
    expect(convergenceEpoch(losses(1, 0, 0, 0, 0, 0, 0)).value).toBe(2);
  });

  test('window and threshold are parameters', () => {
    expect(convergenceEpoch(losses(4, 2, 1.9, 1.8), { window: 1, epsilon: 0.1 }).value).toBe(2);
    expect(convergenceRule).toEqual({ window: 5, epsilon: 0.005 });
  });

  test('agrees with the definition written down directly', () => {
    const direct = (series: number[], w: number, eps: number): number | null => {
      for (let e = 1; e + w <= series.length; e += 1) {
        const b = Math.min(...series.slice(0, e));
        if ((b - Math.min(...series.slice(0, e + w))) / b < eps) return e;
      }
      return null;
    };
    const series = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 6 }), fc.double({ min: 0.001, max: 0.5, noNaN: true }), (values, window, epsilon) => {
        expect(convergenceEpoch(losses(...values), { window, epsilon }).value).toBe(direct(values, window, epsilon));
      }),
    );
  });
});

describe('times', () => {
  const seconds = (...values: (number | null)[]): EpochRecord[] =>
    values.map((s, i) => ({ epoch: i + 1, seconds: s, train: null, validation: null }));

  test('the first epoch stands apart', () => {
    const { first, rest } = epochTimes(seconds(100, 10, 20));
    expect(first).toEqual({ value: 100, n: 1 });
    expect(rest).toMatchObject({ value: 15, n: 2, min: 10, max: 20 });
    expect(epochTimes(seconds(100)).rest).toMatchObject({ value: null, missing: 'incomplete' });
    expect(epochTimes([])).toMatchObject({ first: { missing: 'not_reported' }, rest: { missing: 'not_reported' } });
  });

  test('training time is missing for the reason its factors are', () => {
    const there = { value: 10, n: 3 };
    expect(trainingTime(there, { value: 7, n: 1 }).value).toBe(70);
    expect(trainingTime(there, { value: null, n: 0, missing: 'not_converged' })).toMatchObject({ missing: 'not_converged' });
    expect(trainingTime({ value: null, n: 0, missing: 'incomplete' }, there)).toMatchObject({ missing: 'incomplete' });
  });

  test('inference drops marked warm-up, else the first steps', () => {
    const plain = [9, 1, 2, 3].map((s) => ({ seconds: s, warmup: null }));
    expect(inferenceTime(plain, 1)).toMatchObject({ value: 2, n: 3, p95: 2.9 });
    expect(inferenceTime(plain, 0)).toMatchObject({ value: 2.5, n: 4 });
    expect(inferenceTime(plain, 4)).toMatchObject({ value: null, missing: 'incomplete' });
    expect(inferenceTime([], 1)).toMatchObject({ missing: 'not_reported' });
    const marked = [9, 8, 2, 3].map((s, i) => ({ seconds: s, warmup: i < 2 }));
    expect(inferenceTime(marked, 1)).toMatchObject({ value: 2.5, n: 2 });
  });
});

describe('definitions', () => {
  test('are complete in both languages and named once', () => {
    expect(new Set(definitions.map((d) => d.id)).size).toBe(definitions.length);
    for (const d of definitions) {
      expect(d.zh, d.id).toMatch(/[\u4e00-\u9fff]/);
      for (const part of [d.en, d.formula, d.source]) expect(part, d.id).not.toBe('');
    }
  });

  test('an unknown score definition is the program’s own', () => {
    expect(scoreDefinitionId('rmse', 'fcn')).toBe('rmse.fcn');
    expect(scoreDefinitionId('acc', 'acc.wb1')).toBe('acc.wb1');
    expect(scoreDefinitionId('acc', 'mine')).toBe('acc.program');
    expect(scoreDefinitionId('rmse', undefined)).toBe('rmse.program');
  });
});

/** Loss curves of long runs: columns instead of points, extremes of stretches, and what is left when the bytes are damaged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../client/webview/src/model/document-check';
import { csvFile, csvText } from '../../client/webview/src/model/csv';
import { lossData } from '../../client/webview/src/model/export';
import { lossColumn, lossCount, lossFacts } from '../../client/webview/src/model/loss-table';
import { Pyramid } from '../../client/webview/src/model/pyramid';
import { lossLine, timeUnit } from '../../client/webview/src/model/series';
import { decodeBase64, packLoss, shortestDecimal, unpackColumn, withCompactLoss } from '../../runs/src/results/loss-columns';
import type { LossPoint } from '../../runs/src/results/document';
import { largeDocument, sampleDocument } from './sample';

const names = ['epoch', 'step', 't', 'train', 'validation'] as const;
const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map(Math.fround);
const seconds = { unit: 's', seconds: 1 } as const;
const rare = fc.option(float, { freq: 1 });

describe('loss as columns', () => {
  it('reads back what was packed', () => {
    const point = fc.record({
      epoch: fc.constantFrom(1, 1, 1, 2),
      step: fc.nat(1e6),
      t: float,
      train: fc.oneof({ weight: 5, arbitrary: float }, { weight: 1, arbitrary: fc.constant(null) }),
      validation: rare,
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), (points) => {
        const packed = packLoss(points);
        for (const name of names) {
          const read = [...unpackColumn(packed[name], packed.n)].map((value) => (Number.isNaN(value) ? null : value));
          expect(read).toEqual(points.map((one) => one[name]));
        }
      }),
    );
  });

  it('takes the shortest form', () => {
    const points = Array.from({ length: 1000 }, (_, i): LossPoint => ({
      epoch: Math.floor(i / 100),
      step: i + 1,
      t: i * 1.7 + Math.sin(i),
      train: Math.cos(i),
      validation: i % 100 === 99 ? i : null,
    }));
    const packed = packLoss(points);
    expect(names.map((name) => packed[name].form)).toEqual(['held', 'ramp', 'dense', 'dense', 'sparse']);
    expect(JSON.stringify(packed).length).toBeLessThan(JSON.stringify(points).length / 6);
  });

  it('is used by long runs only, and draws the same curve', () => {
    const { runs } = largeDocument(1, 6000);
    const [long] = runs;
    const compact = withCompactLoss(long!);
    expect(compact.loss).toEqual([]);
    const [short] = sampleDocument().runs;
    expect(withCompactLoss(short!)).toBe(short);
    const checked = checkDocument(JSON.parse(JSON.stringify({ ...sampleDocument(), runs: [compact] })));
    if ('problem' in checked) throw new Error(checked.problem.path);
    const [run] = checked.document.runs;
    expect(lossCount(run!)).toBe(6000);
    expect(lossFacts(run!).best!.value).toBeCloseTo(lossFacts(long!).best!.value, 6);
    for (const axis of ['epoch', 'step', 'time'] as const) {
      for (const side of ['train', 'validation'] as const) {
        const [a, b] = [long!, run!].map((one) => lossLine(one, side, axis, timeUnit(9000)));
        expect(b!.x.length).toBe(a!.x.length);
        for (let i = 0; i < a!.x.length; i += 97) {
          expect(b!.x[i]).toBeCloseTo(a!.x[i]!, 3);
          expect(b!.y[i]).toBeCloseTo(a!.y[i]!, 6);
        }
      }
    }
    // the CSV holds every point, without the noise of float32
    const rows = [...lossData([run!]).rows];
    expect(rows).toHaveLength(6000);
    expect(rows[18]!.slice(2, 5)).toEqual([1, 19, 32.3]);
  });

  it('has the same lines and facts in both forms, gaps included', () => {
    const point = fc.record({
      epoch: fc.constantFrom(1, 2, 3),
      step: fc.nat(50),
      t: float,
      train: fc.oneof({ weight: 8, arbitrary: float }, { weight: 1, arbitrary: fc.constant(null) }),
      validation: fc.oneof({ weight: 1, arbitrary: float }, { weight: 8, arbitrary: fc.constant(null) }),
    });
    const ramp = fc.array(point, { minLength: 1, maxLength: 40 }).map((points) => points.map((one, i) => ({ ...one, step: i + 1 })));
    const full = ramp.map((points) => points.map((one) => ({ ...one, train: one.train ?? 1 })));
    fc.assert(
      fc.property(fc.oneof(fc.array(point, { minLength: 1, maxLength: 40 }), ramp, full), (loss) => {
        const packed = { loss: [], lossColumns: packLoss(loss) };
        expect(lossFacts(packed)).toEqual(lossFacts({ loss }));
        for (const axis of ['epoch', 'step', 'time'] as const) {
          for (const side of ['train', 'validation'] as const) {
            const [a, b] = [lossLine({ loss }, side, axis, seconds), lossLine(packed, side, axis, seconds)];
            expect([[...b.x], [...b.y].map(Math.fround)]).toEqual([[...a.x], [...a.y].map(Math.fround)]);
          }
        }
      }),
    );
  });

  it('decodes base64 like the engine, and takes nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...decodeBase64(Buffer.from(bytes).toString('base64'))!]).toEqual([...bytes]);
      }),
    );
    for (const wrong of ['A', 'AAA', 'AA=A', 'AA!A', 'é€AA', '====', 'AAA\n']) expect(decodeBase64(wrong)).toBeNull();
  });

  it('shows nothing where bytes are damaged, and never throws', () => {
    const good = packLoss(largeDocument(1, 40).runs[0]!.loss);
    const read = (lossColumns: unknown) => {
      const checked = checkDocument({ ...sampleDocument(), runs: [{ ...sampleDocument().runs[0]!, loss: [], lossColumns }] });
      if ('problem' in checked) throw new Error(checked.problem.path);
      return checked.document.runs[0]!;
    };
    expect(read(good).lossColumns).toEqual(good);
    for (const wrong of [
      null,
      { ...good, n: -1 },
      { ...good, n: 1e12 },
      { ...good, n: 41 },
      { ...good, train: { form: 'dense', values: 'x' } },
      { ...good, train: { form: 'other', values: '' } },
      { ...good, t: undefined },
    ]) {
      expect(lossCount(read(wrong))).toBe(0);
    }
    // of the right length but no base64
    const { values } = good.train as { values: string };
    const broken = read({ ...good, train: { form: 'dense', values: '!'.repeat(values.length - 1) + '=' } });
    expect([...lossColumn(broken, 'train')].every(Number.isNaN)).toBe(true);
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (train, n) => void lossFacts(read({ ...good, train, ...(n === undefined ? {} : { n }) }))),
    );
  });

  it('writes a float32 as short as it can be', () => {
    for (const value of [0.1, 1 / 3, 32.3, 1e-30, 123456.78, 16777216])
      expect(Math.fround(shortestDecimal(Math.fround(value)))).toBe(Math.fround(value));
    expect(shortestDecimal(Math.fround(0.1))).toBe(0.1);
  });
});

describe('extremes of stretches', () => {
  it('are those of the points', () => {
    const values = fc.array(fc.oneof({ weight: 9, arbitrary: fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e6, max: 1e6 }) }, { weight: 1, arbitrary: fc.constant(Number.NaN) }), { maxLength: 300 }); // prettier-ignore
    fc.assert(
      fc.property(values, fc.nat(300), fc.nat(300), fc.boolean(), (numbers, a, b, positive) => {
        const [from, to] = [Math.min(a, b, numbers.length), Math.min(Math.max(a, b), numbers.length)];
        const range = { min: 0, max: 0 };
        new Pyramid(Float64Array.from(numbers), positive).extremes(from, to, range);
        const counted = numbers.slice(from, to).filter((value) => !Number.isNaN(value) && (!positive || value > 0));
        expect(range).toEqual({ min: Math.min(...counted), max: Math.max(...counted) });
      }),
    );
  });
});

describe('long CSV files', () => {
  it('are kept in parts that make the same file', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => [i, 'a name that is rather long, and quoted', i / 7, 'x'.repeat(250)]);
    const file = csvFile(['a', 'b', 'c', 'd'], rows);
    expect(file).toBeInstanceOf(Blob);
    expect(await (file as Blob).text()).toBe(csvText([['a', 'b', 'c', 'd'], ...rows]).slice(1));
    expect(csvFile(['a'], [[1]])).toBe('\ufeffa\r\n1\r\n');
  });
});

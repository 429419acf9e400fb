import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../client/webview/src/model/clean';
import { columnIds } from '../../client/webview/src/model/columns';
import { columnHelp, definitionTerm } from '../../client/webview/src/model/definitions';
import { evenIndices, lowerBound, minMaxIndices } from '../../client/webview/src/model/downsample';
import { formatFor } from '../../client/webview/src/model/format';
import { measureOf, scoreMenu, settleChoice } from '../../client/webview/src/model/measures';
import { compareMeasures } from '../../client/webview/src/model/ratio';
import { orderedRuns, tableRows } from '../../client/webview/src/model/rows';
import { extentOf, lossLine, padded, scoreLine, timeUnit } from '../../client/webview/src/model/series';
import { initialState, restoreState } from '../../client/webview/src/model/state';
import { lossSummary, scoreSummary } from '../../client/webview/src/model/summary';
import { textFor } from '../../client/webview/src/text';
import type { LossPoint } from '../../runs/src/results/document';
import { epochs, hostileTexts, measured, missing, paperDocument, paperRows, sampleDocument } from './sample';

const words = { text: textFor('en'), format: formatFor('en-US') };
const seconds = timeUnit(1);

function settled(document: ReturnType<typeof sampleDocument>) {
  return settleChoice({}, scoreMenu(document.runs));
}

describe('ratios', () => {
  it("gives the paper's comparisons", () => {
    const by = (row: number, base: number) => compareMeasures(measured(row), measured(base), 'lower');
    // training on the 910B, and AI-GOMS inference there: MindSpore against PyTorch
    expect(words.format.percent(by(378000, 418500)!.change)).toBe('−9.7%');
    expect(words.format.percent(by(0.605, 0.68)!.change)).toBe('−11.0%');
    expect(by(378000, 418500)!.ratio).toBeCloseTo(0.903226, 6);
  });

  it('is missing where a side is missing or the baseline is 0', () => {
    expect(compareMeasures(missing('not_run'), measured(1), 'lower')).toBeNull();
    expect(compareMeasures(measured(1), missing('not_run'), 'lower')).toBeNull();
    expect(compareMeasures(measured(1), measured(0), 'lower')).toBeNull();
  });

  it('judges only by ranges that do not touch', () => {
    const of = (row: number, base: number, better: 'lower' | 'higher' | 'neither', n = 5) =>
      compareMeasures(measured(row, n), measured(base, 5), better)!.verdict;
    expect(of(90, 100, 'lower')).toBe('better');
    expect(of(110, 100, 'lower')).toBe('worse');
    expect(of(110, 100, 'higher')).toBe('better');
    expect(of(101, 100, 'lower')).toBe('within');
    expect(of(50, 100, 'lower', 1)).toBe('single');
    expect(of(50, 100, 'neither')).toBe('none');
  });

  it('keeps the sign for negative values', () => {
    expect(compareMeasures(measured(-1), measured(-2), 'lower')!.change).toBe(0.5);
  });
});

describe('rows', () => {
  it("shows the paper's twelve rows with the product of time and epoch", () => {
    const document = paperDocument();
    const rows = tableRows(document, initialState(document), settled(document), words);
    expect(rows).toHaveLength(12);
    for (const row of rows) {
      const value = (id: string) => Number(row.cells.find((cell) => cell.column === id)!.text.replaceAll(',', ''));
      expect(value('trainingSeconds')).toBe(value('secondsPerEpoch') * value('convergenceEpoch'));
    }
    const fast = rows.find((row) => row.run.chip === '910b' && row.run.framework === 'MindSpore' && row.run.batch === 2)!;
    const training = fast.cells.find((cell) => cell.column === 'trainingSeconds')!;
    expect(training.comparison).toEqual({ ratio: '0.903×', percent: '−9.7%', verdict: 'single' });
    expect(training.details.join('\n')).toContain('378,000 ÷ 418,500 = 0.903×');
    expect(training.details.join('\n')).toContain('105 hr');
    expect(paperRows.map((row) => row[6])).toContain(378000);
  });

  it('pins the baseline and puts missing values last in both directions', () => {
    const document = sampleDocument();
    const order = (direction: 'ascending' | 'descending') =>
      orderedRuns(document, { ...initialState(document), sort: { column: 'trainingSeconds', direction } }, settled(document), 'en').map(
        (run) => run.name,
      );
    const up = order('ascending');
    const down = order('descending');
    expect(up[0]).toBe('fourcastnet torch');
    expect(down[0]).toBe('fourcastnet torch');
    expect(up.slice(1, 4)).toEqual(down.slice(1, 4).reverse());
    expect(up.slice(4)).toEqual(down.slice(4));
    expect(up.slice(4).sort()).toEqual(['fourcastnet mindspore fp16', 'fourcastnet torch, published weights']);
  });

  it('filters by words of the set-up but never the baseline away', () => {
    const document = sampleDocument();
    const names = (filter: string) =>
      tableRows(document, { ...initialState(document), filter }, settled(document), words).map((row) => row.name);
    expect(names('fp16')).toEqual(['fourcastnet torch', 'fourcastnet mindspore fp16']);
    expect(names('  PYNATIVE ')).toEqual(['fourcastnet torch', 'fourcastnet mindspore pynative']);
  });

  it('says what differs from the baseline besides chip and framework', () => {
    const document = sampleDocument();
    const rows = tableRows(document, initialState(document), settled(document), words);
    const differing = rows.flatMap((row) => row.badges.filter((badge) => badge.differs).map((badge) => `${row.name}: ${badge.text}`));
    expect(differing).toEqual([
      'fourcastnet mindspore graph, seed 1: seed 1',
      'fourcastnet mindspore graph, seed 1: code 1d20aa0',
      'fourcastnet mindspore fp16: fp16',
    ]);
  });

  it('wears as badges what no column shows', () => {
    const document = sampleDocument();
    const [row] = tableRows(document, { ...initialState(document), columns: ['name', 'chip'] }, settled(document), words);
    expect(row!.badges.map((badge) => badge.text)).toEqual([
      'baseline',
      'PyTorch 2.13.0',
      'fp32',
      'batch 4',
      'devices 1',
      'seed 0',
      'code 8c1f0d2',
    ]);
  });

  it('says why a number is missing', () => {
    const document = sampleDocument();
    const rows = tableRows(document, initialState(document), settled(document), words);
    const energy = rows[0]!.cells.find((cell) => cell.column === 'energyJoules')!;
    expect(energy).toMatchObject({ missing: true, text: 'not measured (no sensor)', comparison: null });
  });

  it('shows the spread only when there is one', () => {
    const document = sampleDocument();
    const [row] = tableRows(document, initialState(document), settled(document), words);
    const cell = (id: string) => row!.cells.find((other) => other.column === id)!;
    expect(cell('secondsPerEpoch').spread).toEqual(['40.77 … 42.43', 'n 29 · med 41.52']);
    expect(cell('trainingSeconds').spread).toBeNull();
    expect(cell('trainingSeconds').details).toContain('n = 1: no spread is known');
  });
});

describe('scores', () => {
  it('reads the chosen variable at the chosen lead time', () => {
    const document = sampleDocument();
    const menu = scoreMenu(document.runs);
    expect(menu.variables).toEqual(['z500', 't850', 'u10']);
    expect(settleChoice({}, menu)).toEqual({ variable: 'z500', lead: 120, rmse: 'rmse.fcn', acc: 'acc.fcn' });
    const choice = settleChoice({ variable: 't850', lead: 24, rmse: 'gone' }, menu);
    expect(choice).toEqual({ variable: 't850', lead: 24, rmse: 'rmse.fcn', acc: 'acc.fcn' });
    const run = document.runs[0]!;
    const curve = run.scores.find((other) => other.metric === 'acc' && other.variable === 't850')!;
    expect(measureOf(run, 'acc', choice)).toEqual({ value: curve.points[3]!.value, n: 1 });
    expect(measureOf(document.runs[5]!, 'acc', choice)).toEqual({ value: null, n: 0, missing: 'not_run' });
  });
});

describe('series', () => {
  const points: LossPoint[] = [
    { epoch: 1, step: 1, t: 10, train: 3, validation: null },
    { epoch: 1, step: 2, t: 20, train: 1, validation: 4 },
    { epoch: 2, step: 3, t: 30, train: null, validation: null },
    { epoch: 2, step: 4, t: 40, train: 0.5, validation: 2 },
    { epoch: 3, step: 5, t: 50, train: null, validation: null },
  ];

  it('means over an epoch, breaks where nothing was finite', () => {
    expect(lossLine({ loss: points }, 'train', 'epoch', seconds)).toEqual({ x: Float64Array.of(1, 2, 3), y: Float64Array.of(2, 0.5, NaN) });
    expect([...lossLine({ loss: points }, 'train', 'step', seconds).y]).toEqual([3, 1, NaN, 0.5, NaN]);
    expect(lossLine({ loss: points }, 'validation', 'time', timeUnit(300)).x[0]).toBeCloseTo(1 / 3);
  });

  it('sorts a log that steps back', () => {
    const { x, y } = lossLine({ loss: [points[3]!, points[0]!] }, 'train', 'step', seconds);
    expect([[...x], [...y]]).toEqual([
      [1, 4],
      [3, 0.5],
    ]);
  });

  it('has one point an epoch over epochs', () => {
    const line = lossLine(sampleDocument().runs[0]!, 'train', 'epoch', seconds);
    expect(line.x).toHaveLength(epochs);
  });

  it('keeps missing scores as gaps and leads in order', () => {
    const points = [
      { leadHours: 12, value: null },
      { leadHours: 6, value: 1 },
    ];
    expect(scoreLine({ metric: 'rmse', definition: '', variable: '', units: '', points })).toEqual({
      x: Float64Array.of(6, 12),
      y: Float64Array.of(1, NaN),
    });
    expect(scoreLine(undefined).x).toHaveLength(0);
  });

  it('has extents that are never empty', () => {
    const line = { x: Float64Array.of(1, 2, 3), y: Float64Array.of(NaN, 0, 5) };
    expect(extentOf([line], 'y')).toEqual({ min: 0, max: 5 });
    expect(extentOf([line], 'y', { positive: true })).toEqual({ min: 5, max: 5 });
    expect(extentOf([line], 'y', { within: { min: 1, max: 1 } })).toBeNull();
    for (const log of [false, true]) {
      const { min, max } = padded({ min: 5, max: 5 }, log);
      expect(min).toBeLessThan(5);
      expect(max).toBeGreaterThan(5);
      expect(padded(null, log).min).toBeLessThan(padded(null, log).max);
    }
  });
});

describe('thinning', () => {
  const curve = fc
    .tuple(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 }),
      fc.array(fc.boolean(), { maxLength: 400 }),
    )
    .map(([values, gaps]) => ({
      x: Float64Array.from(values, (_, i) => i * 0.5),
      y: Float64Array.from(values, (value, i) => (gaps[i] ? NaN : value)),
    }));

  it('keeps extremes, ends and order, within its budget', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 1, max: 40 }), ({ x, y }, buckets) => {
        const last = x.length - 1;
        const kept = minMaxIndices(x, y, 0, x[last]!, buckets);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(last);
        expect(kept.length).toBeLessThanOrEqual(Math.max(5 * (buckets + 1), 1));
        const finite = (indices: Iterable<number>) => [...indices].map((i) => y[i]!).filter((value) => !Number.isNaN(value));
        const all = finite(x.keys());
        if (all.length === 0) return;
        expect(Math.min(...finite(kept))).toBe(Math.min(...all));
        expect(Math.max(...finite(kept))).toBe(Math.max(...all));
      }),
    );
  });

  it('takes one more point on each side of a zoom', () => {
    const x = Float64Array.of(0, 1, 2, 3, 4);
    expect(minMaxIndices(x, x, 1.5, 2.5, 100)).toEqual([1, 2, 3]);
  });

  it('keeps a spike in a million points', () => {
    const x = Float64Array.from({ length: 1_000_000 }, (_, i) => i);
    const y = x.map(() => 1);
    y[765_432] = 9;
    const kept = minMaxIndices(x, y, 0, 999_999, 800);
    expect(kept).toContain(765_432);
    expect(kept.length).toBeLessThan(4100);
  });

  it('finds bounds and spreads evenly', () => {
    expect([0, 1, 1.5, 9].map((value) => lowerBound([1, 2, 3], value))).toEqual([0, 0, 1, 3]);
    expect(evenIndices(3, 10)).toEqual([0, 1, 2]);
    expect(evenIndices(101, 5)).toEqual([0, 25, 50, 75, 100]);
  });
});

describe('foreign texts', () => {
  it('lose escapes, controls and direction marks', () => {
    expect(cleanText(hostileTexts.ansi)).toBe('red link name');
    expect(cleanText(hostileTexts.rtl)).toBe('gnp.exe שלום עולם مرحبا');
    expect(cleanText(hostileTexts.separators)).toBe('line separator and nul');
    expect(Array.from(cleanText(hostileTexts.long, 50))).toHaveLength(50);
    expect(cleanText('😀'.repeat(100), 10)).toBe('😀'.repeat(9) + '…');
  });

  it('hold no control character, whatever they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (value, cap) => {
        const text = cleanText(`\u001b[3${value}`, cap);
        expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(Array.from(text).length).toBeLessThanOrEqual(cap);
      }),
    );
  });
});

describe('a stored state', () => {
  it('comes back as it was', () => {
    const document = sampleDocument();
    const state = {
      ...initialState(document),
      baseline: null,
      hidden: [document.runs[1]!.id],
      sort: { column: 'rmse' as const, direction: 'descending' as const },
      axis: 'time' as const,
      log: true,
      score: { variable: 'u10', lead: 24 },
    };
    expect(restoreState(JSON.parse(JSON.stringify(state)), document)).toEqual(state);
  });

  it('loses only what does not fit any more', () => {
    const document = sampleDocument();
    const stored = {
      baseline: 'gone',
      hidden: ['gone', 3],
      sort: { column: 'x', direction: 'ascending' },
      axis: 'z',
      columns: ['acc', 'name', 'x'],
      log: 'yes',
    };
    expect(restoreState(stored, document)).toEqual({ ...initialState(document), columns: ['name', 'acc'] });
  });

  it('is never trusted', () => {
    const document = sampleDocument();
    fc.assert(fc.property(fc.anything(), (stored) => void restoreState(stored, document)));
  });
});

describe('words', () => {
  it('sum up the charts', () => {
    const document = sampleDocument();
    const best = Math.min(...document.runs.flatMap((run) => run.loss.flatMap((point) => point.validation ?? [])));
    const loss = lossSummary(document.runs, 'epoch', true, words);
    expect(loss).toContain('Loss of 6 runs over epochs, logarithmic.');
    expect(loss).toContain(words.format.number(best));
    expect(loss).toContain('not finite and break a line: 1.');
    const choice = settled(document);
    const lowest = Math.min(...document.runs.flatMap((run) => measureOf(run, 'rmse', choice).value ?? []));
    expect(scoreSummary(document.runs, 'rmse', choice, words)).toContain(
      `Lowest at 120 h: ${words.format.number(lowest)} by fourcastnet torch, published weights.`,
    );
  });

  it('explain every column, by the definition of the document where it has one', () => {
    const document = sampleDocument();
    const choice = settled(document);
    for (const id of columnIds) expect(columnHelp(document, id, choice, words.text)[0]).toBeTruthy();
    expect(columnHelp(document, 'secondsPerEpoch', choice, words.text)).toEqual([
      'Mean wall time of an epoch, without the first.',
      'mean(T_2 … T_E)',
    ]);
    expect(columnHelp(document, 'rmse', choice, textFor('zh-cn'))[0]).toContain('纬度');
    expect(document.definitions.map((definition) => definitionTerm(definition, words.text))).toEqual([
      'Time / epoch',
      'Convergence epoch',
      'RMSE (fcn)',
      'ACC (fcn)',
    ]);
  });

  it('write numbers as the language does', () => {
    const { number, exact, percent, ratio, duration, tick, date } = words.format;
    expect([405000, 915.2, 0.353, 41.61234, 0.00001234, -2.5, 0].map(number)).toEqual([
      '405,000',
      '915.2',
      '0.353',
      '41.61',
      '1.234 × 10⁻⁵',
      '−2.5',
      '0',
    ]);
    expect([0.1 + 0.2, 1234567.891, 0.123456789, 1e-9].map(exact)).toEqual(['0.3', '1,234,568', '0.1234568', '1 × 10⁻⁹']);
    expect([0.5, -0.097, 4.151, 99].map(percent)).toEqual(['+50.0%', '−9.7%', '+415.1%', '+9,900%']);
    expect([0.903, 1234.5].map(ratio)).toEqual(['0.903×', '1,235×']);
    expect([60, 300, 378000].map(duration)).toEqual([null, '5 min', '105 hr']);
    expect([0.1, 1e-5, 20000].map(tick)).toEqual(['0.1', '1 × 10⁻⁵', '20,000']);
    expect(date('no date')).toBe('no date');
    expect(formatFor('zh-CN').duration(378000)).toBe('105小时');
  });
});

/** What the figures of the results page draw, as data: grids, colours, plans, groups, distributions, scaling. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coastlines } from '../../client/webview/src/model/coast';
import { diverging, inkOn, sequential, stepOf, type ColourTable } from '../../client/webview/src/model/colour';
import { cellAt, difference, gridOf, statisticsOf } from '../../client/webview/src/model/fields';
import { initialFigures, restoreFigures } from '../../client/webview/src/model/figure-state';
import { heatMap, scoreGroups } from '../../client/webview/src/model/heat';
import { fieldMenu, planMaps, settleMaps, type MapPlan } from '../../client/webview/src/model/map-plan';
import { measureOf, scoreCurve, scoreMenu, settleChoice } from '../../client/webview/src/model/measures';
import { originLines } from '../../client/webview/src/model/origin';
import { figure2, figureS1 } from '../../client/webview/src/model/presets';
import { scalingGroups } from '../../client/webview/src/model/scaling';
import { quantile, stepStrips } from '../../client/webview/src/model/steps';
import { telemetryLines } from '../../client/webview/src/model/telemetry';
import { formatFor } from '../../client/webview/src/model/format';
import { textFor } from '../../client/webview/src/text';
import type { FieldMap, RunSummary } from '../../runs/src/results/document';
import { fullDocument, packBits, packFloats } from './full-document';
import { measured, missing, paperDocument } from './sample';

const root = join(__dirname, '../..');

function field(
  latitudes: number[],
  longitudes: number[],
  at: (lat: number, lon: number) => number,
  patch: Partial<FieldMap> = {},
): FieldMap {
  return {
    variable: 'x',
    units: 'K',
    leadHours: 24,
    validTime: null,
    role: 'prediction',
    latitudes,
    longitudes,
    values: packFloats(latitudes.flatMap((lat) => longitudes.map((lon) => at(lat, lon)))),
    land: null,
    ...patch,
  };
}

const range = (n: number, from: number, step: number): number[] => Array.from({ length: n }, (_, i) => from + i * step);
/** the same place in any turn of longitude */
const byPlace = (lat: number, lon: number): number => 1000 * lat + ((lon + 720) % 360);

describe('grids', () => {
  it('are the same whatever order and turn the file had', () => {
    const down = range(18, 85, -10);
    const forms = [
      field(down, range(36, 5, 10), byPlace),
      field([...down].reverse(), range(36, 5, 10), byPlace),
      field(down, range(36, -175, 10), byPlace),
      field([...down].reverse(), range(36, -175, 10), byPlace),
    ];
    const [first, ...rest] = forms.map((form) => gridOf(form)!);
    expect([first!.latitudes[0], first!.longitudes[0], first!.longitudes.at(-1)]).toEqual([85, -175, 175]);
    expect(first!.values[0]).toBe(Math.fround(byPlace(85, -175)));
    for (const grid of rest) {
      expect([...grid.values]).toEqual([...first!.values]);
      expect(statisticsOf(difference(grid, first!)!)).toMatchObject({ n: 648, min: 0, max: 0, rms: 0 });
    }
    const pacific = gridOf(forms[0]!, 180)!;
    expect([pacific.longitudes[0], pacific.longitudes.at(-1)]).toEqual([5, 355]);
  });

  it('keep a region across the antimeridian in one piece, and leave a doubled meridian out', () => {
    const region = gridOf(field([10, 0, -10], [170, 175, -180, -175], byPlace))!;
    expect([...region.longitudes]).toEqual([170, 175, 180, 185]);
    expect(region.values[2]).toBe(Math.fround(byPlace(10, 180)));
    const doubled = gridOf(field([0], range(37, 0, 10), byPlace))!;
    expect(doubled.longitudes.length).toBe(36);
  });

  it('say what lies where, and that nothing lies outside', () => {
    const region = gridOf(field([10, 0, -10], [170, 175, -180, -175], byPlace))!;
    expect(cellAt(region, 9, -179)).toBe(2);
    expect(cellAt(region, -10, 171)).toBe(8);
    expect(cellAt(region, 16, 171)).toBe(-1);
    expect(cellAt(region, 0, 0)).toBe(-1);
    const poles = gridOf(field([90, 0, -90], range(4, 0, 90), byPlace))!;
    expect(cellAt(poles, 90, 0)).toBe(2);
    expect(cellAt(poles, -90, -180)).toBe(8);
  });

  it('count no land and no missing value, and give the statistics of what is left', () => {
    const land = packBits([true, false, false, false]);
    const grid = gridOf(field([1, 0], [0, 1], (lat, lon) => (lat === 0 && lon === 1 ? NaN : 3 * lat + lon), { land }))!;
    expect([...grid.land!]).toEqual([1, 0, 0, 0]);
    // 3 is land, 4 and 0 count, the last is NaN
    expect(statisticsOf(grid)).toEqual({ n: 2, min: 0, mean: 2, max: 4, rms: Math.sqrt(8) });
    expect(statisticsOf(gridOf(field([0], [0], () => NaN))!)).toBeNull();
  });

  it('are none where bytes and places do not fit, and have no difference where places differ', () => {
    expect(gridOf(field([0, 1], [0], () => 1, { values: packFloats([1]) }))).toBeNull();
    expect(gridOf(field([0], [0], () => 1, { values: '%%%%' }))).toBeNull();
    expect(gridOf(field([NaN], [0], () => 1))).toBeNull();
    expect(difference(gridOf(field([0], [0, 1], () => 1))!, gridOf(field([0], [0, 2], () => 1))!)).toBeNull();
  });
});

describe('colours', () => {
  /** relative luminance of every step */
  const luminances = (table: ColourTable): number[] =>
    Array.from({ length: 256 }, (_, i) => {
      const [red, green, blue] = [0, 1, 2].map((part) => {
        const value = table[3 * i + part]! / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });

  it('rise in lightness all the way, or fall from the middle to both sides', () => {
    const up = luminances(sequential);
    // a step of the table may round to the one before it
    for (let i = 4; i < 256; i += 4) expect(up[i]!).toBeGreaterThan(up[i - 4]!);
    const sides = luminances(diverging);
    for (let i = 4; i <= 124; i += 4) {
      expect(sides[i]!).toBeGreaterThan(sides[i - 4]!);
      expect(sides[255 - i]!).toBeGreaterThan(sides[259 - i]!);
    }
    expect(sides[128]!).toBeGreaterThan(0.85);
    // equally far from the middle: equally dark, so that no side weighs more
    for (let i = 0; i < 120; i += 10) expect(Math.abs(sides[i]! - sides[255 - i]!)).toBeLessThan(0.06);
  });

  it('carry readable numbers everywhere', () => {
    for (const table of [sequential, diverging]) {
      luminances(table).forEach((luminance, i) => {
        const contrast = inkOn(table, i) === '#000' ? (luminance + 0.05) / 0.05 : 1.05 / (luminance + 0.05);
        expect(contrast).toBeGreaterThanOrEqual(4.5);
      });
    }
  });

  it('take the ends for what lies beyond them', () => {
    expect([stepOf(-1, 0, 1), stepOf(0, 0, 1), stepOf(0.5, 0, 1), stepOf(2, 0, 1), stepOf(5, 5, 5)]).toEqual([0, 0, 128, 255, 128]);
  });
});

describe('coastlines', () => {
  it('are what the script makes of Natural Earth', () => {
    expect(execFileSync(process.execPath, [join(root, 'scripts/coast.mjs'), '--check'], { encoding: 'utf8' })).toContain('up to date');
  });

  it('stay on the globe, without jumps across the map', () => {
    const lines = coastlines();
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) {
      for (let i = 0; i < line.length; i += 2) {
        expect(Math.abs(line[i]!)).toBeLessThanOrEqual(180);
        expect(Math.abs(line[i + 1]!)).toBeLessThanOrEqual(90);
        if (i > 0) expect(Math.abs(line[i]! - line[i - 2]!)).toBeLessThan(60);
      }
    }
    // somewhere near Cape Agulhas
    expect(lines.some((line) => line.some((value, i) => i % 2 === 0 && Math.hypot(value - 20, line[i + 1]! + 34.8) < 1.5))).toBe(true);
  });
});

describe('maps', () => {
  const doc = fullDocument(6, 12);
  const plan = (patch: Partial<typeof initialFigures> = {}, runs = doc.runs): MapPlan => {
    const state = { ...initialFigures, ...patch };
    return planMaps(settleMaps(state, fieldMenu(runs, state.mapLead)!), runs);
  };

  it('stand as truth, runs and differences, with one scale a row', () => {
    const { columns, rows } = plan();
    expect(columns.map((column) => (column.kind === 'truth' ? 'truth' : column.kind === 'run' ? column.letter : `${column.ofLetter}-${column.toLetter ?? 'truth'}`))).toEqual(['truth', 'A', 'B', 'A-truth', 'B-truth', 'B-A']); // prettier-ignore
    expect(rows.map(({ variable }) => variable)).toEqual(['t0', 'u0', 'z500']);
    for (const { panels, range, reach } of rows) {
      const [truth, a, b, aTruth, bTruth, bA] = panels.map(({ statistics }) => statistics!);
      expect(range).toEqual({ min: Math.min(truth!.min, a!.min, b!.min), max: Math.max(truth!.max, a!.max, b!.max) });
      const ends = [aTruth!, bTruth!, bA!].flatMap(({ min, max }) => [-min, max]);
      expect(reach).toBe(Math.max(...ends));
      expect(aTruth!.mean).toBeCloseTo(a!.mean - truth!.mean, 2);
    }
  });

  it('say what is missing, borrow a truth, and do not subtract across grids', () => {
    const [first, second] = fullDocument(6, 12).runs as [RunSummary, RunSummary];
    const without = { ...second, fields: second.fields!.filter(({ role }) => role === 'prediction') };
    const borrowed = plan({}, [first, without]);
    expect(borrowed.rows[0]!.panels[4]!.statistics).not.toBeNull();
    expect(borrowed.otherTruth).toEqual([]);
    const coarse = { ...second, fields: fullDocument(3, 6).runs[1]!.fields! };
    const mixed = plan({}, [first, coarse]);
    expect(mixed.rows[0]!.panels.map(({ missing: why }) => why)).toEqual([null, null, null, null, null, 'grids']);
    const partial = plan({}, [first, { ...second, fields: second.fields!.filter(({ variable }) => variable === 'u0') }]);
    expect(partial.rows[0]!.panels.map(({ missing: why }) => why)).toEqual([null, null, 'absent', null, 'absent', 'absent']);
    const broken = plan({}, [{ ...first, fields: first.fields!.map((map) => ({ ...map, values: '' })) }]);
    expect(broken.rows[0]!.panels.map(({ missing: why }) => why)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  });

  it('forget a choice that is no longer offered', () => {
    const { choice } = plan({ mapVariables: ['gone', 'u0'], mapLead: 120, mapRuns: ['gone'], mapTime: 'gone' });
    expect(choice.variables).toEqual(['u0']);
    expect([choice.lead, choice.time]).toEqual([120, '2018-01-06T00:00:00Z']);
    expect(choice.runs.map(({ id }) => id)).toEqual(doc.runs.slice(0, 2).map(({ id }) => id));
    expect(fieldMenu(paperDocument().runs, null)).toBeNull();
  });
});

describe('heat map', () => {
  const doc = fullDocument(6, 12);

  it('never mixes definitions, sides, climatologies or masks', () => {
    const groups = scoreGroups(doc.runs);
    expect(new Set(groups.map(({ id }) => id)).size).toBe(groups.length);
    for (const group of groups) {
      const { rows } = heatMap(doc.runs, group, doc.runs[0]!, 'document', 'en');
      for (const row of rows) {
        const same = row.run.scores.filter(
          (curve) =>
            curve.variable === row.variable &&
            curve.metric === group.metric &&
            curve.definition === group.definition &&
            (curve.by ?? 'program') === group.by &&
            (curve.mask ?? null) === group.mask &&
            (curve.climatology ?? null) === group.climatology,
        );
        expect(same.length).toBe(1);
        expect(row.values.filter((value) => value !== null)).toEqual(same[0]!.points.flatMap(({ value }) => value ?? []));
      }
    }
    expect(
      groups.filter(({ metric, definition }) => metric === 'rmse' && definition === 'rmse.fcn').map(({ by, mask }) => [by, mask !== null]),
    ).toEqual(
      expect.arrayContaining([
        ['program', false],
        ['tool', false],
        ['tool', true],
      ]),
    );
  });

  it('shares its groups with the table and the curves, whatever the variable has', () => {
    const menu = scoreMenu(doc.runs);
    const program = settleChoice({ variable: 'z500' }, menu);
    expect(program.rmse).toBe('rmse.fcn');
    const [first] = doc.runs as [RunSummary];
    const onlyTool = { ...first, scores: first.scores.filter(({ by }) => by === 'tool') };
    // a run scored by the tool alone has no number beside one scored by its program
    expect(measureOf(first, 'rmse', program).value).not.toBeNull();
    expect(measureOf(onlyTool, 'rmse', program).value).toBeNull();
    const tool = menu.groups.rmse.get('z500')!.find((key) => key.includes('tool') && key.includes('rmse.wb1'))!;
    const chosen = settleChoice({ variable: 'z500', rmse: tool }, menu);
    expect(scoreCurve(onlyTool, 'rmse', chosen)).toMatchObject({ by: 'tool', definition: 'rmse.wb1', variable: 'z500' });
    // another variable has another mask: the same definition and side are kept
    const other = settleChoice({ ...chosen, variable: 't0' }, menu);
    expect(scoreCurve(onlyTool, 'rmse', other)).toMatchObject({
      by: 'tool',
      definition: 'rmse.wb1',
      variable: 't0',
      mask: expect.any(String),
    });
    expect(settleChoice({ rmse: '[broken' }, menu).rmse).toBe('rmse.fcn');
  });

  it('gives ratios to the baseline, ranges a variable, and gaps for what is missing', () => {
    const group = scoreGroups(doc.runs).find(({ by, metric, mask }) => by === 'tool' && metric === 'acc' && mask !== null)!;
    const { rows, leads, ranges, reach } = heatMap(doc.runs, group, doc.runs[0]!, 'document', 'en');
    expect(leads).toEqual([24, 48, 72, 96, 120]);
    const u0 = rows.filter(({ variable }) => variable === 'u0');
    expect(u0.map(({ first }) => first)).toEqual([true, false, false, false, false, false]);
    expect(u0[1]!.values[4]).toBeNull();
    expect(u0[1]!.ratios[4]).toBeNull();
    expect(u0[0]!.ratios.slice(0, 4)).toEqual([1, 1, 1, 1]);
    expect(u0[1]!.ratios[0]).toBeCloseTo(u0[1]!.values[0]! / u0[0]!.values[0]!, 12);
    expect(ranges.get('u0')!.max).toBe(Math.max(...u0.flatMap(({ values }) => values.flatMap((value) => value ?? []))));
    expect(reach).toBeGreaterThan(0);
    expect(heatMap(doc.runs, group, null, 'document', 'en').reach).toBeNull();
  });

  it('sorts runs by their last value and variables by name', () => {
    const group = scoreGroups(doc.runs).find(({ by, metric, mask }) => by === 'tool' && metric === 'rmse' && mask !== null)!;
    const last = (order: 'largest' | 'smallest'): number[] =>
      heatMap(doc.runs, group, null, order, 'en')
        .rows.filter(({ variable }) => variable === 't0')
        .map(({ values }) => values.at(-1)!);
    expect(last('largest')).toEqual([...last('largest')].sort((a, b) => b - a));
    expect(last('smallest')).toEqual([...last('largest')].reverse());
    expect(heatMap(doc.runs, group, null, 'name', 'en').rows.map(({ variable }) => variable)).toEqual([
      ...Array(6).fill('t0'),
      ...Array(6).fill('u0'),
    ]);
  });
});

describe('step times', () => {
  it('have the quartiles of NumPy and hide no outlier', () => {
    // numpy.quantile([1, 2, 4, 8, 100], [0.25, 0.5, 0.75, 0.95]) = 2, 4, 8, 81.6
    expect([0.25, 0.5, 0.75, 0.95].map((share) => quantile([1, 2, 4, 8, 100], share))).toEqual([2, 4, 8, expect.closeTo(81.6, 10)]);
    const [model] = fullDocument(6, 12).runs as [RunSummary];
    const run = {
      ...model,
      trainingSteps: { of: 5000, seconds: [100, 1, 8, 2, 4] },
      secondsPerStep: missing('not_reported'),
      inferenceSteps: { of: 0, seconds: [] },
    };
    const [strip, ...rest] = stepStrips([run]);
    expect(rest).toEqual([]);
    expect([...strip!.seconds]).toEqual([1, 2, 4, 8, 100]);
    expect(strip).toMatchObject({ kind: 'training', of: 5000, lower: 2, upper: 8, median: 4 });
    // what the run reported of all its steps wins over the drawn ones
    const [reported] = stepStrips([{ ...run, secondsPerStep: { value: 3, n: 5000, min: 1, median: 3, max: 100, p95: 9 } }]);
    expect([reported!.median, reported!.p95]).toEqual([3, 9]);
  });
});

describe('devices over time', () => {
  it('are averaged where all of them were sampled', () => {
    const point = (t: number, power: number | null): object => ({ t, power, utilisation: null, memory: null, temperature: null });
    const curve = (device: string, points: object[]): object => ({ node: 'n1', device, chip: 'npu', points });
    const [model] = fullDocument(6, 12).runs as [RunSummary];
    const telemetry = {
      ...model.telemetry!,
      curves: [curve('0', [point(10, 100), point(0, 200), point(20, 300)]), curve('1', [point(1, 400), point(11, null), point(21, 500)])],
    };
    const run = { ...model, telemetry } as RunSummary;
    const second = { unit: 's', seconds: 1 } as const;
    const [mean] = telemetryLines([run], 'power', false, second);
    expect(mean).toMatchObject({ devices: 2, device: null });
    expect([...mean!.x]).toEqual([0, 10, 20]);
    expect([...mean!.y]).toEqual([300, NaN, 400]);
    const each = telemetryLines([run], 'power', true, second);
    expect(each.map(({ x, y }) => [[...x], [...y]])).toEqual([
      [[0, 10, 20], [200, 100, 300]],
      [[1, 11, 21], [400, NaN, 500]],
    ]); // prettier-ignore
    expect(telemetryLines([run], 'memory', true, second)).toEqual([]);
  });
});

describe('scaling', () => {
  it("follows from the paper's DCU rows by their time per epoch", () => {
    const groups = scalingGroups(paperDocument().runs.map((run) => (run.chip === 'DCU' ? run : { ...run, devices: 16 })));
    expect(groups.length).toBe(1);
    const { measure, points } = groups[0]!;
    expect(measure).toBe('epochs');
    expect(points.map(({ devices }) => devices)).toEqual([16, 32, 64]);
    expect(points.map(({ speedup }) => speedup)).toEqual([1, expect.closeTo(12600 / 6700, 12), expect.closeTo(12600 / 4500, 12)]);
    expect(points.map(({ efficiency }) => efficiency)).toEqual([
      1,
      expect.closeTo(12600 / 6700 / 2, 12),
      expect.closeTo(12600 / 4500 / 4, 12),
    ]);
    expect(points.map(({ verdict }) => verdict)).toEqual(['first', 'single', 'single']);
  });

  it('judges only spreads, and pools runs that differ in the seed', () => {
    const [model] = fullDocument(6, 12).runs as [RunSummary];
    const run = (devices: number, throughput: number, n = 100, patch: Partial<RunSummary> = {}): RunSummary => ({
      ...model,
      id: `${devices} ${throughput}`,
      devices,
      throughput: measured(throughput, n),
      ...patch,
    });
    const verdicts = (...runs: RunSummary[]): string[] => scalingGroups(runs).flatMap(({ points }) => points.map(({ verdict }) => verdict));
    expect(verdicts(run(1, 10), run(2, 20), run(4, 30), run(8, 90))).toEqual(['first', 'ideal', 'below', 'above']);
    expect(verdicts(run(1, 10, 1), run(2, 20))).toEqual(['first', 'single']);
    expect(verdicts(run(1, 10), run(2, 20, 100, { batch: 7 }))).toEqual([]);
    const [pooled] = scalingGroups([run(1, 10, 1, { seed: 1 }), run(1, 12, 1, { seed: 2 }), run(2, 18, 1, { seed: 3 }), run(2, 16, 1)]);
    expect(pooled!.points.map(({ n, throughput, min, max, verdict }) => [n, throughput, min, max, verdict])).toEqual([
      [2, 11, 10, 12, 'first'],
      [2, 17, 16, 18, 'below'],
    ]);
  });
});

describe('choices', () => {
  it("make the paper's Figures S1 and 2", () => {
    const doc = fullDocument(6, 12);
    const s1 = figureS1(doc)!;
    const kept = doc.runs.filter(({ id }) => !s1.hidden!.includes(id));
    expect(kept.map(({ chip, framework }) => [chip, framework])).toEqual([
      ['ascend910b', 'PyTorch'],
      ['ascend910b', 'MindSpore'],
      ['dcu-z100l', 'PyTorch'],
    ]);
    expect(s1).toMatchObject({ axis: 'epoch', train: true, validation: false, log: false });
    expect(figureS1(paperDocument())).toBeNull();
    expect(figure2(fieldMenu(doc.runs, null)!)).toMatchObject({
      mapVariables: ['t0', 'u0'],
      mapRuns: doc.runs.slice(0, 2).map(({ id }) => id),
      mapTruthDifferences: false,
    });
  });

  it('survive damage of what was stored', () => {
    expect(restoreFigures('x')).toEqual(initialFigures);
    expect(
      restoreFigures({ mapVariables: [1, 'a'], mapCentre: 7, heatMode: 'x', telemetry: ['power', 'x'], stepsLog: 'no', mapLead: '3' }),
    ).toEqual({
      ...initialFigures,
      mapVariables: ['a'],
      telemetry: ['power'],
    });
    const chosen = { ...initialFigures, mapLead: 6, heatGroup: 'g', heatOrder: 'name' as const, perDevice: true, mapCentre: 180 as const };
    expect(restoreFigures(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen);
  });

  it('name the commit and the migration of a run', () => {
    const text = textFor('en');
    const words = { text, format: formatFor(text.locale) };
    const [torch, mindspore, changed] = fullDocument(6, 12).runs as [RunSummary, RunSummary, RunSummary];
    expect(originLines(torch, words)).toEqual(['commit 3f9a5d1c07be']);
    expect(originLines(mindspore, words)[1]).toBe(
      'Migrated from ai-goms to mindspore@ascend910b by MindPort 0.1.0: 14 files, 3 places left to do by hand',
    );
    expect(originLines(changed, words)).toEqual(['commit 3f9a5d1c07be, with changes']);
    expect(originLines({ ...torch, origin: undefined } as never, words)).toEqual([]);
  });
});

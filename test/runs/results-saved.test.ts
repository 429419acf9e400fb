/** What a run left in `results/`: read over any transport, in pieces, without trust; and what becomes of it in the row. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type RunEvent, parseEvent } from '../../runs/src/events';
import { programOrigin } from '../../runs/src/origin';
import { compare } from '../../runs/src/results/compare';
import { toTable } from '../../runs/src/results/export';
import { readSaved } from '../../runs/src/results/saved';
import { summarise } from '../../runs/src/results/summarise';
import { stepTimes } from '../../runs/src/results/work-done';
import { makeSpec, parseSpec } from '../../runs/src/spec';
import { type Transport } from '../../runs/src/transport';
import { checkDocument } from '../../client/webview/src/model/document-check';
import { fieldMaps } from '../webview/full-document';

const id = '01ARZ3NDEKTSV4RRFFQ6900001';
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A transport that holds files in memory and hands them out in small pieces. */
function holding(files: Record<string, string | Uint8Array>, most = 1000): Transport {
  const poll: Transport['poll'] = (asks) =>
    Promise.resolve(
      asks.map(({ id, reads }) => ({
        id,
        seen: null,
        pieces: reads.map(({ file, offset, max }) => {
          const content = files[file];
          if (content === undefined) return null;
          const bytes = Buffer.from(content);
          return {
            size: bytes.length,
            tag: 't',
            head: bytes.subarray(0, 256),
            bytes: bytes.subarray(offset, offset + Math.min(max, most)),
          };
        }),
      })),
    );
  return { poll } as unknown as Transport;
}

const score = (more: object = {}) => ({
  metric: 'rmse',
  definition: 'wb2',
  variable: 'z500',
  units: 'm',
  lead_h: 6,
  value: 12.5,
  n: 8,
  ...more,
});
const scoresFile = (scores: unknown, more: object = {}) =>
  JSON.stringify({ format: 'mindport-scores', version: 1, climatology: 'c@sha256:1', mask: null, inputs: [], scores, ...more });
const fieldsFile = (fields: unknown) => JSON.stringify({ format: 'mindport-fields', version: 1, fields });

const read = (scores: string | Uint8Array | undefined, fields?: string) =>
  readSaved(
    holding({
      ...(scores === undefined ? {} : { 'results/scores.json': scores }),
      ...(fields === undefined ? {} : { 'results/fields.json': fields }),
    }),
    id,
  );

describe('saved results', () => {
  test('nothing there is nothing wrong', async () => {
    expect(await read(undefined)).toEqual({ scores: [], fields: [], problems: [] });
  });

  test('scores become curves, ascending, the later word for a lead time counts', async () => {
    const acc = { metric: 'acc', definition: 'fcn-exact', units: '1', value: 0.9 };
    const { scores, problems } = await read(
      scoresFile([score({ lead_h: 12, value: 20 }), score(), score({ lead_h: 12, value: null, n: 7 }), score(acc)]),
    );
    expect(problems).toEqual([]);
    expect(scores).toEqual([
      { metric: 'rmse', definition: 'rmse.wb2', variable: 'z500', units: 'm', by: 'tool', climatology: null, mask: null, points: [{ leadHours: 6, value: 12.5, n: 8 }, { leadHours: 12, value: null, n: 7 }] },
      { metric: 'acc', definition: 'acc.fcn-exact', variable: 'z500', units: '1', by: 'tool', climatology: 'c@sha256:1', mask: null, points: [{ leadHours: 6, value: 0.9, n: 8 }] },
    ]); // prettier-ignore
  });

  test('entries that are not right are left out and counted', async () => {
    const wrong = [
      null,
      7,
      [],
      score({ metric: 'mse' }),
      score({ definition: 'mine' }),
      score({ definition: ['wb2'], value: { a: 1 } }),
      score({ definition: '__proto__' }),
      score({ variable: '' }),
      score({ variable: 'a\u001b[31mb' }),
      score({ variable: 'x'.repeat(300) }),
      score({ units: 3 }),
      score({ lead_h: '6' }),
      score({ lead_h: -6 }),
      score({ lead_h: 1e12 }),
      score({ value: 'NaN' }),
      score({ value: -1 }),
      score({ value: undefined }),
      score({ metric: 'acc', value: 1.5 }),
      score({ n: -1 }),
      score({ n: 1.5 }),
    ];
    const { scores, problems } = await read(scoresFile([...wrong, score()]));
    expect(scores).toHaveLength(1);
    expect(problems).toEqual([{ file: 'results/scores.json', what: 'entries_left_out', count: wrong.length }]);
  });

  test('fields pass when grid and bytes fit, and reach the page unchanged', async () => {
    const maps = fieldMaps(1, 6, 8);
    const { fields, problems } = await read(undefined, fieldsFile(maps));
    expect(problems).toEqual([]);
    expect(fields).toEqual(maps);
    const checked = checkDocument({ version: 1, runs: [{ id: 'a', kind: 'infer', fields }] });
    expect('document' in checked && checked.document.runs[0]!.fields).toEqual(maps);
  });

  test('fields that do not fit are left out', async () => {
    const [good] = fieldMaps(1, 6, 8);
    const wrong = [
      { ...good, values: good!.values.slice(4) },
      { ...good, values: `${good!.values.slice(0, -4)}<b>=` },
      { ...good, latitudes: [75, 15, 45, -15, -45, -75] },
      { ...good, latitudes: good!.latitudes.map((x) => x * 2) },
      { ...good, longitudes: Array.from({ length: 361 }, (_, i) => i) },
      { ...good, longitudes: [0, 0, 0, 0, 0, 0, 0, 0] },
      { ...good, role: 'both' },
      { ...good, validTime: 'javascript:alert(1)' },
      { ...good, land: 'AAAA' },
      { ...good, variable: '\u202egnp' },
      'x',
    ];
    const { fields, problems } = await read(undefined, fieldsFile([...wrong, good]));
    expect(fields).toEqual([good]);
    expect(problems).toEqual([{ file: 'results/fields.json', what: 'entries_left_out', count: wrong.length }]);
  });

  test.each([
    ['no JSON', '{"format"', 'not_json'],
    ['no text', Uint8Array.from([0xff, 0xfe, 0x00]), 'not_json'],
    ['another format', scoresFile([], { format: 'x' }), 'other_format'],
    ['another version', scoresFile([], { version: 2 }), 'other_format'],
    ['a list', '[]', 'other_format'],
    ['too large', ' '.repeat(16_000_001), 'too_large'],
  ])('%s is said', async (_, text, what) => {
    const { scores, problems } = await read(text);
    expect(scores).toEqual([]);
    expect(problems).toEqual([{ file: 'results/scores.json', what, count: 0 }]);
  });

  test('never throws, whatever is there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.anything(), async (scores, fields) => {
        await read(scoresFile(scores), fieldsFile(fields));
      }),
      { numRuns: 300 },
    );
  });
});

const own = (fields: object, seq: number): RunEvent =>
  parseEvent(JSON.stringify({ v: 1, seq, t: 100 + seq, mono: seq, src: 'job', rank: 0, host: 'h', attempt: 1, ...fields }))!;

describe('the row of a run', () => {
  const spec = makeSpec({ name: 'a', kind: 'infer', argv: ['python'], cwd: '/tmp', batch: 4, target: { devices: 2 } }, id);
  const summarised = (events: RunEvent[], more: object = {}) =>
    summarise({ spec, state: 'succeeded', explanation: null, startedAt: 0, events, ...more });

  test('bears the scores of the program and those of the tool, and the fields', async () => {
    const saved = await read(scoresFile([score()]), fieldsFile(fieldMaps(1, 6, 8)));
    const row = summarised([own({ ev: 'metric', name: 'rmse', def: 'fcn', var: 'z500', lead_h: 6, value: 13, n: 8 }, 1)], { saved });
    expect(row.scores.map(({ by, definition, points }) => [by, definition, points[0]!.value, points[0]!.n])).toEqual([
      ['program', 'rmse.fcn', 13, 8],
      ['tool', 'rmse.wb2', 12.5, 8],
    ]);
    expect(row.fields).toHaveLength(12);
    const document = compare([{ summary: row, unread: [{ file: 'results/fields.json', what: 'too_large', count: 0 }], group: 'a', epochs: 0, diverged: false }], { title: '', createdAt: new Date(0) }); // prettier-ignore
    expect(document.definitions.map((definition) => definition.id)).toEqual(expect.arrayContaining(['rmse.fcn', 'rmse.wb2']));
    for (const language of ['en', 'zh'] as const) expect(toTable(document, language)).toContain('results/fields.json');
  });

  test('bears the times of its steps, all or drawn evenly', () => {
    const steps = [3, 1, 2].map((seconds, i) => own({ ev: 'infer_step', lead: i + 1, seconds, warmup: i === 0 }, i));
    expect(summarised(steps).inferenceSteps).toEqual({ of: 3, seconds: [3, 1, 2] });
    expect(summarised([])).not.toHaveProperty('trainingSteps');
    const drawn = stepTimes(Array.from({ length: 5000 }, (_, i) => i))!;
    expect([drawn.of, drawn.seconds.length, drawn.seconds[1], drawn.seconds.at(-1)]).toEqual([5000, 2000, 2, 4997]);
    expect(stepTimes([undefined, NaN, -1])).toBeNull();
  });

  test('throughput is of the samples told, else of batch, devices and step', () => {
    const train = (events: RunEvent[]) =>
      summarise({ spec: makeSpec({ ...spec, kind: 'train' }, id), state: 'succeeded', explanation: null, startedAt: 0, events });
    const steps = [9, 0.5, 0.5].map((seconds, i) => own({ ev: 'step', step: i, seconds }, i));
    expect(train(steps).throughput).toEqual({ value: 16, n: 2 });
    const epochs = [1, 2, 3].map((epoch) =>
      own({ ev: 'epoch_end', epoch, samples: 100, seconds: epoch === 1 ? 50 : 10 * epoch }, 10 + epoch),
    );
    expect(train([...steps, ...epochs]).throughput!.value).toBeCloseTo((5 + 100 / 30) / 2, 12);
    expect(train([]).throughput).toEqual({ value: null, n: 0, missing: 'not_reported' });
    expect(train(steps).samplesPerJoule!.missing).toBe('energy.no_sensor');
    expect(train(steps).joulesPerStep!.missing).toBe('not_run');
  });

  test('energy of a step and samples for a joule come from the mean power', () => {
    const sample = (mono: number) => ({ t: 100 + mono, mono, devices: [{ id: '0', card: '0', power: 200, energy: null, utilisation: 50, memory: 1, memoryTotal: 2, memoryPercent: null, temperature: 40, flags: [] }] }); // prettier-ignore
    const series = { host: 'h', node: 'h', chip: 'npu', tool: 'npu-smi', used: null, notes: [], limits: new Map(), rates: [{ mono: 0, interval: 1 }], samples: Array.from({ length: 21 }, (_, i) => sample(i)) }; // prettier-ignore
    const events = [own({ ev: 'window_start', window: 'infer' }, 0), own({ ev: 'infer_step', lead: 1, seconds: 0.5, warmup: false }, 1), own({ ev: 'window_end', window: 'infer' }, 20)]; // prettier-ignore
    const row = summarised(events, { telemetry: [series] });
    expect(row.meanPowerWatts.value).toBeCloseTo(200, 9);
    expect(row.joulesPerStep!.value).toBeCloseTo(100, 9);
    expect(row.samplesPerJoule!.missing).toBe('not_run');
  });
});

describe('what made a program', () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'mindport-origin-'));
    folders.push(made);
    return made;
  };
  const git = (cwd: string, ...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], { cwd, encoding: 'utf8' });

  test('the commit, and whether files differ from it', async () => {
    const repository = folder();
    expect(await programOrigin(repository)).toBeNull();
    git(repository, 'init', '-q');
    mkdirSync(join(repository, 'model'));
    mkdirSync(join(repository, 'ignored'));
    writeFileSync(join(repository, 'model', 'train.py'), 'x = 1\n');
    writeFileSync(join(repository, '.gitignore'), 'ignored/\n');
    git(repository, 'add', '-A');
    git(repository, 'commit', '-q', '-m', 'a');
    const commit = git(repository, 'rev-parse', 'HEAD').trim();
    expect(await programOrigin(join(repository, 'model'))).toEqual({ commit, dirty: false, migration: null });
    writeFileSync(join(repository, 'other.py'), '');
    expect((await programOrigin(join(repository, 'model')))!.dirty).toBe(false);
    writeFileSync(join(repository, 'model', 'new.py'), '');
    expect((await programOrigin(join(repository, 'model')))!.dirty).toBe(true);
    expect(await programOrigin(join(repository, 'ignored'))).toBeNull();
  });

  test('what the migration noted; strange notes are none', async () => {
    const program = folder();
    mkdirSync(join(program, '.mindport'));
    const note = (value: unknown): void => writeFileSync(join(program, '.mindport', 'migration.json'), JSON.stringify(value));
    const about = { from: 'fourcastnet', target: 'mindspore@cpu 2.10', version: '0.1.0', files: 9, manual: 2 };
    note({ version: 1, about, files: { 'a.py': 'x', 'b.py': 'y' } });
    expect(await programOrigin(program)).toEqual({ commit: null, dirty: false, migration: about });
    note({ version: 1, files: { 'a.py': 'x', 'b.py': 'y' } });
    expect((await programOrigin(program))!.migration).toEqual({ from: null, target: '', version: '', files: 2, manual: 0 });
    note({ version: 1, about: { from: 3, target: 'a\u0007', files: -1, manual: 'x' }, files: {} });
    expect((await programOrigin(program))!.migration).toEqual({ from: null, target: 'a ', version: '', files: 0, manual: 0 });
    for (const strange of [null, [], { version: 2, files: {} }, { version: 1 }]) {
      note(strange);
      expect(await programOrigin(program)).toBeNull();
    }
  });

  test('stands in the description of a run, checked, and older ones lack it', () => {
    const origin = { commit: 'a'.repeat(40), dirty: true, migration: null };
    const draft = { name: 'a', kind: 'train' as const, argv: ['python'], cwd: '/tmp', origin };
    const spec = makeSpec(draft, id);
    expect(parseSpec(JSON.stringify(spec), 'p').origin).toEqual(origin);
    expect(summarise({ spec, state: 'succeeded', explanation: null, startedAt: 0, events: [] }).origin).toEqual(origin);
    for (const wrong of [{ ...origin, commit: '$(x)' }, { ...origin, dirty: 1 }, { ...origin, migration: { from: null, target: '', version: '', files: -1, manual: 0 } }]) {
      expect(() => makeSpec({ ...draft, origin: wrong as typeof origin }, id)).toThrow('origin');
    }
  }); // prettier-ignore
});

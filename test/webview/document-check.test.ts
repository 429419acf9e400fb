import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../client/webview/src/model/document-check';
import { fullDocument } from './full-document';
import { hostileDocument, sampleDocument } from './sample';

describe('the check of a document', () => {
  it('passes a right one through unchanged', () => {
    const document = sampleDocument();
    expect(checkDocument(JSON.parse(JSON.stringify(document)))).toEqual({ document });
  });

  it('passes every member of the contract', () => {
    const document = fullDocument();
    expect(checkDocument(JSON.parse(JSON.stringify(document)))).toEqual({ document });
  });

  it('leaves out field maps whose grid and bytes do not fit, and masks that do not', () => {
    const document = fullDocument();
    const [good] = document.runs[0]!.fields!;
    const wrong = [
      { ...good, values: `${good!.values.slice(0, -8)}` },
      { ...good, values: good!.values.replace(/^..../, '<b>x') },
      { ...good, latitudes: [...good!.latitudes, 91] },
      { ...good, longitudes: [] },
      { ...good, role: 'guess' },
      { ...good, leadHours: 'soon' },
      { ...good, latitudes: Array(400).fill(0), longitudes: Array(400).fill(0), values: 'A'.repeat(4 * Math.ceil((400 * 400 * 4) / 3)) },
      'field',
      null,
    ];
    const fields = [...wrong, { ...good, land: 'AAAA' }];
    const runs = [{ ...document.runs[0], fields }, { ...document.runs[1], fields: wrong }, { ...document.runs[2], fields: 'none' }]; // prettier-ignore
    const checked = checkDocument({ ...document, runs });
    if ('problem' in checked) throw new Error(JSON.stringify(checked.problem));
    expect(checked.document.runs[0]!.fields).toEqual([{ ...good, land: null }]);
    expect(checked.document.runs[1]).not.toHaveProperty('fields');
    expect(checked.document.runs[2]).not.toHaveProperty('fields');
  });

  it('keeps of telemetry and steps what is a number', () => {
    const [run] = fullDocument().runs;
    const strange = {
      ...run,
      telemetry: {
        basis: 'moon',
        windowSeconds: 'NaN',
        coverage: 7,
        devices: [{ node: 1, joules: 'many' }, { joules: 2 }, null],
        notes: {},
        curves: [
          {
            device: '0',
            points: [
              { t: 'x', power: 1 },
              { t: 1, power: '250', temperature: 50 },
            ],
          },
          4,
        ],
      },
      trainingSteps: { of: 1, seconds: [1, -1, 'x', null, 2, NaN] },
      inferenceSteps: { of: 5, seconds: [] },
      throughput: 'fast',
      scores: [{ metric: 'rmse', by: 'someone', climatology: 4, mask: undefined, points: [{ leadHours: 6, value: 1, n: 'x' }] }],
      origin: { commit: 1, dirty: 'yes', migration: { files: 'all' } },
    };
    const checked = checkDocument({ version: 1, runs: [strange] });
    if ('problem' in checked) throw new Error(JSON.stringify(checked.problem));
    const [result] = checked.document.runs;
    expect(result!.telemetry).toEqual({
      basis: 'run',
      windowSeconds: 0,
      coverage: 1,
      idleWatts: null,
      devices: [{ node: '', id: '', joules: 2, by: 'power', implausible: 0 }],
      notes: [],
      curves: [{ node: '', device: '0', chip: '', points: [{ t: 1, power: null, utilisation: null, memory: null, temperature: 50 }] }],
    });
    expect(result!.trainingSteps).toEqual({ of: 2, seconds: [1, 2] });
    expect(result).not.toHaveProperty('inferenceSteps');
    expect(result).not.toHaveProperty('throughput');
    expect(result!.scores[0]).toMatchObject({ climatology: null, points: [{ leadHours: 6, value: 1 }] });
    expect(result!.scores[0]).not.toHaveProperty('by');
    expect(result!.scores[0]).not.toHaveProperty('mask');
    expect(result!.origin).toEqual({
      commit: null,
      dirty: false,
      migration: { from: null, target: '', version: '', files: 0, manual: 0 },
    });
  });

  it('draws evenly from more than 2,000 steps', () => {
    const [run] = fullDocument().runs;
    const seconds = Array.from({ length: 5000 }, (_, i) => i);
    const checked = checkDocument({ version: 1, runs: [{ ...run, trainingSteps: { of: 10, seconds } }] });
    if ('problem' in checked) throw new Error(JSON.stringify(checked.problem));
    const { of, seconds: drawn } = checked.document.runs[0]!.trainingSteps!;
    expect([of, drawn.length, drawn[0], drawn[1], drawn[1999]]).toEqual([5000, 2000, 0, 2, 4997]);
  });

  it('takes what is not finite or missing for not reported', () => {
    const checked = checkDocument(hostileDocument());
    if ('problem' in checked) throw new Error(JSON.stringify(checked.problem));
    const [run] = checked.document.runs;
    expect(run!.secondsPerEpoch).toEqual({ value: null, n: 0, missing: 'not_reported' });
    expect(run!.finalLoss).toEqual({ value: null, n: 1, missing: 'not_reported' });
    expect(run!.energyJoules.missing).toBe('not_reported');
    expect(run!.loss[0]).toEqual({ epoch: 1, step: 1, t: 1, train: null, validation: null });
    expect(run!.scores[0]!.points).toEqual([{ leadHours: 6, value: 1 }]);
    expect(checked.document).not.toHaveProperty('extra');
  });

  it.each([
    [null, 'document'],
    [{ version: 2 }, 'version'],
    [{ version: 1, runs: {} }, 'runs'],
    [
      {
        version: 1,
        runs: [
          { id: 'a', kind: 'train' },
          { id: 'a', kind: 'train' },
        ],
      },
      'runs[1].id',
    ],
    [{ version: 1, runs: [{ kind: 'train' }] }, 'runs[0].id'],
    [{ version: 1, runs: [{ id: 'a', kind: 'test' }] }, 'runs[0].kind'],
    [{ version: 1, runs: [{ id: 'a', kind: 'train', loss: [1] }] }, 'runs[0].loss[0]'],
    [{ version: 1, runs: [{ id: 'a', kind: 'train', scores: [{ metric: 'mae' }] }] }, 'runs[0].scores[0].metric'],
    [{ version: 1, runs: [], warnings: [{}] }, 'warnings[0].id'],
  ])('says where %j is wrong', (value, path) => {
    const checked = checkDocument(value);
    expect('problem' in checked && checked.problem.path).toBe(path);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void checkDocument(value)));
    fc.assert(fc.property(fc.array(fc.anything()), (runs) => void checkDocument({ version: 1, runs })));
  });
});

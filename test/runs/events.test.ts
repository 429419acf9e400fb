import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Deduplicator, parseEvent } from '../../runs/src/events';

const envelope = { v: 1, seq: 3, t: 10.5, mono: 2, src: 'job', rank: 0, host: 'n1', attempt: 1 };
const line = (fields: object): string => JSON.stringify({ ...envelope, ...fields });

describe('events', () => {
  test('a valid event is taken over field by field', () => {
    const event = { ...envelope, ev: 'epoch_end', epoch: 3, train_loss: 0.41, val_loss: 0.39, seconds: 5580.2, samples: 32120 };
    expect(parseEvent(JSON.stringify({ ...event, more: 'x', __proto__: 1 }))).toEqual(event);
  });

  test('numbers that JSON has no form for come as words', () => {
    expect(parseEvent(line({ ev: 'epoch_end', epoch: 1, train_loss: 'NaN', val_loss: '-Infinity' }))).toMatchObject({
      train_loss: NaN,
      val_loss: -Infinity,
    });
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['another version', line({ v: 2, ev: 'warn', text: 'x' })],
    ['no version', JSON.stringify({ ev: 'warn', text: 'x' })],
    ['an unknown kind', line({ ev: 'launch_missiles' })],
    ['a kind of the prototype', line({ ev: 'constructor' })],
    ['a kind that is no word', line({ ev: ['warn'] })],
    ['an epoch that is no count', line({ ev: 'epoch_end', epoch: -1 })],
    ['an epoch with a fraction', line({ ev: 'epoch_end', epoch: 1.5 })],
    ['no epoch', line({ ev: 'epoch_end' })],
    ['a loss that is text', line({ ev: 'epoch_end', epoch: 1, train_loss: '<img src=x>' })],
    ['a loss that is an object', line({ ev: 'epoch_end', epoch: 1, train_loss: {} })],
    ['a time that is not finite', line({ t: 'NaN', ev: 'warn', text: 'x' })],
    ['no sequence number', line({ seq: null, ev: 'warn', text: 'x' })],
    ['a sequence number beyond counting', line({ seq: 1e300, ev: 'warn', text: 'x' })],
    ['a text that is a number', line({ ev: 'warn', text: 3 })],
    ['a line too long', line({ ev: 'warn', text: 'x'.repeat(5000) })],
  ])('%s is refused', (_, text) => expect(parseEvent(text)).toBeNull());

  test('control characters and the prototype get nowhere', () => {
    const event = parseEvent(line({ ev: 'metric', name: 'rm\u001b[31mse\n', value: 1, var: '\u202e' }));
    expect(event).toMatchObject({ name: 'rm [31mse ', var: ' ' });
    const start = parseEvent(line({ ev: 'run_start' }).replace('}', ',"versions":{"__proto__":"x","torch":"2.13","a b":"1","n":3}}'));
    expect(start).toMatchObject({ versions: { torch: '2.13' } });
    expect(Object.keys((start as { versions: object }).versions)).toEqual(['torch']);
    expect(({} as Record<string, unknown>)['torch']).toBeUndefined();
  });

  test('any text and any JSON never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseEvent(text)));
    fc.assert(fc.property(fc.json(), (text) => void parseEvent(text)));
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('NaN', 'Infinity', 1e400, -0));
    const kind = fc.constantFrom('epoch_end', 'metric', 'run_start', 'step', 'infer_step', 'toString');
    fc.assert(
      fc.property(
        kind,
        fc.dictionary(fc.constantFrom('epoch', 'seq', 't', 'value', 'name', 'versions', 'argv', 'lead', 'seconds'), value),
        (ev, fields) => {
          const event = parseEvent(line({ ev, ...fields }));
          expect(event === null || event.ev === ev).toBe(true);
        },
      ),
    );
  });

  test('an event counts once by source, host, attempt, rank and number', () => {
    const seen = new Deduplicator();
    const event = parseEvent(line({ ev: 'warn', text: 'x' }))!;
    expect(seen.isNew(event)).toBe(true);
    expect(seen.isNew({ ...event })).toBe(false);
    for (const other of [{ src: 'log' }, { host: 'n2' }, { attempt: 2 }, { rank: 1 }, { seq: 4 }])
      expect(seen.isNew({ ...event, ...other })).toBe(true);
  });
});

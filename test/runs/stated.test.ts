import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optionFor, statedBy } from '../../runs/src/stated';
import { repository } from './scene';

describe('what arguments state', () => {
  test.each([
    ['--batch-size 8 --seed 3 --num-workers 0', { batch: 8, seed: 3, workers: 0 }],
    ['--batch_size=16 --num_workers=2', { batch: 16, workers: 2 }],
    ['--bs 4 --bs 5', { batch: 5 }],
    ['--batch 0', {}],
    ['--batch-size auto --epochs 8 --batches 9 batch 3', {}],
    ['--batch-size', {}],
    ['--batch {batch}', {}],
  ])('%s', (line, expected) => expect(statedBy(line.split(' '), 1)).toEqual(expected));

  test('but not whether a batch is of each device or of all', () =>
    expect(statedBy(['--batch-size', '8', '--seed', '1'], 2)).toEqual({ seed: 1 }));

  test('and which options a program has for it', () => {
    const train = readFileSync(join(repository, 'examples', 'fourcastnet', 'config.py'), 'utf8');
    expect([optionFor('batch', train), optionFor('workers', train), optionFor('seed', train)]).toEqual([
      '--batch-size',
      '--num-workers',
      '--seed',
    ]);
    expect(optionFor('batch', "p.add_argument('-b', '--batch_size', type=int)")).toBe('--batch_size');
    expect(optionFor('workers', "p.add_argument('--epochs')")).toBeNull();
  });
});

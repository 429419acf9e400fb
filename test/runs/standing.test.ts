/** What the command palette offers: nothing for which there is nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type KnownSweep, mayCancel, mayResume, nothingToActOn, sweepStanding } from '../../client/src/runs/standing';
import { repository } from './scene';

const told = (...given: Parameters<typeof nothingToActOn>): string[] =>
  Object.entries(nothingToActOn(...given))
    .filter(([, isSo]) => isSo)
    .map(([key]) => key.replace('mindport.no', ''))
    .sort();

const sweep = (standing: KnownSweep['standing'], more: Partial<KnownSweep> = {}): KnownSweep => ({
  standing,
  stopped: false,
  hasRuns: true,
  ...more,
});

describe('what there is to act on', () => {
  test('runs: something to look at, something to cancel', () => {
    const sweeps = ['SweepToCancel', 'SweepToResume', 'SweepToShow'];
    expect(told([], [], 0)).toEqual(['ActiveRuns', 'Machines', 'Runs', ...sweeps]);
    expect(told([{ state: 'succeeded' }], [], 1)).toEqual(['ActiveRuns', ...sweeps]);
    expect(told([{ state: 'succeeded' }, { state: 'queued' }], [], 1)).toEqual(sweeps);
  });

  test('sweeps: one that goes on can be cancelled, one that does not can go on', () => {
    expect(told([{ state: 'running' }], [sweep('driven')], 1)).toEqual(['SweepToResume']);
    expect(told([{ state: 'running' }], [sweep('paused', { hasRuns: false })], 1)).toEqual(['SweepToShow']);
    expect(
      [sweep('ended'), sweep('ended failed'), sweep('paused', { stopped: true })].map((each) => [mayCancel(each), mayResume(each)]),
    ).toEqual([
      [false, false],
      [false, true],
      [false, true],
    ]);
  });

  test('how a sweep stands', () => {
    const rows = (...states: Parameters<typeof sweepStanding>[0][number]['state'][]) => states.map((state) => ({ state }));
    expect(sweepStanding(rows('succeeded', 'succeeded'), false)).toBe('ended');
    expect(sweepStanding(rows('succeeded', 'refused'), true)).toBe('ended failed');
    expect(sweepStanding(rows('succeeded', 'waiting'), true)).toBe('driven');
    expect(sweepStanding(rows('succeeded', 'waiting'), false)).toBe('paused');
  });
});

test('every key hides a command in the palette, and nothing but these keys does', () => {
  const { contributes } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    contributes: { menus: { commandPalette: { command: string; when: string }[] } };
  };
  const hiding = contributes.menus.commandPalette.flatMap(({ command, when }) =>
    [...when.matchAll(/!(mindport\.no\w+)/g)].map(([, key]) => [key!, command] as const),
  );
  expect([...new Set(hiding.map(([key]) => key))].sort()).toEqual(Object.keys(nothingToActOn([], [], 0)).sort());
  expect(hiding).toContainEqual(['mindport.noActiveRuns', 'mindport.cancelRun']);
  expect(hiding).toContainEqual(['mindport.noRuns', 'mindport.showRunLog']);
});

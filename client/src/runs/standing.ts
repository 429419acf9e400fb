/** What there is to act on: which commands make sense now, and what may be done with a sweep. */
import { type RunState, isEnded } from '../../../runs/src/state';
import type { RowState } from '../../../runs/src/sweep/drive';
import { progressOf } from '../../../runs/src/sweep/progress';

/** driven: a window of this editor goes on with it; paused: nobody does here */
export type SweepStanding = 'ended' | 'ended failed' | 'driven' | 'paused';

export function sweepStanding(rows: readonly { state: RowState }[], isDriven: boolean): SweepStanding {
  const { rows: count, over, failed } = progressOf(rows);
  if (over === count) return failed > 0 ? 'ended failed' : 'ended';
  return isDriven ? 'driven' : 'paused';
}

export interface KnownSweep {
  standing: SweepStanding;
  /** cancelled before */
  stopped: boolean;
  /** whether a row of it has a run */
  hasRuns: boolean;
}

export const mayCancel = ({ standing, stopped }: KnownSweep): boolean => !stopped && (standing === 'driven' || standing === 'paused');
export const mayResume = ({ standing }: KnownSweep): boolean => standing === 'paused' || standing === 'ended failed';

/**
 * The context keys of the command palette. Each says that there is *nothing* to act on: a window that does not know yet hides no command.
 * @param machines how many other machines the settings name
 */
export function nothingToActOn(
  runs: readonly { state: RunState }[],
  sweeps: readonly KnownSweep[],
  machines: number,
): Record<string, boolean> {
  return {
    'mindport.noRuns': runs.length === 0,
    'mindport.noActiveRuns': runs.every(({ state }) => isEnded(state)),
    'mindport.noSweepToShow': !sweeps.some(({ hasRuns }) => hasRuns),
    'mindport.noSweepToCancel': !sweeps.some(mayCancel),
    'mindport.noSweepToResume': !sweeps.some(mayResume),
    'mindport.noMachines': machines === 0,
  };
}

import { describe, expect, test } from 'vitest';
import { decide, isEnded, oldHeartbeatMs, schedulerState, startPatienceMs, silentScheduler } from '../../runs/src/state';
import { type Observation } from '../../runs/src/transport';

const now = 1_000_000_000;
const base: Observation = {
  now,
  exit: null,
  startedAt: now - 60_000,
  finishedAt: null,
  cancelled: false,
  process: 'alive',
  heartbeatAt: now - 1000,
  scheduler: null,
  reason: null,
  diskFull: false,
};
const old = now - oldHeartbeatMs - 1;

const table: [string, Partial<Observation>, number, string, string | null][] = [
  ['not started', { startedAt: null, process: 'unidentified' }, 0, 'draft', null],
  ['lock taken, supervisor not heard yet', { startedAt: now - 100, process: 'unidentified' }, 0, 'submitting', null],
  ['never heard', { startedAt: now - startPatienceMs - 1, process: 'unidentified' }, 0, 'lost', 'state.never_reported'],
  ['alive', {}, 0, 'running', null],
  ['alive with an old heartbeat', { heartbeatAt: old }, 0, 'running', null],
  ['alive and asked to end', { cancelled: true }, 0, 'cancelling', null],
  ['exit 0', { exit: 0, process: 'dead' }, 0, 'succeeded', null],
  ['exit 0 while the supervisor still lives', { exit: 0 }, 0, 'succeeded', null],
  ['exit counts before another boot', { exit: 0, process: 'rebooted' }, 0, 'succeeded', null],
  ['exit 1', { exit: 1 }, 0, 'failed', 'exit.other'],
  ['exit 124', { exit: 124 }, 0, 'failed', 'exit.timeout'],
  ['exit 126', { exit: 126 }, 0, 'failed', 'exit.not_executable'],
  ['exit 127', { exit: 127 }, 0, 'failed', 'exit.not_found'],
  ['exit 137', { exit: 137 }, 0, 'failed', 'exit.killed'],
  ['exit 139', { exit: 139 }, 0, 'failed', 'exit.segfault'],
  ['exit 143', { exit: 143 }, 0, 'failed', 'exit.terminated'],
  ['exit after cancel', { exit: 143, cancelled: true }, 0, 'cancelled', null],
  ['the exit counts before the scheduler', { exit: 0, scheduler: 'FAILED' }, 0, 'succeeded', null],
  ['the scheduler knows why it was killed', { exit: 137, scheduler: 'OUT_OF_MEMORY' }, 0, 'out_of_memory', 'exit.killed'],
  ['the scheduler knows the time limit', { exit: 143, scheduler: 'TIMEOUT' }, 0, 'timeout', 'exit.terminated'],
  ['alive counts before the scheduler', { scheduler: 'COMPLETED' }, 0, 'running', null],
  ['queued', { process: 'unidentified', scheduler: 'PENDING' }, 0, 'queued', null],
  ['queued, and why', { process: 'unidentified', scheduler: 'PENDING', reason: 'Resources' }, 0, 'queued', 'queue.resources'],
  ['queued for a reason nobody knows', { process: 'unidentified', scheduler: 'PENDING', reason: 'Burst' }, 0, 'queued', 'queue.other'],
  ['a reason left over says nothing of a run that runs', { scheduler: 'RUNNING', reason: 'Resources' }, 0, 'running', null],
  ['ended by the scheduler without an exit', { process: 'dead', scheduler: 'NODE_FAIL' }, 3, 'node_fail', null],
  ['completed without an exit', { process: 'dead', scheduler: 'COMPLETED' }, 3, 'lost', 'state.no_exit'],
  ['handed over, not seen yet', { process: 'unidentified', scheduler: 'SUBMITTING' }, 0, 'submitting', null],
  ['handed over, never seen', { process: 'unidentified', scheduler: 'SUBMIT_UNKNOWN' }, 0, 'submit_unknown', 'state.submit_unknown_why'],
  ['no answer of the scheduler', { process: 'dead', scheduler: silentScheduler }, 3, 'running', 'state.no_scheduler'],
  ['no answer, never began', { process: 'dead', scheduler: silentScheduler, heartbeatAt: null }, 3, 'queued', 'state.no_scheduler'],
  ['a word nobody knows', { process: 'dead', scheduler: 'SPECIAL_EXIT' }, 3, 'queued', 'state.scheduler_word'],
  ['the scheduler counts before the boot', { process: 'rebooted', scheduler: 'REQUEUED' }, 0, 'queued', null],
  ['another boot', { process: 'rebooted' }, 0, 'lost', 'state.rebooted'],
  ['gone, first look', { process: 'dead', heartbeatAt: old }, 1, 'running', null],
  ['gone, second look, fresh heartbeat', { process: 'dead' }, 2, 'running', null],
  ['gone, second look, old heartbeat', { process: 'dead', heartbeatAt: old }, 2, 'lost', 'state.vanished'],
  ['gone, second look, never a heartbeat', { process: 'dead', heartbeatAt: null }, 2, 'lost', 'state.vanished'],
];

describe('state', () => {
  test.each(table)('%s', (_, seen, deadPolls, state, key) => {
    const decision = decide({ ...base, ...seen }, deadPolls);
    expect(decision.state).toBe(state);
    expect(decision.explanation?.key ?? null).toBe(key);
  });

  test('a run that has ended stays ended, whatever else is seen', () => {
    for (const process of ['alive', 'dead', 'rebooted', 'unidentified'] as const) {
      for (const scheduler of [null, 'RUNNING', 'nonsense']) {
        expect(isEnded(decide({ ...base, exit: 2, process, scheduler }, 0).state)).toBe(true);
      }
    }
  });

  test.each([
    ['PENDING', 'queued'],
    ['SUSPENDED', 'queued'],
    ['COMPLETING', 'running'],
    ['CANCELLED by 1000', 'cancelled'],
    ['CANCELLED+', 'cancelled'],
    ['BOOT_FAIL', 'failed'],
    ['preempted', 'preempted'],
    ['RESV_DEL_HOLD', null],
    ['', null],
  ])('the scheduler’s word %s', (word, state) => expect(schedulerState(word)).toBe(state));
});

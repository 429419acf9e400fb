/** What state a run is in: a pure decision over one observation, in a fixed order. */
import { type Message, type MessageKey } from './messages';
import { heartbeatSeconds, setupFailed, supervisorFailed } from './script';
import { type Observation } from './transport';

export type RunState =
  | 'draft'
  | 'syncing'
  | 'submitting'
  | 'submit_unknown'
  | 'queued'
  | 'running'
  | 'cancelling'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'timeout'
  | 'out_of_memory'
  | 'preempted'
  | 'node_fail'
  | 'lost';

export interface Decision {
  state: RunState;
  /** why, for states that need a reason */
  explanation: Message | null;
}

const ended: ReadonlySet<RunState> = new Set([
  'succeeded',
  'failed',
  'cancelled',
  'timeout',
  'out_of_memory',
  'preempted',
  'node_fail',
  'lost',
]);

/** Whether nothing more will come from a run in this state. */
export function isEnded(state: RunState): boolean {
  return ended.has(state);
}

/** A heartbeat older than this is no sign of life. */
export const oldHeartbeatMs = 3 * heartbeatSeconds * 1000;
/** Time from the start lock to the first word of the supervisor. */
export const startPatienceMs = 30_000;

const schedulerStates: Record<string, RunState> = {
  PENDING: 'queued',
  REQUEUED: 'queued',
  CONFIGURING: 'queued',
  SUSPENDED: 'queued',
  RUNNING: 'running',
  COMPLETING: 'running',
  STAGE_OUT: 'running',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  BOOT_FAIL: 'failed',
  DEADLINE: 'failed',
  CANCELLED: 'cancelled',
  TIMEOUT: 'timeout',
  OUT_OF_MEMORY: 'out_of_memory',
  PREEMPTED: 'preempted',
  NODE_FAIL: 'node_fail',
  // said by us: handed over but not seen there yet, and not seen for so long that a person must say what is to be done
  SUBMITTING: 'submitting',
  SUBMIT_UNKNOWN: 'submit_unknown',
};

/** Stands for the scheduler's word where it gave no answer. */
export const silentScheduler = 'NO_ANSWER';

/** The state a scheduler's word stands for ("CANCELLED by 1000" counts by its first word); null for a word we do not know. */
export function schedulerState(word: string): RunState | null {
  return schedulerStates[word.trim().split(/[\s+]/)[0]!.toUpperCase()] ?? null;
}

/**
 * Decides a state from what was seen. `deadPolls` counts the looks in a row, this one included, that found neither process nor exit: one look
 * may fall between the end of the process and the naming of its exit.
 */
export function decide(seen: Observation, deadPolls: number): Decision {
  const word = seen.scheduler === null ? null : schedulerState(seen.scheduler);
  // 1: the exit the run itself has named
  if (seen.exit !== null) {
    if (seen.cancelled) return { state: 'cancelled', explanation: null };
    if (seen.exit === 0) return { state: 'succeeded', explanation: null };
    const told = word === 'timeout' || word === 'out_of_memory' || word === 'preempted' || word === 'node_fail' ? word : 'failed';
    return { state: told, explanation: explainExit(seen.exit) };
  }
  if (seen.startedAt === null) return { state: 'draft', explanation: null };
  // 2: a process that still is the one that was started
  if (seen.process === 'alive') return { state: seen.cancelled ? 'cancelling' : 'running', explanation: null };
  // 3: the scheduler
  if (seen.scheduler === silentScheduler) {
    return { state: seen.heartbeatAt === null ? 'queued' : 'running', explanation: { key: 'state.no_scheduler', args: {} } };
  }
  if (seen.scheduler !== null) {
    if (word === null)
      return { state: 'queued', explanation: { key: 'state.scheduler_word', args: { word: seen.scheduler.slice(0, 60) } } };
    // a finished job without an exit of its own did not run our script to its end
    if (word === 'succeeded') return { state: 'lost', explanation: { key: 'state.no_exit', args: {} } };
    if (word === 'queued' && seen.reason !== null) return { state: word, explanation: whyQueued(seen.reason) };
    return { state: word, explanation: word === 'submit_unknown' ? { key: 'state.submit_unknown_why', args: {} } : null };
  }
  // 4: another boot
  if (seen.process === 'rebooted') return { state: 'lost', explanation: { key: 'state.rebooted', args: {} } };
  if (seen.process === 'unidentified') {
    if (seen.now - seen.startedAt < startPatienceMs) return { state: 'submitting', explanation: null };
    return { state: 'lost', explanation: { key: 'state.never_reported', args: {} } };
  }
  // 5: nothing for two looks and no heartbeat
  const silent = seen.heartbeatAt === null || seen.now - seen.heartbeatAt > oldHeartbeatMs;
  if (deadPolls >= 2 && silent) return { state: 'lost', explanation: { key: 'state.vanished', args: {} } };
  return { state: seen.cancelled ? 'cancelling' : 'running', explanation: null };
}

/** Slurm's usual reasons, by the beginning of its word. */
const queueReasons: readonly [RegExp, MessageKey][] = [
  [/^Resources/, 'queue.resources'],
  [/^Priority/, 'queue.priority'],
  [/^(Dependency|BeginTime|JobHeld)/, 'queue.held'],
  [/^(ReqNodeNotAvail|Nodes_required|Reservation)/, 'queue.nodes'],
  [/^Partition(Down|Inactive|NodeLimit|TimeLimit|Config)/, 'queue.partition'],
  [/^(QOS|Assoc|Max|InvalidAccount|InvalidQOS)/, 'queue.limit'],
];

function whyQueued(reason: string): Message {
  return { key: queueReasons.find(([form]) => form.test(reason))?.[1] ?? 'queue.other', args: { reason: reason.slice(0, 80) } };
}

function explainExit(code: number): Message {
  const args = { code: String(code) };
  switch (code) {
    case setupFailed:
      return { key: 'exit.setup', args };
    case 73:
      return { key: 'exit.folder', args };
    case supervisorFailed:
      return { key: 'exit.supervisor', args };
    case 124:
      return { key: 'exit.timeout', args };
    case 126:
      return { key: 'exit.not_executable', args };
    case 127:
      return { key: 'exit.not_found', args };
    case 134:
      return { key: 'exit.abort', args };
    case 137:
      return { key: 'exit.killed', args };
    case 139:
      return { key: 'exit.segfault', args };
    case 143:
      return { key: 'exit.terminated', args };
    default:
      return { key: 'exit.other', args };
  }
}

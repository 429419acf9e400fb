/** Following one run from its beginning to its end, through everything that happens to the link. */
import { RunError } from './errors';
import { type RunEvent } from './events';
import { type FollowPoll, type LogText, RunFollower } from './follow';
import { type LinkState } from './link';
import { type Look, Looks, type RunStatus } from './look';
import { type LinkStatus, type PollLoop } from './polling';
import { type RunSpec } from './spec';
import { isEnded } from './state';
import { type PollAnswer } from './transport';

export type RunUpdate =
  | { type: 'state'; status: RunStatus }
  /** the connection changed; the run itself goes on as it did. Nothing more comes by itself after `auth_needed` and `hostkey_changed`. */
  | ({ type: 'link' } & LinkStatus)
  | ({ type: 'log' } & LogText)
  /** `void` names sources whose earlier events no longer hold */
  | { type: 'events'; events: RunEvent[]; void: string[] };

export interface WatchOptions {
  signal?: AbortSignal;
  /** shortest and longest time between two looks, milliseconds */
  fastest?: number;
  slowest?: number;
}

export interface Watched {
  spec: RunSpec;
  loop: PollLoop;
  /** on another machine, which is looked at less often */
  remote: boolean;
  told: (look: Look) => RunStatus;
  /** why a run that ended did so, with what its log says */
  explained: (status: RunStatus, follower: RunFollower) => string | null;
}

/** See `RunEngine.watch`. */
export async function* watchRun({ spec, loop, remote, told, explained }: Watched, options: WatchOptions): AsyncGenerator<RunUpdate> {
  const { id } = spec;
  const { signal, fastest = remote ? 200 : 60, slowest = remote ? 3000 : 1000 } = options;
  let link: LinkState = 'connected';
  const linkChange = (): RunUpdate | null => {
    const { status } = loop;
    if (status.link === link) return null;
    link = status.link;
    return { type: 'link', ...status };
  };
  const follower = new RunFollower(spec);
  const looks = new Looks();
  let shown = '';
  let wait = 0;
  while (!signal?.aborted) {
    const answer = await loop.next({ id, reads: follower.asks() }, wait, signal);
    if (signal?.aborted) return;
    const changed = linkChange();
    if (changed !== null) yield changed;
    if (answer === null) continue;
    if (answer.seen === null) throw new RunError('error.unknown_run', { run: id });
    // the state was looked at before the files: what the run wrote before it ended is in them
    const look = looks.take(answer.seen);
    const last = isEnded(look.decision.state);
    const { state, explanation } = look.decision;
    // why a job waits changes while it does
    const now = state === 'queued' ? JSON.stringify([state, explanation]) : state;
    if (!last && now !== shown) {
      shown = now;
      yield { type: 'state', status: told(look) };
    }
    const first = taken(follower, answer);
    let { more } = first;
    let active = first.logs.length > 0 || first.events.length > 0;
    yield* updates(first);
    while (more && !signal?.aborted) {
      const next = await loop.next({ id, reads: follower.asks() }, 0, signal);
      if (next === null) {
        const failed = linkChange();
        if (failed !== null) yield failed;
        break;
      }
      const poll = taken(follower, next);
      more = poll.more;
      active = true;
      yield* updates(poll);
    }
    if (last && !more && !signal?.aborted) {
      yield* updates({ ...follower.end(), void: [] });
      const status = told(look);
      yield { type: 'state', status: { ...status, explanation: explained(status, follower) } };
      return;
    }
    wait = more ? 0 : active ? fastest : Math.min(slowest, Math.max(wait, fastest) * 1.3);
  }
}

type Told = FollowPoll & { void: string[] };

function taken(follower: RunFollower, answer: PollAnswer): Told {
  const dropped: string[] = [];
  return { ...follower.take(answer.pieces, (src) => dropped.push(src)), void: dropped };
}

function* updates(poll: Told): Generator<RunUpdate> {
  for (const log of poll.logs) yield { type: 'log', ...log };
  if (poll.events.length > 0 || poll.void.length > 0) yield { type: 'events', events: poll.events, void: poll.void };
}

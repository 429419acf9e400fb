/** What a run is doing, as the engine tells it. */
import { type LinkState } from './link';
import { type Language, render } from './messages';
import { type RunSpec } from './spec';
import { type Decision, type RunState, decide } from './state';
import { type Observation } from './transport';

export interface RunStatus {
  id: string;
  spec: RunSpec;
  state: RunState;
  link: LinkState;
  explanation: string | null;
  startedAt: number | null;
  finishedAt: number | null;
  exitCode: number | null;
  /** the run failed and no space is left where it writes */
  diskFull: boolean;
  /** machine the run lives on, null for this one */
  machine: string | null;
  /** when this was seen, by this machine's clock */
  seenAt: number;
}

export interface Look {
  seen: Observation;
  decision: Decision;
}

/** Decides the state of one run look after look, counting those in a row that found neither process nor exit. */
export class Looks {
  deadPolls = 0;

  take(seen: Observation): Look {
    this.deadPolls = seen.exit === null && seen.process === 'dead' ? this.deadPolls + 1 : 0;
    return { seen, decision: decide(seen, this.deadPolls) };
  }
}

export function statusOf(spec: RunSpec, { seen, decision }: Look, machine: string | null, language: Language): RunStatus {
  return {
    id: spec.id,
    spec,
    state: decision.state,
    link: 'connected',
    explanation: decision.explanation === null ? null : render(language, decision.explanation.key, decision.explanation.args),
    startedAt: seen.startedAt,
    finishedAt: seen.finishedAt,
    exitCode: seen.exit,
    diskFull: seen.diskFull,
    machine,
    seenAt: Date.now(),
  };
}

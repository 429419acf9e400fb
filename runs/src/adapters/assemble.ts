/**
 * From the lines of one stream to events. Programs print the parts of an epoch on several lines and name the epoch only on one of them: a part
 * belongs to the epoch named just before unless that epoch already has such a part; then it waits for the next epoch named.
 */
import { type EventFields, type EventKind, type RunEvent } from '../events';
import { type Adapter, type Observed } from './adapter';
import { epochTime } from './epoch-time';
import { forecastScore } from './forecast-score';
import { inferenceTime } from './inference-time';
import { losses } from './losses';
import { mllog } from './mllog';
import { parameterCount } from './parameter-count';
import { stepTimes } from './step-times';

export const adapters: readonly Adapter[] = [epochTime, losses, stepTimes, inferenceTime, forecastScore, parameterCount, mllog];

/** Longest line an adapter looks at. */
const longest = 2000;

export interface StreamNames {
  /** "stdout" or "stderr" */
  src: string;
  host: string;
  hoursPerStep: number;
  scores: string;
}

type Part = Omit<EventFields['epoch_end'], 'epoch'>;

export class LogEvents {
  private seq = 0;
  private epoch: number | null = null;
  /** fields the current epoch has */
  private had = new Set<string>();
  private waiting: Part = {};
  private leads = 0;

  constructor(private readonly names: StreamNames) {}

  /** Events of one more line; `t` is when it was read, 0 when that says nothing. */
  line(line: string, t: number): RunEvent[] {
    const events: RunEvent[] = [];
    if (line.length > longest) return events;
    for (const adapter of adapters) {
      if (!line.includes(adapter.hint)) continue;
      for (const observed of adapter.read(line)) events.push(...this.observe(observed, t));
    }
    return events;
  }

  /** What waited for an epoch that was never named. */
  end(t: number): RunEvent[] {
    return Object.keys(this.waiting).length > 0 ? [this.flush((this.epoch ?? 0) + 1, t)] : [];
  }

  private observe(observed: Observed, t: number): RunEvent[] {
    switch (observed.what) {
      case 'epoch_seconds': {
        const { epoch, seconds } = observed;
        this.epoch = epoch;
        const part = { ...this.waiting, seconds };
        this.waiting = {};
        this.had = new Set(Object.keys(part));
        return [this.event('epoch_end', { epoch, ...part }, t)];
      }
      case 'losses': {
        const part: Part = {};
        if (observed.train !== null) part.train_loss = observed.train;
        if (observed.validation !== null) part.val_loss = observed.validation;
        if (observed.epoch !== undefined) return [this.event('epoch_end', { epoch: observed.epoch, ...part }, t)];
        return this.attach(part, t);
      }
      case 'times': {
        const part: Part = {};
        if (observed.data !== undefined) part.data_seconds = observed.data;
        if (observed.train !== undefined) part.train_seconds = observed.train;
        if (observed.step !== undefined) part.step_seconds = observed.step;
        if (observed.validation !== undefined) part.val_seconds = observed.validation;
        return this.attach(part, t);
      }
      case 'infer_step':
        this.leads += 1;
        return [this.event('infer_step', { lead: this.leads, seconds: observed.seconds }, t)];
      case 'score': {
        const { name, variable, step, value } = observed;
        return [this.event('metric', { name, def: this.names.scores, var: variable, lead_h: step * this.names.hoursPerStep, value }, t)];
      }
      case 'parameters':
        return [this.event('run_start', { parameters: observed.count }, t)];
    }
  }

  private attach(part: Part, t: number): RunEvent[] {
    const fields = Object.keys(part);
    if (this.epoch !== null && !fields.some((field) => this.had.has(field))) {
      fields.forEach((field) => this.had.add(field));
      return [this.event('epoch_end', { epoch: this.epoch, ...part }, t)];
    }
    // the same part twice and no name between: this program does not name its epochs by their time
    const events = fields.some((field) => field in this.waiting) ? [this.flush((this.epoch ?? 0) + 1, t)] : [];
    Object.assign(this.waiting, part);
    return events;
  }

  private flush(epoch: number, t: number): RunEvent {
    this.epoch = epoch;
    this.had = new Set(Object.keys(this.waiting));
    const part = this.waiting;
    this.waiting = {};
    return this.event('epoch_end', { epoch, ...part }, t);
  }

  private event<K extends EventKind>(ev: K, fields: EventFields[K], t: number): RunEvent {
    const { src, host } = this.names;
    const event = { v: 1, seq: this.seq, t, mono: 0, src, rank: 0, host, attempt: 1, ev, ...fields };
    this.seq += 1;
    return event as unknown as RunEvent;
  }
}

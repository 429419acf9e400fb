/** The time that is measured: from `window_start` to `window_end` of the program, on the clock of the node's sampler. */
import { type RunEvent } from '../events';
import { type Span } from './energy';
import { type NodeSeries } from './series';

/** `window`: the program said what is to be measured; `epochs`, `steps`: what its events show; `run`: all that was sampled. */
export type WindowBasis = 'window' | 'epochs' | 'steps' | 'run';

export interface Windows {
  basis: WindowBasis;
  /** seconds since 1970 and monotonic, both by the clock of `host` */
  spans: { host: string; from: { t: number; mono: number }; to: { t: number; mono: number } }[];
}

/** The windows of a run's work: those the program named "train" or "infer", else what can be seen of it. */
export function windowsOf(events: readonly RunEvent[], kind: 'train' | 'infer'): Windows {
  const own = events.filter((event) => event.src === 'job' && event.rank === 0);
  const spans: Windows['spans'] = [];
  let open: RunEvent | null = null;
  for (const event of own) {
    if (event.ev === 'window_start' && event.window === kind) open = event;
    if (event.ev === 'window_end' && event.window === kind && open !== null) {
      spans.push(span(open, event));
      open = null;
    }
  }
  if (spans.length > 0) return { basis: 'window', spans };
  const inner =
    kind === 'train'
      ? own.filter((event) => event.ev === 'epoch_start' || event.ev === 'epoch_end')
      : own.filter((event) => event.ev === 'infer_step' && event.warmup !== true);
  const [first, last] = [inner[0], inner.at(-1)];
  if (first === undefined || last === undefined || first === last) return { basis: 'run', spans: [] };
  const whole = span(first, last);
  // events stand at the end of what they tell
  const seconds = first.ev === 'epoch_end' || first.ev === 'infer_step' ? (first.seconds ?? 0) : 0;
  whole.from = { t: whole.from.t - seconds, mono: whole.from.mono - seconds };
  return { basis: kind === 'train' ? 'epochs' : 'steps', spans: [whole] };
}

function span(from: RunEvent, to: RunEvent): Windows['spans'][number] {
  return { host: from.host, from: { t: from.t, mono: from.mono }, to: { t: to.t, mono: to.mono } };
}

/** The windows on the monotonic clock of one node: directly where the program ran there, else by the time of day. */
export function spansOn(windows: Windows, series: NodeSeries): Span[] {
  const [first, last] = [series.samples[0], series.samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (windows.basis === 'run') return [{ from: first.mono, to: last.mono }];
  const offset = first.mono - first.t;
  return windows.spans.map(({ host, from, to }) =>
    // monotonic clocks of two boots have nothing in common, so they must fit the time of day as well
    host === series.host && Math.abs(from.mono - from.t - offset) < 5
      ? { from: from.mono, to: to.mono }
      : { from: from.t + offset, to: to.t + offset },
  );
}

/** The samples of one node, in order, with what the sampler said beside them. */
import { type DeviceSample, type TelemetryLine, parseTelemetry } from './record';

export interface Sample {
  t: number;
  mono: number;
  /** seconds to the next sample, as intended */
  interval: number;
  devices: DeviceSample[];
}

export interface NodeSeries {
  node: string;
  /** as programs call the node in their events */
  host: string;
  chip: string;
  tool: string;
  /** ids of the devices the run may use; null when that is not known */
  used: string[] | null;
  samples: Sample[];
  /** why something was not measured: the sampler's fixed word and the tool's own text */
  notes: { what: string; text: string }[];
}

/** Reads the text of one node's file. A torn last line, lines out of order and anything foreign are passed over. */
export function readSeries(text: string): NodeSeries {
  const series: NodeSeries = { node: '', host: '', chip: '', tool: '', used: null, samples: [], notes: [] };
  let interval = 1;
  for (const line of text.split('\n')) {
    const told = line === '' ? null : parseTelemetry(line);
    if (told !== null) interval = take(series, told, interval);
  }
  return series;
}

function take(series: NodeSeries, told: TelemetryLine, interval: number): number {
  switch (told.kind) {
    case 'start': {
      const { node, host, chip, tool, used } = told;
      Object.assign(series, { node, host, chip, tool, used });
      return told.interval;
    }
    case 'rate':
      return told.interval;
    case 'note':
      if (series.notes.length < 100) series.notes.push({ what: told.what, text: told.text });
      return interval;
    case 'sample': {
      const last = series.samples.at(-1);
      // time does not run backwards on one node: a line that says so was written by another boot or by nobody
      if (last === undefined || told.mono > last.mono) series.samples.push({ t: told.t, mono: told.mono, interval, devices: told.devices });
      return interval;
    }
    case 'end':
      return interval;
  }
}

/** The devices of a node the run uses: those named, else all. */
export function usedDevices(series: NodeSeries): string[] {
  const seen = new Set<string>();
  for (const sample of series.samples) for (const { id } of sample.devices) seen.add(id);
  const { used } = series;
  if (used === null) return [...seen];
  // "3" names card 3 with all its chips, too
  const named = [...seen].filter((id) => used.includes(id) || used.includes(id.split('.')[0]!));
  // ids that fit nothing (uuids, numbers within a container) cannot choose
  return named.length === 0 ? [...seen] : named;
}

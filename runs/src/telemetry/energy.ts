/**
 * Energy of devices over a window of time. Power is integrated by the trapezoid rule over the real time stamps; a counter of the device wins where
 * there is one. A gap of more than three intervals is not bridged and nothing is added beyond the first and last sample: what is missing shows as
 * coverage.
 */
import { type NodeSeries, type Sample, usedDevices } from './series';

/** Below this share of the window a figure counts as incomplete. */
export const leastCoverage = 0.95;
const widestGap = 3;

/** By the node's monotonic clock, seconds. */
export interface Span {
  from: number;
  to: number;
}

export interface EnergyOfDevice {
  id: string;
  joules: number;
  /** seconds of the windows that were measured */
  covered: number;
  by: 'counter' | 'power';
  /** samples left out because their power cannot be true */
  implausible: number;
}

interface Point {
  at: number;
  interval: number;
  value: number;
}

/** Energy of each device of `series` that has a sensor, over `spans` together. Chips of one card share its sensor and count once. */
export function energyOf(series: NodeSeries, spans: readonly Span[]): EnergyOfDevice[] {
  const used = new Set(usedDevices(series));
  const cards = new Map<string, string[]>();
  for (const sample of series.samples) {
    for (const { id, card } of sample.devices) {
      if (!used.has(id)) continue;
      const chips = cards.get(card) ?? [];
      if (!chips.includes(id)) chips.push(id);
      cards.set(card, chips);
    }
  }
  const results: EnergyOfDevice[] = [];
  for (const [card, chips] of cards) {
    const energy = counted(series.samples, chips, spans) ?? integrated(series.samples, chips, spans);
    if (energy !== null) results.push({ id: card, ...energy });
  }
  return results;
}

/** By the counter: growth between two looks, shared out evenly over the time between them. Null where no counter is told twice. */
function counted(samples: readonly Sample[], chips: readonly string[], spans: readonly Span[]): Omit<EnergyOfDevice, 'id'> | null {
  const points = pointsOf(samples, chips, 'energy').points;
  if (points.length < 2) return null;
  let joules = 0;
  let covered = 0;
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1]!, points[i]!];
    // a counter that falls was reset; a gap is no matter to a counter
    if (b.value < a.value) continue;
    for (const span of spans) {
      const part = overlap(a.at, b.at, span);
      if (part === null) continue;
      covered += part.to - part.from;
      joules += ((b.value - a.value) * (part.to - part.from)) / (b.at - a.at);
    }
  }
  return { joules, covered, by: 'counter', implausible: 0 };
}

function integrated(samples: readonly Sample[], chips: readonly string[], spans: readonly Span[]): Omit<EnergyOfDevice, 'id'> | null {
  const { points, implausible } = pointsOf(samples, chips, 'power');
  if (points.length === 0) return null;
  let joules = 0;
  let covered = 0;
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1]!, points[i]!];
    if (b.at - a.at > widestGap * a.interval) continue;
    const slope = (b.value - a.value) / (b.at - a.at);
    for (const span of spans) {
      const part = overlap(a.at, b.at, span);
      if (part === null) continue;
      const middle = (part.from + part.to) / 2;
      covered += part.to - part.from;
      joules += (a.value + slope * (middle - a.at)) * (part.to - part.from);
    }
  }
  return { joules, covered, by: 'power', implausible };
}

function pointsOf(
  samples: readonly Sample[],
  chips: readonly string[],
  field: 'power' | 'energy',
): { points: Point[]; implausible: number } {
  const points: Point[] = [];
  let implausible = 0;
  for (const { mono, interval, devices } of samples) {
    const told = devices.find((device) => chips.includes(device.id) && device[field] !== null);
    if (told === undefined) continue;
    if (field === 'power' && told.flags.includes('implausible')) implausible += 1;
    else points.push({ at: mono, interval, value: told[field]! });
  }
  return { points, implausible };
}

function overlap(from: number, to: number, span: Span): Span | null {
  const part = { from: Math.max(from, span.from), to: Math.min(to, span.to) };
  return part.to > part.from ? part : null;
}

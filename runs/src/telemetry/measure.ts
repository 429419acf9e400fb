/** Energy and mean power of a run over all its nodes and devices, with how far they were measured. */
import { type RunEvent } from '../events';
import { missing, single } from '../metrics/spread';
import { type Measure } from '../results/document';
import { type EnergyOfDevice, energyOf, leastCoverage } from './energy';
import { type NodeSeries, usedDevices } from './series';
import { type WindowBasis, spansOn, windowsOf } from './windows';

export interface EnergyReport {
  /** joules of all devices over the window, by their own sensors: not wall power */
  energy: Measure;
  /** watts of all devices together, mean over the window */
  power: Measure;
  /** length of the window, seconds */
  window: number;
  basis: WindowBasis;
  /** measured share of the window: the least of all devices; 0 when nothing was measured */
  coverage: number;
  /** watts of all devices together outside the window, mean; null when nothing was sampled there */
  idlePower: number | null;
  devices: (EnergyOfDevice & { node: string })[];
  /** why something is missing, in the sampler's words */
  notes: { node: string; what: string; text: string }[];
}

/** `nodes` bears one series a node of the run; null for a node whose series is not there, whose devices then count as not measured. */
export function measureEnergy(nodes: readonly (NodeSeries | null)[], events: readonly RunEvent[], kind: 'train' | 'infer'): EnergyReport {
  const windows = windowsOf(events, kind);
  const devices: EnergyReport['devices'] = [];
  const notes: EnergyReport['notes'] = [];
  let window = 0;
  let coverage = 1;
  let idle: number | null = 0;
  for (const series of nodes) {
    if (series === null || series.samples.length === 0) {
      for (const note of series?.notes ?? []) notes.push({ node: series?.node ?? '', ...note });
      coverage = 0;
      continue;
    }
    const spans = spansOn(windows, series);
    const length = spans.reduce((sum, span) => sum + span.to - span.from, 0);
    window = Math.max(window, length);
    const measured = energyOf(series, spans);
    for (const device of measured) {
      devices.push({ node: series.node, ...device });
      coverage = Math.min(coverage, length > 0 ? device.covered / length : 0);
    }
    if (measured.length < cardsOf(series)) coverage = 0;
    for (const note of series.notes) notes.push({ node: series.node, ...note });
    idle = add(idle, outside(series, spans));
  }
  if (nodes.length === 0 || devices.length === 0) coverage = 0;
  const joules = devices.reduce((sum, device) => sum + device.joules, 0);
  const reason = devices.length === 0 ? 'energy.no_sensor' : 'incomplete';
  const whole = coverage >= leastCoverage && window > 0;
  return {
    energy: whole ? single(joules) : missing(reason),
    // what is not covered is taken to be like the rest, at most a twentieth
    power: whole ? single(devices.reduce((sum, device) => sum + device.joules / device.covered, 0)) : missing(reason),
    window,
    basis: windows.basis,
    coverage: Math.min(1, coverage),
    idlePower: devices.length === 0 ? null : idle,
    devices,
    notes,
  };
}

function cardsOf(series: NodeSeries): number {
  const used = new Set(usedDevices(series));
  const cards = new Set<string>();
  for (const sample of series.samples) for (const device of sample.devices) if (used.has(device.id)) cards.add(device.card);
  return cards.size;
}

/** Mean power of all used devices of a node outside `spans`; null when nothing was sampled there. */
function outside(series: NodeSeries, spans: readonly { from: number; to: number }[]): number | null {
  const [first, last] = [series.samples[0]!, series.samples.at(-1)!];
  const rest: { from: number; to: number }[] = [];
  let from = first.mono;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    if (span.from > from) rest.push({ from, to: Math.min(span.from, last.mono) });
    from = Math.max(from, span.to);
  }
  if (from < last.mono) rest.push({ from, to: last.mono });
  const measured = energyOf(series, rest).filter((device) => device.covered > 0);
  return measured.length === 0 ? null : measured.reduce((sum, device) => sum + device.joules / device.covered, 0);
}

function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

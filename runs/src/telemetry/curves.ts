/** Samples thinned for a page: of many in one stretch of time the mean of what was told, so that no peak is invented and no gap is filled. */
import { type DeviceCurve } from '../results/document';
import { type DeviceSample } from './record';
import { type NodeSeries, usedDevices } from './series';

type Told = 'power' | 'utilisation' | 'memory' | 'temperature';
const told: readonly Told[] = ['power', 'utilisation', 'memory', 'temperature'];

/** One curve a device, with at most `most` points each; `t` in seconds since `startedAt` (milliseconds). */
export function deviceCurves(nodes: readonly (NodeSeries | null)[], startedAt: number, most = 600): DeviceCurve[] {
  const curves: DeviceCurve[] = [];
  for (const series of nodes) {
    if (series === null || series.samples.length === 0) continue;
    const [first, last] = [series.samples[0]!, series.samples.at(-1)!];
    const stretch = Math.max((last.mono - first.mono) / most, 1e-6);
    const used = usedDevices(series);
    const sums = new Map<string, Map<number, { t: number; n: number; values: Record<Told, { sum: number; n: number }> }>>();
    for (const sample of series.samples) {
      const at = Math.min(most - 1, Math.floor((sample.mono - first.mono) / stretch));
      for (const device of sample.devices) {
        if (!used.includes(device.id)) continue;
        const curve = sums.get(device.id) ?? new Map();
        sums.set(device.id, curve);
        const point = curve.get(at) ?? { t: 0, n: 0, values: Object.fromEntries(told.map((name) => [name, { sum: 0, n: 0 }])) };
        curve.set(at, point);
        point.t += first.t + sample.mono - first.mono - startedAt / 1000;
        point.n += 1;
        for (const name of told) put(point.values[name], device, name);
      }
    }
    for (const [device, curve] of sums) {
      const points = [...curve.values()].map(({ t, n, values }) => ({ t: t / n, ...means(values) }));
      curves.push({ node: series.node, device, chip: series.chip, points });
    }
  }
  return curves;
}

function put(into: { sum: number; n: number }, device: DeviceSample, name: Told): void {
  const value = device[name];
  if (value === null || (name === 'power' && device.flags.includes('implausible'))) return;
  into.sum += value;
  into.n += 1;
}

function means(values: Record<Told, { sum: number; n: number }>): Record<Told, number | null> {
  const mean = ({ sum, n }: { sum: number; n: number }): number | null => (n === 0 ? null : sum / n);
  return {
    power: mean(values.power),
    utilisation: mean(values.utilisation),
    memory: mean(values.memory),
    temperature: mean(values.temperature),
  };
}

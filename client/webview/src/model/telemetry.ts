/** What was sampled beside the runs as curves over time: one a device, or the mean over a run's devices. */
import type { DeviceCurve, RunSummary } from '../../../../runs/src/results/document';
import type { Quantity } from './figure-state';
import type { Line, TimeUnit } from './series';

export interface TelemetryLine extends Line {
  run: RunSummary;
  /** null for the mean over devices */
  device: DeviceCurve | null;
  devices: number;
}

/** Latest sample of all curves, seconds since the start of its run. */
export function longestSample(runs: readonly RunSummary[]): number {
  let longest = 0;
  for (const run of runs) for (const { points } of run.telemetry?.curves ?? []) for (const { t } of points) if (t > longest) longest = t;
  return longest;
}

/** Curves of one quantity; devices that never told it are left out. */
export function telemetryLines(runs: readonly RunSummary[], quantity: Quantity, perDevice: boolean, time: TimeUnit): TelemetryLine[] {
  return runs.flatMap((run): TelemetryLine[] => {
    const curves = (run.telemetry?.curves ?? []).filter(({ points }) => points.some((point) => point[quantity] !== null));
    if (curves.length === 0) return [];
    if (perDevice || curves.length === 1) {
      return curves.map((device) => ({ run, device, devices: 1, ...lineOf(sorted(device), quantity, time) }));
    }
    return [{ run, device: null, devices: curves.length, ...meanLine(curves.map(sorted), quantity, time) }];
  });
}

type Point = DeviceCurve['points'][number];

function sorted({ points }: DeviceCurve): readonly Point[] {
  return points.every((point, i) => i === 0 || point.t >= points[i - 1]!.t) ? points : [...points].sort((a, b) => a.t - b.t);
}

function lineOf(points: readonly Point[], quantity: Quantity, time: TimeUnit): Line {
  return {
    x: Float64Array.from(points, ({ t }) => t / time.seconds),
    y: Float64Array.from(points, (point) => point[quantity] ?? Number.NaN),
  };
}

/**
 * Mean over devices in time slots as long as the samples are usually apart, because devices are not sampled at the same moments. A slot in which not
 * every device has a value is a gap: a mean over the others would jump.
 */
function meanLine(curves: readonly (readonly Point[])[], quantity: Quantity, time: TimeUnit): Line {
  const steps = curves.flatMap((points) => points.slice(1).map((point, i) => point.t - points[i]!.t)).filter((step) => step > 0);
  steps.sort((a, b) => a - b);
  const slot = steps[Math.floor(steps.length / 2)] ?? 1;
  const slots = new Map<number, { sums: number[]; counts: number[] }>();
  curves.forEach((points, device) => {
    for (const point of points) {
      const at = Math.floor(point.t / slot + 1e-9);
      let sums = slots.get(at);
      if (!sums) slots.set(at, (sums = { sums: curves.map(() => 0), counts: curves.map(() => 0) }));
      const value = point[quantity];
      if (value === null) continue;
      sums.sums[device]! += value;
      sums.counts[device]!++;
    }
  });
  const order = [...slots.keys()].sort((a, b) => a - b);
  return {
    x: Float64Array.from(order, (at) => (at * slot) / time.seconds),
    y: Float64Array.from(order, (at) => {
      const { sums, counts } = slots.get(at)!;
      return counts.every((count) => count > 0) ? sums.reduce((sum, one, i) => sum + one / counts[i]!, 0) / sums.length : Number.NaN;
    }),
  };
}

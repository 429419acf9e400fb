/**
 * Scaling over devices: runs that are equal in everything but the number of devices (and the seed) make one curve. Efficiency is the throughput per
 * device against that of the fewest devices the group has.
 */
import type { Measure, RunSummary } from '../../../../runs/src/results/document';

export interface ScalingPoint {
  devices: number;
  /** runs the point rests on, and samples where it is one run */
  runs: RunSummary[];
  n: number;
  /** median over runs */
  throughput: number;
  min: number;
  max: number;
  /** against the fewest devices: throughput ratio, and that ratio over the ratio of devices */
  speedup: number;
  efficiency: number;
  verdict: 'first' | 'ideal' | 'below' | 'above' | 'single';
}

export interface ScalingGroup {
  /** the run that gives colour and name: the one with the fewest devices */
  first: RunSummary;
  /** samples per second as reported, or epochs per hour where no run reported samples */
  measure: 'samples' | 'epochs';
  points: ScalingPoint[];
}

/** Groups with at least two numbers of devices. */
export function scalingGroups(runs: readonly RunSummary[]): ScalingGroup[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = JSON.stringify([
      run.chip,
      run.framework,
      run.frameworkVersion,
      run.mode,
      run.precision,
      run.batch,
      run.parameters,
      run.codeHash,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].flatMap((group) => {
    const samples = group.filter((run) => run.throughput && run.throughput.value !== null);
    const measure = new Set(samples.map(({ devices }) => devices)).size > 1 ? 'samples' : 'epochs';
    const points = pointsOf(group, measure);
    return points.length < 2 ? [] : [{ first: points[0]!.runs[0]!, measure, points }];
  });
}

interface Sample {
  run: RunSummary;
  value: number;
  min: number;
  max: number;
  n: number;
}

function sampleOf(run: RunSummary, measure: ScalingGroup['measure']): Sample | null {
  const { value, min, max, n } = measure === 'samples' ? (run.throughput ?? nothing) : perHour(run.secondsPerEpoch);
  if (value === null || !(value > 0)) return null;
  return { run, value, min: min ?? value, max: max ?? value, n };
}

const nothing: Measure = { value: null, n: 0 };

function perHour({ value, min, max, n }: Measure): Measure {
  if (value === null || value <= 0) return nothing;
  return { value: 3600 / value, n, ...(max ? { min: 3600 / max } : {}), ...(min ? { max: 3600 / min } : {}) };
}

function pointsOf(runs: readonly RunSummary[], measure: ScalingGroup['measure']): ScalingPoint[] {
  const byDevices = new Map<number, Sample[]>();
  for (const run of runs) {
    const sample = sampleOf(run, measure);
    if (sample) byDevices.set(run.devices, [...(byDevices.get(run.devices) ?? []), sample]);
  }
  const ordered = [...byDevices].sort(([a], [b]) => a - b);
  const pooled = ordered.map(([devices, samples]) => {
    const values = samples.map(({ value }) => value).sort((a, b) => a - b);
    const middle = (values.length - 1) / 2;
    return {
      devices,
      runs: samples.map(({ run }) => run),
      n: samples.length > 1 ? samples.length : samples[0]!.n,
      throughput: (values[Math.floor(middle)]! + values[Math.ceil(middle)]!) / 2,
      // between runs where there are several, else between the samples of the one
      min: samples.length > 1 ? values[0]! : samples[0]!.min,
      max: samples.length > 1 ? values.at(-1)! : samples[0]!.max,
    };
  });
  const first = pooled[0];
  return pooled.map((point): ScalingPoint => {
    const speedup = point.throughput / first!.throughput;
    const ideal = point.devices / first!.devices;
    return { ...point, speedup, efficiency: speedup / ideal, verdict: point === first ? 'first' : verdictOf(point, first!, ideal) };
  });
}

/** Said only when both points rest on several samples: does the range touch what perfect scaling of the first one's range would give? */
function verdictOf(
  point: { n: number; min: number; max: number },
  first: { n: number; min: number; max: number },
  ideal: number,
): ScalingPoint['verdict'] {
  if (point.n < 2 || first.n < 2 || point.min === point.max || first.min === first.max) return 'single';
  if (point.max < first.min * ideal) return 'below';
  return point.min > first.max * ideal ? 'above' : 'ideal';
}

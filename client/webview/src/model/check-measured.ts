/** What was sampled and timed beside a run: device curves, energy, single steps. A part that is wrong is left out, the rest stays. */
import type { DeviceCurve, StepTimes, TelemetrySummary } from '../../../../runs/src/results/document';
import { accepted, isMembers, number, optionalMembers, text } from './checked-values';

const bases: readonly unknown[] = ['window', 'epochs', 'steps', 'run'];
const mostDevices = 4096;
const mostNotes = 200;
const mostCurvePoints = 20_000;
const mostSteps = 2000;

/** Absent for what is no object. */
export function telemetryOf(value: unknown): TelemetrySummary | undefined {
  if (!isMembers(value)) return undefined;
  return {
    basis: bases.includes(value['basis']) ? (value['basis'] as TelemetrySummary['basis']) : 'run',
    windowSeconds: number(value['windowSeconds']) ?? 0,
    coverage: Math.min(1, Math.max(0, number(value['coverage']) ?? 0)),
    idleWatts: number(value['idleWatts']),
    devices: accepted(value['devices'], mostDevices, (item) => {
      const device = optionalMembers(item);
      const joules = number(device['joules']);
      if (joules === null) return null;
      const by = device['by'] === 'counter' ? ('counter' as const) : ('power' as const);
      return { node: text(device['node'], ''), id: text(device['id'], ''), joules, by, implausible: number(device['implausible']) ?? 0 };
    }),
    notes: accepted(value['notes'], mostNotes, (item) => {
      const note = optionalMembers(item);
      return { node: text(note['node'], ''), what: text(note['what'], ''), text: text(note['text'], '') };
    }),
    curves: accepted(value['curves'], mostDevices, deviceCurveOf),
  };
}

function deviceCurveOf(value: unknown): DeviceCurve | null {
  if (!isMembers(value)) return null;
  const points = accepted(value['points'], mostCurvePoints, (item) => {
    const point = optionalMembers(item);
    const t = number(point['t']);
    if (t === null) return null;
    const { power, utilisation, memory, temperature } = point;
    return { t, power: number(power), utilisation: number(utilisation), memory: number(memory), temperature: number(temperature) };
  });
  return { node: text(value['node'], ''), device: text(value['device'], ''), chip: text(value['chip'], ''), points };
}

/** Absent when no time of a step is left. */
export function stepTimesOf(value: unknown): StepTimes | undefined {
  const { of, seconds } = optionalMembers(value);
  const times = accepted(seconds, Infinity, (item) => {
    const time = number(item);
    return time !== null && time >= 0 ? time : null;
  });
  if (times.length === 0) return undefined;
  const every = times.length / Math.min(times.length, mostSteps);
  const drawn = Array.from({ length: Math.min(times.length, mostSteps) }, (_, i) => times[Math.floor(i * every)]!);
  return { of: Math.max(number(of) ?? 0, times.length), seconds: drawn };
}

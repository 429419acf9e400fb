/** Lines of `telemetry/<node>.jsonl`, as `python/mindport_run/sampler.py` writes them. Whatever a line says is checked field by field. */

/** One device in one sample; null where the tool did not tell. */
export interface DeviceSample {
  id: string;
  /** bears the power sensor; chips of one card share it */
  card: string;
  /** watts */
  power: number | null;
  /** joules by the device's own counter */
  energy: number | null;
  /** percent */
  utilisation: number | null;
  /** MiB */
  memory: number | null;
  memoryTotal: number | null;
  memoryPercent: number | null;
  /** degrees Celsius */
  temperature: number | null;
  flags: string[];
}

interface Stamp {
  /** seconds since 1970 and monotonic, by the node's clock */
  t: number;
  mono: number;
}

export type TelemetryLine = Stamp &
  (
    | { kind: 'start'; host: string; node: string; chip: string; tool: string; interval: number; used: string[] | null }
    | { kind: 'sample'; devices: DeviceSample[] }
    | { kind: 'rate'; interval: number }
    | { kind: 'note'; what: string; text: string }
    | { kind: 'end' }
  );

const longestLine = 262_144;
const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** One line; null for what is none of version 1. Never throws. */
export function parseTelemetry(line: string): TelemetryLine | null {
  if (line.length > longestLine) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isObject(value) || value['v'] !== 1) return null;
  const t = finite(value['t']);
  const mono = finite(value['mono']);
  if (t === null || mono === null) return null;
  switch (value['k']) {
    case 'start': {
      const interval = positive(value['interval']);
      if (interval === null) return null;
      const used = Array.isArray(value['used']) ? value['used'].slice(0, 4096).map(word) : null;
      const named = { host: word(value['host']), node: word(value['node']), chip: word(value['chip']), tool: word(value['tool']) };
      return { kind: 'start', t, mono, interval, used, ...named };
    }
    case 's':
      if (!Array.isArray(value['d'])) return null;
      return { kind: 'sample', t, mono, devices: value['d'].slice(0, 4096).flatMap((each) => device(each) ?? []) };
    case 'rate': {
      const interval = positive(value['interval']);
      return interval === null ? null : { kind: 'rate', t, mono, interval };
    }
    case 'note':
      return { kind: 'note', t, mono, what: word(value['what']), text: word(value['text']) };
    case 'end':
      return { kind: 'end', t, mono };
    default:
      return null;
  }
}

function device(value: unknown): DeviceSample | null {
  if (!isObject(value) || typeof value['id'] !== 'string') return null;
  const id = word(value['id']);
  return {
    id,
    card: typeof value['card'] === 'string' ? word(value['card']) : id,
    power: notNegative(value['p']),
    energy: notNegative(value['e']),
    utilisation: notNegative(value['u']),
    memory: notNegative(value['m']),
    memoryTotal: notNegative(value['M']),
    memoryPercent: notNegative(value['mp']),
    temperature: finite(value['c']),
    flags: Array.isArray(value['f']) ? value['f'].slice(0, 8).map(word) : [],
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function notNegative(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : null;
}

function word(value: unknown): string {
  return typeof value === 'string' ? value.replace(control, ' ').slice(0, 300) : '';
}

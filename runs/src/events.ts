/**
 * Events, schema version 1: one JSON object a line, told by the program, the launcher or read out of a log. Whatever a line says is checked
 * field by field; nothing unknown is taken over.
 */

export interface EventFields {
  run_start: {
    argv?: string[];
    framework?: string;
    versions?: Record<string, string>;
    devices?: string[];
    precision?: string;
    batch?: number;
    seed?: number;
    workers?: number;
    /** memory of the machine, GiB */
    memory_gb?: number;
    code_sha?: string;
    mode?: string;
    parameters?: number;
  };
  epoch_start: { epoch: number };
  epoch_end: {
    epoch: number;
    train_loss?: number;
    val_loss?: number;
    seconds?: number;
    samples?: number;
    step?: number;
    data_seconds?: number;
    train_seconds?: number;
    step_seconds?: number;
    val_seconds?: number;
  };
  step: { step: number; epoch?: number; loss?: number; lr?: number; seconds?: number };
  infer_step: { lead: number; seconds: number; warmup?: boolean; synced?: boolean };
  metric: { name: string; def?: string; var?: string; lead_h?: number; value: number; units?: string; n?: number };
  window_start: { window: string };
  window_end: { window: string };
  checkpoint: { path: string; sha256?: string };
  warn: { text: string };
  state: { state: string };
  run_end: { rc?: number };
}

export type EventKind = keyof EventFields;

interface Envelope {
  v: 1;
  seq: number;
  /** seconds since 1970 by the writer's clock, and by its monotonic one */
  t: number;
  mono: number;
  src: string;
  rank: number;
  host: string;
  attempt: number;
}

export type RunEvent = { [K in EventKind]: Envelope & { ev: K } & EventFields[K] }[EventKind];
export type EventOf<K extends EventKind> = Extract<RunEvent, { ev: K }>;

type FieldForm = 'number' | 'count' | 'string' | 'boolean' | 'strings' | 'versions';
type Form<T> = { [F in keyof Required<T>]: FieldForm };

const forms: { [K in EventKind]: Form<EventFields[K]> } = {
  run_start: {
    argv: 'strings',
    framework: 'string',
    versions: 'versions',
    devices: 'strings',
    precision: 'string',
    batch: 'count',
    seed: 'number',
    workers: 'count',
    memory_gb: 'number',
    code_sha: 'string',
    mode: 'string',
    parameters: 'count',
  },
  epoch_start: { epoch: 'count' },
  epoch_end: {
    epoch: 'count',
    train_loss: 'number',
    val_loss: 'number',
    seconds: 'number',
    samples: 'count',
    step: 'count',
    data_seconds: 'number',
    train_seconds: 'number',
    step_seconds: 'number',
    val_seconds: 'number',
  },
  step: { step: 'count', epoch: 'count', loss: 'number', lr: 'number', seconds: 'number' },
  infer_step: { lead: 'count', seconds: 'number', warmup: 'boolean', synced: 'boolean' },
  metric: { name: 'string', def: 'string', var: 'string', lead_h: 'number', value: 'number', units: 'string', n: 'count' },
  window_start: { window: 'string' },
  window_end: { window: 'string' },
  checkpoint: { path: 'string', sha256: 'string' },
  warn: { text: 'string' },
  state: { state: 'string' },
  run_end: { rc: 'number' },
};

const required: { [K in EventKind]?: readonly string[] } = {
  epoch_start: ['epoch'],
  epoch_end: ['epoch'],
  step: ['step'],
  infer_step: ['lead', 'seconds'],
  metric: ['name', 'value'],
  window_start: ['window'],
  window_end: ['window'],
  checkpoint: ['path'],
  warn: ['text'],
  state: ['state'],
};

/** Longest line of an events file, in characters. */
const longestEvent = 4096;

/** One line of an events file; null when it is not a valid event of version 1. Never throws. */
export function parseEvent(line: string): RunEvent | null {
  if (line.length > longestEvent) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const raw = value as Record<string, unknown>;
  const kind = raw['ev'];
  if (raw['v'] !== 1 || typeof kind !== 'string' || !Object.hasOwn(forms, kind)) return null;
  const event: Record<string, unknown> = { v: 1, ev: kind };
  const envelope: [string, FieldForm][] = [
    ['seq', 'count'],
    ['t', 'number'],
    ['mono', 'number'],
    ['src', 'string'],
    ['rank', 'count'],
    ['host', 'string'],
    ['attempt', 'count'],
  ];
  for (const [name, form] of envelope) {
    const field = take(raw, name, form);
    if (field === undefined || (form === 'number' && !Number.isFinite(field))) return null;
    event[name] = field;
  }
  for (const [name, form] of Object.entries(forms[kind as EventKind]) as [string, FieldForm][]) {
    if (!Object.hasOwn(raw, name) || raw[name] === null) continue;
    const field = take(raw, name, form);
    if (field === undefined) return null;
    event[name] = field;
  }
  if ((required[kind as EventKind] ?? []).some((name) => event[name] === undefined)) return null;
  return event as unknown as RunEvent;
}

const words: Record<string, number> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity, Inf: Infinity, '-Inf': -Infinity };

function take(raw: Record<string, unknown>, name: string, form: FieldForm): unknown {
  if (!Object.hasOwn(raw, name)) return undefined;
  const value = raw[name];
  switch (form) {
    case 'number':
      if (typeof value === 'string' && Object.hasOwn(words, value)) return words[value];
      return typeof value === 'number' ? value : undefined;
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? plain(value) : undefined;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.slice(0, 256).map(plain) : undefined;
    case 'versions': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      const pairs = Object.entries(value).filter(
        ([key, item]) => /^[\w.-]{1,64}$/.test(key) && key !== '__proto__' && typeof item === 'string',
      );
      return Object.fromEntries(pairs.slice(0, 64).map(([key, item]) => [key, plain(item as string)]));
    }
  }
}

const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

function plain(text: string): string {
  return text.replace(control, ' ').slice(0, 1024);
}

/** Lets each event through once, by (src, host, attempt, seq) and rank. */
export class Deduplicator {
  private readonly seen = new Set<string>();

  isNew(event: RunEvent): boolean {
    const key = JSON.stringify([event.src, event.host, event.attempt, event.rank, event.seq]);
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }
}

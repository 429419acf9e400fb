/** The text between us and `mp_poll`, `mp_stop` of `functions.ts`. Everything read here is hostile until it has been checked. */
import { isFileName, isRunId } from '../../directory';
import { RunError } from '../../errors';
import { type Observation, type Piece, type PollAnswer, type PollAsk, type ReadAnswer } from '../../transport';

/** The call of `mp_poll` for `asks`. Throws `error.bad_id` for what is no run id. */
export function pollCall(asks: readonly PollAsk[], nonce: string): string {
  const words: string[] = [];
  for (const { id, reads } of asks) {
    if (!isRunId(id)) throw new RunError('error.bad_id', { id });
    words.push(`R:${id}`);
    for (const { file, offset, max, tag } of reads) {
      if (!isFileName(file)) throw new Error(`not a name inside a run directory: ${file}`);
      const known = tag !== null && /^[\d:.]{1,80}$/.test(tag) ? tag : '-';
      words.push(`F:${file}:${count(offset)}:${count(max)}:${known}`);
    }
  }
  return `mp_poll ${nonce} ${words.join(' ')}`;
}

function count(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(String(value));
  return String(value);
}

/** Reads what `mp_poll` printed. Throws `error.garbled` for anything else. */
export function parsePoll(asks: readonly PollAsk[], nonce: string, answer: Buffer): PollAnswer[] {
  const reader = new Reader(answer, nonce);
  const now = time(/^now (\d{10,14})$/.exec(reader.line())?.[1]) ?? garbled();
  return asks.map(({ id, reads }) => {
    const seen = observation(reader.line(), now);
    return { id, seen, pieces: reads.map(({ max }) => piece(reader, max)) };
  });
}

function observation(line: string, now: number): Observation | null {
  if (line === 'gone') return null;
  const form = /^run (-|[\d.]+) (-|[\d.]+) (-|\d{1,3}) ([-1]) (alive|dead|rebooted|unidentified) (-|[\d.]+) ([01])$/;
  const found = form.exec(line) ?? garbled();
  const [, started, finished, exit, cancelled, process, heartbeat, full] = found as unknown as string[];
  return {
    now,
    exit: exit === '-' ? null : Number(exit),
    startedAt: time(started),
    finishedAt: time(finished),
    cancelled: cancelled === '1',
    process: process as Observation['process'],
    heartbeatAt: time(heartbeat),
    scheduler: null,
    reason: null,
    diskFull: full === '1',
  };
}

function piece(reader: Reader, max: number): ReadAnswer {
  const line = reader.line();
  if (line === 'none') return null;
  if (line === 'same') return 'unchanged';
  const tag = /^file ((\d{1,16}):[\d:.]{1,60})$/.exec(line) ?? garbled();
  const head = reader.bytes(256);
  const bytes = reader.bytes(max);
  return { size: Number(tag[2]), tag: tag[1]!, head, bytes } satisfies Piece;
}

/** Seconds (with a fraction) or milliseconds since 1970 to milliseconds; null for "-" and for what is no time. */
function time(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,14}(\.\d{1,9})?$/.test(text)) return null;
  const value = Number(text);
  return value > 1e11 ? value : Math.round(value * 1000);
}

function garbled(): never {
  throw new RunError('error.garbled');
}

/** Walks through lines and pieces of bytes that end in a line of their own. */
class Reader {
  private at = 0;
  private readonly end: Buffer;

  constructor(
    private readonly answer: Buffer,
    nonce: string,
  ) {
    this.end = Buffer.from(`\n${nonce}\n`);
  }

  line(): string {
    const to = this.answer.indexOf(10, this.at);
    if (to < 0 || to - this.at > 1000) garbled();
    const text = this.answer.toString('latin1', this.at, to);
    this.at = to + 1;
    return text;
  }

  bytes(max: number): Uint8Array {
    const to = this.answer.indexOf(this.end, this.at);
    if (to < 0 || to - this.at > max) garbled();
    const bytes = this.answer.subarray(this.at, to);
    this.at = to + this.end.length;
    return bytes;
  }
}

export interface StopStep {
  members: number[];
  signalled: number[];
  /** pid of the supervisor while it lives */
  supervisor: number | null;
  /** the run has named its exit */
  ended: boolean;
}

/** Reads what `mp_stop` printed. */
export function parseStop(answer: Buffer): StopStep {
  const form = /^members((?: \d{1,9})*)\nsignalled((?: \d{1,9})*)\nsupervisor (-|\d{1,9}) (-|\d{1,3})\n$/;
  const found = form.exec(answer.toString('latin1')) ?? garbled();
  const numbers = (text: string): number[] => text.split(' ').filter(Boolean).map(Number);
  return {
    members: numbers(found[1]!),
    signalled: numbers(found[2]!),
    supervisor: found[3] === '-' ? null : Number(found[3]),
    ended: found[4] !== '-',
  };
}

/** What a prover on another machine wrote, read strictly: nothing it says reaches the evidence unless it was asked for and has the form of an answer. */
import { type Answer } from '../prover';

/** The first line of a prover that reads its jobs from a file. */
export interface ProverHead {
  torch: string;
  mindspore: string;
  /** what MindSpore executes on: CPU, Ascend, GPU */
  device: string;
  /** name of the chip as its driver says it; null where it does not */
  chip: string | null;
}

const LONGEST_LINE = 8192;
/** Characters a run may write for each job, and besides: frameworks print too. */
const PER_JOB = 8192;
const BESIDES = 4_000_000;
const LONGEST_ERROR = 500;
const MOST_CALLS = 100;
const VERSION = /^\d{1,4}(?:\.\d{1,6}){1,3}(?:[a-z]{1,4}\d{0,6})?(?:\+[\w.]{1,30})?$/;
const DTYPE = /^(?:bool|u?int(?:8|16|32|64)|bfloat16|float(?:16|32|64)|complex(?:64|128))$/;

type Fields = Record<string, unknown>;

/** Puts the text of a run together and keeps the answers to what was asked; each job's first answer counts. */
export class AnswerReader {
  head: ProverHead | null = null;
  readonly answers = new Map<string, Answer>();
  /** lines that look like answers and are none, or answer what nobody asked */
  refused = 0;
  private rest = '';
  private taken = 0;

  /** @param asked ids of the jobs */
  constructor(private readonly asked: ReadonlySet<string>) {}

  /** Whether more was written than this many jobs can have to say: nothing further is read. */
  get tooMuch(): boolean {
    return this.taken > this.asked.size * PER_JOB + BESIDES;
  }

  /** @param replaced what was written before is void */
  push(text: string, replaced: boolean): void {
    if (replaced) {
      this.rest = '';
      this.head = null;
      this.answers.clear();
    }
    this.taken += text.length;
    if (this.tooMuch) return;
    const lines = (this.rest + text).split('\n');
    // the beginning of a line that is too long already will not become an answer
    this.rest = lines.pop()!.slice(0, LONGEST_LINE + 1);
    for (const line of lines) this.take(line);
  }

  private take(line: string): void {
    if (line.length > LONGEST_LINE || !line.startsWith('{')) return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    const fields = value as Fields;
    if (fields['prover'] !== undefined) this.head ??= headOf(fields);
    else if (fields['id'] !== undefined) {
      const answer = answerOf(fields);
      if (answer === null || !this.asked.has(answer.id)) this.refused += 1;
      else if (!this.answers.has(answer.id)) this.answers.set(answer.id, answer);
    }
  }
}

function headOf({ torch, mindspore, device, chip }: Fields): ProverHead | null {
  const version = (value: unknown): value is string => typeof value === 'string' && VERSION.test(value);
  if (!version(torch) || !version(mindspore) || typeof device !== 'string' || !/^[A-Za-z]{1,20}$/.test(device)) return null;
  return { torch, mindspore, device, chip: typeof chip === 'string' && /^[\w .()-]{1,60}$/.test(chip) ? chip : null };
}

/** An answer in the form that docs/architecture.md gives it; null for anything else. */
function answerOf({ id, ok, forward, grad, modes, calls, dtype, error, seconds, refused, raised }: Fields): Answer | null {
  const figure = (value: unknown): value is number | null =>
    value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0);
  const isMode = (value: unknown): boolean => value === 'pynative' || value === 'jit';
  if (typeof id !== 'string' || typeof ok !== 'boolean' || !figure(forward) || !figure(grad) || !figure(seconds ?? null)) return null;
  if (!Array.isArray(modes) || modes.length > 2 || !modes.every(isMode)) return null;
  if (typeof calls !== 'number' || !Number.isInteger(calls) || calls < 0 || calls > MOST_CALLS) return null;
  if (dtype !== null && (typeof dtype !== 'string' || dtype.length > 200 || !dtype.split(',').every((name) => DTYPE.test(name))))
    return null;
  if (error !== null && typeof error !== 'string') return null;
  // what agreed was called and has nothing to complain of
  if (ok ? error !== null || calls === 0 || !modes.includes('pynative') : error === null) return null;
  return {
    id,
    ok,
    forward,
    grad,
    modes: ['pynative', 'jit'].filter((mode) => modes.includes(mode)),
    calls,
    dtype,
    error: error === null ? null : error.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu, ' ').slice(0, LONGEST_ERROR),
    seconds: typeof seconds === 'number' ? seconds : 0,
    ...(refused === true ? { refused } : {}),
    ...(raised === true ? { raised } : {}),
  };
}

/**
 * A shell at the other end of a pipe, whoever makes the pipe: requests go in as one line each, answers come back between marks no program can
 * guess. What rc files print before, and what is printed between two answers, is dropped. Standard output and standard error keep apart.
 */
import { type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type ShellAnswer } from '../../transport';
import { quote } from '../../quote';

/** Why a session gave no answer. */
export type SessionFailure =
  | { why: 'closed'; code: number | null; stderr: string; ready: boolean }
  | { why: 'timeout'; ready: boolean; noise: number }
  | { why: 'too_much' }
  | { why: 'no_program'; program: string };

export class SessionError extends Error {
  constructor(readonly failure: SessionFailure) {
    super(failure.why);
    this.name = 'SessionError';
  }
}

/** Most bytes of greeting before the first answer. */
const mostNoise = 1_048_576;
const keptComplaint = 8192;

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/**
 * The command a login shell is given, whatever shell that is: one word in single quotes that holds nothing any shell would touch there (no quote,
 * backslash, exclamation mark or line end). Everything else travels over standard input.
 */
export function bootstrap(nonce: string): string {
  if (!/^[0-9a-f]+$/.test(nonce)) throw new Error('not a nonce');
  return `sh -c 'echo; echo ${nonce}; while IFS= read -r mp_line; do eval "$(printf %b "$mp_line")"; done'`;
}

/** One line that `printf %b` turns back into `script`. */
export function oneLine(script: string): string {
  return `${script.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;
}

/** `script` in a shell of its own, its answer between marks. `input` leaves standard input to the script. */
function marked(script: string, nonce: string, input: boolean): string {
  const open = `printf '\\n${nonce}<\\n'; printf '\\n${nonce}<\\n' >&2`;
  const close = `printf '\\n${nonce}>%d\\n' "$mp_rc"; printf '\\n${nonce}>\\n' >&2`;
  return `${open}; (eval ${quote(script)})${input ? '' : ' </dev/null'}; mp_rc=$?; ${close}`;
}

interface Waiting {
  nonce: string;
  most: number;
  settle: (answer: ShellAnswer) => void;
  fail: (error: SessionError) => void;
}

export class Session {
  private out: Buffer = Buffer.alloc(0);
  private err: Buffer = Buffer.alloc(0);
  /** what was said outside of answers, its end kept */
  private complaint = '';
  private waiting: Waiting | null = null;
  private over: SessionFailure | null = null;
  private greeted: (() => void) | null = null;
  private isReady = false;
  private noise = 0;
  private firstWord: (() => void) | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  /** @param child runs `bootstrap(nonce)` in whatever shell */
  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly nonce: string,
    private readonly program: string,
  ) {
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (data: Buffer) => this.onOut(data));
    child.stderr.on('data', (data: Buffer) => this.onErr(data));
    child.once('error', (error: NodeJS.ErrnoException) =>
      this.end(error.code === 'ENOENT' ? { why: 'no_program', program } : this.closed(null)),
    );
    // not 'close': a connection kept in the background may hold the pipes
    child.once('exit', (code) => setImmediate(() => this.drained(code)));
  }

  get isOver(): boolean {
    return this.over !== null;
  }

  /** Waits until the other end reads requests: `connectMs` for its first word, then `greetMs` after each. */
  async ready(connectMs: number, greetMs: number): Promise<void> {
    if (this.isReady) return;
    await this.limited(() => (this.noise > 0 ? greetMs : connectMs), new Promise<void>((settle, fail) => {
      if (this.over !== null) return fail(new SessionError(this.over));
      this.greeted = () => (this.over === null ? settle() : fail(new SessionError(this.over)));
    })); // prettier-ignore
  }

  /** Runs `script` after those before it. Rejects with `SessionError`; the session is over then. */
  run(script: string, timeoutMs: number, most: number): Promise<ShellAnswer> {
    const answer = this.queue.then(() => this.one(script, timeoutMs, most, null));
    this.queue = answer.catch(() => undefined);
    return answer;
  }

  /** Runs one script with `data` on its standard input; nothing can follow. */
  send(script: string, data: AsyncIterable<Uint8Array>, timeoutMs: number, most: number): Promise<ShellAnswer> {
    return this.one(script, timeoutMs, most, data);
  }

  /** Defines something for all requests that follow. */
  define(script: string): void {
    this.child.stdin.write(oneLine(script));
  }

  close(): void {
    this.child.stdin.end();
    this.kill();
  }

  private async one(script: string, timeoutMs: number, most: number, data: AsyncIterable<Uint8Array> | null): Promise<ShellAnswer> {
    if (this.over !== null) throw new SessionError(this.over);
    const nonce = newNonce();
    const answer = new Promise<ShellAnswer>((settle, fail) => (this.waiting = { nonce, most, settle, fail }));
    this.child.stdin.write(oneLine(marked(script, nonce, data !== null)));
    const feeding = data === null ? null : this.feed(data);
    // a source that fails ends the stream early; the other end counts the bytes
    const broken = feeding?.then(
      () => null,
      (error: unknown) => error ?? new Error('no data'),
    );
    const result = await this.limited(() => timeoutMs, answer);
    const error = await broken;
    if (error != null) throw error as Error;
    return result;
  }

  private async feed(data: AsyncIterable<Uint8Array>): Promise<void> {
    const { stdin } = this.child;
    let resume = (): void => undefined;
    const onwards = (): void => resume();
    for (const event of ['drain', 'close', 'error']) stdin.on(event, onwards);
    try {
      for await (const chunk of data) {
        if (this.over !== null || this.waiting === null) return;
        if (!stdin.write(chunk)) await new Promise<void>((go) => (resume = go));
      }
    } finally {
      for (const event of ['drain', 'close', 'error']) stdin.off(event, onwards);
      stdin.end();
    }
  }

  /** `timeoutMs`, asked anew after each movement, counts while nothing moves in either direction. */
  private async limited<T>(timeoutMs: () => number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_, fail) => {
      const look = (seen: string): void => {
        const now = this.moved();
        if (now !== seen) return wait(now);
        const failure: SessionFailure = { why: 'timeout', ready: this.isReady, noise: this.noise };
        this.end(failure);
        fail(new SessionError(failure));
      };
      const wait = (seen: string): void => void (timer = setTimeout(look, timeoutMs(), seen));
      wait(this.moved());
      this.firstWord = () => {
        clearTimeout(timer);
        wait(this.moved());
      };
    });
    stuck.catch(() => undefined);
    try {
      return await Promise.race([work, stuck]);
    } finally {
      clearTimeout(timer);
      this.firstWord = null;
      work.catch(() => undefined);
    }
  }

  private received = 0;

  /** stands for everything that has come in or been taken */
  private moved(): string {
    return `${this.received} ${(this.child.stdin as unknown as { bytesWritten?: number }).bytesWritten ?? 0} ${this.child.stdin.writableLength}`;
  }

  private onOut(data: Buffer): void {
    this.received += data.length;
    if (!this.isReady) {
      this.noise += data.length;
      if (this.noise === data.length) this.firstWord?.();
      if (this.noise > mostNoise) return this.end({ why: 'too_much' });
    }
    this.out = this.out.length === 0 ? data : Buffer.concat([this.out, data]);
    this.look();
  }

  private onErr(data: Buffer): void {
    this.received += data.length;
    this.err = this.err.length === 0 ? data : Buffer.concat([this.err, data]);
    if (this.waiting === null) {
      this.complaint = (this.complaint + this.err.toString()).slice(-keptComplaint);
      this.err = Buffer.alloc(0);
    }
    this.look();
  }

  private look(): void {
    if (!this.isReady) {
      const at = this.out.indexOf(`\n${this.nonce}\n`);
      if (at < 0) return;
      this.out = this.out.subarray(at + this.nonce.length + 2);
      this.isReady = true;
      this.greeted?.();
    }
    const { waiting } = this;
    if (waiting === null) return;
    if (this.out.length > waiting.most + 4096 || this.err.length > waiting.most + 65_536) return this.end({ why: 'too_much' });
    const stdout = between(this.out, waiting.nonce);
    const stderr = between(this.err, waiting.nonce);
    if (stdout === null || stderr === null) return;
    this.waiting = null;
    this.out = Buffer.alloc(0);
    this.err = Buffer.alloc(0);
    waiting.settle({ code: Number(stdout.mark), stdout: stdout.content, stderr: stderr.content.toString() });
  }

  private closed(code: number | null): SessionFailure {
    return { why: 'closed', code, stderr: (this.complaint + this.err.toString()).slice(-keptComplaint), ready: this.isReady };
  }

  /** What the other end said last may still be in the pipes when it has exited. */
  private drained(code: number | null): void {
    if (this.over !== null) return;
    const { stdout, stderr } = this.child;
    const open = [stdout, stderr].filter((stream) => !stream.readableEnded && !stream.destroyed);
    let left = open.length;
    const finish = (): void => {
      clearTimeout(timer);
      this.end(this.closed(code));
    };
    const timer = setTimeout(finish, 200);
    if (left === 0) return finish();
    for (const stream of open) stream.once('end', () => (left -= 1) === 0 && finish());
  }

  private end(failure: SessionFailure): void {
    if (this.over !== null) return;
    this.over = failure;
    this.kill();
    this.greeted?.();
    const { waiting } = this;
    this.waiting = null;
    waiting?.fail(new SessionError(failure));
  }

  private kill(): void {
    this.over ??= this.closed(null);
    this.child.kill('SIGKILL');
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) stream.destroy();
  }
}

/** The bytes between the marks of `nonce`, and what the closing one says. */
function between(bytes: Buffer, nonce: string): { content: Buffer; mark: string } | null {
  const open = `\n${nonce}<\n`;
  const from = bytes.indexOf(open);
  if (from < 0) return null;
  const start = from + open.length;
  const to = bytes.indexOf(`\n${nonce}>`, start);
  if (to < 0) return null;
  const end = bytes.indexOf(10, to + nonce.length + 2);
  if (end < 0) return null;
  return { content: bytes.subarray(start, to), mark: bytes.toString('latin1', to + nonce.length + 2, end) };
}

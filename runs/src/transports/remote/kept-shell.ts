/** A shell over a session that is made when it is needed, kept while it works and made anew after it broke. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { LinkError } from '../../link';
import { type Shell, type ShellAnswer, type ShellOptions } from '../../transport';
import { platformName } from '../unavailable';
import { Session, SessionError, type SessionFailure, bootstrap, newNonce } from './session';

export interface ShellTimings {
  /** until the other end says something, milliseconds */
  connectMs: number;
  /** without any movement after that, until its shell is ready; as long as `connectMs` where it is left out */
  greetMs?: number;
  /** without any movement while an answer is awaited */
  answerMs: number;
}

export const usualTimings: ShellTimings = { connectMs: 30_000, answerMs: 20_000 };
const mostAnswer = 8_388_608;

export abstract class KeptShell implements Shell {
  abstract readonly machine: string;
  private session: Promise<Session> | null = null;

  constructor(
    /** functions every session is taught first */
    private readonly taught: string,
    private readonly timings: ShellTimings = usualTimings,
  ) {}

  /** The local call that gives `command` to a shell of the machine: program, then arguments. */
  protected abstract words(command: string): string[];
  /** What a broken session means. */
  protected abstract explain(failure: SessionFailure): LinkError;
  /** Called after a failure, before anything is tried again. */
  protected async broken(_failure: SessionFailure): Promise<void> {}
  protected environment(): NodeJS.ProcessEnv {
    return process.env;
  }

  async run(script: string, options: ShellOptions = {}): Promise<ShellAnswer> {
    const kept = this.kept();
    return this.explained(async () => {
      const session = await kept;
      return session.run(script, options.timeoutMs ?? this.timings.answerMs, options.most ?? mostAnswer);
    }, kept);
  }

  async send(script: string, data: AsyncIterable<Uint8Array>, options: ShellOptions = {}): Promise<ShellAnswer> {
    return this.explained(async () => {
      const session = await this.opened();
      try {
        return await session.send(script, data, options.timeoutMs ?? this.timings.answerMs, options.most ?? mostAnswer);
      } finally {
        session.close();
      }
    });
  }

  async close(): Promise<void> {
    const session = this.session;
    this.session = null;
    (await session?.catch(() => null))?.close();
  }

  private kept(): Promise<Session> {
    this.session = (this.session ?? this.opened()).then((session) => (session.isOver ? this.opened() : session));
    return this.session;
  }

  private async opened(): Promise<Session> {
    const nonce = newNonce();
    const [program, ...words] = this.words(bootstrap(nonce)) as [string, ...string[]];
    const child: ChildProcessWithoutNullStreams = spawn(program, words, { stdio: 'pipe', env: this.environment(), windowsHide: true });
    const session = new Session(child, nonce, program);
    await session.ready(this.timings.connectMs, this.timings.greetMs ?? this.timings.connectMs);
    session.define(this.taught);
    return session;
  }

  private async explained<T>(work: () => Promise<T>, kept: Promise<Session> | null = null): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      // others may have made a new one meanwhile
      if (this.session === kept) this.session = null;
      await this.broken(error.failure);
      throw this.explain(error.failure);
    }
  }
}

/** Shells of this machine, for a scheduler that is at hand here. */
export class LocalShell extends KeptShell {
  /** @param machine name in the settings */
  constructor(
    readonly machine: string,
    taught: string,
    timings: ShellTimings = usualTimings,
  ) {
    super(taught, timings);
  }

  protected override words(command: string): string[] {
    return ['/bin/sh', '-c', command];
  }

  protected override environment(): NodeJS.ProcessEnv {
    const { MINDPORT_RUN_ID: _, ...env } = process.env;
    return env;
  }

  protected override explain(failure: SessionFailure): LinkError {
    if (failure.why === 'no_program') return new LinkError('auth_needed', 'error.linux_only', { platform: platformName(process.platform) });
    const detail = failure.why === 'closed' ? failure.stderr.trim().slice(-300) : failure.why;
    return new LinkError('reconnecting', 'link.local_shell', { detail });
  }
}

/** A machine where no program can be started from here: this one, on a system without setsid and /proc. It has no runs, and says why. */
import { RunError } from '../errors';
import { type PollAnswer, type PollAsk, type StartAnswer, type StopReport, type Transport } from '../transport';

export class UnavailableTransport implements Transport {
  readonly kind = 'local';

  /**
   * @param machine name in the settings; null for this machine
   * @param platform as Node names it
   */
  constructor(
    readonly machine: string | null,
    private readonly platform: string,
  ) {}

  location(id: string): string {
    return id;
  }

  list(): Promise<string[]> {
    return Promise.resolve([]);
  }

  poll(asks: readonly PollAsk[]): Promise<PollAnswer[]> {
    return Promise.resolve(asks.map(({ id, reads }) => ({ id, seen: null, pieces: reads.map(() => null) })));
  }

  create(): Promise<void> {
    return this.refuse();
  }

  start(): Promise<StartAnswer> {
    return this.refuse();
  }

  abandon(): Promise<boolean> {
    return this.refuse();
  }

  stop(): Promise<StopReport> {
    return this.refuse();
  }

  write(): Promise<void> {
    return this.refuse();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private refuse<T>(): Promise<T> {
    return Promise.reject(new RunError('error.linux_only', { platform: platformName(this.platform) }));
  }
}

/** Whether programs can be run on a machine with this system. */
export function canRunHere(platform: string = process.platform): boolean {
  return platform === 'linux';
}

/** A system as people name it. */
export function platformName(platform: string): string {
  return { darwin: 'macOS', win32: 'Windows' }[platform] ?? platform;
}

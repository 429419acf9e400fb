/** The connection to the machine where runs live. What happens to it says nothing about the runs. */
import { RunError } from './errors';
import { type MessageKey } from './messages';

export type LinkState = 'connected' | 'reconnecting' | 'offline' | 'auth_needed' | 'hostkey_changed';

/** The machine was not reached, or the connection broke before the whole answer was there. */
export class LinkError extends RunError {
  constructor(
    readonly link: Exclude<LinkState, 'connected'>,
    key: MessageKey,
    args: Record<string, string> = {},
  ) {
    super(key, args);
    this.name = 'LinkError';
  }

  /** Whether trying again by itself can help. */
  get transient(): boolean {
    return this.link === 'reconnecting' || this.link === 'offline';
  }
}

/** Waiting times after failures in a row, milliseconds. */
export const backoffMs: readonly number[] = [1000, 2000, 5000, 15_000, 30_000, 60_000];

/** How long to wait after the n-th failure in a row (from 1): up to a quarter more or less, so that many clients do not return at once. */
export function backoff(failures: number, steps: readonly number[] = backoffMs, random: () => number = Math.random): number {
  const step = steps[Math.min(failures, steps.length) - 1] ?? 0;
  return step * (0.75 + random() / 2);
}

/**
 * One loop of looks for all who watch runs of one machine: wishes that fall due together go out as one poll, and after a failure nobody asks
 * before the waiting time is over.
 */
import { LinkError, type LinkState, backoff, backoffMs } from './link';
import { type PollAnswer, type PollAsk, type Transport } from './transport';

export interface LinkStatus {
  link: LinkState;
  /** when the machine last answered, by this machine's clock; null when it never did */
  seenAt: number | null;
  error: LinkError | null;
}

interface Wish {
  ask: PollAsk;
  /** goes out now at the latest, and earlier when another one goes out in the second half of the wait */
  due: number;
  early: number;
  settle: (answer: PollAnswer | null) => void;
  fail: (error: unknown) => void;
}

export class PollLoop {
  status: LinkStatus = { link: 'connected', seenAt: null, error: null };
  private wishes: Wish[] = [];
  private timer: NodeJS.Timeout | null = null;
  private busy = false;
  private failures = 0;
  private notBefore = 0;

  constructor(
    private readonly transport: Transport,
    private readonly steps: readonly number[] = backoffMs,
  ) {}

  /**
   * The answer to `ask`, wanted in `waitMs`. Null when the link failed (see `status`) or the signal was aborted; errors that are none of the
   * link are thrown.
   */
  next(ask: PollAsk, waitMs: number, signal?: AbortSignal): Promise<PollAnswer | null> {
    return new Promise((settle, fail) => {
      const due = Date.now() + waitMs;
      const abort = (): void => this.drop(wish);
      // a run may be watched for months with one signal
      const forget = (): void => signal?.removeEventListener('abort', abort);
      const wish: Wish = {
        ask,
        due,
        early: due - waitMs / 2,
        settle: (answer) => (forget(), settle(answer)),
        fail: (error) => (forget(), fail(error)),
      };
      this.wishes.push(wish);
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
      else this.schedule();
    });
  }

  /** Tries again at once, for example when somebody looks at the window again or has logged in. */
  retry(): void {
    this.notBefore = 0;
    this.failures = 0;
    for (const wish of this.wishes) wish.due = 0;
    this.schedule();
  }

  private drop(wish: Wish): void {
    this.wishes = this.wishes.filter((other) => other !== wish);
    wish.settle(null);
    if (this.wishes.length === 0 && this.timer !== null) clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.busy || this.wishes.length === 0) return;
    if (this.timer !== null) clearTimeout(this.timer);
    const at = Math.max(Math.min(...this.wishes.map((wish) => wish.due)), this.notBefore);
    if (at === Infinity) return;
    this.timer = setTimeout(() => void this.tick(), Math.max(0, at - Date.now()));
  }

  private async tick(): Promise<void> {
    this.timer = null;
    const now = Date.now();
    const going = this.wishes.filter((wish) => wish.early <= now);
    this.wishes = this.wishes.filter((wish) => wish.early > now);
    this.busy = true;
    try {
      const answers = await this.transport.poll(going.map((wish) => wish.ask));
      this.failures = 0;
      this.notBefore = 0;
      this.status = { link: 'connected', seenAt: Date.now(), error: null };
      going.forEach((wish, i) => wish.settle(answers[i] ?? null));
    } catch (error) {
      if (error instanceof LinkError) this.failed(error, going);
      else for (const wish of going) wish.fail(error);
    } finally {
      this.busy = false;
      this.schedule();
    }
  }

  private failed(error: LinkError, going: readonly Wish[]): void {
    this.failures += 1;
    // trouble with keys or passwords is not mended by trying again, and trying again may lock the account
    this.notBefore = error.transient ? Date.now() + backoff(this.failures, this.steps) : Infinity;
    this.status = { link: error.link, seenAt: this.status.seenAt, error };
    // those who still wait learn of it too
    const all = [...going, ...this.wishes];
    this.wishes = [];
    for (const wish of all) wish.settle(null);
  }
}

/** Waiting by looking. */
import { setTimeout as pause } from 'node:timers/promises';

/** Looks again and again until there is an answer; throws after the time limit with what was waited for. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  const limit = Date.now() + 60_000;
  for (;;) {
    const answer = await look();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (Date.now() > limit) throw new Error(`waited too long: ${what}`);
    await pause(15);
  }
}

/** Which of several sources that tell the same is believed. */
import { type EventKind, type EventOf, type RunEvent } from '../events';

/** What `adapters/tracked.ts` read: files of other tools that lay beside the program. */
const imported = ['tensorboard', 'mlflow'];

export function isImported(event: RunEvent): boolean {
  return imported.includes(event.src);
}

/**
 * Events of one kind from the best source that tells any: the program itself, else its log, else what it told other tools. Other ranks than 0 repeat
 * what 0 says.
 */
export function best<K extends EventKind>(events: readonly RunEvent[], kind: K): EventOf<K>[] {
  const all = events.filter((event): event is EventOf<K> => event.ev === kind && event.rank === 0);
  const own = all.filter((event) => event.src === 'job');
  if (own.length > 0) return own;
  const logged = all.filter((event) => !isImported(event));
  if (logged.length > 0) return logged;
  const first = imported.find((source) => all.some((event) => event.src === source));
  return all.filter((event) => event.src === first);
}

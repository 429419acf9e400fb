/** Events of one kind from the best source that tells any: the program itself, else its log. Other ranks than 0 repeat what 0 says. */
import { type EventKind, type EventOf, type RunEvent } from '../events';

export function best<K extends EventKind>(events: readonly RunEvent[], kind: K): EventOf<K>[] {
  const all = events.filter((event): event is EventOf<K> => event.ev === kind && event.rank === 0);
  const own = all.filter((event) => event.src === 'job');
  return own.length > 0 ? own : all;
}

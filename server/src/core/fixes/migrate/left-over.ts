/** A reference that a migration left, and why, in words that say what to do. */
import type { Text, Verdict } from '../../catalog/record';
import type { Message } from '../../rules/finding';
import type { Reference } from '../../semantics/reference';

export interface LeftOver {
  reference: Reference;
  verdict: Verdict;
  /** what stands in the way of this place; null when it is the verdict alone */
  obstacle: Message | null;
  /** what the catalog says of the API: what differs, and a way out */
  note: Text | null;
}

/** A reference that was rewritten to something that behaves differently, and what differs. */
export interface Difference {
  reference: Reference;
  note: Text;
}

/** Says messages in a language. */
interface Speaker {
  say(message: Message): string;
  choose(text: Text): string;
}

/** What stands in the way, or the verdict; and the way out. */
export function leftReason({ verdict, obstacle, note }: LeftOver, words: Speaker): string {
  const first = words.say(obstacle ?? { id: `verdict.${verdict}`, args: {} });
  if (!note) return first;
  const stop = words.choose({ en: '. ', zh: '。' });
  return first.replace(/[.。]?$/, stop) + words.choose(note);
}

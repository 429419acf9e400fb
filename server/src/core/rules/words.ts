import type { Message } from './finding';

/** One language's sentences: `l10n/core.<language>.json`. */
export type Dictionary = Readonly<Record<string, string>>;

/** A message in words; an id the dictionary lacks is shown as it is. */
export function inWords(message: Message, dictionary: Dictionary): string {
  const sentence = dictionary[message.id] ?? message.id;
  return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => message.args[name] ?? hole);
}

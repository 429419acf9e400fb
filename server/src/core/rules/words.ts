import type { Message } from './finding';

/** One language's sentences: `l10n/core.<language>.json`. */
export type Dictionary = Readonly<Record<string, string>>;

/**
 * A message in words; an id the dictionary lacks is shown as it is. `{n}` is the argument of that name, `{n|file|files}` the first word where it is 1, else the
 * second.
 */
export function inWords(message: Message, dictionary: Dictionary): string {
  const sentence = dictionary[message.id] ?? message.id;
  return sentence.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (hole, name: string, one?: string, many?: string) => {
    const value = message.args[name];
    if (value === undefined || one === undefined) return value ?? hole;
    return value === '1' ? one : many!;
  });
}

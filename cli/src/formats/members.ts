/** A JSON document whose longest array is written piece by piece: each thread writes the members of its own files. */

/** Stands for the members in a document; no message holds it. */
const MEMBERS = '\0';

/** Members of an array that stands `depth` levels deep in its document, two blanks a level. */
export function jsonMembers(values: readonly unknown[], depth: number): string {
  const blanks = ' '.repeat(2 * depth);
  return values.map((value) => JSON.stringify(value, null, 2).replace(/^/gm, blanks)).join(',\n');
}

/**
 * The text of a document around its members.
 * @param make the document with an array in the place of all members
 * @param members what `jsonMembers` gave, empty texts left out
 */
export function jsonDocument(make: (members: unknown[]) => unknown, members: readonly string[]): string {
  const present = members.filter(Boolean);
  if (present.length === 0) return `${JSON.stringify(make([]), null, 2)}\n`;
  const frame = JSON.stringify(make([MEMBERS]), null, 2);
  const mark = JSON.stringify(MEMBERS);
  const at = frame.indexOf(mark);
  const line = frame.lastIndexOf('\n', at) + 1;
  return `${frame.slice(0, line)}${present.join(',\n')}${frame.slice(at + mark.length)}\n`;
}

/**
 * Names and messages come from remote programs. They are shown as text only (never as markup), and before that lose what could still mislead a
 * reader: terminal escapes, control characters, and marks that reorder the text around them.
 */

// CSI, OSC (ended by BEL or ST), DCS/PM/APC, and two-character escapes
const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** @returns one line of plain text with at most `cap` characters (a cut is marked by …) */
export function cleanText(value: string, cap = 160): string {
  // a long hostile string is cut before the expressions walk over it
  const text = value
    .slice(0, cap * 20)
    .replace(escapes, '')
    .replace(controls, ' ')
    .replace(directionMarks, '')
    .trim();
  const characters = Array.from(text);
  return characters.length > cap ? characters.slice(0, cap - 1).join('') + '…' : text;
}

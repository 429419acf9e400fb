/** Texts and numbers of files that came from another machine. */

const control = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** A text of one plain line with at most `most` characters; null for anything else. */
export function plainText(value: unknown, most: number): string | null {
  return typeof value === 'string' && value.length <= most && !control.test(value) ? value : null;
}

export function finiteNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

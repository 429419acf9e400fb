/** Single values of what arrives, read without trust: each is of the kind wanted, or replaced, or a `Mismatch` that names its place. */

/** What stands at a place of a right document; a key of the page's words. */
export type Expected = 'object' | 'list' | 'text' | 'unique' | 'version' | 'kind' | 'metric';

export class Mismatch extends Error {
  constructor(
    readonly path: string,
    readonly expected: Expected,
  ) {
    super(`${path}: expected ${expected}`);
  }
}

export type Members = Record<string, unknown>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function members(value: unknown, path: string): Members {
  if (!isMembers(value)) throw new Mismatch(path, 'object');
  return value;
}

export function optionalMembers(value: unknown): Members {
  return isMembers(value) ? value : {};
}

export function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new Mismatch(path, 'list');
  return value;
}

/** The members of a list that `read` takes, at most `most`; none for what is no list. */
export function accepted<T>(value: unknown, most: number, read: (item: unknown) => T | null): T[] {
  if (!Array.isArray(value)) return [];
  const taken: T[] = [];
  for (const item of value) {
    const one = taken.length < most ? read(item) : null;
    if (one !== null) taken.push(one);
  }
  return taken;
}

/** Finite numbers only: NaN and Inf, as numbers or as strings, are "no number". */
export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function requiredText(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw new Mismatch(path, 'text');
  return value;
}

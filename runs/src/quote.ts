/** POSIX shell quoting. */
import { RunError } from './errors';

/** Whether a text can be an argument or a variable of a Unix process: no NUL, no half of a surrogate pair (UTF-8 has no form for it). */
export function isPassable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

/**
 * One word of a POSIX shell that stands for exactly `text`: quotes, newlines, `$(..)`, UTF-8 and the empty text come through unchanged.
 * Throws `spec.bad_text` on what no process argument can hold.
 */
export function quote(text: string): string {
  if (!isPassable(text)) throw new RunError('spec.bad_text', { field: 'argv' });
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Tables keyed by names of programs. `constructor`, `toString` and `__proto__` are names like any other there, which a plain object takes for its own.
 */

/** An empty table that inherits nothing. */
export const table = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** A table of what is known, which inherits nothing. */
export const fixed = <T>(entries: Record<string, T>): Readonly<Record<string, T>> => Object.assign(table<T>(), entries);

/** An entry of a table that may have travelled as JSON. */
export const entryOf = <T>(entries: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

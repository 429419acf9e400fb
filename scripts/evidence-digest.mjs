// What a piece of evidence speaks of: a digest of the executed part of a catalog record. When the record changes, its evidence is stale.
import { createHash } from 'node:crypto';

/** Words for readers: changing them changes nothing that was executed. */
const NOTES = new Set(['note', 'why']);

/** JSON with sorted keys and no spaces, notes left out: the same text for the same content, however a file is laid out. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined && !NOTES.has(key));
    return `{${keys
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

/**
 * The digest of a record: SHA-256 (first 16 hex digits) of its kind, parameters, routes and examples, without notes.
 * @param {{ kind: string, params?: unknown, routes: object[], examples: object[] }} record
 */
export function evidenceDigest({ kind, params, routes, examples }) {
  return createHash('sha256').update(canonical({ kind, params, routes, examples })).digest('hex').slice(0, 16);
}

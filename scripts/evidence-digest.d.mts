/** The digest of a record: SHA-256 (first 16 hex digits) of its kind, parameters, routes and examples, without notes. */
export function evidenceDigest(record: { kind: string; params?: unknown; routes: object[]; examples: object[] }): string;

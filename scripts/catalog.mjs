/** The catalog as the programs load it: one JSON document of the records, the targets and what the evidence says. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceDigest } from './evidence-digest.mjs';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const jsonFiles = (folder) => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []).sort();

/**
 * Reads `mappings/` below `root`. Examples stay behind: they are tests and jobs for the prover, not knowledge an editor needs.
 *
 * @returns {{ records: object[], targets: object, evidence: Record<string, object> }} `evidence` by file name without `.json`, in brief; `stale` marks
 * outcomes of something else than what the record says now
 */
export function compileCatalog(root) {
  const mappings = join(root, 'mappings');
  const records = jsonFiles(join(mappings, 'records')).flatMap((name) => readJson(join(mappings, 'records', name)));
  const digests = new Map(records.map((record) => [record.torch, evidenceDigest(record)]));
  const evidence = {};
  for (const name of jsonFiles(join(mappings, 'evidence'))) {
    const { framework, version, chip, torch, apis } = readJson(join(mappings, 'evidence', name));
    const brief = Object.entries(apis).map(([api, { ok, forward, grad, modes, calls, digest }]) => [
      api,
      { ok, forward, grad, modes, calls, ...(digest === digests.get(api) ? {} : { stale: true }) },
    ]);
    evidence[name.slice(0, -'.json'.length)] = { framework, version, chip, torch, apis: Object.fromEntries(brief) };
  }
  return {
    records: records.map((record) => ({ ...record, examples: [] })),
    targets: readJson(join(mappings, 'targets.json')),
    evidence,
  };
}

/** The document as written to `dist/catalog.json`, and a short digest that tells one catalog from another. */
export function serialiseCatalog(catalog) {
  const text = JSON.stringify(catalog);
  return { text, digest: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

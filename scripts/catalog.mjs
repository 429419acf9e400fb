/** The catalog as the programs load it: one JSON document of the records, the targets and what the evidence says (docs/catalog.md, "The packed catalog"). */
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
    const { apis, ...head } = readJson(join(mappings, 'evidence', name));
    if (typeof head.framework !== 'string' || typeof apis !== 'object') continue;
    const brief = Object.entries(apis).map(([api, { digest, ...outcome }]) => [
      api,
      digest === digests.get(api) ? outcome : { ...outcome, stale: true },
    ]);
    evidence[name.slice(0, -'.json'.length)] = { ...head, apis: Object.fromEntries(brief) };
  }
  return {
    records: records.map((record) => ({ ...record, examples: [] })),
    targets: readJson(join(mappings, 'targets.json')),
    evidence,
  };
}

/** Each different value once, in the order in which they came. */
class Table {
  values = [];
  at = new Map();

  /** The number of a value; -1 for none. */
  add(value) {
    if (value === undefined) return -1;
    const key = JSON.stringify(value);
    let index = this.at.get(key);
    if (index === undefined) {
      index = this.values.push(value) - 1;
      this.at.set(key, index);
    }
    return index;
  }
}

/**
 * The catalog as tables and rows of numbers into them: what many records say is written once. `server/src/core/catalog/packed.ts` reads it.
 *
 * @param {{ records: object[], targets: object, evidence?: Record<string, object> }} catalog
 */
export function packCatalog({ records, targets, evidence = {} }) {
  const [words, signatures, sources, targetLists, notes, routes, routeLists] = Array.from({ length: 7 }, () => new Table());
  const routeRow = ({ on, verdict, safety, note, ...more }) => {
    const row = [targetLists.add(on), words.add(verdict), words.add(safety), notes.add(note && [note.en, note.zh])];
    return routes.add(Object.keys(more).length > 0 ? [...row, more] : row);
  };
  const rows = records.map((record) => {
    const row = [record.torch, words.add(record.kind), signatures.add(record.params), words.add(record.returns)];
    row.push(routeLists.add(record.routes.map(routeRow)), sources.add(record.sources));
    const { aliases, method } = record;
    const limits = record.limits && notes.add([record.limits.en, record.limits.zh]);
    return aliases || method || record.limits ? [...row, { aliases, method, limits }] : row;
  });
  return {
    format: 2,
    targets,
    words: words.values,
    signatures: signatures.values,
    sources: sources.values,
    targetLists: targetLists.values,
    notes: notes.values,
    routes: routes.values,
    routeLists: routeLists.values,
    records: rows,
    evidence: packEvidence(evidence, new Map(records.map(({ torch }, index) => [torch, index]))),
  };
}

/**
 * Outcomes once for all files, since many are alike, and per file its head and its rows: `skip outcome`, where `skip` is how far the record lies behind
 * the one before, left out when it is the next. Both are one string, taken apart when evidence is first asked for.
 */
function packEvidence(evidence, positions) {
  const [dates, levels, variants, params, outcomes] = Array.from({ length: 5 }, () => new Table());
  const packed = ({ ok, stale, forward, grad, modes = [], calls = 0, date, level, also = '', not = {}, of }) => {
    const misfits = Object.entries(not).map(([variant, misfit]) => `${variant}:${misfit}`);
    const said = also || misfits.length > 0 ? [variants.add([also, ...misfits].join('|')), ...(of ? [params.add(of)] : [])] : [];
    const figures = [forward ?? '', grad ?? '', modes.map((mode) => mode[0]).join(''), calls, dates.add(date), levels.add(level)];
    return outcomes.add([stale ? 's' : ok ? 'y' : 'n', ...figures, ...said].join(' '));
  };
  const files = Object.values(evidence).map(({ apis, ...head }) => {
    const known = Object.entries(apis).flatMap(([api, outcome]) => (positions.has(api) ? [[positions.get(api), packed(outcome)]] : []));
    known.sort(([a], [b]) => a - b);
    const rows = known.map(([at, outcome], index) => {
      const skip = at - (index === 0 ? -1 : known[index - 1][0]);
      return skip === 1 ? String(outcome) : `${skip} ${outcome}`;
    });
    return { ...head, rows: rows.join(',') };
  });
  return {
    dates: dates.values,
    levels: levels.values,
    variants: variants.values,
    params: params.values,
    outcomes: outcomes.values.join('\n'),
    files,
  };
}

/** The document as written to `dist/catalog.json` (ASCII only: it is decoded and parsed several times as fast), and a short digest of it. */
export function serialiseCatalog(catalog) {
  const text = JSON.stringify(packCatalog(catalog)).replace(/[\u0080-\uffff]/g, escapeUnit);
  return { text, digest: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

const escapeUnit = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

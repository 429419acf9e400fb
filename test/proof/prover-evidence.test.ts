/**
 * The evidence in the tree speaks of the catalog as it is, and a part of the catalog, another one each day, is executed again. `npm run prove` executes
 * all of it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEvidence } from '../../cli/src/prove/evidence';
import { provable, readRecords } from '../../cli/src/prove/jobs';
import { execute } from '../../cli/src/prove/prover';
import { ensurePython } from '../../scripts/python-env.mjs';

/** Days in which the whole catalog has been executed again: a part takes one to two minutes on two cores. */
const PARTS = 8;

/** The share of the catalog whose evidence in each other version must be fresh; proving one of them takes a quarter of an hour. */
const OLD_SHARE = 0.9;

const root = new URL('../..', import.meta.url).pathname;
const catalog = provable(readRecords(root));
const folder = join(root, 'mappings', 'evidence');
/** The version the examples are written for. */
const RECORDED = 'mindspore-2.10.0-cpu.json';
const evidence = readEvidence(join(folder, RECORDED));
const others = readdirSync(folder).filter((name) => /^mindspore-.*-cpu\.json$/.test(name) && name !== RECORDED);

describe('the evidence', () => {
  it('there is a catalog to prove', () => expect(catalog.length).toBeGreaterThan(0));

  it('is there, fresh and positive for every API with an executable example', () => {
    const missing = catalog.filter(({ name }) => !evidence[name]).map(({ name }) => name);
    const stale = catalog.filter(({ name, digest }) => evidence[name] && evidence[name].digest !== digest).map(({ name }) => name);
    const negative = catalog.filter(({ name }) => evidence[name] && !evidence[name].ok).map(({ name }) => name);
    expect({ missing, stale, negative }).toEqual({ missing: [], stale: [], negative: [] }); // mend with `mindport prove --changed`
  });

  it('speaks of no API the catalog lacks', () => {
    const known = new Set(catalog.map(({ name }) => name));
    expect(Object.keys(evidence).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(others)('%s: what was executed of the record as it is agreed, and most of the catalog was', (name) => {
    const outcomes = readEvidence(join(folder, name));
    const fresh = catalog.filter(({ name: api, digest }) => outcomes[api]?.digest === digest);
    expect(fresh.filter(({ name: api }) => !outcomes[api]!.ok).map(({ name: api }) => api)).toEqual([]);
    // mend with `mindport prove --changed --mindspore VERSION`
    expect(fresh.length / catalog.length).toBeGreaterThan(OLD_SHARE);
    expect(Object.keys(outcomes).filter((api) => !catalog.some(({ name: known }) => known === api))).toEqual([]);
  });

  it('is obtained again: the examples of the day are executed in both frameworks and agree', async () => {
    const part = Math.floor(Date.now() / 86_400_000) % PARTS;
    // what needs packages beside PyTorch is executed by `mindport prove --packages`
    const jobs = catalog.filter(({ packages }, index) => !packages && index % PARTS === part).flatMap((api) => api.jobs);
    console.log(`part ${part + 1} of ${PARTS}: ${jobs.length} examples`);
    const answers = await execute(await ensurePython(), root, jobs, 2, () => {});
    expect(answers.filter(({ ok }) => !ok).map(({ id, error }) => `${id}: ${error}`)).toEqual([]);
    expect(answers).toHaveLength(jobs.length);
  });
});

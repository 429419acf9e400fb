/** From catalog records to jobs for the prover. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceDigest } from '../../../scripts/evidence-digest.mjs';
import { type ApiRecord, type Example } from '../../../server/src/core/catalog/record';

/** The target this machine can execute. */
const TARGET = 'mindspore@cpu';

/** One line for `python -m mindport_prove`; see docs/architecture.md "Prover job". */
export interface Job {
  id: string;
  given: Record<string, string>;
  torch: string;
  mindspore: string;
  apply?: string[];
  grad: boolean;
  jit: boolean;
  /** layers are in training mode unless this is false */
  train: boolean;
  tolerance: number | null;
  /** seconds it may take; absent: the prover's own limit */
  timeout?: number;
  /** one call with random arguments, not an example that was chosen */
  fuzz?: true;
  /** other inputs than those that are written (variants.ts) */
  variant?: string;
  /** packages beside PyTorch that it imports */
  needs?: string[];
}

/** An API with what is executed for it, and the digest of what is executed. */
export interface Provable {
  name: string;
  names: string[];
  digest: string;
  jobs: Job[];
  /** an example imports packages that are only in the environment of `--packages` */
  packages?: boolean;
}

/** All records of `mappings/records`, in file order. Throws with the file's name when one is not JSON. */
export function readRecords(root: string): ApiRecord[] {
  const folder = join(root, 'mappings', 'records');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  return files.flatMap((name) => {
    try {
      return JSON.parse(readFileSync(join(folder, name), 'utf8')) as ApiRecord[];
    } catch (error) {
      throw new Error(`${join('mappings', 'records', name)}: ${(error as Error).message}`);
    }
  });
}

const executable = (example: Example): boolean => example.execute !== false && (example.on ?? TARGET) === TARGET;

/** The APIs with at least one example that can be executed here. A job's id is `NAME#INDEX`, the index into the record's examples. */
export function provable(records: ApiRecord[]): Provable[] {
  return records
    .map((record) => ({
      packages: record.examples.some((example) => executable(example) && example.needs !== undefined),
      name: record.torch,
      names: namesOf(record),
      digest: evidenceDigest(record),
      jobs: record.examples.flatMap((example, index) => (executable(example) ? [jobOf(`${record.torch}#${index}`, example)] : [])),
    }))
    .filter(({ jobs }) => jobs.length > 0);
}

function jobOf(id: string, example: Example & { train?: boolean }): Job {
  return {
    id,
    given: example.given ?? {},
    torch: example.torch,
    mindspore: example.mindspore,
    ...(example.apply ? { apply: example.apply } : {}),
    ...(example.needs ? { needs: example.needs } : {}),
    grad: example.grad !== false,
    jit: example.jit !== false,
    train: example.train !== false,
    tolerance: example.tolerance ?? null,
  };
}

/** The APIs that any of the patterns names: a qualified name or alias, `*` for anything. Patterns that name none are returned as `unknown`. */
export function select(all: Provable[], patterns: string[]): { chosen: Provable[]; unknown: string[] } {
  return named(all, patterns, ({ names }) => names);
}

/** The same for records. */
export function matching(all: ApiRecord[], patterns: string[]): { chosen: ApiRecord[]; unknown: string[] } {
  return named(all, patterns, namesOf);
}

const namesOf = (record: ApiRecord): string[] => [record.torch, ...(record.aliases ?? []), ...(record.method ? [record.method] : [])];

function named<T>(all: T[], patterns: string[], namesOfOne: (one: T) => string[]): { chosen: T[]; unknown: string[] } {
  if (patterns.length === 0) return { chosen: all, unknown: [] };
  const tests = patterns.map((pattern) => {
    const text = pattern
      .split('*')
      .map((part) => part.replace(/[.\\+?^$()[\]{}|]/g, '\\$&'))
      .join('.*');
    const regexp = new RegExp(`^${text}$`);
    return (one: T): boolean => namesOfOne(one).some((name) => regexp.test(name));
  });
  return {
    chosen: all.filter((one) => tests.some((test) => test(one))),
    unknown: patterns.filter((_, i) => !all.some((one) => tests[i]!(one))),
  };
}

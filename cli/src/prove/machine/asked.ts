/** What is asked of another machine: the examples as they are written for its chip, packed with the prover, and a note of it that stays here. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../../../../runs/src/directory';
import type { ApiRecord } from '../../../../server/src/core/catalog/record';
import type { ChosenTarget } from '../../../../server/src/core/catalog/targets';
import { evidenceDigest } from '../../../../scripts/evidence-digest.mjs';
import { type Job, type Provable } from '../jobs';
import { type Rewriter } from '../rewriting';

/** Seconds an example may take there: compilers for accelerators take their time. */
const TIMEOUT = 240;

/** What was asked of a run, so that its answers can be collected by a later command. */
export interface Asked {
  framework: string;
  version: string;
  chip: string;
  apis: { name: string; digest: string; ids: string[] }[];
}

/** The examples of the records as they are written for a target; each program once. APIs of which no route says any are left out. */
export function jobsFor(records: readonly ApiRecord[], target: ChosenTarget, rewriter: Rewriter): Provable[] {
  return records.flatMap((record) => {
    const seen = new Set<string>();
    const jobs = record.examples.flatMap((example, index): Job[] => {
      const written = JSON.stringify([example.given, example.torch, example.apply, example.train]);
      const [framework] = (example.on ?? 'mindspore').split('@');
      if (example.execute === false || example.needs || framework !== target.framework || seen.has(written)) return [];
      seen.add(written);
      const given = example.given ?? {};
      const { text, left } = rewriter.rewrite({ given, torch: example.torch }, target, 'review');
      if (left.length > 0) return [];
      return [
        {
          id: `${record.torch}#${index}`,
          given,
          torch: example.torch,
          mindspore: text,
          ...(example.apply ? { apply: example.apply } : {}),
          grad: example.grad !== false,
          jit: example.jit !== false,
          train: (example as { train?: boolean }).train !== false,
          tolerance: example.tolerance ?? null,
          timeout: TIMEOUT,
        },
      ];
    });
    return jobs.length > 0 ? [{ name: record.torch, names: [record.torch], digest: evidenceDigest(record), jobs }] : [];
  });
}

const DRIVER = `"""Executes jobs.jsonl and answers on standard output."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "python"))
sys.argv[1:] = ["--from", os.path.join(here, "jobs.jsonl")]
from mindport_prove.__main__ import main

sys.exit(main())
`;

/** The program of the run: the script that `fill` writes. */
export const PROGRAM = 'prove.py';

/** Fills a folder with the prover, what it imports, and the jobs. @param root the checkout */
export async function fill(folder: string, root: string, apis: readonly Provable[]): Promise<void> {
  for (const name of ['mindport_prove', 'mindport_ops'])
    await cp(join(root, 'python', name), join(folder, 'python', name), {
      recursive: true,
      filter: (path) => !path.endsWith('__pycache__'),
    });
  await mkdir(join(folder, 'mappings'), { recursive: true });
  await writeFile(join(folder, 'mappings', 'targets.json'), await readFile(join(root, 'mappings', 'targets.json')));
  const jobs = apis.flatMap((api) => api.jobs);
  await writeFile(join(folder, 'jobs.jsonl'), jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  await writeFile(join(folder, PROGRAM), DRIVER);
}

const noteOf = (state: string, run: string): string => join(state, 'proofs', `${run}.json`);

/** Keeps what was asked of a run in the user's state folder. */
export async function note(state: string, run: string, asked: Asked): Promise<void> {
  await mkdir(join(state, 'proofs'), { recursive: true });
  await writeAtomic(noteOf(state, run), `${JSON.stringify(asked)}\n`);
}

/** What was asked of a run; null where nobody noted it. */
export async function noted(state: string, run: string): Promise<Asked | null> {
  try {
    return JSON.parse(await readFile(noteOf(state, run), 'utf8')) as Asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

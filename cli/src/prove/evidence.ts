/** Evidence files: what was executed for each API, with which outcome. Compact, sorted, one API a line, so that a diff can be read. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Answer } from './prover';
import { type Provable } from './jobs';
import { type Variants } from './variants';

/** The outcome of one API's examples. Errors are relative, the largest of all examples, calls and modes. */
export interface Outcome extends Partial<Variants> {
  /** of what was executed (scripts/evidence-digest.mjs) */
  digest: string;
  /** the day this outcome was first obtained */
  date: string;
  ok: boolean;
  /**
   * How it was checked, where not by execution: every call bound to a signature; some only found to exist; or something that is documented for other
   * chips only. What only executing can say is absent then.
   */
  level?: 'signature-checked' | 'documented' | 'elsewhere';
  examples: number;
  /** null: no example got that far */
  forward?: number | null;
  /** null: no example has a gradient to compare */
  grad?: number | null;
  /** modes in which every example agreed */
  modes?: string[];
  /** executed, or bound */
  calls: number;
  dtypes?: string[];
  /** what is documented for other chips only */
  elsewhere?: string[];
  /** message by example index, only of those that disagreed */
  failed?: Record<string, string>;
}

export interface Evidence {
  framework: string;
  version: string;
  chip: string;
  /** version of PyTorch it was compared with, where it was executed */
  torch?: string;
  apis: Record<string, Outcome>;
}

/** The evidence of a file; without one, none. */
export function readEvidence(path: string): Record<string, Outcome> {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Evidence).apis : {};
}

/** The version of PyTorch that what was executed was compared with, as a part of a file's head. */
export function comparedWith(path: string): Pick<Evidence, 'torch'> {
  const { torch } = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Evidence) : {};
  return torch === undefined ? {} : { torch };
}

const worst = (values: (number | null)[]): number | null =>
  values.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);

/** What the answers to an API's jobs say together, and what is known of their variants. */
export function outcomeOf(api: Provable, answers: Answer[], date: string, variants: Partial<Variants> = {}): Outcome {
  const failed = Object.fromEntries(
    answers.flatMap((answer) => (answer.ok ? [] : [[answer.id.slice(answer.id.lastIndexOf('#') + 1), answer.error ?? '']])),
  );
  return {
    digest: api.digest,
    date,
    ok: answers.length > 0 && answers.every(({ ok }) => ok),
    examples: answers.length,
    forward: worst(answers.map(({ forward }) => forward)),
    grad: worst(answers.map(({ grad }) => grad)),
    modes: ['pynative', 'jit'].filter((mode) => answers.every(({ modes }) => modes.includes(mode))),
    calls: answers.reduce((sum, { calls }) => sum + calls, 0),
    dtypes: [...new Set(answers.flatMap(({ dtype }) => dtype?.split(',') ?? []))].sort(),
    ...(Object.keys(failed).length > 0 ? { failed } : {}),
    ...variants,
  };
}

/** New outcomes over old ones. An unchanged outcome keeps its date; APIs the catalog no longer executes go. */
export function merge(old: Record<string, Outcome>, fresh: Record<string, Outcome>, known: Set<string>): Record<string, Outcome> {
  const merged: Record<string, Outcome> = {};
  for (const name of Object.keys({ ...old, ...fresh }).sort()) {
    const before = old[name];
    const now = fresh[name];
    if (!known.has(name)) continue;
    if (before && now && JSON.stringify({ ...before, date: '' }) === JSON.stringify({ ...now, date: '' })) merged[name] = before;
    else merged[name] = (now ?? before)!;
  }
  return merged;
}

/** Writes the file in one step: a reader sees the old text or the new one. */
export function writeEvidence(path: string, evidence: Evidence): void {
  const { apis, ...head } = evidence;
  const lines = Object.entries(apis).map(([name, outcome]) => `${JSON.stringify(name)}:${JSON.stringify(outcome)}`);
  const text = `${JSON.stringify(head).slice(0, -1)},"apis":{\n${lines.join(',\n')}\n}}\n`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

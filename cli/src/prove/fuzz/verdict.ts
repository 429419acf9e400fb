/** What the answer to a random call says of the route it took. */
import { type Outcome } from '../evidence';
import { type Job } from '../jobs';
import { type Answer } from '../prover';
import { type DrawnCall } from './draw';

/**
 * `agrees`; `refused`: PyTorch itself raises, or the result is random; `raises`: MindSpore raises where PyTorch does not, which nobody takes for a
 * result; `precision`: float64 that was computed in float32, or float16 that was asked for; `extreme`: values that differ only where NaN, infinities or numbers near the limits go
 * in; `crashes`: the process died or hung; the rest is a result that differs on ordinary numbers.
 */
const VERDICTS = ['agrees', 'refused', 'raises', 'precision', 'extreme', 'crashes', 'shape', 'dtype', 'value', 'gradient'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Finding extends DrawnCall {
  verdict: Verdict;
  error: string;
}

/** Limits of float64; an error far below those of float32 is a matter of digits. */
const FLOAT64 = /relative error ([\d.e+-]+), allowed 1\.0e-0[89]/;
const FLOAT32_DIGITS = 1e-5;
const HALF_DIGITS = 1e-2;
const EXTREME = /nan|inf|1e-?30/;

export function verdictOf({ ok, refused, raised, error }: Answer, job: Pick<Job, 'given' | 'torch'>): Verdict {
  if (ok) return 'agrees';
  if (refused) return 'refused';
  if (raised) return 'raises';
  const text = error ?? '';
  if (/^the process |^stopped: /.test(text)) return 'crashes';
  if (/ has dtype /.test(text)) return 'dtype';
  if (/ has shape | parts, not | has the keys | is a /.test(text)) return 'shape';
  const digits = FLOAT64.exec(text);
  if (digits && Number(digits[1]) < FLOAT32_DIGITS) return 'precision';
  // float32 in, float16 asked for: the digits are those of half precision
  const half = /dtype=torch\.float16/.test(job.torch) ? /relative error ([\d.e+-]+),/.exec(text) : null;
  if (half && Number(half[1]) < HALF_DIGITS) return 'precision';
  // where PyTorch's own gradient is infinite or none
  const end = /gradient.*NaN at \d+ places against (\d+), infinite at \d+ against (\d+)/.exec(text);
  if (end && Number(end[1]) + Number(end[2]) > 0) return 'extreme';
  if (EXTREME.test(Object.values(job.given).join(' ')) || EXTREME.test(job.torch)) return 'extreme';
  return /gradient/.test(text) ? 'gradient' : 'value';
}

/** Variants of the evidence that the inputs of a call belong to. */
function variantsIn(given: Readonly<Record<string, unknown>>): string[] {
  const texts = Object.values(given).map(String);
  const some = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  const dtypes = new Set(
    texts.filter((text) => /\(/.test(text)).map((text) => /\.(b?float\d+|u?int\d+|bool|complex\d+)\b/.exec(text)?.[1] ?? ''),
  );
  return [
    ...(some(/\.float16\b/) ? ['f16'] : []),
    ...(some(/\.bfloat16\b/) ? ['bf16'] : []),
    ...(some(/\.u?int64\b/) ? ['i64'] : []),
    ...(some(/\.u?int(?:8|16|32)\b/) ? ['i32'] : []),
    ...(some(/\.bool\b|\bbools?\(/) ? ['bool'] : []),
    ...(some(/complex/) ? ['c64'] : []),
    ...(dtypes.size > 1 ? ['mixed'] : []),
    ...(some(/[a-z\d]\(\)/) ? ['0d'] : []),
    ...(some(/\((?:\d+, )*0(?:, \d+)*\)/) ? ['empty'] : []),
  ];
}

/** Whether the record, or its evidence, says that such a call may differ. */
export function isSaid({ job, record }: Finding, limits: ReadonlySet<string>, evidence: Readonly<Record<string, Outcome>>): boolean {
  const not: Readonly<Record<string, string>> = evidence[record]?.not ?? {};
  return limits.has(record) || variantsIn(job.given).some((variant) => variant in not && not[variant] !== 'rounding');
}

/** Results of ordinary calls that differ without an error: what a safe route promises not to do. */
export const isSilent = (verdict: Verdict): boolean => ['shape', 'dtype', 'value', 'gradient'].includes(verdict);

/** Counts of one API. */
export type Tally = Record<Verdict, number> & { unsaid: number };

export const emptyTally = (unsaid: number): Tally => ({ ...(Object.fromEntries(VERDICTS.map((name) => [name, 0])) as Tally), unsaid });

/** Calls whose results were compared, or would have been had MindSpore given one. */
export const compared = (tally: Tally): number => VERDICTS.reduce((sum, name) => (name === 'refused' ? sum : sum + tally[name]), 0);

export const disagreements = (tally: Tally): number => tally.crashes + tally.shape + tally.dtype + tally.value + tally.gradient;

/** The findings to read first: one of each kind for each API, the one nearest to an example. */
export function foremost(findings: readonly Finding[]): Finding[] {
  const best = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.record} ${finding.verdict} ${finding.error.replace(/[\d.e+-]+/g, '#')}`;
    const known = best.get(key);
    if (!known || size(finding) < size(known)) best.set(key, finding);
  }
  return [...best.values()];
}

const size = ({ changes, job }: Finding): number => changes * 1000 + job.torch.length + JSON.stringify(job.given).length;

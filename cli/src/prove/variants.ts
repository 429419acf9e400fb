/** Each example with other inputs: dtypes, shapes, edge cases (python/mindport_prove/variants.py); what comes out is said in two short fields. */
import type { ApiRecord } from '../../../server/src/core/catalog/record';
import { boundAxis } from './fuzz/arguments';
import { type Job, type Provable } from './jobs';
import { type Answer } from './prover';
import { bodyOf, type Rewriter } from './rewriting';
import { verdictOf } from './fuzz/verdict';

/** Variants in the order in which they are named; `dim` writes a dimension as -1. */
const VARIANTS = ['f16', 'bf16', 'f32', 'i64', 'i32', 'bool', 'c64', 'mixed', 'shape', 'rank', '0d', 'empty', 'nan', 'inf', 'dim'] as const;
export type Variant = (typeof VARIANTS)[number];

/**
 * How a variant does not agree: MindSpore raises; it has no gradient; its process ends; the result or the gradient differs, in dtype, in shape; or, in
 * half precision, by less than ten times what is allowed.
 */
export type Misfit = 'refused' | 'no gradient' | 'crash' | 'differs' | 'gradient' | 'dtype' | 'shape' | 'rounding';

/** From bad to harmless: what is said of an API is the worst of its examples. */
const MISFITS: readonly Misfit[] = ['crash', 'differs', 'shape', 'dtype', 'gradient', 'rounding', 'refused', 'no gradient'];

/** What the variants of an API's examples say together. */
export interface Variants {
  /** calls PyTorch executed */
  tried: number;
  /** variants that agree wherever PyTorch executes them */
  also?: string;
  /** the others */
  not?: Partial<Record<Variant, Misfit>>;
  /** the parameters whose inputs had other dtypes, where one did not agree (`self`: the receiver, or what a layer is called with) */
  of?: string;
}

/** Ten times what is allowed of values in half precision (python/mindport_prove/tolerance.py): the rest of a result may be float32, its digits are not. */
const HALF_DIGITS: Readonly<Record<string, number>> = { f16: 2e-2, bf16: 0.16 };

/** Seconds for one call: a compiler is not at work here. */
const TIMEOUT = 20;

/** The jobs of all variants of an API's examples. A job's id is `NAME#INDEX~VARIANT`. */
export function variantJobs(api: Provable, record: ApiRecord, rewriter: Rewriter): Job[] {
  return api.jobs.flatMap((job) => {
    const like: Job = { ...job, jit: false, fuzz: true, timeout: TIMEOUT };
    const others = VARIANTS.flatMap((variant): Job[] => {
      // an example's own limit is one for its dtype
      const tolerance = variant === 'f16' || variant === 'bf16' ? null : job.tolerance;
      return variant === 'dim' ? [] : [{ ...like, id: `${job.id}~${variant}`, variant, tolerance }];
    });
    const negative = withNegativeAxis(job, record, rewriter);
    return [...(Object.keys(job.given).length > 0 ? others : []), ...(negative ? [{ ...like, ...negative, id: `${job.id}~dim` }] : [])];
  });
}

/** The example with a dimension written as -1, and what the fix makes of it; null where it names none, or only negative ones. */
function withNegativeAxis(job: Job, record: ApiRecord, rewriter: Rewriter): { torch: string; mindspore: string } | null {
  const found = rewriter.callOf(job, record.torch);
  const axis = found && boundAxis(found.file, found.call, found.signatures, found.receiver);
  if (!found || !axis) return null;
  const torch = bodyOf(`${found.file.slice(0, axis.start)}-1${found.file.slice(axis.end)}`);
  const { text, left } = rewriter.rewrite({ given: job.given, torch }, rewriter.recorded, 'review');
  return left.length > 0 ? null : { torch, mindspore: text };
}

/** What an answer says of its variant: null when it agrees, undefined when PyTorch does not execute it. */
function misfitOf(answer: Answer, job: Job): Misfit | null | undefined {
  const inGradient = /^pynative, gradient/.test(answer.error ?? '');
  switch (verdictOf(answer, job)) {
    case 'agrees':
      return null;
    case 'refused':
      return undefined;
    case 'raises':
      return inGradient ? 'no gradient' : 'refused';
    case 'crashes':
      return 'crash';
    case 'dtype':
      return 'dtype';
    case 'shape':
      return 'shape';
    default: {
      const error = Number(/relative error ([\d.e+-]+),/.exec(answer.error ?? '')?.[1] ?? Infinity);
      const half = error <= (HALF_DIGITS[job.variant ?? ''] ?? 0);
      return half ? 'rounding' : inGradient ? 'gradient' : 'differs';
    }
  }
}

/** The answers to an API's variants, together. */
export function variantsOf(answers: readonly Answer[], jobs: ReadonlyMap<string, Job>): Variants {
  const found = new Map<string, Set<Misfit | null>>();
  let tried = 0;
  for (const answer of answers) {
    const misfit = misfitOf(answer, jobs.get(answer.id)!);
    if (misfit === undefined) continue;
    tried += 1;
    const variant = answer.id.slice(answer.id.lastIndexOf('~') + 1);
    found.set(variant, (found.get(variant) ?? new Set()).add(misfit));
  }
  const also = VARIANTS.filter((variant) => found.has(variant) && [...found.get(variant)!].every((misfit) => misfit === null));
  const not = VARIANTS.flatMap((variant) => {
    const worst = MISFITS.find((misfit) => found.get(variant)?.has(misfit));
    return worst ? [[variant, worst] as const] : [];
  });
  return {
    tried,
    ...(also.length > 0 ? { also: also.join(' ') } : {}),
    ...(not.length > 0 ? { not: Object.fromEntries(not) } : {}),
  };
}

/**
 * The abstract values of the analysis: just enough to say whether a receiver is a tensor, a module, an optimizer or certainly none of these.
 * Every type carries how it came to be believed, so that a reference can explain itself.
 */
import type { Confidence, Reason } from './reference';

export interface Evidence {
  confidence: Confidence;
  reason: Reason;
}

export type Type =
  /** `rank`, `shape` (null per unknown axis) and `dtype` ("float32") are known only where cheap. */
  | { kind: 'tensor'; rank: number | null; dtype: string | null; because: Evidence }
  /** An instance of a PyTorch-family class: `torch.nn.Linear`, `torch.optim.Adam`, `torch.utils.data.DataLoader`. */
  | { kind: 'api-instance'; api: string; because: Evidence }
  /** An instance of a class of the user's; `bases` are the qualified PyTorch-family names it inherits, transitively. */
  | { kind: 'instance'; className: string; bases: string[]; because: Evidence }
  /** A PyTorch-family module, class or function itself: `torch.nn.functional`. */
  | { kind: 'api'; api: string; because: Evidence }
  /** A class or function of the user's (or of another library), by qualified or local name. */
  | { kind: 'class'; className: string; bases: string[] }
  | { kind: 'function'; name: string }
  | { kind: 'tuple'; items: Type[] }
  | { kind: 'list'; item: Type }
  | { kind: 'dict'; value: Type }
  /** Certainly no tensor: python scalars, strings, numpy arrays, argparse namespaces… `of` is its name. */
  | { kind: 'other'; of: string }
  | { kind: 'unknown' };

export const UNKNOWN: Type = { kind: 'unknown' };

import type { Safety, Verdict } from '../catalog/record';
import type { Reference } from '../semantics/reference';
import type { Span } from '../syntax/ast';

/** A user-visible sentence as data: `l10n/core.<language>.json` holds the words under `id`, with {placeholders}. */
export interface Message { id: string; args: Record<string, string> }

export interface FixOffer {
  /** stable within (finding, version): recomputed, never stored */
  id: string;
  title: Message;
  safety: Safety;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface Finding {
  /** MSPnnn, see docs/codes */
  code: string;
  /** the callee or name concerned, never the whole call */
  span: Span;
  severity: Severity;
  verdict: Verdict;
  message: Message;
  reference: Reference | null;
  fix: FixOffer | null;
}

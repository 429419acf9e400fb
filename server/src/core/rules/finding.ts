import type { Safety, Text, Verdict } from '../catalog/record';
import type { Reference } from '../semantics/reference';
import type { Span } from '../syntax/ast';

/** A user-visible sentence as data: `l10n/core.<language>.json` holds the words under `id`, with {placeholders}. */
export interface Message {
  id: string;
  args: Record<string, string>;
}

export interface FixOffer {
  title: Message;
  safety: Safety;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface Finding {
  /** MSPnnn, see `codes.ts` and docs/codes */
  code: string;
  /** the callee or name concerned, never the whole call */
  span: Span;
  severity: Severity;
  verdict: Verdict;
  message: Message;
  /** why there is no automatic fix, when an equivalent exists */
  detail: Message | null;
  /** what the record's route says: what differs, or the condition under which it is equal */
  note: Text | null;
  reference: Reference | null;
  fix: FixOffer | null;
}

/** Every reference of a file: one JSON object a line, or one line of text. */
import { findingOf } from '../../../server/src/core/rules/operators';
import { judgeIn } from '../../../server/src/core/fixes/single';
import type { Reference } from '../../../server/src/core/semantics/reference';
import { Branches } from '../../../server/src/core/semantics/taken';
import type { Verdict } from '../../../server/src/core/catalog/record';
import type { Checked } from '../analyse';
import type { Words } from '../words';
import { placeOf } from '../places';
import { fixJson, placeJson } from './json';

interface Judged {
  reference: Reference;
  verdict: Verdict;
  code: string | null;
  fix: { safety: string; title: string } | null;
}

function* judged({ context }: Checked, words: Words): Generator<Judged> {
  const branches = new Branches(context.semantics, context.catalog);
  for (const reference of context.semantics.references) {
    const finding = branches.takes(reference.node) ? findingOf(reference, context) : null;
    const verdict = finding?.verdict ?? judgeIn(reference, context).verdict;
    yield { reference, verdict, code: finding?.code ?? null, fix: finding?.fix ? fixJson(finding.fix, words) : null };
  }
}

/** LSP positions: zero-based, UTF-16. */
export function referenceLines(checked: Checked, words: Words): string {
  let out = '';
  for (const { reference, verdict, code, fix } of judged(checked, words)) {
    const { name, kind, confidence } = reference;
    out += `${JSON.stringify({ ...placeJson(checked, reference.span), name, kind, confidence, verdict, code, fix })}\n`;
  }
  return out;
}

export function referenceText(checked: Checked, words: Words): string {
  let out = '';
  for (const { reference, verdict, fix } of judged(checked, words)) {
    const { shown, lines, span } = placeOf(checked, reference.span);
    const { line, character } = lines.positionAt(span.start);
    const place = `${shown}:${line + 1}:${character + 1}`;
    const parts = [words.tell(`confidence.${reference.confidence}`), words.tell(`verdict.${verdict}`), fix?.title].filter(Boolean);
    out += `${place}: ${reference.name} (${parts.join('; ')})\n`;
  }
  return out;
}

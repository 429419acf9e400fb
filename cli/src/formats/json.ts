/** Findings as one JSON document, for other programs. Positions are LSP's: zero-based, UTF-16. */
import type { ChosenTarget } from '../../../server/src/core/catalog/targets';
import { codeOf } from '../../../server/src/core/rules/codes';
import type { FixOffer } from '../../../server/src/core/rules/finding';
import type { Span } from '../../../server/src/core/syntax/ast';
import type { Position } from '../../../server/src/core/syntax/line-index';
import type { Checked } from '../analyse';
import type { Problem } from '../files';
import { placeOf } from '../places';
import type { Words } from '../words';
import { jsonDocument, jsonMembers } from './members';

/** File and range; in a notebook the cell too, counted from 0 among all cells, and the range in its source. */
export function placeJson(checked: Checked, whole: Span): { file: string; cell?: number; range: { start: Position; end: Position } } {
  const { cell, lines, span } = placeOf(checked, whole);
  const range = { start: lines.positionAt(span.start), end: lines.positionAt(span.end) };
  return { file: checked.source.shown, ...(cell === undefined ? {} : { cell }), range };
}

export function fixJson(fix: FixOffer, words: Words): { safety: string; title: string } {
  return { safety: fix.safety, title: words.say(fix.title) };
}

/** The findings of one file, as members of the document. */
export function findingsJson(file: Checked, words: Words): string {
  return jsonMembers(
    file.findings.map(({ code, span, severity, verdict, message, note, detail, reference, fix }) => ({
      ...placeJson(file, span),
      code,
      slug: codeOf(code)?.slug ?? null,
      severity,
      verdict,
      name: reference?.name ?? null,
      message: words.say(message),
      note: note && words.choose(note),
      detail: detail && words.say(detail),
      fix: fix && fixJson(fix, words),
    })),
    2,
  );
}

/** @param findings what `findingsJson` gave, file by file */
export function findingsDocument(
  files: number,
  findings: readonly string[],
  problems: readonly Problem[],
  targets: readonly ChosenTarget[],
  words: Words,
): string {
  return jsonDocument(
    (members) => ({
      targets: targets.map(({ id, version }) => ({ id, version })),
      files,
      findings: members,
      problems: problems.map(({ file, message, skipped }) => ({ file, message: words.say(message), skipped })),
    }),
    findings,
  );
}

/** Findings for people: place, code, sentence, and the line with the place marked. */
import type { Finding } from '../../../server/src/core/rules/finding';
import type { Checked } from '../analyse';
import { placeOf } from '../places';
import type { CheckResult } from '../tasks';
import type { Words } from '../words';

export function findingText(finding: Finding, checked: Checked, words: Words): string {
  const { shown, text, lines, span } = placeOf(checked, finding.span);
  const { line, character } = lines.positionAt(span.start);
  const content = text.slice(lines.lineStart(line), lines.lineEnd(line));
  const end = Math.min(span.end, lines.lineEnd(line)) - lines.lineStart(line);
  const number = String(line + 1);
  const gutter = ' '.repeat(number.length);
  const window = windowOf(content, character, end);
  const marks = '^'.repeat(Math.max(width(window.marked), 1));
  const out = [
    `${shown}:${line + 1}:${character + 1}: ${finding.code} ${words.tell(`severity.${finding.severity}`)}: ${words.say(finding.message)}`,
    ` ${number} | ${window.before}${window.marked}${window.after}`,
    ` ${gutter} | ${padding(window.before)}${marks}`,
  ];
  const more = (label: string, sentence: string): void => void out.push(` ${gutter} = ${words.tell(label)}: ${sentence}`);
  if (finding.note) more('text.note', words.choose(finding.note));
  if (finding.detail) more('text.detail', words.say(finding.detail));
  if (finding.fix) more(`text.fix.${finding.fix.safety}`, words.say(finding.fix.title));
  return `${out.join('\n')}\n\n`;
}

/** The last line: how many findings, and how many of them the safe fixes resolve. */
export function summaryText(results: readonly CheckResult[], words: Words): string {
  const sum = (count: (result: CheckResult) => number): string => String(results.reduce((all, result) => all + count(result), 0));
  const args = {
    files: String(results.length),
    findings: sum(({ findings }) => findings),
    safe: sum(({ safe }) => safe),
    review: sum(({ review }) => review),
  };
  return `${words.tell(args.findings === '0' ? 'text.none' : 'text.summary', args)}\n`;
}

/** The longest line that is shown whole, and how much of a longer one: a generated table of constants may be one line of megabytes. */
const MOST_CHARACTERS = 400;
const AROUND = 80;

/** A line in three parts around a place, cut to what can be read. */
function windowOf(content: string, start: number, end: number): { before: string; marked: string; after: string } {
  if (content.length <= MOST_CHARACTERS)
    return { before: content.slice(0, start), marked: content.slice(start, end), after: content.slice(end) };
  const from = wholeCharacter(content, Math.max(0, start - AROUND));
  const last = wholeCharacter(content, Math.min(end, start + AROUND));
  const to = wholeCharacter(content, Math.min(content.length, last + AROUND));
  return {
    before: (from > 0 ? '…' : '') + content.slice(from, start),
    marked: content.slice(start, last),
    after: content.slice(last, to) + (to < content.length ? '…' : ''),
  };
}

/** The offset, or the one before where it would part a surrogate pair. */
function wholeCharacter(text: string, offset: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(offset)) ? offset - 1 : offset;
}

/** Blanks as wide as the text, its tabs kept so that they align in any terminal. */
function padding(text: string): string {
  return text.replace(/[^\t]+/g, (part) => ' '.repeat(width(part)));
}

/** Columns of a terminal: East Asian characters and emoji take two, combining marks none. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return columns;
}

/**
 * The answer to a question for diagnostics as the JSON that is sent. A key press moves most diagnostics of a file and changes few: one whose finding is
 * the same object as in the report before is copied, and where only its lines differ their digits are written over. The bytes are those of
 * JSON.stringify (a property of the tests).
 */
import type { Diagnostic } from 'vscode-languageserver';
import type { Finding } from '../core/rules/finding';
import type { LineIndex } from '../core/syntax/line-index';
import { relatedPlace } from './diagnostics';

/** A position in the JSON of a diagnostic: what its `line` was, and where that stands. */
interface WrittenPosition {
  /** where the digits begin, in bytes from the beginning of the diagnostic */
  readonly at: number;
  readonly character: number;
  line: number;
}

/** One diagnostic of the latest report. */
interface Written {
  readonly finding: Finding;
  /** start and end, and both again of the related place if it has one */
  readonly positions: readonly WrittenPosition[];
  /** bytes of its JSON, and where they begin in the report */
  readonly length: number;
  from: number;
  /** its JSON when it was not in the report before */
  fresh: Uint8Array | null;
  /** a line differs from the report before */
  moved: boolean;
}

const utf8 = new TextEncoder();
const LINE = utf8.encode('"line":');
const [COMMA, ZERO, OPEN, CLOSE, QUOTE] = utf8.encode(',0[]"') as unknown as readonly [number, number, number, number, number];

export class Report {
  private constructor(
    /** the array of diagnostics as JSON in UTF-8 */
    readonly bytes: Uint8Array,
    private readonly written: readonly Written[],
  ) {}

  /**
   * @param before the report of an earlier state of the same document, made in the same way; null for the first. It keeps its bytes, but cannot be the
   * one before of another report
   * @param diagnosticOf the diagnostic of a finding, in the present state
   */
  static of(findings: readonly Finding[], lines: LineIndex, before: Report | null, diagnosticOf: (finding: Finding) => Diagnostic): Report {
    const old = before?.written ?? [];
    const { prefix, suffix } = shared(old, findings);
    const written = findings.map((finding, i) => {
      const known = i < prefix ? old[i] : i >= findings.length - suffix ? old[i + old.length - findings.length] : undefined;
      return known && move(known, lines) ? known : write(finding, diagnosticOf(finding));
    });
    return new Report(joined(written, before?.bytes), written);
  }

  /** Whether both say the same. */
  equals({ bytes }: Report): boolean {
    return this.bytes.length === bytes.length && this.bytes.every((byte, i) => byte === bytes[i]);
  }
}

/** How many findings at the beginning and at the end are the same objects. */
function shared(old: readonly Written[], findings: readonly Finding[]): { prefix: number; suffix: number } {
  const most = Math.min(old.length, findings.length);
  let prefix = 0;
  while (prefix < most && old[prefix]!.finding === findings[prefix]) prefix++;
  let suffix = 0;
  while (suffix < most - prefix && old[old.length - 1 - suffix]!.finding === findings[findings.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}

/** Takes the present lines; false when more than the digits of lines differs. */
function move(known: Written, lines: LineIndex): boolean {
  const { finding, positions } = known;
  const related = relatedPlace(finding) ?? 0;
  known.moved = false;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    const offset = i === 0 ? finding.span.start : i === 1 ? finding.span.end : related;
    const line = lines.lineAt(offset);
    if (offset - lines.lineStart(line) !== position.character) return false;
    if (line === position.line) continue;
    if (digits(line) !== digits(position.line)) return false;
    position.line = line;
    known.moved = true;
  }
  return true;
}

function digits(value: number): number {
  let count = 1;
  for (let rest = value; rest > 9; rest = Math.floor(rest / 10)) count++;
  return count;
}

function write(finding: Finding, diagnostic: Diagnostic): Written {
  const fresh = utf8.encode(JSON.stringify(diagnostic));
  const { range, relatedInformation } = diagnostic;
  const ranges = [range, ...(relatedInformation ?? []).map(({ location }) => location.range)];
  let at = 0;
  const positions = ranges
    .flatMap(({ start, end }) => [start, end])
    .map(({ line, character }) => ({ at: (at = afterKey(fresh, at)), character, line }));
  return { finding, positions, length: fresh.length, from: 0, fresh, moved: false };
}

/** Where the value of the next key `line` begins. It is no part of a message: quotes are escaped there. */
function afterKey(json: Uint8Array, from: number): number {
  for (let at = json.indexOf(QUOTE, from); ; at = json.indexOf(QUOTE, at + 1)) {
    if (LINE.every((byte, i) => json[at + i] === byte)) return at + LINE.length;
  }
}

/** The array of all, with stretches that are as they were copied in one go. */
function joined(written: readonly Written[], before: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(written.reduce((sum, { length }) => sum + length + 1, written.length > 0 ? 1 : 2));
  bytes[0] = OPEN;
  let at = 1;
  for (let i = 0; i < written.length;) {
    const first = written[i]!;
    let next = i + 1;
    let length = first.length;
    if (first.fresh) {
      bytes.set(first.fresh, at);
      first.from = at;
      first.fresh = null;
    } else {
      for (; next < written.length; next++) {
        const { fresh, from } = written[next]!;
        if (fresh || from !== first.from + length + 1) break;
        length += written[next]!.length + 1;
      }
      bytes.set(before.subarray(first.from, first.from + length), at);
      const by = at - first.from;
      for (let j = i; j < next; j++) place(written[j]!, by, bytes);
    }
    at += length;
    bytes[at++] = COMMA;
    i = next;
  }
  bytes[bytes.length - 1] = CLOSE;
  return bytes;
}

/** Puts a copied diagnostic at its new place, and its present lines into it. */
function place(one: Written, by: number, bytes: Uint8Array): void {
  one.from += by;
  if (!one.moved) return;
  for (const { at, line } of one.positions) {
    let rest = line;
    for (let digit = one.from + at + digits(line) - 1; digit >= one.from + at; digit--) {
      bytes[digit] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

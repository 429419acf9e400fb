/**
 * `# mindport: ignore[MSP101] reason` on the line or alone on the line above, `# mindport: ignore-file[MSP101] reason` anywhere. Without codes it
 * covers all of them; a suppression without a reason still works but is a finding itself, so that none stays unexplained.
 */
import { tokenize } from '../catalog/tokens';
import { indentationAt, lineBreakOf, lineEnd, lineStart, nextLine, startsLine } from '../fixes/place';
import type { Edit } from '../fixes/rewrite';
import type { Comment, Module } from '../syntax/ast';
import { codeOf, defaultSeverity } from './codes';
import type { Finding } from './finding';

const PATTERN = /^\s*mindport:\s*ignore(-file)?\s*(?:\[([^\]]*)\])?(.*)$/i;

interface Suppression {
  comment: Comment;
  /** null: every code */
  codes: ReadonlySet<string> | null;
  reason: string;
  /** the lines it covers; null: the whole file */
  lines: { from: number; to: number } | null;
}

export class Suppressions {
  private readonly items: readonly Suppression[];

  constructor(text: string, module: Module) {
    this.items = module.comments.flatMap((comment) => read(text, comment) ?? []);
  }

  covers(finding: Pick<Finding, 'code' | 'span'>): boolean {
    const at = finding.span.start;
    return this.items.some(({ codes, lines }) => (!codes || codes.has(finding.code)) && (!lines || (lines.from <= at && at < lines.to)));
  }

  /** Suppressions that give no reason. */
  findings(): Finding[] {
    return this.items
      .filter(({ reason }) => reason === '')
      .map(({ comment }) => ({
        code: 'MSP190',
        span: { start: comment.start, end: comment.end },
        severity: defaultSeverity('MSP190'),
        verdict: 'unknown',
        message: { id: 'finding.MSP190', args: {} },
        detail: null,
        note: null,
        reference: null,
        fix: null,
      }));
  }
}

function read(text: string, comment: Comment): Suppression | null {
  // in a file with CRLF the text ends with the carriage return
  const match = PATTERN.exec(comment.text.trimEnd());
  if (!match) return null;
  const names = match[2]?.split(',').map((name) => name.trim()) ?? [];
  const codes = names.filter((name) => name !== '').map((name) => codeOf(name)?.code ?? name);
  return {
    comment,
    codes: codes.length > 0 ? new Set(codes) : null,
    reason: match[3]!.replace(/^[\s:–—-]+/, '').trim(),
    lines: match[1] ? null : coveredLines(text, comment),
  };
}

/** The comment's own line; when it stands alone, up to the next line that holds code. */
function coveredLines(text: string, comment: Comment): { from: number; to: number } {
  const from = lineStart(text, comment.start);
  let to = nextLine(text, comment.end);
  if (startsLine(text, comment.start)) {
    while (to < text.length && /^[ \t]*#/.test(text.slice(to, lineEnd(text, to)))) to = nextLine(text, to);
    to = nextLine(text, to);
  }
  return { from, to: to >= text.length ? text.length + 1 : to };
}

/** Adds a suppression for the line of an offset: behind it, or above it where the line has a comment already or goes on in the next. */
export function suppressionEdit(text: string, offset: number, code: string, reason: string): Edit {
  const comment = `# mindport: ignore[${code}] ${reason}`.trimEnd();
  const end = lineEnd(text, offset);
  const inside = tokenize(text).find(
    (token) => (token.type === 'string' || token.type === 'comment') && token.start <= end && end <= token.end,
  );
  const endsInString = inside !== undefined && (inside.type === 'comment' || inside.end > end);
  if (!endsInString && text[end - 1] !== '\\') {
    const start = end - (/[ \t]*$/.exec(text.slice(offset, end))?.[0].length ?? 0);
    return { start, end, newText: `  ${comment}` };
  }
  let at = lineStart(text, inside && inside.type === 'string' ? Math.min(inside.start, offset) : offset);
  while (at > 1 && text.slice(0, at).trimEnd().endsWith('\\')) at = lineStart(text, at - 2);
  return { start: at, end: at, newText: indentationAt(text, at) + comment + lineBreakOf(text) };
}

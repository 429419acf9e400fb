/** The comment that makes a finding be passed over, with the person's reason (`core/rules/suppression.ts` reads it). */
import type { Edit } from '../core/fixes/rewrite';
import type { Finding } from '../core/rules/finding';
import type { Node } from '../core/syntax/ast';
import type { FileState } from './analysis';

const OWN = /#\s*mindport:\s*ignore\s*\[[^\]]*(?=\])/i;

/**
 * At the end of the finding's line; above it when the line ends with a comment already. A comment of ours gets one more code.
 * @returns null where no comment can stand: on a line that goes on after a backslash, or inside a string of several lines
 */
export function ignoreEdit({ span, code, reference }: Finding, reason: string, { context, document }: FileState): Edit | null {
  const { text, module } = context;
  const { lines } = document;
  const line = lines.lineAt(span.start);
  const start = lines.lineStart(line);
  const end = lines.lineEnd(line);
  if (reference && insideLongString(reference.node, text)) return null;
  const comment = module.comments.find((candidate) => candidate.start >= start && candidate.start < end);
  const said = reason.replace(/\s+/g, ' ').trim();
  const words = `# mindport: ignore[${code}]${said ? ` ${said}` : ''}`;
  if (!comment) return text[end - 1] === '\\' ? null : { start: end, end, newText: `  ${words}` };
  const own = OWN.exec(text.slice(comment.start, comment.end));
  if (own) {
    const at = comment.start + own.index + own[0].length;
    return { start: at, end: at, newText: `, ${code}` };
  }
  const above = line > 0 ? lines.lineEnd(line - 1) : 0;
  if (line > 0 && text[above - 1] === '\\') return null;
  const indentation = /^[ \t]*/.exec(text.slice(start, end))![0];
  const lineBreak = text.slice(end, lines.lineStart(line + 1)) || '\n';
  return { start, end: start, newText: `${indentation}${words}${lineBreak}` };
}

function insideLongString(node: Node, text: string): boolean {
  for (let at: Node | null = node; at; at = at.parent)
    if (at.kind === 'FString' && /[\r\n]/.test(text.slice(at.start, at.end))) return true;
  return false;
}

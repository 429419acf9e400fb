/**
 * What IPython understands and Python does not: `%matplotlib inline`, `!pip install`, `name?`, `files = !ls`, `%%time`. It is covered by text of
 * equal length, so that every offset in the covered text is one in the cell.
 */
import type { Span } from '../syntax/ast';

export interface CoveredCell {
  /** as long as the source, line breaks in the same places */
  python: string;
  /** what was covered, in order */
  covered: Span[];
}

/** Cell magics whose body is Python that runs in the notebook's own namespace. All others are programs of their own, or another language. */
const PYTHON_CELLS = new Set([
  'time', 'timeit', 'capture', 'prun', 'lprun', 'mprun', 'memit', 'debug', 'px', 'autopx', 'pyinstrument', 'scalene', 'snakeviz', 'heat', 'viztracer', 'wandb',
  'skip', 'ipytest', 'run_pytest', 'memray_flamegraph', 'local', 'notify',
]); // prettier-ignore

/** Line magics whose argument is a statement of the notebook, behind their options. */
const STATEMENT_MAGIC = /%(?:time|timeit|prun|memit|lprun|mprun)[ \t]+(?:-\w+(?:[ \t]*[\d.]+)?[ \t]+)*(?=[^\s-])/y;

const SHELL_ASSIGNMENT = /[A-Za-z_][\w.]*(?:[ \t]*,[ \t]*\*?[A-Za-z_][\w.]*)*[ \t]*=[ \t]*(?=[%!][\w ./~"'])/y;
const HELP = /%{0,2}[\w*][\w.*[\]]*[ \t]*\?{1,2}[ \t]*(?=[\r\n]|$)/y;
/** Commands that work without a sign in front: two words in a row are never Python. */
const AUTOMAGIC =
  /(?:pip|conda|mamba|cd|ls|mkdir|rm|cp|mv|cat|run|matplotlib|load_ext|autoreload)[ \t]+(?!(?:in|is|and|or|if|not|for)\b)[\w./~]/y;

/** One token, as far as brackets, strings, comments and line breaks go. */
const TOKEN =
  /#[^\r\n]*|'''|"""|'(?:\\(?:\r\n|[^])|[^'\\\r\n])*'?|"(?:\\(?:\r\n|[^])|[^"\\\r\n])*"?|[([{]|[)\]}]|\\(?:\r\n|[\r\n])|\r\n|[\r\n]|[^#'"([{)\]}\\\r\n]+|\\/y;

/** @returns null for a cell that a cell magic makes something else than Python */
export function coverMagics(source: string): CoveredCell | null {
  if (!/[%!?]|^[ \t]*(?:pip|conda|mamba|cd|ls|mkdir|rm|cp|mv|cat|run|matplotlib|load_ext|autoreload)[ \t]/m.test(source))
    return { python: source, covered: [] };
  const magic = /^\s*%%(!|\w*)/.exec(source);
  if (magic && !PYTHON_CELLS.has(magic[1]!)) return null;
  const covered: (Span & { text: string })[] = [];
  let at = 0;
  let depth = 0;
  let beginsLine = true;
  while (at < source.length) {
    if (beginsLine && depth === 0) {
      const found = magicAt(source, at);
      if (found) {
        covered.push(found);
        at = found.end;
      }
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(source)?.[0];
    if (token === undefined) break;
    at += token.length;
    beginsLine = token === '\n' || token === '\r' || token === '\r\n';
    if ('([{'.includes(token)) depth++;
    else if (')]}'.includes(token)) depth = Math.max(depth - 1, 0);
    else if (token === "'''" || token === '"""') at = endOfLongString(source, at, token);
  }
  let python = '';
  let done = 0;
  for (const { start, end, text } of covered) {
    python += source.slice(done, start) + text;
    done = end;
  }
  return { python: python + source.slice(done), covered: covered.map(({ start, end }) => ({ start, end })) };
}

function endOfLongString(source: string, from: number, quotes: string): number {
  for (let end = source.indexOf(quotes, from); end >= 0; end = source.indexOf(quotes, end + 1)) {
    let slashes = 0;
    while (source[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 3;
  }
  return source.length;
}

/** The magic of the line that begins at an offset, with what covers it. */
function magicAt(source: string, lineStart: number): (Span & { text: string }) | null {
  const indentation = match(/[ \t]*/y, source, lineStart)!;
  const start = lineStart + indentation.length;
  // at column 0 a comment, which is nothing at all; in a block a name, so that the block has a statement
  const sign = indentation === '' ? '#' : '_';
  const whole = (from: number, first: string): Span & { text: string } => {
    const end = endOfCommand(source, from);
    return { start: from, end, text: first + blank(source.slice(from + 1, end)) };
  };
  const first = source[start];
  if (first === '%') {
    const prefix = match(STATEMENT_MAGIC, source, start);
    if (prefix) return { start, end: start + prefix.length, text: `_${' '.repeat(prefix.length - 2)};` };
    return whole(start, sign);
  }
  if (first === '!' || first === '?') return whole(start, sign);
  if (match(HELP, source, start) || match(AUTOMAGIC, source, start)) return whole(start, sign);
  const target = match(SHELL_ASSIGNMENT, source, start);
  if (!target) return null;
  const value = start + target.length;
  const prefix = match(STATEMENT_MAGIC, source, value);
  // what a magic measures is not what it gives
  return prefix ? { start: value, end: value + prefix.length, text: `_${' '.repeat(prefix.length - 2)};` } : whole(value, '_');
}

/** End of the line, and of those it goes on in behind a backslash. */
function endOfCommand(source: string, from: number): number {
  return from + match(/(?:[^\r\n\\]|\\(?:\r\n|[^]|$))*/y, source, from)!.length;
}

const blank = (text: string): string => text.replace(/[^\r\n]/g, ' ');

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Removing statements and decorators with their lines, leaving their comments and, in an emptied block, a `pass`. */
import type { Decorator, Module, Stmt } from '../syntax/ast';
import { blockOf } from '../syntax/statements';
import { indentationAt, lineEnd, lineStart, nextLine, startsLine } from './place';
import type { Region } from './render';

export function removals(text: string, module: Module, nodes: Iterable<Stmt | Decorator>): Region[] {
  const gone = new Set(nodes);
  const regions: Region[] = [];
  const done = new Set<Stmt | Decorator>();
  for (const node of gone) {
    if (done.has(node)) continue;
    if (node.kind === 'Decorator') {
      regions.push(decoratorRemoval(text, module, node));
      continue;
    }
    const block = blockOf(node);
    let first = block.indexOf(node);
    let last = first;
    while (first > 0 && gone.has(block[first - 1]!)) first--;
    while (last + 1 < block.length && gone.has(block[last + 1]!)) last++;
    for (let i = first; i <= last; i++) done.add(block[i]!);
    regions.push(runRemoval(text, module, block, first, last));
  }
  return regions;
}

function commentsWithin(module: Module, start: number, end: number): string[] {
  return module.comments.filter((comment) => comment.start >= start && comment.end <= end).map((comment) => `#${comment.text}`.trimEnd());
}

/** A run of neighbouring statements, from `block[i]` to `block[j]`. */
function runRemoval(text: string, module: Module, block: readonly Stmt[], i: number, j: number): Region {
  const [first, last] = [block[i]!, block[j]!];
  const comments = commentsWithin(module, first.start, last.end);
  const lines = comments.map((comment) => `${comment}\n`).join('');
  const region = (start: number, end: number, ...pieces: string[]): Region => ({
    start,
    end,
    node: first,
    pieces: pieces.filter((piece) => piece !== ''),
  });
  const empties = i === 0 && j === block.length - 1 && first.parent?.kind !== 'Module';
  if (empties) return region(first.start, last.end, lines, 'pass');

  const rest = text.slice(last.end, lineEnd(text, last.end));
  const semicolon = /^[ \t]*;/.exec(rest);
  const next = block[j + 1];
  if (semicolon && next && next.start < last.end + rest.length) return region(first.start, next.start, lines);
  if (!startsLine(text, first.start)) return region(block[i - 1]?.end ?? first.start, last.end, lines);

  const end = last.end + (semicolon?.[0].length ?? 0);
  const trailing = /^[ \t]*(?=#)/.exec(text.slice(end, lineEnd(text, end)));
  if (trailing) return region(first.start, end + trailing[0].length, lines);
  const stop = lineEnd(text, end);
  if (i > 0) {
    const start = lineStart(text, first.start);
    const lineBreak = text.startsWith('\r\n', start - 2) ? 2 : 1;
    return region(start - lineBreak, stop, ...comments.map((comment) => `\n${comment}`));
  }
  return region(first.start, untilNext(text, first.start, end), lines);
}

function decoratorRemoval(text: string, module: Module, node: Decorator): Region {
  const lines = commentsWithin(module, node.start, node.end)
    .map((comment) => `${comment}\n`)
    .join('');
  const trailing = /^[ \t]*(?=#)/.exec(text.slice(node.end, lineEnd(text, node.end)));
  const end = trailing ? node.end + trailing[0].length : untilNext(text, node.start, node.end);
  return { start: node.start, end, node, pieces: lines === '' ? [] : [lines] };
}

/** Where the next line with content begins, when it is indented like this one; else the end of this line. */
function untilNext(text: string, start: number, end: number): number {
  let line = nextLine(text, end);
  while (line < text.length && lineEnd(text, line) < text.length && text.slice(line, lineEnd(text, line)).trim() === '')
    line = nextLine(text, line);
  const indentation = indentationAt(text, line);
  if (indentation !== indentationAt(text, start) || line >= text.length) return line >= text.length ? text.length : lineEnd(text, end);
  return line + indentation.length;
}

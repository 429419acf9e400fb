/** Edits of a text as a unified diff. */
import type { Edit } from '../../server/src/core/fixes/rewrite';

const CONTEXT = 3;

interface Change {
  /** first and one past the last of the old lines it replaces */
  from: number;
  to: number;
  lines: string[];
}

/** @param edits sorted and disjoint, of the old text */
export function unifiedDiff(path: string, text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return '';
  const old = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const starts: number[] = [0];
  for (const line of old) starts.push(starts[starts.length - 1]! + line.length);
  const changes = changesOf(text, old, starts, edits);
  const out = [`--- a/${path}`, `+++ b/${path}`];
  let drift = 0;
  for (let i = 0; i < changes.length;) {
    // changes close to each other share a hunk
    let last = i;
    while (last + 1 < changes.length && changes[last + 1]!.from - changes[last]!.to <= 2 * CONTEXT) last++;
    const from = Math.max(changes[i]!.from - CONTEXT, 0);
    const to = Math.min(changes[last]!.to + CONTEXT, old.length);
    const body: string[] = [];
    let at = from;
    let added = 0;
    for (const change of changes.slice(i, last + 1)) {
      for (; at < change.from; at++) body.push(...shown(' ', old[at]!));
      for (; at < change.to; at++) body.push(...shown('-', old[at]!));
      for (const line of change.lines) body.push(...shown('+', line));
      added += change.lines.length - (change.to - change.from);
    }
    for (; at < to; at++) body.push(...shown(' ', old[at]!));
    const size = to - from;
    out.push(`@@ -${place(from, size)} +${place(from + drift, size + added)} @@`, ...body);
    drift += added;
    i = last + 1;
  }
  return `${out.join('\n')}\n`;
}

const place = (from: number, size: number): string => `${size === 0 ? from : from + 1}${size === 1 ? '' : `,${size}`}`;

function shown(sign: string, line: string): string[] {
  return line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'];
}

/** Edits as changes of whole lines; those that touch a common line are one. Lines that stay the same at the rims are no part of a change. */
function changesOf(text: string, old: readonly string[], starts: readonly number[], edits: readonly Edit[]): Change[] {
  const lineOf = (offset: number): number => {
    let low = 0;
    let high = old.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  };
  const groups: { from: number; to: number; edits: Edit[] }[] = [];
  for (const edit of edits) {
    const from = lineOf(edit.start);
    const to = Math.max(lineOf(edit.end), from) + 1;
    const last = groups[groups.length - 1];
    if (last && from <= last.to) {
      last.to = Math.max(last.to, to);
      last.edits.push(edit);
    } else groups.push({ from, to, edits: [edit] });
  }
  return groups.flatMap(({ from, to, edits: inside }) => {
    const base = starts[from] ?? 0;
    const end = starts[to] ?? text.length;
    let now = '';
    let at = base;
    for (const edit of inside) {
      now += text.slice(at, edit.start) + edit.newText;
      at = edit.end;
    }
    now += text.slice(at, end);
    const lines = now.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    let first = from;
    let final = to;
    while (first < final && lines.length > 0 && lines[0] === old[first]) {
      lines.shift();
      first++;
    }
    while (final > first && lines.length > 0 && lines[lines.length - 1] === old[final - 1]) {
      lines.pop();
      final--;
    }
    return first === final && lines.length === 0 ? [] : [{ from: first, to: final, lines }];
  });
}

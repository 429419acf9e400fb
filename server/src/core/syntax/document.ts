import { Edit, type Tree } from 'web-tree-sitter';
import type { Module } from './ast';
import { KeptStatements } from './kept';
import { LineIndex, type Position } from './line-index';
import { lower } from './lower';
import type { PythonParser } from './parser';

/** One change as LSP sends it: a range of the text as it is after the changes before it, or the whole text. */
export interface TextChange {
  range?: { start: Position; end: Position };
  text: string;
}

/** Parses and lowers a text once, keeping nothing: for files nobody edits. */
export function parseModule(parser: PythonParser, text: string): Module {
  const tree = parser.parse(text);
  try {
    return lower(text, parser.read(tree), parser.kinds);
  } finally {
    tree.delete();
  }
}

/**
 * A Python text under edit. Changes are applied in order, each in terms of the text the one before left. Parsing waits until the syntax tree is
 * asked for and then re-uses the last tree without errors, edited along: an incremental parse from such a tree equals a fresh one whenever the
 * text is free of errors, one from a broken tree need not.
 *
 * Statements of the module and of classes that an edit does not touch keep their nodes, moved in place: a syntax tree is to be read before the
 * next change of its document is asked for, never kept across one.
 */
export class PythonDocument {
  private current: LineIndex | null = null;
  private module: Module | null = null;
  /** The last tree without errors, moved along by every edit since; null when there was none. */
  private sound: Tree | null = null;
  private readonly kept = new KeptStatements();

  constructor(
    private readonly parser: PythonParser,
    private content: string,
    public version = 0,
  ) {}

  get text(): string {
    return this.content;
  }

  get lines(): LineIndex {
    return (this.current ??= new LineIndex(this.content));
  }

  /** The syntax tree of the present text; made when first asked for after a change. */
  get ast(): Module {
    return (this.module ??= this.parse());
  }

  applyChanges(changes: readonly TextChange[], version: number): void {
    for (const change of changes) {
      if (change.range) this.replace(this.lines.offsetAt(change.range.start), this.lines.offsetAt(change.range.end), change.text);
      else this.replaceAll(change.text);
    }
    this.version = version;
  }

  dispose(): void {
    this.sound?.delete();
    this.sound = null;
    this.kept.reset([]);
  }

  private replaceAll(text: string): void {
    this.dispose();
    this.content = text;
    this.current = null;
    this.module = null;
  }

  private replace(from: number, to: number, insert: string): void {
    const start = Math.min(from, to);
    const end = Math.max(from, to);
    const before = this.content;
    const after = before.slice(0, start) + insert + before.slice(end);
    if (this.sound) {
      const startPosition = treePoint(before, this.lines, start);
      this.sound.edit(
        new Edit({
          startIndex: start,
          oldEndIndex: end,
          newEndIndex: start + insert.length,
          startPosition,
          oldEndPosition: treePoint(before, this.lines, end),
          newEndPosition: advance(startPosition, insert),
        }),
      );
    }
    this.kept.edit(start, end, insert.length);
    this.content = after;
    this.current = null;
    this.module = null;
  }

  private parse(): Module {
    const tree = this.parser.parse(this.content, this.sound);
    const table = this.parser.read(tree, this.kept);
    const module = lower(this.content, table, this.parser.kinds, this.kept);
    if (table.hasError) tree.delete();
    else {
      this.sound?.delete();
      this.sound = tree;
    }
    return module;
  }
}

/** tree-sitter's row and column of an offset: it ends lines at `\n` only. */
function treePoint(text: string, lines: LineIndex, offset: number): { row: number; column: number } {
  if (!lines.hasLoneCarriageReturn) {
    const row = lines.lineAt(offset);
    return { row, column: offset - lines.lineStart(row) };
  }
  return advance({ row: 0, column: 0 }, text.slice(0, offset));
}

function advance(from: { row: number; column: number }, text: string): { row: number; column: number } {
  let { row, column } = from;
  let last = -1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    row++;
    last = at;
  }
  column = last < 0 ? column + text.length : text.length - last - 1;
  return { row, column };
}

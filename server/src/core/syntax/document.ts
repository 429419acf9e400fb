import type { Module } from './ast';
import { LineIndex, type Position } from './line-index';
import { parseWhole, reparse, widen, type Edited, type Parsed } from './reparse';
import type { PythonParser } from './parser';
import { settleAll } from './shift';

/** One change as LSP sends it: a range of the text as it is after the changes before it, or the whole text. */
export interface TextChange {
  range?: { start: Position; end: Position };
  text: string;
}

/** Parses and lowers a text once, keeping nothing: for files nobody edits. */
export function parseModule(parser: PythonParser, text: string): Module {
  return parseWhole(parser, text).module;
}

/**
 * A Python text under edit. Changes are applied in order, each in terms of the text the one before left; parsing waits until the syntax tree is
 * asked for, and then parses only the statements the edits touch (`reparse.ts`).
 *
 * The others keep their nodes, moved in place: a syntax tree is to be read before the next change of its document is asked for, never kept
 * across one. Where the text is free of errors the tree is that of a fresh parse.
 */
export class PythonDocument {
  private current: LineIndex | null = null;
  private parsed: Parsed | null = null;
  private edited: Edited | null = null;

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
    const module = this.unsettled;
    settleAll(module);
    return module;
  }

  /** The same for who reads little of it: the inside of a definition at module level is in its place only after `settle`. */
  get unsettled(): Module {
    if (!this.parsed) this.parsed = parseWhole(this.parser, this.content);
    else if (this.edited) this.parsed = reparse(this.parser, this.parsed, this.edited, this.content);
    this.edited = null;
    return this.parsed.module;
  }

  applyChanges(changes: readonly TextChange[], version: number): void {
    for (const change of changes) {
      if (change.range) this.replace(this.lines.offsetAt(change.range.start), this.lines.offsetAt(change.range.end), change.text);
      else this.replaceAll(change.text);
    }
    this.version = version;
  }

  /** Lets go of the tree; the document goes on when it is asked for again. */
  dispose(): void {
    this.parsed = null;
    this.edited = null;
  }

  private replaceAll(text: string): void {
    this.dispose();
    this.content = text;
    this.current = null;
  }

  private replace(from: number, to: number, insert: string): void {
    const start = Math.min(from, to);
    const end = Math.max(from, to);
    this.content = this.content.slice(0, start) + insert + this.content.slice(end);
    const { current: before } = this;
    this.current = before && new LineIndex(this.content, { before, from: start, oldEnd: end, newEnd: start + insert.length });
    if (this.parsed) this.edited = widen(this.edited, start, end, insert.length);
  }
}

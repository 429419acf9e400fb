/** A position as LSP counts: zero-based line, zero-based UTF-16 code unit in the line. */
export interface Position {
  line: number;
  character: number;
}

const LF = 10;
const CR = 13;

/**
 * Offsets ↔ LSP positions of one text. Lines end at `\n`, `\r\n` or a lone `\r`, as LSP defines them. Both directions are total: offsets and
 * positions outside the text are moved to the nearest place inside it, a character beyond its line to the line's end (before the terminator).
 */
export class LineIndex {
  private readonly starts: number[];
  /** The line last asked for: mostly the next question is about it or the one behind it. */
  private last = 0;
  /** True when some line ends at a `\r` that no `\n` follows: tree-sitter does not count such lines. */
  readonly hasLoneCarriageReturn: boolean;

  constructor(private readonly text: string) {
    const starts = [0];
    let lone = false;
    const length = text.length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > CR) continue;
      if (code === LF) starts.push(i + 1);
      else if (code === CR) {
        if (i + 1 < length && text.charCodeAt(i + 1) === LF) i++;
        else lone = true;
        starts.push(i + 1);
      }
    }
    this.starts = starts;
    this.hasLoneCarriageReturn = lone;
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** Zero-based line that holds `offset`; a terminator belongs to the line it ends. */
  lineAt(offset: number): number {
    const { starts, last } = this;
    if (offset >= starts[last]!) {
      const next = last + 1;
      if (next >= starts.length || offset < starts[next]!) return last;
      if (next + 1 >= starts.length || offset < starts[next + 1]!) return (this.last = next);
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return (this.last = low);
  }

  /** Offset where `line` begins; the text's length for a line after the last. */
  lineStart(line: number): number {
    if (line <= 0) return 0;
    return this.starts[line] ?? this.text.length;
  }

  /** Offset where the content of `line` ends, before its terminator. */
  lineEnd(line: number): number {
    let end = line + 1 < this.starts.length ? this.lineStart(line + 1) : this.text.length;
    const start = this.lineStart(line);
    if (end > start && line + 1 < this.starts.length) {
      if (end > start && this.text.charCodeAt(end - 1) === LF) end--;
      if (end > start && this.text.charCodeAt(end - 1) === CR) end--;
    }
    return end;
  }

  positionAt(offset: number): Position {
    const inside = Math.min(Math.max(offset, 0), this.text.length);
    const line = this.lineAt(inside);
    return { line, character: Math.min(inside, Math.max(this.lineEnd(line), this.lineStart(line))) - this.lineStart(line) };
  }

  offsetAt(position: Position): number {
    if (position.line < 0) return 0;
    if (position.line >= this.starts.length) return this.text.length;
    const start = this.lineStart(position.line);
    return Math.min(start + Math.max(position.character, 0), this.lineEnd(position.line));
  }
}

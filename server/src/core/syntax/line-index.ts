/** A position as LSP counts: zero-based line, zero-based UTF-16 code unit in the line. */
export interface Position {
  line: number;
  character: number;
}

const LF = 10;
const CR = 13;

/** `from`..`oldEnd` of the text before was replaced by what is `from`..`newEnd` now. */
export interface LineEdit {
  before: LineIndex;
  from: number;
  oldEnd: number;
  newEnd: number;
}

/**
 * Offsets ↔ LSP positions of one text. Lines end at `\n`, `\r\n` or a lone `\r`, as LSP defines them. Both directions are total: offsets and
 * positions outside the text are moved to the nearest place inside it, a character beyond its line to the line's end (before the terminator).
 */
export class LineIndex {
  private readonly starts: readonly number[];
  /** The line last asked for: mostly the next question is about it or the one behind it. */
  private last = 0;
  /** True when some line ends at a `\r` that no `\n` follows: tree-sitter does not count such lines. */
  readonly hasLoneCarriageReturn: boolean;

  /** True when every line ends at a `\n` alone. */
  private readonly plain: boolean;

  /** @param edit makes the index from that of the text before, if that is simple */
  constructor(
    private readonly text: string,
    edit?: LineEdit,
  ) {
    if (edit?.before.plain && !text.slice(edit.from, edit.newEnd).includes('\r')) {
      this.starts = edit.before.startsAfter(edit, text);
      this.hasLoneCarriageReturn = false;
      this.plain = true;
      return;
    }
    const starts = [0];
    let lone = false;
    let plain = true;
    const length = text.length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > CR) continue;
      if (code === LF) starts.push(i + 1);
      else if (code === CR) {
        plain = false;
        if (i + 1 < length && text.charCodeAt(i + 1) === LF) i++;
        else lone = true;
        starts.push(i + 1);
      }
    }
    this.starts = starts;
    this.hasLoneCarriageReturn = lone;
    this.plain = plain;
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

  /** Where lines begin after an edit; all lines end at `\n`. */
  private startsAfter({ from, oldEnd, newEnd }: LineEdit, text: string): number[] {
    const { starts } = this;
    const now: number[] = [];
    let i = 0;
    for (; i < starts.length && starts[i]! <= from; i++) now.push(starts[i]!);
    for (let at = text.indexOf('\n', from); at >= 0 && at < newEnd; at = text.indexOf('\n', at + 1)) now.push(at + 1);
    while (i < starts.length && starts[i]! <= oldEnd) i++;
    for (; i < starts.length; i++) now.push(starts[i]! + newEnd - oldEnd);
    return now;
  }
}

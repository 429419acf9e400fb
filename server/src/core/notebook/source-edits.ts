/**
 * Edits of cells as edits of the notebook's JSON text: only what changes in the strings of `source` is written anew. Everything else, from the escapes
 * within the same string to the outputs, stays byte for byte.
 */
import { applyEdits, type Edit } from '../fixes/rewrite';
import type { Span } from '../syntax/ast';
import type { Notebook, WrittenSource } from './notebook';

/**
 * @param edits by the cell's number among all cells, in offsets of its source, sorted and disjoint
 * @returns edits of `notebook.text`, sorted and disjoint
 */
export function notebookEdits(notebook: Notebook, edits: ReadonlyMap<number, readonly Edit[]>): Edit[] {
  const writer = new Writer(notebook);
  return notebook.cells.flatMap((cell) => {
    const own = edits.get(cell.index);
    return own && own.length > 0 && cell.written ? writer.cell(cell.written, own) : [];
  });
}

/**
 * Where a place of a cell is written in the JSON text, up to the end of the string in which it begins.
 * @param span in offsets of the cell's source
 */
export function placeInFile({ text, cells }: Notebook, cell: number, span: Span): Span | null {
  let from = 0;
  const strings = cells[cell]?.written?.strings ?? [];
  for (const [i, { token, length }] of strings.entries()) {
    if (span.start < from + length || i === strings.length - 1) {
      const places = new RawPlaces(text.slice(token.start + 1, token.end - 1));
      const start = places.of(span.start - from);
      return { start: token.start + 1 + start, end: token.start + 1 + places.of(Math.min(span.end - from, length)) };
    }
    from += length;
  }
  return null;
}

class Writer {
  private asciiOnly: boolean | null = null;

  constructor(private readonly notebook: Notebook) {}

  cell(written: WrittenSource, edits: readonly Edit[]): Edit[] {
    if (!written.isList) return this.inString(written, edits);
    if (written.strings.length === 0) return this.intoEmptyList(written, edits);
    return this.inList(written, edits);
  }

  private inString({ strings }: WrittenSource, edits: readonly Edit[]): Edit[] {
    const { start, end } = strings[0]!.token;
    const raw = this.notebook.text.slice(start + 1, end - 1);
    return this.inRaw(raw, edits).map((edit) => ({ ...edit, start: start + 1 + edit.start, end: start + 1 + edit.end }));
  }

  /** Edits of a value as edits of what is written between its quotes. */
  private inRaw(raw: string, edits: readonly Edit[]): Edit[] {
    const places = new RawPlaces(raw);
    return edits.map((edit) => ({ start: places.of(edit.start), end: places.of(edit.end), newText: this.encode(edit.newText) }));
  }

  private inList(written: WrittenSource, edits: readonly Edit[]): Edit[] {
    const { text } = this.notebook;
    const { strings, value } = written;
    const raws = strings.map(({ token }) => text.slice(token.start + 1, token.end - 1));
    const starts: number[] = [];
    let length = 0;
    for (const item of strings) {
      starts.push(length);
      length += item.length;
    }
    const last = strings.length - 1;
    const oneLineEach = raws.every((raw) => linesOf(raw).length <= 1);
    const between = this.separator(written);
    return groupsOf(edits, starts, length).flatMap((group): Edit[] => {
      const shifted = group.edits.map((edit) => ({
        ...edit,
        start: edit.start - starts[group.from]!,
        end: edit.end - starts[group.from]!,
      }));
      const before = raws.slice(group.from, group.to + 1).join('');
      const now = applyEdits(before, this.inRaw(before, shifted));
      const items = oneLineEach ? linesOf(now) : now === '' ? [] : [now];
      const tokens = items.map((raw) => `"${raw}"`);
      const first = strings[group.from]!.token;
      if (group.to < last) {
        const next = strings[group.to + 1]!.token;
        const gap = text.slice(strings[group.to]!.token.end, next.start);
        return [{ start: first.start, end: next.start, newText: tokens.length > 0 ? tokens.join(between) + gap : '' }];
      }
      const end = strings[last]!.token.end;
      if (tokens.length > 0) return [{ start: first.start, end, newText: tokens.join(between) }];
      if (group.from === 0) return [{ ...value, newText: '[]' }];
      return [{ start: strings[group.from - 1]!.token.end, end, newText: '' }];
    });
  }

  private intoEmptyList({ value }: WrittenSource, edits: readonly Edit[]): Edit[] {
    const lines = linesOf(edits.map(({ newText }) => this.encode(newText)).join(''));
    if (lines.length === 0) return [];
    const { text, cells } = this.notebook;
    const model = cells.find(({ written }) => written?.isList && written.strings.length > 0)?.written;
    const open = model ? text.slice(model.value.start, model.strings[0]!.token.start) : '[';
    const close = model ? text.slice(model.strings[model.strings.length - 1]!.token.end, model.value.end) : ']';
    return [{ ...value, newText: `${open}${lines.map((raw) => `"${raw}"`).join(model ? this.separator(model) : ', ')}${close}` }];
  }

  /** What stands between two strings of the list. */
  private separator({ strings, value }: WrittenSource): string {
    const { text } = this.notebook;
    if (strings.length > 1) return text.slice(strings[0]!.token.end, strings[1]!.token.start);
    const opening = text.slice(value.start + 1, strings[0]!.token.start);
    return opening === '' ? ', ' : `,${opening}`;
  }

  /** A text as it is written between quotes: with escapes where the notebook writes them for all that is not ASCII. */
  private encode(value: string): string {
    const raw = JSON.stringify(value).slice(1, -1);
    if (!/[\u0080-\uffff]/.test(raw)) return raw;
    const { text } = this.notebook;
    this.asciiOnly ??= !/[\u0080-\uffff]/.test(text) && /\\u(?!00[01])[0-9a-fA-F]{4}/.test(text);
    return this.asciiOnly ? raw.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : raw;
  }
}

/** Strings `from`..`to` of the list that some edits touch. */
interface Group {
  from: number;
  to: number;
  edits: Edit[];
}

function groupsOf(edits: readonly Edit[], starts: readonly number[], length: number): Group[] {
  const last = starts.length - 1;
  const endOf = (item: number): number => starts[item + 1] ?? length;
  const groups: Group[] = [];
  let item = 0;
  for (const edit of edits) {
    while (item < last && endOf(item) <= edit.start) item++;
    let to = item;
    while (to < last && endOf(to) < edit.end) to++;
    // a line that loses its break goes on in the next
    const losesBreak = edit.end === endOf(to) && edit.end > edit.start && !/[\r\n]$/.test(edit.newText);
    if (losesBreak && to < last && (edit.start > starts[item]! || edit.newText !== '')) to++;
    const before = groups[groups.length - 1];
    if (before && item <= before.to + 1) {
      before.to = Math.max(before.to, to);
      before.edits.push(edit);
    } else groups.push({ from: item, to, edits: [edit] });
  }
  return groups;
}

/** Places in a value → places in the text between its quotes; asked for in ascending order. */
class RawPlaces {
  private unit = 0;
  private at = 0;

  constructor(private readonly raw: string) {}

  of(unit: number): number {
    const { raw } = this;
    while (this.unit < unit && this.at < raw.length) {
      this.at += raw[this.at] !== '\\' ? 1 : raw[this.at + 1] === 'u' ? 6 : 2;
      this.unit++;
    }
    return this.at;
  }
}

/** Written text cut behind each line break; without empty parts. */
function linesOf(raw: string): string[] {
  const lines: string[] = [];
  let from = 0;
  for (const match of raw.matchAll(/\\(?:u([0-9a-fA-F]{4})|.)/g)) {
    if (match[0] !== '\\n' && match[1]?.toLowerCase() !== '000a') continue;
    const end = match.index + match[0].length;
    lines.push(raw.slice(from, end));
    from = end;
  }
  if (from < raw.length) lines.push(raw.slice(from));
  return lines;
}

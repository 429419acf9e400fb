/**
 * The Python cells of a notebook as one program: their texts one after the other, each followed by a line break that belongs to no cell. Every offset
 * in a cell, its end included, is exactly one offset in the whole, and the other way round.
 */
import type { Edit } from '../fixes/rewrite';
import type { Span } from '../syntax/ast';
import { coverMagics } from './magics';

/** What of a notebook is joined. */
export interface JoinableCell {
  /** the caller's name for it, e.g. its number among all cells */
  index: number;
  source: string;
  /** the source with magics covered */
  python: string;
  covered: readonly Span[];
}

export interface JoinedCell extends JoinableCell {
  /** where it begins and ends in the whole */
  start: number;
  end: number;
}

/** Joins cells, those left out that a magic makes something else than Python. */
export function joinCells(cells: readonly { index: number; source: string }[]): JoinedCells {
  return new JoinedCells(
    cells.flatMap(({ index, source }) => {
      const covered = coverMagics(source);
      return covered ? [{ index, source, ...covered }] : [];
    }),
  );
}

export interface CellEdits {
  cell: JoinedCell;
  /** in offsets of the cell's source, sorted and disjoint */
  edits: Edit[];
}

export class JoinedCells {
  readonly text: string;
  readonly cells: readonly JoinedCell[];

  constructor(cells: readonly JoinableCell[]) {
    let at = 0;
    this.cells = cells.map((cell) => {
      const start = at;
      const end = start + cell.python.length;
      at = end + 1;
      return { ...cell, start, end };
    });
    this.text = cells.map(({ python }) => `${python}\n`).join('');
  }

  /** The cell an offset is in; the line break behind a cell counts as its end. Null when there is no cell. */
  cellAt(offset: number): JoinedCell | null {
    let low = 0;
    let high = this.cells.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.cells[middle]!.start <= offset) low = middle;
      else high = middle - 1;
    }
    return this.cells[low] ?? null;
  }

  /** Where an offset is, as the nearest offset in its cell's source. */
  locate(offset: number): { cell: JoinedCell; offset: number } | null {
    const cell = this.cellAt(offset);
    return cell && { cell, offset: Math.min(Math.max(offset, cell.start), cell.end) - cell.start };
  }

  /**
   * Edits of the whole as edits of the cells.
   * @param edits sorted and disjoint
   * @returns null when one would change what is covered, or put a line together from two cells: then none of them can be made
   */
  split(edits: readonly Edit[]): CellEdits[] | null {
    const byCell = new Map<JoinedCell, Edit[]>();
    for (const whole of edits) {
      const parts = this.partsOf(this.withinCells(this.withoutCommon(whole)));
      if (!parts) return null;
      for (const { cell, edit } of parts) {
        const moved = outsideCovered(cell, { ...edit, newText: inLineBreaksOf(cell, edit.newText) });
        if (!moved) return null;
        byCell.set(cell, [...(byCell.get(cell) ?? []), moved]);
      }
    }
    return [...byCell].map(([cell, own]) => ({ cell, edits: own.sort((a, b) => a.start - b.start) }));
  }

  /** What both texts begin and end with is no part of a replacement. */
  private withoutCommon({ start, end, newText }: Edit): Edit {
    const { text } = this;
    let from = 0;
    while (from < newText.length && start + from < end && text[start + from] === newText[from]) from++;
    let behind = 0;
    while (behind < newText.length - from && end - behind > start + from && text[end - behind - 1] === newText[newText.length - behind - 1])
      behind++;
    return { start: start + from, end: end - behind, newText: newText.slice(from, newText.length - behind) };
  }

  /** What concerns the line break behind the last cell concerns the end of that cell. */
  private withinCells(edit: Edit): Edit {
    const end = this.text.length - 1;
    if (edit.end <= end || end < 0) return edit;
    const newText = edit.newText.replace(/\r?\n$/, '');
    return edit.start > end ? { start: end, end, newText: newText && `\n${newText}` } : { start: edit.start, end, newText };
  }

  /** The edit in each cell it touches, in offsets of the cell; null when there is no way to keep the borders. */
  private partsOf({ start, end, newText }: Edit): { cell: JoinedCell; edit: Edit }[] | null {
    const first = this.cellAt(start);
    if (!first) return null;
    if (end <= first.end) return [{ cell: first, edit: { start: start - first.start, end: end - first.start, newText } }];
    const last = this.cellAt(end)!;
    const holder = this.holderOf(start, end, first, last);
    if (!holder) return null;
    const parts: { cell: JoinedCell; edit: Edit }[] = [];
    for (const cell of this.cells) {
      if (cell.end < start || cell.start > end) continue;
      let from = Math.max(start, cell.start);
      let to = Math.min(end, cell.end);
      // the line break between the cells stays: one beside it goes in its place
      if (cell === last && holder === first && to < cell.end) to += lengthOfBreak(this.text, to);
      if (cell === first && holder === last && from > cell.start) from -= this.text.startsWith('\r\n', from - 2) ? 2 : 1;
      const own = cell === holder ? newText : '';
      if (to > from || own !== '') parts.push({ cell, edit: { start: from - cell.start, end: to - cell.start, newText: own } });
    }
    return parts;
  }

  /**
   * The cell that takes the new text of an edit over several cells: the first where whole lines of the last one go, the last where whole lines of
   * the first one go. Null where a line would be put together from both.
   */
  private holderOf(start: number, end: number, first: JoinedCell, last: JoinedCell): JoinedCell | null {
    if (end === last.end || /[\r\n]/.test(this.text[end]!)) return first;
    if (start === first.start || /[\r\n]/.test(this.text[start - 1]!)) return last;
    return null;
  }
}

/** Of the line break at an offset; 0 when there is none. */
function lengthOfBreak(text: string, offset: number): number {
  return /^\r\n|^[\r\n]/.exec(text.slice(offset, offset + 2))?.[0].length ?? 0;
}

/** An edit that leaves magics as they are; what would be put before a cell magic is put behind its line. Null when there is no way. */
function outsideCovered(cell: JoinedCell, edit: Edit): Edit | null {
  const { source } = cell;
  const isInsertion = edit.start === edit.end;
  for (const { start, end } of cell.covered) {
    const isCellMagic = source.startsWith('%%', start) && source.slice(0, start).trim() === '';
    if (isCellMagic && isInsertion && edit.start < end) {
      const length = lengthOfBreak(source, end);
      return { start: end + length, end: end + length, newText: length === 0 ? `\n${edit.newText}` : edit.newText };
    }
    if (isCellMagic && edit.start < start && edit.newText !== '') return null;
    if (edit.end < start || edit.start > end) continue;
    if (edit.start < end && edit.end > start) return null;
    // a magic has its line for itself, but for the statement that stands behind `%time`
    const isBreak = (character: string | undefined): boolean => character === undefined || character === '\n' || character === '\r';
    const isPrefix = !isBreak(source[end]);
    if (edit.end === start && !isBreak(edit.newText.at(-1) ?? source[edit.start - 1])) return null;
    if (edit.start !== end) continue;
    if (isPrefix ? /[\r\n]/.test(edit.newText) : !isBreak(edit.newText[0] ?? source[edit.end])) return null;
  }
  return edit;
}

/** New text with the line breaks of the cell. */
function inLineBreaksOf({ source }: JoinedCell, newText: string): string {
  const lineBreak = /\r\n|\n/.exec(source)?.[0] ?? '\n';
  return newText.replace(/\r\n|\n/g, lineBreak);
}

/** Where a place of the analysed text is for people: in the file, or in a cell of the notebook. */
import type { Span } from '../../server/src/core/syntax/ast';
import type { LineIndex } from '../../server/src/core/syntax/line-index';
import type { Checked } from './analyse';

export interface Place {
  /** file, and cell counted from 1 as lines are: `a.ipynb:cell 3` */
  shown: string;
  /** among all cells, from 0; undefined in a file that is no notebook */
  cell: number | undefined;
  /** what `lines` and `span` count in */
  text: string;
  lines: LineIndex;
  span: Span;
}

export function placeOf(
  { source: { shown }, text, lines, notebook }: Pick<Checked, 'source' | 'text' | 'lines' | 'notebook'>,
  span: Span,
): Place {
  const inCell = notebook?.inCell(span);
  return inCell ? { ...inCell, shown: `${shown}:cell ${inCell.cell + 1}` } : { shown, cell: undefined, text, lines, span };
}

/** A notebook as the command line has it: the JSON text on one side, one program over the Python cells on the other. */
import { applyEdits, type Edit } from '../../server/src/core/fixes/rewrite';
import { joinCells, type JoinedCells } from '../../server/src/core/notebook/joined-cells';
import { isPythonCell, readNotebook, type Notebook } from '../../server/src/core/notebook/notebook';
import { possibleEdits } from '../../server/src/core/notebook/possible-edits';
import { notebookEdits, placeInFile } from '../../server/src/core/notebook/source-edits';
import type { Reference } from '../../server/src/core/semantics/reference';
import type { Module, Span } from '../../server/src/core/syntax/ast';
import { LineIndex } from '../../server/src/core/syntax/line-index';

/** Why a file is no notebook: the id of a message, and the line in the file. */
export interface NotebookFault {
  id: string;
  line: number;
}

export const isNotebookPath = (path: string): boolean => path.endsWith('.ipynb');

/** The JSON text, and what to do to it. */
export interface NotebookChange {
  edits: Edit[];
  text: string;
  /** references that were left as they are, because their fix would change a magic or join two cells */
  stays(reference: Reference): boolean;
}

export class NotebookSource {
  private readonly lines = new Map<number, LineIndex>();
  private fileLines: LineIndex | null = null;

  private constructor(
    private readonly notebook: Notebook,
    readonly joined: JoinedCells,
  ) {}

  /** @param text the file's JSON text */
  static read(text: string): NotebookSource | NotebookFault {
    const notebook = readNotebook(text);
    if ('problem' in notebook)
      return { id: `file.notebook.${notebook.problem}`, line: new LineIndex(text).positionAt(notebook.at).line + 1 };
    // a kernel of another language runs nothing that concerns us
    return new NotebookSource(notebook, joinCells(notebook.isPython ? notebook.cells.filter(isPythonCell) : []));
  }

  /** The JSON text. */
  get text(): string {
    return this.notebook.text;
  }

  /** Where a place in the program is: in which of all cells, and where in its source. */
  inCell(span: Span): { cell: number; text: string; lines: LineIndex; span: Span } | null {
    const at = this.joined.cellAt(span.start);
    if (!at) return null;
    const { index, source, start, end } = at;
    const lines = this.lines.get(index) ?? new LineIndex(source);
    this.lines.set(index, lines);
    return { cell: index, text: source, lines, span: { start: span.start - start, end: Math.min(span.end, end) - start } };
  }

  /** Where it is written in the JSON text. */
  inFile(span: Span): { span: Span; lines: LineIndex } | null {
    const local = this.inCell(span);
    const found = local && placeInFile(this.notebook, local.cell, local.span);
    return found && { span: found, lines: (this.fileLines ??= new LineIndex(this.text)) };
  }

  /**
   * The notebook with the edits somebody wants, as far as they can be made.
   * @param wanted edits of the program, without those of references that are to stay
   */
  change(module: Module, wanted: (stays: (reference: Reference) => boolean) => readonly Edit[]): NotebookChange {
    let last: (reference: Reference) => boolean = () => false;
    const possible = possibleEdits(this.joined, module, (stays) => wanted((last = stays)));
    const byCell = new Map(possible?.cells.map(({ cell, edits }) => [cell.index, edits]));
    const edits = notebookEdits(this.notebook, byCell);
    return { edits, text: applyEdits(this.text, edits), stays: possible ? last : () => true };
  }
}

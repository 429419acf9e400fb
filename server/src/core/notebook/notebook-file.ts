/** A notebook that nobody edits: the JSON text on one side, one program over the Python cells on the other. */
import { applyEdits, type Edit } from '../fixes/rewrite';
import { joinCells, type JoinedCells } from './joined-cells';
import { isPythonCell, readNotebook, type Notebook, type NotebookProblem } from './notebook';
import { possibleEdits } from './possible-edits';
import { notebookEdits, placeInFile } from './source-edits';
import type { Reference } from '../semantics/reference';
import type { Module, Span } from '../syntax/ast';
import { LineIndex } from '../syntax/line-index';

/** Why a text is no notebook: `json`, `shape` or `old` (see `NotebookProblem`), and the line where. */
export interface NotebookFault {
  fault: NotebookProblem['problem'];
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

export class NotebookFile {
  private readonly lines = new Map<number, LineIndex>();
  private fileLines: LineIndex | null = null;

  private constructor(
    private readonly notebook: Notebook,
    readonly joined: JoinedCells,
  ) {}

  /** @param text the file's JSON text */
  static read(text: string): NotebookFile | NotebookFault {
    const notebook = readNotebook(text);
    if ('problem' in notebook) return { fault: notebook.problem, line: new LineIndex(text).positionAt(notebook.at).line + 1 };
    // a kernel of another language runs nothing that concerns us
    return new NotebookFile(notebook, joinCells(notebook.isPython ? notebook.cells.filter(isPythonCell) : []));
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

/** The Python of a file. */
export interface PythonText {
  /** of a notebook, that of its cells together */
  text: string;
  notebook: NotebookFile | null;
}

/** @returns null for a notebook that cannot be read */
export function pythonOf(path: string, text: string): PythonText | null {
  if (!isNotebookPath(path)) return { text, notebook: null };
  const notebook = NotebookFile.read(text.startsWith('\ufeff') ? text.slice(1) : text);
  return 'fault' in notebook ? null : { text: notebook.joined.text, notebook };
}

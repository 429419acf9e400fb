/**
 * Open notebooks. A client sends the cells of each as documents of their own; here they are one text of the project, under the notebook's URI, and what
 * is found in it is told cell by cell.
 */
import {
  NotebookCellKind,
  type DidChangeNotebookDocumentParams,
  type DidOpenNotebookDocumentParams,
  type Location,
  type NotebookDocumentSyncOptions,
  type Range,
  type TextDocumentContentChangeEvent,
  type TextDocumentItem,
} from 'vscode-languageserver';
import { applyEdits, type Edit } from '../core/fixes/rewrite';
import type { CellEdits, JoinedCell, JoinedCells } from '../core/notebook/joined-cells';
import { NotebookDocument, type CellText } from '../core/notebook/notebook-document';
import { possibleEdits } from '../core/notebook/possible-edits';
import type { Module, Span } from '../core/syntax/ast';
import { LineIndex } from '../core/syntax/line-index';
import type { FileState } from './analysis';
import type { DocumentEdits, Places, WantedEdits } from './places';
import type { Project } from './project';

/** Which notebooks and cells a client should send. */
export const NOTEBOOK_SYNC: NotebookDocumentSyncOptions = { notebookSelector: [{ notebook: '*', cells: [{ language: 'python' }] }] };

/** A cell as its document is now. */
interface Cell extends CellText {
  uri: string;
  version: number;
  isPython: boolean;
  lines: LineIndex | null;
}

interface OpenNotebook {
  uri: string;
  cells: Cell[];
  document: NotebookDocument;
}

export class Notebooks {
  private readonly byUri = new Map<string, OpenNotebook>();
  private readonly byCell = new Map<string, OpenNotebook>();
  private readonly views = new WeakMap<FileState, Map<string, FileState | null>>();

  constructor(private readonly project: Project) {}

  /** The notebook of a cell; undefined for anything else. */
  of(cellUri: string): string | undefined {
    return this.byCell.get(cellUri)?.uri;
  }

  /** The cells of a notebook; undefined for anything else. */
  cellsOf(uri: string): string[] | undefined {
    return this.byUri.get(uri)?.cells.map((cell) => cell.uri);
  }

  open({ notebookDocument, cellTextDocuments }: DidOpenNotebookDocumentParams): void {
    const { uri } = notebookDocument;
    const texts = new Map(cellTextDocuments.map((item) => [item.uri, item]));
    const cells = notebookDocument.cells.map(({ document, kind }) => cellOf(document, texts.get(document), kind));
    const notebook: OpenNotebook = { uri, cells, document: new NotebookDocument(this.project.parser) };
    this.byUri.set(uri, notebook);
    this.arrange(notebook);
    this.project.adopt(uri, notebook.document);
  }

  /** The Python of an open notebook as a file of its own; undefined for anything else. */
  asFile(uri: string): string | undefined {
    const notebook = this.byUri.get(uri);
    if (!notebook) return undefined;
    const cells = notebook.cells.filter(({ isPython }) => isPython).map(({ source }) => ({ cell_type: 'code', source }));
    return JSON.stringify({ nbformat: 4, cells });
  }

  /** @returns the cells whose own text is another now */
  change({ notebookDocument: { uri }, change: { cells: changes } }: DidChangeNotebookDocumentParams): string[] {
    const notebook = this.byUri.get(uri);
    if (!notebook || !changes) return [];
    const changed: string[] = [];
    const { structure, textContent } = changes;
    if (structure) {
      const { start, deleteCount, cells = [] } = structure.array;
      const texts = new Map(structure.didOpen?.map((item) => [item.uri, item]));
      const known = new Map(notebook.cells.map((cell) => [cell.uri, cell]));
      // a cell that was only moved is opened nowhere
      const now = cells.map(({ document, kind }) => {
        const text = texts.get(document);
        return (text ? undefined : known.get(document)) ?? cellOf(document, text, kind);
      });
      notebook.cells.splice(start, deleteCount, ...now);
      this.arrange(notebook);
      changed.push(...(structure.didOpen?.map((item) => item.uri) ?? []));
    }
    for (const { document, changes } of textContent ?? []) {
      const cell = notebook.cells.find((candidate) => candidate.uri === document.uri);
      if (!cell) continue;
      for (const one of changes) applyChange(cell, one);
      cell.version = document.version;
      if (cell.isPython) notebook.document.refresh(cell);
      changed.push(cell.uri);
    }
    this.project.touch(uri);
    return changed;
  }

  close(uri: string): void {
    const notebook = this.byUri.get(uri);
    if (!notebook) return;
    for (const cell of notebook.cells) this.byCell.delete(cell.uri);
    this.byUri.delete(uri);
    this.project.close(uri);
  }

  /** What of a notebook's state concerns one cell; null for a cell that is not Python. */
  view(whole: FileState, cellUri: string): FileState | null {
    const views = this.views.get(whole) ?? new Map<string, FileState | null>();
    this.views.set(whole, views);
    const known = views.get(cellUri);
    if (known !== undefined) return known;
    const view = this.makeView(whole, cellUri);
    views.set(cellUri, view);
    return view;
  }

  private makeView(whole: FileState, cellUri: string): FileState | null {
    const notebook = this.byCell.get(cellUri);
    if (!notebook) return null;
    const { joined } = notebook.document;
    const cells = notebook.cells.filter(({ isPython }) => isPython);
    const own = joined.cells.find(({ index }) => cells[index]!.uri === cellUri);
    if (!own) return null;
    const findings = whole.findings.filter(({ span }) => own.start <= span.start && span.start <= own.end);
    return { ...whole, uri: cellUri, places: new CellPlaces(cells, joined, own), findings, program: whole.findings };
  }

  private arrange(notebook: OpenNotebook): void {
    for (const [cell, owner] of this.byCell) if (owner === notebook) this.byCell.delete(cell);
    for (const cell of notebook.cells) this.byCell.set(cell.uri, notebook);
    notebook.document.setCells(notebook.cells.filter(({ isPython }) => isPython));
  }
}

function cellOf(uri: string, item: TextDocumentItem | undefined, kind: NotebookCellKind): Cell {
  const isPython = kind === NotebookCellKind.Code && item?.languageId === 'python';
  return { uri, version: item?.version ?? 0, source: item?.text ?? '', isPython, lines: null };
}

const linesOf = (cell: Cell): LineIndex => (cell.lines ??= new LineIndex(cell.source));

function applyChange(cell: Cell, change: TextDocumentContentChangeEvent): void {
  if ('range' in change) {
    const lines = linesOf(cell);
    const [from, to] = [lines.offsetAt(change.range.start), lines.offsetAt(change.range.end)];
    cell.source = applyEdits(cell.source, [{ start: Math.min(from, to), end: Math.max(from, to), newText: change.text }]);
  } else cell.source = change.text;
  cell.lines = null;
}

/** The places of one cell, and of the others for what reaches there. */
class CellPlaces implements Places {
  readonly scope = 'cell';

  /** The cells' documents as they were when their text was analysed: positions count in these. */
  private readonly documents: { uri: string; version: number; lines: LineIndex }[];

  constructor(
    cells: readonly Cell[],
    private readonly joined: JoinedCells,
    private readonly own: JoinedCell,
  ) {
    this.documents = cells.map((cell) => ({ uri: cell.uri, version: cell.version, lines: linesOf(cell) }));
  }

  range(span: Span): Range {
    return this.rangeIn(this.own, span);
  }

  location(span: Span): Location {
    const cell = this.joined.cellAt(span.start) ?? this.own;
    return { uri: this.documents[cell.index]!.uri, range: this.rangeIn(cell, span) };
  }

  changes(edits: readonly Edit[]): DocumentEdits[] | null {
    return this.inDocuments(this.joined.split(edits));
  }

  possibleChanges(module: Module, wanted: WantedEdits): DocumentEdits[] | null {
    return this.inDocuments(possibleEdits(this.joined, module, wanted)?.cells ?? null);
  }

  private rangeIn(cell: JoinedCell, span: Span): Range {
    const { lines } = this.documents[cell.index]!;
    return { start: lines.positionAt(span.start - cell.start), end: lines.positionAt(span.end - cell.start) };
  }

  private inDocuments(cells: readonly CellEdits[] | null): DocumentEdits[] | null {
    if (!cells) return null;
    return cells.map(({ cell: { index }, edits }) => {
      const { uri, version, lines } = this.documents[index]!;
      const range = ({ start, end }: Span): Range => ({ start: lines.positionAt(start), end: lines.positionAt(end) });
      return { uri, version, edits: edits.map((edit) => ({ range: range(edit), newText: edit.newText })) };
    });
  }
}

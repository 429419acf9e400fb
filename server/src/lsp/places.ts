/** Where the offsets of an analysed text stand for the client: in its one document, or in the cells of a notebook. */
import type { Location, Range, TextEdit } from 'vscode-languageserver';
import type { Edit } from '../core/fixes/rewrite';
import type { Reference } from '../core/semantics/reference';
import type { NotebookFile } from '../core/notebook/notebook-file';
import type { Module, Span } from '../core/syntax/ast';
import type { LineIndex } from '../core/syntax/line-index';
import { rangeOf } from './range';

/** Edits of one version of one document. */
export interface DocumentEdits {
  uri: string;
  version: number;
  edits: TextEdit[];
}

/** Edits somebody wants, without those of references that are to stay as they are. */
export type WantedEdits = (stays: (reference: Reference) => boolean) => readonly Edit[];

export interface Places {
  /** what the state's own document is of the analysed text */
  readonly scope: 'file' | 'cell';
  /** of a span in the state's own document */
  range(span: Span): Range;
  location(span: Span): Location;
  /** null: they cannot be made, because they would change what is not Python, or the border of two documents */
  changes(edits: readonly Edit[]): DocumentEdits[] | null;
  /** as many of them as can be made */
  possibleChanges(module: Module, wanted: WantedEdits): DocumentEdits[] | null;
}

/** One document that is the analysed text. */
export class DocumentPlaces implements Places {
  readonly scope = 'file';

  constructor(
    private readonly uri: string,
    private readonly version: number,
    private readonly lines: LineIndex,
  ) {}

  range(span: Span): Range {
    return rangeOf(this.lines, span);
  }

  location(span: Span): Location {
    return { uri: this.uri, range: this.range(span) };
  }

  changes(edits: readonly Edit[]): DocumentEdits[] {
    const { uri, version } = this;
    return [{ uri, version, edits: edits.map((edit) => ({ range: this.range(edit), newText: edit.newText })) }];
  }

  possibleChanges(_module: Module, wanted: WantedEdits): DocumentEdits[] {
    return this.changes(wanted(() => false));
  }
}

const BEGINNING: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** A notebook that is not open: its cells are no documents, and places are where they are written in its JSON text. */
export class NotebookFilePlaces implements Pick<Places, 'range' | 'location'> {
  constructor(
    private readonly uri: string,
    private readonly notebook: NotebookFile,
  ) {}

  range(span: Span): Range {
    const written = this.notebook.inFile(span);
    return written ? rangeOf(written.lines, written.span) : BEGINNING;
  }

  location(span: Span): Location {
    return { uri: this.uri, range: this.range(span) };
  }
}

/**
 * The cells of a notebook under edit, as one Python text. Each cell is parsed by itself, so that an open bracket in one leaves the others as they
 * are, and again only when it has changed; the trees together are the tree of the whole, their nodes moved to where their cell stands.
 */
import type { Comment, Module, Stmt } from '../syntax/ast';
import { parseModule, PythonDocument } from '../syntax/document';
import { LineIndex } from '../syntax/line-index';
import type { PythonParser } from '../syntax/parser';
import { shift, shiftTree } from '../syntax/shift';
import { JoinedCells } from './joined-cells';
import { coverMagics, type CoveredCell } from './magics';

/** A cell's present text. The same object as long as nothing has changed in it. */
export interface CellText {
  source: string;
}

interface KeptCell extends CoveredCell {
  source: string;
  document: PythonDocument;
  module: Module | null;
  /** how far the nodes of `module` are moved from their places in the cell */
  moved: number;
}

export class NotebookDocument {
  private kept = new Map<CellText, KeptCell | null>();
  private order: CellText[] = [];
  private whole: JoinedCells | null = null;
  private index: LineIndex | null = null;
  private module: Module | null = null;

  constructor(
    private readonly parser: PythonParser,
    /** grows with every change */
    public version = 0,
  ) {}

  /** The joined cells; `index` of each is its place in the list that was last set. */
  get joined(): JoinedCells {
    return (this.whole ??= new JoinedCells(
      this.order.flatMap((cell, index) => {
        const kept = this.kept.get(cell);
        return kept ? [{ index, source: kept.source, python: kept.python, covered: kept.covered }] : [];
      }),
    ));
  }

  get text(): string {
    return this.joined.text;
  }

  get lines(): LineIndex {
    return (this.index ??= new LineIndex(this.text));
  }

  /** The tree of all cells together. To be read before the next change, never kept across one. */
  get ast(): Module {
    return (this.module ??= this.assemble());
  }

  /** The cells as they are now, in their order. */
  setCells(cells: readonly CellText[]): void {
    const before = this.kept;
    this.kept = new Map(cells.map((cell) => [cell, this.current(cell, before.get(cell))]));
    for (const [cell, gone] of before) if (!this.kept.has(cell)) gone?.document.dispose();
    this.order = [...cells];
    this.changed();
  }

  /** The text of one cell is another now. */
  refresh(cell: CellText): void {
    this.kept.set(cell, this.current(cell, this.kept.get(cell)));
    this.changed();
  }

  dispose(): void {
    for (const kept of this.kept.values()) kept?.document.dispose();
    this.module = null;
  }

  private changed(): void {
    this.version++;
    this.whole = this.index = this.module = null;
  }

  private current(cell: CellText, before: KeptCell | null | undefined): KeptCell | null {
    const { source } = cell;
    if (before?.source === source) return before;
    const covered = coverMagics(source);
    if (!covered) {
      before?.document.dispose();
      return null;
    }
    if (!before) return { ...covered, source, document: new PythonDocument(this.parser, covered.python), module: null, moved: 0 };
    if (before.module) move(before.module, -before.moved);
    change(before.document, covered.python);
    return { ...covered, source, document: before.document, module: null, moved: 0 };
  }

  private assemble(): Module {
    const { joined } = this;
    const modules = joined.cells.map(({ index, start }) => {
      const kept = this.kept.get(this.order[index]!)!;
      kept.module ??= kept.document.ast;
      move(kept.module, start - kept.moved);
      kept.moved = start;
      return kept.module;
    });
    return together(modules, joined.text.length);
  }
}

/** The tree of joined cells that nobody edits, each cell parsed by itself. */
export function parseCells(parser: PythonParser, { cells, text }: JoinedCells): Module {
  const modules = cells.map(({ python, start }) => {
    const module = parseModule(parser, python);
    move(module, start);
    return module;
  });
  return together(modules, text.length);
}

/** One tree of those of the cells, whose nodes are in their places in the whole. */
function together(modules: readonly Module[], length: number): Module {
  const body: Stmt[] = [];
  const comments: Comment[] = [];
  for (const module of modules) {
    for (const statement of module.body) body.push(statement);
    for (const comment of module.comments) comments.push(comment);
  }
  const hasError = modules.some((module) => module.hasError);
  const whole: Module = { kind: 'Module', start: 0, end: length, parent: null, body, comments, hasError };
  for (const statement of body) statement.parent = whole;
  return whole;
}

function move(module: Module, by: number): void {
  if (by === 0) return;
  for (const statement of module.body) shiftTree(statement, by);
  for (const comment of module.comments) shift(comment, by);
}

/** Changes a document to another text by the one replacement between what both begin and end with. */
function change(document: PythonDocument, text: string): void {
  const before = document.text;
  const most = Math.min(before.length, text.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === text.charCodeAt(start)) start++;
  let behind = 0;
  while (behind < most - start && before.charCodeAt(before.length - 1 - behind) === text.charCodeAt(text.length - 1 - behind)) behind++;
  // positions do not part a carriage return from its line feed
  if (start > 0 && before[start - 1] === '\r') start--;
  if (behind > 0 && before[before.length - behind] === '\n' && before[before.length - behind - 1] === '\r') behind--;
  const { lines } = document;
  const range = { start: lines.positionAt(start), end: lines.positionAt(before.length - behind) };
  document.applyChanges([{ range, text: text.slice(start, text.length - behind) }], document.version + 1);
}

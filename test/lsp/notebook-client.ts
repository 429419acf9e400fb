/** A notebook as a client holds it: cells with documents of their own. */
import type { CodeAction, Diagnostic, Hover, Range, TextDocumentContentChangeEvent, WorkspaceEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TestClient } from './client';

export class TestNotebook {
  private readonly documents = new Map<string, TextDocument>();
  private made = 0;
  private version = 1;
  cells: string[] = [];

  private constructor(
    private readonly client: TestClient,
    readonly uri: string,
  ) {}

  static async open(client: TestClient, uri: string, ...sources: string[]): Promise<TestNotebook> {
    const notebook = new TestNotebook(client, uri);
    notebook.cells = sources.map((source) => notebook.make(source));
    await client.connection.sendNotification('notebookDocument/didOpen', {
      notebookDocument: {
        uri,
        notebookType: 'jupyter-notebook',
        version: 1,
        cells: notebook.cells.map((document) => ({ kind: 2, document })),
      },
      cellTextDocuments: notebook.cells.map((cell) => notebook.item(cell)),
    });
    return notebook;
  }

  text(cell: number): string {
    return this.document(cell).getText();
  }

  get texts(): string[] {
    return this.cells.map((_, i) => this.text(i));
  }

  async edit(cell: number, ...changes: TextDocumentContentChangeEvent[]): Promise<void> {
    const document = this.document(cell);
    TextDocument.update(document, changes, document.version + 1);
    await this.change({ textContent: [{ document: { uri: document.uri, version: document.version }, changes }] });
  }

  async setText(cell: number, text: string): Promise<void> {
    await this.edit(cell, { text });
  }

  async insert(at: number, source: string): Promise<void> {
    const uri = this.make(source);
    this.cells.splice(at, 0, uri);
    await this.change({
      structure: { array: { start: at, deleteCount: 0, cells: [{ kind: 2, document: uri }] }, didOpen: [this.item(uri)] },
    });
  }

  async remove(at: number): Promise<void> {
    const [uri] = this.cells.splice(at, 1);
    await this.change({ structure: { array: { start: at, deleteCount: 1 }, didClose: [{ uri }] } });
  }

  /** Two neighbours change places, as VS Code says it: one is taken out and put back. */
  async swap(at: number): Promise<void> {
    const [first, second] = [this.cells[at]!, this.cells[at + 1]!];
    this.cells.splice(at, 2, second, first);
    const cells = [second, first].map((document) => ({ kind: 2, document }));
    await this.change({ structure: { array: { start: at, deleteCount: 2, cells } } });
  }

  async close(): Promise<void> {
    await this.client.connection.sendNotification('notebookDocument/didClose', {
      notebookDocument: { uri: this.uri },
      cellTextDocuments: this.cells.map((uri) => ({ uri })),
    });
  }

  async pull(cell: number): Promise<Diagnostic[]> {
    return this.client.pull(this.cells[cell]!);
  }

  /** Underlined texts of every cell. */
  async underlined(): Promise<string[][]> {
    return Promise.all(this.cells.map(async (_, i) => (await this.pull(i)).map(({ range }) => this.document(i).getText(range))));
  }

  rangeOf(cell: number, words: string): Range {
    const document = this.document(cell);
    const at = document.getText().indexOf(words);
    if (at < 0) throw new Error(`${words} is not in cell ${cell}`);
    return { start: document.positionAt(at), end: document.positionAt(at + words.length) };
  }

  async hover(cell: number, words: string): Promise<Hover | null> {
    const params = { textDocument: { uri: this.cells[cell] }, position: this.rangeOf(cell, words).start };
    return this.client.connection.sendRequest('textDocument/hover', params);
  }

  async actions(cell: number, words: string, only?: string[]): Promise<CodeAction[]> {
    return this.client.actions(this.cells[cell]!, this.rangeOf(cell, words), only);
  }

  /** Applies an edit as a careful client does: only to the versions it was made for. */
  async apply({ documentChanges = [] }: WorkspaceEdit): Promise<void> {
    for (const change of documentChanges) {
      if (!('textDocument' in change)) throw new Error('not an edit of a document');
      const document = this.documents.get(change.textDocument.uri)!;
      if (change.textDocument.version !== document.version) throw new Error(`for version ${change.textDocument.version}`);
      const text = TextDocument.applyEdits(document, change.edits as { range: Range; newText: string }[]);
      await this.setText(this.cells.indexOf(document.uri), text);
    }
  }

  private document(cell: number): TextDocument {
    return this.documents.get(this.cells[cell]!)!;
  }

  private make(source: string): string {
    const uri = `vscode-notebook-cell:${this.uri.replace(/^file:\/\//, '')}#C${this.made++}`;
    this.documents.set(uri, TextDocument.create(uri, 'python', 1, source));
    return uri;
  }

  private item(uri: string): unknown {
    const document = this.documents.get(uri)!;
    return { uri, languageId: 'python', version: document.version, text: document.getText() };
  }

  private async change(cells: unknown): Promise<void> {
    await this.client.connection.sendNotification('notebookDocument/didChange', {
      notebookDocument: { uri: this.uri, version: ++this.version },
      change: { cells },
    });
  }
}

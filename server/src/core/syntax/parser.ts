import { Language, Parser, type Tree } from 'web-tree-sitter';
import { kindsOf, type Kinds } from './kinds';

/** Where the two wasm files come from: their bytes, or a URL the runtime may fetch (a web worker). The core itself does no I/O. */
export interface ParserAssets {
  /** web-tree-sitter.wasm */
  runtime: Uint8Array | string;
  /** tree-sitter-python.wasm */
  grammar: Uint8Array | string;
}

let starting: Promise<void> | null = null;

/** The runtime is one per process: the first caller's assets count. */
function startRuntime(runtime: Uint8Array | string): Promise<void> {
  starting ??= Parser.init(typeof runtime === 'string' ? { locateFile: () => runtime } : { wasmBinary: exactBuffer(runtime) }).catch(
    (error: unknown) => {
      starting = null;
      throw error;
    },
  );
  return starting;
}

/** The runtime reads the whole buffer behind a view, so a view into a larger one is copied. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}

/** The Python parser: tree-sitter with the grammar loaded and its symbol tables read. */
export class PythonParser {
  private constructor(
    private readonly parser: Parser,
    readonly kinds: Kinds,
  ) {}

  /** Loads runtime and grammar. Rejects when the bytes are no such wasm or the grammar is not the version lowering knows. */
  static async load(assets: ParserAssets): Promise<PythonParser> {
    await startRuntime(assets.runtime);
    const language = await Language.load(assets.grammar);
    const parser = new Parser();
    parser.setLanguage(language);
    return new PythonParser(parser, kindsOf(language));
  }

  /**
   * Parses any text. With `old`, an edited tree of the text before (`tree.edit` already called), only what changed is parsed again; `old` stays
   * the caller's to delete, as does the result.
   */
  parse(text: string, old: Tree | null = null): Tree {
    const tree = this.parser.parse(text, old);
    if (!tree) throw new Error('The parser was stopped.');
    return tree;
  }

  dispose(): void {
    this.parser.delete();
  }
}

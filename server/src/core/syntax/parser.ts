import { Language, Parser, type Tree } from 'web-tree-sitter';
import { kindsOf, type Kinds } from './kinds';
import { readTree, sameTable, type NodeTable } from './node-table';
import { readTreeMemory, type RuntimeMemory } from './tree-memory';

/** Where the two wasm files come from: their bytes, or a URL the runtime may fetch (a web worker). The core itself does no I/O. */
export interface ParserAssets {
  /** web-tree-sitter.wasm */
  runtime: Uint8Array | string;
  /** tree-sitter-python.wasm */
  grammar: Uint8Array | string;
}

/** The runtime fills this object with its memory when it starts. */
const memory: RuntimeMemory & Record<string, unknown> = {};
let starting: Promise<void> | null = null;

/** The runtime is one per process: the first caller's assets count. */
function startRuntime(runtime: Uint8Array | string): Promise<void> {
  if (typeof runtime === 'string') memory.locateFile = () => runtime;
  else memory.wasmBinary = exactBuffer(runtime);
  starting ??= Parser.init(memory).catch((error: unknown) => {
    starting = null;
    throw error;
  });
  return starting;
}

/** The runtime reads the whole buffer behind a view, so a view into a larger one is copied. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}

/** What the two readers are compared on: hidden and aliased nodes, fields through them, comments, errors, invented and long tokens. */
const PROBE = `\ufeffimport a.b as c # comment
@d(e, *f, k=1, **g)
async def h(i, /, j: int = 1, *k: T, **l) -> list[M]: # comment
    """${'long '.repeat(80)}"""
    with n as o, (p): q = r if s else t[1:, ::2, ...]
    return f'{u!r:>{v}}' 'w' not in x is not lambda *y: (yield)
match z:
    case A.b([1, *c], d={'e': -2}) | None if f: print >>g, h
class B[T: int](C): x: int = (i for j, k in l if m)
def broken(a b:
    x = foo(
`;

/** The Python parser: tree-sitter with the grammar loaded and its symbol tables read. */
export class PythonParser {
  private scratch: NodeTable | null = null;

  private constructor(
    private readonly parser: Parser,
    readonly kinds: Kinds,
    /** True when trees are read from the runtime's memory, false when by cursor because the memory is not laid out as expected. */
    private direct: boolean,
  ) {}

  /** Loads runtime and grammar. Rejects when the bytes are no such wasm or the grammar is not the version lowering knows. */
  static async load(assets: ParserAssets): Promise<PythonParser> {
    await startRuntime(assets.runtime);
    const language = await Language.load(assets.grammar);
    const parser = new Parser();
    parser.setLanguage(language);
    const loaded = new PythonParser(parser, kindsOf(language), false);
    loaded.direct = loaded.memoryIsKnown();
    return loaded;
  }

  /** Whether trees are read straight from memory (fast) rather than by cursor. */
  get readsMemory(): boolean {
    return this.direct;
  }

  /** Parses any text. The tree is the caller's to delete. */
  parse(text: string): Tree {
    const tree = this.parser.parse(text);
    if (!tree) throw new Error('The parser was stopped.');
    return tree;
  }

  /**
   * The nodes of a tree as a table, with offsets that count from where the parsed text begins in the whole. Valid until the next call: its columns are
   * used again.
   */
  read(tree: Tree, base = 0): NodeTable {
    if (!this.direct) return readTree(tree, this.kinds, base);
    return (this.scratch = readTreeMemory(tree, this.kinds, memory, base, this.scratch));
  }

  /** Bytes of memory the runtime has in use, for tests that nothing is left behind. */
  memoryInUse(): number {
    return memory.HEAPU8?.byteLength ?? 0;
  }

  dispose(): void {
    this.parser.delete();
  }

  private memoryIsKnown(): boolean {
    if (!memory.HEAPU8 || !memory.HEAPU16 || !memory.HEAPU32) return false;
    const tree = this.parse(PROBE);
    try {
      return sameTable(readTree(tree, this.kinds), readTreeMemory(tree, this.kinds, memory));
    } catch {
      return false;
    } finally {
      tree.delete();
    }
  }
}

import type { Tree } from 'web-tree-sitter';
import type { Kinds } from './kinds';
import { isIdleToken, NodeTable } from './node-table';

/** The memory of the wasm runtime: the module object it fills at start. The views are replaced when memory grows, so never keep them. */
export interface RuntimeMemory {
  HEAPU8?: Uint8Array;
  HEAPU16?: Uint16Array;
  HEAPU32?: Uint32Array;
}

/** tree-sitter's C structures on wasm32, as byte offsets (lib/src/subtree.h, tree.h, parser.h; the same from 0.25 to 0.27). */
const TREE_ROOT = 0;
const TREE_LANGUAGE = 8;
const LANGUAGE_MAX_ALIASES = 36;
const LANGUAGE_FIELD_SLICES = 64;
const LANGUAGE_FIELD_ENTRIES = 68;
const LANGUAGE_PUBLIC_SYMBOLS = 76;
const LANGUAGE_ALIAS_SEQUENCES = 84;
const SUBTREE_SIZE = 8;
/** heap subtree: padding.bytes, size.bytes, child_count, symbol (u16), flags, visible_child_count, production_id (u16) */
const PADDING = 4;
const SIZE = 16;
const CHILD_COUNT = 36;
const SYMBOL = 40;
const FLAGS = 44;
const VISIBLE_CHILD_COUNT = 48;
const PRODUCTION = 66;
/** symbols from here on are tree-sitter's own (ERROR) and in no table of the language */
const BUILTIN_SYMBOLS = 0xfffe;

/** One open subtree: where its children lie, which comes next, and where that begins. */
interface Level {
  children: number;
  count: number;
  index: number;
  structural: number;
  /** address of the production's aliases, 0 for none */
  aliases: number;
  production: number;
  /** field that children without one of their own inherit: set in hidden subtrees only */
  inherited: number;
  position: number;
  /** row of the nearest visible node */
  row: number;
  visible: boolean;
}

/**
 * The node table straight from the runtime's memory: one pass over its arrays instead of five calls into wasm for each node, which cost more
 * than parsing. The layout is an internal of the pinned version, so `PythonParser` compares this reader with the cursor's at start.
 *
 * `base` is where the parsed text begins in the whole; `scratch` is a table that is used again when it has room.
 */
export function readTreeMemory(tree: Tree, kinds: Kinds, memory: RuntimeMemory, base = 0, scratch: NodeTable | null = null): NodeTable {
  const u8 = memory.HEAPU8!;
  const u16 = memory.HEAPU16!;
  const u32 = memory.HEAPU32!;
  const { kindOf, fieldOf } = kinds;
  const root = tree.rootNode;
  const capacity = root.descendantCount;
  // the same object where there is room: compiled code would be thrown away with every new shape
  const table = scratch && scratch.capacity >= capacity ? scratch : new NodeTable(capacity + (capacity >> 3));
  table.hasError = root.hasError;
  const { symbol, kind, field, start, end, next, up } = table;

  const address = (tree as unknown as { 0: number })[0];
  const language = u32[(address + TREE_LANGUAGE) >>> 2]!;
  const maxAliases = u16[(language + LANGUAGE_MAX_ALIASES) >>> 1]!;
  const slices = u32[(language + LANGUAGE_FIELD_SLICES) >>> 2]! >>> 1;
  const entries = u32[(language + LANGUAGE_FIELD_ENTRIES) >>> 2]!;
  const publicSymbols = u32[(language + LANGUAGE_PUBLIC_SYMBOLS) >>> 2]! >>> 1;
  const aliasSequences = u32[(language + LANGUAGE_ALIAS_SEQUENCES) >>> 2]! >>> 1;

  /** more steps than any tree of this size takes: the memory is not what it is taken for */
  const tooManySteps = capacity * 64 + 4096;
  let steps = 0;
  const stack: Level[] = [];
  let depth = -1;
  let row = 0;

  const open = (pointer: number, position: number, at: number, visible: boolean, inherited: number): void => {
    const count = u32[(pointer + CHILD_COUNT) >>> 2]!;
    const production = u16[(pointer + PRODUCTION) >>> 1]!;
    depth++;
    const level = (stack[depth] ??= {
      children: 0,
      count: 0,
      index: 0,
      structural: 0,
      aliases: 0,
      production: 0,
      inherited: 0,
      position: 0,
      row: 0,
      visible,
    });
    level.children = pointer - count * SUBTREE_SIZE;
    level.count = count;
    level.index = 0;
    level.structural = 0;
    level.aliases = production === 0 ? 0 : aliasSequences + production * maxAliases;
    level.production = production;
    level.inherited = inherited;
    level.position = position;
    level.row = at;
    level.visible = visible;
  };

  /** The field a production gives its structural child, without the ones it only passes on. */
  const fieldFor = (production: number, structural: number): number => {
    const slice = slices + production * 2;
    const first = entries + u16[slice]! * 4;
    const last = first + u16[slice + 1]! * 4;
    for (let entry = first; entry < last; entry += 4) {
      if (u8[entry + 2] === structural && u8[entry + 3] === 0) return u16[entry >>> 1]!;
    }
    return 0;
  };

  const rootPointer = u32[(address + TREE_ROOT) >>> 2]!;
  const rootInline = (rootPointer & 1) === 1;
  const rootSymbol = rootInline ? (rootPointer >>> 8) & 0xff : u16[(rootPointer + SYMBOL) >>> 1]!;
  const rootStart = rootInline ? u8[address + 6]! : u32[(rootPointer + PADDING) >>> 2]!;
  const rootSize = rootInline ? u8[address + 7]! : u32[(rootPointer + SIZE) >>> 2]!;
  symbol[0] = rootSymbol >= BUILTIN_SYMBOLS ? rootSymbol : u16[publicSymbols + rootSymbol]!;
  kind[0] = kindOf[symbol[0]!]!;
  start[0] = (rootStart >>> 1) + base;
  end[0] = ((rootStart + rootSize) >>> 1) + base;
  up[0] = -1;
  row = 1;
  if (!rootInline && u32[(rootPointer + CHILD_COUNT) >>> 2]! > 0) open(rootPointer, rootStart, 0, true, 0);

  while (depth >= 0) {
    const level = stack[depth]!;
    if (++steps > tooManySteps || row > capacity) throw new Error('The parser keeps its trees in an unknown form.');
    if (level.index === level.count) {
      if (level.visible) next[level.row] = row;
      depth--;
      continue;
    }
    const child = level.children + level.index * SUBTREE_SIZE;
    const pointer = u32[child >>> 2]!;
    const inline = (pointer & 1) === 1;
    let flags: number; // visible 1, named 2, extra 4
    let padding: number;
    let size: number;
    let own: number;
    let count = 0;
    if (inline) {
      flags = pointer >>> 1;
      own = (pointer >>> 8) & 0xff;
      padding = u8[child + 6]!;
      size = u8[child + 7]!;
    } else {
      flags = u8[pointer + FLAGS]!;
      own = u16[(pointer + SYMBOL) >>> 1]!;
      padding = u32[(pointer + PADDING) >>> 2]!;
      size = u32[(pointer + SIZE) >>> 2]!;
      count = u32[(pointer + CHILD_COUNT) >>> 2]!;
    }
    // the first child shares its parent's padding, which the parent's position already lies behind
    const position = level.index === 0 ? level.position : level.position + padding;
    level.position = position + size;
    level.index++;
    let visible = (flags & 1) === 1;
    let given = 0;
    if ((flags & 4) === 0) {
      const structural = level.structural++;
      if (level.aliases !== 0) {
        const alias = u16[level.aliases + structural]!;
        if (alias !== 0) {
          own = alias;
          visible = true;
        }
      }
      if (visible || count > 0) given = fieldFor(level.production, structural) || level.inherited;
    }
    if (visible) {
      const type = own >= BUILTIN_SYMBOLS ? own : u16[publicSymbols + own]!;
      const ownKind = kindOf[type]!;
      const ownField = fieldOf[given]!;
      if (count > 0 && u32[(pointer + VISIBLE_CHILD_COUNT) >>> 2]! === 0) count = 0;
      if (count === 0 && isIdleToken(ownKind, ownField, kind[level.row]!)) continue;
      const at = row++;
      symbol[at] = type;
      kind[at] = ownKind;
      field[at] = ownField;
      start[at] = (position >>> 1) + base;
      end[at] = ((position + size) >>> 1) + base;
      up[at] = level.row;
      if (count > 0) open(pointer, position, at, true, 0);
      else next[at] = row;
    } else if (count > 0 && u32[(pointer + VISIBLE_CHILD_COUNT) >>> 2]! > 0) open(pointer, position, level.row, false, given);
  }
  next[0] = row;
  table.count = row;
  return table;
}

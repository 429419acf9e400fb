import type { Tree } from 'web-tree-sitter';
import type { Kinds } from './kinds';

/**
 * A syntax tree as columns of numbers, one row a node in source order (a parent before its children): row 0 is the root, `next[i]` the first
 * row after the subtree of `i`, so the children of `i` are `i + 1`, `next[i + 1]`, … below `next[i]`. Offsets are UTF-16 code units.
 */
export interface NodeTable {
  count: number;
  /** the grammar's symbol, for token names */
  symbol: Uint16Array;
  kind: Uint8Array;
  field: Uint8Array;
  start: Int32Array;
  end: Int32Array;
  next: Int32Array;
  up: Int32Array;
  hasError: boolean;
}

/** An empty table with room for `capacity` rows. */
export function makeTable(capacity: number, hasError: boolean): NodeTable {
  return {
    count: capacity,
    symbol: new Uint16Array(capacity),
    kind: new Uint8Array(capacity),
    field: new Uint8Array(capacity),
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    next: new Int32Array(capacity),
    up: new Int32Array(capacity),
    hasError,
  };
}

/** Visits every node once with one cursor, without recursion. `base` is where the parsed text begins in the whole. */
export function readTree(tree: Tree, kinds: Kinds, base = 0): NodeTable {
  const root = tree.rootNode;
  const table = makeTable(root.descendantCount, root.hasError);
  const { symbol, kind, field, start, end, next, up } = table;
  const { kindOf, fieldOf } = kinds;
  const cursor = tree.walk();
  let row = 0;
  let parent = -1;
  try {
    for (;;) {
      const type = cursor.nodeTypeId;
      const current = row++;
      symbol[current] = type;
      kind[current] = kindOf[type]!;
      field[current] = fieldOf[cursor.currentFieldId]!;
      start[current] = cursor.startIndex + base;
      end[current] = cursor.endIndex + base;
      up[current] = parent;
      if (cursor.gotoFirstChild()) {
        parent = current;
        continue;
      }
      next[current] = row;
      while (parent >= 0 && !cursor.gotoNextSibling()) {
        cursor.gotoParent();
        next[parent] = row;
        parent = up[parent]!;
      }
      if (parent < 0) break;
    }
  } finally {
    cursor.delete();
  }
  table.count = row;
  return table;
}

/** Whether two tables say the same of a tree. */
export function sameTable(a: NodeTable, b: NodeTable): boolean {
  if (a.count !== b.count || a.hasError !== b.hasError) return false;
  for (let row = 0; row < a.count; row++) {
    if (a.symbol[row] !== b.symbol[row] || a.field[row] !== b.field[row] || a.next[row] !== b.next[row] || a.up[row] !== b.up[row])
      return false;
    if (a.start[row] !== b.start[row] || a.end[row] !== b.end[row]) return false;
  }
  return true;
}

import type { Tree } from 'web-tree-sitter';
import { F, K, type Kinds } from './kinds';

/**
 * A syntax tree as columns of numbers, one row a node in source order (a parent before its children): row 0 is the root, `next[i]` the first
 * row after the subtree of `i`, so the children of `i` are `i + 1`, `next[i + 1]`, … below `next[i]`. Tokens that lowering never asks for (most
 * brackets, commas, keywords: nearly half of all nodes) have no row. Offsets are UTF-16 code units.
 */
export class NodeTable {
  count = 0;
  hasError = false;
  /** the grammar's symbol, for token names */
  readonly symbol: Uint16Array;
  readonly kind: Uint8Array;
  readonly field: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly next: Int32Array;
  readonly up: Int32Array;

  /** An empty table with room for `capacity` rows. */
  constructor(readonly capacity: number) {
    this.symbol = new Uint16Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.field = new Uint8Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
    this.next = new Int32Array(capacity);
    this.up = new Int32Array(capacity);
  }
}

/** Whether lowering never asks for a node without children. `parent` is the kind of the visible node around it. */
export function isIdleToken(kind: K, field: F, parent: K): boolean {
  if (field !== F.None) return false;
  switch (kind) {
    case K.Other:
    case K.LineContinuation:
    case K.StringContent:
      return true;
    case K.CommaToken:
      return parent !== K.TuplePattern && parent !== K.ExpressionStatement && parent !== K.ExceptClause && parent !== K.MatchStatement;
    case K.ColonToken:
      return parent !== K.Slice;
    case K.OpenBracketToken:
      return parent !== K.Subscript;
    default:
      return false;
  }
}

/** Visits every node once with one cursor, without recursion. `base` is where the parsed text begins in the whole. */
export function readTree(tree: Tree, kinds: Kinds, base = 0): NodeTable {
  const root = tree.rootNode;
  const table = new NodeTable(root.descendantCount);
  table.hasError = root.hasError;
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
      if (parent >= 0 && isIdleToken(kind[current]!, field[current]!, kind[parent]!)) row--;
      else next[current] = row;
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

import type { ErrorExpr, ErrorStmt, Expr, Node, Span, Stmt } from './ast';
import { K, type Kinds } from './kinds';
import type { NodeTable } from './node-table';

/** What a row was lowered to. `Part` is an intermediate only its parent reads (an argument list, a parameter, …). */
export const enum Made {
  Nothing,
  Expr,
  Stmt,
  Part,
}

/** Nodes under construction: spans and some parts are settled by a later row. */
export type Mutable<T> = { -readonly [P in keyof T]: T[P] };

/** Lowering builds nodes bottom-up, when the parent does not exist yet; this is the one place that sets it. */
export function adopt(children: readonly (Node | null)[], parent: Node): void {
  for (const child of children) if (child) child.parent = parent;
}

/**
 * The state of one lowering: the node table and what its rows became. Rows are lowered from last to first, so the children of a row are ready
 * before it, whatever the depth, without recursion.
 */
export class Lowering {
  readonly built: unknown[];
  /** What a list is gathered in before it is copied to its own length: arrays that grow by pushing are four times as large as most lists here. */
  private readonly gathered: unknown[] = [];
  readonly made: Uint8Array;
  /** Rows with broken text somewhere below that no node inside has taken up yet. */
  readonly broken: Uint8Array;
  /** Rows that a node with loose parts (an ErrorExpr, an f-string, a pattern) has taken up from wherever they stood below it. */
  readonly taken: Uint8Array;

  constructor(
    readonly text: string,
    readonly table: NodeTable,
    readonly kinds: Kinds,
  ) {
    this.built = new Array<unknown>(table.count);
    this.made = new Uint8Array(table.count);
    this.broken = new Uint8Array(table.count);
    this.taken = new Uint8Array(table.count);
  }

  slice(row: number): string {
    return this.text.slice(this.table.start[row], this.table.end[row]);
  }

  span(row: number): Span {
    return { start: this.table.start[row]!, end: this.table.end[row]! };
  }

  /** Name of a token (`not in`, `+=`) by its symbol: layout inside the token does not matter. */
  tokenName(row: number): string {
    return this.kinds.nameOf[this.table.symbol[row]!] ?? this.slice(row);
  }

  /** The row of the child in `field`, or -1. */
  childIn(row: number, field: number): number {
    const { next, field: fields } = this.table;
    const stop = next[row]!;
    for (let child = row + 1; child < stop; child = next[child]!) if (fields[child] === field) return child;
    return -1;
  }

  /** The row of the first child of a kind, or -1. */
  childOf(row: number, kind: K): number {
    const { next, kind: kindOf } = this.table;
    const stop = next[row]!;
    for (let child = row + 1; child < stop; child = next[child]!) if (kindOf[child] === kind) return child;
    return -1;
  }

  /** The expression a row stands for; broken or unexpected rows give an ErrorExpr of what is healthy in them. */
  expr(row: number): Expr {
    if (row >= 0 && this.made[row] === Made.Expr) return this.built[row] as Expr;
    return this.errorExpr(row);
  }

  exprOrNull(row: number): Expr | null {
    return row < 0 ? null : this.expr(row);
  }

  /** The expressions among the children of a row, in order. */
  childExprs(row: number): Expr[] {
    const { next } = this.table;
    const stop = next[row]!;
    let count = 0;
    for (let child = row + 1; child < stop; child = next[child]!)
      if (this.made[child] === Made.Expr) this.gather(count++, this.built[child]);
    return this.gatheredList(count);
  }

  /** Puts down the next item of a list; nothing else may be gathered until `gatheredList` is asked for it. */
  gather(index: number, item: unknown): void {
    this.gathered[index] = item;
  }

  /** The first `count` gathered items as a list of its own. */
  gatheredList<T>(count: number): T[] {
    return count === 0 ? [] : (this.gathered.slice(0, count) as T[]);
  }

  firstExpr(row: number): Expr | null {
    const { next } = this.table;
    const stop = next[row]!;
    for (let child = row + 1; child < stop; child = next[child]!) if (this.made[child] === Made.Expr) return this.built[child] as Expr;
    return null;
  }

  /** Like `firstExpr`, for places the grammar fills: an empty ErrorExpr at the row's end when the parser had to invent the child. */
  requiredExpr(row: number): Expr {
    return this.firstExpr(row) ?? this.emptyExpr(this.table.end[row]!);
  }

  /** The expression in `field`, or an empty ErrorExpr where the parser had to invent it. */
  exprIn(row: number, field: number): Expr {
    const child = this.childIn(row, field);
    return child < 0 ? this.emptyExpr(this.table.end[row]!) : this.expr(child);
  }

  emptyExpr(at: number): ErrorExpr {
    return { kind: 'ErrorExpr', start: at, end: at, parent: null, parts: [] };
  }

  errorExpr(row: number): ErrorExpr {
    const parts = this.looseExprs(row);
    const node: ErrorExpr = { kind: 'ErrorExpr', start: this.table.start[row]!, end: this.table.end[row]!, parent: null, parts };
    adopt(parts, node);
    return node;
  }

  /** The outermost expressions below a row, however deep, in order; they count as taken. */
  looseExprs(row: number): Expr[] {
    const found: Expr[] = [];
    const { next } = this.table;
    const stop = next[row]!;
    for (let at = row + 1; at < stop;) {
      if (this.made[at] === Made.Expr) {
        found.push(this.take(at));
        at = next[at]!;
      } else at++;
    }
    return found;
  }

  take(row: number): Expr {
    this.taken[row] = 1;
    return this.built[row] as Expr;
  }

  /** A sequence of expressions as one value: itself when alone without a comma, else a tuple without parentheses. */
  tupleOf(items: Expr[], start: number, end: number): Expr {
    const node: Expr = { kind: 'Tuple', start, end, parent: null, items, parenthesised: false };
    adopt(items, node);
    return node;
  }

  /** The healthy statements and expressions in ERROR nodes below `row` that no node inside has taken up, in source order. */
  brokenPieces(row: number): Stmt[] {
    const { next, kind } = this.table;
    const pieces: Stmt[] = [];
    let errorEnd = 0;
    const stop = next[row]!;
    for (let at = row + 1; at < stop;) {
      const made = this.made[at]!;
      if (made === Made.Expr || made === Made.Stmt) {
        if (at < errorEnd && this.taken[at] === 0)
          pieces.push(made === Made.Expr ? this.statementOf(this.built[at] as Expr) : (this.built[at] as Stmt));
        at = next[at]!;
      } else {
        if (kind[at] === K.Error) errorEnd = Math.max(errorEnd, next[at]!);
        at++;
      }
    }
    return pieces;
  }

  /** The same as expressions only, for broken text inside an expression. */
  brokenExprs(row: number): Expr[] {
    const { next, kind } = this.table;
    const pieces: Expr[] = [];
    let errorEnd = 0;
    const stop = next[row]!;
    for (let at = row + 1; at < stop;) {
      if (this.made[at] === Made.Expr) {
        if (at < errorEnd && this.taken[at] === 0) pieces.push(this.built[at] as Expr);
        at = next[at]!;
      } else {
        if (kind[at] === K.Error) errorEnd = Math.max(errorEnd, next[at]!);
        at++;
      }
    }
    return pieces;
  }

  statementOf(value: Expr): Stmt {
    const statement: Stmt = { kind: 'ExprStmt', start: value.start, end: value.end, parent: null, value };
    value.parent = statement;
    return statement;
  }

  errorStmt(body: Stmt[], start: number, end: number): ErrorStmt {
    const node: ErrorStmt = { kind: 'ErrorStmt', start, end, parent: null, body };
    adopt(body, node);
    return node;
  }

  /** The statements of a block (or of the module): broken stretches between them become ErrorStmts. */
  statements(row: number): Stmt[] {
    if (row < 0) return [];
    const { next, kind, start, end } = this.table;
    const stop = next[row]!;
    let count = 0;
    for (let child = row + 1; child < stop; child = next[child]!) {
      const made = this.made[child]!;
      if (made === Made.Stmt) this.gather(count++, this.built[child]);
      else if (made === Made.Expr) this.gather(count++, this.errorStmt([this.statementOf(this.take(child))], start[child]!, end[child]!));
      else if (kind[child] === K.Error || this.broken[child] === 1 || kind[row] === K.Error) {
        const pieces = this.looseRows(child);
        if (pieces.length > 0) this.gather(count++, this.errorStmt(pieces, start[child]!, end[child]!));
      }
    }
    return this.gatheredList(count);
  }

  /** Everything healthy below a row that stands where no node can be; it counts as taken. */
  private looseRows(row: number): Stmt[] {
    const { next } = this.table;
    const pieces: Stmt[] = [];
    const stop = next[row]!;
    for (let at = row + 1; at < stop;) {
      const made = this.made[at]!;
      if (made === Made.Expr || made === Made.Stmt) {
        pieces.push(made === Made.Expr ? this.statementOf(this.take(at)) : (this.built[at] as Stmt));
        this.taken[at] = 1;
        at = next[at]!;
      } else at++;
    }
    return pieces;
  }
}

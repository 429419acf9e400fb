/**
 * Renders nested rewrites to segments: literal text, or stretches copied from the file. Where a segment comes from is kept, so that alignment needs
 * no search for what was carried over.
 */
import { precedenceOf, PRECEDENCE, tokenize } from '../catalog/tokens';
import type { ImportNeed } from '../catalog/import-need';
import type { Comment, Expr, Module, Node, Stmt } from '../syntax/ast';
import { isStatement } from '../syntax/statements';
import { indentationAt, isBracketed, lineBreakOf, lineEnd, lineStart, startsLine } from './place';
import type { Piece } from './rewrite';

/** Text of the new file. `from`: where it was copied from; null: new. `need`: the text is an import's local name. */
export interface Segment {
  text: string;
  from: number | null;
  need: ImportNeed | null;
}

/** A stretch of the file that pieces replace. */
export interface Region {
  start: number;
  end: number;
  node: Node;
  pieces: readonly Piece[];
}

/** Gives an import its local name. */
export type NameOf = (need: ImportNeed) => string;

const OPERANDS: ReadonlySet<Node['kind']> = new Set<Node['kind']>([
  'Attribute', 'Call', 'Subscript', 'BinOp', 'UnaryOp', 'BoolOp', 'Compare', 'IfExp', 'Await', 'Starred', 'Comprehension', 'NamedExpr',
]); // prettier-ignore

export class Renderer {
  private readonly regions: readonly Region[];
  private readonly active = new Set<Region>();
  private readonly lineBreak: string;

  /** @param nameOf local names of imports; the preferred ones where they do not matter yet */
  constructor(
    private readonly text: string,
    private readonly module: Module,
    regions: readonly Region[],
    private readonly nameOf: NameOf,
  ) {
    // outer before inner; an insertion before what starts there; else in the order given
    this.regions = [...regions].sort((a, b) => a.start - b.start || Number(a.end !== a.start) - Number(b.end !== b.start) || b.end - a.end);
    this.lineBreak = lineBreakOf(text);
  }

  /** Regions that lie in no other one, in order. Regions that overlap without nesting are dropped. */
  outermost(): Region[] {
    return this.within(0, this.text.length, true);
  }

  /** What stands in place of a region, parenthesised where its surroundings ask for it. */
  region(region: Region): Segment[] {
    this.active.add(region);
    const segments = merge(this.pieces(region));
    this.active.delete(region);
    const { node } = region;
    if (isStatement(node) || region.start !== node.start || region.end !== node.end || segments.length === 0) return segments;
    return this.fits(node, segments) ? segments : [literal('('), ...segments, literal(')')];
  }

  /** Whether the new text can stand where the old expression stood. */
  private fits(node: Node, segments: readonly Segment[]): boolean {
    const parent = node.parent;
    if (!parent || node.kind === 'Argument' || !OPERANDS.has(parent.kind)) return true;
    const strength = precedenceOf(textOf(segments));
    const before = precedenceOf(this.text.slice(node.start, node.end));
    if (strength >= Math.min(before, PRECEDENCE.atom)) return true;
    const open = this.text.slice(0, node.start).trimEnd();
    const isGrouped = open.endsWith('(') && this.text.slice(node.end).trimStart().startsWith(')');
    return isGrouped || (parent.kind === 'Subscript' && parent.value !== node);
  }

  private within(start: number, end: number, insertionsAtStart: boolean): Region[] {
    const found: Region[] = [];
    let last = start;
    for (let i = this.firstAt(start); i < this.regions.length; i++) {
      const region = this.regions[i]!;
      if (region.start > end) break;
      const inserts = region.start === region.end;
      if (region.end > end || this.active.has(region) || region.start < last) continue;
      if (inserts && region.start === start && (!insertionsAtStart || [...this.active].some((outer) => outer.start === start))) continue;
      if (inserts && region.start === end && end < this.text.length) continue;
      found.push(region);
      last = region.end;
    }
    return found;
  }

  private firstAt(offset: number): number {
    let low = 0;
    let high = this.regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.regions[middle]!.start < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A stretch of the file with the rewrites inside it. */
  private range(start: number, end: number, insertionsAtStart: boolean): Segment[] {
    const segments: Segment[] = [];
    let at = start;
    for (const region of this.within(start, end, insertionsAtStart)) {
      if (region.start > at) segments.push(this.copied(at, region.start));
      segments.push(...this.region(region));
      at = region.end;
    }
    if (end > at) segments.push(this.copied(at, end));
    return segments;
  }

  private copied(start: number, end: number): Segment {
    return { text: this.text.slice(start, end), from: start, need: null };
  }

  private pieces(region: Region): Segment[] {
    const out: Segment[] = [];
    const statement = isStatement(region.node) || region.node.kind === 'Decorator';
    const indentation = statement ? indentationAt(this.text, region.node.start) : null;
    // a line break is indented only once it is known what follows: blank lines stay blank
    let pending = false;
    const flush = () => {
      if (pending && indentation) out.push(literal(indentation));
      pending = false;
    };
    for (const piece of region.pieces) {
      if (typeof piece === 'string') {
        if (indentation === null) {
          if (piece !== '') out.push(literal(piece));
          continue;
        }
        for (const part of piece.split(/(\n)/)) {
          if (part === '') continue;
          if (part === '\n') {
            out.push(literal(this.lineBreak));
            pending = true;
          } else {
            flush();
            out.push(literal(part));
          }
        }
        continue;
      }
      flush();
      if ('import' in piece) out.push({ text: this.nameOf(piece.import), from: null, need: piece.import });
      else if ('block' in piece)
        out.push(...(piece.moved ? this.moved(piece.block, region, textOf(out)) : this.block(piece.block, region, textOf(out))));
      else out.push(...this.hole(piece.hole, piece.precedence ?? PRECEDENCE.lambda, region, textOf(out)));
    }
    flush();
    return out;
  }

  private hole(hole: Expr, precedence: number, region: Region, before: string): Segment[] {
    const segments = merge(this.range(hole.start, hole.end, false));
    const text = textOf(segments);
    const loose = precedence > PRECEDENCE.bare && precedenceOf(text) < precedence;
    if (!loose && !this.breaksLine(text, before, region)) return segments;
    return [literal('('), ...segments, literal(')')];
  }

  /** A line break outside brackets would end the statement. */
  private breaksLine(text: string, before: string, region: Region): boolean {
    if (!/[\n\r]/.test(text) || !tokenize(text).some((token) => token.type === 'newline')) return false;
    const inside = tokenize(before).reduce(
      (depth, token) => (token.type !== 'op' ? depth : depth + ('([{'.includes(token.text) ? 1 : ')]}'.includes(token.text) ? -1 : 0)),
      0,
    );
    if (inside > 0) return false;
    if (isStatement(region.node)) return true;
    if (isBracketed(this.text, region.node)) return false;
    return ![...this.active].some((outer) => outer !== region && !isStatement(outer.node) && isBracketed(this.text, outer.node));
  }

  private moved(statements: readonly Stmt[], region: Region, before: string): Segment[] {
    const own = this.regions.filter((other) => isStatement(other.node) && statements.includes(other.node) && !this.active.has(other));
    for (const other of own) this.active.add(other);
    const segments = this.block(statements, region, before);
    for (const other of own) this.active.delete(other);
    return segments;
  }

  private block(statements: readonly Stmt[], region: Region, before: string): Segment[] {
    const first = statements[0];
    if (!first) return [];
    const last = statements[statements.length - 1]!;
    const comment = this.trailingComment(last.end);
    const end = comment && comment.end <= region.end ? comment.end : last.end;
    const segments = this.range(first.start, end, true);
    const oldIndentation = startsLine(this.text, first.start) ? indentationAt(this.text, first.start) : '';
    return merge(reindent(segments, oldIndentation, this.columnAfter(before, region)));
  }

  private trailingComment(offset: number): Comment | undefined {
    const end = lineEnd(this.text, offset);
    return this.module.comments.find((comment) => comment.start >= offset && comment.start < end);
  }

  /** The blank space that brings a line to where the output stands. */
  private columnAfter(before: string, region: Region): string {
    const lines = before.split(/\r\n|\r|\n/);
    const line = lines.length > 1 ? lines[lines.length - 1]! : this.text.slice(lineStart(this.text, region.start), region.start) + before;
    return line.trim() === '' ? line : ' '.repeat(line.length);
  }
}

function literal(text: string): Segment {
  return { text, from: null, need: null };
}

export function textOf(segments: readonly Segment[]): string {
  let text = '';
  for (const segment of segments) text += segment.text;
  return text;
}

/** Joins neighbours that are one stretch. */
export function merge(segments: readonly Segment[]): Segment[] {
  const out: Segment[] = [];
  for (const segment of segments) {
    const last = out[out.length - 1];
    const joins =
      last && !last.need && !segment.need && (last.from === null ? segment.from === null : segment.from === last.from + last.text.length);
    if (joins) out[out.length - 1] = { text: last.text + segment.text, from: last.from, need: null };
    else if (segment.text !== '') out.push(segment);
  }
  return out;
}

/** Exchanges the indentation of every line but the first; lines inside strings and blank lines stay. */
function reindent(segments: readonly Segment[], from: string, to: string): readonly Segment[] {
  if (from === to) return segments;
  const text = textOf(segments);
  const strings = tokenize(text).filter((token) => token.type === 'string' && /[\n\r]/.test(token.text));
  const starts: number[] = [];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) {
    const at = match.index + match[0].length;
    const blank = lineEnd(text, at) === at;
    if (!blank && text.startsWith(from, at) && !strings.some((token) => token.start < at && at < token.end)) starts.push(at);
  }
  const out: Segment[] = [];
  let offset = 0;
  let next = 0;
  let done = 0;
  for (const segment of segments) {
    const origin = offset;
    const end = origin + segment.text.length;
    const keep = (start: number, stop: number) => {
      const from = segment.from === null ? null : segment.from + start - origin;
      if (stop > start) out.push({ ...segment, text: segment.text.slice(start - origin, stop - origin), from });
    };
    for (; next < starts.length && starts[next]! < end; next++) {
      keep(Math.max(origin, done), starts[next]!);
      out.push(literal(to));
      done = starts[next]! + from.length;
    }
    keep(Math.max(origin, done), end);
    offset = end;
  }
  return out;
}

/** Fills a template's holes with the arguments of one call. */
import type { Argument, Expr } from '../syntax/ast';
import type { Binding, Bound, Obstacle } from './bind';
import { isDefault } from './bind';
import type { ImportNeed } from './import-need';
import { fold, invert, negate } from './literal';
import type { ValueType } from './record';
import type { Hole, Template, TemplateArgument, TemplateNode } from './template';
import { BINARY, PRECEDENCE, precedenceOf } from './tokens';

/** The subset of a rewrite's pieces that templates make. */
export type FilledPiece = string | { hole: Expr; precedence: number } | { import: ImportNeed };

export interface Filled {
  pieces: FilledPiece[];
  /** binding strength of the whole */
  precedence: number;
}

export interface Filling {
  /** text of the file the call stands in */
  source: string;
  /** null for values, properties and attributes */
  binding: Binding | null;
  self: Expr | null;
  typeOf(value: Expr): ValueType;
}

/** The assigned part and the expression of a template with its holes filled; an obstacle when an argument would be evaluated twice. */
export function fillTemplate(template: Template, filling: Filling): { assigns: Filled | null; value: Filled } | Obstacle {
  const filler = new Filler(filling);
  const assigns = template.assigns ? filler.fill(template.assigns, PRECEDENCE.bare) : null;
  const value = filler.fill(template.root, PRECEDENCE.bare);
  const twice = filler.evaluatedTwice();
  return twice ? { id: 'evaluated-twice', args: { name: twice } } : { assigns, value };
}

const ATOM = PRECEDENCE.atom;

class Filler {
  private readonly used = new Map<string, number>();

  constructor(private readonly filling: Filling) {}

  evaluatedTwice(): string | null {
    for (const [name, count] of this.used) {
      if (count < 2) continue;
      const bound = this.bound(name);
      const values = !bound ? [] : bound.form === 'value' ? [bound.value] : bound.items.map((item) => item.value);
      if (!values.every(isRepeatable)) return name;
    }
    return null;
  }

  /** Fills a node; parenthesised when it binds more loosely than `least`. */
  fill(node: TemplateNode, least: number): Filled {
    const filled = this.unwrapped(node, least);
    if (filled.precedence >= least) return filled;
    return { pieces: ['(', ...filled.pieces, ')'], precedence: ATOM };
  }

  private unwrapped(node: TemplateNode, least: number): Filled {
    switch (node.kind) {
      case 'hole':
        return this.hole(node, least);
      case 'text':
        return { pieces: [node.text], precedence: node.precedence };
      case 'import':
        return { pieces: [{ import: node.need }], precedence: ATOM };
      case 'attribute':
        return { pieces: [...this.fill(node.of, ATOM).pieces, `.${node.name}`], precedence: ATOM };
      case 'call':
        return { pieces: [...this.fill(node.func, ATOM).pieces, '(', ...this.arguments(node.args), ')'], precedence: ATOM };
      case 'subscript':
        return { pieces: [...this.fill(node.of, ATOM).pieces, '[', ...this.list(node.index), ']'], precedence: ATOM };
      case 'slice':
        return {
          pieces: node.parts.flatMap((part, i) => [...(i ? [':'] : []), ...(part ? this.fill(part, PRECEDENCE.conditional).pieces : [])]),
          precedence: ATOM,
        };
      case 'sequence': {
        const items = this.list(node.items);
        const single = node.open === '(' && node.items.length === 1;
        return {
          pieces: [node.open, ...items, single ? ',' : '', node.open === '(' ? ')' : ']'].filter((piece) => piece !== ''),
          precedence: ATOM,
        };
      }
      case 'unary':
        return this.unary(node.op, node.of);
      case 'binary':
        return this.binary(node.op, node.left, node.right);
      case 'conditional': {
        const body = this.fill(node.body, PRECEDENCE.or);
        const test = this.fill(node.test, PRECEDENCE.or);
        const orelse = this.fill(node.orelse, PRECEDENCE.conditional);
        return { pieces: [...body.pieces, ' if ', ...test.pieces, ' else ', ...orelse.pieces], precedence: PRECEDENCE.conditional };
      }
      case 'lambda':
        return { pieces: [`lambda ${node.params}: `, ...this.fill(node.body, PRECEDENCE.lambda).pieces], precedence: PRECEDENCE.lambda };
    }
  }

  private unary(op: string, of: TemplateNode): Filled {
    const literal = this.literal(of);
    const folded = literal === null ? null : op === 'not' ? invert(literal) : op === '-' ? negate(literal) : null;
    if (folded !== null) return literalText(folded);
    const strength = op === 'not' ? PRECEDENCE.not : PRECEDENCE.unary;
    return { pieces: [op === 'not' ? 'not ' : op, ...this.fill(of, strength).pieces], precedence: strength };
  }

  private binary(op: string, left: TemplateNode, right: TemplateNode): Filled {
    const [a, b] = [this.literal(left), this.literal(right)];
    const folded = a === null || b === null ? null : fold(a, op, b);
    if (folded !== null) return literalText(folded);
    const strength = BINARY[op] ?? PRECEDENCE.compare;
    const power = op === '**';
    const leftSide = this.fill(left, power || strength === PRECEDENCE.compare ? strength + 1 : strength);
    const rightSide = this.fill(right, power ? PRECEDENCE.unary : strength + 1);
    return { pieces: [...leftSide.pieces, ` ${op} `, ...rightSide.pieces], precedence: strength };
  }

  /** Source text of a node whose value is a literal, without using up its holes. */
  private literal(node: TemplateNode): string | null {
    if (node.kind === 'text') return node.text;
    if (node.kind === 'unary' && node.op === '-' && node.of.kind === 'text') return `-${node.of.text}`;
    if (node.kind === 'call') return this.lengthOf(node.func, node.args);
    if (node.kind !== 'hole' || node.splice || node.convert) return null;
    const bound = this.given(node);
    if (bound) return bound.form === 'value' ? this.source(bound.value) : null;
    return node.fallback ? this.literal(node.fallback) : this.declaredDefault(node.name);
  }

  /** `len({x})` of a tuple or list written out. */
  private lengthOf(func: TemplateNode, args: readonly TemplateArgument[]): string | null {
    const value = args[0]?.value;
    if (func.kind !== 'text' || func.text !== 'len' || value?.kind !== 'hole') return null;
    const bound = this.bound(value.name);
    if (bound?.form !== 'value' || (bound.value.kind !== 'Tuple' && bound.value.kind !== 'List')) return null;
    return bound.value.items.some((item) => item.kind === 'Starred') ? null : String(bound.value.items.length);
  }

  /** Keyword arguments follow the order in which the caller wrote theirs; one the template adds stays behind the one before it. */
  private arguments(args: readonly TemplateArgument[]): FilledPiece[] {
    const written: { at: number; pieces: FilledPiece[] }[] = [];
    let at = -1;
    for (const { keyword, value } of args) {
      if (keyword !== null && this.lacks(value)) continue;
      const filled = value.kind === 'hole' && value.splice ? this.splice(value) : this.fill(value, PRECEDENCE.lambda).pieces;
      if (filled.length === 0) continue;
      if (keyword === null) written.push({ at: -1, pieces: filled });
      else {
        at =
          filled.reduce<number | null>(
            (start, piece) => start ?? (typeof piece !== 'string' && 'hole' in piece ? piece.hole.start : null),
            null,
          ) ?? at;
        written.push({ at, pieces: [`${keyword}=`, ...filled] });
      }
    }
    written.sort((a, b) => a.at - b.at);
    return written.flatMap(({ pieces }, i) => (i ? [', ', ...pieces] : pieces));
  }

  private list(items: readonly TemplateNode[]): FilledPiece[] {
    return this.arguments(items.map((value) => ({ keyword: null, value })));
  }

  /** Whether a keyword's value rests on an argument that the caller did not give and the template has no default for. */
  private lacks(node: TemplateNode): boolean {
    switch (node.kind) {
      case 'hole':
        return node.fallback ? false : !this.bound(node.name);
      case 'attribute':
      case 'unary':
        return this.lacks(node.of);
      case 'subscript':
        return this.lacks(node.of) || node.index.some((item) => this.lacks(item));
      case 'slice':
        return node.parts.some((part) => part !== null && this.lacks(part));
      case 'call':
        return this.lacks(node.func) || node.args.some(({ keyword, value }) => keyword === null && this.lacks(value));
      case 'sequence':
        return node.items.some((item) => this.lacks(item));
      case 'binary':
        return this.lacks(node.left) || this.lacks(node.right);
      case 'conditional':
        return this.lacks(node.body) || this.lacks(node.test) || this.lacks(node.orelse);
      case 'lambda':
        return this.lacks(node.body);
      default:
        return false;
    }
  }

  private hole(node: Hole, least: number): Filled {
    const bound = this.given(node);
    if (node.splice) return { pieces: this.splice(node), precedence: PRECEDENCE.bare };
    if (!bound) {
      if (node.fallback) return this.unwrapped(node.fallback, least);
      return literalText(this.declaredDefault(node.name) ?? (node.convert ? '()' : 'None'));
    }
    this.use(node.name);
    if (node.convert || bound.form === 'many') return this.converted(node.convert ?? 'tuple', bound, least);
    return { pieces: [{ hole: bound.value, precedence: least }], precedence: ATOM };
  }

  private splice(node: Hole): FilledPiece[] {
    const bound = this.bound(node.name);
    if (!bound) return [];
    this.use(node.name);
    if (bound.form === 'value') return [node.splice, { hole: bound.value, precedence: PRECEDENCE.bitOr }];
    return commaSeparated(bound.items, node.splice === '**');
  }

  private converted(convert: 'tuple' | 'shape', bound: Bound, least: number): Filled {
    const items = bound.form === 'many' ? bound.items : null;
    if (items && (items.length !== 1 || items[0]!.form === 'star')) {
      return { pieces: ['(', ...commaSeparated(items, false), items.length === 1 ? ',)' : ')'], precedence: ATOM };
    }
    const value = items ? items[0]!.value : (bound as { value: Expr }).value;
    const type = this.filling.typeOf(value);
    const wraps = type === 'int' || (convert === 'shape' && type !== 'tuple' && type !== 'list');
    if (wraps) return { pieces: ['(', { hole: value, precedence: PRECEDENCE.lambda }, ',)'], precedence: ATOM };
    return { pieces: [{ hole: value, precedence: Math.max(least, PRECEDENCE.lambda) }], precedence: ATOM };
  }

  /** What the caller gave; nothing when the template has its own default and the caller only wrote out PyTorch's. */
  private given(node: Hole): Bound | undefined {
    const bound = this.bound(node.name);
    const param = this.filling.binding?.signature.byName.get(node.name);
    return bound && param && node.fallback && isDefault(param, bound, this.filling.source) ? undefined : bound;
  }

  private bound(name: string): Bound | undefined {
    if (name === 'self' && this.filling.self) return { form: 'value', value: this.filling.self, argument: null };
    return this.filling.binding?.arguments.get(name);
  }

  private declaredDefault(name: string): string | null {
    return this.filling.binding?.signature.byName.get(name)?.default ?? null;
  }

  private use(name: string): void {
    this.used.set(name, (this.used.get(name) ?? 0) + 1);
  }

  private source(value: Expr): string {
    return this.filling.source.slice(value.start, value.end);
  }
}

function literalText(text: string): Filled {
  return { pieces: [text], precedence: precedenceOf(text) };
}

function commaSeparated(items: readonly Argument[], keywords: boolean): FilledPiece[] {
  return items.flatMap((item, index): FilledPiece[] => {
    const lead = index ? [', '] : [];
    if (item.form === 'star') return [...lead, '*', { hole: item.value, precedence: PRECEDENCE.bitOr }];
    if (item.form === 'doublestar') return [...lead, '**', { hole: item.value, precedence: PRECEDENCE.bitOr }];
    return [...lead, ...(keywords && item.name !== null ? [`${item.name}=`] : []), { hole: item.value, precedence: PRECEDENCE.lambda }];
  });
}

/** Reading it twice does the same as once, and costs nothing. */
function isRepeatable(value: Expr): boolean {
  switch (value.kind) {
    case 'Name':
    case 'Constant':
      return true;
    case 'Attribute':
      return isRepeatable(value.value);
    case 'Subscript':
      return isRepeatable(value.value) && value.index.every(isRepeatable);
    case 'Slice':
      return [value.lower, value.upper, value.step].every((part) => part === null || isRepeatable(part));
    case 'UnaryOp':
      return isRepeatable(value.operand);
    case 'Tuple':
    case 'List':
      return value.items.every(isRepeatable);
    default:
      return false;
  }
}

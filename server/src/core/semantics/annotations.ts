/** What annotations say: `Optional[torch.Tensor]`, `list[Tensor]`, `"nn.Module"`. */
import type { Attribute, Constant, Expr, Name, Node, Span } from '../syntax/ast';
import type { Analysis } from './analysis';
import { evaluate } from './expressions';
import { noTensorOf } from './families';
import { isTensorClass } from './results';
import {
  apiInstance,
  BOOL,
  dictOf,
  evidence,
  FLOAT,
  INT,
  join,
  listOf,
  NEVER,
  NONE,
  other,
  STR,
  tensor,
  tupleOf,
  UNKNOWN,
  weaken,
  type Type,
} from './type';

const LISTS = new Set(
  'List list Sequence Iterable Iterator Generator Set set FrozenSet frozenset Collection MutableSequence Deque deque AsyncIterator'.split(
    ' ',
  ),
);
const DICTS = new Set('Dict dict Mapping MutableMapping OrderedDict DefaultDict defaultdict'.split(' '));
const WRAPPERS = new Set('Optional Final ClassVar Annotated Required NotRequired ReadOnly InitVar'.split(' '));

/** Resolves the names of an annotation and gives the type of a value so annotated. */
export function annotationType(a: Analysis, expr: Expr): Type {
  const before = a.inAnnotation;
  a.inAnnotation = true;
  const type = read(a, expr, 0);
  a.inAnnotation = before;
  return type;
}

function read(a: Analysis, expr: Expr, depth: number): Type {
  if (depth > 12) return UNKNOWN;
  switch (expr.kind) {
    case 'Name':
    case 'Attribute':
      return instanceOf(evaluate(a, expr), expr.start);
    case 'Constant':
      if (expr.type === 'none') return NONE;
      return expr.type === 'str' ? annotationOfText(a, expr) : UNKNOWN;
    case 'BinOp':
      return join(read(a, expr.left, depth + 1), read(a, expr.right, depth + 1));
    case 'Subscript':
      return readGeneric(a, expr, depth);
    case 'Tuple':
    case 'List':
      for (const item of expr.items) read(a, item, depth + 1);
      return UNKNOWN;
    default:
      evaluate(a, expr);
      return UNKNOWN;
  }
}

function readGeneric(a: Analysis, expr: Expr & { kind: 'Subscript' }, depth: number): Type {
  const base = evaluate(a, expr.value);
  const name =
    base.kind === 'module'
      ? base.name.slice(base.name.lastIndexOf('.') + 1)
      : base.kind === 'function'
        ? base.name.replace('builtins.', '')
        : '';
  if (name === 'Literal') return STR;
  const index = expr.index.length === 1 && expr.index[0]!.kind === 'Tuple' ? expr.index[0]!.items : expr.index;
  if (base.kind === 'module' && base.name.startsWith('jaxtyping')) {
    const first = read(a, index[0]!, depth + 1);
    return first;
  }
  const parts = index.map((part) => read(a, part, depth + 1));
  const first = parts[0] ?? UNKNOWN;
  if (name === 'Optional') return join(NONE, first);
  if (WRAPPERS.has(name)) return first;
  if (name === 'Union') return parts.reduce((x, y) => join(x, y), NEVER);
  if (LISTS.has(name)) return listOf(first);
  if (DICTS.has(name)) return dictOf(parts[1] ?? UNKNOWN);
  if (name === 'Tuple' || name === 'tuple') {
    const last = index[index.length - 1];
    return last?.kind === 'Constant' && last.type === 'ellipsis' ? listOf(first) : tupleOf(parts);
  }
  if (base.kind === 'api') return instanceOf(base, expr.start);
  return UNKNOWN;
}

/** What a name stands for that is given a generic or a union of types; null when the expression is an ordinary value. */
export function aliasOf(a: Analysis, expr: Expr): Type | null {
  let head = expr;
  while (head.kind === 'BinOp' && head.op === '|') head = head.left;
  if (head === expr && head.kind !== 'Subscript') return null;
  const named = a.types.get(head.kind === 'Subscript' ? head.value : head);
  if (!named) return null;
  const generic = named.kind === 'module' || (named.kind === 'function' && named.of === null);
  if (head.kind === 'Subscript' ? !generic : named.kind !== 'api' && named.kind !== 'class' && !generic) return null;
  a.silent++;
  const type = annotationType(a, expr);
  a.silent--;
  return type === UNKNOWN ? null : { kind: 'alias', of: type };
}

/** An instance of what a type names: the type of `x` in `x: C` and in `isinstance(x, C)`. */
export function instanceOf(type: Type, at: number): Type {
  switch (type.kind) {
    case 'api': {
      if (type.self) return UNKNOWN;
      const because = evidence(type.because.confidence, 'annotation', at, { api: type.api });
      // the function, meant as the class: `x: torch.tensor`
      if (isTensorClass(type.api) || type.api === 'torch.tensor') return tensor(because);
      if (type.api === 'torch.Size') return listOf(INT);
      return apiInstance(type.api, because);
    }
    case 'class':
      return {
        kind: 'instance',
        className: type.className,
        bases: type.bases,
        of: type.of,
        because: evidence('certain', 'annotation', at, { api: type.className }),
        fromSuper: false,
      };
    case 'function':
      return type.of === null ? builtinInstance(type.name) : UNKNOWN;
    case 'module': {
      const last = type.name.slice(type.name.lastIndexOf('.') + 1);
      if (LISTS.has(last)) return listOf(UNKNOWN);
      if (DICTS.has(last)) return dictOf(UNKNOWN);
      if (last === 'Tensor' && type.name.startsWith('jaxtyping'))
        return tensor(evidence('certain', 'annotation', at, { api: 'torch.Tensor' }));
      const of = noTensorOf(type.name);
      return of === null ? UNKNOWN : other(of);
    }
    case 'alias':
      return type.of;
    case 'union':
      return type.items.reduce((x: Type, y) => join(x, instanceOf(y, at)), NEVER);
    case 'tuple':
      return type.items.reduce((x: Type, y) => join(x, instanceOf(y, at)), NEVER);
    case 'other':
      return type === NONE ? NONE : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function builtinInstance(name: string): Type {
  switch (name) {
    case 'builtins.int':
      return INT;
    case 'builtins.float':
      return FLOAT;
    case 'builtins.bool':
      return BOOL;
    case 'builtins.str':
      return STR;
    case 'builtins.list':
    case 'builtins.tuple':
    case 'builtins.set':
      return listOf(UNKNOWN);
    case 'builtins.dict':
      return dictOf(UNKNOWN);
    case 'builtins.bytes':
      return other('bytes');
    case 'builtins.complex':
      return other('complex');
    default:
      return UNKNOWN;
  }
}

// ---------------------------------------------------------------- annotations in strings

/** Resolves the dotted names of a string annotation. */
export function annotationOfText(a: Analysis, constant: Constant): Type {
  if (typeof constant.value !== 'string' || constant.value.length > 200) return UNKNOWN;
  const text = constant.value;
  const marks = constant.end - constant.start - text.length;
  // one quote or three on each side, nothing escaped
  if (marks !== 2 && marks !== 6) return UNKNOWN;
  const parser = new TextParser(text, constant.start + marks / 2, constant);
  const expr = parser.union(0);
  if (!expr || !parser.done()) return UNKNOWN;
  const type = annotationType(a, expr);
  return expr.kind === 'Name' ? weaken(type, 'certain') : type;
}

/** Names, dots, brackets, commas and bars of an annotation, as nodes with the positions they have in the source. */
class TextParser {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly offset: number,
    private readonly parent: Node,
  ) {}

  done(): boolean {
    this.space();
    return this.at >= this.text.length;
  }

  union(depth: number): Expr | null {
    if (depth > 8) return null;
    let left = this.generic(depth);
    while (left && this.take('|')) {
      const right = this.generic(depth);
      if (!right) return null;
      left = { kind: 'BinOp', op: '|', left, right, start: left.start, end: right.end, parent: this.parent };
    }
    return left;
  }

  private generic(depth: number): Expr | null {
    const value = this.dotted();
    if (!value || !this.take('[')) return value;
    const open = this.offset + this.at - 1;
    const index: Expr[] = [];
    while (!this.take(']')) {
      const item: Expr | null = this.union(depth + 1);
      if (!item) return null;
      index.push(item);
      if (!this.take(',') && this.text[this.at] !== ']') return null;
    }
    const end = this.offset + this.at;
    return { kind: 'Subscript', value, index, indexSpan: { start: open, end }, start: value.start, end, parent: this.parent };
  }

  private dotted(): Expr | null {
    let node: Name | Attribute | null = null;
    do {
      const part: (Span & { text: string }) | null = this.word();
      if (!part) return null;
      if (!node) {
        node = { kind: 'Name', id: part.text, start: part.start, end: part.end, parent: this.parent };
        if (part.text === 'None')
          return { kind: 'Constant', type: 'none', value: null, start: part.start, end: part.end, parent: this.parent };
      } else {
        const outer: Attribute = {
          kind: 'Attribute',
          value: node,
          attr: part.text,
          attrSpan: { start: part.start, end: part.end },
          start: node.start,
          end: part.end,
          parent: this.parent,
        };
        node.parent = outer;
        node = outer;
      }
    } while (this.take('.'));
    return node;
  }

  private word(): (Span & { text: string }) | null {
    this.space();
    const start = this.at;
    while (this.at < this.text.length && /[\p{L}\p{N}_]/u.test(this.text[this.at]!)) this.at++;
    if (this.at === start) return null;
    return { text: this.text.slice(start, this.at), start: this.offset + start, end: this.offset + this.at };
  }

  private take(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (this.text[this.at] === ' ') this.at++;
  }
}

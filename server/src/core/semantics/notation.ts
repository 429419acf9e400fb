/**
 * The text form of types, used by catalog records (`returns`), the facts and module summaries:
 *
 *     Tensor · Tensor? (likely) · int float bool str none number list tuple dict · list[T] · dict[T] · tuple[T, U] · self · item
 *     A|B (one or the other) · torch.nn.Linear (an instance of it) · numpy.ndarray (certainly no tensor) · object (nothing known)
 */
import type { Families } from './families';
import {
  apiInstance,
  dictOf,
  evidence,
  INT,
  join,
  listOf,
  NEVER,
  NO_TENSOR,
  NONE,
  other,
  SIZE,
  STR,
  tensor,
  tupleOf,
  UNKNOWN,
  withoutDoubt,
  type Evidence,
  type Type,
} from './type';

const SCALARS = new Set(['int', 'float', 'bool', 'str', 'none', 'complex', 'bytes']);

/** What `self` and `item` stand for in a notation. */
export interface Holes {
  self?: Type;
  item?: Type | null;
}

/**
 * Reads a notation. Anything it does not understand is unknown.
 * @param because evidence of every tensor and instance in it
 * @param families whose names are APIs
 */
export function readType(text: string, because: Evidence, families: Families, holes: Holes = {}): Type {
  if (text === 'Tensor') return tensor(because);
  const reader = new Reader(text, because, families, holes);
  const type = reader.union();
  return reader.done() ? type : UNKNOWN;
}

class Reader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly because: Evidence,
    private readonly families: Families,
    private readonly holes: Holes,
  ) {}

  done(): boolean {
    this.space();
    return this.at >= this.text.length;
  }

  union(): Type {
    if (++this.depth > 20) return UNKNOWN;
    let type = this.single();
    while (this.take('|')) type = join(type, this.single());
    this.depth--;
    return type;
  }

  private single(): Type {
    this.space();
    const start = this.at;
    while (this.at < this.text.length && /[\w.]/.test(this.text[this.at]!)) this.at++;
    const name = this.text.slice(start, this.at);
    if (this.take('[')) {
      const parts: Type[] = [];
      let open = false;
      while (!this.take(']')) {
        this.space();
        if (this.text.startsWith('...', this.at)) {
          this.at += 3;
          open = true;
        } else if (this.at >= this.text.length) {
          return UNKNOWN;
        } else {
          const before = this.at;
          parts.push(this.union());
          if (this.at === before) return UNKNOWN;
        }
        this.take(',');
      }
      const first = parts[0] ?? UNKNOWN;
      if (name === 'tuple') return open ? listOf(first) : tupleOf(parts);
      if (name === 'list' || name === 'set') return listOf(first);
      if (name === 'dict') return dictOf(parts[parts.length - 1] ?? UNKNOWN);
      return UNKNOWN;
    }
    const likely = this.take('?');
    const because: Evidence = likely ? { confidence: 'likely', reason: this.because.reason } : this.because;
    return this.named(name, because);
  }

  private named(name: string, because: Evidence): Type {
    if (name === 'Tensor' || name === 'torch.Tensor' || name === 'torch.nn.Parameter') return tensor(because);
    if (SCALARS.has(name)) return other(name);
    switch (name) {
      case 'self':
        return this.holes.self ?? UNKNOWN;
      case 'item':
        return this.holes.item ?? UNKNOWN;
      case 'number':
        return other('float');
      case 'list':
      case 'tuple':
      case 'set':
        return listOf(UNKNOWN);
      case 'dict':
        return dictOf(UNKNOWN);
      case 'object':
      case '':
        return UNKNOWN;
      case 'torch.Size':
        return SIZE;
      case 'Parameters':
        return listOf(tensor(because));
    }
    if (this.families.has(name)) return apiInstance(name, because);
    return name.includes('.') ? other(name) : UNKNOWN;
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

/** Writes a type; null when it cannot be said (or nothing is known). */
export function writeType(type: Type, depth = 0): string | null {
  if (depth > 4) return null;
  switch (type.kind) {
    case 'tensor':
      return type.because.confidence === 'certain' ? 'Tensor' : type.because.confidence === 'likely' ? 'Tensor?' : null;
    case 'api-instance':
      return type.because.confidence === 'certain' ? type.api : type.because.confidence === 'likely' ? type.api + '?' : null;
    case 'tuple': {
      const parts = type.items.map((item) => writeType(item, depth + 1) ?? 'object');
      return parts.length ? `tuple[${parts.join(', ')}]` : 'tuple';
    }
    case 'list':
      return type.item === NEVER ? 'list' : `list[${writeType(type.item, depth + 1) ?? 'object'}]`;
    case 'dict':
      return `dict[${writeType(type.value, depth + 1) ?? 'object'}]`;
    case 'other':
      return type === NONE || type === INT || type === STR || SCALARS.has(type.of) || type.of.includes('.') ? type.of : null;
    case 'union': {
      // what else it may be is not known
      if (type.items.includes(NO_TENSOR)) return writeType(withoutDoubt(type), depth);
      const parts = type.items.map((item) => writeType(item, depth + 1));
      return parts.length === 0 || parts.includes(null) ? null : parts.join('|');
    }
    default:
      return null;
  }
}

/** Evidence of something another file's summary says. */
export function fromSummary(module: string, at: number | null): Evidence {
  return evidence('certain', 'summary', at, { module });
}

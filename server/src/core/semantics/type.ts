/**
 * The abstract values of the analysis: just enough to say whether a receiver is a tensor, a module, an optimizer or certainly none of these.
 * Every type that matters carries how it came to be believed, so that a reference can explain itself.
 *
 * The order is flat: unknown on top, a union of at most five alternatives below it, `NEVER` (a union of none) at the bottom.
 */
import type { ClassInfo } from './classes';
import type { FunctionInfo } from './functions';
import type { ReasonId } from './reasons';
import type { Confidence, Reason } from './reference';

export interface Evidence {
  confidence: Confidence;
  reason: Reason;
}

/** `rank` and `dtype` ("float32") are known only where cheap. */
export interface TensorType {
  kind: 'tensor';
  rank: number | null;
  dtype: string | null;
  because: Evidence;
}
/** An instance of a PyTorch-family class: `torch.nn.Linear`, `torch.optim.Adam`. `item`: what a container or loader of this kind yields. */
export interface ApiInstanceType {
  kind: 'api-instance';
  api: string;
  item: Type | null;
  because: Evidence;
}
/** An instance of a class of the user's; `bases` are the qualified PyTorch-family names it inherits, transitively. */
export interface InstanceType {
  kind: 'instance';
  className: string;
  bases: readonly string[];
  of: ClassInfo;
  because: Evidence;
  /** `super()`: look-up starts at the bases. */
  fromSuper: boolean;
}
/** A PyTorch-family module, class or function itself: `torch.nn.functional`. `self`: what a bound method is taken from. */
export interface ApiType {
  kind: 'api';
  api: string;
  self: Type | null;
  because: Evidence;
}
/** A class of the user's. */
export interface ClassType {
  kind: 'class';
  className: string;
  bases: readonly string[];
  of: ClassInfo;
}
/** A function of the user's (`of`) or a builtin (`of` null). `self`: what a bound method is taken from. */
export interface FunctionType {
  kind: 'function';
  name: string;
  of: FunctionInfo | null;
  self: Type | null;
}
/** A module outside the PyTorch families: `numpy`, `os.path`, a file of the project. */
export interface ModuleType {
  kind: 'module';
  name: string;
}
export interface TupleType {
  kind: 'tuple';
  items: readonly Type[];
}
/** Lists, sets, iterators. `item` grows while the program appends. */
export interface ListType {
  kind: 'list';
  item: Type;
}
/** `entries`: values under literal string keys, as far as known. Both grow while the program assigns. */
export interface DictType {
  kind: 'dict';
  value: Type;
  entries: Map<string, Type> | null;
}
/** Certainly no tensor: python scalars, strings, numpy arrays, argparse namespaces… `of` is its name. */
export interface OtherType {
  kind: 'other';
  of: string;
}
export interface UnionType {
  kind: 'union';
  items: readonly Type[];
}
/** A name for types: `Pair = tuple[Tensor, Tensor]`. `of`: a value of that type. */
export interface AliasType {
  kind: 'alias';
  of: Type;
}
export interface UnknownType {
  kind: 'unknown';
}

export type Type =
  | TensorType
  | ApiInstanceType
  | InstanceType
  | ApiType
  | ClassType
  | FunctionType
  | ModuleType
  | TupleType
  | ListType
  | DictType
  | OtherType
  | UnionType
  | AliasType
  | UnknownType;

export const UNKNOWN: Type = { kind: 'unknown' };
/** Of no value at all: the item of an empty list. */
export const NEVER: Type = { kind: 'union', items: [] };

const others = new Map<string, OtherType>();
/** The type of things that are certainly no tensor, by name. */
export function other(of: string): OtherType {
  let type = others.get(of);
  if (!type) others.set(of, (type = { kind: 'other', of }));
  return type;
}
export const INT = other('int');
export const FLOAT = other('float');
export const BOOL = other('bool');
export const STR = other('str');
export const NONE = other('none');
/** Something of which only this is known: it was asked whether it is a tensor, and is none. */
export const NO_TENSOR = other('no tensor');
/** The type of a shape: a sequence of integers. */
export const SIZE: ListType = { kind: 'list', item: INT };

const RANKING: Record<Confidence, number> = { certain: 0, likely: 1, possible: 2 };

/** The lesser of two confidences. */
export function weaker(a: Confidence, b: Confidence): Confidence {
  return RANKING[a] >= RANKING[b] ? a : b;
}

const NO_ARGS: Record<string, string> = {};

/** Evidence as data; the words for `id` are in l10n under `reason.<id>`. */
export function evidence(confidence: Confidence, id: ReasonId, at: number | null, args: Record<string, string> = NO_ARGS): Evidence {
  return { confidence, reason: { id, args, at } };
}

export function tensor(because: Evidence, rank: number | null = null, dtype: string | null = null): TensorType {
  return { kind: 'tensor', rank, dtype, because };
}
export function apiInstance(api: string, because: Evidence, item: Type | null = null): ApiInstanceType {
  return { kind: 'api-instance', api, item, because };
}
export function listOf(item: Type): ListType {
  return { kind: 'list', item };
}
export function dictOf(value: Type, entries: Map<string, Type> | null = null): DictType {
  return { kind: 'dict', value, entries };
}
export function tupleOf(items: readonly Type[]): TupleType {
  return { kind: 'tuple', items };
}

/** The evidence a type carries, null for kinds that need none. */
function evidenceOf(type: Type): Evidence | null {
  return type.kind === 'tensor' || type.kind === 'api-instance' || type.kind === 'instance' || type.kind === 'api' ? type.because : null;
}

/** The same type, believed at most this much. */
export function weaken(type: Type, confidence: Confidence = 'likely', depth = 0): Type {
  // a list may hold itself
  if (depth > DEPTH) return UNKNOWN;
  switch (type.kind) {
    case 'tensor':
    case 'api-instance':
    case 'instance':
    case 'api':
      if (RANKING[type.because.confidence] >= RANKING[confidence]) return type;
      return { ...type, because: { confidence, reason: type.because.reason } };
    case 'union':
      return type.items.length ? { kind: 'union', items: type.items.map((item) => weaken(item, confidence, depth + 1)) } : type;
    case 'tuple':
      return { kind: 'tuple', items: type.items.map((item) => weaken(item, confidence, depth + 1)) };
    case 'list': {
      const item = type.item.kind === 'list' ? type.item : weaken(type.item, confidence, depth + 1);
      return item === type.item ? type : { kind: 'list', item };
    }
    default:
      return type;
  }
}

/** How deep containers are compared and merged; what lies deeper is unknown. */
const DEPTH = 5;
const WIDTH = 5;

/** The least type that covers both. A value that is known on one way and unknown on the other stays, with less confidence. */
export function join(a: Type, b: Type, depth = 0): Type {
  if (a === b) return a;
  if (a === NEVER) return b;
  if (b === NEVER) return a;
  if (a.kind === 'unknown') return fromUnknown(b);
  if (b.kind === 'unknown') return fromUnknown(a);
  if (depth > DEPTH) return UNKNOWN;
  if (a.kind === 'union' || b.kind === 'union') {
    let result: Type = a;
    for (const item of b.kind === 'union' ? b.items : [b]) result = addToUnion(result, item, depth);
    return result;
  }
  return merge(a, b, depth) ?? { kind: 'union', items: [a, b] };
}

function fromUnknown(type: Type): Type {
  switch (type.kind) {
    case 'tensor':
    case 'api-instance':
    case 'instance':
    case 'api':
      return weaken(type);
    case 'union': {
      const kept = type.items.filter((item) => evidenceOf(item) !== null);
      return kept.length === 1 ? weaken(kept[0]!) : UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}

function addToUnion(union: Type, item: Type, depth: number): Type {
  if (union.kind !== 'union') return join(union, item, depth);
  if (item.kind === 'unknown') return fromUnknown(union);
  const items = union.items;
  for (let i = 0; i < items.length; i++) {
    const known = items[i]!;
    if (known === item) return union;
    const merged = merge(known, item, depth + 1);
    if (merged) {
      if (merged === known) return union;
      const changed = items.slice();
      changed[i] = merged;
      return { kind: 'union', items: changed };
    }
  }
  if (items.length >= WIDTH) return fromUnknown({ kind: 'union', items: [...items, item] });
  return { kind: 'union', items: [...items, item] };
}

/** One type of the same kind that covers both; null when they are of different kinds. */
function merge(a: Type, b: Type, depth: number): Type | null {
  switch (a.kind) {
    case 'tensor':
      if (b.kind !== 'tensor') return null;
      return mergeTensors(a, b);
    case 'api-instance':
      if (b.kind !== 'api-instance' || a.api !== b.api) return null;
      if (a.item === b.item || !b.item) return a;
      return a.item ? { ...a, item: join(a.item, b.item, depth + 1) } : b;
    case 'instance':
      return b.kind === 'instance' && a.of === b.of ? a : null;
    case 'api':
      return b.kind === 'api' && a.api === b.api ? a : null;
    case 'class':
      return b.kind === 'class' && a.of === b.of ? a : null;
    case 'function':
      return b.kind === 'function' && a.of === b.of && a.name === b.name ? a : null;
    case 'module':
      return b.kind === 'module' && a.name === b.name ? a : null;
    case 'tuple': {
      if (b.kind === 'tuple' && a.items.length === b.items.length)
        return { kind: 'tuple', items: a.items.map((item, i) => join(item, b.items[i]!, depth + 1)) };
      if (b.kind !== 'tuple' && b.kind !== 'list') return null;
      return { kind: 'list', item: join(itemOf(a, depth + 1), itemOf(b, depth + 1), depth + 1) };
    }
    case 'list': {
      if (b.kind !== 'list' && b.kind !== 'tuple') return null;
      const item = join(a.item, itemOf(b, depth + 1), depth + 1);
      return item === a.item ? a : { kind: 'list', item };
    }
    case 'dict':
      if (b.kind !== 'dict') return null;
      return { kind: 'dict', value: join(a.value, b.value, depth + 1), entries: a.entries ?? b.entries };
    case 'other':
      if (b.kind !== 'other') return null;
      if (a.of === b.of) return a;
      return isNumber(a) && isNumber(b) ? FLOAT : null;
    default:
      return null;
  }
}

function isNumber(type: OtherType): boolean {
  return type.of === 'int' || type.of === 'float' || type.of === 'bool';
}

function mergeTensors(a: TensorType, b: TensorType): TensorType {
  const low = RANKING[a.because.confidence] >= RANKING[b.because.confidence] ? a : b;
  const rank = a.rank === b.rank ? a.rank : null;
  const dtype = a.dtype === b.dtype ? a.dtype : null;
  return low.rank === rank && low.dtype === dtype ? low : tensor(low.because, rank, dtype);
}

function itemOf(type: TupleType | ListType, depth: number): Type {
  if (type.kind === 'list') return type.item;
  let item = NEVER;
  for (const part of type.items) item = join(item, part, depth);
  return item;
}

/** The alternatives of a type, without `None` when there are others. */
export function alternatives(type: Type): readonly Type[] {
  if (type.kind !== 'union') return [type];
  const present = type.items.filter((item) => item !== NONE);
  return present.length ? present : type.items;
}

/** The type without `None`. */
export function withoutNone(type: Type): Type {
  if (type.kind !== 'union') return type;
  const present = type.items.filter((item) => item !== NONE);
  return present.length === type.items.length ? type : present.length === 1 ? present[0]! : { kind: 'union', items: present };
}

/** The type with unknown in place of what is only known to be no tensor. */
export function withoutDoubt(type: Type): Type {
  if (type === NO_TENSOR) return UNKNOWN;
  if (type.kind !== 'union' || !type.items.includes(NO_TENSOR)) return type;
  return join(UNKNOWN, { kind: 'union', items: type.items.filter((item) => item !== NO_TENSOR) });
}

/** The tensor among the alternatives of a type, if any. */
export function tensorIn(type: Type): TensorType | null {
  if (type.kind === 'tensor') return type;
  if (type.kind !== 'union') return null;
  for (const item of type.items) if (item.kind === 'tensor') return item;
  return null;
}

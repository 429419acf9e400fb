/** Iterating, indexing and unpacking values; the batch a loader yields. */
import type { Expr } from '../syntax/ast';
import type { Analysis } from './analysis';
import { methodResult } from './classes';
import { isClosed } from './families';
import { inherits, isModuleClass } from './hierarchy';
import {
  apiInstance,
  dictOf,
  evidence,
  FLOAT,
  INT,
  join,
  listOf,
  NEVER,
  STR,
  tensor,
  tensorIn,
  tupleOf,
  UNKNOWN,
  weaken,
  withoutNone,
  type Evidence,
  type Type,
} from './type';

/** What a data loader yields when its dataset is not known: a tensor, or a list or dict of tensors. Indexing and unpacking give tensors. */
export function batchOf(because: Evidence): Type {
  const item = tensor(because);
  return { kind: 'union', items: [item, listOf(item), dictOf(item)] };
}

/** The batch made of a dataset's items by the default collation: arrays and numbers become tensors. */
export function collated(item: Type, because: Evidence, depth = 0): Type {
  if (depth > 4) return UNKNOWN;
  switch (item.kind) {
    case 'tensor':
      return tensor(because);
    case 'other':
      return item.of === 'numpy.ndarray' || item === INT || item === FLOAT ? tensor(because) : item === STR ? listOf(STR) : UNKNOWN;
    case 'tuple':
      return tupleOf(item.items.map((part) => collated(part, because, depth + 1)));
    case 'list':
      return listOf(collated(item.item, because, depth + 1));
    case 'dict': {
      const entries = item.entries && new Map([...item.entries].map(([key, value]) => [key, collated(value, because, depth + 1)]));
      return dictOf(collated(item.value, because, depth + 1), entries);
    }
    case 'api-instance':
      return item;
    default:
      return depth === 0 ? batchOf(because) : weaken(tensor(because));
  }
}

/** What iterating a value yields. */
export function iterate(a: Analysis, type: Type, at: number): Type {
  switch (type.kind) {
    case 'tensor':
      return tensor(type.because, type.rank === null ? null : Math.max(0, type.rank - 1), type.dtype);
    case 'list':
      return type.item === NEVER ? UNKNOWN : type.item;
    case 'tuple':
      return joined(type.items);
    case 'dict':
      return STR;
    case 'api-instance':
      return iterateInstance(type.api, type.item, type.because, at);
    case 'instance': {
      const item = methodResult(a, type, '__iter__', at);
      if (item.kind === 'list') return item.item;
      const indexed = methodResult(a, type, '__getitem__', at);
      if (indexed !== UNKNOWN) return indexed;
      const base = type.bases.find((name) => isModuleClass(name) && /Sequential|ModuleList/.test(name));
      return base ? apiInstance('torch.nn.Module', weakEvidence(type.because)) : UNKNOWN;
    }
    case 'other':
      return type === STR ? STR : type.of === 'shape' ? INT : isClosed(type.of) ? type : UNKNOWN;
    case 'union': {
      const present = withoutNone(type);
      return present.kind === 'union' ? joined(present.items.map((item) => iterate(a, item, at))) : iterate(a, present, at);
    }
    default:
      return UNKNOWN;
  }
}

function weakEvidence(because: Evidence): Evidence {
  return { confidence: because.confidence === 'certain' ? 'likely' : because.confidence, reason: because.reason };
}

function iterateInstance(api: string, item: Type | null, because: Evidence, at: number): Type {
  if (item) return item;
  if (inherits(api, 'torch.utils.data.DataLoader')) return batchOf(evidence('likely', 'loader', at));
  if (isModuleClass(api)) return apiInstance('torch.nn.Module', weakEvidence(because));
  if (api === 'torch.nn.ParameterList') return tensor(because);
  return UNKNOWN;
}

function joined(types: readonly Type[]): Type {
  let result = NEVER;
  for (const type of types) result = join(result, type);
  return result === NEVER ? UNKNOWN : result;
}

function literalInt(expr: Expr | undefined): number | null {
  if (!expr) return null;
  if (expr.kind === 'Constant' && expr.type === 'int' && typeof expr.value === 'number') return expr.value;
  if (expr.kind === 'UnaryOp' && expr.op === '-' && expr.operand.kind === 'Constant' && typeof expr.operand.value === 'number')
    return -expr.operand.value;
  return null;
}

/** `value[index]`. */
export function subscript(a: Analysis, type: Type, index: readonly Expr[], at: number): Type {
  const first = index[0];
  const sliced = index.length === 1 && first?.kind === 'Slice';
  switch (type.kind) {
    case 'tensor':
      if (first?.kind === 'Constant' && first.type === 'str' && type.because.confidence !== 'certain') return UNKNOWN;
      return tensor(type.because, rankAfter(type.rank, index), type.dtype);
    case 'list':
      return sliced ? type : type.item === NEVER ? UNKNOWN : type.item;
    case 'tuple': {
      if (sliced) return listOf(joined(type.items));
      const place = literalInt(first);
      const found = place === null ? undefined : type.items[place < 0 ? type.items.length + place : place];
      return found ?? joined(type.items);
    }
    case 'dict': {
      const key = first?.kind === 'Constant' && typeof first.value === 'string' ? first.value : null;
      const entry = key === null ? undefined : type.entries?.get(key);
      if (entry) return entry;
      return type.value === NEVER ? UNKNOWN : type.value;
    }
    case 'api-instance': {
      // one dimension of a mesh of devices is a mesh
      if (sliced || type.api.endsWith('.DeviceMesh')) return type;
      if (type.api === 'torch.nn.ModuleDict' || !inherits(type.api, 'torch.utils.data.DataLoader'))
        return iterateInstance(type.api, type.item, type.because, at);
      return UNKNOWN;
    }
    case 'instance': {
      const own = methodResult(a, type, '__getitem__', at);
      return own !== UNKNOWN ? own : iterate(a, type, at);
    }
    case 'other':
      if (type.of === 'shape') return sliced ? type : INT;
      return isClosed(type.of) ? type : UNKNOWN;
    case 'union': {
      const present = withoutNone(type);
      if (present.kind !== 'union') return subscript(a, present, index, at);
      const key = first?.kind === 'Constant' && first.type === 'str';
      // a string key picks the dict among the alternatives
      const items = key ? present.items.filter((item) => item.kind === 'dict') : present.items;
      return joined((items.length ? items : present.items).map((item) => subscript(a, item, index, at)));
    }
    default:
      return UNKNOWN;
  }
}

function rankAfter(rank: number | null, index: readonly Expr[]): number | null {
  if (rank === null) return null;
  let result = rank;
  for (const part of index) {
    if (part.kind === 'Slice') continue;
    if (part.kind === 'Constant' && part.type === 'ellipsis') continue;
    if (part.kind === 'Constant' && part.type === 'none') result++;
    else if (literalInt(part) !== null) result--;
    else return null;
  }
  return result < 0 ? null : result;
}

/** The types of the targets when a value is unpacked into `count` names, the one at `star` taking a list. */
export function unpack(a: Analysis, type: Type, count: number, star: number, at: number): Type[] {
  const result = new Array<Type>(count).fill(UNKNOWN);
  if (type.kind === 'tuple') {
    const extra = type.items.length - count;
    if (star < 0 ? extra !== 0 : extra < -1) return result.fill(UNKNOWN);
    for (let i = 0; i < count; i++) {
      if (i === star) result[i] = listOf(joined(type.items.slice(i, i + extra + 1)));
      else result[i] = type.items[star >= 0 && i > star ? i + extra : i]!;
    }
    return result;
  }
  if (type.kind === 'union') {
    const present = withoutNone(type);
    if (present.kind !== 'union') return unpack(a, present, count, star, at);
    let all: Type[] | null = null;
    for (const item of present.items) {
      if (item.kind === 'dict' || (item.kind === 'tuple' && item.items.length !== count && star < 0)) continue;
      const parts = unpack(a, item, count, star, at);
      all = all ? all.map((known, i) => join(known, parts[i]!)) : parts;
    }
    return all ?? result;
  }
  let item = iterate(a, type, at);
  // a value only believed to be one tensor that is unpacked may as well be a tuple with other things
  if (type.kind === 'tensor' && type.because.confidence !== 'certain' && tensorIn(item)) item = weaken(item);
  for (let i = 0; i < count; i++) result[i] = i === star ? listOf(item) : item;
  return result;
}

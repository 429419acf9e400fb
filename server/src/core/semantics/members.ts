/** Attribute look-up: what `receiver.attr` is, and whether it names an API. */
import { entryOf, fixed } from '../syntax/name-table';
import type { Analysis } from './analysis';
import { attributeOf, type ClassInfo } from './classes';
import { typeOfUnknownAttribute } from './evidence';
import { isClosed, noTensorOf, PYTORCH } from './families';
import { classOf, definerOf, INSTANCE_ATTRIBUTES, isModuleClass, LAYER_TENSORS, MODULE_ONLY, basesOf } from './hierarchy';
import { readType } from './notation';
import type { Confidence, Reason, ReferenceKind } from './reference';
import { CONTAINER_NAMES, METHOD_RESULTS, otherHas, PROPERTY_TYPES, PYTHON_ONLY, TENSOR_ONLY } from './tensor-members';
import { moduleMember } from './summaries';
import {
  alternatives,
  apiInstance,
  evidence,
  INT,
  join,
  NEVER,
  NONE,
  other,
  tensor,
  UNKNOWN,
  weaken,
  weaker,
  type ApiInstanceType,
  type Evidence,
  type Type,
} from './type';

export interface Member {
  type: Type;
  /** The qualified API this names; null when it names none. */
  api: string | null;
  kind: ReferenceKind;
  confidence: Confidence;
  reason: Reason | null;
}

const MODULE = 'torch.nn.Module';

const NOTHING: Member = { type: UNKNOWN, api: null, kind: 'method', confidence: 'possible', reason: null };
const plain = (type: Type): Member =>
  type === UNKNOWN ? NOTHING : { type, api: null, kind: 'method', confidence: 'possible', reason: null };

/** What an attribute of a value is. */
export function lookUp(a: Analysis, receiver: Type, attr: string, at: number): Member {
  switch (receiver.kind) {
    case 'tensor':
      return ofTensor(receiver, attr);
    case 'api': {
      const because = receiver.because;
      const api = receiver.self ? '' : `${receiver.api}.${attr}`;
      if (!api) return NOTHING;
      return { type: { kind: 'api', api, self: null, because }, api, kind: 'api', confidence: because.confidence, reason: because.reason };
    }
    case 'api-instance':
      return ofInstance(a, receiver, receiver.api, attr, receiver.because);
    case 'instance': {
      const found = attributeOf(a, receiver.of, attr, receiver, at);
      if (found) return found.type === UNKNOWN || found.type === NONE ? (usedAs(a, receiver.of, attr) ?? found) : found;
      for (const base of receiver.bases) {
        const member = ofInstance(a, receiver, base, attr, receiver.because);
        if (member !== NOTHING) return receiver.of.opaque ? weakened(member) : member;
      }
      if (!receiver.of.opaque) return NOTHING;
      const used = typeOfUnknownAttribute(a, receiver.of, attr);
      return used === UNKNOWN ? ofUnknown(a, attr, at) : plain(used);
    }
    case 'class': {
      const found = attributeOf(a, receiver.of, attr, null, at);
      if (found) return found;
      for (const base of receiver.bases) {
        const definer = definerOf(base, attr);
        if (definer)
          return apiMember(
            `${definer}.${attr}`,
            'method',
            receiver,
            evidence('certain', 'class', null, { name: receiver.className, api: base }),
          );
      }
      return NOTHING;
    }
    case 'module':
      return ofModule(a, receiver.name, attr, at);
    case 'tuple':
      return ofTuple(receiver.items, attr);
    case 'list':
      return attr === 'numel' ? NOTHING : plain({ kind: 'function', name: `list.${attr}`, of: null, self: receiver });
    case 'dict': {
      const entry = receiver.entries?.get(attr);
      return plain(entry ?? { kind: 'function', name: `dict.${attr}`, of: null, self: receiver });
    }
    case 'other':
      if (receiver.of === 'str' || receiver.of === 'bytes')
        return plain({ kind: 'function', name: `str.${attr}`, of: null, self: receiver });
      if (receiver.of === 'numpy.ndarray' && (attr === 'shape' || attr === 'ndim' || attr === 'size'))
        return plain(attr === 'shape' ? other('shape') : INT);
      return isClosed(receiver.of) ? plain(receiver) : NOTHING;
    case 'union':
      return ofUnion(a, receiver, attr, at);
    case 'function':
    case 'alias':
      return NOTHING;
    case 'unknown':
      return ofUnknown(a, attr, at);
  }
}

/** An attribute of a module outside the families; a family may lie below it (`nvidia.dali`). */
function ofModule(a: Analysis, module: string, attr: string, at: number): Member {
  const name = `${module}.${attr}`;
  if (a.knowledge.families.has(name)) {
    const because = evidence('certain', 'import', null, { name });
    return { type: { kind: 'api', api: name, self: null, because }, api: null, kind: 'api', confidence: 'certain', reason: because.reason };
  }
  return plain(moduleMember(a, module, attr, at) ?? { kind: 'module', name });
}

/** An attribute that holds nothing known, `None` at first or what a base class leaves open: its uses in the class tell. */
function usedAs(a: Analysis, cls: ClassInfo, attr: string): Member | null {
  const used = typeOfUnknownAttribute(a, cls, attr);
  return used === UNKNOWN ? null : plain(used);
}

function apiMember(api: string, kind: ReferenceKind, self: Type, because: Evidence): Member {
  return { type: { kind: 'api', api, self, because }, api, kind, confidence: because.confidence, reason: because.reason };
}

function weakened(member: Member): Member {
  return member.api === null ? member : { ...member, confidence: weaker(member.confidence, 'likely') };
}

function ofTensor(receiver: Type & { kind: 'tensor' }, attr: string): Member {
  const because = receiver.because;
  const property = PROPERTY_TYPES.get(attr);
  if (property !== undefined) {
    const type = propertyType(receiver, attr, property);
    return { type, api: `torch.Tensor.${attr}`, kind: 'property', confidence: because.confidence, reason: because.reason };
  }
  if (!METHOD_RESULTS.has(attr)) return NOTHING;
  // a value only believed to be a tensor, and a name lists, dicts or strings have too: not enough
  const confidence = because.confidence !== 'certain' && CONTAINER_NAMES.has(attr) ? 'possible' : because.confidence;
  return {
    type: { kind: 'api', api: `torch.Tensor.${attr}`, self: receiver, because },
    api: `torch.Tensor.${attr}`,
    kind: 'method',
    confidence,
    reason: because.reason,
  };
}

function propertyType(receiver: Type & { kind: 'tensor' }, attr: string, notation: string): Type {
  if (notation === 'Tensor') {
    if (attr === 'data' || attr === 'grad') return receiver;
    return tensor(receiver.because, receiver.rank, null);
  }
  return readType(notation, receiver.because, PYTORCH);
}

/** What a record says of an attribute of this class or of one it inherits: `torch.nn.LayerNorm.weight`, `torch.optim.Optimizer.param_groups`. */
function recordedProperty(a: Analysis, api: string, attr: string, depth: number): { name: string; returns: string | null } | null {
  const own = classOf(api);
  // what is said of a layer of which nothing is known says nothing of the layers that are
  if (own === MODULE && depth > 0 && LAYER_TENSORS.has(attr)) return null;
  const fact = a.knowledge.lookup(`${own}.${attr}`);
  if (fact?.kind === 'property') return { name: `${own}.${attr}`, returns: fact.returns };
  if (depth > 8) return null;
  for (const base of basesOf(api)) {
    const found = recordedProperty(a, base, attr, depth + 1);
    if (found) return found;
  }
  return null;
}

/** An attribute of an instance of a family class (or of a user class that inherits it). */
function ofInstance(a: Analysis, receiver: Type, api: string, attr: string, because: Evidence): Member {
  const recorded = recordedProperty(a, api, attr, 0);
  if (recorded && !(api === MODULE && receiver.kind === 'instance' && LAYER_TENSORS.has(attr))) {
    const { name, returns } = recorded;
    const type = readType(returns ?? attributesOf(api, attr, 0) ?? '', because, a.knowledge.families);
    return { type, api: name, kind: 'property', confidence: because.confidence, reason: because.reason };
  }
  const definer = definerOf(api, attr);
  if (definer) return apiMember(`${definer}.${attr}`, 'method', receiver, because);
  const own = attributesOf(api, attr, 0);
  if (own) return plain(readType(own, because, a.knowledge.families));
  if (isModuleClass(api)) {
    if (LAYER_TENSORS.has(attr) && receiver.kind === 'api-instance')
      return plain(tensor(evidence(because.confidence, 'parameter', null, { api, name: attr })));
    if (attr === 'module' && receiver.kind === 'api-instance' && /Parallel$/.test(api))
      return plain(receiver.item ?? apiInstance('torch.nn.Module', because));
    if (attr === 'forward') return plain(receiver);
    // parts of a model made elsewhere: `vgg16().features`
    if (api === MODULE && receiver.kind === 'api-instance' && /^[a-z]/.test(attr))
      return plain(apiInstance(api, { ...because, confidence: weaker(because.confidence, 'likely') }));
  }
  return NOTHING;
}

function attributesOf(api: string, attr: string, depth: number): string | null {
  const attributes = INSTANCE_ATTRIBUTES[classOf(api)];
  const own = attributes && entryOf(attributes, attr);
  if (own) return own;
  if (depth > 8) return null;
  for (const base of basesOf(api)) {
    const found = attributesOf(base, attr, depth + 1);
    if (found) return found;
  }
  return null;
}

/** Places of the parts of named results, `torch.sort(x).values`: elsewhere these are plain tuples, so each name is an API of its own. */
const RESULT_PARTS: Readonly<Record<string, number>> = fixed({ values: 0, indices: 1, min: 0, max: 1, sign: 0, logabsdet: 1 });
const OTHER_PARTS = /^([A-Z]h?|eigenvalues|eigenvectors|solution|hist|bin_edges)$/;

/** A part of a tuple of tensors that is called by its name; a tuple without names has no such attribute. */
function ofTuple(items: readonly Type[], attr: string): Member {
  if (items.length < 2 || !items.every((item) => item.kind === 'tensor')) return NOTHING;
  const at = entryOf(RESULT_PARTS, attr);
  const part = items[at ?? 0]!;
  if (at === undefined) return OTHER_PARTS.test(attr) ? plain(part) : NOTHING;
  const { confidence, reason } = part.because;
  return { type: part, api: `torch.return_types.${attr}`, kind: 'property', confidence, reason };
}

function ofUnion(a: Analysis, receiver: Type, attr: string, at: number): Member {
  const items = alternatives(receiver);
  let found = null as Member | null;
  let type = NEVER;
  let without = false;
  for (const item of items) {
    if (item === NONE) continue;
    const member = lookUp(a, item, attr, at);
    const has = member.api !== null || (member.type !== UNKNOWN && !isPhantom(item, attr));
    if (!has) {
      without = true;
      continue;
    }
    type = join(type, member.type);
    if (member.api === null) {
      // an alternative that is no API has this attribute too
      if (found) found = { ...found, confidence: 'possible' };
      without = true;
    } else if (!found || found.api === member.api) {
      found = found ? { ...found, confidence: weaker(found.confidence, member.confidence) } : member;
    } else {
      found = { ...found, confidence: 'possible' };
    }
  }
  const layers = LAYER_TENSORS.has(attr) && (without || found?.confidence === 'possible') && layerOfSome(items);
  if (layers && found?.api?.startsWith('torch.nn.')) return ofInstance(a, layers, layers.api, attr, layers.because);
  if (!found) return plain(type === NEVER ? UNKNOWN : type);
  const confidence = without ? weaker(found.confidence, hasRival(items, attr) ? 'possible' : 'likely') : found.confidence;
  return { ...found, type: confidence === found.confidence ? type : weaken(type, confidence), confidence };
}

/** Layers that scale or look up; the weights of all others multiply their input. */
const OTHER_WEIGHTS = /(Norm(\dd)?|\.Embedding|\.Module)$/;

/** One of several layers whose weights are of different sorts, so that no name holds for all of them: `isinstance(m, (nn.Conv2d, nn.BatchNorm2d))`. */
function layerOfSome(items: readonly Type[]): ApiInstanceType | null {
  let because: Evidence | null = null;
  if (!items.some((item) => item.kind === 'api-instance' && OTHER_WEIGHTS.test(item.api))) return null;
  for (const item of items) {
    if (item === NONE) continue;
    if (item.kind === 'instance' ? !item.of.isModule : item.kind !== 'api-instance' || !isModuleClass(item.api)) return null;
    const own = (item as ApiInstanceType).because;
    if (!because || weaker(because.confidence, own.confidence) !== because.confidence) because = own;
  }
  return because && apiInstance(MODULE, because);
}

/** Look-up on lists, dicts, strings and foreign values answers for any name: whether they really have a tensor's name is another question. */
function isPhantom(item: Type, attr: string): boolean {
  if (!METHOD_RESULTS.has(attr) && !PROPERTY_TYPES.has(attr)) {
    // nor have they a module's or an optimizer's
    const python = item.kind === 'list' || item.kind === 'dict' || (item.kind === 'other' && item.of === 'str');
    return python && !PYTHON_ONLY.has(attr) && !(item.kind === 'dict' && item.entries?.has(attr));
  }
  if (item.kind === 'list' || item.kind === 'dict') return !CONTAINER_NAMES.has(attr);
  return item.kind === 'other' && !otherHas(item.of, attr);
}

function hasRival(items: readonly Type[], attr: string): boolean {
  return items.some((item) =>
    item.kind === 'other'
      ? otherHas(item.of, attr)
      : // `self.layers` is a list until it becomes an nn.ModuleList
        (CONTAINER_NAMES.has(attr) || PYTHON_ONLY.get(attr) === item.kind) && (item.kind === 'list' || item.kind === 'dict'),
  );
}

/** Nothing is known of the receiver: only a name that nothing else has tells anything, and it only makes the reference possible. */
function ofUnknown(a: Analysis, attr: string, at: number): Member {
  if (!a.nearPyTorch) return NOTHING;
  if (TENSOR_ONLY.has(attr)) {
    const because = evidence('possible', 'tensor-only', at, { name: attr });
    const property = PROPERTY_TYPES.get(attr);
    if (property)
      return {
        type: readType(property, because, PYTORCH),
        api: `torch.Tensor.${attr}`,
        kind: 'property',
        confidence: 'possible',
        reason: because.reason,
      };
    return apiMember(`torch.Tensor.${attr}`, 'method', tensor(because), because);
  }
  if (MODULE_ONLY.has(attr)) {
    const because = evidence('possible', 'module-only', at, { name: attr });
    return apiMember(`torch.nn.Module.${attr}`, 'method', apiInstance('torch.nn.Module', because), because);
  }
  return NOTHING;
}

/** What calling something of a module outside the families yields. */
export function foreignResult(name: string): Type {
  const of = noTensorOf(name);
  return of === null ? UNKNOWN : other(of);
}

/** What calls yield: of APIs, layers, classes, functions, tensor methods. */
import type { Attribute, Call } from '../syntax/ast';
import type { Analysis } from './analysis';
import { Arguments } from './analysis';
import { callBuiltin, callContainerMethod, chained } from './builtins';
import { notePassed } from './call-sites';
import { attributeOf, instanceOfClass, type ClassInfo } from './classes';
import { iterate } from './containers';
import { isClosed } from './families';
import { isOperator } from './call-forms';
import { usageOfFunction } from './evidence';
import { rebound, Sign } from './usage';
import { addHints, bindArguments, callFunction, callWith } from './functions';
import { classOf, definerOf, isKnownClass, isModuleClass, LAYER_RESULTS, MEMBER_RESULTS } from './hierarchy';
import { foreignResult } from './members';
import { readType } from './notation';
import { isTensorClass, resultOf } from './results';
import { HANDLERS } from './special-calls';
import { tensorMethodResult, withOptions } from './tensor-results';
import {
  apiInstance,
  dictOf,
  evidence,
  FLOAT,
  INT,
  join,
  listOf,
  NEVER,
  other,
  tensor,
  tensorIn,
  UNKNOWN,
  weaken,
  weaker,
  withoutNone,
  type ApiInstanceType,
  type ApiType,
  type InstanceType,
  type Type,
} from './type';

/**
 * What calling `callee` with these arguments yields.
 * @param items types that stand for the arguments (`map` passes the items of its iterables)
 */
export function callResult(a: Analysis, callee: Type, args: Arguments, items: readonly Type[] | null = null): Type {
  const at = args.call.start;
  switch (callee.kind) {
    case 'api':
      return callApi(a, callee, args, at, items);
    case 'class':
      return construct(a, callee.of, args, at);
    case 'function': {
      if (!callee.of)
        return callee.self ? callContainerMethod(a, callee.name, callee.self, args, at) : callBuiltin(a, callee.name.slice(9), args, at);
      if (items) return callWith(a, callee.of, callee.self ? [callee.self, ...items] : items, at);
      return callFunction(a, callee.of, args, callee.self, at);
    }
    case 'instance':
      return callInstance(a, callee, args, at);
    case 'api-instance':
      return callLayer(a, callee, args, at);
    case 'module':
      return callForeign(a, callee.name, args, at);
    case 'other':
      return isClosed(callee.of) ? callee : UNKNOWN;
    case 'union': {
      const present = withoutNone(callee);
      if (present.kind !== 'union') return callResult(a, present, args, items);
      let result = NEVER;
      for (const item of present.items) result = join(result, callResult(a, item, args, items));
      return result === NEVER ? UNKNOWN : result;
    }
    case 'unknown':
      return opaqueCall(a, args, at);
    default:
      return UNKNOWN;
  }
}

/** Calling something unknown held by a module with tensors: it is a submodule, and they mostly give a tensor. */
function opaqueCall(a: Analysis, args: Arguments, at: number): Type {
  const func = args.call.func;
  if (isOperator(args.call)) return other('linear_operator');
  const cls = a.frame.cls;
  if (!cls?.isModule || !args.types.some((type) => tensorIn(type) !== null)) return UNKNOWN;
  let root = func;
  if (root.kind === 'Subscript') root = root.value;
  if (root.kind !== 'Attribute' || root.value.kind !== 'Name') return UNKNOWN;
  const receiver = a.frame.scope.bindings.get(root.value.id);
  const self = receiver && a.frame.values[receiver.index];
  if (self?.kind !== 'instance' || self.of !== cls || isForeign(a, args.call)) return UNKNOWN;
  return tensor(evidence('likely', 'submodule', at, { name: `self.${root.attr}` }));
}

/** Whether the name a result is given is asked for what no tensor has. */
function isForeign(a: Analysis, { parent }: Call): boolean {
  const target = parent?.kind === 'Assign' && parent.targets.length === 1 ? parent.targets[0] : undefined;
  if (target?.kind !== 'Name' || !a.frame.fn?.node) return false;
  const usages = usageOfFunction(a, a.frame.fn);
  return ((usages.get(target.id)?.signs ?? 0) & Sign.Foreign) !== 0 || ((usages.get(rebound(target.id))?.signs ?? 0) & Sign.Foreign) !== 0;
}

// ---------------------------------------------------------------- classes of the program

function construct(a: Analysis, cls: ClassInfo, args: Arguments, at: number): Type {
  const instance = instanceOfClass(cls, evidence('certain', 'construct', at, { name: cls.name }));
  for (let owner: ClassInfo | undefined = cls, depth = 0; owner && depth < 8; owner = owner.bases[0], depth++) {
    const init = owner.methods.get('__init__');
    if (init?.asked) notePassed(a, init.asked, args, instance);
    if (!init?.node) continue;
    addHints(init, bindArguments(init, args, instance));
    break;
  }
  if (cls.apiBases.some(isTensorClass)) return tensor(instance.because);
  return instance;
}

function callInstance(a: Analysis, callee: InstanceType, args: Arguments, at: number): Type {
  const module = callee.of.isModule;
  for (const name of module ? ['forward', '__call__'] : ['__call__', 'forward']) {
    const member = attributeOf(a, callee.of, name, callee, at);
    if (member?.type.kind !== 'function' || !member.type.of) continue;
    const result = callFunction(a, member.type.of, args, callee, at);
    if (result === UNKNOWN) break;
    return result;
  }
  if (!module) return UNKNOWN;
  return tensor(evidence(weaker(callee.because.confidence, 'likely'), 'module-call', at, { name: callee.className }));
}

// ---------------------------------------------------------------- instances of family classes

function callLayer(a: Analysis, callee: ApiInstanceType, args: Arguments, at: number): Type {
  const api = callee.api;
  const because = evidence(callee.because.confidence, 'layer', at, { api });
  const special = LAYER_RESULTS[api];
  if (special) return readType(special, because, a.knowledge.families);
  if (/Parallel$/.test(api) && callee.item) return callResult(a, callee.item, args);
  if (api === 'torch.nn.Identity' && args.types.length) return args.first;
  if (api === 'torch.nn.Sequential' && callee.item && callee.item.kind !== 'api-instance')
    return weaken(sequenceResult(a, callee.item, args, because.confidence, at));
  if (!isModuleClass(api)) return UNKNOWN;
  if (api.startsWith('torch.nn.') && api !== 'torch.nn.Module') return tensor(because);
  if (api.startsWith('transformers.')) return UNKNOWN;
  return tensor(evidence(weaker(callee.because.confidence, 'likely'), 'layer', at, { api }));
}

/** The layers of a Sequential pass on what they are given; one that gives something else than a tensor makes the result uncertain. */
function sequenceResult(a: Analysis, item: Type, args: Arguments, confidence: 'certain' | 'likely' | 'possible', at: number): Type {
  const result = callResult(a, item, args);
  return (
    tensorIn(result) ??
    (result === UNKNOWN ? tensor(evidence(weaker(confidence, 'likely'), 'layer', at, { api: 'torch.nn.Sequential' })) : result)
  );
}

// ---------------------------------------------------------------- family functions and classes

function callApi(a: Analysis, callee: ApiType, args: Arguments, at: number, items: readonly Type[] | null): Type {
  const self = callee.self;
  if (self?.kind === 'tensor') return tensorMethodResult(callee.api.slice(13), self, args, at);
  const api = a.canonical(callee.api);
  const handler = HANDLERS[api];
  if (handler) return handler(a, args, at, callee);
  if (self) return memberResult(a, api, self, args, at);
  if (api.startsWith('torch.Tensor.')) {
    const receiver = tensorIn(args.first);
    return receiver ? tensorMethodResult(api.slice(13), receiver, args, at) : UNKNOWN;
  }
  if (api.startsWith('einops.') && items === null && api !== 'einops.parse_shape') {
    const result = einops(api, args, at);
    if (result) return result;
  }
  const notation = resultOf(api, a.knowledge);
  if (notation === null) return classMethod(a, api, args, at);
  const because = evidence(
    'certain',
    isClassLike(api, notation) ? 'construct' : 'result',
    at,
    isClassLike(api, notation) ? { name: api } : { api },
  );
  if (notation === 'Tensor') return withOptions(api, tensor(because), args);
  if (notation.includes('|')) return chosenResult(a, api, notation, args, at);
  return readType(notation, because, a.knowledge.families, { self: args.first });
}

const isClassLike = (api: string, notation: string): boolean => notation === api || notation === classOf(api) || isKnownClass(api);

/** einops works on numpy arrays too: what goes in decides. */
function einops(api: string, args: Arguments, at: number): Type | null {
  const name = api.slice(7);
  if (name !== 'rearrange' && name !== 'reduce' && name !== 'repeat') return null;
  const input = args.first;
  const source =
    tensorIn(input) ??
    (input.kind === 'list' || input.kind === 'tuple' ? tensorIn(input.kind === 'list' ? input.item : (input.items[0] ?? UNKNOWN)) : null);
  if (source) return tensor(evidence(source.because.confidence, 'result', at, { api }), patternRank(args));
  if (input.kind === 'other') return input;
  return tensor(evidence('likely', 'result', at, { api }), patternRank(args));
}

/** The rank after an einops pattern: the axes right of the arrow. */
function patternRank(args: Arguments): number | null {
  const pattern = args.expr(1, 'pattern');
  if (pattern?.kind !== 'Constant' || typeof pattern.value !== 'string' || pattern.value.includes('...')) return null;
  const right = pattern.value.split('->')[1];
  if (right === undefined) return null;
  const flat = right.replace(/\([^)]*\)/g, ' g ').trim();
  return flat ? flat.split(/\s+/).length : 0;
}

/** `torch.max(x)` gives a tensor, `torch.max(x, 1)` a pair. */
function chosenResult(a: Analysis, api: string, notation: string, args: Arguments, at: number): Type {
  const because = evidence('certain', 'result', at, { api });
  const name = api.slice(api.lastIndexOf('.') + 1);
  const [first, second] = notation.split('|');
  if (second?.startsWith('tuple[')) {
    const other = args.get(1, 'other');
    return readType(
      args.given('dim') || (other && other.kind !== 'tensor' && other !== UNKNOWN) ? second : first!,
      because,
      a.knowledge.families,
    );
  }
  if (name === 'nonzero') return args.isTrue('as_tuple') ? listOf(tensor(because)) : tensor(because);
  if (name === 'where') return args.types.length === 1 ? listOf(tensor(because)) : tensor(because);
  if (name.startsWith('unique'))
    return args.call.args.some((arg) => arg.name?.startsWith('return_')) ? listOf(tensor(because)) : tensor(because);
  if (name.startsWith('atleast')) return args.types.length > 1 ? listOf(tensor(because)) : tensor(because);
  return readType(notation, because, a.knowledge.families);
}

/** Result of a method of an instance: `model.to(device)`, `optimizer.step()`. */
function memberResult(a: Analysis, api: string, self: Type, args: Arguments, at: number): Type {
  const notation = MEMBER_RESULTS[api] ?? a.knowledge.lookup(api)?.returns ?? null;
  if (notation === null) return UNKNOWN;
  if (notation === 'self') return self;
  const item = self.kind === 'api-instance' ? self.item : null;
  return readType(notation, evidence('certain', 'result', at, { api }), a.knowledge.families, {
    self,
    item: item ?? apiInstance('torch.nn.Module', evidence('likely', 'result', at, { api })),
  });
}

/** `torch.nn.Embedding.from_pretrained(…)`, `SomeModel.from_pretrained(…)`: an instance of the class. */
function classMethod(a: Analysis, api: string, args: Arguments, at: number): Type {
  const dot = api.lastIndexOf('.');
  const owner = api.slice(0, dot);
  const method = api.slice(dot + 1);
  if (/^(from_|load_from_)/.test(method) && resultOf(owner, a.knowledge) === owner)
    return apiInstance(owner, evidence('certain', 'result', at, { api }));
  const definer = isKnownClass(owner) ? definerOf(owner, method) : null;
  if (definer && args.types.length) return memberResult(a, `${definer}.${method}`, args.first, args, at);
  return UNKNOWN;
}

// ---------------------------------------------------------------- other packages

function callForeign(a: Analysis, name: string, args: Arguments, at: number): Type {
  switch (name) {
    case 'copy.copy':
    case 'copy.deepcopy':
    case 'functools.partial':
    case 'functools.lru_cache':
      return args.first;
    case 'itertools.chain':
      return chained(a, args.types, at);
    case 'itertools.repeat':
    case 'itertools.cycle':
      return name === 'itertools.cycle' ? listOf(iterate(a, args.first, at)) : listOf(args.first);
    case 'collections.OrderedDict':
    case 'collections.Counter': {
      const item = args.types.length ? iterate(a, args.first, at) : NEVER;
      return args.first.kind === 'dict'
        ? args.first
        : dictOf(item.kind === 'tuple' ? (item.items[1] ?? UNKNOWN) : item === NEVER ? NEVER : UNKNOWN);
    }
    case 'collections.defaultdict': {
      // the factory is called by the dictionary, without arguments
      const made = args.types.length ? callResult(a, args.first, new Arguments({ ...args.call, args: [] }, [])) : UNKNOWN;
      return dictOf(made.kind === 'list' && made.item === NEVER ? listOf(NEVER) : made === UNKNOWN ? NEVER : made);
    }
    case 'collections.deque':
      return listOf(args.types.length ? iterate(a, args.first, at) : NEVER);
    case 'numpy.random.randint':
      return foreignResult(name);
    case 'tqdm.trange':
      return listOf(INT);
    case 'time.time':
    case 'time.perf_counter':
      return FLOAT;
  }
  if (/^tqdm(\.|$)/.test(name) || name === 'rich.progress.track') return args.first;
  if (name.startsWith('multiprocessing.') || name.startsWith('torch.')) return UNKNOWN;
  const result = foreignResult(name);
  if (result !== UNKNOWN) return result;
  return opaqueCall(a, args, at);
}

// ---------------------------------------------------------------- getattr

/** `getattr(torch, "relu")`: the attribute, named by a literal. The reference stands for the whole call and ends inside the quotes. */
export function literalGetattr(a: Analysis, node: Call, types: readonly Type[]): Type | null {
  const [target, literal] = node.args;
  const owner = types[0];
  if (!target || literal?.value.kind !== 'Constant' || typeof literal.value.value !== 'string' || owner?.kind !== 'api' || owner.self)
    return null;
  const attr = literal.value.value;
  const constant = literal.value;
  const quotes = constant.end - constant.start - attr.length;
  if (!/^\w+$/.test(attr) || quotes !== 2) return null;
  const because = evidence(node.args.length > 2 ? 'likely' : 'certain', 'getattr', node.start, { name: `${owner.api}.${attr}` });
  const type: ApiType = { kind: 'api', api: `${owner.api}.${attr}`, self: null, because };
  const inner = { start: constant.start + 1, end: constant.end - 1 };
  const synthetic: Attribute = {
    kind: 'Attribute',
    value: target.value,
    attr,
    attrSpan: inner,
    start: node.start,
    end: node.end,
    parent: node.parent,
  };
  a.references.delete(target.value);
  a.refer({
    name: a.canonical(type.api),
    kind: 'api',
    role: node.parent?.kind === 'Call' && node.parent.func === node ? 'call' : 'value',
    confidence: because.confidence,
    reason: because.reason,
    span: inner,
    node: synthetic,
    call: node.parent?.kind === 'Call' && node.parent.func === node ? node.parent : null,
    receiver: null,
    receiverType: null,
  });
  return type;
}

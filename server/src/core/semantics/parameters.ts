/** What a parameter holds: by annotation, by what calls pass, by its default, by how the body uses it, by what PyTorch passes to hooks. */
import type { Param } from '../syntax/ast';
import type { Analysis } from './analysis';
import { isLightning, type ClassInfo } from './classes';
import { batchOf } from './containers';
import type { FunctionInfo } from './functions';
import { inherits } from './hierarchy';
import type { ReasonId } from './reasons';
import {
  apiInstance,
  dictOf,
  evidence,
  INT,
  join,
  listOf,
  NONE,
  tensor,
  tensorIn,
  UNKNOWN,
  weaken,
  type Evidence,
  type Type,
} from './type';
import { typeByName, typeByUsage, usageOfFunction } from './evidence';
import { Sign } from './usage';

/**
 * The type of one parameter.
 * @param passed what a call passes; undefined when it passes nothing
 */
export function parameterType(a: Analysis, fn: FunctionInfo, param: Param, index: number, passed: Type | undefined, at: number): Type {
  if (param.form === 'star') return listOf(variadic(a, fn, param));
  if (param.form === 'doublestar') return dictOf(UNKNOWN);
  const cls = fn.owner;
  if (cls && fn.node?.kind === 'FunctionDef' && index === (fn.binding === 'class' ? 1 : 0) && fn.binding !== 'method')
    if (isFunctionHook(fn, cls)) return apiInstance('torch.autograd.function.FunctionCtx', because('hook', param, fn));
  if (index === 0 && cls && fn.node?.kind === 'FunctionDef') {
    if (fn.binding === 'method' || fn.binding === 'property')
      return { kind: 'instance', className: cls.name, bases: cls.apiBases, of: cls, because: cls.evidence, fromSuper: false };
    if (fn.binding === 'class') return { kind: 'class', className: cls.name, bases: cls.apiBases, of: cls };
  }
  const annotated = fn.annotated[index];
  if (annotated !== undefined && annotated !== UNKNOWN) return withPassed(annotated, passed);
  const standard = fn.defaults[index];
  if (passed !== undefined && passed !== UNKNOWN && passed !== NONE) {
    const uncertain = passed.kind === 'tensor' && passed.because.confidence === 'possible';
    const guessed = uncertain ? byPlace(a, fn, param, index, standard) : UNKNOWN;
    return guessed.kind === 'tensor' ? guessed : fromCall(passed, param, at);
  }
  const guessed = byPlace(a, fn, param, index, standard);
  if (passed === undefined && standard !== undefined) {
    // the default counts, and what is usually passed instead
    if (standard !== NONE) return tensorIn(guessed) ? join(guessed, standard) : standard;
    return guessed === UNKNOWN ? UNKNOWN : join(NONE, guessed);
  }
  if (passed === NONE) return guessed === UNKNOWN ? NONE : join(NONE, guessed);
  return guessed;
}

/** A more exact type that is passed for an annotated parameter: a subclass, a filled container. */
function withPassed(annotated: Type, passed: Type | undefined): Type {
  if (passed === undefined || passed === UNKNOWN) return annotated;
  if (annotated.kind === 'api-instance' && (passed.kind === 'instance' || passed.kind === 'api-instance')) return passed;
  if ((annotated.kind === 'list' || annotated.kind === 'dict') && annotated.kind === passed.kind) return passed;
  if (annotated.kind === 'tensor' && passed.kind === 'tensor' && annotated.rank === null)
    return tensor(annotated.because, passed.rank, passed.dtype);
  if (annotated.kind === 'union' && passed !== NONE && annotated.items.some((item) => item.kind === passed.kind))
    return passed.kind === 'tensor' ? annotated : passed;
  return annotated;
}

/** What a call passes is believed as likely: another call may pass something else. */
function fromCall(passed: Type, param: Param, at: number): Type {
  if (passed.kind === 'tensor') {
    const confidence = passed.because.confidence === 'possible' ? 'possible' : 'likely';
    // of a call in another file
    if (passed.because.reason.id === 'caller') return passed;
    return tensor(evidence(confidence, 'call-site', at, { name: param.name }), passed.rank, passed.dtype);
  }
  return weaken(passed);
}

const because = (id: ReasonId, param: Param, fn: FunctionInfo): Evidence =>
  evidence('likely', id, param.start, { name: param.name, function: fn.name });

function isFunctionHook(fn: FunctionInfo, cls: ClassInfo): boolean {
  if (fn.name === 'message' || fn.name === 'update' || fn.name === 'aggregate')
    return cls.apiBases.some((api) => api.endsWith('.MessagePassing'));
  return (
    (fn.name === 'forward' || fn.name === 'backward' || fn.name === 'setup_context') &&
    cls.apiBases.some((api) => inherits(api, 'torch.autograd.Function'))
  );
}

const STEPS = new Set(['training_step', 'validation_step', 'test_step', 'predict_step']);
const LOADER_NAME = /(^|_)(data_?)?(loader|loaders|dataloader|dl|iter)(_\w+)?$/i;

/** What the place of a parameter and its uses tell, without annotation, default or call. */
function byPlace(a: Analysis, fn: FunctionInfo, param: Param, index: number, standard: Type | undefined): Type {
  const cls = fn.owner;
  const usage = fn.node && a.nearPyTorch ? usageOfFunction(a, fn).get(param.name) : undefined;
  const used = typeByUsage(usage, param.name);
  if (cls && fn.node?.kind === 'FunctionDef') {
    if (STEPS.has(fn.name) && isLightning(cls)) return index === 1 ? batchOf(because('hook', param, fn)) : INT;
    const forward = fn.name === 'forward' && (cls.isModule || isFunctionHook(fn, cls));
    if (forward || isFunctionHook(fn, cls)) {
      if (used.kind === 'dict') return dictOf(tensor(because('forward', param, fn)));
      if (used !== UNKNOWN && used.kind !== 'tensor') return used;
      if (standard !== undefined && standard !== NONE) return used;
      if (usage && usage.signs & (Sign.Called | Sign.Int)) return used;
      if (usage && usage.signs & Sign.Foreign && used === UNKNOWN) return UNKNOWN;
      // `if flag:` on a tensor is an error unless it has one element
      if (usage && usage.signs & Sign.Truth && !(usage.signs & (Sign.Tensor | Sign.Array))) return UNKNOWN;
      return used.kind === 'tensor' ? used : tensor(because('forward', param, fn));
    }
  }
  if (used === UNKNOWN && LOADER_NAME.test(param.name)) return apiInstance('torch.utils.data.DataLoader', because('named', param, fn));
  if (used === UNKNOWN && usage) return typeByName(usage, param.name, param.start);
  return used;
}

/** `*args` of a module's forward are tensors as its other parameters are. */
function variadic(a: Analysis, fn: FunctionInfo, param: Param): Type {
  const annotated = fn.annotated[fn.node!.params.indexOf(param)];
  if (annotated !== undefined) return annotated;
  return fn.name === 'backward' && fn.owner && isFunctionHook(fn, fn.owner) ? tensor(because('hook', param, fn)) : UNKNOWN;
}

/** From signs of use to types: for parameters, for names bound to something unknown, for attributes of `self`. */
import type { Analysis } from './analysis';
import type { ClassInfo } from './classes';
import type { Frame } from './frame';
import type { FunctionInfo } from './functions';
import { apiInstance, dictOf, evidence, INT, listOf, STR, tensor, UNKNOWN, type Type } from './type';
import { rebound, Sign, usageInModule, usageOf, usageOfAttributes, type Usage } from './usage';

/** What the uses of a name say it is; unknown when they say nothing or contradict each other. */
export function typeByUsage(usage: Usage | undefined, name: string): Type {
  if (!usage) return UNKNOWN;
  const signs = usage.signs;
  const against = signs & (Sign.Str | Sign.Dict | Sign.List | Sign.Int | Sign.Numpy);
  const because = evidence('likely', 'usage', usage.at, { name, by: usage.by });
  if (signs & Sign.Tensor) return against ? UNKNOWN : tensor(because);
  if (signs & Sign.Str) return signs & (Sign.Array | Sign.Dict) ? UNKNOWN : STR;
  if (signs & Sign.Dict) return signs & Sign.Array ? UNKNOWN : dictOf(UNKNOWN);
  if (signs & Sign.List) return listOf(UNKNOWN);
  if (signs & Sign.Int) return signs & Sign.Array ? UNKNOWN : INT;
  if (signs & Sign.Module || (signs & Sign.Mode && signs & (Sign.Called | Sign.State))) return apiInstance('torch.nn.Module', because);
  if (signs & Sign.Optimizer || (signs & Sign.Step && signs & Sign.ZeroGrad)) return apiInstance('torch.optim.Optimizer', because);
  return UNKNOWN;
}

/** A telling name together with a fitting use: `optimizer.step()`, `model.eval()`, `scheduler.step()`, `scaler.step(optimizer)`. */
export function typeByName(usage: Usage, written: string, at: number): Type {
  const name = written.toLowerCase();
  const signs = usage.signs;
  const because = evidence('likely', 'named', at, { name: written });
  if (/optim|^opt(_|$)/.test(name) && signs & (Sign.Step | Sign.ZeroGrad)) return apiInstance('torch.optim.Optimizer', because);
  if (/sched/.test(name) && signs & Sign.Step) return apiInstance('torch.optim.lr_scheduler.LRScheduler', because);
  if (/scaler/.test(name) && signs & (Sign.Step | Sign.Scale)) return apiInstance('torch.amp.GradScaler', because);
  if (
    /model|net(work)?$|module|encoder|decoder|generator|discriminator|critic/.test(name) &&
    signs & (Sign.Mode | Sign.ZeroGrad | Sign.State)
  )
    return apiInstance('torch.nn.Module', because);
  return UNKNOWN;
}

/** The signs in a function, gathered once. */
export function usageOfFunction(a: Analysis, fn: FunctionInfo): Map<string, Usage> {
  return (fn.usage ??= usageOf(a, fn.node!, fn.scope));
}

/** What a name that is bound to something unknown is by its uses. */
export function typeOfUnknownName(a: Analysis, frame: Frame, name: string): Type {
  if (!a.nearPyTorch) return UNKNOWN;
  const bound = frame.scope.bindings.get(name);
  if (!bound) return UNKNOWN;
  let parameter = false;
  for (const definition of bound.definitions) {
    if (definition.kind === 'Param') parameter = true;
    else if (definition.kind !== 'Name') return UNKNOWN;
  }
  let usage: Usage | undefined;
  if (frame.scope.kind === 'module') usage = (a.moduleUsage ??= usageInModule(a)).get(name);
  else if (frame.scope.kind === 'function' && frame.fn) usage = usageOfFunction(a, frame.fn).get(parameter ? rebound(name) : name);
  if (!usage) return UNKNOWN;
  const used = typeByUsage(usage, name);
  return used === UNKNOWN ? typeByName(usage, name, usage.at) : used.kind === 'tensor' || used.kind === 'api-instance' ? used : UNKNOWN;
}

/** What an attribute of `self` that holds something unknown is by its uses in the class. */
export function typeOfUnknownAttribute(a: Analysis, cls: ClassInfo, attr: string): Type {
  if (!a.nearPyTorch) return UNKNOWN;
  if (!cls.usage) {
    const methods = [...cls.methods.values()].map((method) => method.node).filter((node) => node?.kind === 'FunctionDef');
    cls.usage = usageOfAttributes(a, methods);
  }
  const usage = cls.usage.get(attr);
  if (!usage) return UNKNOWN;
  const used = typeByUsage(usage, `self.${attr}`);
  return used === UNKNOWN ? typeByName(usage, attr, usage.at) : used.kind === 'tensor' || used.kind === 'api-instance' ? used : UNKNOWN;
}

/** APIs whose result depends on more than their name: containers of modules, loaders, wrappers, registration of buffers. */
import type { Analysis, Arguments } from './analysis';
import { callResult } from './calls';
import { setAttribute } from './classes';
import { collated, iterate } from './containers';
import { callWith } from './functions';
import { usageOfFunction } from './evidence';
import { readType } from './notation';
import { resultOf } from './results';
import { Sign } from './usage';
import { isModuleClass } from './hierarchy';
import { apiInstance, evidence, join, listOf, NEVER, NONE, tensor, UNKNOWN, withoutNone, type ApiType, type Type } from './type';
import { fixed } from '../syntax/name-table';

type Handler = (a: Analysis, args: Arguments, at: number, callee: ApiType) => Type;

const passThrough: Handler = (_a, args) => args.first;
const wrapped =
  (api: string): Handler =>
  (_a, args, at) =>
    apiInstance(api, evidence('certain', 'construct', at, { name: api }), withoutNone(args.first));

/** The item of a container of modules from how it is built. */
const container =
  (api: string): Handler =>
  (a, args, at) => {
    let item = NEVER;
    let layers = true;
    args.call.args.forEach((arg, i) => {
      const type = args.types[i]!;
      const own = type.kind === 'dict' ? type.value : api === 'torch.nn.Sequential' ? type : iterate(a, type, at);
      layers &&= isModuleType(own);
      item = join(item, own);
    });
    // layers of more classes than a union holds are layers still
    if (item === UNKNOWN && layers) item = layer(at);
    return apiInstance(api, evidence('certain', 'construct', at, { name: api }), item === NEVER || item === UNKNOWN ? null : item);
  };

const loader: Handler = (a, args, at, callee) => {
  const dataset = args.get(0, 'dataset') ?? UNKNOWN;
  const why = evidence('likely', 'loader', at);
  const graph = callee.api.startsWith('torch_geometric.');
  const made = evidence('certain', 'construct', at, { name: callee.api });
  if (graph) return apiInstance(callee.api, made, apiInstance('torch_geometric.data.Data', why));
  if (args.given('collate_fn')) return apiInstance(callee.api, made, null);
  const item = dataset.kind === 'instance' ? iterate(a, dataset, at) : UNKNOWN;
  return apiInstance(callee.api, made, item === UNKNOWN ? null : collated(item, why));
};

/** Canonical name → how its result is found. */
export const HANDLERS: Record<string, Handler> = fixed({
  'torch.compile': passThrough,
  'torch.jit.script': passThrough,
  'torch.jit.trace': passThrough,
  'torch.jit.freeze': passThrough,
  'torch.vmap': passThrough,
  'torch.func.vmap': passThrough,
  'torch.nn.utils.weight_norm': passThrough,
  'torch.nn.utils.spectral_norm': passThrough,
  'torch.nn.utils.parametrizations.weight_norm': passThrough,
  'torch.nn.utils.parametrizations.spectral_norm': passThrough,
  'torch.nn.SyncBatchNorm.convert_sync_batchnorm': passThrough,
  'torch.amp.GradScaler.scale': passThrough,
  'torch.nn.DataParallel': wrapped('torch.nn.DataParallel'),
  'torch.nn.parallel.DataParallel': wrapped('torch.nn.DataParallel'),
  'torch.nn.parallel.DistributedDataParallel': wrapped('torch.nn.parallel.DistributedDataParallel'),
  'torch.distributed.fsdp.FullyShardedDataParallel': wrapped('torch.distributed.fsdp.FullyShardedDataParallel'),
  'torch.nn.Sequential': container('torch.nn.Sequential'),
  'torch.nn.ModuleList': container('torch.nn.ModuleList'),
  'torch.nn.ModuleDict': container('torch.nn.ModuleDict'),
  'torch.utils.data.DataLoader': loader,
  'torch.utils.data.dataloader.DataLoader': loader,
  'torch_geometric.loader.DataLoader': loader,
  'torch_geometric.data.DataLoader': loader,
  'torch.utils.data.random_split': (_a, args) => listOf(args.first),
  'torch.utils.data.Subset': passThrough,
  'torch.utils.checkpoint.checkpoint': (a, args, at) => {
    const result = callResult(a, args.first, args, args.types.slice(1));
    return result === UNKNOWN ? tensor(evidence('likely', 'result', at, { api: 'torch.utils.checkpoint.checkpoint' })) : result;
  },
  'torch.autograd.Function.apply': (a, args, at, callee) => {
    const cls = callee.self?.kind === 'class' ? callee.self.of : null;
    const forward = cls?.methods.get('forward');
    const result = forward ? callWith(a, forward, [undefined, ...args.types], at) : UNKNOWN;
    return result === UNKNOWN
      ? tensor(evidence('likely', 'result', at, { api: cls ? `${cls.name}.apply` : 'torch.autograd.Function.apply' }))
      : result;
  },
  'torch.nn.Module.apply': (a, args, at, callee) => {
    handOver(a, args.first, [layer(at)], at);
    return callee.self ?? UNKNOWN;
  },
  'torch.nn.Module.register_forward_hook': hooked,
  'torch.nn.Module.register_forward_pre_hook': hooked,
  // what was saved may be anything; a name tells a whole model from a dictionary of its weights
  'torch.load': (a, args, at) => {
    const target = args.call.parent;
    const name = target?.kind === 'Assign' && target.targets[0]?.kind === 'Name' ? target.targets[0].id : '';
    const { fn } = a.frame;
    const usage = fn?.node ? usageOfFunction(a, fn).get(name) : undefined;
    if (/(?:^|_)(?:model|net|network)$/i.test(name) && !(usage && usage.signs & Sign.Dict))
      return apiInstance('torch.nn.Module', evidence('likely', 'named', at, { name }));
    return readType(
      resultOf('torch.load', a.knowledge) ?? 'object',
      evidence('likely', 'result', at, { api: 'torch.load' }),
      a.knowledge.families,
    );
  },
  'torch.nn.Module.register_buffer': registered,
  'torch.nn.Module.register_parameter': registered,
  'torch.nn.Module.add_module': registered,
  'torch.nn.Module.register_module': registered,
  'torch.func.functional_call': (_a, _args, at) => tensor(evidence('likely', 'result', at, { api: 'torch.func.functional_call' })),
});

const isModuleType = (type: Type): boolean =>
  type.kind === 'instance' ? type.of.isModule : type.kind === 'api-instance' && isModuleClass(type.api);

/** A layer that PyTorch hands to a function of the program: of which class is not known. */
const layer = (at: number): Type => apiInstance('torch.nn.Module', evidence('likely', 'result', at, { api: 'torch.nn.Module.modules' }));

/** A function of the program is called with these, later. */
function handOver(a: Analysis, callee: Type, passed: readonly Type[], at: number): void {
  if (callee.kind === 'function' && callee.of) callWith(a, callee.of, callee.self ? [callee.self, ...passed] : passed, at);
}

/** `layer.register_forward_hook(hook)`: the hook is given the layer, its inputs and (not before the call) its output. */
function hooked(a: Analysis, args: Arguments, at: number): Type {
  const given = tensor(evidence('likely', 'result', at, { api: 'torch.nn.Module.forward' }));
  handOver(a, args.first, [layer(at), listOf(given), given], at);
  return apiInstance('torch.utils.hooks.RemovableHandle', evidence('certain', 'construct', at, { name: 'register_forward_hook' }));
}

/** `self.register_buffer('name', value)` gives the instance an attribute. */
function registered(_a: Analysis, args: Arguments, at: number, callee: ApiType): Type {
  const name = args.expr(0, 'name');
  const value = args.get(1, 'tensor') ?? args.get(1, 'param') ?? args.get(1, 'module');
  if (callee.self?.kind === 'instance' && name?.kind === 'Constant' && typeof name.value === 'string' && value) {
    const held =
      value === UNKNOWN && /buffer|parameter$/.test(callee.api) ? tensor(evidence('certain', 'result', at, { api: callee.api })) : value;
    setAttribute(callee.self.of, name.value, held);
  }
  return NONE;
}

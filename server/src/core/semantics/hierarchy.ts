/** The public class hierarchy of the PyTorch families: who inherits from whom, who defines a member, what an instance yields. */
import { CLASS_ALIASES, CLASS_BASES, CLASS_MEMBERS } from './facts/classes';
import { entryOf, fixed } from '../syntax/name-table';

const MODULE = 'torch.nn.Module';

/** Classes outside `torch` that users inherit from or hold, and their bases. */
const MORE_BASES: Record<string, string> = fixed({
  'pytorch_lightning.LightningModule': MODULE,
  'lightning.LightningModule': MODULE,
  'lightning.pytorch.LightningModule': MODULE,
  'pytorch_lightning.core.LightningModule': MODULE,
  'pytorch_lightning.core.module.LightningModule': MODULE,
  'torch_geometric.nn.MessagePassing': MODULE,
  'torch_geometric.nn.conv.MessagePassing': MODULE,
  'torch.autograd.Function': 'torch.autograd.function.FunctionCtx',
  'torch.optim.lr_scheduler._LRScheduler': 'torch.optim.lr_scheduler.LRScheduler',
  'torch.utils.data.dataset.Dataset': 'torch.utils.data.Dataset',
  'torch.utils.data.dataloader.DataLoader': 'torch.utils.data.DataLoader',
  'torch_geometric.loader.DataLoader': 'torch.utils.data.DataLoader',
  'torch_geometric.data.DataLoader': 'torch.utils.data.DataLoader',
  'torch.nn.modules.module.Module': MODULE,
  'torch.utils.checkpoint.checkpoint': '',
  'einops.layers.torch.Rearrange': MODULE,
  'einops.layers.torch.Reduce': MODULE,
  'physicsnemo.Module': MODULE,
  'physicsnemo.models.module.Module': MODULE,
});

const LIGHTNING =
  'log log_dict print save_hyperparameters manual_backward optimizers lr_schedulers all_gather clip_gradients toggle_optimizer untoggle_optimizer';
const MORE_MEMBERS: Record<string, string> = fixed({
  'pytorch_lightning.LightningModule': LIGHTNING,
  'lightning.LightningModule': LIGHTNING,
  'lightning.pytorch.LightningModule': LIGHTNING,
  'torch_geometric.nn.MessagePassing': 'propagate',
  'torch_geometric.nn.conv.MessagePassing': 'propagate',
});

/** Packages whose capitalised names under these prefixes are modules, unless said otherwise. */
const MODULE_SPACES = [
  'torch.nn.',
  'torch.ao.nn.',
  'timm.models.',
  'timm.layers.',
  'timm.loss.',
  'torchvision.models.',
  'torchvision.ops.',
  'torch_geometric.nn.',
  'torch_harmonics.',
  'xformers.ops.',
  'apex.normalization.',
  'apex.parallel.',
  'neuralop.models.',
  'neuralop.layers.',
  'physicsnemo.models.',
  'transformers.',
  'torchaudio.transforms.',
  'torchmetrics.',
  'flash_attn.modules.',
];

const members = new Map<string, Set<string>>();
for (const source of [CLASS_MEMBERS, MORE_MEMBERS])
  for (const [name, list] of Object.entries(source)) members.set(name, new Set([...(members.get(name) ?? []), ...list.split(' ')]));

/** Whether the last part of a dotted name is written like a class. */
export function looksLikeClass(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return /^_{0,2}[A-Z][A-Za-z0-9_]*$/.test(last) && (/[a-z]/.test(last) || last.length <= 4);
}

/** One name for each class that has several. */
export function classOf(name: string): string {
  return entryOf(CLASS_ALIASES, name) ?? name;
}

/** Whether the facts know this name as a class. */
export function isKnownClass(name: string): boolean {
  const own = classOf(name);
  return Object.hasOwn(CLASS_BASES, own) || own in MORE_BASES;
}

const knownBases = new Map<string, readonly string[]>();

/** Nearest public bases of a family class. */
export function basesOf(name: string): readonly string[] {
  let bases = knownBases.get(name);
  if (!bases) {
    if (knownBases.size > 5000) knownBases.clear();
    knownBases.set(name, (bases = findBases(name)));
  }
  return bases;
}

function findBases(name: string): readonly string[] {
  const own = classOf(name);
  const text = entryOf(CLASS_BASES, own) ?? MORE_BASES[own];
  if (text !== undefined) return text ? text.split(' ') : [];
  if (looksLikeClass(own) && MODULE_SPACES.some((space) => own.startsWith(space))) return [MODULE];
  if (own.endsWith('.LightningModule')) return [MODULE];
  return [];
}

/** Whether a family class is `ancestor` or inherits from it. */
export function inherits(name: string, ancestor: string, depth = 0): boolean {
  if (name === ancestor) return true;
  if (depth > 12) return false;
  return basesOf(name).some((base) => inherits(base, ancestor, depth + 1));
}

/** The class of the public hierarchy that first defines a member: `torch.nn.Module` for `eval` of any layer. Null when none does. */
export function definerOf(name: string, member: string, depth = 0): string | null {
  if (depth > 12) return null;
  const own = classOf(name);
  for (const base of basesOf(own)) {
    const found = definerOf(base, member, depth + 1);
    if (found) return found;
  }
  return members.get(own)?.has(member) ? own : null;
}

const HELD = [MODULE, 'torch.optim.Optimizer', 'torch.optim.lr_scheduler.LRScheduler', 'torch.amp.GradScaler'];

/** Whether modules, or what trains them, have a member of this name. */
export const isModuleMember = (name: string): boolean => HELD.some((held) => members.get(held)?.has(name));

export const isModuleClass = (name: string): boolean => inherits(name, MODULE);

/** Members only modules have: seeing one called is evidence. `true`: also without being called on something known. */
export const MODULE_ONLY = new Set(
  (
    'parameters named_parameters named_modules named_children named_buffers register_buffer register_parameter register_forward_hook ' +
    'register_forward_pre_hook register_module add_module load_state_dict'
  )
    .split(' ')
    .filter((name) => name !== 'load_state_dict' && name !== 'parameters'),
);

/** What members yield, by `definer.member`, in the notation of notation.ts. */
export const MEMBER_RESULTS: Record<string, string> = fixed({
  'torch.nn.Module.to': 'self',
  'torch.nn.Module.cuda': 'self',
  'torch.nn.Module.cpu': 'self',
  'torch.nn.Module.eval': 'self',
  'torch.nn.Module.train': 'self',
  'torch.nn.Module.float': 'self',
  'torch.nn.Module.double': 'self',
  'torch.nn.Module.half': 'self',
  'torch.nn.Module.bfloat16': 'self',
  'torch.nn.Module.type': 'self',
  'torch.nn.Module.apply': 'self',
  'torch.nn.Module.requires_grad_': 'self',
  'torch.nn.Module.share_memory': 'self',
  'torch.nn.Module.to_empty': 'self',
  'torch.nn.Module.xpu': 'self',
  'torch.nn.Module.parameters': 'list[Tensor]',
  'torch.nn.Module.buffers': 'list[Tensor]',
  'torch.nn.Module.named_parameters': 'list[tuple[str, Tensor]]',
  'torch.nn.Module.named_buffers': 'list[tuple[str, Tensor]]',
  'torch.nn.Module.modules': 'list[torch.nn.Module]',
  'torch.nn.Module.children': 'list[torch.nn.Module]',
  'torch.nn.Module.named_modules': 'list[tuple[str, torch.nn.Module]]',
  'torch.nn.Module.named_children': 'list[tuple[str, torch.nn.Module]]',
  'torch.nn.Module.state_dict': 'dict[Tensor]',
  'torch.nn.Module.get_parameter': 'Tensor',
  'torch.nn.Module.get_buffer': 'Tensor',
  'torch.nn.Module.get_submodule': 'torch.nn.Module',
  'torch.nn.Module.load_state_dict': 'object',
  'torch.nn.Module.zero_grad': 'none',
  'torch.nn.Module.register_buffer': 'none',
  'torch.nn.Module.register_parameter': 'none',
  'torch.optim.Optimizer.zero_grad': 'none',
  'torch.optim.Optimizer.state_dict': 'dict',
  'torch.amp.GradScaler.scale': 'argument',
  'torch.amp.GradScaler.get_scale': 'float',
  'torch.optim.lr_scheduler.LRScheduler.get_last_lr': 'list[float]',
  'torch.optim.lr_scheduler.LRScheduler.get_lr': 'list[float]',
  'torch.distributions.Distribution.sample': 'Tensor',
  'torch.distributions.Distribution.rsample': 'Tensor',
  'torch.distributions.Distribution.sample_n': 'Tensor',
  'torch.distributions.Distribution.log_prob': 'Tensor',
  'torch.distributions.Distribution.entropy': 'Tensor',
  'torch.distributions.Distribution.cdf': 'Tensor',
  'torch.distributions.Distribution.icdf': 'Tensor',
  'torch.Size.numel': 'int',
  'torch.Generator.manual_seed': 'torch.Generator',
  'torch.cuda.Event.elapsed_time': 'float',
  'torch.nn.ModuleDict.items': 'list[tuple[str, item]]',
  'torch.nn.ModuleDict.values': 'list[item]',
  'torch.nn.ModuleDict.keys': 'list[str]',
  'torch.nn.ModuleList.append': 'self',
  'torch.nn.Transformer.generate_square_subsequent_mask': 'Tensor',
});

/** Attributes of instances, by class that has them. */
export const INSTANCE_ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, string>>>> = fixed<Readonly<Record<string, string>>>({
  'torch.nn.Module': { training: 'bool' },
  'torch.optim.Optimizer': { param_groups: 'list[dict]', state: 'dict', defaults: 'dict' },
  'torch.device': { type: 'str', index: 'int' },
  'torch.utils.data.DataLoader': { batch_size: 'int', num_workers: 'int', drop_last: 'bool' },
  'torch.nn.utils.rnn.PackedSequence': { data: 'Tensor', batch_sizes: 'Tensor', sorted_indices: 'Tensor', unsorted_indices: 'Tensor' },
  'torch.distributions.Distribution': {
    mean: 'Tensor',
    variance: 'Tensor',
    stddev: 'Tensor',
    mode: 'Tensor',
    loc: 'Tensor',
    scale: 'Tensor',
    logits: 'Tensor',
    probs: 'Tensor',
  },
  'torch.autograd.function.FunctionCtx': { saved_tensors: 'list[Tensor]', saved_variables: 'list[Tensor]' },
  'torch_geometric.data.Data': {
    x: 'Tensor',
    edge_index: 'Tensor',
    edge_attr: 'Tensor',
    y: 'Tensor',
    pos: 'Tensor',
    batch: 'Tensor',
    ptr: 'Tensor',
    train_mask: 'Tensor',
    val_mask: 'Tensor',
    test_mask: 'Tensor',
    num_nodes: 'int',
    num_graphs: 'int',
    num_features: 'int',
  },
  'torch.finfo': { min: 'float', max: 'float', eps: 'float', tiny: 'float' },
  'torch.iinfo': { min: 'int', max: 'int' },
});

/** Parameters and buffers of layers: attributes of any `torch.nn` layer with these names hold tensors. */
export const LAYER_TENSORS = new Set(
  'weight bias running_mean running_var num_batches_tracked in_proj_weight in_proj_bias weight_g weight_v weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0'.split(
    ' ',
  ),
);

/** What calling a layer yields, where it is not one tensor. */
export const LAYER_RESULTS: Record<string, string> = fixed({
  'torch.nn.LSTM': 'tuple[Tensor, tuple[Tensor, Tensor]]',
  'torch.nn.GRU': 'tuple[Tensor, Tensor]',
  'torch.nn.RNN': 'tuple[Tensor, Tensor]',
  'torch.nn.LSTMCell': 'tuple[Tensor, Tensor]',
  'torch.nn.MultiheadAttention': 'tuple[Tensor, Tensor]',
  'torch.nn.AdaptiveLogSoftmaxWithLoss': 'tuple[Tensor, Tensor]',
});

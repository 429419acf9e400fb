/** What a call of a PyTorch-family API yields: by the catalog's record, else by the facts, else by convention. */
import { FUNCTION_RESULTS, NO_TENSOR_FIRST } from './facts/functions';
import { classOf, isKnownClass, looksLikeClass } from './hierarchy';
import type { ApiKnowledge } from './knowledge';
import { fixed } from '../syntax/name-table';

const results = new Map<string, string>();
for (const [result, names] of Object.entries(FUNCTION_RESULTS)) for (const name of names.split(' ')) results.set(name, result);

/** Corrections and packages the facts do not cover. */
const MORE: Record<string, string> = fixed({
  'torch.where': 'Tensor|list[Tensor]',
  'torch.nn.functional.adaptive_max_pool1d': 'Tensor',
  'torch.nn.functional.adaptive_max_pool2d': 'Tensor',
  'torch.nn.functional.adaptive_max_pool3d': 'Tensor',
  'torch.nn.functional.fractional_max_pool2d': 'Tensor',
  'torch.nn.functional.fractional_max_pool3d': 'Tensor',
  'torch.nn.functional.embedding_bag': 'Tensor',
  'torch.nn.functional.upsample': 'Tensor',
  'torch.nn.functional.upsample_bilinear': 'Tensor',
  'torch.nn.functional.upsample_nearest': 'Tensor',
  'torch.nn.functional.multi_head_attention_forward': 'tuple[Tensor, Tensor]',
  'torch.nn.functional.sparse_scaled_dot_product_attention': 'Tensor',
  'torch.nn.utils.clip_grad_norm_': 'Tensor',
  'torch.nn.utils.rnn.pack_padded_sequence': 'torch.nn.utils.rnn.PackedSequence',
  'torch.nn.utils.rnn.pack_sequence': 'torch.nn.utils.rnn.PackedSequence',
  'torch.nn.utils.rnn.pad_packed_sequence': 'tuple[Tensor, Tensor]',
  'torch.nn.utils.parameters_to_vector': 'Tensor',
  'torch.distributions.utils.broadcast_all': 'list[Tensor]',
  'torch.distributions.utils.logits_to_probs': 'Tensor',
  'torch.distributions.utils.probs_to_logits': 'Tensor',
  'torch.distributions.utils.clamp_probs': 'Tensor',
  'torch.distributions.utils._standard_normal': 'Tensor',
  'torch.distributions.utils._sum_rightmost': 'Tensor',
  'torch.distributions.utils.vec_to_tril_matrix': 'Tensor',
  'torch.distributions.utils.tril_matrix_to_vec': 'Tensor',
  'torch.autograd.grad': 'list[Tensor]',
  'torch.autograd.functional.jacobian': 'Tensor',
  'torch.autograd.functional.hessian': 'Tensor',
  'torch.linalg.svdvals': 'Tensor',
  'torch.linalg.norm': 'Tensor',
  'torch.linalg.vector_norm': 'Tensor',
  'torch.from_dlpack': 'Tensor',
  'torch.load': 'object',
  'torch.is_tensor': 'bool',
  'torch.get_rng_state': 'Tensor',
  'torch.cuda.get_rng_state': 'Tensor',
  'torch.manual_seed': 'torch.Generator',
  'torch.seed': 'int',
  'torch.initial_seed': 'int',
  'torch.unravel_index': 'list[Tensor]',
  'torch.cuda.is_available': 'bool',
  'torch.cuda.device_count': 'int',
  'torch.cuda.current_device': 'int',
  'torch.cuda.memory_allocated': 'int',
  'torch.cuda.max_memory_allocated': 'int',
  'torch.cuda.get_device_name': 'str',
  'torch.distributed.get_rank': 'int',
  'torch.distributed.get_world_size': 'int',
  'torch.distributed.is_initialized': 'bool',
  'torch.distributed.is_available': 'bool',
  'torch.utils.data.random_split': 'list[torch.utils.data.Subset]',
  'torch.utils.data.default_collate': 'object',
  'torch.hub.load': 'torch.nn.Module?',
  'torch.jit.load': 'torch.nn.Module',
  'torchvision.utils.make_grid': 'Tensor',
  'torchvision.io.read_image': 'Tensor',
  'torchvision.ops.nms': 'Tensor',
  'torchvision.ops.box_iou': 'Tensor',
  'torchvision.ops.roi_align': 'Tensor',
  'torchvision.ops.boxes.box_area': 'Tensor',
  'torchvision.ops.box_area': 'Tensor',
  'torchaudio.load': 'tuple[Tensor, int]',
  'timm.create_model': 'torch.nn.Module',
  'timm.models.create_model': 'torch.nn.Module',
  'timm.optim.create_optimizer': 'torch.optim.Optimizer',
  'timm.models.layers.trunc_normal_': 'Tensor',
  'timm.models.layers.drop_path': 'Tensor',
  'timm.models.layers.to_2tuple': 'tuple[int, int]',
  'timm.layers.to_2tuple': 'tuple[int, int]',
  'timm.layers.trunc_normal_': 'Tensor',
  'timm.layers.drop_path': 'Tensor',
  'einops.rearrange': 'Tensor',
  'einops.reduce': 'Tensor',
  'einops.repeat': 'Tensor',
  'einops.einsum': 'Tensor',
  'einops.pack': 'tuple[Tensor, list]',
  'einops.unpack': 'list[Tensor]',
  'einops.parse_shape': 'dict[int]',
  'torch_scatter.scatter': 'Tensor',
  'torch_scatter.scatter_add': 'Tensor',
  'torch_scatter.scatter_sum': 'Tensor',
  'torch_scatter.scatter_mean': 'Tensor',
  'torch_scatter.scatter_mul': 'Tensor',
  'torch_scatter.scatter_softmax': 'Tensor',
  'torch_scatter.scatter_max': 'tuple[Tensor, Tensor]',
  'torch_scatter.scatter_min': 'tuple[Tensor, Tensor]',
  'torch_geometric.utils.degree': 'Tensor',
  'torch_geometric.utils.softmax': 'Tensor',
  'torch_geometric.utils.scatter': 'Tensor',
  'torch_geometric.utils.add_self_loops': 'tuple[Tensor, Tensor]',
  'torch_geometric.nn.global_mean_pool': 'Tensor',
  'torch_geometric.nn.global_add_pool': 'Tensor',
  'torch_geometric.nn.global_max_pool': 'Tensor',
  'xformers.ops.memory_efficient_attention': 'Tensor',
  'flash_attn.flash_attn_func': 'Tensor',
});
for (const [name, result] of Object.entries(MORE)) results.set(name, result);
for (const kind of 'Float Double Half BFloat16 Long Int Short Char Byte Bool'.split(' ')) {
  results.set(`torch.${kind}Tensor`, 'Tensor');
  results.set(`torch.cuda.${kind}Tensor`, 'Tensor');
}
for (const name of [
  'torch.Tensor',
  'torch.nn.Parameter',
  'torch.nn.parameter.Parameter',
  'torch.nn.Buffer',
  'torch.autograd.Variable',
  'torch.autograd.variable.Variable',
])
  results.set(name, 'Tensor');

const noTensorFirst = new Set(NO_TENSOR_FIRST.split(' '));

const COLLECTIVES = new Set(
  ['all_reduce', 'broadcast', 'reduce', 'send', 'recv', 'isend', 'irecv'].map((name) => `torch.distributed.${name}`),
);

/** Whether the first argument of a function is a tensor (so that passing a name to it is evidence). */
export function takesTensorFirst(api: string): boolean {
  if (COLLECTIVES.has(api)) return true;
  const result = results.get(api);
  if (result === undefined) return false;
  if (api.startsWith('torch.nn.functional.') || api.startsWith('torch.fft.') || api.startsWith('torch.linalg.'))
    return !/freq$|multi_dot$|has_torch/.test(api);
  const name = api.slice(6);
  return (
    api.startsWith('torch.') &&
    !name.includes('.') &&
    !noTensorFirst.has(name) &&
    !/Tensor$|^(cat|concat|concatenate|stack|vstack|hstack|dstack|column_stack|row_stack|einsum|meshgrid|block_diag|cartesian_prod|chain_matmul|broadcast|atleast|load|where|is_tensor|nn|manual_seed|seed|hub|jit|cuda|Size|can_cast|result_type|lcm|gcd|from)/.test(
      name,
    )
  );
}

/** Names whose instances are tensors. */
export function isTensorClass(api: string): boolean {
  return results.get(api) === 'Tensor' && looksLikeClass(api);
}

/** The notation of what a call of this API yields; null when nothing is known. A class yields its own name. */
export function resultOf(api: string, knowledge: ApiKnowledge): string | null {
  const known = results.get(api);
  // a record says one result only where that depends on the arguments
  if (known?.includes('|')) return known;
  const fact = knowledge.lookup(api);
  if (fact?.returns) return fact.returns;
  if (known !== undefined) return known;
  if (fact?.kind === 'class' || isKnownClass(api)) return classOf(api);
  if (looksLikeClass(api)) return api;
  if (api.startsWith('torchvision.models.')) return 'torch.nn.Module';
  if (api.startsWith('torch.nn.init.')) return 'Tensor';
  return null;
}

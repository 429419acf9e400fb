/** What tensor methods yield, with rank and dtype where they are cheap to know. */
import type { Arguments } from './analysis';
import { dtypeAfter, dtypeOfLiteral, DTYPES } from './dtypes';
import { PYTORCH } from './families';
import { readType } from './notation';
import { METHOD_RESULTS } from './tensor-members';
import { evidence, INT, listOf, other, SIZE, STR, tensor, tupleOf, UNKNOWN, type TensorType, type Type } from './type';

/** Results have the rank of the receiver. */
const SAME_RANK = new Set(
  (
    'abs acos add add_ addcdiv addcmul bool bfloat16 byte ceil clamp clamp_ clamp_min clamp_max clip clone contiguous copy_ cos cpu cuda cumprod cumsum ' +
    'detach detach_ div div_ double exp exp_ fill_ flip float floor fmod half int log log10 log1p log2 long masked_fill masked_fill_ mul mul_ ' +
    'nan_to_num neg normal_ pow reciprocal relu relu_ requires_grad_ roll round rsqrt scatter scatter_ scatter_add scatter_add_ short sigmoid ' +
    'sigmoid_ sign sin softmax log_softmax sort sqrt square sub sub_ swapaxes tan tanh tanh_ transpose tril triu trunc_normal_ type_as uniform_ where ' +
    'zero_ index_select gather'
  ).split(' '),
);
const REDUCING = new Set(
  'sum mean prod std var amax amin argmax argmin all any norm logsumexp median nanmean nansum count_nonzero'.split(' '),
);
const BY_COUNT = new Set('view reshape permute expand'.split(' '));

/** Result of `receiver.name(…)`. */
export function tensorMethodResult(name: string, receiver: TensorType, args: Arguments, at: number): Type {
  const notation = METHOD_RESULTS.get(name);
  if (notation === undefined) return UNKNOWN;
  const because = evidence(receiver.because.confidence, 'method', at, { name });
  switch (notation) {
    case 'Tensor':
      return plainResult(name, receiver, args, at);
    case 'torch.Size|int':
      return args.types.length ? INT : SIZE;
    case 'str|Tensor':
      return args.types.length ? tensor(because, receiver.rank) : STR;
    case 'Tensor|tuple[Tensor, Tensor]': {
      const first = args.get(0, null);
      const reduces = args.given('dim') || (first !== undefined && first.kind !== 'tensor');
      return reduces ? tupleOf([tensor(because), tensor(because)]) : tensor(because, first ? null : 0);
    }
    case 'Tensor|tuple':
      return args.call.args.some((arg) => arg.name?.startsWith('return_')) ? listOf(tensor(because)) : tensor(because, 1);
    case 'Tensor|list[Tensor]':
      return args.isTrue('as_tuple') ? listOf(tensor(because, 1)) : tensor(because);
    case 'tuple|int':
      return args.types.length ? INT : listOf(INT);
    case 'list':
      return listOf(UNKNOWN);
    case 'number':
      return other('float');
    default:
      return readType(notation, because, PYTORCH);
  }
}

function plainResult(name: string, receiver: TensorType, args: Arguments, at: number): Type {
  let rank: number | null = null;
  let dtype = dtypeArgument(args) ?? dtypeAfter(name, receiver.dtype, args.types);
  if (name in DTYPES) {
    rank = receiver.rank;
    dtype = DTYPES[name]!;
  } else if (name === 'to') {
    rank = receiver.rank;
    // a device keeps it; another tensor, or what nobody knows, may bring its own
    const kept = args.types.every((type) => type.kind !== 'tensor' && type.kind !== 'unknown' && type.kind !== 'union');
    dtype = dtypeArgument(args) ?? (kept && !args.given('dtype') ? receiver.dtype : null);
  } else if (SAME_RANK.has(name)) {
    rank = receiver.rank;
  } else if (BY_COUNT.has(name)) {
    rank = countedRank(args, 0);
  } else if (name === 'unsqueeze') {
    rank = receiver.rank === null ? null : receiver.rank + 1;
  } else if (name === 'flatten') {
    rank = args.types.length === 0 ? 1 : null;
  } else if (REDUCING.has(name)) {
    rank = args.types.length === 0 ? 0 : null;
  }
  return tensor(evidence(receiver.because.confidence, 'method', at, { name }), rank, dtype);
}

/** The rank a list of sizes or dimensions has: written out, or in one tuple. Null when a star or a name hides it. */
function countedRank(args: Arguments, from: number): number | null {
  const positional = args.positional;
  if (positional === null || positional <= from) return null;
  const first = args.expr(from, null);
  if (first?.kind === 'Tuple' || first?.kind === 'List')
    return first.items.some((item) => item.kind === 'Starred') ? null : first.items.length;
  const type = args.get(from, null);
  if (positional === from + 1) return type?.kind === 'tuple' ? type.items.length : type === INT ? 1 : null;
  return positional - from;
}

function dtypeArgument(args: Arguments): string | null {
  for (const type of args.types) {
    if (type.kind !== 'api' || !type.api.startsWith('torch.')) continue;
    const name = type.api.slice(6);
    if (/^(b?float\d*|half|double|int\d*|uint8|long|short|bool|complex\d*|cfloat|cdouble)$/.test(name)) return DTYPES[name] ?? name;
  }
  return null;
}

const SIZED = new Set(['torch.zeros', 'torch.ones', 'torch.rand', 'torch.randn', 'torch.empty', 'torch.Tensor', 'torch.FloatTensor']);
const LIKE = /^torch\.\w+_like$/;
const VECTORS = new Set(['torch.arange', 'torch.linspace', 'torch.logspace', 'torch.randperm', 'torch.hann_window']);

/** Adds rank and dtype to the result of a creation function. */
export function withOptions(api: string, result: TensorType, args: Arguments): TensorType {
  let rank: number | null = null;
  if (SIZED.has(api)) rank = countedRank(args, 0);
  else if (api === 'torch.full')
    rank = args.expr(0, 'size')?.kind === 'Tuple' ? (args.expr(0, 'size') as { items: unknown[] }).items.length : null;
  else if (VECTORS.has(api)) rank = 1;
  else if (api === 'torch.eye') rank = 2;
  else if (LIKE.test(api) && args.first.kind === 'tensor') rank = args.first.rank;
  const dtype = dtypeArgument(args) ?? (args.given('dtype') ? null : madeOf(api, args));
  return rank === null && dtype === null ? result : tensor(result.because, rank, dtype);
}

/** Functions whose result is complex; of float64, as complex as complex64. */
const COMPLEX = /^torch\.(?:fft\.(?:r?fft[2n]?|i?fft[2n]?|ihfft[2n]?)|complex|polar|view_as_complex)$/;

/** The dtype of what a function makes without being told one. */
function madeOf(api: string, args: Arguments): string | null {
  if (COMPLEX.test(api)) return 'complex64';
  if (api === 'torch.randint' || api === 'torch.randperm') return 'int64';
  if (api === 'torch.tensor') return dtypeOfLiteral(args.expr(0, 'data'));
  if (api === 'torch.arange') {
    const sizes = args.call.args.filter(({ name }) => name === null || name === 'start' || name === 'end' || name === 'step');
    const dtypes = sizes.map(({ value }) => dtypeOfLiteral(value));
    return dtypes.length > 0 && dtypes.every((dtype) => dtype === 'int64') ? 'int64' : null;
  }
  return LIKE.test(api) && args.first.kind === 'tensor' ? args.first.dtype : null;
}

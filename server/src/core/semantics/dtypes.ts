/**
 * Dtypes where they are cheap to know: what a cast, a method or an operator leaves of them. Null is "not known", which is also the answer wherever
 * PyTorch's promotion would have to be known in full.
 */
import type { Expr } from '../syntax/ast';
import type { Type } from './type';
import { fixed } from '../syntax/name-table';

/** Methods, and words for dtypes, that name one. */
export const DTYPES: Readonly<Record<string, string>> = fixed({
  float: 'float32',
  double: 'float64',
  half: 'float16',
  bfloat16: 'bfloat16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
  byte: 'uint8',
  char: 'int8',
  bool: 'bool',
  cfloat: 'complex64',
  cdouble: 'complex128',
});

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Elements are taken as they are. */
const MOVING = words(
  'chunk clone contiguous cpu cuda detach diag diagonal expand expand_as flatten flip gather index_select masked_select movedim narrow npu permute ravel ' +
    'repeat repeat_interleave requires_grad_ reshape reshape_as roll select squeeze swapaxes swapdims t take tile transpose tril triu unflatten ' +
    'unfold unsqueeze view view_as abs clamp clamp_max clamp_min clip neg negative sign sort square relu max min amax amin cummax cummin',
);
const TRUTHS = words(
  'all any eq equal ge gt isclose isfinite isinf isnan isneginf isposinf le logical_and logical_not logical_or logical_xor lt ne not_equal greater ' +
    'greater_equal less less_equal signbit',
);
const PLACES = words('argmax argmin argsort count_nonzero nonzero');

const isFloat = (dtype: string): boolean => /^b?float/.test(dtype);

/** A number of Python, which leaves a floating tensor its dtype. */
const isNumber = (type: Type): boolean => type.kind === 'other' && (type.of === 'int' || type.of === 'float' || type.of === 'bool');

/** Of the result of a method that is no cast. @param others types of the arguments */
export function dtypeAfter(name: string, dtype: string | null, others: readonly Type[]): string | null {
  if (TRUTHS.has(name)) return 'bool';
  if (PLACES.has(name)) return 'int64';
  if (dtype === null) return null;
  const inPlace = name.endsWith('_') && !name.endsWith('__');
  if (inPlace) return dtype;
  const settled = others.every((type) => type.kind !== 'tensor' && type.kind !== 'unknown' && type.kind !== 'union');
  if (MOVING.has(name)) return dtype.startsWith('complex') && name === 'abs' ? null : dtype;
  if (name === 'sum' || name === 'prod' || name === 'cumsum' || name === 'cumprod') return /^(?:u?int|bool)/.test(dtype) ? 'int64' : dtype;
  if (isFloat(dtype))
    return settled || others.every((type) => isNumber(type) || (type.kind === 'tensor' && type.dtype === dtype)) ? dtype : null;
  return null;
}

/** Of the result of an arithmetic operator on a tensor. */
export function dtypeOfOperation(op: string, dtype: string | null, other: Type): string | null {
  if (dtype === null) return null;
  if (other.kind === 'tensor' && other.dtype === dtype) return op === '/' && !isFloat(dtype) && !dtype.startsWith('complex') ? null : dtype;
  if (!isNumber(other)) return null;
  if (isFloat(dtype) || dtype.startsWith('complex')) return dtype;
  return dtype !== 'bool' && op !== '/' && other.kind === 'other' && other.of === 'int' ? dtype : null;
}

/** Of a tensor made from what is written: `torch.tensor([1, 2])`, `torch.arange(3)`. Floating ones have the default dtype, which programs set. */
export function dtypeOfLiteral(value: Expr | undefined): string | null {
  if (value === undefined) return null;
  if (value.kind === 'UnaryOp' && (value.op === '-' || value.op === '+')) return dtypeOfLiteral(value.operand);
  if (value.kind === 'Constant') return value.type === 'int' ? 'int64' : value.type === 'bool' ? 'bool' : null;
  if ((value.kind !== 'List' && value.kind !== 'Tuple') || value.items.length === 0) return null;
  const [first, ...rest] = value.items.map(dtypeOfLiteral);
  return rest.every((dtype) => dtype === first) ? first! : null;
}

/**
 * References to operators of tensors. Nearly all of them mean the same everywhere and are none; what is told apart here is what MindSpore refuses
 * (complex numbers) or silently reads otherwise (a number and a list in one index). What is to be done about it is in the records.
 */
import type { BinOp, Expr, Subscript } from '../syntax/ast';
import { isStored } from '../syntax/statements';
import type { Analysis } from './analysis';
import type { Confidence, Reference } from './reference';
import { INT, type TensorType, type Type } from './type';

const FORWARD: Readonly<Record<string, string>> = { '+': '__add__', '-': '__sub__', '*': '__mul__', '/': '__truediv__' };
const REFLECTED: Readonly<Record<string, string>> = { '+': '__radd__', '-': '__rsub__', '*': '__rmul__', '/': '__rtruediv__' };

/** Products and quotients with a complex tensor; any of the four operations of a tensor with a complex number. */
export function emitOperator(a: Analysis, node: BinOp, left: Type, right: Type): void {
  const name = FORWARD[node.op];
  if (name === undefined || !(isComplex(left) || isComplex(right))) return a.retract(node);
  const complexNumber = !isTensor(left) || !isTensor(right);
  if (complexNumber ? !isComplexNumber(left) && !isComplexNumber(right) : node.op === '+' || node.op === '-') return a.retract(node);
  const span = { start: node.left.end, end: node.right.start };
  if (isTensor(left)) emit(a, node, name, node.left, left, isTensor(right) ? [left, right] : [left], span);
  else if (isTensor(right)) emit(a, node, REFLECTED[node.op]!, node.right, right, [right], span);
  else a.retract(node);
}

/**
 * `x[1, :, [0, 2]]`: PyTorch takes the numbers first, and leaves the axis of the list where it is then; NumPy and MindSpore count the numbers among the
 * lists, and as a slice lies between them that axis comes first. Only what is read: taken in turn, what is stored there would go to a copy.
 */
export function emitIndexing(a: Analysis, node: Subscript, type: Type, parts: readonly Type[]): void {
  if (!isTensor(type) || !isMixed(node.index, parts) || isStored(node)) return a.retract(node);
  emit(a, node, '__getitem__', node.value, type, [type], { start: node.value.end, end: node.end });
}

function isMixed(index: readonly Expr[], types: readonly Type[]): boolean {
  if (index.length < 3) return false;
  const kinds = index.map((item, i) => kindOf(item, types[i]!));
  if (!kinds.includes('number') || kinds.includes('unknown')) return false;
  const picks = kinds.flatMap((kind, i) => (kind === 'number' || kind === 'list' ? [i] : []));
  const isFirst = !kinds.slice(0, kinds.indexOf('list') + 1).includes('slice'); // its axis comes first in any case, where there is one
  return !isFirst && picks.some((at, i) => i > 0 && at !== picks[i - 1]! + 1);
}

function kindOf(item: Expr, type: Type): 'number' | 'list' | 'slice' | 'unknown' {
  if (item.kind === 'Slice' || (item.kind === 'Constant' && (item.type === 'none' || item.type === 'ellipsis'))) return 'slice';
  if (type === INT || (item.kind === 'UnaryOp' && item.operand.kind === 'Constant' && item.operand.type === 'int')) return 'number';
  if (item.kind === 'List' || type.kind === 'list' || (isTensor(type) && type.rank !== 0)) return 'list';
  return 'unknown';
}

function emit(
  a: Analysis,
  node: BinOp | Subscript,
  method: string,
  receiver: Expr,
  receiverType: TensorType,
  grounds: readonly TensorType[],
  span: Reference['span'],
): void {
  const weakest = grounds.reduce((x, y) => (RANK[y.because.confidence] < RANK[x.because.confidence] ? y : x));
  const { confidence, reason } = weakest.because;
  if (confidence === 'possible') return a.retract(node);
  a.refer({
    name: `torch.Tensor.${method}`,
    kind: 'operator',
    role: 'call',
    confidence,
    reason,
    span,
    node,
    call: null,
    receiver,
    receiverType,
  });
}

const RANK: Readonly<Record<Confidence, number>> = { possible: 0, likely: 1, certain: 2 };

const isTensor = (type: Type): type is TensorType => type.kind === 'tensor';
const isComplexNumber = (type: Type): boolean => type.kind === 'other' && type.of === 'complex';
const isComplex = (type: Type): boolean => isComplexNumber(type) || (isTensor(type) && (type.dtype?.startsWith('complex') ?? false));

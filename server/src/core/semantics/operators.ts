/** Types of literals and of what operators yield. */
import type { Constant } from '../syntax/ast';
import { dtypeOfOperation } from './dtypes';
import { BOOL, FLOAT, INT, join, listOf, NEVER, NONE, other, STR, tensor, tensorIn, tupleOf, UNKNOWN, weaken, type Type } from './type';

/** The type of a literal. */
export function constantType(expr: Constant): Type {
  switch (expr.type) {
    case 'int':
      return INT;
    case 'float':
      return FLOAT;
    case 'bool':
      return BOOL;
    case 'none':
      return NONE;
    case 'str':
      return STR;
    default:
      return other(expr.type);
  }
}

/** What an operator yields: a tensor when an operand is one. */
export function operate(op: string, left: Type, right: Type): Type {
  const result = operated(op, left, right);
  if (result.kind !== 'tensor' || result.dtype === null) return result;
  const other = left.kind === 'tensor' ? right : left;
  const dtype = dtypeOfOperation(op, left.kind === 'tensor' ? left.dtype : right.kind === 'tensor' ? right.dtype : null, other);
  return dtype === result.dtype ? result : tensor(result.because, result.rank, dtype);
}

function operated(op: string, left: Type, right: Type): Type {
  if (left.kind === 'tensor') {
    if (right.kind === 'tensor' && right.because.confidence === 'certain')
      return left.because.confidence === 'certain' ? merged(left, right) : unranked(right);
    return left.rank === null || right.kind === 'other' ? left : unranked(left);
  }
  if (right.kind === 'tensor') {
    if (left.kind === 'list' || left.kind === 'tuple' || left === STR) return left === STR ? STR : UNKNOWN;
    return right.rank === null || left.kind === 'other' ? right : unranked(right);
  }
  const within = tensorIn(left) ?? tensorIn(right);
  if (within) return weaken(unranked(within));
  if (left === STR) return op === '+' || op === '%' || op === '*' ? STR : UNKNOWN;
  if (left.kind === 'list' || left.kind === 'tuple') {
    if (op === '*') return left.kind === 'tuple' ? listOf(left.items.reduce((x, y) => join(x, y), NEVER)) : left;
    if (op === '+' && (right.kind === 'list' || right.kind === 'tuple')) {
      if (left.kind === 'tuple' && right.kind === 'tuple') return tupleOf([...left.items, ...right.items]);
      return join(left, right);
    }
    return op === '|' || op === '&' || op === '-' ? left : UNKNOWN;
  }
  if (left.kind === 'other' && right.kind === 'other') {
    if (left.of === 'int' && right.of === 'int') return op === '/' ? FLOAT : INT;
    if (isScalar(left.of) && isScalar(right.of)) return left.of === 'complex' ? left : right.of === 'complex' ? right : FLOAT;
    if (left.of === 'numpy.ndarray' || right.of === 'numpy.ndarray') return other('numpy.ndarray');
    return isScalar(right.of) ? left : isScalar(left.of) ? right : UNKNOWN;
  }
  if (left.kind === 'dict' && op === '|') return left;
  return UNKNOWN;
}

const unranked = (type: Type & { kind: 'tensor' }): Type => (type.rank === null ? type : tensor(type.because, null, type.dtype));

const merged = (left: Type & { kind: 'tensor' }, right: Type & { kind: 'tensor' }): Type =>
  left.rank === right.rank || left.rank === null ? left : right.rank === null ? right : left.rank > right.rank ? left : right;

const isScalar = (of: string): boolean => of === 'int' || of === 'float' || of === 'bool' || of === 'complex';

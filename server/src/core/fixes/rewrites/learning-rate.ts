/**
 * `learning-rate`: `optimizer.param_groups[0]["lr"]` holds a live parameter in MindSpore, not a number: what was read before `scheduler.step()` would
 * show the new rate after it. A read becomes a number at once. Setting one is left to the reader: a compiled step ignores it.
 */
import type { Expr } from '../../syntax/ast';
import type { NamedRewrite } from '../single';
import { replaceNode } from './edits';

export const learningRate: NamedRewrite = (reference) => {
  const group = subscriptOf(reference.node);
  const rate = group && subscriptOf(group);
  const key = rate?.index[0];
  if (!rate || key?.kind !== 'Constant' || key.value !== 'lr') return null;
  const parent = rate.parent;
  const isWritten =
    (parent?.kind === 'Assign' && parent.targets.includes(rate)) || (parent?.kind === 'AugAssign' && parent.target === rate);
  if (isWritten || isArgumentOfFloat(rate)) return null;
  return [replaceNode(rate, ['float(', { hole: rate }, ')'])];
};

function subscriptOf(value: Expr): Extract<Expr, { kind: 'Subscript' }> | null {
  return value.parent?.kind === 'Subscript' && value.parent.value === value ? value.parent : null;
}

function isArgumentOfFloat(expr: Expr): boolean {
  const call = expr.parent?.kind === 'Argument' ? expr.parent.parent : null;
  return call?.kind === 'Call' && call.func.kind === 'Name' && call.func.id === 'float';
}

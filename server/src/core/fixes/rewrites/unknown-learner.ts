/** Where a model is called that nothing is known of: `pred = net(x)` before `loss = criterion(pred, y)`, `net` being handed in by a caller in another file. */
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Type } from '../../semantics/type';
import type { Call, Expr, Node, Stmt } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import { DETACHED, gradientReads, isModuleCall } from './forward-slice';
import { writesOf } from './names';

/**
 * A gradient begins somewhere. Where no module is known, or only a loss of PyTorch, or one in the last statement alone, what is called before it with a value that
 * reaches the loss may be the model: values that are called first of all, else functions.
 *
 * @param slice the statements that the loss depends on
 * @param first index of the first to call a module, negative for none
 * @returns index of the first such statement; null where there is none, or where a model is known
 */
export function unknownLearner(slice: readonly Stmt[], first: number, loss: Expr, semantics: ModuleSemantics): number | null {
  const learns = (node: Node): boolean => calls(node, ({ func }) => isModuleCall(func, semantics) && !isCriterion(func, semantics));
  const end = slice.length - 1;
  if (first >= 0 && (slice.slice(first, end).some(learns) || (first < end && learns(loss)))) return null;
  const differentiated = new Set([loss, ...slice].flatMap((node) => [...gradientReads(node)]));
  const may = (is: (call: Call) => boolean): number =>
    slice
      .slice(0, first < 0 ? undefined : first)
      .findIndex((statement) => [...writesOf([statement])].some((name) => differentiated.has(name)) && calls(statement, is));
  const value = may((call) => isUnknownValue(call, semantics));
  if (value >= 0) return value;
  const known = first < 0 || [slice[end]!, loss].some(learns);
  const made = known ? -1 : may(({ func }) => isFunction(semantics.typeOf(func)));
  return made >= 0 ? made : null;
}

/** A loss of torch.nn, or a class made of one: it has nothing to learn. */
function isCriterion(func: Expr, semantics: ModuleSemantics): boolean {
  const is = (type: Type): boolean =>
    type.kind === 'union'
      ? type.items.every(is)
      : type.kind === 'instance'
        ? type.bases.some(isLoss)
        : (type.kind === 'api-instance' && isLoss(type.api)) || (type.kind === 'other' && type.of === 'none');
  return is(semantics.typeOf(func));
}

const isLoss = (api: string): boolean => /^torch\.nn\..*Loss$/.test(api);

/** `net(x)`, `models[i](x)`, `self.net(x)` of a value whose type nobody knows. A method without arguments is no forward. */
function isUnknownValue({ func, args }: Call, semantics: ModuleSemantics): boolean {
  if (args.length === 0 || semantics.referenceAt(func)) return false;
  const type = semantics.typeOf(func);
  return type.kind === 'unknown' || (type.kind === 'union' && type.items.some(({ kind }) => kind === 'unknown'));
}

/** A function of the program's own: it may call the model that it is given. */
function isFunction(type: Type): boolean {
  return type.kind === 'function' && type.of !== null;
}

/** Whether a call of that kind is in the node, other than behind `….detach()` and the like. */
function calls(node: Node, is: (call: Call) => boolean): boolean {
  let found = false;
  visit(node, {
    enter(at) {
      if (at.kind === 'Attribute' && DETACHED.has(at.attr)) return false;
      if (at.kind === 'Call' && is(at)) found = true;
      return !found;
    },
  });
  return found;
}

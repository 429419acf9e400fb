/** Attribute expressions: look-up, and the reference they make. */
import type { Attribute, Expr, Name } from '../syntax/ast';
import { MAX_DEPTH, type Analysis } from './analysis';
import { evaluate } from './expressions';
import { showsOther, showsTensor } from './call-forms';
import { noteOpen } from './call-sites';
import { lookUp, type Member } from './members';
import { apiIn, denotesApi, evaluateName } from './names';
import { callConfirms, callRefutes, emitApi, emitMember, isNoMethod, lastPart } from './resolution';
import { METHOD_RESULTS, TENSOR_ONLY } from './tensor-members';
import { alternatives, evidence, tensor, tensorIn, UNKNOWN, weaken, type Type } from './type';
import { weigh } from './weighing';

/** Evaluates the value of an attribute without naming it: `torch.nn` of `torch.nn.Linear` is no reference of its own. */
export function evaluateInner(a: Analysis, expr: Expr): Type {
  if (expr.kind !== 'Name' && expr.kind !== 'Attribute') return evaluate(a, expr);
  if (a.spine !== null) {
    const known = a.spine.get(expr);
    if (known) return known;
  }
  if (a.depth >= MAX_DEPTH) return evaluate(a, expr);
  a.depth++;
  const type = expr.kind === 'Name' ? evaluateName(a, expr, false) : evaluateAttribute(a, expr, false);
  a.depth--;
  return type.kind === 'api' ? type : a.record(expr, type);
}

export function evaluateAttribute(a: Analysis, node: Attribute, emit: boolean): Type {
  if (!node.attr) return evaluate(a, node.value) && UNKNOWN;
  let receiver = evaluateInner(a, node.value);
  if (receiver.kind === 'union') receiver = apiIn(receiver) ?? receiver;
  if (receiver.kind === 'union') receiver = askedAsTensor(receiver, node) ?? receiver;
  if (receiver.kind === 'unknown') receiver = shown(a, node) ?? weighed(a, node, null) ?? receiver;
  else if (receiver.kind === 'tensor' && receiver.because.confidence === 'possible')
    receiver = (showsTensor(node) ? shown(a, node) : null) ?? weighed(a, node, receiver) ?? receiver;
  if (receiver.kind === 'unknown' || (receiver.kind === 'tensor' && receiver.because.confidence === 'possible'))
    noteOpen(a, node.attr, node.value);
  const member = lookUp(a, receiver, node.attr, node.start);
  if (member.api === null) {
    a.retract(node);
    return member.type;
  }
  if (member.kind === 'api') {
    if (emit && member.type.kind === 'api' && denotesApi(a, node.value)) emitApi(a, node, member.type);
    else if (emit) a.retract(node);
    return member.type;
  }
  if ((member.kind === 'method' && isNoMethod(node)) || callRefutes(node, member)) {
    a.retract(node);
    return UNKNOWN;
  }
  if (member.confidence === 'possible' && receiver.kind === 'tensor' && receiver.because.confidence === 'likely' && callConfirms(node)) {
    emitMember(a, node, { ...member, confidence: 'likely' }, receiver);
    return member.type;
  }
  emitMember(a, node, member, receiver);
  if (receiver.kind === 'unknown' && node.value.kind === 'Name') learn(a, node.value, member);
  return member.type;
}

/** Of several possibilities the tensor, where it is used as only a tensor can be: `image.gather(1, index)` of an array or a tensor. */
function askedAsTensor(receiver: Type, node: Attribute): Type | null {
  const tensor = alternatives(receiver).length > 1 ? tensorIn(receiver) : null;
  return tensor && METHOD_RESULTS.has(node.attr) && showsTensor(node) ? weaken(tensor) : null;
}

/** What small signs together say; of the value in this place only. A value that may be a tensor is only ever made a likelier one. */
function weighed(a: Analysis, node: Attribute, known: Type | null): Type | null {
  if (!a.usesPyTorch || TENSOR_ONLY.has(node.attr)) return null;
  const type = weigh(a, node);
  if (!type || (known && (type.kind !== 'tensor' || type.because.confidence !== 'likely'))) return null;
  a.record(node.value, type);
  return type;
}

/** What the call of a member shows of a value of which nothing is known; it counts for the name from there on. */
function shown(a: Analysis, node: Attribute): Type | null {
  const value = node.value;
  const type =
    a.nearPyTorch && showsTensor(node) && !a.ownMethod(node.value, node.attr)
      ? tensor(evidence('likely', 'tensor-only', node.start, { name: node.attr }))
      : showsOther(node);
  if (type === UNKNOWN) return null;
  a.record(value, type);
  const bound = value.kind === 'Name' && type.kind === 'tensor' ? a.frame.scope.bindings.get(value.id) : undefined;
  if (bound && a.frame.values[bound.index]?.kind === 'unknown')
    a.frame.refine(bound.index, tensor(evidence('likely', 'usage', node.start, { name: (value as Name).id, by: node.attr })));
  return type;
}

/** A name that was used as only a tensor can be is one from there on. */
function learn(a: Analysis, name: Name, member: Member): void {
  const self = member.type.kind === 'api' ? member.type.self : null;
  const bound = a.frame.scope.bindings.get(name.id);
  if (self?.kind !== 'tensor' || !bound || a.frame.values[bound.index]?.kind !== 'unknown') return;
  a.frame.refine(bound.index, tensor(evidence('likely', 'usage', name.start, { name: name.id, by: lastPart(member.api!) })));
}

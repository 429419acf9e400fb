/** From resolved names and members to references: roles, spans, and what the way of calling adds. */
import type { Attribute, Call, Name, Node } from '../syntax/ast';
import type { Analysis } from './analysis';
import type { Member } from './members';
import { TENSOR_ONLY } from './tensor-members';
import type { Reference, Role } from './reference';
import type { ApiType, Type } from './type';

export function roleOf(a: Analysis, node: Node): Role {
  if (a.inAnnotation) return 'annotation';
  let parent = node.parent;
  let call = false;
  if (parent?.kind === 'Call' && parent.func === node) {
    call = true;
    parent = parent.parent;
  }
  if (parent?.kind === 'Decorator') return 'decorator';
  if (call) return 'call';
  if (parent?.kind === 'Argument' && parent.parent?.kind === 'ClassDef') return 'base';
  return 'value';
}

const callOf = (node: Node): Call | null => (node.parent?.kind === 'Call' && node.parent.func === node ? node.parent : null);

/** Records a reference to an API named through imports. */
export function emitApi(a: Analysis, node: Name | Attribute, type: ApiType): void {
  a.refer({
    name: a.canonical(type.api),
    kind: 'api',
    role: roleOf(a, node),
    confidence: type.because.confidence,
    reason: type.because.reason,
    span: { start: node.start, end: node.kind === 'Attribute' ? node.attrSpan.end : node.end },
    node,
    call: callOf(node),
    receiver: null,
    receiverType: null,
  });
}

export function emitMember(a: Analysis, node: Attribute, member: Member, receiverType: Type): void {
  const reference: Reference = {
    name: member.api!,
    kind: member.kind,
    role: roleOf(a, node),
    confidence: member.confidence,
    reason: member.reason!,
    span: { start: node.attrSpan.start, end: node.attrSpan.end },
    node,
    call: callOf(node),
    receiver: node.value,
    receiverType,
  };
  a.refer(reference);
}

/** `new_zeros = x.new_zeros`, `map(x.index_select, …)`: what may be called later. */
const isHandedOn = ({ parent }: Attribute): boolean => parent?.kind === 'Assign' || parent?.kind === 'Argument';

/** Whether an access that names a method cannot mean it: a value is put there, counted with, or asked for something of its own. */
export function isNoMethod(node: Attribute): boolean {
  const { parent } = node;
  switch (parent?.kind) {
    case 'Assign':
      return parent.targets.includes(node);
    case 'AugAssign':
    case 'BinOp':
    case 'UnaryOp':
      return true;
    case 'Subscript':
      return parent.value === node;
    case 'If':
    case 'While':
    case 'IfExp':
      return parent.test === node;
    case 'Attribute':
      return !parent.attr.startsWith('__');
    default:
      return false;
  }
}

/** The way a doubtful method is called can show that it is another type's: `text.split(',')`, `items.sort(key=f)`, `engine.backward(loss)`. */
export function callRefutes(node: Attribute, member: Member): boolean {
  if (member.confidence === 'certain' || member.kind !== 'method' || !member.api!.startsWith('torch.Tensor.')) return false;
  const call = callOf(node);
  // a method that is not called may as well be a field of that name: `distribution.mean`
  if (!call) return member.confidence === 'possible' || !(TENSOR_ONLY.has(node.attr) && isHandedOn(node));
  const first = call.args[0];
  if (node.attr === 'backward') return member.confidence === 'possible' && first?.form === 'positional';
  const literal = first?.form === 'positional' && first.value.kind === 'Constant' ? first.value.type : null;
  if (literal === 'str')
    return node.attr !== 'to' && node.attr !== 'type' && node.attr !== 'cuda' && node.attr !== 'rename' && node.attr !== 'refine_names';
  return call.args.some((arg) => arg.name === 'key' || arg.name === 'axis');
}

/** `x.split(2, dim=1)`, `x.sort(dim=0)`, `y = x.add(z)`: not how lists, strings and sets are used. */
export function callConfirms(node: Attribute): boolean {
  const call = callOf(node);
  if (!call) return false;
  if (node.attr === 'add') return call.parent?.kind !== 'ExprStmt';
  const first = call.args[0];
  if (first?.form === 'positional' && node.attr === 'split') return first.value.kind !== 'Constant' || first.value.type === 'int';
  return call.args.some((arg) => arg.name === 'dim' || arg.name === 'descending');
}

export const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

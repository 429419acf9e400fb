/** Binding values to targets: names, attributes, subscripts, tuples. */
import type { Attribute, Expr } from '../syntax/ast';
import type { Analysis } from './analysis';
import { setAttribute } from './classes';
import { unpack } from './containers';
import { typeOfUnknownName } from './evidence';
import { evaluateAttribute, evaluateInner } from './attributes';
import { evaluate } from './expressions';
import { join, listOf, SIZE, UNKNOWN, type Type } from './type';

/** Gives a target the type of what it is assigned. */
export function assign(a: Analysis, target: Expr, type: Type): void {
  switch (target.kind) {
    case 'Name':
      assignName(a, target.id, type);
      a.record(target, type);
      return;
    case 'Tuple':
    case 'List': {
      const star = target.items.findIndex((item) => item.kind === 'Starred');
      const parts = unpack(a, type, target.items.length, star, target.start);
      for (let i = 0; i < target.items.length; i++) {
        const item = target.items[i]!;
        assign(a, item.kind === 'Starred' ? item.value : item, parts[i] ?? UNKNOWN);
      }
      return;
    }
    case 'Attribute':
      assignAttribute(a, target, type);
      return;
    case 'Subscript': {
      const container = evaluate(a, target.value);
      for (const part of target.index) evaluate(a, part);
      growItems(container, target.index[0], type);
      return;
    }
    case 'Starred':
      assign(a, target.value, listOf(type));
      return;
    default:
      evaluate(a, target);
  }
}

/** Binds a name of the current scope, or where `global` and `nonlocal` point. */
export function assignName(a: Analysis, id: string, type: Type): void {
  const frame = a.frame;
  const redirect = frame.scope.redirects?.get(id);
  if (redirect === undefined) {
    frame.set(frame.scope.declare(id).index, type === UNKNOWN ? typeOfUnknownName(a, frame, id) : type);
    return;
  }
  let owner = redirect === 'global' ? a.moduleFrame : frame.parent;
  while (redirect === 'nonlocal' && owner && (owner.scope.kind === 'class' || !owner.scope.bindings.has(id))) owner = owner.parent;
  owner ??= a.moduleFrame;
  const name = owner.scope.declare(id);
  const before = owner.values[name.index];
  // the function may run at any time: both values are possible outside
  owner.refine(name.index, before === undefined ? type : join(before, type));
}

function assignAttribute(a: Analysis, target: Attribute, type: Type): void {
  const receiver = evaluateInner(a, target.value);
  if (receiver.kind === 'instance') {
    setAttribute(receiver.of, target.attr, type);
    return;
  }
  // `tensor.data = …` and `torch.backends.cudnn.benchmark = …` name an API
  evaluateAttribute(a, target, true);
  if (receiver.kind === 'dict' && receiver.entries) receiver.entries.set(target.attr, type);
}

/** `container[key] = value`. */
function growItems(container: Type, key: Expr | undefined, type: Type): void {
  if (container.kind === 'list' && container !== SIZE) {
    if (key?.kind !== 'Slice') container.item = join(container.item, type);
  } else if (container.kind === 'dict') {
    container.value = join(container.value, type);
    if (key?.kind === 'Constant' && typeof key.value === 'string' && (container.entries?.size ?? 0) < 64)
      (container.entries ??= new Map()).set(key.value, type);
  } else if (container.kind === 'union') {
    for (const item of container.items) if (item.kind === 'dict' || item.kind === 'list') growItems(item, key, type);
  }
}

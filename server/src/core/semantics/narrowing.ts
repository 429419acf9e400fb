/** What a condition tells about names: `isinstance(x, T)`, `x is None`, `torch.is_tensor(x)`, and, or, not. */
import type { Expr, Name } from '../syntax/ast';
import type { Analysis } from './analysis';
import { instanceOf } from './annotations';
import { evaluate } from './expressions';
import { inherits } from './hierarchy';
import { evidence, NO_TENSOR, NONE, tensor, UNKNOWN, withoutNone, type Type } from './type';

/** Changes the current state to what holds when `test` came out as `truth`. The test must have been evaluated. */
export function applyNarrowing(a: Analysis, test: Expr, truth: boolean, depth = 0): void {
  if (depth > 20) return;
  switch (test.kind) {
    case 'Name':
      if (truth) update(a, test, withoutNone);
      return;
    case 'NamedExpr':
      if (truth) update(a, test.target, withoutNone);
      return;
    case 'UnaryOp':
      if (test.op === 'not') applyNarrowing(a, test.operand, !truth, depth + 1);
      return;
    case 'BoolOp':
      if ((test.op === 'and') === truth) {
        applyNarrowing(a, test.left, truth, depth + 1);
        applyNarrowing(a, test.right, truth, depth + 1);
      }
      return;
    case 'Compare': {
      const right = test.rights[0];
      const op = test.ops[0];
      const left = test.left.kind === 'NamedExpr' ? test.left.target : test.left;
      if (test.rights.length !== 1 || left.kind !== 'Name' || right?.kind !== 'Constant' || right.type !== 'none') return;
      const none = op === 'is' || op === '==';
      if (!none && op !== 'is not' && op !== '!=') return;
      if (none === truth) update(a, left, onlyNone);
      else update(a, left, withoutNone);
      return;
    }
    case 'Call': {
      const subject = test.args[0]?.value;
      if (subject?.kind !== 'Name') return;
      if (test.func.kind === 'Name' && test.func.id === 'isinstance' && test.args.length === 2) {
        const classes = test.args[1]!.value;
        const named = again(a, classes);
        const wanted = instanceOf(named, test.start);
        if (wanted === UNKNOWN) {
          if (truth) update(a, subject, () => UNKNOWN);
          return;
        }
        update(a, subject, (type) => (truth ? narrowed(type, wanted) : without(type, wanted)));
        return;
      }
      const callee = again(a, test.func);
      if (callee.kind === 'api' && callee.api === 'torch.is_tensor') {
        const wanted = tensor(evidence('certain', 'isinstance', test.start, { name: 'torch.is_tensor' }));
        update(a, subject, (type) => (truth ? narrowed(type, wanted) : without(type, wanted)));
      }
    }
  }
}

/** The type of an expression that has been evaluated in this state. */
function again(a: Analysis, expr: Expr): Type {
  a.silent++;
  const type = evaluate(a, expr);
  a.silent--;
  return type;
}

function update(a: Analysis, name: Name, change: (type: Type) => Type): void {
  const frame = a.frame;
  const bound = frame.scope.bindings.get(name.id);
  if (!bound) return;
  const before = frame.values[bound.index];
  if (before === undefined) return;
  frame.refine(bound.index, change(before));
}

function onlyNone(type: Type): Type {
  if (type.kind === 'union') return type.items.includes(NONE) ? NONE : type;
  return type.kind === 'unknown' ? NONE : type;
}

function items(type: Type): readonly Type[] {
  return type.kind === 'union' ? type.items : [type];
}

/** The part of a type that is of a wanted one; the wanted one itself when nothing fits. */
function narrowed(type: Type, wanted: Type): Type {
  const kept = items(type).filter((item) => items(wanted).some((want) => fits(item, want)));
  if (kept.length === 0) return wanted;
  const certain = kept.map((item) => (item.kind === 'tensor' ? { ...item, because: certainly(item.because.reason.at) } : item));
  return certain.length === 1 ? certain[0]! : { kind: 'union', items: certain };
}

/** Tensors of every kind, unlike `nn.Parameter`. */
const isAnyTensor = (type: Type): boolean => type.kind === 'tensor' && ANY_TENSOR.has(type.because.reason.args['api'] ?? 'torch.is_tensor');
const ANY_TENSOR = new Set(['torch.Tensor', 'torch.is_tensor']);

const certainly = (at: number | null) => evidence('certain', 'isinstance', at, { name: 'isinstance' });

/** The part of a type that is not of another one; what was only believed to be of it is something else. */
function without(type: Type, wanted: Type): Type {
  const rest = items(wanted).some(isAnyTensor) ? NO_TENSOR : UNKNOWN;
  if (type.kind === 'unknown') return rest;
  if (type.kind !== 'union') return type.kind !== 'instance' && items(wanted).some((want) => fits(type, want)) ? rest : type;
  const kept = type.items.filter((item) => !items(wanted).some((want) => fits(item, want)));
  if (kept.length === 0) return rest;
  return kept.length === 1 ? kept[0]! : { kind: 'union', items: kept };
}

function fits(item: Type, want: Type): boolean {
  if (item.kind === 'instance') {
    if (want.kind === 'instance') return item.of === want.of || item.of.bases.some((base) => base === want.of);
    return want.kind === 'api-instance' && item.bases.some((base) => inherits(base, want.api));
  }
  if (item.kind !== want.kind) return item.kind === 'tuple' && want.kind === 'list';
  if (item.kind === 'api-instance' && want.kind === 'api-instance') return inherits(item.api, want.api);
  if (item.kind === 'other' && want.kind === 'other') return item.of === want.of;
  return true;
}

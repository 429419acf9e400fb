/**
 * What the way an attribute is called tells about the value it is taken from, when nothing else is known: `x.view(-1, 3)`, `x.sum(dim=1)` and
 * `x.cpu().numpy()` are written like this for tensors only; `line.split(',')`, `files.sort()` and `table.values()` for something else.
 */
import type { Attribute, Call, Expr } from '../syntax/ast';
import { METHOD_RESULTS, TENSOR_ONLY } from './tensor-members';
import { dictOf, listOf, other, STR, UNKNOWN, type Type } from './type';
import { fixed } from '../syntax/name-table';

const callOf = (node: Attribute): Call | null => (node.parent?.kind === 'Call' && node.parent.func === node ? node.parent : null);

const isInt = (expr: Expr | undefined): boolean =>
  expr !== undefined &&
  ((expr.kind === 'Constant' && expr.type === 'int') || (expr.kind === 'UnaryOp' && expr.op === '-' && isInt(expr.operand)));

const isMinusOne = (expr: Expr | undefined): boolean => expr?.kind === 'UnaryOp' && isInt(expr);

const isText = (expr: Expr | undefined): boolean =>
  expr !== undefined && (expr.kind === 'FString' || (expr.kind === 'Constant' && expr.type === 'str'));

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Methods that only tensors have when they are called without arguments. */
const ALONE = names('long bool int byte short dim t sigmoid tanh relu zero_ requires_grad_ exp sqrt rsqrt H');
/** Dimensions as integers: where xarray takes names and numpy `axis`. */
const BY_DIM = names(
  'sum mean std var max min prod argmax argmin softmax log_softmax norm cumsum cumprod any all sort squeeze flip chunk split median quantile gather',
);
/** With nothing in front of the dimension. */
const DIM_FIRST = names('sum mean std var max min prod argmax argmin softmax log_softmax cumsum cumprod any all squeeze median sort');
/** With a dimension first, which only tensors have so. */
const INT_FIRST = names('softmax log_softmax');
/** With -1 first. */
const FROM_END = names('view size');
/** Sizes or dimensions one after the other. */
const COUNTED: Readonly<Record<string, number>> = fixed({ view: 2, expand: 2, repeat: 3 });
/** Random and constant fillings in place. */
const FILLING = names('normal_ fill_ zero_ round_');
/** Methods of tensors whose result is a tensor of the same kind, written in a chain towards `.numpy()`. */
const CHAINED = names(
  'cpu cuda to squeeze float double half clone type max min mean sum reshape transpose flatten view long int bool abs round',
);
/** Names that libraries of functions have as well (`backend.isnan(x)`): a call alone tells nothing. */
export const OF_LIBRARIES = names(
  'isnan isfinite isinf isclose isreal allclose broadcast_to moveaxis hypot arctan2 deg2rad rad2deg logaddexp logaddexp2 fmod fmin fmax nansum nanmean ' +
    'floor_divide logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_not bitwise_xor ldexp copysign sinh cosh expm1 log1p ' +
    'log10 log2 exp2 float_power true_divide remainder atan2 acos asin atan arccos arcsin arctan sinc heaviside gcd lcm kron diag argwhere bincount ' +
    'nan_to_num vdot signbit nextafter coalesce register_hook unfold multinomial bernoulli renorm data_ptr stft istft vsplit hsplit dsplit fliplr flipud ' +
    'rot90 msort histc clamp erfc erfinv lgamma digamma',
);

/** Methods of arrays of every kind: what has one is no module, so what its result is asked for decides. */
const OF_ARRAYS = names(
  'sum mean max min std var prod all any abs round sqrt exp log reshape transpose flatten squeeze cumsum cumprod argmax argmin argsort repeat view',
);
/** What results of arrays of other packages lack, and what modules have as well. */
const MOVES = names('to cpu cuda float double half long int bool');
/** Keywords of methods of tensors alone. */
const KEYWORDS = names('keepdim as_tuple return_inverse return_counts rounding_mode');
/** With a dimension by name: neither numpy's nor xarray's arrays have these so. With a value in front it may be a function of a library. */
const DIM_ALONE = names('softmax log_softmax norm sort flip argsort');
const DIM_SECOND = names('chunk split');
/** With the shape or type of another tensor. */
const AS_OTHER = names('type_as view_as expand_as reshape_as');

/** Whether this access is one that only a tensor allows. */
export function showsTensor(node: Attribute): boolean {
  const attr = node.attr;
  const call = callOf(node);
  if (!call) return false;
  const args = call.args;
  const first = args[0]?.form === 'positional' ? args[0].value : undefined;
  if (isLookalike(node.value, attr)) return false;
  if (TENSOR_ONLY.has(attr)) {
    if (!OF_LIBRARIES.has(attr)) return true;
    // `backend.clamp(x, 0)` or `x.clamp(0)`: numbers and keywords are no operand
    return args.length === 0 || args[0]!.form === 'keyword' || isInt(first) || (first?.kind === 'Constant' && first.type === 'float');
  }
  if (attr === 'size' && args.length === 0) return isTaken(call);
  if (attr === 'to_dense') return nameIn(node.value, /adj|sparse|coo|csr/i);
  if (OF_ARRAYS.has(attr) && leadsAway(call)) return true;
  if (METHOD_RESULTS.has(attr) && args.some(({ name }) => name !== null && KEYWORDS.has(name))) return true;
  if (args.length === 0)
    return (
      ALONE.has(attr) || attr === 'backward' || leadsToNumpy(call, attr) || (PRECISIONS.has(attr) && (isOperand(call) || leadsOn(call)))
    );
  if (AS_OTHER.has(attr) && args.length === 1 && first) return !isText(first);
  if (attr === 'gather' && isInt(first) && args.length === 2) return true;
  if ((DIM_ALONE.has(attr) && !first) || (DIM_SECOND.has(attr) && args.length === 2))
    if (args.some(({ name }) => name === 'dim' || (name === 'descending' && attr === 'argsort'))) return true;
  if (attr === 'backward') return args.every((arg) => arg.name === 'retain_graph' || arg.name === 'create_graph');
  if (FILLING.has(attr)) return args.every((arg) => arg.form === 'positional' && (isInt(arg.value) || arg.value.kind !== 'Name'));
  if ((INT_FIRST.has(attr) && isInt(first)) || (FROM_END.has(attr) && isMinusOne(first))) return true;
  if (attr === 'max' || attr === 'min') {
    if (args.length === 1 && isInt(first) && isPair(call)) return true;
  }
  const count = COUNTED[attr];
  if (count !== undefined && args.length >= count && args.every((arg) => arg.form !== 'keyword' && !isText(arg.value))) return true;
  // `backend.sum(x, dim=1)`: what is reduced stands where the dimension would
  const ofLibrary = first !== undefined && args.some(({ name }) => name === 'dim') && (DIM_FIRST.has(attr) || args.length > 2);
  if (BY_DIM.has(attr) && !ofLibrary)
    for (const arg of args)
      if (
        arg.name === 'keepdim' ||
        (arg.name === 'dim' &&
          (isInt(arg.value) || ((arg.value.kind === 'Tuple' || arg.value.kind === 'List') && isInt(arg.value.items[0]))))
      )
        return true;
  return leadsToNumpy(call, attr);
}

/** `b, c, h, w = x.size()`, `x.size()[0]`. */
function isTaken(call: Call): boolean {
  const parent = call.parent;
  if (parent?.kind === 'Assign') return parent.targets[0]?.kind === 'Tuple';
  // a size of something else, turned round: `store.size()[::-1]`
  return parent?.kind === 'Subscript' && parent.value === call && !parent.index.some((item) => item.kind === 'Slice' && item.step !== null);
}

/** Modules have these, too; but nobody counts with one. */
const PRECISIONS = names('float double half');

function isOperand(call: Call): boolean {
  return call.parent?.kind === 'BinOp' || call.parent?.kind === 'Compare' || call.parent?.kind === 'UnaryOp';
}

const nextOf = (call: Call): Attribute | null => {
  const next = call.parent;
  return next?.kind === 'Attribute' && next.parent?.kind === 'Call' && next.parent.func === next ? next : null;
};

/** `labels.float().sum()`. */
function leadsOn(call: Call): boolean {
  const next = nextOf(call);
  return next !== null && OF_ARRAYS.has(next.attr);
}

/** `(a == b).sum(-1).float()`, `x.round().to(dtype=torch.int32)`, `mask.sum().clamp(min=1)`. */
function leadsAway(call: Call): boolean {
  const next = nextOf(call);
  if (!next) return false;
  const { args } = next.parent as Call;
  if (next.attr === 'to') return args.some(({ name }) => name === 'dtype' || name === 'device' || name === 'non_blocking');
  if (MOVES.has(next.attr)) return args.length === 0;
  return TENSOR_ONLY.has(next.attr) && (!OF_LIBRARIES.has(next.attr) || args.length === 0 || args[0]!.form === 'keyword');
}

/** `values, indices = x.max(1)`, `x.max(1)[1]`, `x.max(-1).indices`. */
function isPair(call: Call): boolean {
  const parent = call.parent;
  if (parent?.kind === 'Assign') return parent.targets[0]?.kind === 'Tuple' && parent.targets[0].items.length === 2;
  return parent?.kind === 'Attribute' && (parent.attr === 'indices' || parent.attr === 'values');
}

/** `x.squeeze().cpu().numpy()`, `x.to(device).detach()`: what follows exists only for tensors. */
function leadsToNumpy(call: Call, attr: string): boolean {
  let outer: Call = call;
  let name = attr;
  for (let steps = 0; steps < 8; steps++) {
    if (!CHAINED.has(name) && name !== 'detach') return false;
    const next = outer.parent;
    if (next?.kind !== 'Attribute' || next.parent?.kind !== 'Call' || next.parent.func !== next) return false;
    if (next.attr === 'numpy') return next.parent.args.length === 0;
    if (TENSOR_ONLY.has(next.attr) && !OF_LIBRARIES.has(next.attr)) return true;
    outer = next.parent;
    name = next.attr;
  }
  return false;
}

/** Matrices that are never written out, of the package of that name: they have the methods of tensors, and others make them. */
const OPERATORS = /^(?:lazy_covariance_matrix|(?:base_|left_|right_)?linear_op|_linear_op)$/;
const MAKING_OPERATORS = names('add_jitter evaluate_kernel root_decomposition root_inv_decomposition to_linear_operator');

export function isOperator(value: Expr): boolean {
  if (value.kind === 'Subscript') return isOperator(value.value);
  if (value.kind === 'Attribute') return OPERATORS.test(value.attr) || (value.attr === 'root' && isOperator(value.value));
  return value.kind === 'Call' && value.func.kind === 'Attribute' && MAKING_OPERATORS.has(value.func.attr);
}

/** `distribution.event_shape.numel()`, `x.shape[1:].numel()`: of a size. */
const isShape = (value: Expr): boolean => (value.kind === 'Subscript' ? isShape(value.value) : nameIn(value, /(?:^|_)(?:shape|sizes?)$/));

/** Whether a value is, by how it is written, something else with a method of this name. */
export const isLookalike = (value: Expr, attr: string): boolean => isOperator(value) || (attr === 'numel' && isShape(value));

const nameIn = (value: Expr, pattern: RegExp): boolean =>
  value.kind === 'Name' ? pattern.test(value.id) : value.kind === 'Attribute' && pattern.test(value.attr);

const IMAGE = names('resize rotate crop convert save filter transpose');

/** What a value called in this way is that cannot be a tensor; unknown when the call tells nothing. */
export function showsOther(node: Attribute): Type {
  const call = callOf(node);
  if (!call) return UNKNOWN;
  const args = call.args;
  const first = args[0]?.form === 'positional' ? args[0].value : undefined;
  if (node.attr === 'split' && args.length === 0) return STR;
  if (isOperator(node.value)) return other('linear_operator');
  // of tensors it takes two
  if (node.attr === 'transpose' && args.length > 2 && args.every(({ form, value }) => form === 'positional' && isInt(value)))
    return other('numpy.ndarray');
  switch (node.attr) {
    case 'split':
    case 'index':
    case 'count':
    case 'rename':
      if (isText(first)) return node.attr === 'rename' ? other('pandas') : STR;
      return node.attr === 'rename' && (first?.kind === 'Dict' || args[0]?.name === 'columns') ? other('pandas') : UNKNOWN;
    case 'sort':
      return call.parent?.kind === 'ExprStmt' && (args.length === 0 || args.every((arg) => arg.name === 'key' || arg.name === 'reverse'))
        ? listOf(UNKNOWN)
        : UNKNOWN;
    case 'values':
      return args.length === 0 ? dictOf(UNKNOWN) : UNKNOWN;
    case 'log':
      return isText(first) || first?.kind === 'Dict' ? other('logger') : UNKNOWN;
    case 'add':
      return call.parent?.kind === 'ExprStmt' ? listOf(UNKNOWN) : UNKNOWN;
    case 'transpose':
    case 'chunk':
    case 'stack':
    case 'mean':
    case 'std':
    case 'max':
    case 'min':
    case 'sum':
      return args.some((arg) => isText(arg.value) || arg.value.kind === 'Dict' || (isList(arg.value) && isText(itemsOf(arg.value)[0])))
        ? other('xarray')
        : UNKNOWN;
    default:
      return IMAGE.has(node.attr) && args.length > 1 && args[1]!.value.kind === 'Attribute' && /^[A-Z_]+$/.test(args[1]!.value.attr)
        ? other('PIL')
        : UNKNOWN;
  }
}

const isList = (expr: Expr): boolean => expr.kind === 'List' || expr.kind === 'Tuple';
const itemsOf = (expr: Expr): readonly Expr[] => (expr.kind === 'List' || expr.kind === 'Tuple' ? expr.items : []);

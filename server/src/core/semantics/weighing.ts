/**
 * What a value is most likely when nothing of it is known: small signs are weighed against each other. One alone tells little (`x.to(device)` may
 * be a model, `x.reshape(3)` a numpy array); several together decide: where the value comes from, how it is named, how the method is called, and
 * where the result goes. The weights were set by reading real code; what they decide is at most `likely`.
 */
import type { Attribute, Call, Expr, Name, Node } from '../syntax/ast';
import type { Analysis } from './analysis';
import { usageOfFunction } from './evidence';
import { METHOD_RESULTS, PROPERTY_TYPES } from './tensor-members';
import { apiInstance, evidence, tensor, tensorIn, type Type } from './type';
import { rebound, Sign } from './usage';
import { fixed } from '../syntax/name-table';

/** From this weight on a value counts as likely, from the other on as possible. */
const LIKELY = 3;
const POSSIBLE = 2;

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const TENSOR_NAME =
  /^(?:.*_)?(?:x|y|z|xs|ys|inp(?:ut)?s?|out(?:put)?s?|pred(?:s|iction|ictions)?|target(?:s)?|tar|labels?|img|images?|masks?|loss(?:es)?|logits?|feat(?:s|ures?)?|emb(?:ed(?:ding)?s?)?|hidden|grads?|weights?|bias|scores?|tensors?|data|samples?|noise|latents?|coords?|pos|points?|q|k|v|u|w|h|boxes|probs?|acc\d*|error|diff|err|norm|freqs?|theta|alpha|beta|gamma|mean|std|var)(?:_.*|\d+)?$/i;
const OTHER_NAME =
  /(?:^|_)(?:cfg|config|conf|opts?|args|params?|df|dfs|ds|da|dset|dataset|frame|path|paths|file|files|line|lines|text|name|names|string|str|logger|log|writer|parser|tokenizer|date|time|datetime|times|graph|engine|backend|fd|ops|lib|np|pd|xr|fig|ax|axes|plt|array|arr|arrays|ndarray|counter|meter|datastore|store)s?$/i;
const MODULE_NAME =
  /(?:^|_)(?:models?|net|nets|network|module|modules|encoder|decoder|generator|discriminator|critic|backbone|criterion|loss_fn|normalizer|processor|transform|layer|layers|block|blocks|head)\d*$/i;
/** Functions that make a model, unlike a model that is called. */
const MAKES_MODULE =
  /^(?:get|build|make|create|load|init|define|setup|prepare|new)_?(?:.*_)?(?:model|net|network|module|backbone|encoder|decoder)|(?:model|net|network)_(?:handle|class|cls|fn|factory|builder|type)/i;

/** Classes of models, unlike those of data, which can be moved as well: `UNet(3).to(device)`, `Batch(x).to(device)`. */
const MODEL_CLASS =
  /Model|Net|Module|[Ff]ormer|Encoder|Decoder|Generator|Discriminator|Critic|Classifier|Backbone|Head|Block|Layer|Loss|Norm|ViT|Vit|(?:GAN|AE|MLP|[CR]NN|LSTM|GPT)\d*$/;

/** Weight of a method by its name alone, called without arguments: what else has it decides. */
const ALONE: Readonly<Record<string, number>> = fixed({
  item: 1.5,
  numpy: 3,
  cpu: 1.5,
  cuda: 1,
  float: 1.5,
  half: 1,
  double: 1,
  clone: 1,
  size: 1.5,
  type: 1,
  squeeze: 0.5,
  flatten: 0.5,
  sqrt: 1.5,
  exp: 1.5,
  abs: 1,
  log: 1,
  sin: 1.5,
  cos: 1.5,
  sigmoid: 2,
  tanh: 2,
  sum: 0.5,
  mean: 0.5,
});
/** Methods of arrays of both kinds whose arguments are dimensions or sizes. */
const SHAPED = names('reshape view squeeze flatten mean sum max min std var argmax argmin softmax cumsum repeat size any all norm expand');
/** Methods of two operands that numpy arrays lack. */
const OPERATIONS = names('mul add sub div pow eq ne gt lt ge le matmul mm bmm dot type_as view_as');

interface Weight {
  tensor: number;
  module: number;
}

/** The type a receiver of which nothing is known most likely has, for the member it is asked for; null when too little speaks for any. */
export function weigh(a: Analysis, node: Attribute): Type | null {
  const method = METHOD_RESULTS.has(node.attr);
  if (!method && !PROPERTY_TYPES.has(node.attr)) return null;
  const call = node.parent?.kind === 'Call' && node.parent.func === node ? node.parent : null;
  if (!call) return null;
  const form = isOfArray(call) ? null : weightOfCall(a, node, call);
  if (form === null) return null;
  if (isThrownAway(call)) form.tensor -= 3;
  const total: Weight = { tensor: form.tensor + weightOfUse(a, call), module: form.module };
  const target = targetOf(call);
  const name = nameOf(node.value);
  // `stamps = stamps.transpose(1, 0)`: the same name says nothing new
  if (target && nameOf(target) !== name && !isSameTable(target, node.value)) {
    addName(target, total);
    if (target.kind === 'Name' && isUsedAsTensor(a, target)) total.tensor += 1;
  }
  addOrigin(a, node.value, total, 0);
  if (a.frame.cls?.isModule) total.tensor += 0.5;
  if (total.module >= LIKELY && total.module > total.tensor && form.module > 0)
    return apiInstance('torch.nn.Module', evidence('likely', 'weighed', node.start, { name: name ?? node.attr }));
  if (total.tensor < POSSIBLE || total.module > total.tensor) return null;
  return tensor(evidence(total.tensor >= LIKELY ? 'likely' : 'possible', 'weighed', node.start, { name: name ?? node.attr }));
}

/** `frame["high"] = frame["volume"].clip(0)`: a table's columns, mostly. */
const isSameTable = (target: Expr, value: Expr): boolean =>
  target.kind === 'Subscript' &&
  value.kind === 'Subscript' &&
  nameOf(target.value) !== null &&
  nameOf(target.value) === nameOf(value.value);

/** Whether a local name is passed where tensors are taken, or has what only tensors have. */
function isUsedAsTensor(a: Analysis, { id }: Name): boolean {
  return a.frame.fn?.node ? ((usageOfFunction(a, a.frame.fn).get(id)?.signs ?? 0) & Sign.Tensor) !== 0 : false;
}

/** `regridder.to(device).double()` as a statement: of a tensor nothing would have been done. */
function isThrownAway(call: Call): boolean {
  let outer: Node | null = call;
  while (outer?.kind === 'Call' && outer.func.kind === 'Attribute' && MOVING.has(outer.func.attr)) {
    if (outer.parent?.kind === 'ExprStmt') return true;
    outer = outer.parent?.kind === 'Attribute' ? outer.parent.parent : null;
  }
  return false;
}
const MOVING = names('to cpu cuda float double half');

/** What numpy's arrays are asked for: `data.view(dtype).reshape(shape, order="F")`. */
function isOfArray(call: Call): boolean {
  const next = call.parent?.kind === 'Attribute' ? call.parent.parent : null;
  return next?.kind === 'Call' && next.func === call.parent && next.args.some(({ name }) => name === 'order' || name === 'axis');
}

/** What the arguments say; null when no tensor is called so. */
function weightOfCall(a: Analysis, node: Attribute, call: Call): Weight | null {
  const { attr } = node;
  const args = call.args;
  const first = args[0]?.form === 'positional' ? args[0].value : undefined;
  if (args.some((arg) => arg.name === 'axis' || arg.name === 'axes' || arg.name === 'inplace' || arg.name === 'columns')) return null;
  if (
    args.some(
      (arg) => arg.value.kind === 'Dict' || (arg.value.kind === 'Constant' && arg.value.type === 'str') || arg.value.kind === 'FString',
    )
  )
    if (attr !== 'to' && attr !== 'type') return null;
  if (attr === 'to') return weightOfTo(a, call, nameOf(node.value));
  if (args.length === 0) {
    const module = attr === 'cuda' || attr === 'cpu' || attr === 'float' || attr === 'half' || attr === 'double' ? 1 : 0;
    return { tensor: ALONE[attr] ?? 0, module };
  }
  const positional = args.filter((arg) => arg.form === 'positional').length;
  if (attr === 'transpose' || attr === 'swapaxes') {
    if (positional !== 2 || args.length !== 2) return null;
    // numpy's transpose takes every axis: two of them mean a matrix there
    const matrix = isAxis(args[0]!.value) && isAxis(args[1]!.value);
    return { tensor: attr === 'swapaxes' || matrix ? 0.5 : 1.5, module: 0 };
  }
  if (attr === 'apply' || attr === 'train' || attr === 'eval') return null;
  // numpy's `size` is no method, its `flatten` takes no axis, and it has no `flip` of arrays
  if ((attr === 'size' || attr === 'flatten' || attr === 'flip') && isNumber(first)) return { tensor: 3, module: 0 };
  if (SHAPED.has(attr)) {
    const dims =
      isNumber(first) || args[0]!.form === 'star' || first?.kind === 'Name' || first?.kind === 'Attribute' || first?.kind === 'BinOp';
    return { tensor: dims || args.some((arg) => arg.name === 'dim' || arg.name === 'keepdim') ? 1 : 0.5, module: 0 };
  }
  // mostly xarray's
  if (attr === 'where') return { tensor: -1, module: 0 };
  if (OPERATIONS.has(attr)) return { tensor: args.some((arg) => isTensor(a, arg.value)) ? 2 : 0.5, module: 0 };
  return { tensor: 0, module: 0 };
}

/** `.to(device)` fits models too; a dtype or another tensor mostly goes to tensors. */
function weightOfTo(a: Analysis, call: Call, receiver: string | null): Weight {
  const weight: Weight = { tensor: 0.5, module: 0.5 };
  for (const { value, name } of call.args) {
    if (name === 'non_blocking') weight.tensor += 1.5;
    else if (name === 'dtype' || isDtype(a, value)) weight.tensor += 2;
    else if (isTensor(a, value)) weight.tensor += 2;
    else if (isDevice(a, value) || name === 'device') {
      weight.tensor += 0.5;
      weight.module += 0.5;
      // where another tensor is
      if (
        receiver !== null &&
        TENSOR_NAME.test(receiver) &&
        value.kind === 'Attribute' &&
        value.attr === 'device' &&
        isTensor(a, value.value)
      )
        weight.tensor += 1;
    }
  }
  return weight;
}

function isDtype(a: Analysis, expr: Expr): boolean {
  if (expr.kind === 'Attribute' && expr.attr === 'dtype') return true;
  const type = a.types.get(expr);
  if (type?.kind === 'api') return /^torch\.(?:b?float|double|half|u?int|long|short|bool|complex|cfloat|cdouble)\d*$/.test(type.api);
  if (type?.kind === 'api-instance') return type.api === 'torch.dtype';
  return (expr.kind === 'Name' && /dtype|itype/.test(expr.id)) || (expr.kind === 'Attribute' && /dtype/.test(expr.attr));
}

function isDevice(a: Analysis, expr: Expr): boolean {
  if (expr.kind === 'Constant') return expr.type === 'str';
  const type = a.types.get(expr);
  if (type?.kind === 'api-instance') return type.api === 'torch.device';
  const name = nameOf(expr);
  return name !== null && /device|rank|cuda|gpu/i.test(name);
}

const isTensor = (a: Analysis, expr: Expr): boolean => {
  const type = a.types.get(expr);
  return type !== undefined && tensorIn(type) !== null;
};

const isOfArrays = (type: Type): boolean =>
  type.kind === 'other' && (type.of === 'numpy.ndarray' || type.of === 'pandas' || type.of === 'xarray');

const isArray = (a: Analysis, expr: Expr): boolean => {
  const type = a.types.get(expr);
  return type?.kind === 'union' ? !tensorIn(type) && type.items.some(isOfArrays) : type !== undefined && isOfArrays(type);
};

const isAxis = (expr: Expr): boolean => expr.kind === 'Constant' && (expr.value === 0 || expr.value === 1);

const isNumber = (expr: Expr | undefined): boolean =>
  expr !== undefined &&
  ((expr.kind === 'Constant' && expr.type === 'int') || (expr.kind === 'UnaryOp' && isNumber(expr.operand)) || expr.kind === 'Tuple');

/** Where the result of the call goes: into an operation with a tensor, into a chain of tensor methods. */
function weightOfUse(a: Analysis, call: Call): number {
  const parent = call.parent;
  if (parent?.kind === 'BinOp') {
    const other = parent.left === call ? parent.right : parent.left;
    return isTensor(a, other) ? 2 : 0;
  }
  if (parent?.kind === 'Attribute') return METHOD_RESULTS.has(parent.attr) && parent.parent?.kind === 'Call' ? 1 : 0;
  if (parent?.kind === 'Argument' && parent.parent?.kind === 'Call') {
    const callee = a.types.get(parent.parent.func);
    if (callee?.kind === 'api' && callee.api.startsWith('torch.') && parent.form !== 'keyword') return 2;
    if ((callee?.kind === 'instance' && callee.of.isModule) || callee?.kind === 'api-instance') return 2;
  }
  return 0;
}

/** The name a call's result is given. */
function targetOf(call: Call): Expr | null {
  const assign = call.parent;
  return assign?.kind === 'Assign' && assign.value === call && assign.targets.length === 1 ? assign.targets[0]! : null;
}

/** What the value's expression says: what made it, and its name. */
function addOrigin(a: Analysis, value: Expr, total: Weight, depth: number): void {
  addName(value, total);
  if (depth > 3) return;
  switch (value.kind) {
    case 'Call':
      addCall(a, value, total, depth);
      return;
    case 'Subscript': {
      const index = value.index[0];
      if (index?.kind === 'Constant' && index.type === 'str') total.tensor += 1;
      else if (value.index.length > 1) total.tensor += 1;
      // `if torch.is_tensor(x): x = x.numpy()`: an array before, too
      if (isArray(a, value.value)) total.tensor -= 3;
      addName(value.value, total);
      return;
    }
    case 'BinOp':
      if (isTensor(a, value.left) || isTensor(a, value.right)) total.tensor += 2;
      return;
    case 'Attribute':
      // `frame.values`: an array; what torch calls so is part of a known result
      if (value.attr === 'values') total.tensor -= 3;
      return;
    case 'Name':
      addDefinitions(a, value, total, depth);
  }
}

function addCall(a: Analysis, call: Call, total: Weight, depth: number): void {
  const func = call.func;
  const name = nameOf(func);
  // what a tokenizer or an image processor makes is moved like a tensor and is a dictionary of them
  if (call.args.some((arg) => arg.name === 'return_tensors')) {
    total.module -= 4;
    total.tensor -= 4;
    return;
  }
  if (name !== null && /^[A-Z]\w*[a-z]/.test(name) && !name.endsWith('Tensor')) {
    total.module += MODEL_CLASS.test(name) ? 2 : 1;
    total.tensor -= 2;
    return;
  }
  if (func.kind === 'Attribute' && METHOD_RESULTS.has(func.attr)) {
    total.tensor += 0.5;
    addOrigin(a, func.value, total, depth + 1);
    return;
  }
  if (name !== null && MAKES_MODULE.test(name)) {
    total.module += 2;
    total.tensor -= 2;
  } else if (call.args.some((arg) => isArray(a, arg.value))) total.tensor -= 2;
  else if (name !== null && MODULE_NAME.test(name)) total.tensor += 2;
  else if (call.args.some((arg) => isTensor(a, arg.value))) total.tensor += 2;
}

/** A local name: what it was assigned, and how it is used elsewhere. */
function addDefinitions(a: Analysis, name: Name, total: Weight, depth: number): void {
  const frame = a.frame;
  const bound = frame.scope.bindings.get(name.id);
  if (!bound) return;
  let best = 0;
  let module = 0;
  for (const definition of bound.definitions) {
    if (definition.kind === 'Param' && definition.annotation) addAnnotation(definition.annotation, total);
    const source = sourceOf(definition);
    if (!source || source === name || contains(source, name)) continue;
    const made: Weight = { tensor: 0, module: 0 };
    if (isTensor(a, source)) made.tensor += 2;
    else addOrigin(a, source, made, depth + 1);
    if (made.tensor < 0) best = Math.min(best, made.tensor);
    else if (best >= 0) best = Math.max(best, made.tensor);
    module = Math.max(module, made.module);
  }
  total.tensor += best;
  total.module += module;
  if (!frame.fn?.node) return;
  const usages = usageOfFunction(a, frame.fn);
  const signs = (usages.get(name.id)?.signs ?? 0) | (usages.get(rebound(name.id))?.signs ?? 0);
  if (signs & Sign.Tensor) total.tensor += 2;
  if (signs & (Sign.Numpy | Sign.Str | Sign.Dict | Sign.List)) total.tensor -= 3;
  if (signs & Sign.OfNumpy) total.tensor -= 2;
  if (signs & Sign.Foreign) total.tensor -= 2;
  if (signs & Sign.Array) total.tensor += 0.5;
  if (signs & (Sign.Module | Sign.Mode)) {
    total.module += 2;
    total.tensor -= 3;
  }
  if (signs & Sign.Called) {
    total.module += 1;
    total.tensor -= 3;
  }
}

/** A class of which nothing else is known: that of a model, or of data that can be moved like a tensor and is none. */
function addAnnotation(annotation: Expr, total: Weight): void {
  const name = annotation.kind === 'Name' ? annotation.id : annotation.kind === 'Attribute' ? annotation.attr : '';
  if (!/^[A-Z]\w*[a-z]/.test(name) || /^Any$|Tensor/.test(name)) return;
  total.tensor -= 3;
  total.module += MODEL_CLASS.test(name) ? 1 : -2;
}

/** The expression a name is assigned from. */
function sourceOf(definition: Node): Expr | null {
  let node: Node | null = definition;
  while (node && (node.kind === 'Name' || node.kind === 'Tuple' || node.kind === 'List' || node.kind === 'Starred')) node = node.parent;
  return node?.kind === 'Assign' ? node.value : null;
}

const contains = (outer: Node, inner: Node): boolean => outer.start <= inner.start && outer.end >= inner.end;

function addName(value: Expr, total: Weight): void {
  const name = nameOf(value);
  if (name === null || value.kind === 'Call') return;
  if (OTHER_NAME.test(name)) {
    total.tensor -= 3;
    total.module -= 3;
  } else if (MODULE_NAME.test(name)) {
    total.module += 2;
    total.tensor -= 2;
  } else if (TENSOR_NAME.test(name)) total.tensor += 1;
}

/** The last name of an expression: `y` of `self.y`, `x` of `batch["x"]`. */
function nameOf(expr: Expr): string | null {
  switch (expr.kind) {
    case 'Name':
      return expr.id;
    case 'Attribute':
      return expr.attr;
    case 'Subscript': {
      const index = expr.index[0];
      return index?.kind === 'Constant' && typeof index.value === 'string' ? index.value : nameOf(expr.value);
    }
    default:
      return null;
  }
}

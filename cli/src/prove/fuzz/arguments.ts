/** Other arguments for the call of an example: drawn from the record's signature and from what is written there. */
import { bind } from '../../../../server/src/core/catalog/bind';
import type { Parameter, Signature } from '../../../../server/src/core/catalog/signature';
import type { Argument, Call, Expr } from '../../../../server/src/core/syntax/ast';
import { type Random } from './random';

/** Names of parameters that mean an axis. */
const AXIS = /^(?:dim\d?|axis|axes|dims|start_dim|end_dim|source|destination)$/;
const AXES = ['0', '1', '-1', '-2', '2', '(0, 1)', '(-1,)', '[0]', '3'];
const INTEGERS = ['0', '1', '2', '3', '-1', '5'];
const FLOATS = ['0.0', '1.0', '-1.0', '0.5', '2.0', '0.1', '1e-3', '3', '-2'];
const DTYPES = ['torch.float32', 'torch.float64', 'torch.float16', 'torch.int64', 'torch.int32', 'torch.bool'];
/** Words that parameters of these names take in PyTorch. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  reduction: ["'none'", "'mean'", "'sum'"],
  approximate: ["'none'", "'tanh'"],
  rounding_mode: ["'trunc'", "'floor'", 'None'],
  norm: ["'backward'", "'forward'", "'ortho'", 'None'],
  indexing: ["'ij'", "'xy'"],
  padding_mode: ["'zeros'", "'reflect'", "'replicate'", "'circular'", "'border'", "'reflection'"],
  mode: ["'constant'", "'reflect'", "'replicate'", "'circular'", "'nearest'", "'bilinear'", "'bicubic'", "'area'"],
  padding: ['0', '1', '(1, 0)', "'same'", "'valid'"],
  p: ['1', '2', "'fro'", 'float("inf")', '3', '0'],
  ord: ['1', '2', '-1', "'fro'", "'nuc'", 'float("inf")', 'None', '0'],
  reduce: ["'sum'", "'prod'", "'mean'", "'amax'", "'amin'"],
  side: ["'left'", "'right'"],
};
/** Parameters that say nothing of the result, or whose results no seed repeats. */
const LEFT_ALONE =
  /^(?:out|device|layout|requires_grad|pin_memory|memory_format|generator|inplace|non_blocking|copy|track_running_stats|p_drop)$/;
const NUMBER = /^-?\d+(?:\.\d*)?(?:[eE]-?\d+)?$/;

/** What may be written for a parameter: `written` is what is there now, null when it is absent. */
function candidates(param: Parameter, written: string | null, random: Random): readonly string[] {
  const { name } = param;
  if (LEFT_ALONE.test(name)) return [];
  if (name === 'dtype') return DTYPES;
  const model = written ?? param.default;
  if (model === null) return [];
  if (AXIS.test(name)) return model === 'None' || /^[-\d([]/.test(model) ? AXES : [];
  if (model === 'True' || model === 'False') return [model === 'True' ? 'False' : 'True'];
  const choices = CHOICES[name] ?? [];
  if (/^['"]/.test(model)) return choices;
  if (/^-?\d+$/.test(model))
    return [...INTEGERS, ...INTEGERS, String(Number(model) + 1), ...choices, ...(random.chance(0.2) ? FLOATS : [])];
  if (NUMBER.test(model)) return FLOATS;
  if (/^[([][-\d, ]*[)\]]$/.test(model)) return [otherTuple(model, random)];
  if (model === 'None') return choices.length > 0 ? choices : /eps|alpha|beta|min|max|scale|value|weight$/.test(name) ? FLOATS : INTEGERS;
  // a tensor where a number may stand too
  return written !== null && /^(?:other|value|exponent|min|max|end|tensor2)$/.test(name) ? ['2', '0', '0.5', '-1', 'True', '2.0'] : [];
}

/** A tuple of integers with an element changed, added or taken away, or in other brackets. */
function otherTuple(text: string, random: Random): string {
  const items = text
    .slice(1, -1)
    .split(',')
    .flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  const at = random.int(0, Math.max(items.length - 1, 0));
  const how = random.pick(['change', 'change', 'add', 'remove', 'brackets', 'number'] as const);
  if (how === 'number') return random.pick(INTEGERS);
  if (how === 'brackets') return text.startsWith('(') ? `[${items.join(', ')}]` : tuple(items);
  const others = items.flatMap((item, index) => {
    if (index !== at) return [item];
    return how === 'change' ? [random.pick(INTEGERS)] : how === 'add' ? [item, random.pick(INTEGERS)] : [];
  });
  return text.startsWith('(') ? tuple(others) : `[${others.join(', ')}]`;
}

const tuple = (items: readonly string[]): string => (items.length === 1 ? `(${items[0]!},)` : `(${items.join(', ')})`);

interface Change {
  start: number;
  end: number;
  text: string;
}

const replaced = (text: string, { start, end, text: by }: Change): string => text.slice(0, start) + by + text.slice(end);

/**
 * The file with one change to the arguments of `call`: another value, one more, one less, or a positional one by keyword. Null when the change drawn
 * does not fit. @param receiver bound to the first parameter, for methods that share a function's record
 */
export function changeArguments(
  text: string,
  call: Call,
  signatures: readonly Signature[],
  receiver: Expr | null,
  random: Random,
): string | null {
  const bindings = signatures.flatMap((signature) => {
    const binding = bind(call, signature, receiver);
    return 'id' in binding ? [] : [binding];
  });
  if (bindings.length === 0) return null;
  const binding = bindings[0]!;
  const params = binding.signature.params.filter(({ kind }) => kind === 'positional' || kind === 'keyword');
  const argumentOf = (param: Parameter): Argument | null => {
    const bound = binding.arguments.get(param.name);
    return bound?.form === 'value' ? bound.argument : null;
  };
  const present = params.filter((param) => argumentOf(param));
  const absent = params.filter((param) => !binding.arguments.has(param.name));
  const how = random.pick(['value', 'value', 'value', 'add', 'add', 'remove', 'keyword'] as const);
  if (how === 'add') {
    if (absent.length === 0) return null;
    const param = random.pick(absent);
    const choice = candidates(param, null, random);
    if (choice.length === 0) return null;
    const at = call.argsSpan.end - 1;
    const comma = call.args.length > 0 ? ', ' : '';
    return replaced(text, { start: at, end: at, text: `${comma}${param.name}=${random.pick(choice)}` });
  }
  if (present.length === 0) return null;
  const param = random.pick(present);
  const argument = argumentOf(param)!;
  const { value } = argument;
  const written = text.slice(value.start, value.end);
  if (how === 'value') {
    const choice = candidates(param, written, random).filter((other) => other !== written);
    return choice.length === 0 ? null : replaced(text, { start: value.start, end: value.end, text: random.pick(choice) });
  }
  if (how === 'remove') {
    if (param.default === null || argument !== call.args.at(-1)) return null;
    const before = call.args.at(-2);
    return replaced(text, { start: before ? before.end : argument.start, end: argument.end, text: '' });
  }
  // a positional argument can stand by keyword where none without follows
  const following = call.args.slice(call.args.indexOf(argument) + 1);
  if (argument.form !== 'positional' || following.some(({ form }) => form !== 'keyword')) return null;
  return replaced(text, { start: value.start, end: value.start, text: `${param.name}=` });
}

/** Where a call names a dimension by a number from the front: the place of that number. Null where it names none. */
export function boundAxis(
  text: string,
  call: Call,
  signatures: readonly Signature[],
  receiver: Expr | null,
): { start: number; end: number } | null {
  for (const signature of signatures) {
    const binding = bind(call, signature, receiver);
    if ('id' in binding) continue;
    for (const [name, bound] of binding.arguments) {
      if (!AXIS.test(name) || bound.form !== 'value' || !bound.argument) continue;
      const { start, end } = bound.argument.value;
      if (/^\d+$/.test(text.slice(start, end))) return { start, end };
    }
  }
  return null;
}

/** Python's builtins and the methods of its containers and strings. */
import type { Analysis, Arguments } from './analysis';
import { callResult } from './calls';
import { iterate } from './containers';
import {
  BOOL,
  dictOf,
  FLOAT,
  INT,
  join,
  listOf,
  NEVER,
  NONE,
  other,
  SIZE,
  STR,
  tensorIn,
  tupleOf,
  UNKNOWN,
  type FunctionType,
  type Type,
} from './type';

const NAMES =
  'abs all any bool bytes callable chr complex delattr dict dir divmod enumerate filter float format frozenset getattr hasattr hash hex id input int ' +
  'isinstance issubclass iter len list locals globals map max min next object open ord pow print property range repr reversed round set setattr ' +
  'slice sorted staticmethod classmethod str sum super tuple type vars zip __import__ bytearray memoryview exec eval compile bin oct ascii exit quit';

/** Name → the builtin function or class. */
export const BUILTINS: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...NAMES.split(' ').map((name): [string, FunctionType] => [name, { kind: 'function', name: `builtins.${name}`, of: null, self: null }]),
  ...['__name__', '__file__', '__doc__', '__package__'].map((name): [string, Type] => [name, STR]),
]);

/** What calling a builtin yields. */
export function callBuiltin(a: Analysis, name: string, args: Arguments, at: number): Type {
  const first = args.first;
  switch (name) {
    case 'len':
    case 'id':
    case 'hash':
    case 'ord':
    case 'int':
      return INT;
    case 'float':
      return FLOAT;
    case 'complex':
      return other('complex');
    case 'bool':
    case 'isinstance':
    case 'issubclass':
    case 'hasattr':
    case 'callable':
    case 'all':
    case 'any':
      return BOOL;
    case 'str':
    case 'repr':
    case 'format':
    case 'chr':
    case 'hex':
    case 'bin':
    case 'oct':
    case 'input':
    case 'ascii':
      return STR;
    case 'print':
    case 'setattr':
    case 'delattr':
      return NONE;
    case 'abs':
    case 'round':
      return first;
    case 'pow':
      return first.kind === 'tensor' ? first : args.get(1, null)?.kind === 'tensor' ? args.get(1, null)! : first;
    case 'range':
      return SIZE;
    case 'list':
    case 'tuple':
    case 'set':
    case 'frozenset':
    case 'iter':
    case 'reversed':
    case 'sorted':
      if (args.types.length === 0) return listOf(NEVER);
      if (name === 'tuple' && first.kind === 'tuple') return first;
      return listOf(iterate(a, first, at));
    case 'enumerate':
      return listOf(tupleOf([INT, iterate(a, first, at)]));
    case 'zip':
      if (args.positional === null) return listOf(UNKNOWN);
      return listOf(tupleOf(args.types.map((type) => iterate(a, type, at))));
    case 'next':
      return iterate(a, first, at);
    case 'map': {
      const items = args.types.slice(1).map((type) => iterate(a, type, at));
      return listOf(items.length ? callResult(a, first, args, items) : UNKNOWN);
    }
    case 'filter':
      return listOf(iterate(a, args.get(1, null) ?? UNKNOWN, at));
    case 'dict': {
      const entries = new Map<string, Type>();
      let value = NEVER;
      args.call.args.forEach((arg, i) => {
        const type = args.types[i]!;
        if (arg.form === 'keyword' && arg.name) entries.set(arg.name, type);
        value = join(value, arg.form === 'keyword' ? type : type.kind === 'dict' ? type.value : UNKNOWN);
      });
      return dictOf(value, entries.size ? entries : null);
    }
    case 'sum': {
      const item = iterate(a, first, at);
      return tensorIn(item) ?? (item.kind === 'other' ? item : UNKNOWN);
    }
    case 'max':
    case 'min': {
      if (args.types.length === 1) return iterate(a, first, at);
      return args.types.reduce((x, y, i) => (args.call.args[i]!.form === 'positional' ? join(x, y) : x), NEVER);
    }
    case 'open':
      return other('io');
    case 'super':
      return superOf(a);
    case 'vars':
    case 'locals':
    case 'globals':
      return dictOf(UNKNOWN);
    case 'object':
    case 'property':
      return other('object');
    case 'bytes':
    case 'bytearray':
      return other('bytes');
    default:
      return UNKNOWN;
  }
}

/** `super()`: the class's first own base, seen from its instance; or an instance of the family class it inherits. */
function superOf(a: Analysis): Type {
  const cls = a.frame.cls;
  if (!cls) return UNKNOWN;
  return { kind: 'instance', className: cls.name, bases: cls.apiBases, of: cls, because: cls.evidence, fromSuper: true };
}

/** What a method of a list, dict or string yields: `list.append`, `dict.items`, `str.split`. */
export function callContainerMethod(a: Analysis, name: string, self: Type, args: Arguments, at: number): Type {
  const dot = name.indexOf('.');
  const method = name.slice(dot + 1);
  if (self.kind === 'list') return listMethod(a, method, self, args, at);
  if (self.kind === 'dict') return dictMethod(method, self, args);
  return stringMethod(method, self);
}

function listMethod(a: Analysis, method: string, self: Type & { kind: 'list' }, args: Arguments, at: number): Type {
  switch (method) {
    case 'append':
    case 'add':
    case 'appendleft':
      if (self !== SIZE) self.item = join(self.item, args.first);
      return NONE;
    case 'insert':
      if (self !== SIZE) self.item = join(self.item, args.get(1, null) ?? UNKNOWN);
      return NONE;
    case 'extend':
    case 'update':
      if (self !== SIZE) self.item = join(self.item, iterate(a, args.first, at));
      return NONE;
    case 'pop':
    case 'popleft':
      return self.item === NEVER ? UNKNOWN : self.item;
    case 'copy':
    case 'union':
    case 'difference':
    case 'intersection':
      return self;
    case 'index':
    case 'count':
      return INT;
    default:
      return NONE;
  }
}

function dictMethod(method: string, self: Type & { kind: 'dict' }, args: Arguments): Type {
  const value = self.value === NEVER ? UNKNOWN : self.value;
  switch (method) {
    case 'get':
    case 'pop':
    case 'setdefault': {
      const key = args.expr(0, null);
      const found = key?.kind === 'Constant' && typeof key.value === 'string' ? self.entries?.get(key.value) : undefined;
      return found ?? join(value, args.get(1, 'default') ?? NONE);
    }
    case 'items':
      return listOf(tupleOf([STR, value]));
    case 'values':
      return listOf(value);
    case 'keys':
      return listOf(STR);
    case 'copy':
      return self;
    case 'popitem':
      return tupleOf([STR, value]);
    case 'update':
      if (args.first.kind === 'dict') {
        self.value = join(self.value, args.first.value);
        if (args.first.entries) for (const [key, type] of args.first.entries) (self.entries ??= new Map()).set(key, type);
      } else if (args.types.length) {
        self.value = args.types.reduce((x, y, i) => (args.call.args[i]!.form === 'keyword' ? join(x, y) : UNKNOWN), self.value);
      }
      return NONE;
    default:
      return UNKNOWN;
  }
}

const STRING_LISTS = new Set('split rsplit splitlines'.split(' '));
const STRING_INTS = new Set('find rfind index rindex count'.split(' '));
function stringMethod(method: string, self: Type): Type {
  if (STRING_LISTS.has(method)) return listOf(STR);
  if (STRING_INTS.has(method)) return INT;
  if (/^(is|startswith|endswith)/.test(method)) return BOOL;
  if (method === 'partition' || method === 'rpartition') return tupleOf([STR, STR, STR]);
  return method === 'encode' ? other('bytes') : self;
}

/** An iterable of what the given ones hold, one after the other. */
export function chained(a: Analysis, types: readonly Type[], at: number): Type {
  return listOf(types.reduce((x: Type, y) => join(x, iterate(a, y, at)), NEVER));
}

/**
 * What functions are passed by other files. A function whose parameter its own file leaves open asks for it in the summary of its module; whoever
 * calls it from elsewhere notes what it passes; the file is then analysed once more with what was noted. What is noted rests on the summaries as they
 * were before that: it depends on no order, and nothing goes round in circles.
 */
import type { Expr } from '../syntax/ast';
import type { Analysis, Arguments } from './analysis';
import { addHints, type FunctionInfo } from './functions';
import { isModuleMember } from './hierarchy';
import { readType, writeType } from './notation';
import type { Asked } from './summary';
import { entryOf, table } from '../syntax/name-table';
import { METHOD_RESULTS, PROPERTY_TYPES } from './tensor-members';
import { evidence, join, UNKNOWN, weaken, type Type } from './type';

/** Notations of the types that are passed, by parameter of a function: `forward_features`, `Net.__init__`. Plain data (it crosses threads). */
export type PassedTypes = Record<string, Record<string, string[]>>;
/** The same by module of the function. */
export type Passed = Record<string, PassedTypes>;
/** What a module's functions are passed by others, with the module that passes it (the first by name). */
export type FromCallers = Record<string, Record<string, Record<string, string>>>;

/** Longer notations, and more than so many of them for one parameter, say little. */
const LONGEST = 80;
const MOST = 5;

// ---------------------------------------------------------------- asking

/** A member that tensors, modules or optimizers have was sought in a value of which nothing is known: parameters around may be worth knowing. */
export function noteOpen(a: Analysis, attr: string, receiver: Expr): void {
  if (!METHOD_RESULTS.has(attr) && !PROPERTY_TYPES.has(attr) && !isModuleMember(attr)) return;
  for (let frame: Analysis['frame'] | null = a.frame; frame; frame = frame.parent) if (frame.fn) frame.fn.seeks = true;
  let root = receiver;
  while (root.kind === 'Attribute' || root.kind === 'Subscript') root = root.value;
  const init = root !== receiver && a.frame.cls?.methods.get('__init__');
  if (init) init.seeks = true;
}

/** What is worth knowing of calls of a function in other files; null when nothing is. */
export function askedOf(a: Analysis, fn: FunctionInfo): Asked | null {
  const { node, latest } = fn;
  if (!node) return fn.asked;
  if (a.moduleName === null || !latest || !fn.seeks || fn.opaque || (fn.owner ? fn.owner.frame?.parent : fn.closure) !== a.moduleFrame)
    return null;
  const shift = fn.owner && fn.binding !== 'static' ? 1 : 0;
  let asked: Record<string, number> | null = null;
  for (let i = shift; i < node.params.length; i++) {
    const param = node.params[i]!;
    if (param.form !== 'positional' || !isOpen(latest[i]!) || !(fn.annotated[i] === undefined || fn.annotated[i] === UNKNOWN)) continue;
    (asked ??= table<number>())[param.name] = param.keywordOnly ? -1 : i - shift;
  }
  return asked && { module: a.moduleName, function: qualifiedName(fn), params: asked };
}

const qualifiedName = (fn: FunctionInfo): string => (fn.owner ? `${fn.owner.name}.${fn.name}` : fn.name);

/** Whether a caller could say more of a value than its own file does. */
function isOpen(type: Type): boolean {
  switch (type.kind) {
    case 'unknown':
      return true;
    case 'tensor':
      return type.because.confidence === 'possible';
    case 'list':
      return isOpen(type.item);
    case 'dict':
      return type.entries === null && isOpen(type.value);
    default:
      return false;
  }
}

// ---------------------------------------------------------------- noting

/**
 * Notes what a call passes to a function of another file that asked for it.
 * @param self the instance a method is bound to
 */
export function notePassed(a: Analysis, { module, function: name, params }: Asked, args: Arguments, self: Type | null): void {
  // `Base.__init__(self, x)`: the places are others
  if (self === null && args.types[0]?.kind === 'instance') return;
  for (const param in params) {
    const place = params[param]!;
    const type = args.get(place < 0 ? Number.MAX_SAFE_INTEGER : place, param);
    const text = type && notationOf(type);
    if (text) note(a.passed, module, name, param, text);
  }
}

function note(passed: Passed, module: string, name: string, param: string, text: string): void {
  const types = (((passed[module] ??= table())[name] ??= table())[param] ??= []);
  if (types.length < MOST && !types.includes(text)) types.push(text);
}

/** Numbers and settings: who asks something of a value asks it of others. */
const SAYS_LITTLE = /^(?:none|int|float|bool|torch\.device|torch\.dtype|\||\?)+$/;

/** A type as others are told it; null when it says nothing. */
function notationOf(type: Type): string | null {
  if (type.kind === 'instance') return type.of.isModule ? 'torch.nn.Module?' : null;
  const text = writeType(type);
  return text === null || SAYS_LITTLE.test(text) || text.length > LONGEST || text.includes('object') ? null : text;
}

// ---------------------------------------------------------------- gathering and believing

/** What each module's functions are passed by all others; equal for every order of `files`. */
export function gatherPassed(files: Iterable<{ module: string; passed: Passed }>): Map<string, FromCallers> {
  const found = new Map<string, FromCallers>();
  for (const { module: from, passed } of files)
    for (const [module, functions] of Object.entries(passed)) {
      let into = found.get(module);
      if (!into) found.set(module, (into = table()));
      for (const [name, params] of Object.entries(functions))
        for (const [param, types] of Object.entries(params)) {
          const known = ((into[name] ??= table())[param] ??= table());
          for (const text of types) if (known[text] === undefined || from < known[text]) known[text] = from;
        }
    }
  for (const [module, functions] of found) found.set(module, sorted(functions));
  return found;
}

const byName = <T>(record: Record<string, T>): [string, T][] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

function sorted(functions: FromCallers): FromCallers {
  return Object.fromEntries(
    byName(functions).map(([name, params]) => [
      name,
      Object.fromEntries(byName(params).map(([param, types]) => [param, Object.fromEntries(byName(types))])),
    ]),
  );
}

/** Gives a function what calls in other files pass, as calls in its own file do. */
export function takePassed(a: Analysis, fn: FunctionInfo): void {
  const params = entryOf(a.callers!, qualifiedName(fn));
  if (!params || !fn.node || (fn.owner ? fn.owner.frame?.parent : a.frame) !== a.moduleFrame) return;
  const passed = fn.node.params.map((param) => {
    const types = entryOf(params, param.name) ?? {};
    let all: Type | undefined;
    for (const [text, module] of Object.entries(types)) {
      const because = evidence('likely', 'caller', param.start, { name: param.name, module });
      const type = weaken(readType(text, because, a.knowledge.families));
      if (type !== UNKNOWN) all = all ? join(all, type) : type;
    }
    return all;
  });
  addHints(fn, passed);
}

import type { Argument, Call, Expr } from '../syntax/ast';
import { sameLiteral } from './literal';
import type { Parameter, Signature } from './signature';
import { fixed } from '../syntax/name-table';

/** What a call gave one parameter. `argument` is null for the receiver of a method. */
export type Bound =
  | { form: 'value'; value: Expr; argument: Argument | null }
  /** for `*args` (positional and star arguments) and `**kwargs` (keyword and double-star arguments): in source order */
  | { form: 'many'; items: Argument[] };

/** Why there is no automatic rewriting; the words are `obstacle.<id>` in l10n. */
export const OBSTACLES = [
  // the call cannot be bound
  'star-argument',
  'double-star-argument',
  'too-many-arguments',
  'unknown-argument',
  'missing-argument',
  'argument-twice',
  'no-signature',
  // no route can say it
  'argument-without-counterpart',
  'argument-value',
  'evaluated-twice',
  'not-a-statement',
  'stored',
  'not-called',
  'called',
  'indirect',
  'named-rewrite',
  'no-route',
  'targets-disagree',
] as const;

export interface Obstacle {
  id: (typeof OBSTACLES)[number];
  args: Record<string, string>;
}

export interface Binding {
  signature: Signature;
  arguments: ReadonlyMap<string, Bound>;
}

/** Names of the array convention that PyTorch's own argument parser takes for its own. */
const OTHER_SPELLINGS: Readonly<Record<string, string>> = fixed({
  axis: 'dim',
  keepdims: 'keepdim',
  x: 'input',
  a: 'input',
  x1: 'input',
  x2: 'other',
});

/**
 * Binds the arguments of a call to the parameters of a signature, as Python would. A star argument binds only where nothing but a star parameter is
 * left for it; a double-star argument only to a double-star parameter of a signature without other free names.
 * @param receiver bound to the first parameter, for methods that share the record of a function
 */
export function bind(call: Call, signature: Signature, receiver: Expr | null = null): Binding | Obstacle {
  const found = new Map<string, Bound>();
  const places = signature.params.filter((param) => param.kind === 'positional' || param.kind === 'positional-only');
  const star = signature.params.find((param) => param.kind === 'star');
  const doubleStar = signature.params.find((param) => param.kind === 'doublestar');
  let next = 0;
  if (receiver) {
    const first = places[next++];
    if (!first) return { id: 'no-signature', args: {} };
    found.set(first.name, { form: 'value', value: receiver, argument: null });
  }
  for (const argument of call.args) {
    const { form, name, value } = argument;
    if (form === 'positional') {
      const place = places[next];
      if (place) {
        found.set(place.name, { form: 'value', value, argument });
        next++;
      } else if (star) add(found, star, argument);
      else return { id: 'too-many-arguments', args: { count: String(places.length) } };
    } else if (form === 'star') {
      if (!star || next < places.length) return { id: 'star-argument', args: {} };
      add(found, star, argument);
    } else if (form === 'doublestar') {
      if (!doubleStar) return { id: 'double-star-argument', args: {} };
      add(found, doubleStar, argument);
    } else {
      const param = parameterNamed(signature, name!);
      if (param) {
        if (found.has(param.name)) return { id: 'argument-twice', args: { name: name! } };
        found.set(param.name, param.kind === 'star' ? { form: 'many', items: [argument] } : { form: 'value', value, argument });
      } else if (doubleStar) add(found, doubleStar, argument);
      else return { id: 'unknown-argument', args: { name: name! } };
    }
  }
  const missing = signature.params.find(
    (param) => param.default === null && param.kind !== 'star' && param.kind !== 'doublestar' && !found.has(param.name),
  );
  if (missing) return { id: 'missing-argument', args: { name: missing.name } };
  return { signature, arguments: found };
}

function add(found: Map<string, Bound>, param: Parameter, argument: Argument): void {
  const bound = found.get(param.name);
  if (bound?.form === 'many') bound.items.push(argument);
  else found.set(param.name, { form: 'many', items: [argument] });
}

function parameterNamed(signature: Signature, name: string): Parameter | undefined {
  const param = signature.byName.get(name) ?? signature.byName.get(OTHER_SPELLINGS[name] ?? '');
  return param && param.kind !== 'positional-only' && param.kind !== 'doublestar' ? param : undefined;
}

/** Whether a caller's argument says no more than the default says: PyTorch's own default, written out. */
export function isDefault(param: Parameter, bound: Bound, source: string): boolean {
  if (param.default === null || bound.form !== 'value') return false;
  return sameLiteral(source.slice(bound.value.start, bound.value.end), param.default);
}

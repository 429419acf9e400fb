import type { Expr, Param, TypeParam } from './ast';
import { F, K } from './kinds';
import { Made, type Lowering } from './lowering';

/** The parameters between the brackets of a `def` or after `lambda`, with the markers `/` and `*` turned into flags. */
export function lowerParameters(low: Lowering, row: number): Param[] {
  const { next, kind } = low.table;
  const params: Param[] = [];
  let keywordOnly = false;
  const stop = next[row]!;
  for (let child = row + 1; child < stop; child = next[child]!) {
    const k: K = kind[child]!;
    if (k === K.PositionalSeparator) {
      for (const param of params) param.positionalOnly = true;
      continue;
    }
    if (k === K.KeywordSeparator) {
      keywordOnly = true;
      continue;
    }
    const param = low.made[child] === Made.Part ? (low.built[child] as Param) : isPlain(k) ? lowerParameter(low, child, k) : null;
    if (!param) continue;
    param.keywordOnly = keywordOnly && param.form === 'positional';
    if (param.form === 'star') keywordOnly = true;
    params.push(param);
  }
  return params;
}

function isPlain(kind: K): boolean {
  return kind === K.Identifier || kind === K.ListSplatPattern || kind === K.ListSplat || kind === K.DictionarySplatPattern;
}

/** One parameter; null when it has no plain name (broken text, or a tuple parameter of Python 2). */
export function lowerParameter(low: Lowering, row: number, kind: K): Param | null {
  const { next, kind: kindOf, start, end } = low.table;
  let label = row;
  let form: Param['form'] = 'positional';
  let holder = row;
  if (kind === K.TypedParameter || kind === K.DefaultParameter || kind === K.TypedDefaultParameter) {
    holder = kind === K.TypedParameter ? firstNamed(low, row) : low.childIn(row, F.Name);
    label = holder;
  }
  if (holder < 0) return null;
  const holderKind: K = kindOf[holder]!;
  if (holderKind === K.ListSplatPattern || holderKind === K.ListSplat || holderKind === K.DictionarySplatPattern) {
    form = holderKind === K.DictionarySplatPattern ? 'doublestar' : 'star';
    label = -1;
    for (let child = holder + 1; child < next[holder]!; child = next[child]!) if (kindOf[child] === K.Identifier) label = child;
  }
  if (label < 0 || kindOf[label] !== K.Identifier || start[label] === end[label]) return null;
  const annotation = low.exprOrNull(low.childIn(row, F.Type));
  const fallback: Expr | null =
    kind === K.DefaultParameter || kind === K.TypedDefaultParameter ? low.exprOrNull(low.childIn(row, F.Value)) : null;
  const param: Param = {
    kind: 'Param',
    start: start[row]!,
    end: end[row]!,
    parent: null,
    name: low.slice(label),
    nameSpan: low.span(label),
    form,
    annotation,
    default: fallback,
    keywordOnly: false,
    positionalOnly: false,
  };
  if (annotation) annotation.parent = param;
  if (fallback) fallback.parent = param;
  return param;
}

function firstNamed(low: Lowering, row: number): number {
  const { next, kind } = low.table;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    const k: K = kind[child]!;
    if (k === K.Identifier || k === K.ListSplatPattern || k === K.DictionarySplatPattern) return child;
  }
  return -1;
}

/** The type parameters a definition declares in brackets (PEP 695). */
export function lowerTypeParameters(low: Lowering, row: number): TypeParam[] {
  const { next, kind, start, end } = low.table;
  const params: TypeParam[] = [];
  const stop = next[row]!;
  for (let child = row + 1; child < stop; child = next[child]!) {
    if (kind[child] !== K.Type) continue;
    let inner = child + 1;
    let bound: Expr | null = null;
    if (inner < next[child]! && kind[inner] === K.ConstrainedType) {
      const constrained = inner;
      const types: number[] = [];
      for (let at = constrained + 1; at < next[constrained]!; at = next[at]!) if (kind[at] === K.Type) types.push(at);
      if (types[1] !== undefined) bound = low.expr(types[1]);
      inner = (types[0] ?? constrained) + 1;
    }
    let form: TypeParam['form'] = 'single';
    let label = inner;
    if (kind[inner] === K.SplatType) {
      form = low.childOf(inner, K.DoubleStarToken) >= 0 ? 'doublestar' : 'star';
      label = low.childOf(inner, K.Identifier);
    }
    if (label < 0 || label >= next[child]! || kind[label] !== K.Identifier || start[label] === end[label]) continue;
    const param: TypeParam = {
      kind: 'TypeParam',
      start: start[child]!,
      end: end[child]!,
      parent: null,
      name: low.slice(label),
      nameSpan: low.span(label),
      form,
      bound,
    };
    if (bound) bound.parent = param;
    params.push(param);
  }
  return params;
}

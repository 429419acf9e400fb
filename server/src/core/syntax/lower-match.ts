import type { Attribute, Expr, MatchCase, Name } from './ast';
import { F, K } from './kinds';
import { adopt, Made, type Lowering } from './lowering';

/** One `case`: which names its pattern binds, which values and classes it looks at. Read flat, so nesting costs no stack. */
export function lowerCase(low: Lowering, row: number): MatchCase {
  const { next, kind, field, start, end } = low.table;
  const binds: Name[] = [];
  const values: Expr[] = [];
  const stop = next[row]!;
  for (let child = row + 1; child < stop; child = next[child]!) {
    if (kind[child] !== K.CasePattern) continue;
    const patternEnd = next[child]!;
    for (let at = child + 1; at < patternEnd;) {
      const k: K = kind[at]!;
      if (k === K.DottedName) {
        dottedName(low, at, binds, values);
        at = next[at]!;
      } else if (k === K.Identifier && (kind[low.table.up[at]!] === K.AsPattern || kind[low.table.up[at]!] === K.SplatPattern)) {
        bind(low, at, binds);
        at = next[at]!;
      } else if (low.made[at] === Made.Expr && k !== K.ListPattern && k !== K.TuplePattern) {
        values.push(low.take(at));
        at = next[at]!;
      } else at++;
    }
  }
  const ifClause = low.childIn(row, F.Guard);
  const guard = ifClause < 0 ? null : low.requiredExpr(ifClause);
  let block = -1;
  for (let child = row + 1; child < stop; child = next[child]!)
    if (field[child] === F.Consequence && kind[child] === K.Block) block = child;
  const body = low.statements(block);
  const node: MatchCase = {
    kind: 'MatchCase',
    start: start[row]!,
    end: body.length > 0 ? body[body.length - 1]!.end : end[row]!,
    parent: null,
    binds,
    values,
    guard,
    body,
  };
  adopt(binds, node);
  adopt(values, node);
  adopt(body, node);
  if (guard) guard.parent = node;
  return node;
}

function bind(low: Lowering, row: number, binds: Name[]): void {
  const id = low.slice(row);
  if (id !== '_' && id !== '') binds.push({ kind: 'Name', ...low.span(row), parent: null, id });
}

/** A single name captures, except as the class of a class pattern; a dotted one is a value. */
function dottedName(low: Lowering, row: number, binds: Name[], values: Expr[]): void {
  const { next, kind, start, end, up } = low.table;
  let value: Expr | null = null;
  let count = 0;
  let only = -1;
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind[child] !== K.Identifier || start[child] === end[child]) continue;
    const id = low.slice(child);
    count++;
    only = child;
    if (value === null) value = { kind: 'Name', ...low.span(child), parent: null, id };
    else {
      const longer: Attribute = {
        kind: 'Attribute',
        start: value.start,
        end: end[child]!,
        parent: null,
        value,
        attr: id,
        attrSpan: low.span(child),
      };
      value.parent = longer;
      value = longer;
    }
  }
  if (value === null) return;
  if (count === 1 && kind[up[row]!] !== K.ClassPattern) bind(low, only, binds);
  else values.push(value);
}

import type { Argument, ClassDef, Decorator, FunctionDef, Param, Stmt, TypeParam } from './ast';
import { F, K } from './kinds';
import { below, blockIn, endAfter, isAsync } from './lower-blocks';
import { adopt, Made, type Lowering, type Mutable } from './lowering';

export function typeAlias(low: Lowering, row: number, start: number, end: number): Stmt {
  const { kind } = low.table;
  const left = low.childIn(row, F.Left);
  const value = low.exprIn(row, F.Right);
  let inner = left + 1;
  let typeParams: TypeParam[] = [];
  if (left >= 0 && kind[inner] === K.GenericType) {
    const brackets = low.childOf(inner, K.TypeParameter);
    if (brackets >= 0 && low.made[brackets] === Made.Part) typeParams = low.built[brackets] as TypeParam[];
    inner++;
  }
  if (left < 0 || kind[inner] !== K.Identifier) {
    // `type a.b = c` is no alias.
    const pieces = below(low, row);
    return low.errorStmt(pieces, start, end);
  }
  const node: Stmt = {
    kind: 'TypeAlias',
    start,
    end,
    parent: null,
    name: { kind: 'Name', ...low.span(inner), parent: null, id: low.slice(inner) },
    typeParams,
    value,
  };
  node.name.parent = value.parent = node;
  adopt(typeParams, node);
  return node;
}

function typeParamsIn(low: Lowering, row: number): TypeParam[] {
  const brackets = low.childIn(row, F.TypeParameters);
  return brackets >= 0 && low.made[brackets] === Made.Part ? (low.built[brackets] as TypeParam[]) : [];
}

export function functionDef(low: Lowering, row: number, start: number, end: number): FunctionDef {
  const name = low.childIn(row, F.Name);
  const list = low.childIn(row, F.Parameters);
  const params = list >= 0 && low.made[list] === Made.Part ? (low.built[list] as Param[]) : [];
  const returns = low.exprOrNull(low.childIn(row, F.ReturnType));
  const body = blockIn(low, row, F.Body);
  const node: FunctionDef = {
    kind: 'FunctionDef',
    start,
    end: endAfter(end, body),
    parent: null,
    name: name < 0 ? '' : low.slice(name),
    nameSpan: name < 0 ? { start, end: start } : low.span(name),
    typeParams: typeParamsIn(low, row),
    params,
    returns,
    decorators: [],
    body,
    isAsync: isAsync(low, row),
    headerStart: start,
  };
  adopt(node.typeParams, node);
  adopt(params, node);
  if (returns) returns.parent = node;
  adopt(body, node);
  return node;
}

export function classDef(low: Lowering, row: number, start: number, end: number): ClassDef {
  const name = low.childIn(row, F.Name);
  const list = low.childIn(row, F.Superclasses);
  const bases = list >= 0 && low.made[list] === Made.Part ? (low.built[list] as Argument[]) : [];
  const body = blockIn(low, row, F.Body);
  const node: ClassDef = {
    kind: 'ClassDef',
    start,
    end: endAfter(end, body),
    parent: null,
    name: name < 0 ? '' : low.slice(name),
    nameSpan: name < 0 ? { start, end: start } : low.span(name),
    typeParams: typeParamsIn(low, row),
    bases,
    decorators: [],
    body,
    headerStart: start,
  };
  adopt(node.typeParams, node);
  adopt(bases, node);
  adopt(body, node);
  return node;
}

export function decorated(low: Lowering, row: number, start: number, end: number): Stmt | null {
  const { next } = low.table;
  const decorators: Decorator[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!)
    if (low.made[child] === Made.Part) decorators.push(low.built[child] as Decorator);
  const definition = low.childIn(row, F.Definition);
  const node = definition >= 0 && low.made[definition] === Made.Stmt ? (low.built[definition] as Mutable<FunctionDef | ClassDef>) : null;
  if (node?.kind !== 'FunctionDef' && node?.kind !== 'ClassDef') {
    const pieces = below(low, row);
    return pieces.length > 0 ? low.errorStmt(pieces, start, end) : null;
  }
  node.start = start;
  node.decorators = decorators;
  adopt(decorators, node);
  return node;
}

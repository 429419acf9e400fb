import type { Import, ImportAlias, ImportFrom } from './ast';
import { F, K } from './kinds';
import { adopt, type Lowering } from './lowering';

/** The identifiers of a dotted name. */
function dottedPath(low: Lowering, row: number): string[] {
  const { next, kind, start, end } = low.table;
  const path: string[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (kind[child] === K.Identifier && end[child]! > start[child]!) path.push(low.slice(child));
  }
  return path;
}

export function lowerImport(low: Lowering, row: number): Import {
  const names = aliases(low, row);
  const node: Import = { kind: 'Import', ...low.span(row), parent: null, names };
  adopt(names, node);
  return node;
}

export function lowerImportFrom(low: Lowering, row: number, kind: K): ImportFrom {
  const names = aliases(low, row);
  const module: { path: string[]; level: number } =
    kind === K.FutureImportStatement ? { path: ['__future__'], level: 0 } : moduleOf(low, low.childIn(row, F.ModuleName));
  const star = low.childOf(row, K.WildcardImport) >= 0;
  const node: ImportFrom = { kind: 'ImportFrom', ...low.span(row), parent: null, module: module.path, level: module.level, names, star };
  adopt(names, node);
  return node;
}

function moduleOf(low: Lowering, row: number): { path: string[]; level: number } {
  if (row < 0) return { path: [], level: 0 };
  if (low.table.kind[row] === K.DottedName) return { path: dottedPath(low, row), level: 0 };
  const prefix = low.childOf(row, K.ImportPrefix);
  const name = low.childOf(row, K.DottedName);
  const level = prefix < 0 ? 0 : low.slice(prefix).split('.').length - 1;
  return { path: name < 0 ? [] : dottedPath(low, name), level };
}

function aliases(low: Lowering, row: number): ImportAlias[] {
  const { next, kind, field } = low.table;
  const found: ImportAlias[] = [];
  for (let child = row + 1; child < next[row]!; child = next[child]!) {
    if (field[child] !== F.Name) continue;
    if (kind[child] === K.DottedName) {
      const path = dottedPath(low, child);
      if (path.length > 0) found.push({ kind: 'ImportAlias', ...low.span(child), parent: null, path, asName: null, asSpan: null });
    } else if (kind[child] === K.AliasedImport) {
      const name = low.childIn(child, F.Name);
      const alias = low.childIn(child, F.Alias);
      const path = name < 0 ? [] : dottedPath(low, name);
      const asName = alias < 0 ? '' : low.slice(alias);
      if (path.length > 0)
        found.push({
          kind: 'ImportAlias',
          ...low.span(child),
          parent: null,
          path,
          asName: asName || null,
          asSpan: asName ? low.span(alias) : null,
        });
    }
  }
  return found;
}

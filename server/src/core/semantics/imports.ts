/** Import statements: what they bind, under which guard, and who reads it. */
import type { Import, ImportAlias, ImportFrom, Name, Node, Stmt } from '../syntax/ast';
import { blocksOf } from '../syntax/statements';
import type { Analysis } from './analysis';
import type { ImportBinding, ImportGuard } from './analyze';
import type { LexicalScope } from './scope';
import { importedType, starNames } from './summaries';
import { evidence, join, type Type } from './type';

export class ImportRecord implements ImportBinding {
  /** Who reads it; of imports that are taken together one holds this for all. */
  private names = new Set<Name>();
  private unitedWith: ImportRecord | null = null;

  constructor(
    readonly local: string,
    readonly target: string,
    readonly module: string,
    readonly alias: ImportAlias,
    readonly scope: LexicalScope,
    readonly guard: ImportGuard,
    readonly own: boolean,
  ) {}

  add(name: Name): void {
    this.holder.names.add(name);
  }

  /** From now on both are read where either is. */
  unite(other: ImportRecord): void {
    const [mine, theirs] = [this.holder, other.holder];
    if (mine === theirs) return;
    for (const name of theirs.names) mine.names.add(name);
    theirs.names = new Set();
    theirs.unitedWith = mine;
  }

  /** These nodes are no part of the program any more. */
  forget(gone: ReadonlySet<Node>): void {
    for (const name of this.names) if (gone.has(name)) this.names.delete(name);
  }

  get uses(): readonly Name[] {
    return [...this.holder.names].sort((a, b) => a.start - b.start);
  }

  private get holder(): ImportRecord {
    return this.unitedWith ? (this.unitedWith = this.unitedWith.holder) : this;
  }
}

/** `import a.b`, `import a.b as c`. */
export function executeImport(a: Analysis, stmt: Import): void {
  for (const alias of stmt.names) {
    const path = alias.path.join('.');
    if (!path) continue;
    const root = alias.path[0]!;
    const target = alias.asName ? path : root;
    if (a.knowledge.families.has(path)) a.usesPyTorch = a.nearPyTorch = true;
    bind(a, alias, alias.asName ?? root, target, path, moduleType(a, target, alias));
  }
}

/** `from m import n`, relative or not. */
export function executeImportFrom(a: Analysis, stmt: ImportFrom): void {
  const module = '.'.repeat(stmt.level) + stmt.module.join('.');
  if (stmt.level === 0 && a.knowledge.families.has(module)) a.usesPyTorch = a.nearPyTorch = true;
  if (stmt.star) {
    importStar(a, module);
    return;
  }
  for (const alias of stmt.names) {
    const name = alias.path.join('.');
    if (!name) continue;
    const target = module.endsWith('.') || !module ? module + name : `${module}.${name}`;
    bind(a, alias, alias.asName ?? name, target, module, memberType(a, module, name, target, alias));
  }
}

/**
 * Whether a module imports a package of the PyTorch family anywhere, or a module of the program that does. Sockets are detached, decimals have
 * square roots and matrices diagonals: in a file that has nothing to do with PyTorch no use shows a tensor.
 */
export function reachesPyTorch(a: Analysis, body: readonly Stmt[]): boolean {
  return body.some((stmt) => {
    switch (stmt.kind) {
      case 'Import':
        return stmt.names.some(({ path }) => leadsToPyTorch(a, path.join('.')));
      case 'ImportFrom': {
        const module = '.'.repeat(stmt.level) + stmt.module.join('.');
        if (module && leadsToPyTorch(a, module)) return true;
        const inner = module.endsWith('.') || !module ? module : `${module}.`;
        return stmt.names.some(({ path }) => leadsToPyTorch(a, inner + path.join('.')));
      }
      default:
        return blocksOf(stmt).some((block) => reachesPyTorch(a, block));
    }
  });
}

const leadsToPyTorch = (a: Analysis, module: string): boolean =>
  a.knowledge.families.has(module) || a.summaries?.module(module, a.moduleName)?.pytorch === true;

function bind(a: Analysis, alias: ImportAlias, local: string, target: string, module: string, type: Type): void {
  const frame = a.frame;
  let record = a.importOf.get(alias);
  const scope = frame.scope;
  let owner = frame;
  if (scope.redirects?.get(local) === 'global') owner = a.moduleFrame;
  const name = owner.scope.declare(local);
  if (!record) {
    record = new ImportRecord(local, target, module, alias, owner.scope, a.guard, a.isOwn(module));
    a.importOf.set(alias, record);
    a.imports.push(record);
    name.imports.push(record);
  }
  owner.setImport(name.index, type, [record]);
}

function moduleType(a: Analysis, name: string, alias: ImportAlias): Type {
  if (a.knowledge.families.has(name))
    return { kind: 'api', api: name, self: null, because: evidence('certain', 'import', alias.start, { name }) };
  return { kind: 'module', name };
}

function memberType(a: Analysis, module: string, name: string, target: string, alias: ImportAlias): Type {
  if (a.knowledge.families.has(target))
    return { kind: 'api', api: target, self: null, because: evidence('certain', 'import', alias.start, { name: target }) };
  return importedType(a, module, name, alias.start) ?? { kind: 'module', name: target };
}

/** `from m import *`: names of a project module are bound; a family's are looked up when read. */
function importStar(a: Analysis, module: string): void {
  if (!a.starModules.includes(module)) a.starModules.push(module);
  if (a.knowledge.families.has(module)) {
    a.stars.push({ module });
    return;
  }
  const names = starNames(a, module);
  for (const [local, type] of names) {
    const name = a.frame.scope.declare(local);
    const before = a.frame.values[name.index];
    // the same thing again: what the program says itself stays visible
    if (before?.kind === 'api' && type.kind === 'api' && before.api === type.api) continue;
    a.frame.set(name.index, before && a.guard !== 'none' ? join(before, type) : type);
  }
}

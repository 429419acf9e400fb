/**
 * Mending a file's imports: local names for what rewrites need, bindings that lost their last use removed, new ones added once beside the others.
 */
import type { Families } from '../semantics/families';
import type { Binding, ImportBinding, ModuleSemantics } from '../semantics/analyze';
import type { Import, ImportFrom, Module, Node, Stmt } from '../syntax/ast';
import { visit } from '../syntax/walk';
import { isStatement, statementOf } from '../syntax/statements';
import { lineEnd, startsLine } from './place';
import type { ImportNeed, Rewrite } from './rewrite';

export type ImportStatement = Import | ImportFrom;

export interface ImportPlan {
  nameOf(need: ImportNeed): string;
  /** removals, replacements and additions of import statements */
  rewrites: Rewrite[];
}

export interface ImportRequest {
  text: string;
  module: Module;
  semantics: Pick<ModuleSemantics, 'imports' | 'scopes' | 'bindingOf' | 'summary'>;
  /** packages whose imports new ones stand behind */
  families: Families;
  needs: readonly ImportNeed[];
  /** whether the name that is read there is still in the new text */
  survives(offset: number): boolean;
  /** imports that go although nothing ever used them */
  removeUnused?(binding: ImportBinding): boolean;
  /** no import is added behind this place */
  before: number;
}

export function planImports(request: ImportRequest): ImportPlan {
  const removed = removedImports(request);
  const { names, missing } = allocateNames(request, removed);
  const rewrites = mendStatements(request, removed, missing);
  return { nameOf: (need) => names.get(keyOf(need)) ?? need.prefer, rewrites };
}

function keyOf(need: ImportNeed): string {
  return need.name === null ? need.module : `${need.module}.${need.name}`;
}

// ---------------------------------------------------------------- what goes

function removedImports({ semantics, survives, removeUnused, text, module }: ImportRequest): Set<ImportBinding> {
  const groups = new Map<object, Map<string, ImportBinding[]>>();
  for (const binding of semantics.imports) {
    const inScope = groups.get(binding.scope) ?? new Map<string, ImportBinding[]>();
    groups.set(binding.scope, inScope);
    inScope.set(binding.local, [...(inScope.get(binding.local) ?? []), binding]);
  }
  const removed = new Set<ImportBinding>();
  for (const [, inScope] of groups) {
    for (const [local, imports] of inScope) {
      const uses = imports.flatMap((binding) => binding.uses);
      if (uses.some((use) => survives(use.start))) continue;
      const goes = (binding: ImportBinding) => (uses.length > 0 && survives(binding.alias.start)) || (removeUnused?.(binding) ?? false);
      if (!imports.some(goes)) continue;
      const owner = imports[0]!.scope.bindings.get(local);
      if (owner && !owner.definitions.every((node) => node.kind === 'ImportAlias' || isLaterDefinition(node, imports))) continue;
      if (isExported(module, text, local) || isNamedInAnnotation(module, text, local)) continue;
      for (const binding of imports) removed.add(binding);
    }
  }
  return removed;
}

/** A class or function of the same name, defined in any case behind imports that hold in any case: who reads the name there reads no import. */
function isLaterDefinition(node: Node, imports: readonly ImportBinding[]): boolean {
  if (node.kind !== 'ClassDef' && node.kind !== 'FunctionDef') return false;
  return imports.every(({ alias, guard }) => guard === 'none' && alias.parent?.parent === node.parent && alias.end < node.start);
}

/** Named in `__all__`, wherever the list is made or added to. */
function isExported(module: Module, text: string, local: string): boolean {
  if (!text.includes('__all__')) return false;
  let found = false;
  visit(module, {
    enter(node) {
      if (node.kind !== 'Constant' || node.value !== local) return !found;
      const statement = statementOf(node);
      if (statement && /^__all__\b/.test(text.slice(statement.start, statement.start + 8))) found = true;
      return !found;
    },
  });
  return found;
}

/** Annotations may be strings; what they name is in use. */
function isNamedInAnnotation(module: Module, text: string, local: string): boolean {
  let found = false;
  const word = new RegExp(`\\b${local}\\b`);
  const look = (annotation: Node | null) => {
    if (!annotation || found) return;
    visit(annotation, {
      enter(node) {
        if (node.kind === 'Constant' && node.type === 'str' && word.test(text.slice(node.start, node.end))) found = true;
      },
    });
  };
  if (!word.test(text)) return false;
  visit(module, {
    enter(node) {
      if (node.kind === 'Param' || node.kind === 'Assign') look(node.annotation);
      else if (node.kind === 'FunctionDef') look(node.returns);
      return !found;
    },
  });
  return found;
}

// ---------------------------------------------------------------- names

function allocateNames(
  request: ImportRequest,
  removed: ReadonlySet<ImportBinding>,
): { names: Map<string, string>; missing: Map<string, { need: ImportNeed; local: string }> } {
  const names = new Map<string, string>();
  const missing = new Map<string, { need: ImportNeed; local: string }>();
  if (request.needs.length === 0) return { names, missing };
  const occupied = occupiedNames(request, removed);
  const taken = new Set<string>();
  for (const need of request.needs) {
    const key = keyOf(need);
    if (names.has(key)) continue;
    const present = request.semantics.imports.find(
      (binding) =>
        binding.target === key &&
        binding.guard === 'none' &&
        !removed.has(binding) &&
        request.survives(binding.alias.start) &&
        isSole(binding, request),
    );
    if (present) {
      names.set(key, present.local);
      continue;
    }
    let local = [need.prefer, need.otherwise].find((name) => !occupied.has(name) && !taken.has(name));
    for (let n = 2; local === undefined; n++)
      if (!occupied.has(`${need.otherwise}${n}`) && !taken.has(`${need.otherwise}${n}`)) local = `${need.otherwise}${n}`;
    names.set(key, local);
    taken.add(local);
    missing.set(key, { need, local });
  }
  return { names, missing };
}

/** A module-level name that nothing else in the file ever means. */
function isSole(binding: ImportBinding, { semantics }: ImportRequest): boolean {
  if (binding.scope.kind !== 'module') return false;
  return semantics.scopes.every((scope) => {
    const bound = scope.bindings.get(binding.local);
    if (!bound) return true;
    return (
      scope === binding.scope &&
      bound.definitions.every((node) => node.kind === 'ImportAlias') &&
      bound.imports.every((other) => other.target === binding.target)
    );
  });
}

/** Every name that means something in the new file, in any scope. */
function occupiedNames({ semantics, module, survives }: ImportRequest, removed: ReadonlySet<ImportBinding>): Set<string> {
  const occupied = new Set<string>();
  const isFree = (binding: Binding) =>
    binding.imports.length === binding.definitions.length &&
    binding.imports.every((item) => removed.has(item) || !survives(item.alias.start));
  for (const scope of semantics.scopes) for (const [name, binding] of scope.bindings) if (!isFree(binding)) occupied.add(name);
  visit(module, {
    enter(node) {
      if (node.kind === 'Name' && !occupied.has(node.id) && semantics.bindingOf(node) === null && survives(node.start))
        occupied.add(node.id);
    },
  });
  return occupied;
}

// ---------------------------------------------------------------- statements

function mendStatements(
  request: ImportRequest,
  removed: ReadonlySet<ImportBinding>,
  missing: Map<string, { need: ImportNeed; local: string }>,
): Rewrite[] {
  const { text, module } = request;
  const gone = new Set<Node>([...removed].map((binding) => binding.alias));
  const statements = new Set([...removed].map((binding) => binding.alias.parent as ImportStatement));
  const whole = [...statements].filter(
    (statement) => statement.names.every((alias) => gone.has(alias)) && request.survives(statement.start),
  );
  const rewrites: Rewrite[] = [];
  for (const statement of statements)
    if (!whole.includes(statement) && request.survives(statement.start)) rewrites.push(withoutAliases(text, statement, gone));

  const lines: { need: ImportNeed; local: string }[] = [];
  for (const item of missing.values()) {
    const extended = extendExisting(request, item, gone);
    if (extended) rewrites.push(extended);
    else lines.push(item);
  }
  const written = importLines(lines);
  let replaced: Stmt | undefined;
  if (written.length > 0) {
    replaced = whole.find(
      (statement) =>
        statement.parent === module &&
        statement.start < request.before &&
        startsLine(text, statement.start) &&
        !isSharedLine(text, statement),
    );
    if (replaced) rewrites.push({ node: replaced, pieces: [written.join('\n')] });
    else rewrites.push(insertion(request, written));
  }
  const left = whole.filter((statement) => statement !== replaced);
  for (const node of emptied(left)) rewrites.push({ node, pieces: [] });
  return rewrites;
}

function isSharedLine(text: string, statement: Stmt): boolean {
  return /^[ \t]*;/.test(text.slice(statement.end, lineEnd(text, statement.end)));
}

/** A `try` whose body and handlers would be empty goes as a whole, and so does a block under `TYPE_CHECKING`. */
function emptied(statements: readonly ImportStatement[]): Stmt[] {
  const gone = new Set<Stmt>(statements);
  const nothing = (body: readonly Stmt[]) => body.every((statement) => gone.has(statement) || statement.kind === 'Pass');
  for (const statement of statements) {
    let outer: Node | null = statement.parent;
    while (outer && !isStatement(outer) && outer.kind !== 'Module') outer = outer.parent;
    if (
      outer?.kind === 'Try' &&
      nothing(outer.body) &&
      outer.handlers.every((handler) => nothing(handler.body)) &&
      nothing(outer.orelse) &&
      nothing(outer.finalbody)
    )
      gone.add(outer);
    if (outer?.kind === 'If' && !outer.isElif && outer.test.kind === 'Name' && nothing(outer.body) && outer.orelse.length === 0)
      gone.add(outer);
  }
  return [...gone].filter((statement) => !isInside(statement, gone));
}

function isInside(statement: Stmt, outer: ReadonlySet<Node>): boolean {
  for (let at = statement.parent; at; at = at.parent) if (outer.has(at)) return true;
  return false;
}

/** The statement with some of its names left out. */
function withoutAliases(text: string, statement: ImportStatement, gone: ReadonlySet<Node>): Rewrite {
  const kept = statement.names.filter((alias) => !gone.has(alias));
  const head = text.slice(statement.start, statement.names[0]!.start);
  const tail = text.slice(statement.names[statement.names.length - 1]!.end, statement.end);
  return { node: statement, pieces: [head, kept.map((alias) => text.slice(alias.start, alias.end)).join(', '), tail] };
}

/** `from m import a` becomes `from m import a, b` where it stands on one line. */
function extendExisting(
  { text, module, survives, before }: ImportRequest,
  { need, local }: { need: ImportNeed; local: string },
  gone: ReadonlySet<Node>,
): Rewrite | null {
  if (need.name === null) return null;
  for (const statement of module.body) {
    if (statement.kind !== 'ImportFrom' || statement.level > 0 || statement.star || statement.start >= before) continue;
    if (statement.module.join('.') !== need.module || !survives(statement.start) || statement.names.some((alias) => gone.has(alias)))
      continue;
    if (/[\n\r#\\(]/.test(text.slice(statement.start, statement.end))) continue;
    const name = aliased(need.name, local);
    const after = statement.names.find((alias) => alias.path[0]! > need.name!);
    const last = statement.names[statement.names.length - 1]!;
    if (after) return { node: after, span: { start: after.start, end: after.start }, pieces: [`${name}, `] };
    return { node: last, span: { start: last.end, end: last.end }, pieces: [`, ${name}`] };
  }
  return null;
}

function aliased(name: string, local: string): string {
  return name === local ? name : `${name} as ${local}`;
}

/** Import statements for these names: modules first, then names by module; sorted. */
function importLines(items: readonly { need: ImportNeed; local: string }[]): string[] {
  const modules = items.filter(({ need }) => need.name === null).map(({ need, local }) => `import ${aliased(need.module, local)}`);
  const byModule = new Map<string, string[]>();
  for (const { need, local } of items) {
    if (need.name === null) continue;
    const names = byModule.get(need.module) ?? [];
    names.push(aliased(need.name, local));
    byModule.set(need.module, names);
  }
  const from = [...byModule].map(([module, names]) => `from ${module} import ${names.sort().join(', ')}`);
  return [...modules.sort(), ...from.sort()];
}

/** New lines behind the last import of a PyTorch family, else behind the last import, else at the top. */
function insertion({ module, text, before, families }: ImportRequest, lines: readonly string[]): Rewrite {
  const isImport = (statement: Stmt): statement is ImportStatement => statement.kind === 'Import' || statement.kind === 'ImportFrom';
  const imports = module.body.filter(isImport).filter((statement) => statement.start < before);
  const source = imports.filter((statement) =>
    families.has(
      statement.kind === 'Import' ? (statement.names[0]?.path.join('.') ?? '') : statement.level ? '' : statement.module.join('.'),
    ),
  );
  const [first, ...others] = module.body;
  const docstring = first?.kind === 'ExprStmt' && first.value.kind === 'Constant' && first.value.type === 'str' ? first : null;
  const anchor = source[source.length - 1] ?? imports[imports.length - 1] ?? docstring;
  if (anchor) {
    const at = lineEnd(text, anchor.end);
    const gap = anchor === docstring && others.length > 0 ? '\n\n' : '\n';
    return { node: anchor, span: { start: at, end: at }, pieces: [gap, lines.join('\n')] };
  }
  const node = first ?? module;
  return {
    node,
    span: { start: node.start, end: node.start },
    pieces: [`${lines.join('\n')}\n${first?.kind === 'FunctionDef' || first?.kind === 'ClassDef' ? '\n\n' : '\n'}`],
  };
}

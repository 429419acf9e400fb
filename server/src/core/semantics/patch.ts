/**
 * The analysis of a module after a key press, made from the one before: only the top-level statements that were parsed anew are evaluated, in the
 * namespace the module had at its end; everything else keeps what was said of it, moved to its place. What the edit changes elsewhere (another
 * result of a function, another attribute of a class) shows when the module is analysed as a whole, which the caller does as soon as the keys rest.
 */
import type { Module, Node, Stmt } from '../syntax/ast';
import { shift } from '../syntax/shift';
import { descendants } from '../syntax/walk';
import type { Analysis } from './analysis';
import { analysisOf, recordClass, semanticsOf, type ModuleSemantics } from './analyze';
import { ensureRecorded, finish } from './functions';
import type { Reference } from './reference';
import { declareNames } from './scope';
import { execute } from './statements';

/** More new text than this is not the work of a key press. */
const MOST_CHARACTERS = 60_000;
/**
 * What other statements noted of one that is gone keeps it in memory: after so many patches in a row, without a rest between them in which the whole
 * is analysed, it is analysed at once. Nobody types as much; on 5,000 lines a thousand patches keep less than 1 MB.
 */
const MOST_PATCHES = 1000;
/** Function bodies that may be evaluated for one patch. */
const MOST_RUNS = 60;

/**
 * @param before of `from`; it must not be read any more afterwards
 * @param from the module as it was; the statements `to` shares with it have been moved to their place in the new text
 * @param to its definitions need not be settled (`syntax/shift.ts`)
 * @returns null when the whole is to be analysed: a large part of the text is new, or many patches have been made
 */
export function patchModule(before: ModuleSemantics, from: Module, to: Module): ModuleSemantics | null {
  const a = analysisOf(before);
  if (!a || a.moduleFrame.dead || a.patches >= MOST_PATCHES) return null;
  const { prefix, suffix } = shared(from.body, to.body, a.starts);
  if (prefix + suffix === 0) return null;
  const gone = from.body.slice(prefix, from.body.length - suffix);
  const fresh = to.body.slice(prefix, to.body.length - suffix);
  if (fresh.reduce((sum, stmt) => sum + stmt.end - stmt.start, 0) > MOST_CHARACTERS) return null;

  const behind = from.body.length - suffix;
  const { references } = before;
  const first = firstOf(references, prefix === 0 ? 0 : (a.starts[prefix] ?? Infinity));
  const next = firstOf(references, suffix === 0 ? Infinity : a.starts[behind]!);
  const tail = references.slice(next);
  if (suffix > 0) moveReferences(a, references, tail, a.starts[behind]!, from.body[behind]!.start - a.starts[behind]!);
  forget(a, gone, references.slice(first, next));
  const found = evaluateAnew(a, to, fresh);
  for (const reference of found) {
    a.references.set(reference.node, reference);
    a.reasons?.add(reference.reason);
  }
  return semanticsOf(a, references.slice(0, first).concat(found, tail));
}

/** How many statements at the beginning are the same nodes at their places (`starts` of before), and how many at the end are the same, moved or not. */
function shared(from: readonly Stmt[], to: readonly Stmt[], starts: readonly number[]): { prefix: number; suffix: number } {
  const most = Math.min(from.length, to.length);
  let prefix = 0;
  while (prefix < most && from[prefix] === to[prefix] && from[prefix]!.start === starts[prefix]) prefix++;
  let suffix = 0;
  while (suffix < most - prefix && from[from.length - 1 - suffix] === to[to.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}

/** The first reference that stands at an offset or behind it, where a statement of the module begins. */
function firstOf(references: readonly Reference[], offset: number): number {
  let low = 0;
  let high = references.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (references[middle]!.span.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Moves the references behind the edit, and what reasons of any reference say of places there. */
function moveReferences(a: Analysis, all: readonly Reference[], tail: readonly Reference[], from: number, by: number): void {
  if (by === 0) return;
  for (const { span } of tail) shift(span, by);
  // those of references that are gone are let go of now and then
  if (!a.reasons || a.reasons.size > 2 * all.length) a.reasons = new Set(all.map(({ reason }) => reason));
  for (const reason of a.reasons) if (reason.at !== null && reason.at >= from) reason.at += by;
}

/** Kinds of nodes that have a scope, or bring in a name. */
const HOLDERS = new Set<Node['kind']>(['FunctionDef', 'Lambda', 'ClassDef', 'Comprehension', 'ImportAlias']);

/** Takes away everything that was noted of nodes that are gone. */
function forget(a: Analysis, gone: readonly Stmt[], references: readonly Reference[]): void {
  const nodes = new Set<Node>();
  for (const stmt of gone) for (const node of descendants(stmt)) nodes.add(node);
  for (const reference of references) a.references.delete(reference.node);
  for (const node of nodes) {
    a.types.delete(node as never);
    if (!HOLDERS.has(node.kind)) continue;
    a.functions.delete(node);
    a.classes.delete(node);
    a.scopeOf.delete(node);
    a.importOf.delete(node);
  }
  retain(a.scopes, (scope) => !nodes.has(scope.node));
  retain(a.imports, (record) => !nodes.has(record.alias));
  for (const record of a.imports) record.forget(nodes);
  for (const bound of a.moduleFrame.scope.bindings.values()) {
    retain(bound.definitions, (node) => !nodes.has(node));
    retain(bound.imports, (record) => !nodes.has(record.alias));
  }
}

function retain<T>(items: T[], keep: (item: T) => boolean): void {
  let kept = 0;
  for (const item of items) if (keep(item)) items[kept++] = item;
  items.length = kept;
}

/** Evaluates statements in the namespace at the module's end; gives their references in source order. */
function evaluateAnew(a: Analysis, module: Module, fresh: readonly Stmt[]): Reference[] {
  const all = a.references;
  a.references = new Map();
  a.module = module;
  a.patches++;
  a.runs = 0;
  a.steps = 0;
  a.maxRuns = MOST_RUNS;
  a.frame = a.moduleFrame;
  const known = a.functions.size;
  declareNames(a.moduleFrame.scope, fresh);
  execute(a, fresh);
  for (const cls of a.queue.splice(0)) {
    recordClass(a, cls);
    for (const method of cls.methods.values()) ensureRecorded(a, method);
  }
  finish(a, a.moduleFrame);
  // calls met meanwhile may pass other kinds of arguments
  for (const fn of [...a.functions.values()].slice(known)) ensureRecorded(a, fn);
  a.moduleFrame.dead = false;
  const inside = fresh.length > 0 ? { start: fresh[0]!.start, end: fresh[fresh.length - 1]!.end } : null;
  const found = [...a.references.values()].filter(({ span }) => inside !== null && span.start >= inside.start && span.end <= inside.end);
  a.references = all;
  return found.sort((x, y) => x.span.end - y.span.end || x.span.start - y.span.start);
}

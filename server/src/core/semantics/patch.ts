/**
 * The analysis of a module after a key press, made from the one before: only the top-level statements that were parsed anew are evaluated, in the
 * namespace the module had at its end; everything else keeps what was said of it, moved to its place. What the edit changes elsewhere (another
 * result of a function, another attribute of a class) shows when the module is analysed as a whole, which the caller does as soon as the keys rest.
 */
import type { Module, Node, Stmt } from '../syntax/ast';
import { shift } from '../syntax/shift';
import { descendants, forEachChild } from '../syntax/walk';
import type { Analysis } from './analysis';
import { analysisOf, recordClass, semanticsOf, type ModuleSemantics } from './analyze';
import { ensureRecorded, finish } from './functions';
import type { Reason, Reference } from './reference';
import { declareNames } from './scope';
import { execute } from './statements';

/** More new text than this is not the work of a key press. */
const MOST_CHARACTERS = 60_000;
/** What other statements noted of one that is gone keeps it in memory: after so many patches in a row the whole is analysed. */
const MOST_PATCHES = 60;
/** Function bodies that may be evaluated for one patch. */
const MOST_RUNS = 60;

/**
 * @param before of `from`; it must not be read any more afterwards
 * @param from the module as it was; the statements `to` shares with it have been moved to their place in the new text
 * @returns null when the whole is to be analysed: an import has changed, or a large part of the text
 */
export function patchModule(before: ModuleSemantics, from: Module, to: Module): ModuleSemantics | null {
  const a = analysisOf(before);
  if (!a || a.moduleFrame.dead || a.patches >= MOST_PATCHES) return null;
  const { prefix, suffix } = shared(from.body, to.body);
  if (prefix + suffix === 0) return null;
  const gone = from.body.slice(prefix, from.body.length - suffix);
  const fresh = to.body.slice(prefix, to.body.length - suffix);
  const length = fresh.reduce((sum, stmt) => sum + stmt.end - stmt.start, 0);
  if (length > MOST_CHARACTERS || [...gone, ...fresh].some(bindsModule)) return null;

  const nodes = new Set<Node>();
  for (const stmt of gone) for (const node of descendants(stmt)) nodes.add(node);
  const goneReferences = new Set<Reference>();
  const head: Reference[] = [];
  const tail: Reference[] = [];
  const moved = new Moves(a.starts, from.body, prefix, from.body.length - suffix);
  for (const reference of before.references) {
    const index = moved.indexOf(reference.span.start);
    if (index >= prefix && index < from.body.length - suffix) goneReferences.add(reference);
    else (index < prefix ? head : tail).push(reference);
  }
  moved.apply([...head, ...tail]);
  forget(a, nodes, goneReferences);
  const found = evaluateAnew(a, to, fresh);
  for (const reference of found) a.references.set(reference.node, reference);
  return semanticsOf(a, [...head, ...found, ...tail]);
}

/** How many statements at the beginning and at the end are the same nodes. */
function shared(from: readonly Stmt[], to: readonly Stmt[]): { prefix: number; suffix: number } {
  const most = Math.min(from.length, to.length);
  let prefix = 0;
  while (prefix < most && from[prefix] === to[prefix]) prefix++;
  let suffix = 0;
  while (suffix < most - prefix && from[from.length - 1 - suffix] === to[to.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}

/** Whether a statement imports into the module's namespace: then every name may mean something else. */
function bindsModule(stmt: Stmt): boolean {
  if (stmt.kind === 'Import' || stmt.kind === 'ImportFrom') return true;
  if (stmt.kind === 'FunctionDef' || stmt.kind === 'ClassDef') return false;
  let found = false;
  forEachChild(stmt, (child) => {
    found ||= isStatement(child) && bindsModule(child);
  });
  return found;
}

const NESTING = new Set<Node['kind']>([
  'Import',
  'ImportFrom',
  'If',
  'Try',
  'With',
  'For',
  'While',
  'ErrorStmt',
  'ExceptHandler',
  'Match',
  'MatchCase',
]);
const isStatement = (node: Node): node is Stmt => NESTING.has(node.kind);

/** How far each statement has moved since its references were noted; spans and places of reasons follow. */
class Moves {
  constructor(
    /** where each statement began then */
    private readonly starts: readonly number[],
    private readonly body: readonly Stmt[],
    private readonly prefix: number,
    private readonly suffixFrom: number,
  ) {}

  /** The statement a place of then belongs to. */
  indexOf(place: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= place) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  private by(place: number): number {
    const index = this.indexOf(place);
    const gone = index >= this.prefix && index < this.suffixFrom;
    return gone ? 0 : (this.body[index]?.start ?? 0) - (this.starts[index] ?? 0);
  }

  apply(references: readonly Reference[]): void {
    const reasons = new Set<Reason>();
    for (const { span, reason } of references) {
      const by = this.by(span.start);
      if (by !== 0) shift(span, by);
      reasons.add(reason);
    }
    for (const reason of reasons) if (reason.at !== null) reason.at += this.by(reason.at);
  }
}

/** Takes away everything that was noted of nodes that are gone. */
function forget(a: Analysis, nodes: ReadonlySet<Node>, references: ReadonlySet<Reference>): void {
  for (const reference of references) a.references.delete(reference.node);
  for (const node of nodes) {
    a.types.delete(node as never);
    a.functions.delete(node);
    a.classes.delete(node);
    a.scopeOf.delete(node);
    a.importOf.delete(node);
  }
  retain(a.scopes, (scope) => !nodes.has(scope.node));
  retain(a.imports, (record) => !nodes.has(record.alias));
  for (const bound of a.moduleFrame.scope.bindings.values()) {
    if (bound.definitions.some((node) => nodes.has(node))) retain(bound.definitions, (node) => !nodes.has(node));
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
  a.maxRuns = MOST_RUNS;
  a.frame = a.moduleFrame;
  declareNames(a.moduleFrame.scope, fresh);
  execute(a, fresh);
  for (const cls of a.queue.splice(0)) {
    recordClass(a, cls);
    for (const method of cls.methods.values()) ensureRecorded(a, method);
  }
  finish(a, a.moduleFrame);
  a.moduleFrame.dead = false;
  const inside = fresh.length > 0 ? { start: fresh[0]!.start, end: fresh[fresh.length - 1]!.end } : null;
  const found = [...a.references.values()].filter(({ span }) => inside !== null && span.start >= inside.start && span.end <= inside.end);
  a.references = all;
  return found.sort((x, y) => x.span.end - y.span.end || x.span.start - y.span.start);
}

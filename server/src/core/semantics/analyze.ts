/** Entry of the semantic stage: syntax tree in; scopes, bindings, types and references out. Total on any tree, no I/O. */
import type { Expr, ImportAlias, Module, Name, Node } from '../syntax/ast';
import { Analysis } from './analysis';
import type { FromCallers, Passed } from './call-sites';
import type { ClassInfo } from './classes';
import { constantType } from './operators';
import { ensureRecorded, finish } from './functions';
import { reachesPyTorch } from './imports';
import type { ApiKnowledge, ModuleSummaries } from './knowledge';
import type { Reference } from './reference';
import { execute } from './statements';
import { summarize } from './summaries';
import type { ModuleSummary } from './summary';
import { UNKNOWN, type Type } from './type';

export type { ApiFact, ApiKind, ApiKnowledge, ModuleSummaries } from './knowledge';
export type { ClassSummary, ExportSummary, ModuleSummary } from './summary';

export type ScopeKind = 'module' | 'class' | 'function' | 'lambda' | 'comprehension';

/** A namespace of the program. Names of class scopes are not visible in functions inside them. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly node: Node;
  readonly parent: Scope | null;
  /** Every name bound here. */
  readonly bindings: ReadonlyMap<string, Binding>;
}

/** One name of one scope. */
export interface Binding {
  readonly name: string;
  readonly scope: Scope;
  /** What binds it, in source order as met: Name, Param, FunctionDef, ClassDef, ImportAlias, ExceptHandler… */
  readonly definitions: readonly Node[];
  /** The import bindings among them. */
  readonly imports: readonly ImportBinding[];
}

/** Where an import stands: its own statement, a try body, an except handler (fallback), under `TYPE_CHECKING`, or under another condition. */
export type ImportGuard = 'none' | 'try' | 'except' | 'type-checking' | 'condition';

/** A name brought in by an import. */
export interface ImportBinding {
  /** The local name: `F`, or `torch` for `import torch.nn`. */
  readonly local: string;
  /** What the local name stands for: `torch.nn.functional`; relative imports keep their dots (`.layers.Mlp`). */
  readonly target: string;
  /** The module that is imported: for `import torch.nn` it is `torch.nn` while the target is `torch`. */
  readonly module: string;
  readonly alias: ImportAlias;
  readonly scope: Scope;
  readonly guard: ImportGuard;
  /** From a module of the program itself, whatever the package is called. */
  readonly own: boolean;
  /** Every place that reads it, where this import may be what the name holds. In source order. */
  readonly uses: readonly Name[];
}

export interface ModuleSemantics {
  /** In source order. */
  references: Reference[];
  /** The module's scope first, then all others in source order. */
  scopes: Scope[];
  imports: ImportBinding[];
  summary: ModuleSummary;
  /** Something was left out because the module takes too many steps. */
  leftOut: boolean;
  /** What calls here pass to functions of other files that asked for it. */
  passed: Passed;
  typeOf(expr: Expr): Type;
  bindingOf(name: Name): Binding | null;
  /** The reference whose `node` this is. */
  referenceAt(node: Node): Reference | undefined;
}

export interface AnalyzeOptions {
  knowledge: ApiKnowledge;
  /** Dotted name of this module in its project, null when unknown. */
  moduleName: string | null;
  summaries?: ModuleSummaries;
  /** What calls in other files pass to the functions of this one. */
  callers?: FromCallers;
}

/** Analyses one module. Total: any tree gives a result. */
export function analyzeModule(module: Module, options: AnalyzeOptions): ModuleSemantics {
  const a = new Analysis(module, options);
  a.nearPyTorch = reachesPyTorch(a, module.body);
  execute(a, module.body);
  drain(a);
  return semanticsOf(
    a,
    [...a.references.values()].sort((x, y) => x.span.end - y.span.end || x.span.start - y.span.start),
  );
}

const analyses = new WeakMap<ModuleSemantics, Analysis>();
/** The state an analysis has left behind; it belongs to the latest result made of it. */
export const analysisOf = (semantics: ModuleSemantics): Analysis | undefined => analyses.get(semantics);

/** The result of an analysis as it stands. */
export function semanticsOf(a: Analysis, references: Reference[]): ModuleSemantics {
  a.starts = a.module.body.map(({ start }) => start);
  let summary: ModuleSummary | null = null;
  const semantics: ModuleSemantics = {
    references,
    scopes: a.scopes,
    imports: a.imports,
    leftOut: a.leftOut,
    get summary() {
      return (summary ??= summarize(a));
    },
    passed: a.passed,
    typeOf: (expr) => (expr.kind === 'Constant' ? constantType(expr) : (a.types.get(expr) ?? UNKNOWN)),
    bindingOf: (name) => bindingOf(a, name),
    referenceAt: (node) => a.references.get(node),
  };
  analyses.set(semantics, a);
  return semantics;
}

/** Evaluates the bodies nobody called: later ones first, since callers mostly stand below what they call. */
function drain(a: Analysis): void {
  finish(a, a.moduleFrame);
  for (let rounds = 0; a.queue.length && rounds < 50; rounds++) {
    const waiting = a.queue.splice(0).reverse();
    for (const cls of waiting) recordClass(a, cls);
    // calls met meanwhile may pass other kinds of arguments
    for (const cls of waiting) for (const method of cls.methods.values()) ensureRecorded(a, method);
    finish(a, a.moduleFrame);
  }
  for (const fn of a.functions.values()) ensureRecorded(a, fn);
}

const FIRST = ['__init__', 'forward', '__call__', 'training_step', '__getitem__'];

/** Evaluates the methods of a class that say most about it. */
export function recordClass(a: Analysis, cls: ClassInfo): void {
  cls.start(a);
  for (const name of FIRST) {
    const method = cls.methods.get(name);
    if (method) ensureRecorded(a, method);
  }
}

/** The binding a name belongs to, by where it stands. */
function bindingOf(a: Analysis, name: Name): Binding | null {
  let inner = true;
  let child: Node = name;
  for (let node: Node | null = name.parent; node; child = node, node = node.parent) {
    const scope = node.kind === 'Module' ? a.moduleFrame.scope : a.scopeOf.get(node);
    if (!scope || isOutside(node, child)) continue;
    if (scope.kind === 'class' && !inner) continue;
    inner = inner && scope.kind === 'comprehension';
    const redirect = scope.redirects?.get(name.id);
    if (redirect === 'global') return a.moduleFrame.scope.bindings.get(name.id) ?? null;
    const found = scope.bindings.get(name.id);
    if (found) return found;
  }
  return null;
}

/** Decorators, defaults, annotations and bases stand inside a definition's node but outside its scope. */
function isOutside(scope: Node, child: Node): boolean {
  switch (scope.kind) {
    case 'FunctionDef':
    case 'Lambda':
      return child.kind === 'Decorator' || child.kind === 'Param' || (scope.kind === 'FunctionDef' && scope.returns === child);
    case 'ClassDef':
      return child.kind === 'Decorator' || child.kind === 'Argument';
    case 'Comprehension':
      return scope.clauses[0]?.iter === child;
    default:
      return false;
  }
}

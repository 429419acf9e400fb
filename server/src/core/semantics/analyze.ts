/** Entry of the semantic stage: syntax tree in; scopes, bindings, types and references out. Total on any tree, no I/O. */
import type { Expr, ImportAlias, Module, Name, Node } from '../syntax/ast';
import type { ApiKnowledge, ModuleSummaries } from './knowledge';
import type { Reference } from './reference';
import type { ModuleSummary } from './summary';
import type { Type } from './type';

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
}

export type AnalyzeModule = (module: Module, options: AnalyzeOptions) => ModuleSemantics;

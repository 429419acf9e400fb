/** The state of one run of the analysis over one module. */
import type { Call, Expr, Module, Name, Node } from '../syntax/ast';
import type { AnalyzeOptions, ImportGuard } from './analyze';
import type { FromCallers, Passed } from './call-sites';
import type { ClassInfo } from './classes';
import { Frame } from './frame';
import type { FunctionInfo } from './functions';
import type { ImportRecord } from './imports';
import type { ApiKnowledge, ModuleSummaries } from './knowledge';
import type { Reason, Reference } from './reference';
import type { ClassSummary } from './summary';
import { declareNames, LexicalScope } from './scope';
import { table } from '../syntax/name-table';
import { UNKNOWN, type Type } from './type';
import type { Usage } from './usage';

/** Levels of nested expressions and statements that are followed; what lies deeper is walked along its spine or left out. */
export const MAX_DEPTH = 250;
/** Functions evaluated inside each other on demand. */
export const MAX_CALLS = 20;
/**
 * Steps (expressions and statements that are evaluated) after which nothing is evaluated a second time; after twice as many nothing is evaluated at
 * all. Of real code (24 public repositories) the average file takes 0.08 steps a character, the most 0.26, and no file more than 10,300.
 */
const STEPS = 100_000;
const STEPS_A_CHARACTER = 1;

export class Analysis {
  readonly knowledge: ApiKnowledge;
  readonly summaries: ModuleSummaries | undefined;
  readonly moduleName: string | null;
  readonly moduleFrame: Frame;
  frame: Frame;

  readonly types = new Map<Expr, Type>();
  references = new Map<Node, Reference>();
  readonly scopes: LexicalScope[] = [];
  readonly imports: ImportRecord[] = [];
  readonly importOf = new Map<Node, ImportRecord>();
  readonly scopeOf = new Map<Node, LexicalScope>();
  readonly functions = new Map<Node, FunctionInfo>();
  readonly classes = new Map<Node, ClassInfo>();
  /** Classes whose methods are still to be evaluated. */
  readonly queue: ClassInfo[] = [];
  /** Modules star-imported at module level, as written. */
  readonly stars: { module: string }[] = [];
  /** The same, other modules included. */
  readonly starModules: string[] = [];
  /** Classes of other files, by their summary. */
  readonly foreignClasses = new Map<ClassSummary, ClassInfo>();

  /** What calls here pass to functions of other files that asked for it. */
  readonly passed: Passed = table();
  /** What calls in other files pass to the functions of this one. */
  readonly callers: FromCallers | null;

  /** Signs of use of the module's names; gathered when first needed. */
  moduleUsage: Map<string, Usage> | null = null;

  /** > 0: evaluating for a result only; nothing is recorded. */
  silent = 0;
  /** > 0: some expressions are evaluated again; what they said before is replaced. */
  again = 0;
  depth = 0;
  calls = 0;
  /** What was done so far, and how much may be done of what is done more than once. */
  steps = 0;
  readonly maxSteps: number;
  /** Something was left out because it was too much. */
  leftOut = false;
  /** Function bodies evaluated so far, and how many may be. */
  runs = 0;
  maxRuns = 400;
  /** Where each top-level statement began when the latest result was made. */
  starts: readonly number[] = [];
  /** The reasons of all references, gathered when a patch first has to move them. */
  reasons: Set<Reason> | null = null;
  /** Patches made on this state since the whole was analysed. */
  patches = 0;
  /** A package of the PyTorch family is imported. */
  usesPyTorch = false;
  /** So is one by it, or by a module of the program that it imports: what is used like a tensor may be one. */
  nearPyTorch = false;
  guard: ImportGuard = 'none';
  inAnnotation = false;
  /** Types of the inner parts of an expression too deep to recurse into. */
  spine: Map<Expr, Type> | null = null;

  private readonly canonicalNames = new Map<string, string>();
  private readonly ownPackages = new Map<string, boolean>();

  constructor(
    public module: Module,
    options: AnalyzeOptions,
  ) {
    this.knowledge = options.knowledge;
    this.summaries = options.summaries;
    this.moduleName = options.moduleName;
    this.callers = options.callers ?? null;
    this.maxSteps = STEPS + STEPS_A_CHARACTER * (module.end - module.start);
    const scope = new LexicalScope('module', module, null);
    declareNames(scope, module.body);
    this.scopes.push(scope);
    this.moduleFrame = this.frame = new Frame(scope, null, null, null);
  }

  /** Whether so much was done that nothing may be evaluated again; asked where that is about to happen. */
  isTired(): boolean {
    const tired = this.steps > this.maxSteps;
    if (tired) this.leftOut = true;
    return tired;
  }

  /** Whether so much was done that nothing more may be. */
  isSpent(): boolean {
    return this.steps > 2 * this.maxSteps && this.isTired();
  }

  /** The public name of an API. */
  canonical(name: string): string {
    let known = this.canonicalNames.get(name);
    if (known === undefined) this.canonicalNames.set(name, (known = this.knowledge.canonical(name)));
    return known;
  }

  refer(reference: Reference): void {
    if (this.silent !== 0) return;
    if (this.isOwn(reference.name)) reference.own = true;
    this.references.set(reference.node, reference);
  }

  /** Whether a file of the program is a module of this name, or holds it. */
  isOwn(name: string): boolean {
    if (!this.summaries || name.startsWith('torch.')) return false;
    const root = name.slice(0, (name.indexOf('.') + 1 || name.length + 1) - 1);
    let own = this.ownPackages.get(root);
    if (own === undefined) {
      // of itself no summary is there yet
      own = this.moduleName?.split('.', 1)[0] === root || this.summaries.module(root, this.moduleName) !== undefined;
      this.ownPackages.set(root, own);
    }
    return own;
  }

  /** Whether a value is named after a class known here that has a method of this name: `guide_trace.detach_()` shows no tensor then. */
  ownMethod(value: Expr, name: string): boolean {
    const written = value.kind === 'Name' ? value.id : value.kind === 'Attribute' ? value.attr : null;
    if (written === null) return false;
    const plain = written.replaceAll('_', '').toLowerCase();
    for (const classes of [this.classes, this.foreignClasses])
      for (const cls of classes.values()) if (plain.endsWith(cls.name.toLowerCase()) && cls.methods.has(name)) return true;
    return false;
  }

  /** What this place said in an earlier pass no longer holds. */
  retract(node: Node): void {
    if (this.again > 0 && this.silent === 0) this.references.delete(node);
  }

  record(expr: Expr, type: Type): Type {
    if (type !== UNKNOWN) {
      if (expr.kind === 'Constant') return type;
      if (this.silent === 0) this.types.set(expr, type);
    } else if (this.again > 0 && this.silent === 0) {
      this.types.delete(expr);
    }
    return type;
  }

  use(name: Name, records: readonly ImportRecord[]): void {
    if (this.silent === 0) for (const record of records) record.add(name);
  }
}

/** The arguments of a call with their types, bound lazily by position or name. */
export class Arguments {
  constructor(
    readonly call: Call,
    readonly types: readonly Type[],
  ) {}

  /** Type of the argument at a position or under a name; undefined when not given (or hidden in a star). */
  get(position: number, name: string | null): Type | undefined {
    const args = this.call.args;
    let index = 0;
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (arg.form === 'keyword') {
        if (name !== null && arg.name === name) return this.types[i];
      } else if (arg.form === 'positional') {
        if (index === position) return this.types[i];
        index++;
      } else if (arg.form === 'star') {
        index = Number.MAX_SAFE_INTEGER;
      }
    }
    return undefined;
  }

  /** The expression of an argument, as `get`. */
  expr(position: number, name: string | null): Expr | undefined {
    const args = this.call.args;
    let index = 0;
    for (const arg of args) {
      if (arg.form === 'keyword') {
        if (name !== null && arg.name === name) return arg.value;
      } else if (arg.form === 'positional') {
        if (index === position) return arg.value;
        index++;
      } else if (arg.form === 'star') {
        return undefined;
      }
    }
    return undefined;
  }

  get first(): Type {
    return this.get(0, null) ?? this.types[0] ?? UNKNOWN;
  }

  /** How many positional arguments, null when a star hides the number. */
  get positional(): number | null {
    let count = 0;
    for (const arg of this.call.args) {
      if (arg.form === 'star') return null;
      if (arg.form === 'positional') count++;
    }
    return count;
  }

  /** Whether a keyword is given, and not as `False`. */
  isTrue(name: string): boolean {
    return this.call.args.some(({ name: given, value }) => given === name && !(value.kind === 'Constant' && value.value === false));
  }

  given(name: string): boolean {
    return this.call.args.some((arg) => arg.name === name);
  }
}

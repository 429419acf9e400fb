/** What a body shows about the names in it: the methods called on them, the functions they are passed to. */
import type { Expr, FunctionDef, Lambda, Name, Stmt } from '../syntax/ast';
import type { Analysis } from './analysis';
import { isLookalike, OF_LIBRARIES, showsTensor } from './call-forms';
import { takesTensorFirst } from './results';
import type { LexicalScope } from './scope';
import { ARRAY_NAMES, METHOD_RESULTS, PROPERTY_TYPES, PYTHON_ONLY, TENSOR_ONLY } from './tensor-members';
import { MODULE_ONLY } from './hierarchy';

export const enum Sign {
  /** a name only tensors have, or passed where a tensor is taken */
  Tensor = 1,
  /** a name tensors and numpy arrays have */
  Array = 2,
  Str = 4,
  Dict = 8,
  List = 16,
  Int = 32,
  Called = 64,
  Module = 128,
  Optimizer = 256,
  /** `.train()`, `.eval()` without arguments: a module when it is called too */
  Mode = 512,
  /** used as a condition by itself */
  Truth = 1024,
  Step = 2048,
  ZeroGrad = 4096,
  /** `.state_dict()`: a module, an optimizer or the like */
  State = 8192,
  /** `.scale(loss)`, `.unscale_(optimizer)` */
  Scale = 16384,
  /** a name numpy arrays have and tensors lack */
  Numpy = 32768,
  /** passed to a function of numpy: those take tensors too */
  OfNumpy = 65536,
  /** a public name that no tensor has: `x.field_type` */
  Foreign = 131072,
}

export interface Usage {
  signs: number;
  /** the name or API the strongest sign rests on */
  by: string;
  at: number;
}

const NUMPY_NAMES = new Set('astype tobytes nbytes iloc loc isel sel to_numpy to_dataframe dims coords'.split(' '));
/** Of tensors that lie on several devices. */
const OF_DISTRIBUTED = new Set('full_tensor to_local redistribute placements device_mesh'.split(' '));
const OPTIMIZER_NAMES = new Set(['param_groups', 'add_param_group']);

/** Signs of each parameter, gathered up to the place where the name is bound anew, and of each other name. */
export function usageOf(a: Analysis, node: FunctionDef | Lambda, scope: LexicalScope | null): Map<string, Usage> {
  const names = new Set<string>();
  for (const param of node.params) if (param.form === 'positional') names.add(param.name);
  const collector = new Collector(a, names, null);
  if (scope) addLocals(scope, names);
  if (node.kind === 'Lambda') collector.expr(node.body, 0);
  else collector.body(node.body, 0);
  return collector.usages;
}

/** Signs of the module's names in its own statements. */
export function usageInModule(a: Analysis): Map<string, Usage> {
  const names = new Set<string>();
  const collector = new Collector(a, names, null);
  addLocals(a.moduleFrame.scope, names);
  collector.body(a.module.body, 0);
  return collector.usages;
}

/** Signs of the attributes of instances, `self.x`, over the methods of a class. */
export function usageOfAttributes(a: Analysis, methods: Iterable<FunctionDef>): Map<string, Usage> {
  const collector = new Collector(a, new Set(), new Map());
  for (const method of methods) collector.method(method);
  return collector.usages;
}

/** Of a library's function the first argument is what it works on: `lib.bincount(x)`, `lib.bincount(x.reshape(-1))`. */
const isOperandOf = (first: Expr | null): boolean => first !== null && /^(?:Name|Attribute|Call|Subscript)$/.test(first.kind);

function addLocals(scope: LexicalScope, names: Set<string>): void {
  for (const [name, bound] of scope.bindings) if (bound.definitions.every((node) => node.kind === 'Name')) names.add(name);
}

/** Signs of a parameter after the function has bound its name anew are kept apart from those before. */
export const rebound = (name: string): string => `=${name}`;

class Collector {
  readonly usages = new Map<string, Usage>();
  private self = '';
  private readonly parameters: ReadonlySet<string>;

  constructor(
    private readonly a: Analysis,
    /** names whose signs are gathered */
    private readonly live: Set<string>,
    /** when not null, signs of attributes of `self` are gathered instead */
    private readonly attributes: Map<string, Usage> | null,
  ) {
    this.parameters = new Set(live);
  }

  method(node: FunctionDef): void {
    this.self = node.params[0]?.name ?? '';
    if (this.self) this.body(node.body, 0);
  }

  /** Under which key the signs of an expression are kept; null when they are not. */
  private keyOf(expr: Expr): string | null {
    if (this.attributes) return expr.kind === 'Attribute' && expr.value.kind === 'Name' && expr.value.id === this.self ? expr.attr : null;
    if (expr.kind !== 'Name') return null;
    if (this.live.has(expr.id)) return expr.id;
    return this.parameters.has(expr.id) ? rebound(expr.id) : null;
  }

  private sign(expr: Expr, signs: number, by: string): void {
    const key = this.keyOf(expr);
    if (key === null) return;
    const known = this.usages.get(key);
    if (!known) {
      this.usages.set(key, { signs, by, at: expr.start });
      return;
    }
    if (signs & Sign.Tensor && !(known.signs & Sign.Tensor)) {
      known.by = by;
      known.at = expr.start;
    }
    known.signs |= signs;
  }

  body(body: readonly Stmt[], depth: number): void {
    if (depth > 60 || (this.live.size === 0 && this.parameters.size === 0 && !this.attributes)) return;
    for (const stmt of body) this.stmt(stmt, depth);
  }

  private stmt(stmt: Stmt, depth: number): void {
    switch (stmt.kind) {
      case 'ExprStmt':
        this.expr(stmt.value, 0);
        return;
      case 'Assign':
        if (stmt.value) this.expr(stmt.value, 0);
        for (const target of stmt.targets) this.target(target);
        return;
      case 'AugAssign':
        this.expr(stmt.value, 0);
        if (stmt.target.kind !== 'Name') this.expr(stmt.target, 0);
        return;
      case 'Return':
        if (stmt.value) this.expr(stmt.value, 0);
        return;
      case 'If':
        this.condition(stmt.test);
        this.body(stmt.body, depth + 1);
        this.body(stmt.orelse, depth + 1);
        return;
      case 'While':
        this.condition(stmt.test);
        this.body(stmt.body, depth + 1);
        return;
      case 'For':
        this.expr(stmt.iter, 0);
        this.target(stmt.target);
        this.body(stmt.body, depth + 1);
        this.body(stmt.orelse, depth + 1);
        return;
      case 'With':
        for (const item of stmt.items) this.expr(item.context, 0);
        this.body(stmt.body, depth + 1);
        return;
      case 'Try':
        this.body(stmt.body, depth + 1);
        for (const handler of stmt.handlers) this.body(handler.body, depth + 1);
        this.body(stmt.orelse, depth + 1);
        this.body(stmt.finalbody, depth + 1);
        return;
      case 'Assert':
        this.condition(stmt.test);
        return;
      case 'Raise':
        return;
      case 'ErrorStmt':
        this.body(stmt.body, depth + 1);
    }
  }

  /** An assignment ends what is known of a parameter; a name bound once is the same everywhere. */
  private target(target: Expr): void {
    if (target.kind === 'Name') this.ended(target);
    else if (target.kind === 'Tuple' || target.kind === 'List') for (const item of target.items) this.target(item);
    else if (target.kind === 'Starred') this.target(target.value);
    else this.expr(target, 0);
  }

  private ended(target: Name): void {
    if (this.parameters.has(target.id)) this.live.delete(target.id);
  }

  private condition(test: Expr): void {
    if (test.kind === 'Name') this.sign(test, Sign.Truth, '');
    else if (test.kind === 'UnaryOp' && test.op === 'not') this.condition(test.operand);
    else if (test.kind === 'BoolOp') {
      this.condition(test.left);
      this.condition(test.right);
    } else this.expr(test, 0);
  }

  expr(expr: Expr, depth: number): void {
    if (depth > 60) return;
    const next = depth + 1;
    switch (expr.kind) {
      case 'Attribute':
        this.attribute(expr.value, expr.attr, false, null);
        this.expr(expr.value, next);
        return;
      case 'Call': {
        const func = expr.func;
        const first = expr.args[0];
        if (func.kind === 'Attribute') {
          if (this.keyOf(func.value) !== null && showsTensor(func) && !this.a.ownMethod(func.value, func.attr))
            this.sign(func.value, Sign.Tensor, func.attr);
          else this.attribute(func.value, func.attr, true, first?.form === 'positional' ? first.value : null);
          if (this.attributes) this.sign(func, Sign.Called, '()');
          this.expr(func.value, next);
        } else if (func.kind === 'Name') {
          this.sign(func, Sign.Called, '()');
          if (func.id === 'range' && first) this.sign(first.value, Sign.Int, 'range');
        } else this.expr(func, next);
        if (first?.form === 'positional' && this.keyOf(first.value) !== null) {
          const api = this.apiOf(func, 0);
          if (api && takesTensorFirst(this.a.canonical(api))) this.sign(first.value, Sign.Tensor, api);
        }
        const ofNumpy = func.kind === 'Attribute' && this.isNumpy(func.value);
        for (const arg of expr.args) {
          if (arg.value.kind !== 'Name') this.expr(arg.value, next);
          else if (ofNumpy) this.sign(arg.value, Sign.OfNumpy, 'numpy');
        }
        return;
      }
      case 'Subscript':
        if (expr.index[0]?.kind === 'Constant' && expr.index[0].type === 'str')
          this.sign(expr.value, Sign.Dict, `['${String(expr.index[0].value)}']`);
        this.expr(expr.value, next);
        for (const part of expr.index) this.expr(part, next);
        return;
      case 'Slice':
        if (expr.lower) this.expr(expr.lower, next);
        if (expr.upper) this.expr(expr.upper, next);
        return;
      case 'BinOp':
        this.expr(expr.left, next);
        this.expr(expr.right, next);
        return;
      case 'UnaryOp':
        if (expr.op === 'not') this.condition(expr.operand);
        else this.expr(expr.operand, next);
        return;
      case 'BoolOp':
        this.condition(expr.left);
        this.condition(expr.right);
        return;
      case 'Compare':
        for (const right of expr.rights) {
          if (right.kind === 'Constant' && right.type === 'str') this.sign(expr.left, Sign.Str, "== '…'");
          this.expr(right, next);
        }
        if (/in$/.test(expr.ops[0] ?? '') && (expr.rights[0]?.kind === 'List' || expr.rights[0]?.kind === 'Tuple')) {
          const item = expr.rights[0].items[0];
          if (item?.kind === 'Constant' && item.type === 'str') this.sign(expr.left, Sign.Str, 'in');
        }
        this.expr(expr.left, next);
        return;
      case 'IfExp':
        this.condition(expr.test);
        this.expr(expr.body, next);
        this.expr(expr.orelse, next);
        return;
      case 'List':
      case 'Tuple':
      case 'Set':
        for (const item of expr.items) this.expr(item, next);
        return;
      case 'Dict':
        for (const entry of expr.entries) this.expr(entry.value, next);
        return;
      case 'Comprehension':
        for (const clause of expr.clauses) {
          this.expr(clause.iter, next);
          for (const test of clause.ifs) this.expr(test, next);
        }
        for (const element of expr.elements) this.expr(element, next);
        return;
      case 'FString':
        for (const value of expr.values) this.expr(value, next);
        return;
      case 'Starred':
      case 'Await':
      case 'NamedExpr':
        this.expr(expr.value, next);
        return;
      case 'Yield':
        if (expr.value) this.expr(expr.value, next);
    }
  }

  private attribute(value: Expr, attr: string, called: boolean, first: Expr | null): void {
    if (this.keyOf(value) === null) return;
    if (TENSOR_ONLY.has(attr) && (called ? !isOperandOf(first) || !OF_LIBRARIES.has(attr) : !METHOD_RESULTS.has(attr))) {
      if ((attr === 'backward' && first) || isLookalike(value, attr) || this.a.ownMethod(value, attr)) return;
      this.sign(value, Sign.Tensor, attr);
    } else if (NUMPY_NAMES.has(attr)) this.sign(value, Sign.Numpy, attr);
    else if (ARRAY_NAMES.has(attr)) this.sign(value, Sign.Array, attr);
    else if (called && PYTHON_ONLY.has(attr)) {
      const kind = PYTHON_ONLY.get(attr);
      this.sign(value, kind === 'str' ? Sign.Str : kind === 'dict' ? Sign.Dict : Sign.List, attr);
    } else if (called && (MODULE_ONLY.has(attr) || attr === 'parameters')) this.sign(value, Sign.Module, attr);
    else if (called && (attr === 'train' || attr === 'eval') && (first === null || (first.kind === 'Constant' && first.type === 'bool')))
      this.sign(value, Sign.Mode, attr);
    else if (attr === 'state_dict' || attr === 'load_state_dict') this.sign(value, Sign.State, attr);
    else if (OPTIMIZER_NAMES.has(attr)) this.sign(value, Sign.Optimizer, attr);
    else if (called && attr === 'zero_grad') this.sign(value, Sign.ZeroGrad, attr);
    else if (called && (attr === 'scale' || attr === 'unscale_')) this.sign(value, Sign.Scale, attr);
    else if (called && attr === 'step') this.sign(value, Sign.Step, attr);
    else if (!attr.startsWith('_') && !METHOD_RESULTS.has(attr) && !PROPERTY_TYPES.has(attr) && !OF_DISTRIBUTED.has(attr))
      this.sign(value, Sign.Foreign, attr);
  }

  private isNumpy(expr: Expr): boolean {
    const bound = expr.kind === 'Name' ? this.a.moduleFrame.scope.bindings.get(expr.id) : undefined;
    const type = bound && this.a.moduleFrame.values[bound.index];
    return type?.kind === 'module' && type.name === 'numpy';
  }

  /** The API a dotted name stands for, by the imports at module level. */
  private apiOf(func: Expr, depth: number): string | null {
    if (func.kind === 'Name') {
      const bound = this.a.moduleFrame.scope.bindings.get(func.id);
      const type = bound && this.a.moduleFrame.values[bound.index];
      return type?.kind === 'api' && !type.self ? type.api : null;
    }
    if (func.kind !== 'Attribute' || depth > 6) return null;
    const base = this.apiOf(func.value, depth + 1);
    return base && `${base}.${func.attr}`;
  }
}

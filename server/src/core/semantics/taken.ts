/**
 * Which branches a program takes where PyTorch is installed and not older than 2.0: not the handler of `except ImportError` around an import of what
 * torch has, not the other side of `hasattr(torch, 'compile')`, of a comparison of `torch.__version__`, or of a flag that such a branch sets. What
 * cannot be decided counts as taken.
 */
import type { Compare, Expr, Name, Node } from '../syntax/ast';
import type { ImportBinding, ModuleSemantics } from './analyze';
import { isIdleFallback, torchHas } from './guards';
import type { ApiKnowledge } from './knowledge';
import type { Reference } from './reference';
import { fixed } from '../syntax/name-table';

const DEPTH = 4;
const DEFINITIONS = 4;
/** How deep the version may stand in an expression. */
const NESTING = 12;

/** The oldest PyTorch that is thought of, as major and minor. */
const OLDEST = [2, 0] as const;

export class Branches {
  private readonly known = new Map<Node, boolean>();
  /** Every branch counts as taken. */
  readonly all: boolean;

  /** @param references those that may decide a branch, when it is known that the others do not */
  constructor(
    private readonly semantics: ModuleSemantics,
    private readonly knowledge: ApiKnowledge,
    references: readonly Reference[] = semantics.references,
  ) {
    this.all = !semantics.imports.some(isGuarded) && !references.some(decides);
  }

  /** Whether the program may come to this node. */
  takes(node: Node): boolean {
    return this.all || this.isTaken(node, 0);
  }

  private isTaken(node: Node, depth: number): boolean {
    const parent = node.parent;
    if (parent === null) return true;
    const before = this.known.get(node);
    if (before !== undefined) return before;
    const taken = this.entered(node, parent, depth) && this.isTaken(parent, depth);
    // a shallower question may find what a deep one gave up on
    if (depth === 0) this.known.set(node, taken);
    return taken;
  }

  /** Whether `child` runs when its parent does. */
  private entered(child: Node, parent: Node, depth: number): boolean {
    switch (parent.kind) {
      case 'ExceptHandler': {
        const outer = parent.parent;
        return outer?.kind !== 'Try' || child === parent.type || !isIdleFallback(outer.body, parent.type, this.knowledge);
      }
      case 'If':
        if (child === parent.test) return true;
        return this.decide(parent.test, depth) !== !isIn(child, parent.body);
      case 'IfExp':
        if (child === parent.test) return true;
        return this.decide(parent.test, depth) !== (child !== parent.body);
      default:
        return true;
    }
  }

  /** What a condition comes out as; null when it depends. */
  private decide(test: Expr, depth: number): boolean | null {
    if (depth > DEPTH) return null;
    switch (test.kind) {
      case 'UnaryOp': {
        const value = test.op === 'not' ? this.decide(test.operand, depth + 1) : null;
        return value === null ? null : !value;
      }
      case 'BoolOp': {
        const left = this.decide(test.left, depth + 1);
        const right = this.decide(test.right, depth + 1);
        const deciding = test.op === 'or';
        if (left === deciding || right === deciding) return deciding;
        return left === null || right === null ? null : !deciding;
      }
      case 'Call': {
        const [object, name] = test.args;
        if (test.func.kind !== 'Name' || test.func.id !== 'hasattr' || test.args.length !== 2) return null;
        const api = this.apiOf(object!.value);
        if (api === null || name!.value.kind !== 'Constant' || typeof name!.value.value !== 'string') return null;
        return torchHas(`${api}.${name!.value.value}`, this.knowledge);
      }
      case 'Compare':
        return test.rights.length === 1 ? this.compare(test, depth) : null;
      case 'Name':
        return this.flag(test, 'truth', depth);
      default:
        return null;
    }
  }

  private compare(test: Compare, depth: number): boolean | null {
    const op = test.ops[0]!;
    const right = test.rights[0]!;
    if (right.kind === 'Constant' && right.type === 'none') {
      if (test.left.kind !== 'Name' || (op !== 'is' && op !== 'is not')) return null;
      const none = this.flag(test.left, 'none', depth);
      return none === null ? null : none === (op === 'is');
    }
    if (this.isVersion(test.left, depth)) return compareVersions(op, literalVersion(right, 0));
    if (this.isVersion(right, depth)) return compareVersions(MIRRORED[op] ?? op, literalVersion(test.left, 0));
    return null;
  }

  /** Whether this holds the version of torch, or its major number alone. */
  private isVersion(expr: Expr, depth: number): boolean {
    if (depth > NESTING) return false;
    const api = this.apiOf(expr);
    if (api !== null) return /^torch\.(?:version\.)?__version__\b/.test(api);
    switch (expr.kind) {
      case 'Name': {
        const definitions = this.semantics.bindingOf(expr)?.definitions ?? [];
        return definitions.length === 1 && valueOf(definitions[0]!, (value) => this.isVersion(value, depth + 1)) === true;
      }
      case 'Call':
        if (expr.func.kind === 'Attribute' && this.isVersion(expr.func, depth + 1)) return true;
        return expr.args.some(({ value }) => this.isVersion(value, depth + 1));
      case 'Attribute':
        return expr.attr !== 'minor' && expr.attr !== 'micro' && this.isVersion(expr.value, depth + 1);
      case 'Subscript': {
        const index = expr.index[0];
        const first = (index?.kind === 'Slice' && index.lower === null) || (index?.kind === 'Constant' && index.value === 0);
        return first && this.isVersion(expr.value, depth + 1);
      }
      case 'Comprehension':
        return expr.clauses.length === 1 && this.isVersion(expr.clauses[0]!.iter, depth + 1);
      default:
        return false;
    }
  }

  /** What a name holds that branches like these set: `HAS_TORCH`, or a name that is None when its import fails. */
  private flag(name: Name, question: 'truth' | 'none', depth: number): boolean | null {
    if (depth > DEPTH) return null;
    const definitions = this.semantics.bindingOf(name)?.definitions ?? [];
    if (definitions.length > DEFINITIONS) return null;
    const left = definitions.filter((definition) => this.isTaken(definition, depth + 1));
    const decided = left.length < definitions.length;
    let answer: boolean | null = null;
    for (const definition of left) {
      const one = this.answer(definition, question, decided, depth);
      if (one === null || (answer !== null && one !== answer)) return null;
      answer = one;
    }
    return answer;
  }

  private answer(definition: Node, question: 'truth' | 'none', decided: boolean, depth: number): boolean | null {
    if (definition.kind === 'ImportAlias' || definition.kind === 'FunctionDef' || definition.kind === 'ClassDef')
      return decided ? question === 'truth' : null;
    return valueOf(definition, (value) => {
      if (value.kind !== 'Constant') return question === 'truth' ? this.decide(value, depth + 1) : null;
      if (!decided || (value.type !== 'bool' && value.type !== 'none')) return null;
      return question === 'none' ? value.type === 'none' : value.value === true;
    });
  }

  private apiOf(expr: Expr): string | null {
    const type = this.semantics.typeOf(expr);
    if (type.kind === 'api') return type.self ? null : type.api;
    if (type.kind !== 'union') return null;
    // None where the import failed
    const apis = type.items.flatMap((item) => (item.kind === 'api' && !item.self ? [item.api] : []));
    return apis.length === 1 ? apis[0]! : null;
  }
}

/** Without torch imported in a `try`, asked for a name or for its version, there is no branch that is decided here. */
const isGuarded = ({ guard, target }: ImportBinding): boolean => guard !== 'none' && /^torch\b/.test(target);

function decides({ name, node }: Reference): boolean {
  if (name.includes('__version__')) return true;
  const call = node.parent?.kind === 'Argument' ? node.parent.parent : null;
  return call?.kind === 'Call' && call.func.kind === 'Name' && call.func.id === 'hasattr';
}

const isIn = (node: Node, list: readonly Node[]): boolean => list.includes(node);

/** Asks about the value a name is assigned; null when it is bound otherwise. */
function valueOf(definition: Node, ask: (value: Expr) => boolean | null): boolean | null {
  const stmt = definition.parent;
  return definition.kind === 'Name' && stmt?.kind === 'Assign' && stmt.targets.includes(definition) && stmt.value ? ask(stmt.value) : null;
}

const MIRRORED: Readonly<Record<string, string>> = fixed({ '<': '>', '>': '<', '<=': '>=', '>=': '<=' });

/** How any version from `OLDEST` on compares with this one. */
function compareVersions(op: string, version: readonly number[] | null): boolean | null {
  if (version === null) return null;
  const order = (version[0] ?? 0) - OLDEST[0] || (version[1] ?? 0) - OLDEST[1] || version.slice(2).find((part) => part > 0) || 0;
  switch (op) {
    case '<':
      return order <= 0 ? false : null;
    case '<=':
    case '==':
      return order < 0 ? false : null;
    case '>':
    case '!=':
      return order < 0 ? true : null;
    case '>=':
      return order <= 0 ? true : null;
    default:
      return null;
  }
}

/** `"1.8.0"`, `(1, 8)`, `1.8`, `version.parse("1.8")`. */
function literalVersion(expr: Expr, depth: number): readonly number[] | null {
  if (expr.kind === 'Call') return expr.args.length === 1 && depth < 2 ? literalVersion(expr.args[0]!.value, depth + 1) : null;
  if (expr.kind === 'Tuple' || expr.kind === 'List') {
    const parts = expr.items.map((item) => (item.kind === 'Constant' && typeof item.value === 'number' ? item.value : NaN));
    return parts.length > 0 && parts.every(Number.isInteger) ? parts : null;
  }
  if (expr.kind !== 'Constant' || (typeof expr.value !== 'number' && typeof expr.value !== 'string')) return null;
  const written = /^\d+(?:\.\d+)*/.exec(String(expr.value));
  return written && written[0].split('.').map(Number);
}

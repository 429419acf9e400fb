/** The flow state of one scope while it is evaluated: what each name holds at this point of the program. */
import type { ImportRecord } from './imports';
import type { FunctionInfo } from './functions';
import type { ClassInfo } from './classes';
import type { LexicalScope } from './scope';
import { join, type Type } from './type';

/** What names hold at one point; `dead` after return, raise, break or continue. Never changed once saved. */
export interface State {
  readonly values: (Type | undefined)[];
  readonly imports: (readonly ImportRecord[] | undefined)[] | null;
  readonly dead: boolean;
}

/** A loop being evaluated: the states with which `break` and `continue` leave its body. */
export interface Loop {
  exits: State[];
}

export class Frame implements State {
  values: (Type | undefined)[] = [];
  /** By the same index: the imports that may be what the name holds. */
  imports: (readonly ImportRecord[] | undefined)[] | null = null;
  dead = false;
  loop: Loop | null = null;
  loopDepth = 0;
  /** What `return` gave so far; null before the first. */
  result: Type | null = null;
  yielded: Type | null = null;
  /** Functions defined here, evaluated when the frame ends. */
  pending: FunctionInfo[] | null = null;
  /** Lambdas of the present statement, evaluated when it ends: mostly they are called at once. */
  lambdas: FunctionInfo[] | null = null;

  constructor(
    readonly scope: LexicalScope,
    readonly parent: Frame | null,
    readonly fn: FunctionInfo | null,
    readonly cls: ClassInfo | null,
  ) {}

  /** Whether a saved state holds the same arrays: they are copied before the next change. */
  private shared = false;

  /** The state at this point; it stays as it is whatever happens to the frame. */
  save(): State {
    this.shared = true;
    return { values: this.values, imports: this.imports, dead: this.dead };
  }

  restore(state: State): void {
    this.shared = true;
    this.values = state.values;
    this.imports = state.imports;
    this.dead = state.dead;
  }

  private own(): void {
    if (!this.shared) return;
    this.shared = false;
    this.values = this.values.slice();
    this.imports = this.imports && this.imports.slice();
  }

  /** Joins another way of reaching this point. */
  merge(state: State): void {
    if (state.dead) return;
    if (this.dead) {
      this.restore(state);
      return;
    }
    if (state.values !== this.values) this.mergeValues(state.values);
    if (state.imports && state.imports !== this.imports) this.mergeImports(state.imports);
  }

  private mergeValues(theirs: State['values']): void {
    const length = Math.max(this.values.length, theirs.length);
    for (let i = 0; i < length; i++) {
      const a = this.values[i];
      const b = theirs[i];
      if (a === b || b === undefined) continue;
      // unbound on one way: a program that runs uses the other
      const joined = a === undefined ? b : join(a, b);
      if (joined === a) continue;
      this.own();
      this.values[i] = joined;
    }
  }

  private mergeImports(theirs: NonNullable<State['imports']>): void {
    for (let i = 0; i < theirs.length; i++) {
      const b = theirs[i];
      const a = this.imports?.[i];
      if (!b || a === b || (a && b.every((record) => a.includes(record)))) continue;
      this.own();
      (this.imports ??= [])[i] = a ? both(a, b) : b;
    }
  }

  /** Binds a name to a value. */
  set(index: number, type: Type): void {
    this.own();
    this.values[index] = type;
    if (this.imports) this.imports[index] = undefined;
  }

  /** Binds a name to what an import brings. */
  setImport(index: number, type: Type, records: readonly ImportRecord[]): void {
    this.own();
    this.values[index] = type;
    (this.imports ??= [])[index] = records;
  }

  /** Knows more of the value a name holds. */
  refine(index: number, type: Type): void {
    if (this.values[index] === type) return;
    this.own();
    this.values[index] = type;
  }
}

/** More imports than this for one name are taken together: who reads one may read any of them. */
const MOST_IMPORTS = 8;

function both(a: readonly ImportRecord[], b: readonly ImportRecord[]): readonly ImportRecord[] {
  const more = b.filter((record) => !a.includes(record));
  if (a.length + more.length <= MOST_IMPORTS) return [...a, ...more];
  for (const record of more) a[0]!.unite(record);
  return a;
}

/** Whether two states hold types of the same kinds: evaluating a loop again would tell nothing new. */
export function sameKinds(a: State, b: State): boolean {
  const length = Math.max(a.values.length, b.values.length);
  for (let i = 0; i < length; i++) {
    const x = a.values[i];
    const y = b.values[i];
    if (x === y || x === undefined || y === undefined) continue;
    if (x.kind !== y.kind) return false;
    if (x.kind === 'other' && y.kind === 'other' && x.of !== y.of) return false;
    if (x.kind === 'union' && y.kind === 'union' && x.items.length !== y.items.length) return false;
    if (x.kind === 'list' && y.kind === 'list' && x.item.kind !== y.item.kind) return false;
  }
  return true;
}

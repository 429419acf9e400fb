/** The flow state of one scope while it is evaluated: what each name holds at this point of the program. */
import type { ImportRecord } from './imports';
import type { FunctionInfo } from './functions';
import type { ClassInfo } from './classes';
import type { LexicalScope } from './scope';
import { join, UNKNOWN, type Type } from './type';

/** What names hold at one point; `dead` after return, raise, break or continue. */
export interface State {
  values: (Type | undefined)[];
  imports: (readonly ImportRecord[] | undefined)[] | null;
  dead: boolean;
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
  /** Functions and lambdas defined here, evaluated when the frame ends. */
  pending: FunctionInfo[] | null = null;

  constructor(
    readonly scope: LexicalScope,
    readonly parent: Frame | null,
    readonly fn: FunctionInfo | null,
    readonly cls: ClassInfo | null,
  ) {}

  save(): State {
    return { values: this.values.slice(), imports: this.imports && this.imports.slice(), dead: this.dead };
  }

  restore(state: State): void {
    this.values = state.values.slice();
    this.imports = state.imports && state.imports.slice();
    this.dead = state.dead;
  }

  /** Takes over a state nobody else holds. */
  adopt(state: State): void {
    this.values = state.values;
    this.imports = state.imports;
    this.dead = state.dead;
  }

  /** Joins another way of reaching this point. */
  merge(state: State): void {
    if (state.dead) return;
    if (this.dead) {
      this.restore(state);
      return;
    }
    const mine = this.values;
    const theirs = state.values;
    const length = Math.max(mine.length, theirs.length);
    for (let i = 0; i < length; i++) {
      const a = mine[i];
      const b = theirs[i];
      if (a === b) continue;
      // unbound on one way: a program that runs uses the other
      mine[i] = a === undefined ? b : b === undefined ? a : join(a, b);
    }
    if (state.imports) {
      const ours = (this.imports ??= []);
      for (let i = 0; i < state.imports.length; i++) {
        const b = state.imports[i];
        const a = ours[i];
        if (!b || a === b) continue;
        ours[i] = a ? [...a, ...b.filter((record) => !a.includes(record))] : b;
      }
    }
  }

  set(index: number, type: Type): void {
    this.values[index] = type;
    if (this.imports) this.imports[index] = undefined;
  }

  get(index: number): Type {
    return this.values[index] ?? UNKNOWN;
  }
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

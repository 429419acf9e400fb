/** Scopes as Python has them: which names a namespace binds, decided before anything is evaluated. */
import type { ImportBinding, Binding, Scope, ScopeKind } from './analyze';
import type { Expr, Node, Stmt } from '../syntax/ast';

class ScopedName implements Binding {
  readonly definitions: Node[] = [];
  readonly imports: ImportBinding[] = [];

  constructor(
    readonly name: string,
    readonly scope: LexicalScope,
    /** Its place in a frame's values. */
    readonly index: number,
  ) {}
}

export class LexicalScope implements Scope {
  readonly bindings = new Map<string, ScopedName>();
  /** `global` and `nonlocal` names. */
  redirects: Map<string, 'global' | 'nonlocal'> | null = null;

  constructor(
    readonly kind: ScopeKind,
    readonly node: Node,
    readonly parent: LexicalScope | null,
  ) {}

  /** The name bound here, made when missing. */
  declare(name: string): ScopedName {
    let found = this.bindings.get(name);
    if (!found) this.bindings.set(name, (found = new ScopedName(name, this, this.bindings.size)));
    return found;
  }

  redirect(name: string, to: 'global' | 'nonlocal'): void {
    (this.redirects ??= new Map()).set(name, to);
  }
}

const MAX_DEPTH = 150;

/** Declares every name the statements bind in this scope; functions and classes inside are not entered. */
export function declareNames(scope: LexicalScope, body: readonly Stmt[]): void {
  for (const stmt of body) findRedirects(scope, stmt, 0);
  declareAll(scope, body, 0);
}

function findRedirects(scope: LexicalScope, stmt: Stmt, depth: number): void {
  if (stmt.kind === 'Global' || stmt.kind === 'Nonlocal') {
    for (const name of stmt.names) scope.redirect(name, stmt.kind === 'Global' ? 'global' : 'nonlocal');
    return;
  }
  if (depth > 4) return;
  switch (stmt.kind) {
    case 'If':
    case 'For':
    case 'While':
      for (const inner of stmt.body) findRedirects(scope, inner, depth + 1);
      for (const inner of stmt.orelse) findRedirects(scope, inner, depth + 1);
      return;
    case 'With':
    case 'ErrorStmt':
      for (const inner of stmt.body) findRedirects(scope, inner, depth + 1);
      return;
    case 'Try':
      for (const inner of stmt.body) findRedirects(scope, inner, depth + 1);
  }
}

function declare(scope: LexicalScope, name: string, node: Node): void {
  if (scope.redirects?.has(name)) return;
  scope.declare(name).definitions.push(node);
}

function declareAll(scope: LexicalScope, body: readonly Stmt[], depth: number): void {
  if (depth > MAX_DEPTH) return;
  for (const stmt of body) {
    switch (stmt.kind) {
      case 'FunctionDef':
      case 'ClassDef':
        declare(scope, stmt.name, stmt);
        break;
      case 'Assign':
        for (const target of stmt.targets) declareTarget(scope, target);
        break;
      case 'AugAssign':
        declareTarget(scope, stmt.target);
        break;
      case 'For':
        declareTarget(scope, stmt.target);
        declareAll(scope, stmt.body, depth + 1);
        if (stmt.orelse.length) declareAll(scope, stmt.orelse, depth + 1);
        break;
      case 'While':
        declareAll(scope, stmt.body, depth + 1);
        if (stmt.orelse.length) declareAll(scope, stmt.orelse, depth + 1);
        break;
      case 'If': {
        let branch = stmt;
        for (;;) {
          declareAll(scope, branch.body, depth + 1);
          const next: Stmt | undefined = branch.orelse[0];
          if (branch.orelse.length !== 1 || next?.kind !== 'If') break;
          branch = next;
        }
        if (branch.orelse.length) declareAll(scope, branch.orelse, depth + 1);
        break;
      }
      case 'With':
        for (const item of stmt.items) if (item.target) declareTarget(scope, item.target);
        declareAll(scope, stmt.body, depth + 1);
        break;
      case 'Try':
        declareAll(scope, stmt.body, depth + 1);
        for (const handler of stmt.handlers) {
          if (handler.name) declare(scope, handler.name, handler);
          declareAll(scope, handler.body, depth + 1);
        }
        declareAll(scope, stmt.orelse, depth + 1);
        declareAll(scope, stmt.finalbody, depth + 1);
        break;
      case 'Import':
        for (const alias of stmt.names) declare(scope, alias.asName ?? alias.path[0] ?? '', alias);
        break;
      case 'ImportFrom':
        for (const alias of stmt.names) declare(scope, alias.asName ?? alias.path[0] ?? '', alias);
        break;
      case 'Match':
        for (const branch of stmt.cases) {
          for (const name of branch.binds) declare(scope, name.id, name);
          declareAll(scope, branch.body, depth + 1);
        }
        break;
      case 'TypeAlias':
        declare(scope, stmt.name.id, stmt.name);
        break;
      case 'ErrorStmt':
        declareAll(scope, stmt.body, depth + 1);
        break;
    }
  }
}

/** Declares the names an assignment target binds. */
export function declareTarget(scope: LexicalScope, target: Expr, depth = 0): void {
  switch (target.kind) {
    case 'Name':
      declare(scope, target.id, target);
      return;
    case 'Tuple':
    case 'List':
      if (depth < 50) for (const item of target.items) declareTarget(scope, item, depth + 1);
      return;
    case 'Starred':
      declareTarget(scope, target.value, depth + 1);
  }
}

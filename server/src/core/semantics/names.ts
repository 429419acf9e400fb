/** What names read, and whether a name denotes an API itself. */
import type { Expr, Name, Node } from '../syntax/ast';
import type { Analysis } from './analysis';
import { BUILTINS } from './builtins';
import type { Frame } from './frame';
import { emitApi, lastPart, roleOf } from './resolution';
import type { LexicalScope } from './scope';
import { starMember } from './summaries';
import { NONE, UNKNOWN, weaken, type ApiType, type Type } from './type';

/** The frame and value a name reads from; records the use of imports. */
function readName(a: Analysis, node: Name): Type {
  const id = node.id;
  let frame: Frame | null = a.frame;
  const first = frame;
  while (frame) {
    const scope: LexicalScope = frame.scope;
    if (frame === first || scope.kind !== 'class') {
      const redirect = scope.redirects?.get(id);
      if (redirect === 'global') frame = a.moduleFrame;
      const bound = frame.scope.bindings.get(id);
      if (bound) {
        const value: Type | undefined = frame.values[bound.index];
        if (value !== undefined) {
          const records = frame.imports?.[bound.index];
          if (records) a.use(node, records);
          return value;
        }
        // not bound yet: a function's local is an error in the program, elsewhere the search goes on
        if (scope.kind === 'function' || scope.kind === 'lambda') return UNKNOWN;
      }
    }
    frame = frame.parent;
  }
  return starMember(a, id) ?? BUILTINS.get(id) ?? UNKNOWN;
}

export function evaluateName(a: Analysis, node: Name, emit: boolean): Type {
  const type = readName(a, node);
  if (emit) {
    const api = apiIn(type);
    if (api && namesApi(a, node, api)) emitApi(a, node, api);
    else a.retract(node);
  }
  return type;
}

/** The API a value is, also when it may be None or another name of it (fallback imports). */
export function apiIn(type: Type): ApiType | null {
  if (type.kind === 'api') return type.self ? null : type;
  if (type.kind !== 'union') return null;
  let found: ApiType | null = null;
  for (const item of type.items) {
    if (item.kind === 'api') {
      if (!found || lastPart(found.api) === lastPart(item.api)) found ??= item;
      // an optional package, and what of torch stands in for it where it is missing
      else if (isTorch(found) === isTorch(item)) return null;
      else if (isTorch(item)) found = item;
    } else if (item !== NONE) {
      return null;
    }
  }
  return found && (weaken(found) as ApiType);
}

const isTorch = (type: ApiType): boolean => type.api.startsWith('torch.');

/** A name denotes an API itself when an import or a plain alias bound it, not when it merely holds one (a parameter, a loop variable). */
function namesApi(a: Analysis, node: Name, api: ApiType): boolean {
  const bound = whereBound(a, node.id);
  if (bound === null) return api.because.reason.id === 'star';
  return bound === 'import' || (bound === 'alias' && roleOf(a, node) !== 'value');
}

/** Whether a dotted name is written out from an import or an alias: `nn.functional`, not `self.act`. */
export function denotesApi(a: Analysis, expr: Expr): boolean {
  let root = expr;
  while (root.kind === 'Attribute') root = root.value;
  if (root.kind === 'Call') return root.func.kind === 'Name' && root.func.id === 'getattr';
  if (root.kind !== 'Name') return root.kind === 'NamedExpr';
  const bound = whereBound(a, root.id);
  return bound !== 'value';
}

/** How the name that is read here was bound; null when it is not bound in any scope. */
function whereBound(a: Analysis, id: string): 'import' | 'alias' | 'value' | null {
  for (let frame: Frame | null = a.frame; frame; frame = frame.parent) {
    const bound = frame === a.frame || frame.scope.kind !== 'class' ? frame.scope.bindings.get(id) : undefined;
    if (!bound || frame.values[bound.index] === undefined) continue;
    // a star import binds without a node of its own
    if (frame.imports?.[bound.index] || bound.definitions.length === 0) return 'import';
    return bound.definitions.every(isPlainAlias) ? 'alias' : 'value';
  }
  return null;
}

/** `relu = F.relu`. */
function isPlainAlias(definition: Node): boolean {
  const stmt = definition.parent;
  if (definition.kind !== 'Name' || (stmt?.kind !== 'Assign' && stmt?.kind !== 'NamedExpr')) return false;
  return stmt.value?.kind === 'Attribute' || stmt.value?.kind === 'Name';
}

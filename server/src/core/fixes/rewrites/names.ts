/**
 * Which names a stretch of statements reads and writes: what program restructuring asks before it moves code.
 * Comprehension and lambda variables are local to their expression and never count.
 */
import type { Expr, Node, Stmt } from '../../syntax/ast';
import { blocksOf, isStatement } from '../../syntax/statements';
import { forEachChild } from '../../syntax/walk';

/** Names that `statements` read where they may not have written them themselves, in order of first use. */
export function exposedReads(statements: readonly Stmt[]): string[] {
  return [...flowOf(statements).exposed];
}

/** Names that `statements` write on every way through them. */
export function surelyWritten(statements: readonly Stmt[]): Set<string> {
  return flowOf(statements).written;
}

function flowOf(statements: readonly Stmt[]): { exposed: Set<string>; written: Set<string> } {
  const exposed = new Set<string>();
  const read = (names: Iterable<string>, written: ReadonlySet<string>) => {
    for (const name of names) if (!written.has(name)) exposed.add(name);
  };
  const through = (list: readonly Stmt[], before: ReadonlySet<string>): Set<string> => {
    const written = new Set(before);
    const add = (names: Iterable<string>) => {
      for (const name of names) written.add(name);
    };
    for (const statement of list) {
      switch (statement.kind) {
        case 'If': {
          read(headReadsOf(statement), written);
          add(boundBy(statement, 'surely'));
          const other = through(statement.orelse, written);
          add([...through(statement.body, written)].filter((name) => other.has(name)));
          break;
        }
        case 'With':
          for (const { context, target } of statement.items) {
            read(readsOf(context), written);
            if (target) add(targetNames(target));
          }
          add(through(statement.body, written));
          break;
        case 'For':
          read(headReadsOf(statement), written);
          through(statement.body, new Set([...written, ...targetNames(statement.target)]));
          through(statement.orelse, written);
          break;
        case 'While':
          read(headReadsOf(statement), written);
          add(boundBy(statement, 'surely'));
          through(statement.body, written);
          through(statement.orelse, written);
          break;
        case 'Match':
          read(readsOf(statement.subject), written);
          for (const { binds, values, guard, body } of statement.cases) {
            const inside = new Set([...written, ...binds.flatMap(targetNames)]);
            for (const value of guard ? [...values, guard] : values) read(readsOf(value), inside);
            through(body, inside);
          }
          break;
        case 'Try': {
          // any statement of the body may be the last one that is executed: nothing is sure behind it but for `else`
          const body = through(statement.body, written);
          for (const { type, name, body: handler } of statement.handlers) {
            if (type) read(readsOf(type), written);
            through(handler, name ? new Set([...written, name]) : written);
          }
          through(statement.orelse, body);
          add(through(statement.finalbody, written));
          break;
        }
        default:
          read(readsOf(statement), written);
          add(boundBy(statement, 'surely'));
      }
    }
    return written;
  };
  const written = through(statements, new Set());
  return { exposed, written };
}

/** Every name loaded anywhere inside a node (nested functions included). */
export function readsOf(node: Node): Set<string> {
  const names = new Set<string>();
  collectReads(node, new Set(), names);
  return names;
}

/** Every name a statement loads outside its blocks: its conditions, what it iterates over, its contexts, its handlers' types. */
export function headReadsOf(statement: Stmt): Set<string> {
  const names = new Set<string>();
  collectReads(statement, new Set(), names, false);
  return names;
}

function collectReads(node: Node, local: ReadonlySet<string>, names: Set<string>, blocks = true): void {
  switch (node.kind) {
    case 'Name':
      if (!local.has(node.id)) names.add(node.id);
      return;
    case 'Assign':
      if (node.value) collectReads(node.value, local, names);
      for (const target of node.targets) collectTargetReads(target, local, names);
      return;
    case 'AugAssign':
      collectReads(node.target, local, names);
      collectReads(node.value, local, names);
      return;
    case 'For':
      collectReads(node.iter, local, names);
      collectTargetReads(node.target, local, names);
      if (blocks) for (const statement of [...node.body, ...node.orelse]) collectReads(statement, local, names);
      return;
    case 'NamedExpr':
      collectReads(node.value, local, names);
      return;
    case 'Comprehension': {
      const inner = new Set(local);
      for (const clause of node.clauses) {
        collectReads(clause.iter, inner, names);
        for (const name of targetNames(clause.target)) inner.add(name);
        for (const test of clause.ifs) collectReads(test, inner, names);
      }
      for (const element of node.elements) collectReads(element, inner, names);
      return;
    }
    case 'Lambda': {
      const inner = new Set(local);
      for (const param of node.params) {
        if (param.default) collectReads(param.default, local, names);
        inner.add(param.name);
      }
      collectReads(node.body, inner, names);
      return;
    }
    case 'With':
      for (const item of node.items) {
        collectReads(item.context, local, names);
        if (item.target) collectTargetReads(item.target, local, names);
      }
      if (blocks) for (const statement of node.body) collectReads(statement, local, names);
      return;
    case 'MatchCase':
      for (const part of node.guard ? [...node.values, node.guard] : node.values) collectReads(part, local, names);
      if (blocks) for (const statement of node.body) collectReads(statement, local, names);
      return;
    default:
      forEachChild(node, (child) => {
        if (blocks || !isStatement(child)) collectReads(child, local, names, blocks);
      });
  }
}

/** `x[i] = v` and `x.a = v` read x and i; a plain name target reads nothing. */
function collectTargetReads(target: Expr, local: ReadonlySet<string>, names: Set<string>): void {
  if (target.kind === 'Name') return;
  if (target.kind === 'Tuple' || target.kind === 'List') for (const item of target.items) collectTargetReads(item, local, names);
  else if (target.kind === 'Starred') collectTargetReads(target.value, local, names);
  else collectReads(target, local, names);
}

/**
 * Names bound by the statements, at any depth of their blocks but not inside nested functions and classes.
 *
 * @param except statements to leave out, wherever they stand
 */
export function writesOf(statements: readonly Stmt[], except: readonly Stmt[] = []): Set<string> {
  const names = new Set<string>();
  const walk = (list: readonly Stmt[]) => {
    for (const statement of list) {
      if (except.includes(statement)) continue;
      for (const name of boundBy(statement)) names.add(name);
      if (statement.kind !== 'FunctionDef' && statement.kind !== 'ClassDef') blocksOf(statement).forEach(walk);
    }
  };
  walk(statements);
  return names;
}

/** Names a statement binds outside its blocks: its targets, aliases, patterns, handlers' names, `:=`. `surely`: on every way through it. */
function boundBy(statement: Stmt, surely?: 'surely'): Set<string> {
  const names = new Set<string>();
  const add = (target: Expr | null) => target && targetNames(target).forEach((name) => names.add(name));
  switch (statement.kind) {
    case 'FunctionDef':
    case 'ClassDef':
      return names.add(statement.name);
    case 'Assign':
      statement.targets.forEach(add);
      break;
    case 'AugAssign':
    case 'For':
      add(statement.target);
      break;
    case 'With':
      for (const { target } of statement.items) add(target);
      break;
    case 'Try':
      for (const { name } of statement.handlers) if (name) names.add(name);
      break;
    case 'Match':
      for (const { binds } of statement.cases) binds.forEach(add);
      break;
    case 'TypeAlias':
      add(statement.name);
      break;
    case 'Import':
    case 'ImportFrom':
      for (const alias of statement.names) names.add(alias.asName ?? alias.path[0] ?? '');
      break;
    default:
  }
  forEachChild(statement, (child) => addNamedExpressions(child, names, surely));
  return names;
}

/** Targets of `:=`; those of a lambda are its own. */
function addNamedExpressions(node: Node, names: Set<string>, surely?: 'surely'): void {
  if (isStatement(node) || node.kind === 'Lambda') return;
  if (surely && (node.kind === 'BoolOp' || node.kind === 'IfExp' || node.kind === 'Comprehension')) return;
  if (node.kind === 'NamedExpr') names.add(node.target.id);
  forEachChild(node, (child) => addNamedExpressions(child, names, surely));
}

/** Plain names a target binds: `a, (b, *c)` → a, b, c. */
export function targetNames(target: Expr): string[] {
  switch (target.kind) {
    case 'Name':
      return [target.id];
    case 'Tuple':
    case 'List':
      return target.items.flatMap(targetNames);
    case 'Starred':
      return targetNames(target.value);
    default:
      return [];
  }
}

/** The dotted path of an attribute chain on a name, `self.config.amp` → ['self', 'config', 'amp']; null for anything else. */
export function dottedPath(expr: Expr): string[] | null {
  const parts: string[] = [];
  let at: Expr = expr;
  while (at.kind === 'Attribute') {
    parts.unshift(at.attr);
    at = at.value;
  }
  if (at.kind !== 'Name') return null;
  parts.unshift(at.id);
  return parts;
}

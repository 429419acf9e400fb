import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Comment, Module, Node } from '../../../server/src/core/syntax/ast';
import { parseModule } from '../../../server/src/core/syntax/document';
import { PythonParser } from '../../../server/src/core/syntax/parser';
import { children, descendants } from '../../../server/src/core/syntax/walk';
import { parserAssets } from '../../../server/src/node-assets';

export const here = dirname(fileURLToPath(import.meta.url));

export const parser = await PythonParser.load(parserAssets(here));

export const parse = (text: string): Module => parseModule(parser, text);

const withoutParents = (node: Node | Comment): string =>
  JSON.stringify(node, (key, value: unknown) => (key === 'parent' ? undefined : value));

/** A copy without parents: what two trees of the same text must agree on. */
export const plain = (node: Node | Comment): unknown => JSON.parse(withoutParents(node)) as unknown;

/** Whether two trees agree; `plain` says where they do not. */
export const same = (a: Module, b: Module): boolean => withoutParents(a) === withoutParents(b);

/** What must hold of every tree: parents set, children inside their parents, names and attributes where their text says. */
export function problems(module: Module, text: string): string[] {
  const found: string[] = [];
  for (const node of descendants(module)) {
    if (node.start > node.end) found.push(`${node.kind} ${node.start}..${node.end} ends before it starts`);
    if (node.kind === 'Name' && text.slice(node.start, node.end) !== node.id) found.push(`Name ${node.id} is not at ${node.start}`);
    if (node.kind === 'Attribute' && text.slice(node.attrSpan.start, node.attrSpan.end) !== node.attr)
      found.push(`attribute ${node.attr} is not there`);
    if (
      (node.kind === 'FunctionDef' || node.kind === 'ClassDef' || node.kind === 'Param' || node.kind === 'TypeParam') &&
      node.name !== ''
    ) {
      if (text.slice(node.nameSpan.start, node.nameSpan.end) !== node.name) found.push(`${node.kind} ${node.name} is not there`);
    }
    if (node.kind !== 'Module' && node.parent === null) found.push(`${node.kind} at ${node.start} has no parent`);
    for (const child of children(node)) {
      if (child.parent !== node) found.push(`${child.kind} at ${child.start} has another parent than ${node.kind}`);
      if (child.start < node.start || child.end > node.end)
        found.push(`${child.kind} ${child.start}..${child.end} sticks out of ${node.kind} ${node.start}..${node.end}`);
    }
  }
  for (const comment of module.comments) {
    if (text.slice(comment.start, comment.end) !== `#${comment.text}`) found.push(`comment ${comment.text} is not there`);
  }
  for (let i = 1; i < module.comments.length; i++) {
    if (module.comments[i - 1]!.end > module.comments[i]!.start) found.push('comments are out of order');
  }
  return found;
}

/** A tree in brief, for tests to compare with: `(Call f [x k=(Num 1)])`. */
export function brief(node: Node | null): string {
  if (node === null) return '-';
  const list = (nodes: readonly (Node | null)[]) => `[${nodes.map(brief).join(' ')}]`;
  switch (node.kind) {
    case 'Module':
      return node.body.map(brief).join(' ');
    case 'Name':
      return node.id;
    case 'Attribute':
      return `${brief(node.value)}.${node.attr}`;
    case 'Constant':
      return node.type === 'str' ? JSON.stringify(node.value) : `${node.type}:${String(node.value)}`;
    case 'FString':
      return `f${list(node.values)}`;
    case 'Call':
      return `(Call ${brief(node.func)} ${list(node.args)})`;
    case 'Argument': {
      const value = brief(node.value);
      return node.form === 'keyword'
        ? `${node.name}=${value}`
        : node.form === 'star'
          ? `*${value}`
          : node.form === 'doublestar'
            ? `**${value}`
            : value;
    }
    case 'Subscript':
      return `(Index ${brief(node.value)} ${list(node.index)})`;
    case 'Slice':
      return `(Slice ${brief(node.lower)} ${brief(node.upper)} ${brief(node.step)})`;
    case 'List':
    case 'Set':
      return `(${node.kind} ${list(node.items)})`;
    case 'Tuple':
      return `(Tuple${node.parenthesised ? '()' : ''} ${list(node.items)})`;
    case 'Dict':
      return `(Dict ${node.entries.map(({ key, value }) => (key ? `${brief(key)}:${brief(value)}` : `**${brief(value)}`)).join(' ')})`;
    case 'BinOp':
    case 'BoolOp':
      return `(${brief(node.left)} ${node.op} ${brief(node.right)})`;
    case 'UnaryOp':
      return `(${node.op} ${brief(node.operand)})`;
    case 'Compare':
      return `(${brief(node.left)} ${node.ops.map((op, i) => `${op} ${brief(node.rights[i] ?? null)}`).join(' ')})`;
    case 'IfExp':
      return `(IfExp ${brief(node.test)} ${brief(node.body)} ${brief(node.orelse)})`;
    case 'Lambda':
      return `(Lambda ${list(node.params)} ${brief(node.body)})`;
    case 'Comprehension':
      return `(Comp ${node.type} ${list(node.elements)}${node.clauses
        .map(
          (c) =>
            ` ${c.isAsync ? 'async ' : ''}for ${brief(c.target)} in ${brief(c.iter)}${c.ifs.map((test) => ` if ${brief(test)}`).join('')}`,
        )
        .join('')})`;
    case 'Await':
    case 'Starred':
    case 'ExprStmt':
      return `(${node.kind} ${brief(node.value)})`;
    case 'Yield':
      return `(Yield${node.from ? ' from' : ''} ${brief(node.value)})`;
    case 'NamedExpr':
      return `(${brief(node.target)} := ${brief(node.value)})`;
    case 'ErrorExpr':
      return `(Error ${list(node.parts)})`;
    case 'Param': {
      const marks = `${node.positionalOnly ? '/' : ''}${node.keywordOnly ? '!' : ''}`;
      const stars = node.form === 'star' ? '*' : node.form === 'doublestar' ? '**' : '';
      return `${marks}${stars}${node.name}${node.annotation ? `:${brief(node.annotation)}` : ''}${node.default ? `=${brief(node.default)}` : ''}`;
    }
    case 'TypeParam':
      return `${node.form === 'star' ? '*' : node.form === 'doublestar' ? '**' : ''}${node.name}${node.bound ? `:${brief(node.bound)}` : ''}`;
    case 'Decorator':
      return `@${brief(node.value)}`;
    case 'FunctionDef':
      return `(${node.isAsync ? 'AsyncDef' : 'Def'} ${node.decorators.map((d) => `${brief(d)} `).join('')}${node.name}${
        node.typeParams.length > 0 ? list(node.typeParams) : ''
      } ${list(node.params)} ${brief(node.returns)} ${list(node.body)})`;
    case 'ClassDef':
      return `(Class ${node.decorators.map((d) => `${brief(d)} `).join('')}${node.name}${node.typeParams.length > 0 ? list(node.typeParams) : ''} ${list(
        node.bases,
      )} ${list(node.body)})`;
    case 'Return':
      return `(Return ${brief(node.value)})`;
    case 'Assign':
      return `(Assign ${list(node.targets)}${node.annotation ? ` :${brief(node.annotation)}` : ''} ${brief(node.value)})`;
    case 'AugAssign':
      return `(AugAssign ${brief(node.target)} ${node.op} ${brief(node.value)})`;
    case 'For':
      return `(${node.isAsync ? 'AsyncFor' : 'For'} ${brief(node.target)} ${brief(node.iter)} ${list(node.body)} ${list(node.orelse)})`;
    case 'While':
      return `(While ${brief(node.test)} ${list(node.body)} ${list(node.orelse)})`;
    case 'If':
      return `(${node.isElif ? 'Elif' : 'If'} ${brief(node.test)} ${list(node.body)} ${list(node.orelse)})`;
    case 'With':
      return `(${node.isAsync ? 'AsyncWith' : 'With'} ${node.items
        .map(({ context, target }) => brief(context) + (target ? ` as ${brief(target)}` : ''))
        .join(', ')} ${list(node.body)})`;
    case 'ExceptHandler':
      return `(Except ${brief(node.type)} ${node.name ?? '-'} ${list(node.body)})`;
    case 'Try':
      return `(Try ${list(node.body)} ${list(node.handlers)} ${list(node.orelse)} ${list(node.finalbody)})`;
    case 'Raise':
      return `(Raise ${brief(node.exc)} ${brief(node.cause)})`;
    case 'Assert':
      return `(Assert ${brief(node.test)} ${brief(node.message)})`;
    case 'Delete':
      return `(Delete ${list(node.targets)})`;
    case 'ImportAlias':
      return `${node.path.join('.')}${node.asName ? ` as ${node.asName}` : ''}`;
    case 'Import':
      return `(Import ${node.names.map(brief).join(', ')})`;
    case 'ImportFrom':
      return `(From ${'.'.repeat(node.level)}${node.module.join('.')} ${node.star ? '*' : node.names.map(brief).join(', ')})`;
    case 'Global':
    case 'Nonlocal':
      return `(${node.kind} ${node.names.join(' ')})`;
    case 'Pass':
    case 'Break':
    case 'Continue':
      return node.kind;
    case 'Match':
      return `(Match ${brief(node.subject)} ${list(node.cases)})`;
    case 'MatchCase':
      return `(Case ${list(node.binds)} ${list(node.values)} ${brief(node.guard)} ${list(node.body)})`;
    case 'TypeAlias':
      return `(Type ${brief(node.name)}${node.typeParams.length > 0 ? list(node.typeParams) : ''} ${brief(node.value)})`;
    case 'ErrorStmt':
      return `(ErrorStmt ${list(node.body)})`;
  }
}

/** `module-class`: a class that inherits nn.Module becomes a Cell, and `forward` `construct`: where it is defined and where it is called by name. */
import type { ClassDef, Module, Node } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { ImportNeed, Rewrite } from '../rewrite';
import type { NamedRewrite } from '../single';

const MODULE = 'torch.nn.Module';
const NN: ImportNeed = { module: 'mindspore', name: 'nn', prefer: 'nn', otherwise: 'ms_nn' };

export const moduleClass: NamedRewrite = (reference, _judgement, context) => () => [
  { node: reference.node, pieces: [{ import: NN }, '.Cell'] },
  ...(reference.role === 'base' ? forwardMethods(context.module, context.semantics) : []),
];

const cache = new WeakMap<Module, Rewrite[]>();

/** Renames `forward` in every module class of the file, those that inherit through other files included. */
export function forwardMethods(module: Module, semantics: ModuleSemantics): Rewrite[] {
  const known = cache.get(module);
  if (known) return known;
  const rewrites: Rewrite[] = [];
  visit(module, {
    enter(node) {
      if (node.kind === 'ClassDef' && isModuleClass(node, semantics)) {
        for (const statement of node.body) {
          if (statement.kind === 'FunctionDef' && statement.name === 'forward')
            rewrites.push({ node: statement, span: statement.nameSpan, pieces: ['construct'] });
        }
      }
      if (node.kind === 'Attribute' && node.attr === 'forward' && (isSuper(node.value) || isModuleValue(node.value, semantics))) {
        rewrites.push({ node, span: node.attrSpan, pieces: ['construct'] });
      }
    },
  });
  cache.set(module, rewrites);
  return rewrites;
}

function isModuleClass(node: ClassDef, semantics: ModuleSemantics): boolean {
  return node.bases.some(({ form, value }) => {
    if (form !== 'positional') return false;
    const reference = semantics.referenceAt(value);
    if (reference) return reference.name === MODULE || reference.name.startsWith('torch.nn.');
    const type = semantics.typeOf(value);
    return type.kind === 'class' && type.bases.includes(MODULE);
  });
}

function isModuleValue(node: Node & { kind: string }, semantics: ModuleSemantics): boolean {
  const type = semantics.typeOf(node as Parameters<ModuleSemantics['typeOf']>[0]);
  return type.kind === 'instance' && type.bases.includes(MODULE);
}

function isSuper(node: Node): boolean {
  return node.kind === 'Call' && node.func.kind === 'Name' && node.func.id === 'super';
}

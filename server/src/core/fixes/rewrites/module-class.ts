/** `module-class`: a class that inherits nn.Module becomes a Cell, and `forward` `construct`: where it is defined and where it is called by name. */
import type { Call, ClassDef, Expr, Module, Node, Param } from '../../syntax/ast';
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

/** Renames `forward`, and writes out what cannot be compiled, in every module class of the file, those that inherit through other files included. */
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
        visit(node, {
          enter(inner) {
            const written = inner.kind === 'Call' ? mappedLambda(inner, semantics) : null;
            if (written) rewrites.push(written);
          },
        });
      }
      if (node.kind === 'Attribute' && node.attr === 'forward' && (isSuper(node.value) || isModuleValue(node.value, semantics))) {
        rewrites.push({ node, span: node.attrSpan, pieces: ['construct'] });
      }
    },
  });
  cache.set(module, rewrites);
  return rewrites;
}

/**
 * `q, k, v = map(lambda t: f(t, h), xs)` as a list comprehension: graph mode maps no function that reads names of its surroundings. Only where the items are all
 * taken at once, so that a list is as good as an iterator.
 */
function mappedLambda(call: Call, semantics: ModuleSemantics): Rewrite | null {
  const [mapped, items, ...more] = call.args;
  if (!isBuiltin(call.func, ['map'], semantics) || mapped?.form !== 'positional' || items?.form !== 'positional' || more.length > 0)
    return null;
  const { value: lambda } = mapped;
  if (lambda.kind !== 'Lambda' || lambda.params.length !== 1 || !ITEMS.has(items.value.kind)) return null;
  const [{ name, form, keywordOnly, default: otherwise }] = lambda.params as [Param];
  if (form !== 'positional' || keywordOnly || otherwise) return null;
  const { parent } = call;
  const taken =
    parent?.kind === 'Assign'
      ? parent.value === call && parent.targets.every((target) => target.kind === 'Tuple' || target.kind === 'List')
      : parent?.kind === 'Argument' && parent.parent?.kind === 'Call' && isBuiltin(parent.parent.func, ['tuple', 'list'], semantics);
  return taken ? { node: call, pieces: ['[', { hole: lambda.body }, ` for ${name} in `, { hole: items.value }, ']'] } : null;
}

/** What needs no brackets behind `in`. */
const ITEMS: ReadonlySet<Node['kind']> = new Set<Node['kind']>(['Name', 'Attribute', 'Call', 'Subscript', 'Tuple', 'List']);

function isBuiltin(func: Expr, names: readonly string[], semantics: ModuleSemantics): boolean {
  return func.kind === 'Name' && names.includes(func.id) && semantics.bindingOf(func) === null;
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

/**
 * `gradient-free`: `with torch.no_grad():` and `@torch.no_grad()` have no meaning in MindSpore, where gradients exist only inside `value_and_grad`:
 * the block is dedented. What such blocks call repeatedly is inference: the modules called there run as compiled graphs, `mindport_ops.compiled`.
 */
import type { Call, FunctionDef, Node, Stmt, With } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import type { ModuleSemantics } from '../../semantics/analyze';
import type { Piece, Rewrite } from '../rewrite';
import type { FixContext, NamedRewrite } from '../single';
import { replaceNode } from './edits';
import { runtime } from './runtime';
import { autocastOptions } from './step-builder';
import { AUTOCAST } from './step-segment';
import { enclosingFunction } from './structure';

const NO_GRAD = new Set(['torch.no_grad', 'torch.inference_mode', 'torch.autograd.no_grad', 'torch.autograd.inference_mode']);

export const gradientFree: NamedRewrite = (reference, _judgement, context) => {
  const node = reference.call ?? reference.node;
  if (node.parent?.kind === 'With') return dedentBlock(node.parent, context);
  const decorator = node.parent?.kind === 'Decorator' ? node.parent : null;
  if (decorator?.parent?.kind !== 'FunctionDef') return null;
  return [{ node: decorator, pieces: [] }, ...compiledCalls(decorator.parent.body, context.semantics, null)];
};

const dedented = new WeakMap<With, Rewrite[] | null>();

/** The block without its `with`, when all its items are regions that have no meaning in the target; null otherwise. */
export function dedentBlock(block: With, { semantics }: Pick<FixContext, 'semantics'>): Rewrite[] | null {
  const known = dedented.get(block);
  if (known !== undefined) return known;
  const nameOf = (node: Node) => semantics.referenceAt(node.kind === 'Call' ? node.func : node)?.name ?? '';
  const free = block.items.some(({ context }) => NO_GRAD.has(nameOf(context)));
  const cast = block.items.find(({ context }) => AUTOCAST.has(nameOf(context)))?.context;
  const isWhole = block.items.every(
    ({ context, target }) => target === null && (NO_GRAD.has(nameOf(context)) || AUTOCAST.has(nameOf(context))),
  );
  const calls = free || cast ? compiledCalls(block.body, semantics, cast?.kind === 'Call' ? cast : null) : [];
  const rewrites = isWhole ? [replaceNode(block, [{ block: block.body }]), ...calls] : null;
  dedented.set(block, rewrites);
  return rewrites;
}

/** Wraps the callee of every call of one of the program's modules: `model(x)` → `mindport_ops.compiled(model)(x)`. */
function compiledCalls(body: readonly Stmt[], semantics: ModuleSemantics, autocast: Call | null): Rewrite[] {
  const rewrites: Rewrite[] = [];
  for (const statement of body) {
    visit(statement, {
      enter(node) {
        if (node.kind !== 'Call' || isInForward(node)) return;
        const type = semantics.typeOf(node.func);
        if (type.kind !== 'instance' || !type.bases.includes('torch.nn.Module')) return;
        const callee: Piece = { hole: node.func };
        const inner: Piece[] = autocast ? [...runtime('amp.autocast'), '(', ...autocastOptions(autocast), ')(', callee, ')'] : [callee];
        rewrites.push({ node: node.func, pieces: [...runtime('compiled'), '(', ...inner, ')'] });
      },
    });
  }
  return rewrites;
}

/** Inside a module's own forward the caller is compiled already. */
function isInForward(node: Node): boolean {
  for (let at: FunctionDef | null = enclosingFunction(node); at; at = enclosingFunction(at)) if (at.name === 'forward') return true;
  return false;
}

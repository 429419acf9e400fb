/**
 * `gradient-free`: `with torch.no_grad():` and `@torch.no_grad()` have no meaning in MindSpore, where gradients exist only inside `value_and_grad`:
 * the block is dedented. What such blocks call repeatedly is inference: the modules called there run as compiled graphs, `mindport_ops.compiled`.
 */
import type { Call, FunctionDef, Node, Stmt, With } from '../../syntax/ast';
import { visit } from '../../syntax/walk';
import type { Piece, Rewrite } from '../rewrite';
import type { NamedRewrite } from '../single';
import { replaceNode } from './edits';
import { runtime } from './runtime';
import { partAt, precisionArguments, type StepScene } from './step-parts';
import { enclosingFunction } from './structure';

export const gradientFree: NamedRewrite = (reference, _judgement, context) => {
  const node = reference.call ?? reference.node;
  if (node.parent?.kind === 'With') return dedentBlock(node.parent, context);
  const decorator = node.parent?.kind === 'Decorator' ? node.parent : null;
  if (decorator?.parent?.kind !== 'FunctionDef') return null;
  return [{ node: decorator, pieces: [] }, ...compiledCalls(decorator.parent.body, context, null)];
};

const dedented = new WeakMap<With, Rewrite[] | null>();

/** The block without its `with`, when all its items are regions that have no meaning in the target; null otherwise. */
export function dedentBlock(block: With, scene: StepScene): Rewrite[] | null {
  const known = dedented.get(block);
  if (known !== undefined) return known;
  const partOf = (node: Node) => partAt(node.kind === 'Call' ? node.func : node, scene);
  const free = block.items.some(({ context }) => partOf(context) === 'gradient-free');
  const cast = block.items.find(({ context }) => partOf(context) === 'autocast')?.context;
  const isWhole = block.items.every(
    ({ context, target }) => target === null && (partOf(context) === 'gradient-free' || partOf(context) === 'autocast'),
  );
  const calls = free || cast ? compiledCalls(block.body, scene, cast?.kind === 'Call' ? cast : null) : [];
  const rewrites = isWhole ? [replaceNode(block, [{ block: block.body }]), ...calls] : null;
  dedented.set(block, rewrites);
  return rewrites;
}

/** Wraps the callee of every call of one of the program's modules: `model(x)` → `mindport_ops.compiled(model)(x)`. */
function compiledCalls(body: readonly Stmt[], scene: StepScene, autocast: Call | null): Rewrite[] {
  const rewrites: Rewrite[] = [];
  for (const statement of body) {
    visit(statement, {
      enter(node) {
        if (node.kind !== 'Call' || isInForward(node)) return;
        const type = scene.semantics.typeOf(node.func);
        if (type.kind !== 'instance' || !type.bases.includes('torch.nn.Module')) return;
        const callee: Piece = { hole: node.func };
        const inner: Piece[] = autocast
          ? [...runtime('amp.autocast'), '(', ...precisionArguments(autocast, scene), ')(', callee, ')']
          : [callee];
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

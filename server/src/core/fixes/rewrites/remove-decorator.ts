/** `remove-decorator`: `@torch.jit.ignore` marks a function for something the target does not have: the decorator goes. */
import type { NamedRewrite } from '../single';

export const removeDecorator: NamedRewrite = (reference) => {
  const { node, call } = reference;
  const outermost = call ?? node;
  const decorator = outermost.parent;
  return decorator?.kind === 'Decorator' ? [{ node: decorator, pieces: [] }] : null;
};

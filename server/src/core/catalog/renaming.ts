import type { Signature } from './signature';
import type { Template } from './template';

/**
 * The callee of a template that only renames: every parameter handed on in its own place or under its own name, nothing added. Such a callee also
 * stands for the API where it is not called. Null when the template does more.
 * @param ignores parameters the route leaves out knowingly
 */
export function derivedValue(to: Template, signatures: readonly Signature[], ignores: readonly string[]): Template | null {
  const { root } = to;
  const signature = signatures[0];
  if (root.kind !== 'call' || to.assigns || !signature || signatures.length !== 1) return null;
  const callee = root.func;
  if (!isDotted(callee)) return null;
  const handed = new Set<string>();
  for (const [index, { keyword, value }] of root.args.entries()) {
    if (value.kind !== 'hole' || value.convert || value.fallback) return null;
    const param = signature.byName.get(value.name);
    const inPlace = keyword === null && signature.params[index] === param && param?.kind !== 'keyword';
    const underName = keyword !== null && keyword === value.name && param?.kind !== 'positional-only';
    if (!param || !(inPlace || underName)) return null;
    if ((param.kind === 'star') !== (value.splice === '*') || (param.kind === 'doublestar') !== (value.splice === '**')) return null;
    handed.add(param.name);
  }
  const complete = signature.params.every((param) => handed.has(param.name) || ignores.includes(param.name) || param.name === 'out');
  return complete ? { source: to.source, root: callee, assigns: null, holes: new Set() } : null;
}

/**
 * The callee of a template, for calls that give only the first `count` parameters and these by place, as `map` does: they must come first in the
 * template too, and whatever else it writes must be left out when it is not given.
 */
export function mappedValue(to: Template, signatures: readonly Signature[], count: number): Template | null {
  const { root } = to;
  const signature = signatures[0];
  if (root.kind !== 'call' || to.assigns || !signature || signatures.length !== 1 || !isDotted(root.func)) return null;
  const fits = root.args.every(({ keyword, value }, index) => {
    if (value.kind !== 'hole' || value.convert || value.fallback || value.splice) return false;
    return keyword === null ? index < count && signature.params[index]?.name === value.name : index >= count;
  });
  return fits && root.args.length >= count ? { source: to.source, root: root.func, assigns: null, holes: new Set() } : null;
}

function isDotted(node: Template['root']): boolean {
  return node.kind === 'import' || (node.kind === 'attribute' && isDotted(node.of));
}

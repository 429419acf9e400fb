/** What the calls of a training step do: the catalog says it of each API (`part` of a route), rewrites know no names. */
import { bind } from '../../catalog/bind';
import type { StepPart } from '../../catalog/record';
import type { Call, Expr, Node } from '../../syntax/ast';
import type { Piece } from '../rewrite';
import type { FixContext } from '../single';

/** What steps are looked for in. */
export type StepScene = Pick<FixContext, 'semantics' | 'catalog' | 'text'>;

/** What the API a node names does in a training step; null when it names none or does nothing there. */
export function partAt(node: Node, { semantics, catalog }: StepScene): StepPart | null {
  const reference = semantics.referenceAt(node);
  return reference ? catalog.partOf(reference.name) : null;
}

/** The precision arguments of an autocast call, of a variable itself; the device a call names has no meaning in MindSpore. */
export function precisionOf(call: Expr, { semantics, catalog }: StepScene): { name: string; value: Expr }[] {
  if (call.kind !== 'Call') return [{ name: '', value: call }];
  const reference = semantics.referenceAt(call.func);
  for (const signature of (reference && catalog.entry(reference.name)?.signatures) ?? []) {
    const binding = bind(call, signature);
    if ('id' in binding) continue;
    return ['dtype', 'enabled'].flatMap((name) => {
      const bound = binding.arguments.get(name);
      return bound?.form === 'value' ? [{ name, value: bound.value }] : [];
    });
  }
  return [];
}

/** The same as arguments of `mindport_ops.amp.autocast`. */
export function precisionArguments(call: Call, scene: StepScene): Piece[] {
  return precisionOf(call, scene)
    .flatMap(({ name, value }): Piece[] => [`${name}=`, { hole: value }, ', '])
    .map((piece, i, all) => (i === all.length - 1 ? '' : piece));
}

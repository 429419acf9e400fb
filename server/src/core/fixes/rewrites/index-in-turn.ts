/** `index-in-turn`: `x[1, :, [0, 2]]` → `x[1][:, [0, 2]]`: the numbers are taken first, as PyTorch takes them, then what is left. */
import type { Expr } from '../../syntax/ast';
import type { Piece } from '../rewrite';
import type { NamedRewrite } from '../single';

export const indexInTurn: NamedRewrite = ({ node }, _judgement, { semantics }) => {
  if (node.kind !== 'Subscript') return null;
  const isNumber = (part: Expr): boolean => {
    const type = semantics.typeOf(part);
    return (type.kind === 'other' && type.of === 'int') || (part.kind === 'Constant' && part.type === 'int');
  };
  const last = node.index.findLastIndex(isNumber);
  const first = node.index.slice(0, last + 1);
  const then = node.index.slice(last + 1);
  // where something else stands among them, the axes that are left cannot be counted here
  if (then.length === 0 || first.some((part) => part.kind !== 'Slice' && !isNumber(part))) return null;
  const kept = first.filter(({ kind }) => kind === 'Slice').map(() => ':, ');
  return [{ node, pieces: [{ hole: node.value }, '[', ...listed(first), '][', ...kept, ...listed(then), ']'] }];
};

const listed = (parts: readonly Expr[]): Piece[] => parts.flatMap((hole, i) => (i === 0 ? [{ hole }] : [', ', { hole }]));

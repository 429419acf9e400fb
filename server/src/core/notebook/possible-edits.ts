/** Of all edits somebody wants to make in a notebook, those that can be made: not the ones that would change a magic or reach from one cell into another. */
import type { Edit } from '../fixes/rewrite';
import type { Reference } from '../semantics/reference';
import type { Module, Span } from '../syntax/ast';
import type { CellEdits, JoinedCells } from './joined-cells';

export interface PossibleEdits {
  /** in the joined text, sorted and disjoint */
  edits: readonly Edit[];
  cells: CellEdits[];
}

/** How often what cannot be made is left out and the rest composed again. */
const MOST_ROUNDS = 5;

/**
 * @param compose the wanted edits without those of references that are to stay
 * @returns null when something stands in the way that is no reference
 */
export function possibleEdits(
  joined: JoinedCells,
  module: Module,
  compose: (stays: (reference: Reference) => boolean) => readonly Edit[],
): PossibleEdits | null {
  const left: Span[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const edits = compose(({ span }) => left.some(({ start, end }) => start <= span.start && span.start < end));
    const cells = joined.split(edits);
    if (cells) return { edits, cells };
    const impossible = edits.filter((edit) => !joined.split([edit]));
    const around = module.body.filter(({ start, end }) => impossible.some((edit) => edit.start <= end && edit.end >= start));
    if (around.every((statement) => left.includes(statement))) return null;
    left.push(...around);
  }
  return null;
}

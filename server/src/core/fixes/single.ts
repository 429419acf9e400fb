/** The rewrite of one reference, from its judgement. */
import type { Catalog } from '../catalog/load';
import { filledText, judge, type Judgement } from '../catalog/judge';
import type { Safety } from '../catalog/record';
import type { ChosenTarget } from '../catalog/targets';
import type { ModuleSemantics } from '../semantics/analyze';
import type { Reference } from '../semantics/reference';
import type { Module, Node } from '../syntax/ast';
import type { Filled } from '../catalog/fill-template';
import { compose, type Composition } from './compose';
import type { Piece, Rewrite } from './rewrite';

/** Everything a fix is computed from: one version of one file, and what the user chose. */
export interface FixContext {
  text: string;
  module: Module;
  semantics: ModuleSemantics;
  catalog: Catalog;
  targets: readonly ChosenTarget[];
  /** rewrites that records name, by name (`fixes/rewrites/`) */
  named: NamedRewrites;
}

/**
 * Makes the rewrites of one reference; null when it cannot say this one. All of them are applied together. A function stands for rewrites that are
 * known to exist and cost a look at the whole file: they are made when somebody applies them, not at every key press.
 */
export type NamedRewrite = (reference: Reference, judgement: Judgement, context: FixContext) => Rewrite[] | (() => Rewrite[]) | null;
export type NamedRewrites = ReadonlyMap<string, NamedRewrite>;

export interface ReferenceFix {
  safety: Safety;
  readonly rewrites: Rewrite[];
  /** what will stand there, in one line, for titles */
  preview: string;
}

class LaterFix implements ReferenceFix {
  private made: Rewrite[] | null = null;

  constructor(
    readonly safety: Safety,
    readonly preview: string,
    private readonly make: () => Rewrite[],
  ) {}

  get rewrites(): Rewrite[] {
    return (this.made ??= this.make());
  }
}

export function judgeIn(reference: Reference, context: FixContext): Judgement {
  return judge(reference, { catalog: context.catalog, targets: context.targets, semantics: context.semantics, source: context.text });
}

/** The fix of a reference; null when there is nothing to change, when no route says it, or when the analysis is not sure of the reference. */
export function fixOf(reference: Reference, judgement: Judgement, context: FixContext): ReferenceFix | null {
  const { route, filled, node, keeps, safety } = judgement;
  if (keeps || !route || safety === null || reference.confidence === 'possible') return null;
  const named = route.route.rewrite;
  if (named !== undefined) {
    const made = context.named.get(named)?.(reference, judgement, context);
    if (typeof made === 'function') return new LaterFix(safety, named, made);
    if (made && made.length > 0) return { safety, rewrites: made, preview: named };
  }
  if (!filled) return null;
  const preview = shorten(filledText(filled.value, context.text));
  const statement = node.parent?.kind === 'ExprStmt' ? node.parent : null;
  if (statement && filled.assigns) {
    const target = filledText(filled.assigns, context.text);
    return {
      safety,
      rewrites: [{ node: statement, pieces: [...piecesOf(filled.assigns), ' = ', ...piecesOf(filled.value)] }],
      preview: `${target} = ${preview}`,
    };
  }
  if (statement && judgement.verdict === 'drop' && hasNoEffect(filled))
    return { safety, rewrites: [{ node: statement, pieces: [] }], preview: '' };
  return { safety, rewrites: [{ node, pieces: piecesOf(filled.value) }], preview };
}

function piecesOf(filled: Filled): Piece[] {
  return filled.pieces;
}

/** A statement of nothing but a name, an attribute or a constant does nothing. */
function hasNoEffect(filled: { value: Filled }): boolean {
  return filled.value.pieces.every((piece) => {
    if (typeof piece === 'string') return piece === 'None' || piece === '';
    if ('import' in piece) return false;
    let at: Node = piece.hole;
    while (at.kind === 'Attribute') at = at.value;
    return at.kind === 'Name' || at.kind === 'Constant';
  });
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
}

/** The edits of one reference's fix, imports included; null when there is no fix. */
export function composeSingle(reference: Reference, context: FixContext): Composition | null {
  const fix = fixOf(reference, judgeIn(reference, context), context);
  if (!fix) return null;
  const composition = compose({
    text: context.text,
    module: context.module,
    semantics: context.semantics,
    families: context.catalog.families,
    rewrites: fix.rewrites,
  });
  return composition.edits.length > 0 ? composition : null;
}

/** Migrates a whole program: every file by one composition of all its fixes, imports of the source framework removed. Pure: files in, files out. */
import type { Catalog } from '../../catalog/load';
import type { ChosenTarget } from '../../catalog/targets';
import type { AnalysedFile, Program } from '../../project/program';
import type { Reference } from '../../semantics/reference';
import { compose } from '../compose';
import type { Edit, Rewrite } from '../rewrite';
import { forwardMethods } from '../rewrites/module-class';
import { namedRewrites } from '../rewrites/index';
import { stepObstacle } from '../rewrites/training-step';
import { fixOf, judgeIn, type FixContext } from '../single';

export interface MigrationOptions {
  catalog: Catalog;
  targets: readonly ChosenTarget[];
  /** references that are to be left, because their rewrite cannot be made in the cells of a notebook */
  stays?(reference: Reference): boolean;
}

/** A reference that the migration left, and why: the id of the obstacle, or the verdict. */
export interface LeftOver {
  reference: Reference;
  why: string;
  /** what the text of an obstacle names */
  args: Readonly<Record<string, string>>;
}

export interface MigratedFile {
  path: string;
  before: string;
  after: string;
  edits: Edit[];
  /** PyTorch references rewritten */
  rewritten: number;
  left: LeftOver[];
}

export function migrateFile(file: AnalysedFile, { catalog, targets, stays }: MigrationOptions): MigratedFile {
  const { text, module, semantics, path } = file;
  const context: FixContext = { text, module, semantics, catalog, targets, named: namedRewrites };
  const rewrites = new Set<Rewrite>();
  const left: LeftOver[] = [];
  let rewritten = 0;
  for (const reference of semantics.references) {
    const judgement = judgeIn(reference, context);
    const fix = fixOf(reference, judgement, context);
    if (fix && fix.safety !== 'manual' && stays?.(reference)) left.push({ reference, why: 'cells', args: {} });
    else if (fix && fix.safety !== 'manual') {
      for (const rewrite of fix.rewrites) rewrites.add(rewrite);
      rewritten++;
    } else if (!judgement.keeps && reference.confidence !== 'possible' && judgement.obstacle?.id !== 'indirect') {
      const why = stepObstacle(reference, context)?.id ?? judgement.obstacle?.id ?? judgement.verdict;
      left.push({ reference, why, args: judgement.obstacle?.args ?? {} });
    }
  }
  for (const rewrite of forwardMethods(module, semantics)) rewrites.add(rewrite);
  const composition = compose({
    text,
    module,
    semantics,
    families: catalog.families,
    rewrites: [...rewrites],
    removeUnused: (binding) => catalog.families.has(binding.module) && !binding.own,
  });
  const removed = (reference: Reference) => !survives(reference, composition.edits);
  return {
    path,
    before: text,
    after: composition.text(),
    edits: composition.edits,
    rewritten,
    left: left.filter(({ reference }) => !removed(reference)),
  };
}

/** Whether the reference's own text is outside every edit that deletes it. */
function survives(reference: Reference, edits: readonly Edit[]): boolean {
  const { start, end } = reference.span;
  return !edits.some((edit) => edit.start <= start && end <= edit.end);
}

/** Every Python file of the program, in the program's order. */
export function migrateProgram(program: Program, options: MigrationOptions): MigratedFile[] {
  return program.files.flatMap(({ path }) => {
    const file = program.file(path);
    return file ? [migrateFile(file, options)] : [];
  });
}

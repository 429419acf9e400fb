/** Migrates a whole program: every file by one composition of all its fixes, imports of the source framework removed. Pure: files in, files out. */
import type { Catalog } from '../../catalog/load';
import type { ChosenTarget } from '../../catalog/targets';
import type { AnalysedFile, Program } from '../../project/program';
import type { Message } from '../../rules/finding';
import type { Reference } from '../../semantics/reference';
import { compose } from '../compose';
import type { Edit, Rewrite } from '../rewrite';
import { classNameTests } from '../rewrites/class-names';
import { forwardMethods } from '../rewrites/module-class';
import { namedRewrites } from '../rewrites/index';
import { stepObstacle } from '../rewrites/training-step';
import { fixOf, judgeIn, type FixContext } from '../single';
import type { Difference, LeftOver } from './left-over';

export interface MigrationOptions {
  catalog: Catalog;
  targets: readonly ChosenTarget[];
  /** references that are to be left, because their rewrite cannot be made in the cells of a notebook */
  stays?(reference: Reference): boolean;
}

export interface MigratedFile {
  path: string;
  before: string;
  after: string;
  edits: Edit[];
  /** PyTorch references rewritten */
  rewritten: number;
  left: LeftOver[];
  /** rewritten ones whose numbers may be others */
  differences: Difference[];
}

export function migrateFile(file: AnalysedFile, { catalog, targets, stays }: MigrationOptions): MigratedFile {
  const { text, module, semantics, path } = file;
  const context: FixContext = { text, module, semantics, catalog, targets, named: namedRewrites };
  const rewrites = new Set<Rewrite>();
  const left: LeftOver[] = [];
  const differences: Difference[] = [];
  let rewritten = 0;
  for (const reference of semantics.references) {
    const judgement = judgeIn(reference, context);
    const fix = fixOf(reference, judgement, context);
    const leave = (obstacle: Message | null): void =>
      void left.push({ reference, verdict: judgement.verdict, obstacle, note: judgement.note });
    if (fix && fix.safety !== 'manual' && stays?.(reference)) leave({ id: 'obstacle.cells', args: {} });
    else if (fix && fix.safety !== 'manual') {
      for (const rewrite of fix.rewrites) rewrites.add(rewrite);
      rewritten++;
      if (fix.safety === 'review' && judgement.verdict === 'differs' && judgement.note)
        differences.push({ reference, note: judgement.note });
    } else if (!judgement.keeps && reference.confidence !== 'possible' && judgement.obstacle?.id !== 'indirect') {
      const step = stepObstacle(reference, context);
      const { obstacle } = judgement;
      leave(step ? { id: `obstacle.${step.id}`, args: {} } : obstacle && { id: `obstacle.${obstacle.id}`, args: obstacle.args });
    }
  }
  for (const rewrite of forwardMethods(module, semantics)) rewrites.add(rewrite);
  for (const { rewrite } of classNameTests(context)) if (rewrite) rewrites.add(rewrite);
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
    differences,
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

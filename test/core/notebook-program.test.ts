/** The example program cut into cells at its top-level statements: as a notebook it has the references and fixes it has as a file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import { namedRewrites } from '../../server/src/core/fixes/rewrites';
import type { FixContext } from '../../server/src/core/fixes/single';
import { NotebookFile } from '../../server/src/core/notebook/notebook-file';
import { parseCells } from '../../server/src/core/notebook/notebook-document';
import { readNotebook } from '../../server/src/core/notebook/notebook';
import { analyzeModule } from '../../server/src/core/semantics/analyze';
import { catalog, fileOf, parse, root } from './scene';
import { parser } from './syntax/support';

const text = readFileSync(join(root, 'examples/fourcastnet/networks/afno.py'), 'utf8');
/** Where a cell may begin: at top-level statements that begin a line. */
const borders = parse(text)
  .body.map(({ start }) => start)
  .filter((start) => start > 0 && text[start - 1] === '\n');

const targets = catalog.targets.choose(['mindspore@cpu']).chosen;

function notebookOf(cuts: readonly number[]): { notebook: NotebookFile; context: FixContext } {
  const places = [0, ...[...new Set(cuts)].sort((a, b) => a - b), text.length];
  const sources = places.slice(1).map((end, i) => text.slice(places[i], end).replace(/\n$/, ''));
  const cells = sources.map((source) => ({ cell_type: 'code', outputs: [], source: source.split(/^/m) }));
  const notebook = NotebookFile.read(JSON.stringify({ cells, nbformat: 4 }));
  if ('fault' in notebook) throw new Error(notebook.fault);
  const module = parseCells(parser, notebook.joined);
  const semantics = analyzeModule(module, { knowledge: catalog, moduleName: null });
  return { notebook, context: { text: notebook.joined.text, module, semantics, catalog, targets, named: namedRewrites } };
}

const alone = fileOf(text);
const fixedAlone = composeAll(alone, { safety: 'review' }).text();
const namesOf = ({ semantics }: FixContext): string[] => semantics.references.map(({ name, confidence }) => `${name} ${confidence}`);

it('a program in cells is the same program', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.subarray(borders), (cuts) => {
      const { notebook, context } = notebookOf(cuts);
      expect(notebook.joined.text).toBe(text);
      expect(namesOf(context)).toEqual(namesOf(alone));
      const { text: json } = notebook.change(
        context.module,
        (stays) => composeAll(context, { safety: 'review', only: (one) => !stays(one) }).edits,
      );
      const after = readNotebook(json);
      if ('problem' in after) throw new Error(after.problem);
      const joined = after.cells.map(({ source }) => source).join('\n');
      // which blank lines go with a removed statement depends on where its cell ends
      const lines = (of: string): string[] => of.split('\n').filter((line) => line.trim() !== '');
      expect(lines(joined)).toEqual(lines(fixedAlone));
    }),
    { numRuns: 12 },
  );
});

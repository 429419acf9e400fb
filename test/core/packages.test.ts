/** Records of whole packages (`torch_harmonics.*`): used where a name has no record of its own, and never for the program's own files. */
import { describe, expect, it } from 'vitest';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import { findFindings } from '../../server/src/core/rules/findings';
import { namedRewrites } from '../../server/src/core/fixes/rewrites';
import { analyzeModule, type ModuleSummary } from '../../server/src/core/semantics/analyze';
import { catalogOf, fileOf, parse } from './scene';

const record = (torch: string, say: string, more: Partial<ApiRecord> = {}): ApiRecord => ({
  torch,
  kind: 'module',
  routes: [{ on: ['mindspore@*'], verdict: 'restructure', safety: 'manual', note: { en: say, zh: say } }],
  examples: [],
  sources: ['s'],
  ...more,
});

const using = catalogOf(
  record('neuralop.*', 'the package'),
  record('neuralop.losses.*', 'its losses'),
  record('neuralop.losses.LpLoss', 'the class', { kind: 'class' }),
);

const said = (text: string): [string | undefined, string | undefined][] =>
  findFindings(fileOf(text, ['mindspore@cpu'], using)).map(({ reference, note }) => [reference?.name, note?.en]);

describe('a record of a package', () => {
  it('speaks of every name below it', () => {
    expect(said('from neuralop.models import FNO\nnet = FNO(n_modes=(4, 4))\n')).toEqual([['neuralop.models.FNO', 'the package']]);
  });

  it('gives way to the record of a nearer package, and that to one of the name', () => {
    expect(said('import neuralop\nneuralop.losses.H1Loss()\nneuralop.losses.LpLoss()\n')).toEqual([
      ['neuralop.losses.H1Loss', 'its losses'],
      ['neuralop.losses.LpLoss', 'the class'],
    ]);
  });

  it('does not speak of packages whose names begin alike', () => {
    expect(using.entry('neuralops.models.FNO')).toBeUndefined();
    expect(using.entry('neuralop2')).toBeUndefined();
    expect(using.entry('neuralop')?.record.torch).toBe('neuralop.*');
  });

  it('is not used for a package that the program brings itself', () => {
    const text = 'from neuralop.models import FNO\nnet = FNO(n_modes=(4, 4))\n';
    const module = parse(text);
    const here: ModuleSummary = { module: 'neuralop', exports: {}, all: null, stars: [] };
    const summaries = { module: (name: string) => (name === 'neuralop' ? here : undefined) };
    const semantics = analyzeModule(module, { knowledge: using, moduleName: 'train', summaries });
    const targets = using.targets.choose(['mindspore@cpu']).chosen;
    const found = findFindings({ text, module, semantics, catalog: using, targets, named: namedRewrites });
    expect(found.map(({ verdict, note }) => [verdict, note])).toEqual([['unknown', null]]);
  });
});

/** Tables 2 and 3: training runs of one framework in the paper's columns, with ratio and per cent of the training time to a baseline. */
import { chipKind } from '../../launch/chips';
import { type RunSummary } from '../document';
import { chipNamed, type ChipFacts } from './hardware';
import paper from './paper.json';
import {
  compared,
  comparisonNotes,
  differences,
  empty,
  fromPaper,
  measured,
  measuredSource,
  type PaperTable,
  paperSource,
  ratioColumns,
  sourceColumn,
  type TableCell,
  type TableColumn,
  type TableInput,
  type TableNote,
  type TableRow,
} from './table';

const setup: TableColumn[] = [
  { name: 'chip', head: 'column.chip', numeric: false },
  { name: 'memory_gb', head: 'column.memory', numeric: true },
  { name: 'devices', head: 'column.devices', numeric: true },
  { name: 'batch', head: 'column.batch', numeric: true },
];

const results: TableColumn[] = [
  { name: 'seconds_per_epoch', head: 'column.secondsPerEpoch', numeric: true },
  { name: 'convergence_epoch', head: 'column.convergenceEpoch', numeric: true },
  { name: 'training_seconds', head: 'column.trainingSeconds', numeric: true },
];

/** What tells rows apart that the paper's columns do not; a column stands there when its values differ. */
const tellingApart = ['name', 'precision', 'mode', 'seed'] as const;

/** beside the batch, where runs load their data in different ways */
const loaders: TableColumn = { name: 'workers', head: 'column.workers', numeric: true };

export type Framework = 'PyTorch' | 'MindSpore';

export function isFramework(run: Pick<RunSummary, 'framework'>, framework: Framework): boolean {
  return run.framework.startsWith(framework);
}

export function trainingTable(id: '2' | '3', input: TableInput): PaperTable {
  const { baseline, chips } = input;
  const framework = id === '2' ? 'PyTorch' : 'MindSpore';
  const runs = input.runs.filter((run) => run.kind !== 'infer' && isFramework(run, framework));
  const extra = tellingApart.filter((field) => new Set(runs.map((run) => run[field])).size > 1 && !sameAsSetup(runs, field));
  const withLoaders = new Set(runs.map((run) => run.workers)).size > 1;
  const source = input.paper ? [sourceColumn] : [];
  const ratios = baseline === null ? [] : ratioColumns;
  const rows = runs.map((run): TableRow => {
    const isBaseline = run.id === baseline?.id;
    const doubtful = baseline !== null && !isBaseline && differences(run, baseline).length > 0;
    return {
      source: 'measured',
      run: run.id,
      baseline: isBaseline,
      cells: [
        ...(input.paper ? [measuredSource] : []),
        ...extra.map((field): TableCell => ({ value: run[field] })),
        { value: run.chip },
        memoryOf(run, chips),
        { value: run.devices },
        run.batch === null ? { value: null, missing: 'not_reported' } : { value: run.batch },
        ...(withLoaders ? [{ value: run.workers ?? null }] : []),
        measured(run.secondsPerEpoch),
        measured(run.convergenceEpoch),
        measured(run.trainingSeconds),
        ...(baseline === null ? [] : compared(run.trainingSeconds.value, baseline.trainingSeconds.value, isBaseline, doubtful)),
      ],
    };
  });
  return {
    id,
    columns: [
      ...source,
      ...extra.map((field): TableColumn => ({ name: field, head: `column.${field}`, numeric: field === 'seed' })),
      ...setup,
      ...(withLoaders ? [loaders] : []),
      ...results,
      ...ratios,
    ],
    rows: [...rows, ...(input.paper ? paperRows(framework, extra.length, withLoaders, baseline, chips) : [])],
    notes: notes(id, runs, input),
  };
}

/** Names that only repeat chip, devices and batch need no column. */
function sameAsSetup(runs: readonly RunSummary[], field: (typeof tellingApart)[number]): boolean {
  if (field !== 'name') return false;
  const places = new Set(
    runs.map((run) => JSON.stringify([run.chip, run.devices, run.batch, run.precision, run.mode, run.seed, run.workers])),
  );
  return places.size === runs.length;
}

/** Of the chip; on the processor that of the machine, as it was seen when the run began. */
function memoryOf(run: RunSummary, chips: readonly ChipFacts[]): TableCell {
  const fact = chipNamed(run.chip, chips)?.memoryGB?.[0];
  if (fact !== undefined) return { value: fact.value };
  if (run.memoryGB !== undefined) return { value: run.memoryGB };
  return chipKind(run.chip) === 'cpu' ? empty : { value: null, missing: 'no_fact' };
}

/** The paper's rows; compared with the row of the paper that has the baseline's set-up. */
function paperRows(
  framework: Framework,
  extra: number,
  withLoaders: boolean,
  baseline: RunSummary | null,
  chips: readonly ChipFacts[],
): TableRow[] {
  const own = (chip: string): string => chipNamed(chip, chips)?.id ?? chip.toLowerCase();
  const base =
    baseline === null
      ? undefined
      : paper.training.find(
          (row) =>
            isFramework(baseline, row.framework as Framework) &&
            own(row.chip) === own(baseline.chip) &&
            row.devices === baseline.devices &&
            row.batch === baseline.batch,
        );
  return paper.training
    .filter((row) => row.framework === framework)
    .map((row): TableRow => {
      const doubtful = base !== undefined && row !== base && (row.batch !== base.batch || row.devices !== base.devices);
      return {
        source: 'paper',
        run: null,
        baseline: false,
        cells: [
          fromPaper,
          ...Array.from({ length: extra }, () => empty),
          { value: row.chip },
          { value: row.memory },
          { value: row.devices },
          { value: row.batch },
          ...(withLoaders ? [empty] : []),
          { value: row.secondsPerEpoch },
          { value: row.convergenceEpoch },
          { value: row.trainingSeconds },
          ...(baseline === null ? [] : compared(row.trainingSeconds, base?.trainingSeconds ?? null, row === base, doubtful)),
        ],
      };
    });
}

function notes(id: '2' | '3', runs: readonly RunSummary[], { baseline, convergence, paper: withPaper }: TableInput): TableNote[] {
  const { window, epsilon } = convergence;
  return [
    { key: 'note.form', args: { id, source: paperSource } },
    ...(runs.length === 0 ? [{ key: 'note.empty' as const, args: {} }] : []),
    { key: 'note.training', args: {} },
    { key: 'note.convergence', args: { window: String(window), epsilon: String(Number((epsilon * 100).toPrecision(4))) } },
    ...comparisonNotes(runs, baseline, (run) => run.trainingSeconds),
    ...(withPaper ? [{ key: 'note.paper' as const, args: { source: paperSource } }] : []),
  ];
}

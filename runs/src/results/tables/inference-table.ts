/** Table 4: seconds per forecast step on one card, by model, framework and chip. */
import { type RunSummary } from '../document';
import { chipNamed } from './hardware';
import paper from './paper.json';
import {
  compared,
  comparisonNotes,
  differences,
  fromPaper,
  label,
  measured,
  measuredSource,
  type PaperTable,
  paperSource,
  ratioColumns,
  sourceColumn,
  type TableColumn,
  type TableInput,
  type TableRow,
} from './table';
import { type Framework, isFramework } from './training-table';

const columns: TableColumn[] = [
  { name: 'model', head: 'column.model', numeric: false },
  { name: 'framework', head: 'column.framework', numeric: false },
  { name: 'chip', head: 'column.chip', numeric: false },
  { name: 'seconds_per_step', head: 'column.stepSeconds', numeric: true },
];

const spread: TableColumn[] = [
  { name: 'p95', head: 'column.p95', numeric: true },
  { name: 'n', head: 'column.samples', numeric: true },
];

/** The model of a run: the group it was run in, else its name. */
function modelOf(run: RunSummary): string {
  return run.group ?? label(run);
}

export function inferenceTable(input: TableInput): PaperTable {
  const { baseline, chips } = input;
  const inferring = input.runs.filter((run) => run.kind !== 'train');
  const runs = inferring.filter((run) => run.devices === 1);
  const left = inferring.filter((run) => run.devices !== 1);
  const sameChip = (a: string, b: string): boolean => (chipNamed(a, chips)?.id ?? a) === (chipNamed(b, chips)?.id ?? b);
  const withSpread = runs.some((run) => run.inferenceSecondsPerStep.n > 1);
  /**
   * Each model has a baseline row of its own: the chosen run, or the model's row of the same framework and chip. Runs without a group and with a
   * name nobody shares are compared with the chosen run itself.
   */
  const baseOf = (run: RunSummary): RunSummary | null => {
    const model = modelOf(run);
    if (baseline === null || modelOf(baseline) === model) return baseline;
    const alike = runs.filter((other) => modelOf(other) === model);
    if (alike.length === 1 && run.group === undefined && baseline.group === undefined) return baseline;
    return alike.find((other) => other.framework === baseline.framework && sameChip(other.chip, baseline.chip)) ?? null;
  };
  const rows = runs.map((run): TableRow => {
    const base = baseOf(run);
    const isBaseline = run.id === base?.id;
    const measure = run.inferenceSecondsPerStep;
    const doubtful = base !== null && !isBaseline && differences(run, base).length > 0;
    return {
      source: 'measured',
      run: run.id,
      baseline: run.id === baseline?.id,
      cells: [
        ...(input.paper ? [measuredSource] : []),
        { value: modelOf(run) },
        { value: [run.framework, run.mode].filter(Boolean).join(', ') },
        { value: run.chip },
        measured(measure),
        ...(withSpread ? [{ value: measure.p95 ?? null }, { value: measure.value === null ? null : measure.n }] : []),
        ...(baseline === null ? [] : compared(measure.value, base?.inferenceSecondsPerStep.value ?? null, isBaseline, doubtful)),
      ],
    };
  });
  const paperRows = paper.inference.map((row): TableRow => {
    const base =
      baseline === null
        ? undefined
        : paper.inference.find(
            (other) =>
              other.model === row.model && isFramework(baseline, other.framework as Framework) && sameChip(other.chip, baseline.chip),
          );
    return {
      source: 'paper',
      run: null,
      baseline: false,
      cells: [
        fromPaper,
        { value: row.model },
        { value: row.framework },
        { value: row.chip },
        { value: row.secondsPerStep },
        ...(withSpread ? [{ value: null }, { value: null }] : []),
        ...(baseline === null ? [] : compared(row.secondsPerStep, base?.secondsPerStep ?? null, row === base, false)),
      ],
    };
  });
  return {
    id: '4',
    columns: [
      ...(input.paper ? [sourceColumn] : []),
      ...columns,
      ...(withSpread ? spread : []),
      ...(baseline === null ? [] : ratioColumns),
    ],
    rows: [...rows, ...(input.paper ? paperRows : [])],
    notes: [
      { key: 'note.form', args: { id: '4', source: paperSource } },
      ...(runs.length === 0 ? [{ key: 'note.empty' as const, args: {} }] : []),
      { key: 'note.inference', args: {} },
      ...(left.length === 0 ? [] : [{ key: 'note.devices' as const, args: { runs: left.map(label).join(', ') } }]),
      ...comparisonNotes(runs, baseline, (run) => run.inferenceSecondsPerStep),
      ...(input.paper ? [{ key: 'note.paper' as const, args: { source: paperSource } }] : []),
    ],
  };
}

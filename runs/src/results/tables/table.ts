/** A table in the form of the paper's, as data: filled from runs, rendered by `render.ts` and `latex.ts`, drawn by the page. */
import { type Measure, type RunSummary } from '../document';
import { percent } from '../ratio';
import { type ChipFacts } from './hardware';
import { type TableWord } from './words';

/** The paper's tables, and a plain one of all runs. */
export const tableIds = ['1', '2', '3', '4', 's1'] as const;
export type TableId = (typeof tableIds)[number] | 'runs';

export type MissingReason = NonNullable<Measure['missing']> | 'no_fact';

/** `value` null: not measured, for the reason `missing`; without a reason the cell is empty. */
export interface TableCell {
  value: string | number | null;
  missing?: MissingReason;
  /** how the value is written where that is not how numbers are written: a per cent, a word */
  shown?: string | TableWordCell;
  /** the measure the value comes from, for its spread */
  measure?: Measure;
  /** compared with a baseline that differs in more than chip and framework */
  doubtful?: boolean;
}

/** A word of the reader's language in place of a value. */
export interface TableWordCell {
  word: TableWord;
}

export interface TableColumn {
  /** in CSV and JSON, the same in every language */
  name: string;
  head: TableWord;
  numeric: boolean;
}

export interface TableRow {
  source: 'measured' | 'paper';
  /** id of the run; null for figures of the paper and facts about chips */
  run: string | null;
  baseline: boolean;
  cells: TableCell[];
}

export interface TableNote {
  key: TableWord;
  args: Record<string, string>;
  /** arguments that are lists of words */
  lists?: Record<string, TableWord[]>;
}

export interface PaperTable {
  id: TableId;
  columns: TableColumn[];
  rows: TableRow[];
  notes: TableNote[];
}

/** What a table is filled from. */
export interface TableInput {
  runs: readonly RunSummary[];
  /** need not be among `runs` */
  baseline: RunSummary | null;
  /** the figures the paper prints stand below the measured ones */
  paper: boolean;
  convergence: { window: number; epsilon: number };
  chips: readonly ChipFacts[];
}

export const empty: TableCell = { value: null };

export function measured(measure: Measure): TableCell {
  return measure.value === null ? { value: null, missing: measure.missing ?? 'not_reported' } : { value: measure.value, measure };
}

/** What a run was, for people: its name. */
export function label(run: RunSummary): string {
  return run.name || run.id;
}

/** Ratio and per cent of a row to the baseline. */
export function compared(row: number | null, base: number | null, isBaseline: boolean, doubtful: boolean): [TableCell, TableCell] {
  if (isBaseline) return [row === null ? empty : { value: 1, shown: '1.000' }, { value: 0, shown: { word: 'cell.baseline' } }];
  if (row === null || base === null || base === 0) return [empty, empty];
  const ratio = row / base;
  const mark = doubtful ? { doubtful: true } : {};
  return [
    { value: ratio, shown: ratio.toFixed(3), ...mark },
    { value: (ratio - 1) * 100, shown: percent(ratio), ...mark },
  ];
}

/** In what a run differs from the baseline besides chip and framework; version, mode and code only count within one framework. */
export function differences(run: RunSummary, baseline: RunSummary): TableWord[] {
  const fields = ['precision', 'batch', 'devices', 'seed', 'workers'] as const;
  const differing: TableWord[] = fields.filter((field) => run[field] !== baseline[field]).map((field) => `column.${field}` as const);
  if (run.framework === baseline.framework && run.mode !== baseline.mode) differing.push('column.mode');
  return differing;
}

/** One note a run whose ratio says less than it seems to. */
export function differenceNotes(runs: readonly RunSummary[], baseline: RunSummary | null): TableNote[] {
  if (baseline === null) return [];
  return runs.flatMap((run) => {
    const fields = run.id === baseline.id ? [] : differences(run, baseline);
    return fields.length === 0 ? [] : [{ key: 'note.differs' as const, args: { run: label(run) }, lists: { fields } }];
  });
}

export const paperSource = 'arXiv:2510.17852';

/** Notes on comparing: what the ratio is, where it says less than it seems to, and that single values give no verdict. */
export function comparisonNotes(
  runs: readonly RunSummary[],
  baseline: RunSummary | null,
  compare: (run: RunSummary) => Measure,
): TableNote[] {
  if (baseline === null) return [];
  const single = runs.some((run) => run.id !== baseline.id && compare(run).n === 1);
  return [
    { key: 'note.ratio', args: { run: label(baseline) } },
    ...differenceNotes(runs, baseline),
    ...(single ? [{ key: 'note.single' as const, args: {} }] : []),
  ];
}

export const sourceColumn: TableColumn = { name: 'source', head: 'column.source', numeric: false };
export const measuredSource: TableCell = { value: 'measured', shown: { word: 'source.measured' } };
export const fromPaper: TableCell = { value: 'paper', shown: { word: 'source.paper' } };

export const ratioColumns: readonly TableColumn[] = [
  { name: 'ratio', head: 'column.ratio', numeric: true },
  { name: 'percent', head: 'column.percent', numeric: true },
];

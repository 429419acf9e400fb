/** What the reader chose: everything that survives when the panel is hidden, moved or reopened. */
import type { ComparisonDocument } from '../../../../runs/src/results/document';
import { tableIds } from '../../../../runs/src/results/tables/table';
import { columnIds, defaultColumns, type ColumnId } from './columns';
import { initialFigures, restoreFigures, type FigureState } from './figure-state';
import type { ScoreChoice } from './measures';
import type { LossAxis } from './series';

export interface Sort {
  column: ColumnId;
  direction: 'ascending' | 'descending';
}

export interface ViewState {
  baseline: string | null;
  /** runs taken out of charts and exports */
  hidden: string[];
  /** the table leaves hidden runs out as well */
  onlyShown: boolean;
  filter: string;
  sort: Sort | null;
  comparison: 'inline' | 'columns' | 'off';
  spread: boolean;
  columns: ColumnId[];
  axis: LossAxis;
  log: boolean;
  train: boolean;
  validation: boolean;
  score: Partial<ScoreChoice>;
  figures: FigureState;
  /** which of the paper's tables is shown, and whether its printed figures stand there too */
  paper: { table: PaperTableId; printed: boolean };
  /** the reader's own notes, plain text; the host keeps them with what is compared, and the document brings them */
  notes: string;
  /** what the rows of the table are gathered by */
  group: GroupBy;
}

export type PaperTableId = (typeof tableIds)[number];
export const groupings = ['none', 'group', 'chip', 'framework', 'precision', 'batch', 'devices', 'kind'] as const;
export type GroupBy = (typeof groupings)[number];

export function initialState(document: ComparisonDocument): ViewState {
  return {
    baseline: document.baseline,
    hidden: [],
    onlyShown: false,
    filter: '',
    sort: null,
    comparison: 'inline',
    spread: true,
    columns: [...defaultColumns],
    axis: 'epoch',
    log: false,
    train: true,
    validation: true,
    score: {},
    figures: initialFigures,
    paper: { table: '2', printed: false },
    notes: document.notes ?? '',
    group: 'none',
  };
}

/** A stored state as far as it still fits the document; anything else falls back to the initial choice. */
export function restoreState(stored: unknown, document: ComparisonDocument): ViewState {
  const state = initialState(document);
  if (typeof stored !== 'object' || stored === null) return state;
  const given = stored as Record<string, unknown>;
  const ids = new Set(document.runs.map((run) => run.id));
  const isColumn = (value: unknown): value is ColumnId => (columnIds as readonly unknown[]).includes(value);

  const baseline = given['baseline'];
  if (baseline === null || (typeof baseline === 'string' && ids.has(baseline))) state.baseline = baseline;
  if (Array.isArray(given['hidden'])) state.hidden = given['hidden'].filter((id): id is string => typeof id === 'string' && ids.has(id));
  if (typeof given['filter'] === 'string') state.filter = given['filter'];
  for (const flag of ['onlyShown', 'spread', 'log', 'train', 'validation'] as const) {
    const value = given[flag];
    if (typeof value === 'boolean') state[flag] = value;
  }
  const comparison = given['comparison'];
  if (comparison === 'inline' || comparison === 'columns' || comparison === 'off') state.comparison = comparison;
  const axis = given['axis'];
  if (axis === 'epoch' || axis === 'step' || axis === 'time') state.axis = axis;
  if (Array.isArray(given['columns'])) state.columns = columnIds.filter((id) => (given['columns'] as unknown[]).includes(id));
  const sort = given['sort'] as Partial<Sort> | null | undefined;
  if (sort && isColumn(sort.column) && (sort.direction === 'ascending' || sort.direction === 'descending')) {
    state.sort = { column: sort.column, direction: sort.direction };
  }
  const score = given['score'] as Record<string, unknown> | null | undefined;
  if (score && typeof score === 'object') {
    for (const key of ['variable', 'rmse', 'acc'] as const) {
      const value = score[key];
      if (typeof value === 'string') state.score[key] = value;
    }
    if (typeof score['lead'] === 'number') state.score.lead = score['lead'];
  }
  state.figures = restoreFigures(given['figures']);
  const paper = given['paper'] as Record<string, unknown> | null | undefined;
  const table = tableIds.find((id) => id === paper?.['table']);
  if (table) state.paper = { table, printed: paper?.['printed'] === true };
  state.group = groupings.find((by) => by === given['group']) ?? 'none';
  return state;
}

/** The comparison table as data: which rows in which order, and for each cell what it shows, sorts by and explains. */
import type { ComparisonDocument, Measure, RunSummary } from '../../../../runs/src/results/document';
import type { Text } from '../text';
import { cleanText } from './clean';
import { frameworkLabel, isMeasure, modeLabel, setupValue, type ColumnId, type SetupId } from './columns';
import type { Format } from './format';
import { measureKinds, measureOf, type MeasureId, type ScoreChoice } from './measures';
import { originLines } from './origin';
import { compareMeasures, hasSpread, type Comparison, type Verdict } from './ratio';
import type { GroupBy, Sort, ViewState } from './state';

export interface Cell {
  column: ColumnId;
  text: string;
  /** a second, quieter line of the cell (framework mode) */
  note: string | null;
  missing: boolean;
  comparison: { ratio: string; percent: string; verdict: Verdict } | null;
  /** range, and how many samples with which median */
  spread: string[] | null;
  /** how the number came about, line by line */
  details: string[];
}

export interface Badge {
  kind: 'baseline' | 'state' | SetupBadge | 'seed' | 'code';
  text: string;
  /** differs from the baseline row in something other than chip or framework */
  differs: boolean;
}

type SetupBadge = 'chip' | 'framework' | 'precision' | 'batch' | 'devices' | 'workers';

export interface Row {
  id: string;
  run: RunSummary;
  name: string;
  shown: boolean;
  baseline: boolean;
  badges: Badge[];
  explanation: string | null;
  cells: Cell[];
}

export interface Words {
  text: Text;
  format: Format;
}

/** Rows in display order: the baseline first, then by the chosen column; runs without a value come last either way. */
export function tableRows(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, words: Words): Row[] {
  const baseline = document.runs.find((run) => run.id === state.baseline) ?? null;
  return orderedRuns(document, state, choice, words.text.locale).map((run) => rowOf(run, baseline, state, choice, words));
}

/** The runs the table lists, filtered and in order. */
export function orderedRuns(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, locale: string): RunSummary[] {
  const needle = state.filter.trim().toLocaleLowerCase(locale);
  const hidden = new Set(state.hidden);
  const listed = document.runs.filter((run) => {
    if (run.id === state.baseline) return true;
    if (state.onlyShown && hidden.has(run.id)) return false;
    return needle === '' || haystack(run).toLocaleLowerCase(locale).includes(needle);
  });
  const sorted = state.sort ? sortRuns(listed, state.sort, choice, locale) : listed;
  const pinned = sorted.find((run) => run.id === state.baseline);
  const rest = gathered(
    sorted.filter((run) => run !== pinned),
    state.group,
  );
  return pinned ? [pinned, ...rest] : rest;
}

/** What a run is gathered under; empty where it does not say. */
export function groupOf(run: RunSummary, by: GroupBy): string {
  if (by === 'none') return '';
  return cleanText(String(run[by] ?? ''), 80);
}

/** Runs of one group one after the other, groups in the order of their first run. */
function gathered(runs: RunSummary[], by: GroupBy): RunSummary[] {
  if (by === 'none') return runs;
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const group = groupOf(run, by);
    groups.set(group, [...(groups.get(group) ?? []), run]);
  }
  return [...groups.values()].flat();
}

function haystack(run: RunSummary): string {
  return [run.name, run.chip, run.framework, run.frameworkVersion, run.mode, run.precision, run.state, run.kind].join(' ');
}

function sortRuns(runs: RunSummary[], sort: Sort, choice: ScoreChoice, locale: string): RunSummary[] {
  const collator = new Intl.Collator(locale, { numeric: true });
  const key = (run: RunSummary): string | number | null =>
    isMeasure(sort.column) ? measureOf(run, sort.column, choice).value : setupValue(run, sort.column);
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return [...runs].sort((left, right) => {
    const a = key(left);
    const b = key(right);
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * collator.compare(String(a), String(b));
  });
}

function rowOf(run: RunSummary, baseline: RunSummary | null, state: ViewState, choice: ScoreChoice, words: Words): Row {
  return {
    id: run.id,
    run,
    name: String(setupValue(run, 'name')),
    shown: !state.hidden.includes(run.id),
    baseline: run === baseline,
    badges: badgesOf(run, baseline, state.columns, words),
    explanation: run.explanation === null ? null : cleanText(run.explanation, 240) || null,
    cells: state.columns.map((column) =>
      isMeasure(column) ? measureCell(run, baseline, column, choice, words) : setupCell(run, column, words),
    ),
  };
}

/** What a reader must know to compare: set-up whose column is not shown or that differs from the baseline, seed and code. */
function badgesOf(run: RunSummary, baseline: RunSummary | null, columns: readonly ColumnId[], { text }: Words): Badge[] {
  const badges: Badge[] = [];
  if (run === baseline) badges.push({ kind: 'baseline', text: text.t('badge.baseline'), differs: false });
  if (run.state !== '' && run.state !== 'succeeded') badges.push({ kind: 'state', text: stateLabel(run, text), differs: false });
  const differs = (id: 'seed' | 'codeHash' | 'precision' | 'batch' | 'devices' | 'workers'): boolean =>
    baseline !== null && (run[id] ?? null) !== null && (baseline[id] ?? null) !== null && run[id] !== baseline[id];
  for (const id of ['chip', 'framework', 'precision', 'batch', 'devices', 'workers'] as const) {
    // chip and framework are what is compared: they may differ
    const differing = id !== 'chip' && id !== 'framework' && differs(id);
    const value = setupValue(run, id);
    if (value === null || (columns.includes(id) && !differing)) continue;
    const labelled = id === 'batch' || id === 'devices' || id === 'workers';
    badges.push({ kind: id, text: labelled ? text.t(`badge.${id}`, { n: value }) : String(value), differs: differing });
  }
  if (run.seed !== null) badges.push({ kind: 'seed', text: text.t('badge.seed', { seed: run.seed }), differs: differs('seed') });
  const code = setupValue(run, 'code');
  if (code !== null && code !== '')
    badges.push({ kind: 'code', text: text.t('badge.code', { hash: String(code).slice(0, 7) }), differs: differs('codeHash') });
  return badges;
}

export function stateLabel(run: RunSummary, text: Text): string {
  const key = `state.${run.state}`;
  return text.has(key) ? text.t(key) : cleanText(run.state, 30);
}

function setupCell(run: RunSummary, column: SetupId, words: Words): Cell {
  const { text, format } = words;
  const value = setupValue(run, column);
  const shown =
    value === null
      ? text.t('cell.unknown')
      : column === 'started'
        ? format.date(String(value))
        : column === 'seed'
          ? String(value)
          : typeof value === 'number'
            ? format.integer(value)
            : value;
  const details =
    column === 'framework'
      ? [frameworkLabel(run, text)]
      : column === 'name'
        ? [...(run.parts ?? [run.id]).map((id) => text.t('detail.run', { id: cleanText(id, 80) })), ...originLines(run, words)]
        : [];
  return {
    column,
    text: shown,
    note: column === 'framework' ? modeLabel(run, text) : null,
    missing: value === null,
    comparison: null,
    spread: null,
    details,
  };
}

function measureCell(run: RunSummary, baseline: RunSummary | null, column: MeasureId, choice: ScoreChoice, words: Words): Cell {
  const { text, format } = words;
  const measure = measureOf(run, column, choice);
  const kind = measureKinds[column];
  if (measure.value === null) {
    const reason = measure.missing ?? 'not_reported';
    return {
      column,
      text: text.t(`missing.short.${reason}`),
      note: null,
      missing: true,
      comparison: null,
      spread: null,
      details: [text.t(`missing.${reason}`)],
    };
  }
  const comparison = baseline && run !== baseline ? compareMeasures(measure, measureOf(baseline, column, choice), kind.better) : null;
  return {
    column,
    text: format.number(measure.value),
    note: null,
    missing: false,
    comparison: comparison && {
      ratio: format.ratio(comparison.ratio),
      percent: format.percent(comparison.change),
      verdict: comparison.verdict,
    },
    spread: hasSpread(measure) ? spreadLines(measure, words) : null,
    details: [
      ...valueDetails(measure, kind.unit, words),
      ...(run === baseline
        ? [text.t('detail.baseline')]
        : comparison
          ? comparisonDetails(comparison, words)
          : noComparison(baseline, words)),
    ],
  };
}

/** "5,320 … 5,510" and "n 74 · med 5,398": range, then how many and the median. */
export function spreadLines(measure: Measure & { min: number; max: number }, { text, format }: Words): string[] {
  const range = text.t('spread.range', { min: format.number(measure.min), max: format.number(measure.max) });
  const samples = text.t('spread.samples', { n: format.integer(measure.n) });
  return [
    range,
    measure.median === undefined ? samples : `${samples} · ${text.t('spread.median', { median: format.number(measure.median) })}`,
  ];
}

function valueDetails(measure: Measure, unit: string, { text, format }: Words): string[] {
  if (measure.value === null) return [];
  const seconds = unit === 's' ? format.duration(measure.value) : null;
  const value = [format.exact(measure.value), unit].filter(Boolean).join(' ');
  const lines = [seconds === null ? value : `${value} (${seconds})`];
  lines.push(
    hasSpread(measure)
      ? text.t(measure.median === undefined ? 'detail.range' : 'detail.spread', {
          n: measure.n,
          median: measure.median === undefined ? '' : format.exact(measure.median),
          min: format.exact(measure.min),
          max: format.exact(measure.max),
        })
      : text.t('detail.samples', { n: measure.n }),
  );
  if (measure.p95 !== undefined) lines.push(text.t('detail.p95', { value: format.exact(measure.p95) }));
  return lines;
}

function comparisonDetails(comparison: Comparison, { text, format }: Words): string[] {
  const parts = {
    row: format.exact(comparison.row),
    base: format.exact(comparison.base),
    ratio: format.ratio(comparison.ratio),
    percent: format.percent(comparison.change),
  };
  const lines = [text.t('detail.ratio', parts), text.t('detail.percent', parts)];
  if (comparison.verdict !== 'none') lines.push(text.t(`verdict.${comparison.verdict}.why`));
  return lines;
}

function noComparison(baseline: RunSummary | null, { text }: Words): string[] {
  return [text.t(baseline ? 'detail.no_ratio' : 'detail.no_baseline')];
}

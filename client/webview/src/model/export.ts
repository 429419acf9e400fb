/** Exports. They hold the shown runs in the order of the table, unrounded, and say what each number means. */
import type { ComparisonDocument, RunSummary } from '../../../../runs/src/results/document';
import { shortestDecimal } from '../../../../runs/src/results/loss-columns';
import { tableLatex } from '../../../../runs/src/results/tables/latex';
import { cleanText } from './clean';
import { csvText, type CsvValue } from './csv';
import { lossColumn, lossCount } from './loss-table';
import { frameworkLabel, isMeasure, setupValue, type ColumnId } from './columns';
import { definitionTerm, definitionText } from './definitions';
import { measureIds, measureKinds, measureOf, scoreCurve, type ScoreChoice } from './measures';
import { compareMeasures, hasSpread } from './ratio';
import { orderedRuns, spreadLines, stateLabel, type Words } from './rows';
import { convergenceLine, warningText } from './notes';
import type { ViewState } from './state';

/** Shown runs in table order; the filter and the ticks both count. */
function exportedRuns(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, locale: string): RunSummary[] {
  return orderedRuns(document, state, choice, locale).filter((run) => !state.hidden.includes(run.id));
}

/**
 * RFC 4180 with a byte order mark (spreadsheets read Chinese names right) and column names that do not depend on the language. Every measure comes
 * with n, min, median, max, p95, the reason when it is missing, ratio and per cent against the baseline.
 */
export function toCsv(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, locale: string): string {
  const baseline = document.runs.find((run) => run.id === state.baseline) ?? null;
  const setup = [
    'run_id', 'name', 'kind', 'state', 'chip', 'framework', 'framework_version', 'mode', 'precision', 'batch', 'devices', 'workers', 'seed', 'code_hash',
    'started_at', 'parameters', 'baseline', 'score_variable', 'score_lead_hours', 'rmse_definition', 'rmse_units', 'acc_definition',
  ]; // prettier-ignore
  const measured = measureIds.flatMap((id) => {
    const name = snake(id);
    return [name, ...['n', 'min', 'median', 'max', 'p95', 'missing', 'ratio', 'percent'].map((part) => `${name}_${part}`)];
  });
  const rows = exportedRuns(document, state, choice, locale).map((run): CsvValue[] => [
    run.id, run.name, run.kind, run.state, run.chip, run.framework, run.frameworkVersion, run.mode, run.precision, run.batch, run.devices, run.workers ?? null, run.seed,
    run.codeHash, run.startedAt, run.parameters, run === baseline ? 'yes' : 'no', choice.variable, choice.lead,
    scoreCurve(run, 'rmse', choice)?.definition ?? null, scoreCurve(run, 'rmse', choice)?.units ?? null,
    scoreCurve(run, 'acc', choice)?.definition ?? null,
    ...measureIds.flatMap((id): CsvValue[] => {
      const measure = measureOf(run, id, choice);
      const comparison = baseline ? compareMeasures(measure, measureOf(baseline, id, choice), measureKinds[id].better) : null;
      return [
        measure.value, measure.n, measure.min ?? null, measure.median ?? null, measure.max ?? null, measure.p95 ?? null,
        measure.value === null ? (measure.missing ?? 'not_reported') : null, comparison?.ratio ?? null,
        comparison ? comparison.change * 100 : null,
      ]; // prettier-ignore
    }),
  ]); // prettier-ignore
  return csvText([[...setup, ...measured], ...rows]);
}

/** Every point of the loss curves of the shown runs, one a row. */
export function lossData(runs: readonly RunSummary[]): { head: string[]; rows: Iterable<CsvValue[]> } {
  return { head: ['run_id', 'name', 'epoch', 'step', 'seconds', 'train_loss', 'validation_loss'], rows: lossRows(runs) };
}

function* lossRows(runs: readonly RunSummary[]): Iterable<CsvValue[]> {
  const names = ['epoch', 'step', 't', 'train', 'validation'] as const;
  for (const run of runs) {
    const columns = names.map((name) => lossColumn(run, name));
    // columns hold float32: written as they were measured, not with the noise of the conversion
    const short = run.lossColumns !== undefined;
    for (let i = 0; i < lossCount(run); i++) {
      const values = columns.map((column): CsvValue => {
        const value = column[i]!;
        return Number.isNaN(value) ? null : short ? shortestDecimal(value) : value;
      });
      yield [run.id, run.name, ...values];
    }
  }
}

/** Every point of one metric's curves over lead time, all variables and definitions. */
export function scoresData(runs: readonly RunSummary[], metric: 'rmse' | 'acc'): { head: string[]; rows: CsvValue[][] } {
  const rows: CsvValue[][] = [];
  for (const run of runs) {
    for (const curve of run.scores) {
      if (curve.metric !== metric) continue;
      for (const point of curve.points) {
        rows.push([run.id, run.name, metric, curve.definition, curve.variable, curve.units, point.leadHours, point.value]);
      }
    }
  }
  return { head: ['run_id', 'name', 'metric', 'definition', 'variable', 'units', 'lead_hours', 'value'], rows };
}

function snake(id: string): string {
  return id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The document as it came, with the reader's notes. */
export function toJson(source: unknown, { notes }: ViewState): string {
  const noted = notes === '' ? source : { ...(source as object), notes };
  return JSON.stringify(noted, null, 2) + '\n';
}

interface ShownTable {
  head: string[];
  numeric: boolean[];
  rows: string[][];
  /** what has to be known to read it, one sentence each */
  notes: string[];
}

/** The table in the reader's language with the shown columns and runs. */
function shownTable(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, words: Words): ShownTable {
  const { text, format } = words;
  const baseline = document.runs.find((run) => run.id === state.baseline) ?? null;
  const runs = exportedRuns(document, state, choice, text.locale);
  const comparing = baseline !== null && state.comparison !== 'off';
  const head = state.columns.flatMap((id) => {
    const name = columnTitle(id, document, choice, words);
    return isMeasure(id) && comparing ? [name, text.t('column.ratio'), text.t('column.percent')] : [name];
  });
  const numeric = state.columns.flatMap((id) => (isMeasure(id) ? (comparing ? [true, true, true] : [true]) : [false]));
  const rows = runs.map((run) =>
    state.columns.flatMap((id) => {
      if (!isMeasure(id)) return [setupText(run, id, run === baseline, words)];
      const measure = measureOf(run, id, choice);
      const value = measure.value === null ? text.t(`missing.short.${measure.missing ?? 'not_reported'}`) : format.number(measure.value);
      const spread = state.spread && hasSpread(measure) ? ` (${spreadLines(measure, words).join(', ')})` : '';
      if (!comparing) return [value + spread];
      const comparison = run === baseline ? null : compareMeasures(measure, measureOf(baseline, id, choice), measureKinds[id].better);
      return [value + spread, comparison ? format.ratio(comparison.ratio) : '', comparison ? format.percent(comparison.change) : ''];
    }),
  );
  const notes = [
    baseline ? text.t('export.baseline', { run: String(setupValue(baseline, 'name')) }) : text.t('detail.no_baseline'),
    ...(baseline ? [text.t('export.ratio')] : []),
    `${text.t('column.convergenceEpoch')}: ${convergenceLine(document, words)}`,
    ...document.warnings.map((warning) => warningText(warning, text)),
  ];
  return { head, numeric, rows, notes };
}

/** Lines of the reader's own notes, cleaned like any foreign text. */
function noteLines({ notes }: ViewState): string[] {
  return notes
    .split(/\r?\n/)
    .map((line) => cleanText(line, 2000))
    .filter(Boolean);
}

/** The table followed by baseline, warnings, convergence rule, the reader's notes and definitions. */
export function toMarkdown(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, words: Words): string {
  const { text, format } = words;
  const { head, numeric, rows, notes } = shownTable(document, state, choice, words);
  const line = (cells: string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  const definitions = document.definitions.map(
    (definition) =>
      `${markdownText(definitionTerm(definition, text))}: ${markdownText(definitionText(definition, text))} ` +
      `${codeSpan(cleanText(definition.formula, 400))} (${markdownText(cleanText(definition.source, 300))})`,
  );
  const own = noteLines(state);
  return [
    `# ${markdownText(cleanText(document.title, 200) || text.t('page.title'))}`,
    '',
    markdownText(format.date(document.createdAt)),
    '',
    line(head),
    `| ${numeric.map((right) => (right ? '--:' : '---')).join(' | ')} |`,
    ...rows.map(line),
    '',
    ...notes.map((note) => `- ${markdownText(note)}`),
    '',
    ...(own.length ? [`## ${text.t('notes.title')}`, '', ...own.flatMap((note) => [markdownText(note), ''])] : []),
    ...(definitions.length ? [`## ${text.t('definitions.title')}`, '', ...definitions.map((item) => `- ${item}`), ''] : []),
  ].join('\n');
}

/** The same table for LaTeX, with what has to be known to read it and the reader's notes below. */
export function toLatex(document: ComparisonDocument, state: ViewState, choice: ScoreChoice, words: Words): string {
  const { notes, ...table } = shownTable(document, state, choice, words);
  const title = cleanText(document.title, 200) || words.text.t('page.title');
  return tableLatex({ ...table, title, notes: [...notes, ...noteLines(state)] });
}

function setupText(
  run: RunSummary,
  id: Exclude<ColumnId, (typeof measureIds)[number]>,
  isBaseline: boolean,
  { text, format }: Words,
): string {
  if (id === 'framework') return frameworkLabel(run, text) || text.t('cell.unknown');
  const value = setupValue(run, id);
  if (value === null) return text.t('cell.unknown');
  if (id === 'started') return format.date(String(value));
  if (id !== 'name') return String(value);
  const marks = [
    ...(isBaseline ? [text.t('badge.baseline')] : []),
    ...(run.state && run.state !== 'succeeded' ? [stateLabel(run, text)] : []),
  ];
  return marks.length ? `${value} (${marks.join(', ')})` : String(value);
}

/** "RMSE z500, 72 h (m²/s²)", "Time / epoch (s)". */
function columnTitle(id: ColumnId, document: ComparisonDocument, choice: ScoreChoice, words: Words): string {
  const { name, at, unit } = columnHeading(id, document, choice, words);
  return `${[name, at].filter(Boolean).join(' ')}${unit ? ` (${unit})` : ''}`;
}

export function columnHeading(
  id: ColumnId,
  document: ComparisonDocument,
  choice: ScoreChoice,
  { text, format }: Words,
): { name: string; at: string; unit: string } {
  const name = text.t(`column.${id}`);
  if (id === 'rmse' || id === 'acc') {
    if (choice.variable === null || choice.lead === null) return { name, at: '', unit: '' };
    const units = document.runs.map((run) => scoreCurve(run, id, choice)?.units).find((unit) => unit);
    const at = text.t('column.score_at', { variable: cleanText(choice.variable, 30), lead: format.integer(choice.lead) });
    return { name, at, unit: unitText(units) };
  }
  return { name, at: '', unit: isMeasure(id) ? measureKinds[id].unit : '' };
}

/** A unit as it stands beside a name; "1" is the unit of pure numbers and says nothing. */
export function unitText(units: string | undefined): string {
  return units === undefined || units === '1' ? '' : cleanText(units, 20);
}

/** Text that Markdown and the HTML it becomes take for text. */
function markdownText(value: string): string {
  return value.replace(/[\\`*_[\]|<>#~!]/g, (mark) => `\\${mark}`);
}

function codeSpan(value: string): string {
  const longest = Math.max(0, ...Array.from(value.matchAll(/`+/g), (match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${fence}${pad}${value.replaceAll('|', '\\|')}${pad}${fence}`;
}

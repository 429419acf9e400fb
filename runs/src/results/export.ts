/** The comparison as CSV, Markdown, JSON and as a table for a terminal. */
import { type Language, type MessageKey, render } from '../messages';
import { alignColumns } from './align';
import { figure, measureColumns, missingText, scoreLabel, textColumns } from './columns';
import { type ComparisonDocument, type RunSummary } from './document';
import { csvLine, guarded } from './csv';
import { percent, ratio } from './ratio';

export function toJson(document: ComparisonDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** RFC 4180; unrounded; column names are the same in every language. A missing number is empty and its reason stands in a column of its own. */
export function toCsv(document: ComparisonDocument): string {
  const baseline = baselineOf(document);
  const head = ['run_id', ...textColumns.map((column) => column.name), 'seed', 'code_hash', 'started_at', 'parameters', 'score'];
  for (const { name, compared } of measureColumns) {
    head.push(name, `${name}_n`, `${name}_min`, `${name}_median`, `${name}_max`, `${name}_p95`, `${name}_missing`);
    if (compared) head.push(`${name}_ratio`);
  }
  const rows = document.runs.map((run) => {
    const row: (string | number | null | undefined)[] = [run.id, ...textColumns.map((column) => guarded(column.of(run)))];
    row.push(run.seed, run.codeHash, run.startedAt, run.parameters, guarded(scoreLabel(run)));
    for (const { of, compared } of measureColumns) {
      const measure = of(run);
      row.push(
        measure.value,
        measure.n,
        measure.min,
        measure.median,
        measure.max,
        measure.p95,
        measure.value === null ? measure.missing : null,
      );
      if (compared) row.push(baseline === null ? null : ratio(measure, of(baseline)));
    }
    return row;
  });
  return [head, ...rows].map(csvLine).join('');
}

/** A table a row per run, then warnings and the definitions of the columns. */
export function toMarkdown(document: ComparisonDocument, language: Language): string {
  const { head, rows, numeric } = table(document, language);
  const cell = (text: string): string => text.replace(/[\\|<>[\]`*_]/g, '\\$&').replace(/\s+/g, ' ');
  const warnings = document.warnings.length === 0 ? [] : [...warningLines(document, language).map((line) => `- ${cell(line)}`), ''];
  const lines = [
    `# ${cell(document.title)}`,
    '',
    `| ${head.map(cell).join(' | ')} |`,
    `| ${numeric.map((right) => (right ? '--:' : '---')).join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
    ...warnings,
    `## ${render(language, 'export.definitions')}`,
    '',
    cell(render(language, 'export.convergence', convergenceArguments(document))),
    '',
    ...document.definitions.map((d) => `- **${d.id}**: ${cell(d[language])} \`${d.formula}\` (${cell(d.source)})`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Most runs a terminal shows as columns. */
const mostColumns = 5;

/** The table for a terminal: few runs stand side by side as columns, many as rows; text columns nobody has a value for are left out. */
export function toTable(document: ComparisonDocument, language: Language): string {
  const { head, rows, numeric } = table(document, language);
  const all = [head, ...rows];
  const turned = head.map((_, i) => all.map((row) => row[i]!));
  const aligned = rows.length <= mostColumns ? alignColumns(turned) : alignColumns(all, numeric);
  const lines = [...warningLines(document, language), render(language, 'export.convergence', convergenceArguments(document))];
  return `${aligned}\n${lines.join('\n')}\n`;
}

function convergenceArguments(document: ComparisonDocument): Record<string, string> {
  return { window: String(document.convergence.window), epsilon: figure(document.convergence.epsilon * 100) };
}

function baselineOf(document: ComparisonDocument): RunSummary | null {
  return document.runs.find((run) => run.id === document.baseline) ?? null;
}

function table(document: ComparisonDocument, language: Language): { head: string[]; rows: string[][]; numeric: boolean[] } {
  const baseline = baselineOf(document);
  const told = textColumns.filter((column) => document.runs.some((run) => column.of(run) !== ''));
  const head = told.map((column) => render(language, column.key));
  const numeric = head.map(() => false);
  for (const { key } of measureColumns) {
    head.push(render(language, key));
    numeric.push(true);
  }
  const rows = document.runs.map((run) => {
    const row = told.map((column) => clean(column.name === 'name' && run === baseline ? `${column.of(run)} *` : column.of(run)));
    for (const { of, compared, name } of measureColumns) {
      const measure = of(run);
      const against = compared && baseline !== null && run !== baseline ? ratio(measure, of(baseline)) : null;
      let text = measure.value === null ? missingText(measure, language) : figure(measure.value);
      if (against !== null) text += ` (${percent(against)})`;
      if ((name === 'rmse' || name === 'acc') && measure.value !== null) text += ` (${clean(scoreLabel(run))})`;
      row.push(text);
    }
    return row;
  });
  return { head, rows, numeric };
}

function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ').slice(0, 80);
}

/** Warnings in words. */
function warningLines(document: ComparisonDocument, language: Language): string[] {
  return document.warnings.map(({ id, args }) => {
    const cleaned = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, clean(value)]));
    return render(language, `warning.${id}` as MessageKey, cleaned);
  });
}

/** Tables as text: Markdown, CSV, JSON and lines for a terminal. LaTeX is in `latex.ts`. */
import { type Language } from '../../messages';
import { alignColumns } from '../align';
import { csvLine, guarded } from '../csv';
import { type PaperTable, type TableCell, type TableNote } from './table';
import { word } from './words';

/** A table in words of one language. */
export interface TextTable {
  title: string;
  head: string[];
  numeric: boolean[];
  rows: string[][];
  notes: string[];
}

/** Numbers as the paper prints them: whole ones whole, others with four significant digits, none grouped. */
function tableNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-4) return value.toExponential(3);
  return size >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}

/** @param number how numbers are written */
export function cellText(cell: TableCell, language: Language, number: (value: number) => string = tableNumber): string {
  const { value, missing, shown, doubtful } = cell;
  if (typeof shown === 'object') return word(language, shown.word);
  if (value === null) return missing === undefined ? '' : word(language, `missing.${missing}`);
  const text = shown ?? (typeof value === 'number' ? number(value) : value);
  return doubtful ? `${text}†` : text;
}

export function noteText({ key, args, lists = {} }: TableNote, language: Language): string {
  const listed = Object.entries(lists).map(([name, words]) => [
    name,
    words.map((item) => word(language, item)).join(language === 'zh' ? '、' : ', '),
  ]);
  return word(language, key, { ...args, ...(Object.fromEntries(listed) as Record<string, string>) });
}

export function textTable(table: PaperTable, language: Language): TextTable {
  return {
    title: word(language, `title.${table.id}`),
    head: table.columns.map(({ head }) => word(language, head)),
    numeric: table.columns.map(({ numeric }) => numeric),
    rows: table.rows.map(({ cells }) => cells.map((cell) => cellText(cell, language))),
    notes: table.notes.map((note) => noteText(note, language)),
  };
}

export function tableMarkdown({ title, head, numeric, rows, notes }: TextTable): string {
  const cell = (text: string): string => plainLine(text).replace(/[\\|<>[\]`*_~#]/g, '\\$&');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return `${[
    `# ${cell(title)}`,
    '',
    line(head),
    `| ${numeric.map((right) => (right ? '--:' : '---')).join(' | ')} |`,
    ...rows.map(line),
    '',
    ...notes.map((note) => `- ${cell(note)}`),
  ].join('\n')}\n`;
}

export function tableLines({ title, head, numeric, rows, notes }: TextTable): string {
  const clean = (cells: readonly string[]): string[] => cells.map((text) => plainLine(text).slice(0, 80));
  return [title, '', alignColumns([clean(head), ...rows.map(clean)], numeric), ...notes.map(plainLine)].join('\n') + '\n';
}

/** Unrounded, with column names that do not depend on the language; what is missing is empty and its reason stands beside it. */
export function tableCsv(table: PaperTable): string {
  const head = [
    'run_id',
    'row_source',
    ...table.columns.flatMap(({ name }) => [name, ...(reasoned(table, name) ? [`${name}_missing`] : [])]),
  ];
  const rows = table.rows.map(({ run, source, cells }) => [
    run,
    source,
    ...table.columns.flatMap(({ name }, i) => [plain(cells[i]!.value), ...(reasoned(table, name) ? [cells[i]!.missing ?? null] : [])]),
  ]);
  return [head, ...rows].map(csvLine).join('');
}

function plain(value: string | number | null): string | number | null {
  return typeof value === 'string' ? guarded(plainLine(value)) : value;
}

/** Whether a value of this column is missing for a reason. */
function reasoned(table: PaperTable, name: string): boolean {
  const at = table.columns.findIndex((column) => column.name === name);
  return table.rows.some(({ cells }) => cells[at]!.missing !== undefined);
}

/** One object a row, unrounded, with the spread of what was measured. */
export function tableJson(table: PaperTable, language: Language): string {
  const rows = table.rows.map(({ run, source, baseline, cells }) => ({
    run,
    source,
    baseline,
    values: Object.fromEntries(table.columns.map(({ name }, i) => [name, cells[i]!.value])),
    missing: Object.fromEntries(
      table.columns.flatMap(({ name }, i) => (cells[i]!.missing === undefined ? [] : [[name, cells[i]!.missing]])),
    ),
    measures: Object.fromEntries(
      table.columns.flatMap(({ name }, i) => (cells[i]!.measure === undefined ? [] : [[name, cells[i]!.measure]])),
    ),
  }));
  const text = {
    table: table.id,
    columns: table.columns.map(({ name }) => name),
    rows,
    notes: table.notes.map((note) => noteText(note, language)),
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}

/** Texts come from programs and people: one line, no control characters, no marks that reorder what surrounds them. */
function plainLine(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .trim();
}

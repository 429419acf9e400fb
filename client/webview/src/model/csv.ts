/** RFC 4180 with a byte order mark, so that spreadsheets read Chinese names right. */
import { cleanText } from './clean';

export type CsvValue = string | number | null;

export function csvText(rows: Iterable<readonly CsvValue[]>): string {
  let text = '\ufeff';
  for (const row of rows) text += csvLine(row);
  return text;
}

/** characters a text may have before it is kept in parts: one string cannot hold ten million rows */
const mostCharacters = 1 << 24;

/** The same as a text, or in parts where it is long. */
export function csvFile(head: readonly string[], rows: Iterable<readonly CsvValue[]>): string | Blob {
  const parts: Blob[] = [];
  let text = '\ufeff' + csvLine(head);
  for (const row of rows) {
    text += csvLine(row);
    if (text.length < mostCharacters) continue;
    parts.push(new Blob([text]));
    text = '';
  }
  return parts.length === 0 ? text : new Blob([...parts, text], { type: 'text/csv' });
}

function csvLine(row: readonly CsvValue[]): string {
  return row.map(csvField).join(',') + '\r\n';
}

function csvField(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  // a text that a spreadsheet would take for a formula is marked as text
  const clean = cleanText(value, 500);
  const safe = /^[=+\-@]/.test(clean) ? `'${clean}` : clean;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180 with a byte order mark, so that spreadsheets read Chinese names right. */
import { cleanText } from './clean';

export type CsvValue = string | number | null;

export function csvText(rows: readonly (readonly CsvValue[])[]): string {
  return '\ufeff' + rows.map((row) => row.map(csvField).join(',') + '\r\n').join('');
}

function csvField(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  // a text that a spreadsheet would take for a formula is marked as text
  const clean = cleanText(value, 500);
  const safe = /^[=+\-@]/.test(clean) ? `'${clean}` : clean;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

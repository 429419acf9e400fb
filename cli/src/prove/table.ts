/** Columns of text for a terminal. */

/** Columns a text takes: Chinese characters take two. */
const width = (text: string): number => [...text].reduce((sum, character) => sum + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0);

/** Rows with their columns aligned, the first to the left, the others to the right. */
export function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column]!))));
  const cell = (text: string, column: number): string => {
    const space = ' '.repeat(widths[column]! - width(text));
    return column === 0 ? text + space : space + text;
  };
  return rows.map((row) => row.map(cell).join('  ')).join('\n');
}

/** An error as a figure: – for none. */
export const figure = (value: number | null): string => (value === null ? '–' : value === 0 ? '0' : value.toExponential(1));

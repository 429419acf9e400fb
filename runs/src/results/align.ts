/** Columns of text aligned by their width on a terminal, where CJK characters take two cells. */

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

/** Cells a text takes on a terminal. */
function displayWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += wide.test(character) ? 2 : 1;
  return cells;
}

/** Rows (the first is the head, underlined) as lines; columns marked in `numeric` are aligned to the right. */
export function alignColumns(rows: readonly (readonly string[])[], numeric: readonly boolean[] = []): string {
  const head = rows[0] ?? [];
  const widths = head.map((_, i) => Math.max(...rows.map((row) => displayWidth(row[i] ?? ''))));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, i) => {
        const text = row[i] ?? '';
        const space = ' '.repeat(width - displayWidth(text));
        return numeric[i] ? space + text : text + space;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width));
  return [head, rule, ...rows.slice(1)].map((row) => `${line(row)}\n`).join('');
}

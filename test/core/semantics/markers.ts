/**
 * Markers in fixtures: comment lines below a line of code say which references it holds.
 *
 *     x = F.relu(y)
 *     #   ^^^^^^ certain torch.nn.functional.relu
 *     params.log()
 *     # none
 *
 * Carets stand below the reference's span; `#<--` begins in the column of its `#`. A line with markers has no other references than the marked
 * ones; `# none` says that it has none. With `# every line` in its first line a file has no references outside marked lines.
 */
export interface Marker {
  start: number;
  end: number;
  confidence: string;
  name: string;
}

export interface MarkedLine {
  /** 0-based line of the code */
  line: number;
  markers: Marker[];
}

const CARETS = /^(\s*#\s*)(\^+)\s+(certain|likely|possible)\s+([\w.]+)\s*$/;
const ARROW = /^(\s*)#(<-*)\s+(certain|likely|possible)\s+([\w.]+)\s*$/;
const NONE = /^\s*#\s*none\s*$/;

export function readMarkers(text: string): { lines: MarkedLine[]; everyLine: boolean } {
  const rows = text.split('\n');
  const lines: MarkedLine[] = [];
  let code = -1;
  let current: MarkedLine | null = null;
  rows.forEach((row, i) => {
    const carets = CARETS.exec(row);
    const arrow = carets ? null : ARROW.exec(row);
    if (!carets && !arrow && !NONE.test(row)) {
      code = i;
      current = null;
      return;
    }
    if (!current) lines.push((current = { line: code, markers: [] }));
    const match = carets ?? arrow;
    if (!match) return;
    const start = carets ? carets[1]!.length : arrow![1]!.length;
    const length = carets ? carets[2]!.length : arrow![2]!.length + 1;
    current.markers.push({ start, end: start + length, confidence: match[3]!, name: match[4]! });
  });
  return { lines, everyLine: /^#\s*every line/.test(rows[0] ?? '') };
}

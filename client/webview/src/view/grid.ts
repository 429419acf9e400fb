/** A table that is one tab stop: arrow keys move between cells, and what can be pressed in a cell is pressed where the focus already is. */

export class GridFocus {
  private at: { row: string; column: string } | null = null;

  constructor(private readonly table: HTMLTableElement) {
    table.addEventListener('keydown', (event) => this.onKey(event));
    table.addEventListener('focusin', (event) => {
      const cell = (event.target as Element).closest<HTMLElement>('td, th');
      if (cell) this.remember(cell);
    });
    // a click puts the keyboard where the eye is
    table.addEventListener('mousedown', (event) => {
      const cell = (event.target as Element).closest<HTMLElement>('td, th');
      if (cell) this.remember(cell);
    });
  }

  /** After the rows were drawn again: the same cell is the tab stop, and has the focus if it had. */
  refresh(hadFocus: boolean): void {
    for (const cell of this.table.querySelectorAll<HTMLElement>('td, th')) focusTarget(cell).tabIndex = -1;
    const cell =
      this.cellAt(this.at) ?? this.table.querySelector<HTMLElement>('thead th:has(button)') ?? this.table.querySelector<HTMLElement>('th');
    if (!cell) return;
    focusTarget(cell).tabIndex = 0;
    if (hadFocus) focusTarget(cell).focus({ preventScroll: true });
  }

  private remember(cell: HTMLElement): void {
    const before = this.cellAt(this.at);
    if (before) focusTarget(before).tabIndex = -1;
    this.at = { row: cell.closest('tr')?.dataset['row'] ?? '', column: cell.dataset['column'] ?? '' };
    focusTarget(cell).tabIndex = 0;
  }

  private cellAt(at: { row: string; column: string } | null): HTMLElement | undefined {
    if (!at) return undefined;
    const row = [...this.table.rows].find((tr) => tr.dataset['row'] === at.row);
    return [...(row?.cells ?? [])].find((cell) => cell.dataset['column'] === at.column);
  }

  private onKey(event: KeyboardEvent): void {
    const cell = (event.target as Element).closest<HTMLTableCellElement>('td, th');
    const row = cell?.closest('tr');
    if (!cell || !row || event.altKey || event.metaKey) return;
    const rows = [...this.table.rows];
    const y = rows.indexOf(row);
    const x = cell.cellIndex;
    const lastX = row.cells.length - 1;
    const page = 10;
    const target: Record<string, [number, number]> = {
      ArrowRight: [y, x + 1],
      ArrowLeft: [y, x - 1],
      ArrowDown: [y + 1, x],
      ArrowUp: [y - 1, x],
      Home: event.ctrlKey ? [0, 0] : [y, 0],
      End: event.ctrlKey ? [rows.length - 1, lastX] : [y, lastX],
      PageDown: [Math.min(y + page, rows.length - 1), x],
      PageUp: [Math.max(y - page, 0), x],
    };
    const to = target[event.key];
    if (!to || (event.ctrlKey && event.key !== 'Home' && event.key !== 'End')) return;
    let next = rows[to[0]]?.cells[to[1]];
    // the line over a group has one cell: up and down pass over it
    if (rows[to[0]]?.cells.length === 1) next = rows[2 * to[0] - y]?.cells[to[1]] ?? rows[to[0] + Math.sign(to[0] - y)]?.cells[to[1]];
    event.preventDefault();
    if (next) focusTarget(next).focus();
  }
}

function focusTarget(cell: HTMLElement): HTMLElement {
  return cell.querySelector<HTMLElement>('button, input') ?? cell;
}

/** The comparison table: the runs in the form of the paper's tables, each number beside its ratio to the baseline. */
import { columnHeading } from '../model/export';
import { isMeasure, isNumeric, type ColumnId } from '../model/columns';
import type { Verdict } from '../model/ratio';
import { columnHelp } from '../model/definitions';
import { groupOf, tableRows, type Badge, type Cell, type Row } from '../model/rows';
import type { PageContext, Section } from './context';
import { foreign, h, icon } from './dom';
import { GridFocus } from './grid';
import { runMark, swatch } from './marks';
import { TableTools } from './table-tools';
import { explain } from './tooltip';

const verdictMarks = { better: '✓', worse: '✗', within: '≈' } as const;

export class TableSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-runs-title' });
  private readonly tools = new TableTools();
  private readonly table = h('table', { class: 'mp-table', role: 'grid', 'aria-labelledby': 'mp-runs-title' });
  private readonly scroll = h('div', { class: 'mp-scroll' }, this.table);
  private readonly foot = h('p', { class: 'mp-foot' });
  private readonly grid = new GridFocus(this.table);
  /** the baseline row sticks right under the head, however high that is */
  private readonly headSize = new ResizeObserver(([head]) => {
    this.scroll.style.setProperty('--mp-head-height', `${head?.borderBoxSize[0]?.blockSize ?? 0}px`);
  });

  constructor() {
    this.element = h(
      'section',
      { class: 'mp-section', 'aria-labelledby': 'mp-runs-title' },
      this.heading,
      this.tools.element,
      this.scroll,
      this.foot,
    );
  }

  update(context: PageContext): void {
    const { document: doc, state, choice, words } = context;
    const { text, format } = words;
    const rows = tableRows(doc, state, choice, words);
    this.heading.textContent = text.t('table.title');
    this.tools.update(context);

    const hadFocus = this.table.contains(document.activeElement);
    this.table.replaceChildren(this.head(context, rows), h('tbody', {}, ...this.body(rows, context)));
    this.grid.refresh(hadFocus);
    this.foot.replaceChildren(
      ...[
        text.t('table.count', {
          rows: format.integer(rows.length),
          all: format.integer(doc.runs.length),
          shown: format.integer(context.shown.length),
        }),
        state.baseline !== null && state.comparison !== 'off' ? text.t('table.marks') : '',
      ]
        .filter(Boolean)
        .map((line) => h('span', {}, line)),
    );
    this.headSize.disconnect();
    if (this.table.tHead) this.headSize.observe(this.table.tHead);
  }

  dispose(): void {
    this.headSize.disconnect();
  }

  private head(context: PageContext, rows: readonly Row[]): HTMLElement {
    const { state, words } = context;
    const { text } = words;
    const shown = rows.filter((row) => row.shown).length;
    const all = h('input', {
      type: 'checkbox',
      'aria-label': text.t('table.show_all'),
      checked: shown === rows.length && rows.length > 0,
      onchange: () => {
        const listed = new Set(rows.map((row) => row.id));
        const hidden = state.hidden.filter((id) => !listed.has(id));
        const next = all.checked ? hidden : [...hidden, ...listed];
        context.change({ hidden: next }, text.t(all.checked ? 'announce.all_shown' : 'announce.all_hidden', { n: listed.size }));
      },
    });
    all.indeterminate = shown > 0 && shown < rows.length;
    return h(
      'thead',
      {},
      h(
        'tr',
        { 'data-row': '' },
        h('th', { scope: 'col', class: 'mp-tick', 'data-column': 'show' }, all),
        h('th', { scope: 'col', class: 'mp-tick', 'data-column': 'pin' }, h('span', { class: 'mp-hidden' }, text.t('column.pin'))),
        ...state.columns.flatMap((id) => this.headCells(id, context)),
      ),
    );
  }

  private headCells(id: ColumnId, context: PageContext): HTMLElement[] {
    const { document: doc, state, choice, words } = context;
    const { text } = words;
    const { name, at, unit } = columnHeading(id, doc, choice, words);
    const sorted = state.sort?.column === id ? state.sort.direction : null;
    const button = h(
      'button',
      { type: 'button', class: 'mp-sort', onclick: () => this.sort(id, name, context) },
      h(
        'span',
        { class: 'mp-head-name' },
        name,
        at || unit ? h('span', { class: at ? 'mp-unit mp-at' : 'mp-unit' }, foreign(` ${[at, unit].filter(Boolean).join(' · ')}`)) : null,
      ),
      h('span', { class: sorted ? 'mp-sort-mark' : 'mp-sort-mark mp-sort-none' }, icon(sorted === 'descending' ? 'down' : 'up')),
    );
    explain(button, columnHelp(doc, id, choice, text));
    const cell = h(
      'th',
      {
        scope: 'col',
        'data-column': id,
        'aria-sort': sorted ?? 'none',
        class:
          [isNumeric(id) ? 'mp-number' : '', id === 'name' ? 'mp-name' : '', isMeasure(id) ? 'mp-measure' : ''].join(' ').trim() || null,
      },
      button,
    );
    if (!this.ownColumns(id, state)) return [cell];
    const extra = (part: 'ratio' | 'percent'): HTMLElement => {
      const head = h('th', { scope: 'col', class: 'mp-number mp-part', 'data-column': `${id}.${part}` });
      head.append(h('span', { class: 'mp-hidden' }, `${name} `), text.t(`column.${part}`));
      explain(head, [text.t(`how.${part}`)]);
      return head;
    };
    return [cell, extra('ratio'), extra('percent')];
  }

  private ownColumns(id: ColumnId, state: PageContext['state']): boolean {
    return isMeasure(id) && state.comparison === 'columns' && state.baseline !== null;
  }

  private sort(id: ColumnId, name: string, context: PageContext): void {
    const { sort } = context.state;
    const { text } = context.words;
    const same = sort?.column === id;
    if (same && sort.direction === 'descending') return context.change({ sort: null }, text.t('announce.unsorted'));
    const direction = same ? 'descending' : 'ascending';
    context.change({ sort: { column: id, direction } }, text.t(`announce.sorted.${direction}`, { column: name }));
  }

  private row(row: Row, context: PageContext): HTMLElement {
    const { text } = context.words;
    const hidden = context.state.hidden;
    const tick = h('input', {
      type: 'checkbox',
      checked: row.shown,
      'aria-label': text.t('table.show', { run: row.name }),
      onchange: () =>
        context.change(
          { hidden: tick.checked ? hidden.filter((id) => id !== row.id) : [...hidden, row.id] },
          text.t(tick.checked ? 'announce.shown' : 'announce.hidden', { run: row.name }),
        ),
    });
    const pin = h(
      'button',
      {
        type: 'button',
        class: 'mp-pin',
        'aria-pressed': String(row.baseline),
        'aria-label': text.t('table.pin', { run: row.name }),
        onclick: () =>
          row.baseline
            ? context.change({ baseline: null }, text.t('announce.no_baseline'))
            : context.change({ baseline: row.id }, text.t('announce.baseline', { run: row.name })),
      },
      icon('pin'),
    );
    explain(pin, [text.t(row.baseline ? 'table.unpin.tip' : 'table.pin.tip')]);
    return h(
      'tr',
      { 'data-row': row.id, class: [row.baseline ? 'mp-baseline' : '', row.shown ? '' : 'mp-off'].join(' ').trim() || null },
      h('td', { class: 'mp-tick', 'data-column': 'show' }, tick),
      h('td', { class: 'mp-tick', 'data-column': 'pin' }, pin),
      ...row.cells.flatMap((cell) => (cell.column === 'name' ? [this.nameCell(row, cell, context)] : this.cells(cell, context))),
    );
  }

  /** The rows, under a line a group where they are gathered; the baseline stands above all groups. */
  private body(rows: readonly Row[], context: PageContext): HTMLElement[] {
    const { group: by, baseline } = context.state;
    if (by === 'none') return rows.map((row) => this.row(row, context));
    let last: string | null = null;
    return rows.flatMap((row) => {
      const line = this.row(row, context);
      const group = groupOf(row.run, by);
      if (row.id === baseline || group === last) return [line];
      last = group;
      const { text } = context.words;
      const n = rows.filter((other) => other.id !== baseline && groupOf(other.run, by) === group).length;
      const name = text.t('table.group.head', { by: text.t(`table.group.${by}`), value: group === '' ? text.t('cell.unknown') : group, n });
      const head = h('th', { scope: 'rowgroup', colspan: line.children.length, class: 'mp-group', 'data-column': 'show' }, foreign(name));
      return [h('tr', { 'data-row': `group ${group}`, class: 'mp-group-row' }, head), line];
    });
  }

  private nameCell(row: Row, cell: Cell, context: PageContext): HTMLElement {
    const { text } = context.words;
    const name =
      context.host.kind === 'vscode'
        ? h(
            'button',
            {
              type: 'button',
              class: 'mp-link',
              'aria-label': text.t('table.open', { run: row.name }),
              onclick: () => context.host.send({ type: 'openRun', id: row.id }),
            },
            foreign(row.name),
          )
        : h('span', { class: 'mp-run-name' }, foreign(row.name));
    explain(name, cell.details);
    return h(
      'th',
      { scope: 'row', class: 'mp-name', 'data-column': 'name' },
      h('span', { class: 'mp-name-line' }, swatch(runMark(context.position(row.id))), name),
      row.badges.length > 0 && h('span', { class: 'mp-badges' }, ...row.badges.map((badge) => badgeOf(badge, context))),
      row.explanation !== null && h('span', { class: 'mp-explanation' }, icon('error'), foreign(row.explanation)),
    );
  }

  private cells(cell: Cell, context: PageContext): HTMLElement[] {
    const { state, words } = context;
    const value = h('td', {
      'data-column': cell.column,
      class:
        [isNumeric(cell.column) ? 'mp-number' : '', cell.missing ? 'mp-missing' : '', isMeasure(cell.column) ? 'mp-measure' : '']
          .join(' ')
          .trim() || null,
    });
    value.append(h('span', { class: 'mp-value' }, isMeasure(cell.column) ? cell.text : foreign(cell.text)));
    if (cell.note !== null) value.append(h('span', { class: 'mp-note' }, foreign(cell.note)));
    explain(value, cell.details);
    const own = this.ownColumns(cell.column, state);
    const mark = (): Node[] => (cell.comparison ? verdictNodes(cell.comparison.verdict, words.text) : []);
    if (cell.comparison && state.comparison === 'inline') {
      value.append(
        h(
          'span',
          { class: 'mp-compare' },
          h('span', { class: 'mp-percent' }, cell.comparison.percent),
          h('span', {}, cell.comparison.ratio),
          ...mark(),
        ),
      );
    }
    if (cell.spread !== null && state.spread) value.append(...cell.spread.map((line) => h('span', { class: 'mp-spread' }, line)));
    if (!own) return [value];
    const part = (name: 'ratio' | 'percent', content: Node | string | null, ...more: Node[]): HTMLElement => {
      const td = h('td', { class: 'mp-number mp-part', 'data-column': `${cell.column}.${name}` }, content, ...more);
      explain(td, cell.details);
      return td;
    };
    return [value, part('ratio', cell.comparison?.ratio ?? null), part('percent', cell.comparison?.percent ?? null, ...mark())];
  }
}

function verdictNodes(verdict: Verdict, text: PageContext['words']['text']): Node[] {
  if (verdict === 'single' || verdict === 'none') return [];
  const mark = verdictMarks[verdict];
  return [
    h('span', { class: `mp-verdict mp-${verdict}`, 'aria-hidden': 'true' }, mark),
    h('span', { class: 'mp-hidden' }, text.t(`verdict.${verdict}`)),
  ];
}

function badgeOf(badge: Badge, { words }: PageContext): HTMLElement {
  const element = h('span', { class: `mp-badge mp-badge-${badge.kind}${badge.differs ? ' mp-differs' : ''}` }, foreign(badge.text));
  if (badge.differs)
    element.append(h('span', { 'aria-hidden': 'true' }, ' ≠'), h('span', { class: 'mp-hidden' }, ` ${words.text.t('badge.differs')}`));
  return element;
}

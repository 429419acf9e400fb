/** The paper's Tables 1 to 4 and S1, filled from the ticked runs, with the printed figures beside them where the reader wants them. */
import { buildTable } from '../../../../runs/src/results/tables/build';
import { tableLatex } from '../../../../runs/src/results/tables/latex';
import { cellText, noteText, tableCsv, tableJson, tableMarkdown, textTable } from '../../../../runs/src/results/tables/render';
import { tableIds, type PaperTable, type TableCell } from '../../../../runs/src/results/tables/table';
import { word } from '../../../../runs/src/results/tables/words';
import { cleanText } from '../model/clean';
import { hasSpread } from '../model/ratio';
import type { ExportFormat } from '../protocol';
import type { PageContext, Section } from './context';
import { checkbox, radios, refill } from './controls';
import { foreign, h, icon } from './dom';
import { Memo } from './memo';
import { explain } from './tooltip';

export class PaperTableSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-paper-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly body = h('div');
  private readonly memo = new Memo();

  constructor() {
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-paper-title' }, this.heading, this.tools, this.body);
  }

  update(context: PageContext): void {
    const { document: doc, state, words } = context;
    const { text } = words;
    const { table: id, printed } = state.paper;
    if (!this.memo.changed(doc, text.lang, state.hidden, state.baseline, id, printed)) return;
    const table = buildTable(id, doc, { paper: printed, baseline: state.baseline, hidden: state.hidden });
    this.heading.textContent = text.t('paper.title');
    const button = (format: 'csv' | 'markdown' | 'latex' | 'json'): HTMLElement =>
      h(
        'button',
        {
          type: 'button',
          class: 'mp-button mp-quiet',
          'data-key': `paper.${format}`,
          'aria-label': text.t('paper.export', { format: text.t(`export.${format}`), title: text.t(`paper.table.${id}`) }),
          onclick: () => save(table, format, context),
        },
        icon('download'),
        text.t(`export.${format}`),
      );
    refill(this.tools, [
      radios(
        text.t('paper.table'),
        'mp-paper',
        tableIds.map((value) => ({ value, label: text.t(`paper.table.${value}`) })),
        id,
        (value) => context.change({ paper: { ...state.paper, table: value } }),
      ),
      checkbox(text.t('paper.printed'), printed, (on) => context.change({ paper: { ...state.paper, printed: on } })),
      h(
        'div',
        { class: 'mp-figure-buttons', role: 'group', 'aria-label': text.t('export.title') },
        ...(['csv', 'markdown', 'latex', 'json'] as const).map(button),
      ),
    ]);
    this.body.replaceChildren(drawn(table, context));
  }
}

const endings = { csv: 'csv', markdown: 'md', latex: 'tex', json: 'json' } as const;

function save(table: PaperTable, format: keyof typeof endings & ExportFormat, context: PageContext): void {
  const language = languageOf(context);
  const write = {
    csv: () => `\ufeff${tableCsv(table)}`,
    markdown: () => tableMarkdown(textTable(table, language)),
    latex: () => tableLatex(textTable(table, language)),
    json: () => tableJson(table, language),
  };
  context.save(`mindport-table-${table.id}.${endings[format]}`, format, write[format]());
}

function languageOf({ words }: PageContext): 'en' | 'zh' {
  return words.text.lang === 'en' ? 'en' : 'zh';
}

function drawn(table: PaperTable, context: PageContext): HTMLElement {
  const { text } = context.words;
  const language = languageOf(context);
  const title = word(language, `title.${table.id}`);
  const head = table.columns.map(({ head: key, numeric }) =>
    h('th', { scope: 'col', class: numeric ? 'mp-number' : null }, word(language, key)),
  );
  const rows = table.rows.map((row) => {
    const cells = row.cells.map((cell, i) => {
      const td = h(i === 0 ? 'th' : 'td', {
        ...(i === 0 ? { scope: 'row' } : {}),
        class: [table.columns[i]!.numeric ? 'mp-number' : '', cell.missing === undefined ? '' : 'mp-missing'].join(' ').trim() || null,
      });
      td.append(foreign(cleanText(cellText(cell, language, context.words.format.number), 120).replace(/^-(?=\d)/, '−')));
      explain(td, details(cell, context));
      return td;
    });
    return h(
      'tr',
      { class: [row.baseline ? 'mp-chosen' : '', row.source === 'paper' ? 'mp-printed' : ''].join(' ').trim() || null },
      ...cells,
    );
  });
  return h(
    'div',
    {},
    rows.length === 0
      ? null
      : h(
          'div',
          { class: 'mp-scroll', tabindex: 0, role: 'region', 'aria-label': text.t('twin.label', { title }) },
          h(
            'table',
            { class: 'mp-table mp-plain mp-paper-table' },
            h('caption', {}, `${text.t(`paper.table.${table.id as '1'}`)}. ${title}`),
            h('thead', {}, h('tr', {}, ...head)),
            h('tbody', {}, ...rows),
          ),
        ),
    h('ul', { class: 'mp-paper-notes' }, ...table.notes.map((note) => h('li', {}, foreign(cleanText(noteText(note, language), 800))))),
  );
}

/** How a value came about: the spread of what was measured. */
function details({ measure }: TableCell, { words }: PageContext): string[] {
  const { text, format } = words;
  if (!measure || measure.value === null) return [];
  if (!hasSpread(measure)) return [text.t('detail.samples', { n: measure.n })];
  const [median, min, max] = [measure.median ?? measure.value, measure.min, measure.max].map((value) => format.exact(value));
  return [
    text.t('detail.spread', { n: measure.n, median: median!, min: min!, max: max! }),
    ...(measure.p95 === undefined ? [] : [text.t('detail.p95', { value: format.exact(measure.p95) })]),
  ];
}

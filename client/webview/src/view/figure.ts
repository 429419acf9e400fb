/** A chart with everything it needs beside it: title, caption, legend, picture and data exports, and its twin as a table. */
import type { RunSummary } from '../../../../runs/src/results/document';
import type { PageContext } from './context';
import { freshId, h, icon } from './dom';
import { Legend } from './legend';
import { composePicture } from './picture';
import { Plot, type PlotSpec } from './plot';

export interface FigureContent {
  title: string;
  summary: string;
  fileName: string;
  runs: RunSummary[];
  plot: Omit<PlotSpec, 'label' | 'palette' | 'keys' | 'roleDescription' | 'announce' | 'tick'>;
  legendNote: Node | null;
  /** the twin is made when it is opened: long curves would fill the page with rows nobody asked for */
  twin(): Node;
  csv(): string;
}

export class Figure {
  readonly element: HTMLElement;
  private readonly title = h('h3', { id: freshId('figure') });
  private readonly caption = h('figcaption');
  private readonly buttons = h('div', { class: 'mp-figure-buttons' });
  private readonly plot: Plot;
  private readonly legend: Legend;
  private readonly twin = h('details', { class: 'mp-twin' });
  private readonly twinTitle = h('summary');
  private readonly twinBody = h('div', { class: 'mp-twin-body' });
  private content: FigureContent | null = null;

  constructor(height: number) {
    this.plot = new Plot(height);
    this.legend = new Legend((run) => this.plot.highlight(run));
    this.twin.append(this.twinTitle, this.twinBody);
    this.twin.addEventListener('toggle', () => this.fillTwin());
    this.element = h(
      'figure',
      { class: 'mp-figure', 'aria-labelledby': this.title.id },
      h('div', { class: 'mp-figure-head' }, this.title, this.buttons),
      this.caption,
      h('div', { class: 'mp-figure-body' }, this.plot.element, this.legend.element),
      this.twin,
    );
  }

  show(content: FigureContent, context: PageContext): void {
    const { text, format } = context.words;
    this.content = content;
    this.title.textContent = content.title;
    this.caption.textContent = content.summary;
    const save = (format: 'png' | 'csv'): HTMLElement =>
      h(
        'button',
        {
          type: 'button',
          class: 'mp-button mp-quiet',
          'aria-label': text.t(`figure.${format}.label`, { title: content.title }),
          'data-key': `${content.fileName}.${format}`,
          onclick: () => void this.export(format, context),
        },
        icon('download'),
        text.t(`figure.${format}`),
      );
    this.buttons.replaceChildren(save('png'), save('csv'));
    this.plot.show({
      ...content.plot,
      label: `${content.title}. ${content.summary}`,
      palette: context.palette,
      keys: text.t('chart.keys'),
      roleDescription: text.t('chart.role'),
      announce: context.announce,
      tick: format.tick,
    });
    this.legend.show(content.runs, context, content.legendNote);
    this.twinTitle.textContent = text.t('twin.open', { title: content.title });
    this.fillTwin();
  }

  retheme(context: PageContext): void {
    this.plot.retheme(context.palette);
  }

  dispose(): void {
    this.plot.dispose();
  }

  private fillTwin(): void {
    this.twinBody.replaceChildren(...(this.twin.open && this.content ? [this.content.twin()] : []));
  }

  private async export(format: 'png' | 'csv', context: PageContext): Promise<void> {
    const { content } = this;
    const { canvas } = this.plot;
    if (!content) return;
    if (format === 'csv') return context.save(`${content.fileName}.csv`, 'csv', content.csv());
    if (!canvas) return;
    const entries = content.runs.map((run) => ({ name: run.name, position: context.position(run.id) }));
    context.save(`${content.fileName}.png`, 'png', await composePicture(canvas, content.title, entries, context.palette));
  }
}

/** A table twin in its own scroll box, reachable by keyboard. */
export function twinTable(
  label: string,
  head: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
  note: string | null,
): HTMLElement {
  const box = h(
    'div',
    { class: 'mp-scroll mp-twin-scroll', tabindex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      { class: 'mp-table mp-plain' },
      h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, h('bdi', {}, name))))),
      h(
        'tbody',
        {},
        ...rows.map(([first, ...rest]) =>
          h('tr', {}, h('th', { scope: 'row' }, first ?? ''), ...rest.map((cell) => h('td', { class: 'mp-number' }, cell))),
        ),
      ),
    ),
  );
  return h('div', {}, note === null ? null : h('p', { class: 'mp-foot' }, note), box);
}

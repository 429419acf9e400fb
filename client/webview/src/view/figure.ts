/**
 * A figure with everything it needs beside it: title, caption, exports (`figure-export.ts`) and its twin as a table. `FigureFrame` holds any
 * drawing; `Figure` one with curves, a legend of runs and zoom.
 */
import type { RunSummary } from '../../../../runs/src/results/document';
import { runLabel } from '../model/run-label';
import type { PageContext } from './context';
import { freshId, h } from './dom';
import { exportButtons, type FigureData, type FigureExport } from './figure-export';
import { Legend } from './legend';
import { runMark } from './marks';
import { Plot, type PlotSpec } from './plot';

export interface FrameContent {
  title: string;
  summary: string;
  /** without its ending */
  fileName: string;
  /** the twin is made when it is opened: long curves would fill the page with rows nobody asked for */
  twin(): Node;
  /** what is saved when an export is pressed; null when there is nothing yet */
  picture(): FigureExport | null;
}

/** The frame of one figure. `body` is the drawing as the page shows it. */
export class FigureFrame {
  readonly element: HTMLElement;
  private readonly title = h('h3', { id: freshId('figure') });
  private readonly caption = h('figcaption');
  private readonly buttons = h('div', { class: 'mp-figure-buttons' });
  private readonly twin = h('details', { class: 'mp-twin' });
  private readonly twinTitle = h('summary');
  private readonly twinBody = h('div', { class: 'mp-twin-body' });
  private content: FrameContent | null = null;

  constructor(...body: Node[]) {
    this.twin.append(this.twinTitle, this.twinBody);
    this.twin.addEventListener('toggle', () => this.fillTwin());
    this.element = h(
      'figure',
      { class: 'mp-figure', 'aria-labelledby': this.title.id },
      h('div', { class: 'mp-figure-head' }, this.title, this.buttons),
      this.caption,
      h('div', { class: 'mp-figure-body' }, ...body),
      this.twin,
    );
  }

  show(content: FrameContent, context: PageContext): void {
    const { title, summary, fileName } = content;
    this.content = content;
    this.title.textContent = title;
    this.caption.textContent = summary;
    this.buttons.replaceChildren(...exportButtons(title, fileName, () => this.content?.picture() ?? null, context));
    this.twinTitle.textContent = context.words.text.t('twin.open', { title });
    this.fillTwin();
  }

  private fillTwin(): void {
    this.twinBody.replaceChildren(...(this.twin.open && this.content ? [this.content.twin()] : []));
  }
}

export interface FigureContent extends Omit<FrameContent, 'picture'> {
  runs: RunSummary[];
  plot: Omit<PlotSpec, 'label' | 'palette' | 'keys' | 'roleDescription' | 'announce' | 'tick'>;
  legendNote: Node | null;
  data(): FigureData;
}

/** of an exported chart, in CSS pixels */
const exportWidth = 960;

export class Figure {
  readonly element: HTMLElement;
  private readonly plot: Plot;
  private readonly legend: Legend;
  private readonly frame: FigureFrame;

  constructor(private readonly height: number) {
    this.plot = new Plot(height);
    this.legend = new Legend((run) => this.plot.highlight(run));
    this.frame = new FigureFrame(this.plot.element, this.legend.element);
    this.element = this.frame.element;
  }

  show(content: FigureContent, context: PageContext): void {
    const { text, format } = context.words;
    const { title, summary, fileName, twin } = content;
    this.plot.show({
      ...content.plot,
      label: `${title}. ${summary}`,
      palette: context.palette,
      keys: text.t('chart.keys'),
      roleDescription: text.t('chart.role'),
      announce: context.announce,
      tick: format.tick,
    });
    this.legend.show(content.runs, context, content.legendNote);
    const picture = (): FigureExport => ({
      title,
      fileName,
      width: exportWidth,
      height: Math.round(this.height * 1.25),
      draw: (surface, width, height, palette) => this.plot.drawOn(surface, width, height, palette),
      legend: content.runs.map((run) => ({ name: runLabel(run, context.document.runs), mark: runMark(context.position(run.id)) })),
      data: content.data,
    });
    this.frame.show({ title, summary, fileName, twin, picture }, context);
  }

  retheme(context: PageContext): void {
    this.plot.retheme(context.palette);
  }

  dispose(): void {
    this.plot.dispose();
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

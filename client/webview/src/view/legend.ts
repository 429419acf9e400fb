/** The runs of a chart with their line and marker. Pointing at one brings it to the front; pressing it keeps it there. */
import type { RunSummary } from '../../../../runs/src/results/document';
import { runLabel } from '../model/run-label';
import type { PageContext } from './context';
import { foreign, h } from './dom';
import { runMark, swatch } from './marks';

export class Legend {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private pressed: string | null = null;

  constructor(private readonly highlight: (runId: string | null) => void) {
    this.list = h('ul', { class: 'mp-legend-list' });
    this.element = h('div', { class: 'mp-legend' }, this.list);
  }

  show(runs: readonly RunSummary[], context: PageContext, note: Node | null): void {
    if (!runs.some((run) => run.id === this.pressed)) this.pressed = null;
    const focused = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['run'] : undefined;
    this.list.setAttribute('aria-label', context.words.text.t('legend.label'));
    this.list.replaceChildren(...runs.map((run) => h('li', {}, this.item(run, context))));
    this.element.replaceChildren(this.list, ...(note ? [note] : []));
    this.highlight(this.pressed);
    if (focused !== undefined) [...this.list.querySelectorAll('button')].find((button) => button.dataset['run'] === focused)?.focus();
  }

  private item(run: RunSummary, context: PageContext): HTMLElement {
    const back = (): void => this.highlight(this.pressed);
    const button = h(
      'button',
      {
        type: 'button',
        class: 'mp-legend-item',
        'aria-pressed': String(run.id === this.pressed),
        'data-run': run.id,
        onclick: () => {
          this.pressed = this.pressed === run.id ? null : run.id;
          for (const other of this.list.querySelectorAll('button')) {
            other.setAttribute('aria-pressed', String(other.dataset['run'] === this.pressed));
          }
          this.highlight(this.pressed);
        },
        onmouseenter: () => this.highlight(run.id),
        onmouseleave: back,
        onfocus: () => this.highlight(run.id),
        onblur: back,
      },
      swatch(runMark(context.position(run.id))),
      foreign(runLabel(run, context.document.runs)),
    );
    return button;
  }
}

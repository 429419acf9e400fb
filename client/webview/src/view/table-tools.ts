/** The controls over the table: filter, how to compare, which columns, and at which variable and lead time the scores are read. */
import { cleanText } from '../model/clean';
import { groupLabel } from '../model/definitions';
import { groupOfKey } from '../model/score-group';
import { columnIds, type ColumnId } from '../model/columns';
import { columnHeading } from '../model/export';
import { groupings } from '../model/state';
import type { PageContext } from './context';
import { checkbox, refill, select } from './controls';
import { h } from './dom';

export class TableTools {
  readonly element = h('div', { class: 'mp-tools' });
  private readonly filter = h('input', {
    type: 'search',
    class: 'mp-input',
    spellcheck: 'false',
    autocomplete: 'off',
    'data-key': 'filter',
  });
  private readonly filterLabel = h('span', { class: 'mp-label' });
  private readonly filterField = h('label', { class: 'mp-field' }, this.filterLabel, this.filter);
  private readonly rest = h('div', { class: 'mp-tools-rest' });
  private readonly columns = h('details', { class: 'mp-menu' });
  private context: PageContext | null = null;

  constructor() {
    this.filter.addEventListener('input', () => this.context?.change({ filter: this.filter.value }));
    this.columns.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.columns.open) return;
      this.columns.open = false;
      this.columns.querySelector('summary')?.focus();
    });
    this.columns.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !this.columns.contains(event.relatedTarget as Node)) this.columns.open = false;
    });
    this.element.append(this.filterField, this.rest, this.columns);
  }

  update(context: PageContext): void {
    this.context = context;
    const { state, choice, menu, words } = context;
    const { text, format } = words;
    this.filterLabel.textContent = text.t('table.filter');
    this.filter.placeholder = text.t('table.filter.hint');
    if (this.filter.value !== state.filter) this.filter.value = state.filter;

    const score = (patch: Partial<PageContext['choice']>): void => context.change({ score: { ...choice, ...patch } });
    const variables = menu.variables.map((value) => ({ value, label: cleanText(value, 40) }));
    const leads = menu.leads.map((lead) => ({ value: String(lead), label: text.t('lead.hours', { lead: format.integer(lead) }) }));
    const definition = (metric: 'rmse' | 'acc'): HTMLElement | null => {
      const offered = menu.groups[metric].get(choice.variable ?? '') ?? [];
      if (offered.length < 2 || choice[metric] === null) return null;
      return select(
        text.t(`table.definition.${metric}`),
        offered.map((value) => ({ value, label: groupLabel(groupOfKey(metric, value), context.document, text) })),
        choice[metric],
        (value) => score({ [metric]: value }),
      );
    };
    refill(this.rest, [
      state.baseline !== null
        ? select(
            text.t('table.compare'),
            (['inline', 'columns', 'off'] as const).map((value) => ({ value, label: text.t(`table.compare.${value}`) })),
            state.comparison,
            (comparison) => context.change({ comparison }),
          )
        : null,
      choice.variable !== null ? select(text.t('scores.variable'), variables, choice.variable, (variable) => score({ variable })) : null,
      choice.lead !== null ? select(text.t('table.lead'), leads, String(choice.lead), (lead) => score({ lead: Number(lead) })) : null,
      definition('rmse'),
      definition('acc'),
      select(
        text.t('table.group'),
        groupings.map((value) => ({ value, label: text.t(`table.group.${value}`) })),
        state.group,
        (group) => context.change({ group }),
      ),
      checkbox(text.t('table.spread'), state.spread, (spread) => context.change({ spread })),
      checkbox(text.t('table.only_shown'), state.onlyShown, (onlyShown) => context.change({ onlyShown })),
    ]);
    this.columnMenu(context);
  }

  private columnMenu(context: PageContext): void {
    const { state, words } = context;
    const toggle = (id: ColumnId, on: boolean): void =>
      context.change({ columns: columnIds.filter((other) => (other === id ? on : state.columns.includes(other))) });
    refill(this.columns, [
      h('summary', { class: 'mp-button', 'data-key': 'columns' }, words.text.t('table.columns')),
      h(
        'div',
        { class: 'mp-popup', role: 'group', 'aria-label': words.text.t('table.columns') },
        // a row without its run would say nothing
        ...columnIds
          .filter((id) => id !== 'name')
          .map((id) =>
            checkbox(columnHeading(id, context.document, context.choice, words).name, state.columns.includes(id), (on) => toggle(id, on)),
          ),
      ),
    ]);
  }
}

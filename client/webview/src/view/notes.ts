/** Warnings about comparing these rows, and what every number means. */
import { cleanText } from '../model/clean';
import { convergenceLine, warningText } from '../model/notes';
import type { PageContext, Section } from './context';
import { foreign, h, icon } from './dom';

export class WarningSection implements Section {
  readonly element = h('section', { class: 'mp-warnings' });

  update({ document: doc, words }: PageContext): void {
    const { text } = words;
    this.element.hidden = doc.warnings.length === 0;
    this.element.setAttribute('aria-label', text.t('warnings.title'));
    this.element.replaceChildren(
      h('h2', { class: 'mp-hidden' }, text.t('warnings.title')),
      h('ul', {}, ...doc.warnings.map((warning) => h('li', {}, icon('warning'), foreign(warningText(warning, text))))),
    );
  }
}

export class DefinitionSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-definitions-title' });
  private readonly list = h('dl', { class: 'mp-definitions' });

  constructor() {
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-definitions-title' }, this.heading, this.list);
  }

  update({ document: doc, words }: PageContext): void {
    const { text } = words;
    this.heading.textContent = text.t('definitions.title');
    const own = [
      {
        term: text.t('column.convergenceEpoch'),
        body: convergenceLine(doc, words),
        formula: 'e* = min { e : (b(e) − b(e+W)) / b(e) < ε }',
      },
      { term: text.t('column.ratio'), body: text.t('definitions.ratio'), formula: 'r = x / x₀,  Δ = (x − x₀) / |x₀|' },
      { term: text.t('definitions.verdict.term'), body: text.t('definitions.verdict'), formula: '' },
      { term: text.t('definitions.spread.term'), body: text.t('definitions.spread'), formula: '' },
    ];
    this.list.replaceChildren(
      ...doc.definitions.flatMap((definition) =>
        entry(
          cleanText(definition.id, 60),
          cleanText(text.lang === 'en' ? definition.en : definition.zh, 800),
          cleanText(definition.formula, 400),
          definition.source ? text.t('definitions.source', { source: cleanText(definition.source, 300) }) : '',
        ),
      ),
      ...own.flatMap(({ term, body, formula }) =>
        entry(term, body, formula, text.t('definitions.source', { source: text.t('definitions.ours') })),
      ),
    );
  }
}

function entry(term: string, body: string, formula: string, source: string): HTMLElement[] {
  return [
    h('dt', {}, foreign(term)),
    h(
      'dd',
      {},
      h('p', {}, foreign(body)),
      formula ? h('p', { class: 'mp-formula' }, h('code', { dir: 'ltr' }, formula)) : null,
      source ? h('p', { class: 'mp-source' }, foreign(source)) : null,
    ),
  ];
}

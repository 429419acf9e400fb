/** Warnings about comparing these rows, and what every number means. */
import { cleanText } from '../model/clean';
import { definitionTerm, definitionText } from '../model/definitions';
import { convergenceLine, warningText } from '../model/notes';
import type { PageContext, Section } from './context';
import { foreign, h, icon } from './dom';
import { Memo } from './memo';

export class WarningSection implements Section {
  readonly element = h('section', { class: 'mp-warnings' });
  private readonly memo = new Memo();

  update({ document: doc, words }: PageContext): void {
    const { text } = words;
    if (!this.memo.changed(doc, text.lang)) return;
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
  private readonly memo = new Memo();

  constructor() {
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-definitions-title' }, this.heading, this.list);
  }

  update({ document: doc, words }: PageContext): void {
    const { text } = words;
    if (!this.memo.changed(doc, text.lang)) return;
    this.heading.textContent = text.t('definitions.title');
    const own = [
      { term: text.t('definitions.percent.term'), body: text.t('definitions.ratio'), formula: 'x / x₀,  (x − x₀) / |x₀|' },
      { term: text.t('definitions.verdict.term'), body: text.t('definitions.verdict'), formula: '' },
      { term: text.t('definitions.spread.term'), body: text.t('definitions.spread'), formula: '' },
    ];
    this.list.replaceChildren(
      ...doc.definitions.flatMap((definition) =>
        entry(
          definitionTerm(definition, text),
          definitionText(definition, text),
          cleanText(definition.formula, 400),
          [
            // the rule's parameters stand with its definition
            definition.id === 'convergence_epoch' ? convergenceLine(doc, words) : '',
            definition.source ? text.t('definitions.source', { source: cleanText(definition.source, 300) }) : '',
          ]
            .filter(Boolean)
            .join(text.t('sentence.space')),
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

/** Title, when and what, the baseline chooser and the exports of the whole comparison. */
import { cleanText } from '../model/clean';
import { toCsv, toJson, toLatex, toMarkdown } from '../model/export';
import { runLabel } from '../model/run-label';
import { nearestLang, type Lang } from '../text';
import type { PageContext, Section } from './context';
import { refill, select } from './controls';
import { foreign, h, icon } from './dom';

export class HeaderSection implements Section {
  readonly element: HTMLElement;
  private readonly title = h('h1');
  private readonly facts = h('p', { class: 'mp-facts' });
  private readonly tools = h('div', { class: 'mp-tools mp-header-tools' });

  constructor(private readonly setLang: (lang: Lang) => void) {
    this.element = h('header', { class: 'mp-header' }, h('div', { class: 'mp-title' }, this.title, this.facts), this.tools);
  }

  update(context: PageContext): void {
    const { document: doc, source, state, choice, words, host } = context;
    const { text, format } = words;
    this.title.replaceChildren(foreign(cleanText(doc.title, 120) || text.t('page.title')));
    const frameworks = [...new Set(doc.runs.map((run) => cleanText(run.framework, 30)).filter(Boolean))];
    const chips = [...new Set(doc.runs.map((run) => cleanText(run.chip, 30)).filter(Boolean))];
    const facts = [
      text.t('page.made', { when: format.date(doc.createdAt) }),
      text.t('page.runs', { n: format.integer(doc.runs.length) }),
      ...(frameworks.length <= 4 ? [format.list(frameworks)] : []),
      ...(chips.length <= 4 ? [format.list(chips)] : []),
    ].filter(Boolean);
    this.facts.replaceChildren(...facts.map((fact) => h('span', {}, foreign(fact))));

    const none = '';
    const button = (format: 'csv' | 'markdown' | 'latex' | 'json' | 'html', save: () => void): HTMLElement =>
      h(
        'button',
        { type: 'button', class: 'mp-button', 'data-key': format, 'aria-label': text.t(`export.${format}.label`), onclick: save },
        icon('download'),
        text.t(`export.${format}`),
      );
    refill(this.tools, [
      select(
        text.t('page.baseline'),
        [
          { value: none, label: text.t('page.baseline.none') },
          ...doc.runs.map((run) => ({ value: run.id, label: runLabel(run, doc.runs) })),
        ],
        state.baseline ?? none,
        (value) => {
          const run = doc.runs.find((other) => other.id === value);
          context.change(
            { baseline: run ? run.id : null },
            run ? text.t('announce.baseline', { run: runLabel(run, doc.runs) }) : text.t('announce.no_baseline'),
          );
        },
      ),
      h(
        'div',
        { class: 'mp-buttons', role: 'group', 'aria-label': text.t('export.title') },
        button('csv', () => context.save('mindport-comparison.csv', 'csv', toCsv(doc, state, choice, text.locale))),
        button('markdown', () => context.save('mindport-comparison.md', 'markdown', toMarkdown(doc, state, choice, words))),
        button('latex', () => context.save('mindport-comparison.tex', 'latex', toLatex(doc, state, choice, words))),
        button('json', () => context.save('mindport-comparison.json', 'json', toJson(source, state))),
        host.kind === 'vscode' ? button('html', () => context.save('mindport-comparison.html', 'html', '')) : null,
      ),
      // in VS Code the page speaks the editor's language; a report may be read by somebody else
      host.kind === 'standalone'
        ? select(
            text.t('page.language'),
            [
              { value: 'en', label: 'English' },
              { value: 'zh-cn', label: '简体中文' },
            ],
            text.lang,
            (value) => this.setLang(nearestLang(value)),
          )
        : null,
    ]);
  }
}

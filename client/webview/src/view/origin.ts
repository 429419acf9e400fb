/** From every run to the code it ran and the migration that made it. Nothing here leads out of the page but the run's own folder, opened by the editor. */
import { cleanText } from '../model/clean';
import { commitText, migrationText } from '../model/origin';
import { shownName } from '../model/run-label';
import type { PageContext, Section } from './context';
import { foreign, h, type Child } from './dom';
import { runMark, swatch } from './marks';
import { Memo } from './memo';

export class OriginSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-origin-title' });
  private readonly body = h('div');
  private readonly memo = new Memo();

  constructor() {
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-origin-title' }, this.heading, this.body);
  }

  update(context: PageContext): void {
    const { document: doc, shown, words } = context;
    const { text } = words;
    if (!this.memo.changed(doc, text.lang, shown)) return;
    const runs = shown.filter((run) => run.origin);
    this.element.hidden = runs.length === 0;
    if (runs.length === 0) return;
    this.heading.textContent = text.t('origin.title');
    const head = (['column.name', 'origin.code', 'column.code', 'origin.migration'] as const).map((key) => text.t(key));
    const label = text.t('twin.label', { title: text.t('origin.title') });
    this.body.replaceChildren(
      h(
        'div',
        { class: 'mp-scroll mp-facts-table', tabindex: 0, role: 'region', 'aria-label': label },
        h(
          'table',
          { class: 'mp-table mp-plain' },
          h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
          h(
            'tbody',
            {},
            ...runs.map((run) => {
              const commit = commitText(run);
              const name = foreign(shownName(run, 60));
              const code: Child[] =
                commit === null
                  ? [text.t('origin.no_commit')]
                  : [
                      h('code', {}, foreign(commit)),
                      run.origin?.dirty ? h('span', { class: 'mp-badge mp-differs' }, text.t('origin.dirty')) : null,
                    ];
              return h(
                'tr',
                {},
                h(
                  'th',
                  { scope: 'row' },
                  h(
                    'span',
                    { class: 'mp-name-line' },
                    swatch(runMark(context.position(run.id))),
                    context.host.kind === 'vscode'
                      ? h(
                          'button',
                          {
                            type: 'button',
                            class: 'mp-link',
                            'aria-label': text.t('table.open', { run: shownName(run, 60) }),
                            onclick: () => context.host.send({ type: 'openRun', id: run.id }),
                          },
                          name,
                        )
                      : name,
                  ),
                ),
                h('td', { class: 'mp-commit' }, ...code),
                h('td', {}, foreign(cleanText(run.codeHash ?? '', 16) || text.t('cell.unknown'))),
                h('td', {}, foreign(migrationText(run, words) ?? text.t('origin.not_migrated'))),
              );
            }),
          ),
        ),
      ),
    );
  }
}

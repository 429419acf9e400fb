/** What stands where no comparison can be shown: nothing to compare yet, or something went wrong. Both say what to do next. */
import { cleanText } from '../model/clean';
import type { Host } from '../host';
import type { Expected } from '../model/document-check';
import type { PageAction } from '../protocol';
import type { Text } from '../text';
import { foreign, h, icon } from './dom';

export type Blank =
  | { kind: 'waiting' }
  | { kind: 'empty' }
  /** the host could not make the comparison */
  | { kind: 'failed'; message: string }
  /** the document is not one this page can read */
  | { kind: 'unreadable'; path: string; expected: Expected };

export function blankPage(blank: Blank, text: Text, host: Host): HTMLElement {
  const action = (name: PageAction, primary: boolean): HTMLElement =>
    h(
      'button',
      { type: 'button', class: primary ? 'mp-button mp-primary' : 'mp-button', onclick: () => host.send({ type: 'action', action: name }) },
      text.t(`action.${name}`),
    );
  const offers = (...names: PageAction[]): HTMLElement | null =>
    host.kind === 'vscode' ? h('div', { class: 'mp-buttons' }, ...names.map((name, i) => action(name, i === 0))) : null;
  const frame = (...children: (Node | null)[]): HTMLElement => h('main', { class: 'mp-blank', 'data-blank': blank.kind }, ...children);
  switch (blank.kind) {
    case 'waiting':
      return frame(h('p', { role: 'status' }, text.t('waiting')));
    case 'empty':
      return frame(
        h('h1', {}, text.t('empty.title')),
        h('p', {}, text.t(host.kind === 'vscode' ? 'empty.vscode' : 'empty.standalone')),
        host.kind === 'standalone'
          ? h('pre', {}, h('code', {}, 'mindport run …\nmindport results --all --format html -o results.html'))
          : null,
        offers('runTraining', 'runInference', 'chooseRuns'),
      );
    case 'failed':
      return frame(
        h('h1', {}, icon('error'), text.t('failed.title')),
        h('p', { role: 'alert' }, foreign(cleanText(blank.message, 1000))),
        h('p', {}, text.t('failed.next')),
        offers('reload', 'chooseRuns'),
      );
    case 'unreadable':
      return frame(
        h('h1', {}, icon('error'), text.t('unreadable.title')),
        h('p', { role: 'alert' }, foreign(text.t('unreadable.why', { path: blank.path, expected: text.t(`expected.${blank.expected}`) }))),
        h('p', {}, text.t('unreadable.next')),
        offers('reload', 'chooseRuns'),
      );
  }
}

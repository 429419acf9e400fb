/** A button that sets the page as one of the paper's figures has it. */
import type { PageContext } from './context';
import { h } from './dom';
import { explain } from './tooltip';

export function presetButton(figure: '2' | 's1', apply: () => void, { announce, words: { text } }: PageContext): HTMLElement {
  const button = h(
    'button',
    {
      type: 'button',
      class: 'mp-button',
      'data-key': `preset.${figure}`,
      onclick: () => {
        apply();
        announce(text.t('preset.done', { figure: text.t(`preset.${figure}`) }));
      },
    },
    text.t(`preset.${figure}`),
  );
  explain(button, [text.t(`preset.${figure}.tip`)]);
  return button;
}

/** Native form controls with their labels. */
import { h } from './dom';

export interface Option<T extends string> {
  value: T;
  label: string;
}

/** A labelled drop-down. */
export function select<T extends string>(label: string, options: readonly Option<T>[], value: T, changed: (value: T) => void): HTMLElement {
  const box = h(
    'select',
    { class: 'mp-select', 'data-key': label, onchange: () => changed(box.value as T) },
    ...options.map((option) => h('option', { value: option.value, selected: option.value === value }, option.label)),
  );
  return h('label', { class: 'mp-field' }, h('span', { class: 'mp-label' }, label), box);
}

/** A labelled tick box. */
export function checkbox(label: string, checked: boolean, changed: (checked: boolean) => void): HTMLElement {
  const box = h('input', { type: 'checkbox', 'data-key': label, checked, onchange: () => changed(box.checked) });
  return h('label', { class: 'mp-check' }, box, h('span', {}, label));
}

/** One of a few: radio buttons that look like a segmented control. */
export function radios<T extends string>(
  label: string,
  name: string,
  options: readonly Option<T>[],
  value: T,
  changed: (value: T) => void,
): HTMLElement {
  return h(
    'fieldset',
    { class: 'mp-segments' },
    h('legend', { class: 'mp-label' }, label),
    h(
      'div',
      { class: 'mp-segment-row' },
      ...options.map((option) =>
        h(
          'label',
          { class: 'mp-segment' },
          h('input', {
            type: 'radio',
            name,
            value: option.value,
            'data-key': `${name}.${option.value}`,
            checked: option.value === value,
            onchange: () => changed(option.value),
          }),
          h('span', {}, option.label),
        ),
      ),
    ),
  );
}

/** Replaces the content of an element and gives the focus back to the control with the same key. */
export function refill(element: HTMLElement, children: readonly (Node | null)[]): void {
  const active = element.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const key = active?.dataset['key'];
  element.replaceChildren(...children.filter((child) => child !== null));
  if (key === undefined) return;
  for (const control of element.querySelectorAll<HTMLElement>('[data-key]')) if (control.dataset['key'] === key) control.focus();
}

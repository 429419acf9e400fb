/** A button that opens a list of tick boxes: several of many, without taking the room of many. */
import { checkbox, refill } from './controls';
import { h } from './dom';

export interface Choosable {
  id: string;
  label: string;
}

export class Chooser {
  readonly element = h('details', { class: 'mp-menu' });

  /** @param key what tells this chooser from the others of the page */
  constructor(private readonly key: string) {
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.element.open) return;
      this.element.open = false;
      this.element.querySelector('summary')?.focus();
    });
    this.element.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !this.element.contains(event.relatedTarget as Node)) this.element.open = false;
    });
  }

  /** @param changed is given the chosen ids in the order of `offered` */
  show(label: string, offered: readonly Choosable[], chosen: readonly string[], changed: (ids: string[]) => void): void {
    const toggle = (id: string, on: boolean): void =>
      changed(offered.map((one) => one.id).filter((other) => (other === id ? on : chosen.includes(other))));
    refill(this.element, [
      h('summary', { class: 'mp-button', 'data-key': this.key }, `${label} (${chosen.length})`),
      h(
        'div',
        { class: 'mp-popup', role: 'group', 'aria-label': label },
        ...offered.map(({ id, label: name }) => checkbox(name, chosen.includes(id), (on) => toggle(id, on))),
      ),
    ]);
  }
}

/**
 * Explanations that appear on hover and on focus, stay while the pointer is on them, and go with Escape. One element serves the whole page; what
 * has the focus is described by it, so a screen reader speaks it too.
 */
import { freshId, h } from './dom';

const lines = new WeakMap<Element, readonly string[]>();

/** Gives an element its explanation. */
export function explain(element: Element, text: readonly string[]): void {
  if (text.length === 0) return;
  lines.set(element, text);
  element.setAttribute('data-tip', '');
}

/** Starts the tooltips of a page. @returns stops them */
export function startTooltips(root: HTMLElement): () => void {
  const id = freshId('tip');
  const tip = h('div', { id, class: 'mp-tip', role: 'tooltip', hidden: true });
  root.append(tip);
  let owner: Element | null = null;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  let mouse = '';

  const hide = (): void => {
    clearTimeout(leaving);
    owner?.removeAttribute('aria-describedby');
    owner = null;
    tip.hidden = true;
  };
  const show = (element: Element): void => {
    clearTimeout(leaving);
    if (owner === element) return;
    hide();
    owner = element;
    tip.replaceChildren(...(lines.get(element) ?? []).map((line) => h('p', {}, line)));
    tip.hidden = false;
    element.setAttribute('aria-describedby', id);
    place(tip, element);
  };
  const described = (target: EventTarget | null): Element | null => (target instanceof Element ? target.closest('[data-tip]') : null);

  const onFocus = (event: FocusEvent): void => {
    const element = described(event.target);
    if (element) show(element);
    else if (!tip.contains(event.target as Node)) hide();
  };
  const onOver = (event: MouseEvent): void => {
    // what scrolled under a resting pointer was not pointed at
    const place = `${event.screenX} ${event.screenY}`;
    if (place === mouse) return;
    mouse = place;
    if (tip.contains(event.target as Node)) {
      clearTimeout(leaving);
      return;
    }
    const element = described(event.target);
    if (element) show(element);
    else if (owner && !owner.contains(document.activeElement)) {
      clearTimeout(leaving);
      leaving = setTimeout(hide, 200);
    }
  };
  const onOut = (event: FocusEvent): void => {
    if (owner?.contains(event.target as Node)) hide();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') hide();
  };
  const onScroll = (event: Event): void => {
    if (owner && (event.target as Node).contains?.(owner)) place(tip, owner);
  };
  root.addEventListener('focusin', onFocus);
  root.addEventListener('focusout', onOut);
  root.addEventListener('mouseover', onOver);
  document.addEventListener('keydown', onKey);
  document.addEventListener('scroll', onScroll, true);
  return () => {
    hide();
    root.removeEventListener('focusin', onFocus);
    root.removeEventListener('focusout', onOut);
    root.removeEventListener('mouseover', onOver);
    document.removeEventListener('keydown', onKey);
    document.removeEventListener('scroll', onScroll, true);
    tip.remove();
  };
}

function place(tip: HTMLElement, element: Element): void {
  const anchor = element.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = Math.max(4, Math.min(anchor.left, document.documentElement.clientWidth - width - 4));
  const below = anchor.bottom + 4;
  const top = below + height > document.documentElement.clientHeight && anchor.top - height - 4 > 0 ? anchor.top - height - 4 : below;
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}

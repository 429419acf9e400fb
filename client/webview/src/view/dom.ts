/** Building elements. Texts become text nodes, never markup, and style attributes are refused because the page's CSP would refuse them too. */

export type Child = Node | string | null | false | undefined;
type Handler = (event: never) => void;
export type Props = Record<string, string | number | boolean | null | undefined | Handler>;

/** `h('button', { class: 'x', onclick: f, 'aria-pressed': 'true' }, 'text')`; null, false and undefined leave an attribute or child out. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  apply(element, props);
  append(element, children);
  return element;
}

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  apply(element, props);
  append(element, children);
  return element;
}

function apply(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (name === 'style') throw new Error('style attributes are refused by the content security policy');
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
}

function append(element: Element, children: Child[]): void {
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
}

/** A text of foreign origin: isolated, so that right-to-left names do not disturb what surrounds them. */
export function foreign(text: string): HTMLElement {
  return h('bdi', {}, text);
}

const icons = {
  // drawn for this page, on a 16 × 16 grid
  pin: 'M6 2h4v5l2.5 2.5V11H8.6v3.5h-1.2V11H3.5V9.5L6 7V2Z',
  download: 'M7.4 2h1.2v6.7l2.5-2.5.9.9L8 11.1 4 7.1l.9-.9 2.5 2.5V2ZM3 12.8h10V14H3v-1.2Z',
  warning: 'M8 1.6 15.2 14H.8L8 1.6Zm0 2.4L2.9 12.8h10.2L8 4Zm-.6 3h1.2v3H7.4V7Zm0 3.8h1.2V12H7.4v-1.2Z',
  error:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1.2a5.3 5.3 0 1 0 0 10.6A5.3 5.3 0 0 0 8 2.700Zm-.6 2h1.2v4.200H7.400V4.700Zm0 5.300h1.200v1.300H7.400V10Z',
  up: 'M8 4.500 13 10l-.9.9L8 6.400l-4.100 4.500L3 10l5-5.500Z',
  down: 'M8 11.500 3 6l.9-.9L8 9.600l4.100-4.500.9.9-5 5.500Z',
} as const;

export function icon(name: keyof typeof icons): SVGElement {
  return svg(
    'svg',
    { class: 'mp-icon', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: icons[name], fill: 'currentColor' }),
  );
}

let counter = 0;
/** An id no other element of the page has. */
export function freshId(prefix: string): string {
  return `mp-${prefix}-${++counter}`;
}

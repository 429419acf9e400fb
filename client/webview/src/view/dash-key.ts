/** Which line style is which, beside a legend. */
import { h, svg } from './dom';

/** @param dashed label of the dashed line */
export function dashKey(solid: string, dashed: string): HTMLElement {
  const sample = (label: string, dash: string | null): HTMLElement =>
    h(
      'span',
      { class: 'mp-dash-key' },
      svg(
        'svg',
        { viewBox: '0 0 28 8', width: 28, height: 8, 'aria-hidden': 'true', focusable: 'false' },
        svg('path', { d: 'M1 4H27', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75, 'stroke-dasharray': dash }),
      ),
      label,
    );
  return h('p', { class: 'mp-dash-keys' }, sample(solid, null), sample(dashed, '5 3.5'));
}

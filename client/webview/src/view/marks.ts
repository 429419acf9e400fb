/** Colour and marker of a run. With more than eight runs colours repeat with another marker, so that the pair stays unique up to 64 runs. */
import { seriesColors } from './theme';
import { svg } from './dom';
import { fillOutline, type Surface } from './surface';

/** SVG path data around the origin, radius about 1; used on the canvas and in the legend alike. */
const shapes = [
  'M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z',
  'M-.9 -.9H.9V.9H-.9Z',
  'M0 -1.15L1.1 .85H-1.1Z',
  'M0 -1.25L1.15 0L0 1.25L-1.15 0Z',
  'M0 1.15L-1.1 -.85H1.1Z',
  'M-.4 -1.2H.4V-.4H1.2V.4H.4V1.2H-.4V.4H-1.2V-.4H-.4Z',
  'M-1.15 -.7L-.7 -1.15L0 -.45L.7 -1.15L1.15 -.7L.45 0L1.15 .7L.7 1.15L0 .45L-.7 1.15L-1.15 .7L-.45 0Z',
  'M0 -1.2L.5 -.35L1.3 -.2L.6 .4L.8 1.2L0 .75L-.8 1.2L-.6 .4L-1.3 -.2L-.5 -.35Z',
] as const;

export interface RunMark {
  color: number;
  shape: number;
}

export function runMark(position: number): RunMark {
  const color = position % seriesColors;
  return { color, shape: (color + Math.floor(position / seriesColors)) % shapes.length };
}

/** Fills the marker at a place of the surface with its fill style. */
export function fillMarker(surface: Surface, mark: RunMark, x: number, y: number, radius: number): void {
  fillOutline(surface, shapes[mark.shape] ?? shapes[0], x, y, radius);
}

/** A line with the run's marker for legends and the table. */
export function swatch(mark: RunMark, dashed = false): SVGElement {
  return svg(
    'svg',
    {
      class: `mp-swatch mp-series-${mark.color}`,
      viewBox: '-14 -6 28 12',
      width: 28,
      height: 12,
      'aria-hidden': 'true',
      focusable: 'false',
    },
    svg('path', {
      d: 'M-13 0H13',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.75,
      'stroke-dasharray': dashed ? '5 3.5' : null,
    }),
    svg('path', { d: shapes[mark.shape] ?? shapes[0], fill: 'currentColor', transform: 'scale(3.6)' }),
  );
}

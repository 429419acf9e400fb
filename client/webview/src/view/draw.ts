/** Painting curves on a canvas: thinned to the pixels there are, broken at gaps, with markers that tell runs apart without colour. */
import { minMaxIndices } from '../model/downsample';
import type { Extent, Line } from '../model/series';
import { fillMarker, type RunMark } from './marks';
import type { Surface } from './surface';

export interface PlotLine extends Line {
  runId: string;
  /** the run's name, cleaned */
  name: string;
  /** "training", "validation", or empty */
  part: string;
  mark: RunMark;
  dashed: boolean;
  /** a marker at every point instead of every so many pixels */
  everyPoint: boolean;
}

export interface Canvas {
  context: Surface;
  /** plot area in canvas pixels */
  left: number;
  top: number;
  width: number;
  height: number;
  /** canvas pixels per CSS pixel */
  scale: number;
  x: Extent;
  toX(value: number): number;
  toY(value: number): number;
  log: boolean;
}

const markerEvery = 72;
/** points so far apart, in CSS pixels, have a marker each */
const farApart = 24;

export function lineWidth(strong: boolean, count: number): number {
  return strong ? 2.5 : count > 24 ? 1.25 : 1.75;
}

/** CSS pixels drawn and left out of a dashed line */
export const dash = [5, 4] as const;

/** Where the markers of a line are: neighbouring runs' are offset against each other. Pixels from the left side of the plot. */
export function markerPlaces(order: number, scale: number): { first: number; every: number; radius: number } {
  return { first: ((order * 0.37) % 1) * markerEvery * scale, every: markerEvery * scale, radius: 3.4 * scale };
}

/** Draws the lines one over the other; `strong` ones thicker, as the run in focus is. */
export function drawLines(canvas: Canvas, lines: readonly PlotLine[], colors: readonly string[], strong: boolean): void {
  const { context } = canvas;
  context.save();
  context.beginPath();
  // markers on the border stay whole
  const air = 5 * canvas.scale;
  context.rect(canvas.left - air, canvas.top - air, canvas.width + 2 * air, canvas.height + 2 * air);
  context.clip();
  lines.forEach((line, order) => drawLine(canvas, line, colors[line.mark.color] ?? '#888', strong, order, lines.length));
  context.restore();
}

function drawLine(canvas: Canvas, line: PlotLine, color: string, strong: boolean, order: number, count: number): void {
  const { context, scale, log } = canvas;
  const indices = minMaxIndices(line.x, line.y, canvas.x.min, canvas.x.max, Math.max(1, Math.round(canvas.width / scale)));
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = lineWidth(strong, count) * scale;
  context.lineJoin = 'round';
  context.setLineDash(line.dashed ? dash.map((length) => length * scale) : []);
  context.beginPath();
  const each = line.everyPoint || indices.length * farApart * scale <= canvas.width;
  const markers: [number, number][] = [];
  const radius = (strong ? 4.2 : 3.4) * scale;
  let nextMarker = canvas.left + markerPlaces(order, scale).first;
  let pen = false;
  let last: [number, number] | null = null;
  for (const index of indices) {
    const value = line.y[index]!;
    if (!Number.isFinite(value) || (log && value <= 0)) {
      pen = false;
      continue;
    }
    const x = canvas.toX(line.x[index]!);
    const y = canvas.toY(value);
    if (pen) context.lineTo(x, y);
    else context.moveTo(x, y);
    pen = true;
    last = [x, y];
    if (each || x >= nextMarker) {
      markers.push([x, y]);
      while (nextMarker <= x) nextMarker += markerEvery * scale;
    }
  }
  if (last) markers.push(last);
  context.stroke();
  context.setLineDash([]);
  for (const [x, y] of markers) fillMarker(context, line.mark, x, y, radius);
}

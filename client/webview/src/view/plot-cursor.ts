/** The point of a plot that the reader is at, by mouse or by keyboard, and what is said of it. */
import type uPlot from 'uplot';
import { lowerBound } from '../model/downsample';
import { h } from './dom';
import type { PlotLine } from './draw';
import type { Surface } from './surface';

/** CSS pixels from which a point is pointed at */
const reach = 36;

export interface PlotPoint {
  line: PlotLine;
  index: number;
}

/** Keys that go from point to point and from line to line. */
const pointKeys = ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End'];

export class PlotCursor {
  readonly readout = h('div', { class: 'mp-readout', hidden: true });
  /** where the reader is */
  current: PlotPoint | null = null;
  /** the point was reached by keyboard and stays when the mouse goes */
  private byKeyboard = false;

  /** Whether a key leads to a point. */
  static isKey(key: string): boolean {
    return pointKeys.includes(key);
  }

  /**
   * @param moved the point is another one: the plot is to be drawn again
   * @param describe text for a point, its title first
   */
  constructor(
    private readonly frame: () => HTMLElement,
    private readonly moved: () => void,
    private readonly describe: (point: PlotPoint) => string[],
  ) {}

  /** Other curves are shown: the mouse may be over one without having moved. */
  forget(): void {
    this.byKeyboard = false;
    this.current = null;
    this.readout.hidden = true;
  }

  /** To the drawn point nearest to the mouse, no farther than `reach`. */
  followMouse(chart: uPlot, lines: readonly PlotLine[], log: boolean): void {
    const { left, top } = chart.cursor;
    if (left === undefined || top === undefined || left < 0) return this.withoutMouse(chart);
    this.byKeyboard = false;
    this.to(nearest(chart, lines, log, left, top), chart);
  }

  /** The mouse points at nothing. */
  withoutMouse(chart: uPlot): void {
    if (!this.byKeyboard) this.to(null, chart);
  }

  /** @returns what is to be said of the point that the key leads to; null when it leads nowhere */
  followKey(key: string, chart: uPlot | null, lines: readonly PlotLine[]): string[] | null {
    if (lines.length === 0) return null;
    const { line, index } = this.current ?? { line: lines[0]!, index: -1 };
    const toLine = (by: 1 | -1): PlotPoint | null => {
      const at = Math.max(0, lines.indexOf(line));
      const next = lines[(at + (index < 0 ? 0 : by) + lines.length) % lines.length]!;
      const x = index < 0 ? -Infinity : line.x[index]!;
      return pointFrom(next, Math.min(lowerBound(next.x, x), next.x.length - 1), 1);
    };
    const steps: Record<string, () => PlotPoint | null> = {
      ArrowRight: () => pointFrom(line, index + 1, 1),
      ArrowLeft: () => pointFrom(line, index < 0 ? 0 : index - 1, -1),
      ArrowDown: () => toLine(1),
      ArrowUp: () => toLine(-1),
      Home: () => pointFrom(line, 0, 1),
      End: () => pointFrom(line, line.x.length - 1, -1),
    };
    const point = steps[key]?.() ?? null;
    if (!point) return null;
    this.byKeyboard = true;
    this.to(point, chart);
    return this.describe(point);
  }

  to(point: PlotPoint | null, chart: uPlot | null): void {
    if (point?.line === this.current?.line && point?.index === this.current?.index) return;
    this.current = point;
    this.moved();
    this.readout.hidden = point === null || chart === null;
    if (!point || !chart) return;
    const [title = '', ...rest] = this.describe(point);
    this.readout.replaceChildren(h('strong', {}, h('bdi', {}, title)), ...rest.map((line) => h('span', {}, line)));
    this.place(chart);
  }

  /** Puts the readout beside its point, where that is now. */
  place(chart: uPlot): void {
    if (!this.current) return;
    const { line, index } = this.current;
    const over = chart.over.getBoundingClientRect();
    const frame = this.frame().getBoundingClientRect();
    const x = over.left - frame.left + chart.valToPos(line.x[index]!, 'x');
    const y = over.top - frame.top + chart.valToPos(line.y[index]!, 'y');
    const { offsetWidth: width, offsetHeight: height } = this.readout;
    this.readout.style.left = `${Math.max(0, Math.min(x + 14, frame.width - width - 4))}px`;
    this.readout.style.top = `${y - height - 12 >= 0 ? y - height - 12 : y + 14}px`;
  }

  /** Draws a ring around the point. @param scale pixels of the surface per CSS pixel */
  ring(surface: Surface, chart: uPlot, color: string, scale: number): void {
    if (!this.current) return;
    const { line, index } = this.current;
    surface.save();
    surface.strokeStyle = color;
    surface.lineWidth = 1.5 * scale;
    surface.beginPath();
    surface.arc(chart.valToPos(line.x[index]!, 'x', true), chart.valToPos(line.y[index]!, 'y', true), 7 * scale, 0, 2 * Math.PI);
    surface.stroke();
    surface.restore();
  }
}

/** The first point with a value, going one way from an index. */
function pointFrom(line: PlotLine, index: number, step: 1 | -1): PlotPoint | null {
  let i = index;
  while (i >= 0 && i < line.x.length && !Number.isFinite(line.y[i]!)) i += step;
  return i >= 0 && i < line.x.length ? { line, index: i } : null;
}

function nearest(chart: uPlot, lines: readonly PlotLine[], log: boolean, left: number, top: number): PlotPoint | null {
  const value = chart.posToVal(left, 'x');
  let best: PlotPoint | null = null;
  let distance = reach;
  for (const line of lines) {
    const at = lowerBound(line.x, value);
    for (const index of [at - 1, at]) {
      const y = line.y[index];
      if (y === undefined || !Number.isFinite(y) || (log && y <= 0)) continue;
      const away = Math.hypot(chart.valToPos(line.x[index]!, 'x') - left, chart.valToPos(y, 'y') - top);
      if (away < distance) [best, distance] = [{ line, index }, away];
    }
  }
  return best;
}

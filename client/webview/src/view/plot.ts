/**
 * One chart: uPlot gives axes, grid, cursor and zoom; the curves are painted by `draw.ts`, because every run has its own x values and may have far
 * more points than the plot has pixels. Works with the mouse (drag to zoom, double click to reset, nearest point shown) and with the keyboard.
 */
import uPlot from 'uplot';
import { lowerBound } from '../model/downsample';
import { extentOf, padded, type Extent } from '../model/series';
import { drawAxes } from './axes';
import { dash, drawLines, lineWidth, markerPlaces, type PlotLine } from './draw';
import { freshId, h } from './dom';
import { Memo } from './memo';
import { isHeavy, Raster } from './raster';
import type { Surface } from './surface';
import type { Palette } from './theme';

export interface PlotSpec {
  lines: PlotLine[];
  /** says what the chart shows */
  label: string;
  xLabel: string;
  yLabel: string;
  log: boolean;
  /** tick distances of the x axis that make sense for its unit */
  xSteps?: number[];
  tick(value: number): string;
  /** text for a point under the cursor */
  describe(line: PlotLine, index: number): string[];
  palette: Palette;
  /** how to use the chart by keyboard */
  keys: string;
  roleDescription: string;
  announce(text: string): void;
}

interface Point {
  line: PlotLine;
  index: number;
}

const reach = 36;
/** milliseconds without another view after which the picture is at rest */
const rest = 150;

export class Plot {
  readonly element: HTMLElement;
  private readonly box: HTMLElement;
  private readonly readout: HTMLElement;
  private readonly keys: HTMLElement;
  private readonly observer: ResizeObserver;
  /** all curves as last drawn: pointing at one repaints only that one over it */
  private readonly layer = document.createElement('canvas');
  private readonly layerMemo = new Memo();
  private readonly raster = new Raster();
  private whole: Extent | null = null;
  /** a view that waits for the next frame */
  private pending: Extent | null | undefined;
  /** while views follow each other; then all is painted once more with smooth edges */
  private moving: ReturnType<typeof setTimeout> | null = null;
  private chart: uPlot | null = null;
  private spec: PlotSpec | null = null;
  private zoom: Extent | null = null;
  private focus: string | null = null;
  private current: Point | null = null;
  /** the point was reached by keyboard and stays when the mouse goes */
  private byKeyboard = false;

  constructor(private readonly height: number) {
    const keysId = freshId('keys');
    this.keys = h('span', { id: keysId, class: 'mp-hidden' });
    this.readout = h('div', { class: 'mp-readout', hidden: true });
    this.box = h('div', {
      class: 'mp-plot',
      role: 'group',
      tabindex: 0,
      'aria-describedby': keysId,
      onkeydown: (event: KeyboardEvent) => this.onKey(event),
      onblur: () => this.point(null),
    });
    // may keep the page from scrolling, which a passive listener may not
    this.box.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    this.element = h('div', { class: 'mp-plot-frame' }, this.box, this.keys, this.readout);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
  }

  /** Draws a new set of curves; the zoom stays while the x axis stays the same. */
  show(spec: PlotSpec): void {
    if (this.spec && this.spec.xLabel !== spec.xLabel) this.zoom = null;
    this.spec = spec;
    this.whole = null;
    this.byKeyboard = false;
    this.box.setAttribute('aria-label', spec.label);
    this.box.setAttribute('aria-roledescription', spec.roleDescription);
    this.keys.textContent = spec.keys;
    this.build();
  }

  retheme(palette: Palette): void {
    if (!this.spec) return;
    this.spec.palette = palette;
    this.chart?.redraw(false, true);
  }

  /** Brings one run to the front (null: all alike). */
  highlight(runId: string | null): void {
    if (this.focus === runId) return;
    this.focus = runId;
    this.chart?.redraw(false, false);
  }

  dispose(): void {
    this.observer.disconnect();
    if (this.moving !== null) clearTimeout(this.moving);
    this.chart?.destroy();
    this.chart = null;
  }

  /** Draws what the chart shows now, axes included, in 0..width × 0..height of a picture or vector graphic. */
  drawOn(surface: Surface, width: number, height: number, palette: Palette): void {
    const spec = this.spec;
    if (!spec) return;
    const x = this.xRange();
    const { log, xLabel, yLabel, xSteps, tick } = spec;
    const area = drawAxes(
      surface,
      width,
      height,
      { extent: x, label: xLabel, tick, ...(xSteps ? { steps: xSteps } : {}) },
      { extent: this.yRange(x), label: yLabel, log, tick },
      palette,
    );
    drawLines({ ...area, context: surface, scale: 1, x, log }, spec.lines, palette.series, false);
  }

  private build(): void {
    const spec = this.spec!;
    this.chart?.destroy();
    // a new chart does not know that the mouse is over it until it moves
    if (!this.byKeyboard) this.forget();
    const x = this.xRange();
    const y = this.yRange(x);
    const axis = {
      stroke: () => spec.palette.muted,
      grid: { stroke: () => spec.palette.grid, width: 1 },
      ticks: { stroke: () => spec.palette.grid, width: 1, size: 4 },
      font: `11px ${spec.palette.font}`,
      labelFont: `12px ${spec.palette.font}`,
      labelSize: 20,
      gap: 4,
    };
    this.chart = new uPlot(
      {
        width: Math.max(200, this.element.clientWidth),
        height: this.height,
        padding: [10, 14, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false, range: () => span(this.xRange()) },
          y: { distr: spec.log ? 3 : 1, range: () => span(this.yRange(this.xRange())) },
        },
        // the two series only carry the extent; the curves are painted in the draw hook
        series: [{}, { paths: () => null, points: { show: false } }],
        axes: [
          { ...axis, label: spec.xLabel, size: 30, space: 56, incrs: spec.xSteps, values: (_, ticks) => ticks.map(spec.tick) },
          {
            ...axis,
            label: spec.yLabel,
            space: 32,
            size: (_, labels) => Math.max(36, 14 + 6.4 * Math.max(0, ...(labels ?? []).map((label) => label.length))),
            values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : spec.tick(tick))),
          },
        ],
        cursor: {
          points: { show: false },
          y: false,
          drag: { x: true, y: false, setScale: false, dist: 6 },
          bind: {
            dblclick: () => () => (this.view(null), null),
            // with Shift the picture moves, without it a stretch is chosen
            mousedown: (_, __, handler) => (event) => (event.shiftKey ? this.pan(event) : handler(event), null),
          },
        },
        hooks: {
          draw: [() => this.paint()],
          setCursor: [() => this.followMouse()],
          setSelect: [(chart) => this.zoomToSelection(chart)],
        },
      },
      [
        [x.min, x.max],
        [y.min, y.max],
      ],
      this.box,
    );
  }

  private forget(): void {
    this.current = null;
    this.readout.hidden = true;
  }

  private paint(): void {
    const chart = this.chart;
    const spec = this.spec!;
    if (!chart) return;
    const { min, max } = chart.scales['x']!;
    const { left, top, width, height } = chart.bbox;
    const canvas = {
      context: chart.ctx,
      left,
      top,
      width,
      height,
      scale: pixelRatio(chart),
      x: { min: min!, max: max! },
      toX: (value: number) => chart.valToPos(value, 'x', true),
      toY: (value: number) => chart.valToPos(value, 'y', true),
      log: spec.log,
    };
    const { series } = spec.palette;
    const { layer } = this;
    const y = chart.scales['y']!;
    if (this.layerMemo.changed(chart, spec.lines, series, min, max, y.min, y.max, left, top, width, height, this.moving === null)) {
      const size = chart.ctx.canvas;
      if (layer.width !== size.width || layer.height !== size.height) {
        layer.width = size.width;
        layer.height = size.height;
      }
      const context = layer.getContext('2d')!;
      context.clearRect(0, 0, layer.width, layer.height);
      if (isHeavy(spec.lines, canvas.x, width) && !spec.lines.some((line) => line.everyPoint)) {
        const lines = spec.lines.map((line, order) => ({
          x: line.x,
          y: line.y,
          dashed: line.dashed,
          color: series[line.mark.color] ?? '#888',
          marks: { mark: line.mark, ...markerPlaces(order, canvas.scale) },
        }));
        this.raster.paint(context, lines, {
          ...canvas,
          y: { min: y.min!, max: y.max! },
          lineWidth: lineWidth(false, spec.lines.length) * canvas.scale,
          dash: [dash[0] * canvas.scale, dash[1] * canvas.scale],
          quick: this.moving !== null,
        });
      } else drawLines({ ...canvas, context }, spec.lines, series, false);
    }
    const focus = this.current?.line.runId ?? this.focus;
    const inFocus = focus === null ? [] : spec.lines.filter((line) => line.runId === focus);
    chart.ctx.save();
    chart.ctx.globalAlpha = inFocus.length > 0 ? 0.2 : 1;
    chart.ctx.drawImage(layer, 0, 0);
    chart.ctx.restore();
    drawLines(canvas, inFocus, series, true);
    if (this.current) this.ring(chart, this.current);
  }

  private ring(chart: uPlot, { line, index }: Point): void {
    const { ctx } = chart;
    const pxRatio = pixelRatio(chart);
    ctx.save();
    ctx.strokeStyle = this.spec!.palette.foreground;
    ctx.lineWidth = 1.5 * pxRatio;
    ctx.beginPath();
    ctx.arc(chart.valToPos(line.x[index]!, 'x', true), chart.valToPos(line.y[index]!, 'y', true), 7 * pxRatio, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.restore();
  }

  private xRange(): Extent {
    return this.zoom ?? this.wholeRange();
  }

  private wholeRange(): Extent {
    if (!this.whole) {
      const { min, max } = extentOf(this.spec!.lines, 'x') ?? { min: 0, max: 1 };
      this.whole = min === max ? { min: min - 1, max: max + 1 } : { min, max };
    }
    return this.whole;
  }

  private yRange(x: Extent): Extent {
    const { lines, log } = this.spec!;
    const within = extentOf(lines, 'y', { positive: log, within: x }) ?? extentOf(lines, 'y', { positive: log });
    return padded(within, log);
  }

  /** Shows a part of the x axis (null: all of it) with the next frame; of several views asked for in one frame the last counts. */
  private view(range: Extent | null): void {
    const whole = this.wholeRange();
    const width = range ? Math.min(range.max - range.min, whole.max - whole.min) : Infinity;
    const min = range ? Math.max(whole.min, Math.min(range.min, whole.max - width)) : whole.min;
    const next = range && width < whole.max - whole.min ? { min, max: min + width } : null;
    if (this.pending === undefined) requestAnimationFrame(() => this.showPending());
    this.pending = next;
  }

  private showPending(): void {
    const { chart, pending } = this;
    this.pending = undefined;
    if (pending === undefined || !chart) return;
    this.zoom = pending;
    if (this.moving !== null) clearTimeout(this.moving);
    this.moving = setTimeout(() => {
      this.moving = null;
      this.chart?.redraw(false, false);
    }, rest);
    const x = this.xRange();
    const y = this.yRange(x);
    chart.batch(() => {
      chart.setScale('x', x);
      chart.setScale('y', y);
    });
  }

  /** Moves the picture with the mouse until the button is released. */
  private pan(event: MouseEvent): void {
    event.preventDefault();
    const chart = this.chart;
    if (!chart) return;
    const start = this.xRange();
    const perPixel = (start.max - start.min) / chart.over.clientWidth;
    const move = ({ clientX }: MouseEvent): void => {
      const by = (event.clientX - clientX) * perPixel;
      this.view({ min: start.min + by, max: start.max + by });
    };
    const end = (): void => {
      document.removeEventListener('mousemove', move);
      document.removeEventListener('mouseup', end);
    };
    document.addEventListener('mousemove', move);
    document.addEventListener('mouseup', end);
  }

  /** Ctrl and the wheel zoom around the mouse, a sideways wheel moves the picture; the page keeps the plain wheel for itself. */
  private onWheel(event: WheelEvent): void {
    const chart = this.chart;
    if (!chart) return;
    const { min, max } = this.pending ?? this.xRange();
    if (event.ctrlKey || event.metaKey) {
      const { left, width } = chart.over.getBoundingClientRect();
      const at = min + Math.max(0, Math.min(1, (event.clientX - left) / width)) * (max - min);
      const factor = 1.002 ** Math.max(-200, Math.min(200, event.deltaY));
      this.view({ min: at - (at - min) * factor, max: at + (max - at) * factor });
    } else if (this.zoom && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const by = (event.deltaX / chart.over.clientWidth) * (max - min);
      this.view({ min: min + by, max: max + by });
    } else return;
    event.preventDefault();
  }

  private zoomToSelection(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 6) return;
    const range = { min: chart.posToVal(left, 'x'), max: chart.posToVal(left + width, 'x') };
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.view(range);
  }

  private resize(): void {
    const width = this.element.clientWidth;
    if (this.chart && width > 0 && width !== this.chart.width) this.chart.setSize({ width, height: this.height });
  }

  private followMouse(): void {
    const chart = this.chart;
    const { left, top } = chart?.cursor ?? {};
    if (!chart || left === undefined || top === undefined || left < 0) {
      if (!this.byKeyboard) this.point(null);
      return;
    }
    this.byKeyboard = false;
    this.point(this.nearest(chart, left, top));
  }

  /** The drawn point nearest to a place in the plot, no farther than `reach` CSS pixels. */
  private nearest(chart: uPlot, left: number, top: number): Point | null {
    const value = chart.posToVal(left, 'x');
    let best: Point | null = null;
    let distance = reach;
    for (const line of this.spec!.lines) {
      const at = lowerBound(line.x, value);
      for (const index of [at - 1, at]) {
        const y = line.y[index];
        if (y === undefined || !Number.isFinite(y) || (this.spec!.log && y <= 0)) continue;
        const away = Math.hypot(chart.valToPos(line.x[index]!, 'x') - left, chart.valToPos(y, 'y') - top);
        if (away < distance) [best, distance] = [{ line, index }, away];
      }
    }
    return best;
  }

  private point(point: Point | null): void {
    if (point?.line === this.current?.line && point?.index === this.current?.index) return;
    this.current = point;
    const chart = this.chart;
    // a redraw asked for while uPlot is drawing would be lost
    queueMicrotask(() => chart === this.chart && chart?.redraw(false, false));
    this.readout.hidden = point === null || chart === null;
    if (!point || !chart) return;
    const [title = '', ...rest] = this.spec!.describe(point.line, point.index);
    this.readout.replaceChildren(h('strong', {}, h('bdi', {}, title)), ...rest.map((line) => h('span', {}, line)));
    const over = chart.over.getBoundingClientRect();
    const frame = this.element.getBoundingClientRect();
    const x = over.left - frame.left + chart.valToPos(point.line.x[point.index]!, 'x');
    const y = over.top - frame.top + chart.valToPos(point.line.y[point.index]!, 'y');
    const { offsetWidth: width, offsetHeight: height } = this.readout;
    this.readout.style.left = `${Math.max(0, Math.min(x + 14, frame.width - width - 4))}px`;
    this.readout.style.top = `${y - height - 12 >= 0 ? y - height - 12 : y + 14}px`;
  }

  private onKey(event: KeyboardEvent): void {
    const lines = this.spec?.lines.filter((line) => line.x.length > 0) ?? [];
    if (lines.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const point = this.current ?? { line: lines[0]!, index: -1 };
    const at = Math.max(0, lines.indexOf(point.line));
    const move = (line: PlotLine, index: number, step: 1 | -1): void => {
      let i = index;
      while (i >= 0 && i < line.x.length && !Number.isFinite(line.y[i]!)) i += step;
      if (i < 0 || i >= line.x.length) return;
      this.byKeyboard = true;
      this.point({ line, index: i });
      this.spec!.announce(this.spec!.describe(line, i).join(', '));
    };
    const toLine = (next: number): void => {
      const line = lines[(next + lines.length) % lines.length]!;
      const x = point.index < 0 ? -Infinity : point.line.x[point.index]!;
      move(line, Math.min(lowerBound(line.x, x), line.x.length - 1), 1);
    };
    switch (event.key) {
      case 'ArrowRight':
        move(point.line, point.index + 1, 1);
        break;
      case 'ArrowLeft':
        move(point.line, point.index < 0 ? 0 : point.index - 1, -1);
        break;
      case 'ArrowDown':
        toLine(point.index < 0 ? at : at + 1);
        break;
      case 'ArrowUp':
        toLine(point.index < 0 ? at : at - 1);
        break;
      case 'Home':
        move(point.line, 0, 1);
        break;
      case 'End':
        move(point.line, point.line.x.length - 1, -1);
        break;
      case '+':
      case '-':
        this.zoomAround(event.key === '+' ? 0.5 : 2);
        break;
      case '0':
        this.view(null);
        break;
      case 'PageUp':
      case 'PageDown':
        this.panBy(event.key === 'PageUp' ? -0.5 : 0.5);
        break;
      case 'Escape':
        this.point(null);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private zoomAround(factor: number): void {
    const now = this.pending ?? this.xRange();
    const centre = this.current ? this.current.line.x[this.current.index]! : (now.min + now.max) / 2;
    const half = ((now.max - now.min) * factor) / 2;
    this.view({ min: centre - half, max: centre + half });
  }

  /** @param share of what is shown, to the right where it is positive */
  private panBy(share: number): void {
    const { min, max } = this.pending ?? this.xRange();
    const by = (max - min) * share;
    this.view({ min: min + by, max: max + by });
  }
}

function span({ min, max }: Extent): [number, number] {
  return [min, max];
}

/** Canvas pixels per CSS pixel. */
function pixelRatio(chart: uPlot): number {
  return chart.ctx.canvas.width / chart.width;
}

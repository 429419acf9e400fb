/**
 * One chart: uPlot gives axes, grid, cursor and the choice of a stretch; the curves are painted by `draw.ts`, because every run has its own x values
 * and may have far more points than the plot has pixels, and heavy ones by `curve-picture.ts`. What is shown is kept by `plot-view.ts`, the point that
 * the reader is at by `plot-cursor.ts`.
 */
import uPlot from 'uplot';
import { extentOf, padded, type Extent } from '../model/series';
import { drawAxes } from './axes';
import { CurvePicture } from './curve-picture';
import { drawLines, type Canvas, type PlotLine } from './draw';
import { freshId, h } from './dom';
import { Memo } from './memo';
import { PlotCursor } from './plot-cursor';
import { PlotView } from './plot-view';
import { isHeavy } from './raster';
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

export class Plot {
  readonly element: HTMLElement;
  private readonly box: HTMLElement;
  private readonly keys: HTMLElement;
  private readonly observer: ResizeObserver;
  /** all curves as last drawn: pointing at one repaints only that one over it */
  private readonly layer = document.createElement('canvas');
  private readonly layerMemo = new Memo();
  private readonly picture = new CurvePicture((y) => this.chart?.setScale('y', (this.y = y)));
  private readonly view = new PlotView(
    () => this.turned(),
    () => this.rested(),
  );
  private readonly cursor = new PlotCursor(
    () => this.element,
    // a redraw asked for while uPlot is drawing would be lost
    () => queueMicrotask(() => this.chart?.redraw(false, false)),
    ({ line, index }) => this.spec!.describe(line, index),
  );
  private chart: uPlot | null = null;
  private spec: PlotSpec | null = null;
  /** what the y axis shows */
  private y: Extent = { min: 0, max: 1 };
  private focus: string | null = null;

  constructor(private readonly height: number) {
    const keysId = freshId('keys');
    this.keys = h('span', { id: keysId, class: 'mp-hidden' });
    this.box = h('div', {
      class: 'mp-plot',
      role: 'group',
      tabindex: 0,
      'aria-describedby': keysId,
      onkeydown: (event: KeyboardEvent) => this.onKey(event),
      onblur: () => this.cursor.to(null, this.chart),
    });
    // may keep the page from scrolling, which a passive listener may not
    this.box.addEventListener('wheel', (event) => this.chart && this.view.wheel(event, this.chart.over), { passive: false });
    this.element = h('div', { class: 'mp-plot-frame' }, this.box, this.keys, this.cursor.readout);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
  }

  /** Draws a new set of curves; the stretch shown stays while the x axis stays the same. */
  show(spec: PlotSpec): void {
    if (this.spec && this.spec.xLabel !== spec.xLabel) this.view.reset();
    this.spec = spec;
    this.view.whole = extentOf(spec.lines, 'x') ?? { min: 0, max: 1 };
    this.y = this.yRange(this.view.range);
    this.box.setAttribute('aria-label', spec.label);
    this.box.setAttribute('aria-roledescription', spec.roleDescription);
    this.keys.textContent = spec.keys;
    // a new chart does not know that the mouse is over it until it moves
    this.cursor.forget();
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
    this.view.dispose();
    this.picture.forget();
    this.chart?.destroy();
    this.chart = null;
  }

  /** Draws what the chart shows now, axes included, in 0..width × 0..height of a picture or vector graphic. */
  drawOn(surface: Surface, width: number, height: number, palette: Palette): void {
    const spec = this.spec;
    if (!spec) return;
    const x = this.view.range;
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
    const x = this.view.range;
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
          x: { time: false, range: () => span(this.view.range) },
          y: { distr: spec.log ? 3 : 1, range: () => span(this.y) },
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
            dblclick: () => () => (this.view.to(null), null),
            // with Shift the picture moves, without it a stretch is chosen
            mousedown: (chart, _, handler) => (event) => (
              event.shiftKey ? this.view.drag(event, chart.over.clientWidth) : handler(event),
              null
            ),
          },
        },
        hooks: {
          draw: [() => this.paint()],
          setCursor: [(chart) => this.followMouse(chart)],
          setSelect: [(chart) => this.zoomToSelection(chart)],
        },
      },
      [
        [x.min, x.max],
        [this.y.min, this.y.max],
      ],
      this.box,
    );
  }

  private paint(): void {
    const { chart, spec } = this;
    if (!chart || !spec) return;
    const { min, max } = chart.scales['x']!;
    const { left, top, width, height } = chart.bbox;
    const scale = pixelRatio(chart);
    const { series } = spec.palette;
    const canvas = {
      context: chart.ctx,
      left,
      top,
      width,
      height,
      scale,
      x: { min: min!, max: max! },
      toX: (value: number) => chart.valToPos(value, 'x', true),
      toY: (value: number) => chart.valToPos(value, 'y', true),
      log: spec.log,
    };
    const focus = this.cursor.current?.line.runId ?? this.focus;
    const inFocus = focus === null ? [] : spec.lines.filter((line) => line.runId === focus);
    if (this.paintsPicture(canvas.x)) this.paintPicture(chart, canvas, inFocus.length > 0);
    else {
      this.picture.element.remove();
      this.paintLayer(chart, canvas, inFocus.length > 0);
    }
    drawLines(canvas, inFocus, series, true);
    this.cursor.ring(chart.ctx, chart, spec.palette.foreground, scale);
  }

  /** Whether the curves are too many points to be stroked in every frame. */
  private paintsPicture(x: Extent): boolean {
    const { lines } = this.spec!;
    return isHeavy(lines, x, this.chart?.bbox.width ?? this.element.clientWidth) && !lines.some((line) => line.everyPoint);
  }

  private paintPicture(chart: uPlot, { left, top, width, height, scale, x, log }: Canvas, dimmed: boolean): void {
    const { element } = this.picture;
    if (element.nextSibling !== chart.over) chart.over.before(element);
    // what has the focus is drawn on the chart and lies over the others
    element.classList.toggle('mp-dimmed', dimmed);
    const area = { left: left / scale, top: top / scale, width: width / scale, height: height / scale, scale };
    this.picture.show(
      { x, y: this.y, log, moving: this.view.moving, ...area },
      { lines: this.spec!.lines, colors: this.spec!.palette.series, whole: this.view.whole, yOf: (part) => this.yRange(part) },
    );
  }

  private paintLayer(chart: uPlot, canvas: Canvas, dimmed: boolean): void {
    const { layer } = this;
    const { lines, palette } = this.spec!;
    const { left, top, width, height, x } = canvas;
    if (this.layerMemo.changed(chart, lines, palette.series, x.min, x.max, this.y.min, this.y.max, left, top, width, height)) {
      const size = chart.ctx.canvas;
      if (layer.width !== size.width || layer.height !== size.height) {
        layer.width = size.width;
        layer.height = size.height;
      }
      const context = layer.getContext('2d')!;
      context.clearRect(0, 0, layer.width, layer.height);
      drawLines({ ...canvas, context }, lines, palette.series, false);
    }
    chart.ctx.save();
    chart.ctx.globalAlpha = dimmed ? 0.2 : 1;
    chart.ctx.drawImage(layer, 0, 0);
    chart.ctx.restore();
  }

  private yRange(x: Extent): Extent {
    const { lines, log } = this.spec!;
    const within = extentOf(lines, 'y', { positive: log, within: x }) ?? extentOf(lines, 'y', { positive: log });
    return padded(within, log);
  }

  /** Another stretch is shown. */
  private turned(): void {
    const { chart } = this;
    if (!chart) return;
    const { range } = this.view;
    // the mouse points at nothing while it moves
    this.cursor.withoutMouse(chart);
    // a picture brings its y axis along
    if (!this.paintsPicture(range)) this.y = this.yRange(range);
    chart.batch(() => {
      chart.setScale('x', range);
      chart.setScale('y', this.y);
    });
  }

  private rested(): void {
    const { chart } = this;
    if (!chart) return;
    this.y = this.yRange(this.view.range);
    chart.setScale('y', this.y);
    this.followMouse(chart);
    // after the scales have their new values
    queueMicrotask(() => this.chart && this.cursor.place(this.chart));
  }

  private zoomToSelection(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 6) return;
    const range = { min: chart.posToVal(left, 'x'), max: chart.posToVal(left + width, 'x') };
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.view.to(range);
  }

  private resize(): void {
    const width = this.element.clientWidth;
    if (this.chart && width > 0 && width !== this.chart.width) this.chart.setSize({ width, height: this.height });
  }

  private followMouse(chart: uPlot): void {
    if (this.spec && !this.view.moving) this.cursor.followMouse(chart, this.spec.lines, this.spec.log);
  }

  private onKey(event: KeyboardEvent): void {
    const { spec, view, cursor } = this;
    const lines = spec?.lines.filter((line) => line.x.length > 0) ?? [];
    if (!spec || lines.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const around = (): number | null => (cursor.current ? cursor.current.line.x[cursor.current.index]! : null);
    const actions: Record<string, () => void> = {
      '+': () => view.zoomAround(around(), 0.5),
      '-': () => view.zoomAround(around(), 2),
      0: () => view.to(null),
      PageUp: () => view.panBy(-0.5),
      PageDown: () => view.panBy(0.5),
      Escape: () => cursor.to(null, this.chart),
    };
    const action = actions[event.key];
    if (action) action();
    else if (PlotCursor.isKey(event.key)) {
      const said = cursor.followKey(event.key, this.chart, lines);
      if (said) spec.announce(said.join(', '));
    } else return;
    event.preventDefault();
  }
}

function span({ min, max }: Extent): [number, number] {
  return [min, max];
}

/** Canvas pixels per CSS pixel. */
function pixelRatio(chart: uPlot): number {
  return chart.ctx.canvas.width / chart.width;
}

/**
 * Curves that are too many or too long to be painted in every frame. They are painted by the pixel (`raster.ts`), a few milliseconds a frame, into a
 * picture that reaches beyond what is shown; while the view moves, the picture painted last is shifted and stretched, which the browser's compositor
 * does. When it rests, exactly what is shown is painted, with smooth edges.
 */
import type { Extent } from '../model/series';
import { dash, lineWidth, markerPlaces, type PlotLine } from './draw';
import { h } from './dom';
import { Raster } from './raster';

/** milliseconds of a frame that painting may take while the view moves, and at rest */
const share = { moving: 4, still: 10 };
/** of the lines, at least this part is painted in a frame, however slow the machine */
const leastPart = 1 / 16;
/** of the view's width on either side; more while it grows */
const margin = { level: 0.5, growing: 1 };

export interface CurveView {
  x: Extent;
  y: Extent;
  log: boolean;
  /** the plot area, in CSS pixels */
  left: number;
  top: number;
  width: number;
  height: number;
  /** canvas pixels per CSS pixel */
  scale: number;
  moving: boolean;
}

export interface Curves {
  lines: readonly PlotLine[];
  /** by colour of a run's mark */
  colors: readonly string[];
  /** all of the x axis: nothing is painted beyond it */
  whole: Extent;
  /** what the y axis shows for a stretch of the x axis */
  yOf(x: Extent): Extent;
}

/** What a picture shows, or will show. */
interface Plan {
  x: Extent;
  y: Extent;
  log: boolean;
  /** in pixels */
  width: number;
  height: number;
  /** exactly what was shown at rest */
  exact: boolean;
}

interface Job {
  plan: Plan;
  steps: Generator<void, ImageData>;
}

export class CurvePicture {
  readonly element: HTMLElement;
  private readonly canvas = h('canvas');
  private readonly raster = new Raster();
  private painted: Plan | null = null;
  private job: Job | null = null;
  private waiting = false;
  private view: CurveView | null = null;
  private curves: Curves | null = null;

  /** @param arrived a picture made while the view moved is there, for this stretch of the y axis */
  constructor(private readonly arrived: (y: Extent) => void) {
    this.element = h('div', { class: 'mp-curves', 'aria-hidden': 'true' }, this.canvas);
  }

  /** Shows the curves of a view: at once as far as they are painted, and sees to the rest. The first picture of other curves or colours is made at once. */
  show(view: CurveView, curves: Curves): void {
    const before = this.view;
    const { style } = this.element;
    style.left = `${view.left}px`;
    style.top = `${view.top}px`;
    style.width = `${view.width}px`;
    style.height = `${view.height}px`;
    this.view = view;
    if (this.curves?.lines !== curves.lines || this.curves.colors !== curves.colors || this.painted?.log !== view.log) this.forget();
    this.curves = curves;
    const growing = before !== null && view.x.max - view.x.min > (before.x.max - before.x.min) * 1.001;
    const plan = view.moving ? movingPlan(view, curves, growing) : stillPlan(view);
    const current = this.job?.plan ?? this.painted;
    if (
      view.moving ? this.job?.plan.exact !== false && !(this.painted && samePlan(this.painted, plan)) : !current || !samePlan(current, plan)
    )
      this.begin(plan);
    if (!this.painted) this.work(Infinity);
    this.place();
  }

  /** Other curves come, or none. */
  forget(): void {
    this.painted = null;
    this.job = null;
  }

  private begin(plan: Plan): void {
    const { lines, colors } = this.curves!;
    const { scale, x, width } = this.view!;
    // markers and dashes are where they will be when the picture is at rest
    const beyond = ((x.min - plan.x.min) / (x.max - x.min)) * width * scale;
    const rasterLines = lines.map((line, order) => {
      const { first, every, radius } = markerPlaces(order, scale);
      return {
        x: line.x,
        y: line.y,
        dashed: line.dashed,
        color: colors[line.mark.color] ?? '#888',
        marks: { mark: line.mark, first: (first + beyond) % every, every, radius },
      };
    });
    const steps = this.raster.paint(rasterLines, {
      ...plan,
      lineWidth: lineWidth(false, lines.length) * scale,
      dash: [dash[0] * scale, dash[1] * scale],
      quick: !plan.exact,
    });
    this.job = { plan, steps };
    this.later();
  }

  private later(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.work(share[this.view?.moving ? 'moving' : 'still']);
    });
  }

  /** Paints for so many milliseconds, or to the end. */
  private work(milliseconds: number): void {
    const { job, curves } = this;
    if (!job || !curves) return;
    const until = performance.now() + milliseconds;
    const least = curves.lines.length * leastPart;
    for (let done = 0; done < least || performance.now() < until; done++) {
      const step = job.steps.next();
      if (step.done) return this.finish(job.plan, step.value);
    }
    this.later();
  }

  private finish(plan: Plan, image: ImageData): void {
    const { canvas } = this;
    this.job = null;
    this.painted = plan;
    if (canvas.width !== plan.width || canvas.height !== plan.height) {
      canvas.width = plan.width;
      canvas.height = plan.height;
    }
    canvas.getContext('2d')!.putImageData(image, 0, 0);
    if (plan.exact || !this.view) this.place();
    else {
      this.view = { ...this.view, y: plan.y };
      this.place();
      this.arrived(plan.y);
    }
  }

  /** Puts the picture where its stretches of the axes are in the view. */
  private place(): void {
    const { view, painted, canvas } = this;
    if (!view || !painted) return;
    const across = view.width / (view.x.max - view.x.min);
    const onAxis = view.log ? Math.log10 : Number;
    const [low, high] = [onAxis(view.y.min), onAxis(view.y.max)];
    const down = view.height / (high - low);
    const exact = painted.exact && samePlan(painted, stillPlan(view));
    const [width, height] = [painted.width / view.scale, painted.height / view.scale];
    const toX = (painted.x.min - view.x.min) * across;
    const toY = (high - onAxis(painted.y.max)) * down;
    const scaleX = ((painted.x.max - painted.x.min) * across) / width;
    const scaleY = ((onAxis(painted.y.max) - onAxis(painted.y.min)) * down) / height;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.style.transform = exact ? '' : `translate(${toX}px, ${toY}px) scale(${scaleX}, ${scaleY})`;
    this.element.classList.toggle('mp-moving', view.moving);
  }
}

function stillPlan({ x, y, log, width, height, scale }: CurveView): Plan {
  return { x, y, log, width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)), exact: true };
}

/** The view with a margin on both sides, for where it may move to while this is painted; coarser while the view grows. */
function movingPlan(view: CurveView, { whole, yOf }: Curves, growing: boolean): Plan {
  const { x } = view;
  const span = x.max - x.min;
  const beyond = span * margin[growing ? 'growing' : 'level'];
  const reach = { min: Math.max(whole.min, x.min - beyond), max: Math.min(whole.max, x.max + beyond) };
  const still = stillPlan(view);
  const width = Math.round((still.width * (reach.max - reach.min)) / span / (growing ? 1.5 : 1));
  return { ...still, x: reach, y: yOf(x), width: Math.max(1, width), exact: false };
}

function samePlan(a: Plan, b: Plan): boolean {
  return (
    a.exact === b.exact &&
    a.log === b.log &&
    a.width === b.width &&
    a.height === b.height &&
    a.x.min === b.x.min &&
    a.x.max === b.x.max &&
    a.y.min === b.y.min &&
    a.y.max === b.y.max
  );
}

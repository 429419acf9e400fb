/** Which stretch of its x axis a plot shows: asked for by wheel, mouse and keys, changed at most once a frame, and never beyond the data. */
import type { Extent } from '../model/series';

/** milliseconds without another view after which the picture is at rest */
const rest = 150;

export class PlotView {
  private zoom: Extent | null = null;
  /** a view that waits for the next frame; null: all of it */
  private pending: Extent | null | undefined;
  private resting: ReturnType<typeof setTimeout> | null = null;
  private all: Extent = { min: 0, max: 1 };

  /**
   * @param changed another stretch is to be drawn, within a frame
   * @param rested the stretches no longer follow each other
   */
  constructor(
    private readonly changed: () => void,
    private readonly rested: () => void,
  ) {}

  /** what is shown */
  get range(): Extent {
    return this.zoom ?? this.all;
  }

  /** all there is */
  get whole(): Extent {
    return this.all;
  }

  set whole({ min, max }: Extent) {
    this.all = min === max ? { min: min - 1, max: max + 1 } : { min, max };
  }

  /** while one view follows the other */
  get moving(): boolean {
    return this.resting !== null;
  }

  /** Shows everything again, without asking for a frame. */
  reset(): void {
    this.zoom = null;
  }

  /** Shows a part of the axis (null: all of it) with the next frame; of several views asked for in one frame the last counts. */
  to(range: Extent | null): void {
    const { min: first, max: last } = this.all;
    const width = range ? Math.min(range.max - range.min, last - first) : Infinity;
    const min = range ? Math.max(first, Math.min(range.min, last - width)) : first;
    if (this.pending === undefined) requestAnimationFrame(() => this.turnTo());
    this.pending = range && width < last - first ? { min, max: min + width } : null;
  }

  /** Magnifies around a place. @param factor of the stretch shown: below 1 shows less of it */
  zoomAround(at: number | null, factor: number): void {
    const { min, max } = this.asked;
    const centre = at ?? (min + max) / 2;
    this.to({ min: centre - (centre - min) * factor, max: centre + (max - centre) * factor });
  }

  /** @param share of what is shown, to the right where it is positive */
  panBy(share: number): void {
    const { min, max } = this.asked;
    const by = (max - min) * share;
    this.to({ min: min + by, max: max + by });
  }

  /** Moves the picture with the mouse until the button is released. @param width of the plot, CSS pixels */
  drag(event: MouseEvent, width: number): void {
    event.preventDefault();
    const start = this.range;
    const perPixel = (start.max - start.min) / width;
    const move = ({ clientX }: MouseEvent): void => {
      const by = (event.clientX - clientX) * perPixel;
      this.to({ min: start.min + by, max: start.max + by });
    };
    const end = (): void => {
      document.removeEventListener('mousemove', move);
      document.removeEventListener('mouseup', end);
    };
    document.addEventListener('mousemove', move);
    document.addEventListener('mouseup', end);
  }

  /** Ctrl and the wheel magnify around the mouse, a sideways wheel moves the picture; the page keeps the plain wheel for itself. */
  wheel(event: WheelEvent, over: HTMLElement): void {
    if (event.ctrlKey || event.metaKey) {
      const { min, max } = this.asked;
      const { left, width } = over.getBoundingClientRect();
      const at = min + Math.max(0, Math.min(1, (event.clientX - left) / width)) * (max - min);
      this.zoomAround(at, 1.002 ** Math.max(-200, Math.min(200, event.deltaY)));
    } else if (this.zoom && Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.panBy(event.deltaX / over.clientWidth);
    else return;
    // not of a scroll that is under way
    if (event.cancelable) event.preventDefault();
  }

  dispose(): void {
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = null;
    this.pending = undefined;
  }

  private get asked(): Extent {
    return this.pending === undefined ? this.range : (this.pending ?? this.all);
  }

  private turnTo(): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending === undefined) return;
    this.zoom = pending;
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = null;
      this.rested();
    }, rest);
    this.changed();
  }
}

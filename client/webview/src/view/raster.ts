/**
 * Many or long curves, painted column by column into a pixel buffer. Where a curve has several points per pixel column, each column gets the stretch
 * from its lowest to its highest value, joined to the column before. The same picture as stroked paths, at a cost that depends on the pixels and not on
 * the points: stroking a hundred curves anew takes a software canvas a quarter of a second.
 */
import { lowerBound } from '../model/downsample';
import { pyramidOf } from '../model/pyramid';
import type { Extent, Line } from '../model/series';
import { rgbaOf, type Rgba } from './css-colour';
import { fillMarker, type RunMark } from './marks';

/** From how many points per column on a curve is dense. */
const densePoints = 3;
/** Parts of a column that blocks of points are rounded to, at rest and while the picture moves. */
const partsOfColumn = { still: 4, quick: 2 };

export interface RasterLine extends Line {
  color: string;
  dashed: boolean;
  /** a marker every so many pixels, the first at `first` */
  marks: { mark: RunMark; first: number; every: number; radius: number };
}

export interface RasterArea {
  /** in pixels */
  width: number;
  height: number;
  x: Extent;
  y: Extent;
  log: boolean;
  lineWidth: number;
  dash: readonly [number, number];
  /** the picture moves: edges are not smoothed */
  quick: boolean;
}

/** From how many curves on they are painted this way even when they are short. */
const manyLines = 24;

/** Whether curves are better painted than stroked. */
export function isHeavy(lines: readonly Line[], x: Extent, columns: number): boolean {
  return lines.length > manyLines || lines.some((line) => isDense(line, x, columns));
}

function isDense(line: Line, x: Extent, columns: number): boolean {
  return line.x.length > columns * densePoints && lowerBound(line.x, x.max) - lowerBound(line.x, x.min) > columns * densePoints;
}

interface Stamp {
  size: number;
  /** opacity 0..255, row by row */
  cover: Uint8ClampedArray;
}

/** A buffer of the size of the plot area that is kept from frame to frame. */
export class Raster {
  private image: ImageData | null = null;
  /** column by column, because that is how curves are painted */
  private pixels = new Uint32Array(0);
  private quick = false;
  private width = 0;
  private height = 0;
  private readonly stamps = new Map<string, Stamp>();

  /**
   * Paints the lines, one over the other, into a picture of the area's size. Between lines it yields, so that the work can be divided among frames;
   * the picture is that of the last call and only valid until the next one.
   */
  *paint(lines: readonly RasterLine[], area: RasterArea): Generator<void, ImageData> {
    const width = (this.width = Math.max(1, Math.round(area.width)));
    const height = (this.height = Math.max(1, Math.round(area.height)));
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(width * height);
    } else this.pixels.fill(0);
    this.quick = area.quick;
    for (const line of lines) {
      if (isDense(line, area.x, width)) this.dense(line, area);
      else this.sparse(line, area);
      yield;
    }
    turn(this.pixels, new Uint32Array(this.image.data.buffer), width, height);
    return this.image;
  }

  /** Points farther apart than columns: straight from one to the next. */
  private sparse({ x, y, color: css, dashed, marks }: RasterLine, area: RasterArea): void {
    const { x: extent, y: range, log, dash } = area;
    const { width, height } = this;
    const color = rgbaOf(css);
    const low = log ? Math.log10(range.min) : range.min;
    const scale = height / ((log ? Math.log10(range.max) : range.max) - low);
    const perUnit = width / (extent.max - extent.min);
    const half = area.lineWidth / 2;
    const period = dash[0] + dash[1];
    let nextMark = marks.first;
    let beforeX = Number.NaN;
    let beforeY = Number.NaN;
    for (let i = Math.max(0, lowerBound(x, extent.min) - 1); i < x.length; i++) {
      const toX = (x[i]! - extent.min) * perUnit;
      const toY = height - ((log ? Math.log10(y[i]!) : y[i]!) - low) * scale;
      const alone = Number.isNaN(beforeY) && !(Number.isFinite(y[i + 1]!) && i + 1 < x.length);
      if (Number.isFinite(toY) && (toX >= beforeX || alone)) {
        const slope = alone ? 0 : (toY - beforeY) / Math.max(toX - beforeX, 1e-9);
        // as thick across a slope as along the level
        const reach = half * Math.min(3, Math.hypot(1, slope));
        const from = alone ? toX - half : beforeX;
        const to = alone ? toX + half : toX;
        const end = Math.min(width, Math.floor(to) + 1);
        for (let column = Math.max(0, Math.floor(from)); column < end; column++) {
          if (dashed && column % period >= dash[0]) continue;
          const left = toY - (toX - Math.max(column, from)) * slope;
          const right = toY - (toX - Math.min(column + 1, to)) * slope;
          const own = Math.abs(right - left) > 2 ? half : reach;
          this.column(column, Math.min(left, right) - own, Math.max(left, right) + own, color);
        }
        if (toX >= nextMark && toX <= width) {
          this.stamp(marks.mark, toX, toY, marks.radius, color);
          while (nextMark <= toX) nextMark += marks.every;
        }
      }
      if (x[i]! > extent.max) break;
      beforeX = toX;
      beforeY = Number.isFinite(toY) ? toY : Number.NaN;
    }
  }

  /** Several points a column: from the lowest to the highest. */
  private dense({ x, y, color: css, dashed, marks }: RasterLine, area: RasterArea): void {
    const { x: extent, y: range, log, dash } = area;
    const { width, height } = this;
    const color = rgbaOf(css);
    const start = lowerBound(x, extent.min);
    const inView = lowerBound(x, extent.max) - start;
    const { size, min: lows, max: highs } = pyramidOf(y, log).level(inView / width / partsOfColumn[area.quick ? 'quick' : 'still']);
    const perColumn = (extent.max - extent.min) / width;
    const step = evenStep(x);
    const low = log ? Math.log10(range.min) : range.min;
    const scale = height / ((log ? Math.log10(range.max) : range.max) - low);
    const half = area.lineWidth / 2;
    const period = dash[0] + dash[1];
    const blocks = lows.length;
    let block = Math.floor(start / size);
    let nextMark = marks.first;
    // of the column before; NaN: there was none
    let top = Number.NaN;
    let bottom = Number.NaN;
    for (let column = 0; column < width && block < blocks; column++) {
      const border = column === width - 1 ? extent.max + perColumn * 1e-6 : extent.min + (column + 1) * perColumn;
      const end = step === null ? -1 : Math.min(blocks, Math.ceil((border - x[0]!) / (step * size)));
      if (step === null ? x[block * size]! >= border : block >= end) continue;
      let lowest = Infinity;
      let highest = -Infinity;
      do {
        const min = lows[block]!;
        const max = highs[block]!;
        if (min < lowest) lowest = min;
        if (max > highest) highest = max;
        block++;
      } while (step === null ? block < blocks && x[block * size]! < border : block < end);
      if (lowest > highest) {
        top = bottom = Number.NaN;
        continue;
      }
      const ownTop = height - ((log ? Math.log10(highest) : highest) - low) * scale;
      const ownBottom = height - ((log ? Math.log10(lowest) : lowest) - low) * scale;
      let paintTop = ownTop;
      let paintBottom = ownBottom;
      // columns that do not overlap are joined half way
      if (ownBottom < top) paintBottom = (ownBottom + top) / 2;
      else if (ownTop > bottom) paintTop = (ownTop + bottom) / 2;
      top = ownTop;
      bottom = ownBottom;
      if (!dashed || column % period < dash[0]) this.column(column, paintTop - half, paintBottom + half, color);
      if (column < nextMark) continue;
      this.stamp(marks.mark, column, (ownTop + ownBottom) / 2, marks.radius, color);
      nextMark += marks.every;
    }
  }

  /** Fills one column from `top` to `bottom`; the first and last pixel as far as they are covered. */
  private column(column: number, top: number, bottom: number, color: Rgba): void {
    const { pixels, height } = this;
    if (!(bottom > 0 && top < height)) return;
    if (this.quick) {
      top = Math.round(top);
      bottom = Math.max(top + 1, Math.round(bottom));
    }
    const firstWhole = Math.max(0, Math.ceil(top));
    const endWhole = Math.min(height, Math.floor(bottom));
    if (firstWhole > endWhole) return this.blend(column * height + firstWhole - 1, bottom - top, color);
    const whole = 0xff000000 | (color.blue << 16) | (color.green << 8) | color.red;
    for (let at = column * height + firstWhole, end = column * height + endWhole; at < end; at++) pixels[at] = whole;
    if (firstWhole > top && firstWhole > 0) this.blend(column * height + firstWhole - 1, firstWhole - top, color);
    if (endWhole < bottom && endWhole < height) this.blend(column * height + endWhole, bottom - endWhole, color);
  }

  private blend(at: number, cover: number, { red, green, blue }: Rgba): void {
    const under = this.pixels[at]!;
    const part = (cover * 256) | 0;
    if (under >>> 24 === 255) {
      const rest = 256 - part;
      const odd = ((under & 0xff00ff) * rest + ((blue << 16) | red) * part) >>> 8;
      const even = ((under & 0xff00) * rest + (green << 8) * part) >>> 8;
      this.pixels[at] = 0xff000000 | (odd & 0xff00ff) | (even & 0xff00);
      return;
    }
    const below = (((under >>> 24) * (256 - part)) >> 8) | 0;
    const own = (part * 255) >> 8;
    const alpha = own + below;
    if (alpha === 0) return;
    if (below === 0) {
      this.pixels[at] = (own << 24) | (blue << 16) | (green << 8) | red;
      return;
    }
    const r = ((red * own + (under & 255) * below) / alpha) | 0;
    const g = ((green * own + ((under >>> 8) & 255) * below) / alpha) | 0;
    const b = ((blue * own + ((under >>> 16) & 255) * below) / alpha) | 0;
    this.pixels[at] = (alpha << 24) | (b << 16) | (g << 8) | r;
  }

  private stamp(mark: RunMark, x: number, y: number, radius: number, color: Rgba): void {
    const { size, cover } = this.stampOf(mark, radius);
    const left = Math.round(x - size / 2);
    const top = Math.round(y - size / 2);
    for (let row = 0; row < size; row++) {
      const at = top + row;
      if (at < 0 || at >= this.height) continue;
      for (let column = 0; column < size; column++) {
        const opacity = cover[row * size + column]!;
        if (opacity > 0 && left + column >= 0 && left + column < this.width)
          this.blend((left + column) * this.height + at, opacity / 255, color);
      }
    }
  }

  private stampOf(mark: RunMark, radius: number): Stamp {
    const key = `${mark.shape} ${radius}`;
    let stamp = this.stamps.get(key);
    if (!stamp) {
      const size = Math.ceil(radius * 2.8);
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = size;
      const context = canvas.getContext('2d')!;
      fillMarker(context, mark, size / 2, size / 2, radius);
      const { data } = context.getImageData(0, 0, size, size);
      stamp = { size, cover: new Uint8ClampedArray(size * size).map((_, i) => data[i * 4 + 3]!) };
      this.stamps.set(key, stamp);
    }
    return stamp;
  }
}

/** From columns one after the other to rows one after the other, square by square so that both stay in the cache. */
function turn(columns: Uint32Array, rows: Uint32Array, width: number, height: number): void {
  const side = 16;
  for (let left = 0; left < width; left += side) {
    const right = Math.min(width, left + side);
    for (let top = 0; top < height; top += side) {
      const bottom = Math.min(height, top + side);
      for (let x = left; x < right; x++) for (let y = top; y < bottom; y++) rows[y * width + x] = columns[x * height + y]!;
    }
  }
}

const steps = new WeakMap<Line['x'], { step: number | null }>();

/** The distance of the points where all are equally far apart: then their places need not be looked up. */
function evenStep(x: Line['x']): number | null {
  let known = steps.get(x);
  if (!known) {
    const first = x[0] ?? 0;
    const step = (x[1] ?? 0) - first;
    known = { step: step > 0 && x.every((value, i) => value === first + i * step) ? step : null };
    steps.set(x, known);
  }
  return known.step;
}

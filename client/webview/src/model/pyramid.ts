/**
 * Smallest and largest values of any stretch of a long curve in few steps: blocks of 4 points, of 8, of 16 and so on, each with its extremes, made
 * once in one pass.
 */
import type { Numbers } from './loss-table';

const base = 4;

export interface Range {
  min: number;
  max: number;
}

/** Extremes of blocks of `size` points; min > max where a block has no value. Of size 1 the values themselves. */
export interface Level {
  size: number;
  min: Numbers;
  max: Numbers;
}

export class Pyramid {
  private readonly levels: Level[];

  /** @param positive only values above 0 count, as on a logarithmic axis */
  constructor(y: Numbers, positive = false) {
    const make = (length: number): Numbers => (y instanceof Float32Array ? new Float32Array(length) : new Float64Array(length));
    this.levels = [{ size: 1, min: y, max: y }];
    if (positive && y.some((value) => value <= 0)) {
      const above = y.map((value) => (value > 0 ? value : Number.NaN));
      this.levels = [{ size: 1, min: above, max: above }];
    }
    for (let size = base; size <= y.length; size *= 2) {
      const below = this.levels.at(-1)!;
      const factor = size / below.size;
      const level: Level = { size, min: make(Math.ceil(y.length / size)), max: make(Math.ceil(y.length / size)) };
      for (let block = 0, i = 0; block < level.min.length; block++) {
        let min = Infinity;
        let max = -Infinity;
        for (const end = Math.min(below.min.length, i + factor); i < end; i++) {
          // false for NaN
          if (below.min[i]! < min) min = below.min[i]!;
          if (below.max[i]! > max) max = below.max[i]!;
        }
        level.min[block] = min;
        level.max[block] = max;
      }
      this.levels.push(level);
    }
  }

  /** The coarsest level whose blocks have at most `size` points. */
  level(size: number): Level {
    let found = this.levels[0]!;
    for (const level of this.levels) if (level.size <= size) found = level;
    return found;
  }

  /** Extremes of the points from..to (without `to`) into `range`; min > max where there is no value. */
  extremes(from: number, to: number, range: Range): void {
    let min = Infinity;
    let max = -Infinity;
    let at = 0;
    for (let i = from; i < to;) {
      // up while a larger block begins here and fits, down where it does not
      while (at + 1 < this.levels.length && i % this.levels[at + 1]!.size === 0 && i + this.levels[at + 1]!.size <= to) at++;
      while (at > 0 && (i % this.levels[at]!.size !== 0 || i + this.levels[at]!.size > to)) at--;
      const level = this.levels[at]!;
      const block = i / level.size;
      if (level.min[block]! < min) min = level.min[block]!;
      if (level.max[block]! > max) max = level.max[block]!;
      i += level.size;
    }
    range.min = min;
    range.max = max;
  }
}

const known = new WeakMap<Numbers, Pyramid>();
const knownPositive = new WeakMap<Numbers, Pyramid>();

/** The pyramid of a curve's values, made when it is first asked for. */
export function pyramidOf(y: Numbers, positive = false): Pyramid {
  const store = positive ? knownPositive : known;
  let pyramid = store.get(y);
  if (!pyramid) store.set(y, (pyramid = new Pyramid(y, positive)));
  return pyramid;
}

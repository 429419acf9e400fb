/**
 * Thinning a long curve to what a plot of some pixels can show: of every pixel column the first, lowest, highest and last point are kept, so no
 * spike is lost and the line looks the same. Gaps (NaN) stay gaps.
 */

/** First index in ascending `x` whose value is ≥ `value` (x.length when there is none). */
export function lowerBound(x: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Indices of the points to draw between `from` and `to` (x units, one more point on each side so that lines leave the plot), ascending.
 * @param buckets number of pixel columns; curves with at most four points a column are returned whole
 */
export function minMaxIndices(x: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number, buckets: number): number[] {
  const first = Math.max(0, lowerBound(x, from) - 1);
  let last = lowerBound(x, to);
  while (last < x.length - 1 && x[last]! <= to) last++;
  last = Math.min(last, x.length - 1);
  const kept: number[] = [];
  if (last - first + 1 <= buckets * 4) {
    for (let i = first; i <= last; i++) kept.push(i);
    return kept;
  }
  const width = (to - from) / buckets || 1;
  let start = first;
  while (start <= last) {
    const bucket = Math.floor((x[start]! - from) / width);
    let end = start;
    let low = -1;
    let high = -1;
    let gap = -1;
    for (; end <= last && Math.floor((x[end]! - from) / width) === bucket; end++) {
      const value = y[end]!;
      if (Number.isNaN(value)) gap = end;
      else {
        if (low < 0 || value < y[low]!) low = end;
        if (high < 0 || value > y[high]!) high = end;
      }
    }
    const picks = [start, low, high, gap, end - 1].filter((index) => index >= 0).sort((a, b) => a - b);
    for (const index of picks) if (kept.at(-1) !== index) kept.push(index);
    start = end;
  }
  return kept;
}

/** At most `limit` indices of `length`, evenly spread, the first and last among them. */
export function evenIndices(length: number, limit: number): number[] {
  if (length <= limit) return Array.from({ length }, (_, i) => i);
  const kept: number[] = [];
  for (let i = 0; i < limit; i++) kept.push(Math.round((i * (length - 1)) / Math.max(1, limit - 1)));
  return kept;
}

/** How large a canvas may be. */

/** Browsers leave a canvas empty that is longer or larger than this. */
const longestSide = 16_000;
const mostPixels = 100_000_000;

/** Canvas pixels per CSS pixel for a drawing of this size: as many as wanted, or fewer where the canvas would become too large to be drawn at all. */
export function canvasScale(wanted: number, width: number, height: number): number {
  return Math.min(wanted, longestSide / width, longestSide / height, Math.sqrt(mostPixels / (width * height)));
}

/**
 * Colour scales made from formulas in Oklab, a space in which equal distances look equal (Björn Ottosson, "A perceptual color space for image
 * processing", 2020). Both scales are told apart by lightness alone: the sequential one rises evenly from dark to light, the diverging one falls evenly
 * from the light middle to both sides (blue and orange, which colour-blind readers tell apart).
 */

/** Red, green and blue of 256 steps, 0..255, three bytes a step. */
export type ColourTable = Uint8Array;

const steps = 256;

/** Linear sRGB of an Oklab colour; outside 0..1 where the screen cannot show it. */
function linearOf(lightness: number, chroma: number, hue: number): [number, number, number] {
  const angle = (hue / 180) * Math.PI;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** The nearest colour of the same lightness and hue that a screen can show, as bytes. */
function bytesOf(lightness: number, chroma: number, hue: number): number[] {
  const fits = (c: number): boolean => linearOf(lightness, c, hue).every((part) => part >= -1e-6 && part <= 1 + 1e-6);
  let [low, high] = [0, chroma];
  if (fits(high)) low = high;
  for (let i = 0; i < 20 && low < high; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return linearOf(lightness, low, hue).map((part) => {
    const clipped = Math.min(1, Math.max(0, part));
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
  });
}

function table(colourAt: (t: number) => number[]): ColourTable {
  return Uint8Array.from(Array.from({ length: steps }, (_, i) => colourAt(i / (steps - 1))).flat());
}

/** Dark indigo over teal to light yellow, for values of one sign or none in particular. */
export const sequential: ColourTable = table((t) => bytesOf(0.24 + 0.72 * t, 0.075 + 0.075 * Math.sin(Math.PI * t), 290 - 185 * t));

/** Blue below, almost white at the middle, orange to brown above: for differences and ratios. */
export const diverging: ColourTable = table((t) => {
  const side = Math.abs(2 * t - 1);
  return bytesOf(0.965 - 0.545 * side, 0.17 * Math.min(1, 1.4 * side), t < 0.5 ? 255 : 50);
});

/** Place of a value on a scale from `min` to `max` as an index of the table; values beyond its ends take the ends. */
export function stepOf(value: number, min: number, max: number): number {
  if (!(max > min)) return steps / 2;
  return Math.min(steps - 1, Math.max(0, Math.round(((value - min) / (max - min)) * (steps - 1))));
}

export function cssColour(colours: ColourTable, step: number): string {
  return `rgb(${colours[3 * step]},${colours[3 * step + 1]},${colours[3 * step + 2]})`;
}

/** Black or white, whichever contrasts more with a step (always at least 4.5 : 1). */
export function inkOn(colours: ColourTable, step: number): '#000' | '#fff' {
  const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((part) => {
    const value = colours[3 * step + part]! / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? '#000' : '#fff';
}

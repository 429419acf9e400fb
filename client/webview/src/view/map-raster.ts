/** A grid as a small picture with one pixel a cell, to be enlarged without smoothing: what is seen are the values, cell by cell. */
import { stepOf, type ColourTable } from '../model/colour';
import type { Grid } from '../model/fields';
import { rgbaOf } from './css-colour';
import type { Surface } from './surface';

/** pixels of an unevenly spaced axis, at most */
const mostPixels = 720;

export interface MapScale {
  colours: ColourTable;
  min: number;
  max: number;
  /** colour of cells without a value that are not land: they would look like what lies below */
  blank: string;
}

interface Raster extends MapScale {
  canvas: HTMLCanvasElement;
}

const rasters = new WeakMap<Grid, Raster>();

/** Draws a grid's values between its edges; cells on land stay as they were. `toX` and `toY` place degrees on the surface. */
export function drawGrid(
  surface: Surface,
  grid: Grid,
  scale: MapScale,
  toX: (longitude: number) => number,
  toY: (latitude: number) => number,
): void {
  const [left, right] = [toX(grid.west[0]!), toX(grid.west.at(-1)!)];
  const [top, bottom] = [toY(grid.north[0]!), toY(grid.north.at(-1)!)];
  // a canvas can enlarge without smoothing, a vector graphic is told so by the surface
  if ('imageSmoothingEnabled' in surface) surface.imageSmoothingEnabled = false;
  surface.drawImage(rasterOf(grid, scale), left, top, right - left, bottom - top);
}

function rasterOf(grid: Grid, { colours, min, max, blank }: MapScale): HTMLCanvasElement {
  const known = rasters.get(grid);
  if (known && known.colours === colours && known.min === min && known.max === max && known.blank === blank) return known.canvas;
  const rows = pixelCells(grid.north);
  const columns = pixelCells(grid.west);
  const canvas = document.createElement('canvas');
  canvas.width = columns.length;
  canvas.height = rows.length;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const paints = paintsOf(colours);
  const { red, green, blue } = rgbaOf(blank);
  const [nothing] = paintsOf(Uint8Array.of(red, green, blue));
  const { values, land } = grid;
  const width = grid.longitudes.length;
  const perValue = 255 / (max - min);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const cell = row * width + column;
      if (land === null || land[cell] === 0) {
        const value = values[cell]!;
        const step = max > min ? Math.round((value - min) * perValue) : stepOf(value, min, max);
        // NaN and infinite values alike
        pixels[at] = value - value !== 0 ? nothing! : paints[step < 0 ? 0 : step > 255 ? 255 : step]!;
      }
      at++;
    }
  }
  context.putImageData(image, 0, 0);
  rasters.set(grid, { canvas, colours, min, max, blank });
  return canvas;
}

/** The table as whole pixels in the byte order of this machine. */
function paintsOf(colours: ColourTable): Uint32Array {
  const bytes = new Uint8Array((colours.length / 3) * 4);
  for (let i = 0; i < colours.length / 3; i++) bytes.set([colours[3 * i]!, colours[3 * i + 1]!, colours[3 * i + 2]!, 255], 4 * i);
  return new Uint32Array(bytes.buffer);
}

/** Which cell every pixel of an axis shows: one each where the cells are equally wide, else as many pixels as tell the narrowest. */
function pixelCells(edges: Float64Array): number[] {
  const cells = edges.length - 1;
  const whole = edges[cells]! - edges[0]!;
  const narrowest = Math.min(...Array.from({ length: cells }, (_, i) => Math.abs(edges[i + 1]! - edges[i]!)));
  if (narrowest > (0.98 * Math.abs(whole)) / cells) return Array.from({ length: cells }, (_, i) => i);
  const pixels = Math.min(mostPixels, Math.max(cells, Math.ceil((2 * Math.abs(whole)) / Math.max(narrowest, 1e-6))));
  const found: number[] = [];
  let cell = 0;
  for (let i = 0; i < pixels; i++) {
    const place = Math.abs((whole * (i + 0.5)) / pixels);
    while (cell < cells - 1 && Math.abs(edges[cell + 1]! - edges[0]!) <= place) cell++;
    found.push(cell);
  }
  return found;
}

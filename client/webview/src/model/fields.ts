/**
 * Fields on latitude-longitude grids as the maps need them: north at the top, west on the left, whatever order the file had them in, so that
 * two fields of the same places can be subtracted cell by cell.
 */
import type { FieldMap } from '../../../../runs/src/results/document';

export interface Grid {
  /** centres of the rows, descending, degrees north */
  latitudes: Float64Array;
  /** centres of the columns, ascending, degrees east; beyond 180 where a region crosses the antimeridian */
  longitudes: Float64Array;
  /** edges of the rows and columns, one more than there are of them; those of cells around a pole lie beyond 90 */
  north: Float64Array;
  west: Float64Array;
  /** row by row from the north-west, NaN where there is no value */
  values: Float32Array;
  /** 1 on land; null where the data have no mask */
  land: Uint8Array | null;
}

export interface GridStatistics {
  /** cells with a value, land left out */
  n: number;
  min: number;
  mean: number;
  max: number;
  /** square root of the mean square; of a difference this is the RMSE without weights */
  rms: number;
}

/** Longitude at the middle of a map of the whole globe. */
export type MapCentre = 0 | 180;

const degreesApart = 1e-3;
const known: Record<MapCentre, WeakMap<FieldMap, Grid | null>> = { 0: new WeakMap(), 180: new WeakMap() };

/** The field's grid, or null when its parts do not fit together; unpacked once. */
export function gridOf(field: FieldMap, centre: MapCentre = 0): Grid | null {
  const grids = known[centre];
  let grid = grids.get(field);
  if (grid === undefined) grids.set(field, (grid = unpack(field, centre)));
  return grid;
}

function unpack({ latitudes, longitudes, values, land }: FieldMap, centre: MapCentre): Grid | null {
  const cells = latitudes.length * longitudes.length;
  const bytes = bytesOf(values);
  const bits = land === null ? null : bytesOf(land);
  if (cells === 0 || bytes?.length !== 4 * cells || (bits !== null && bits.length < Math.ceil(cells / 8))) return null;
  if (![...latitudes, ...longitudes].every(Number.isFinite)) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = latitudes.map((_, i) => i).sort((a, b) => latitudes[b]! - latitudes[a]!);
  const columns = eastward(longitudes, centre);
  const grid: Grid = {
    latitudes: Float64Array.from(rows, (i) => latitudes[i]!),
    longitudes: Float64Array.from(columns, ({ east }) => east),
    north: new Float64Array(0),
    west: new Float64Array(0),
    values: new Float32Array(rows.length * columns.length),
    land: bits === null ? null : new Uint8Array(rows.length * columns.length),
  };
  grid.north = edges(grid.latitudes);
  grid.west = edges(grid.longitudes);
  let at = 0;
  for (const row of rows) {
    for (const { index } of columns) {
      const from = row * longitudes.length + index;
      grid.values[at] = data.getFloat32(4 * from, true);
      if (bits && grid.land) grid.land[at] = (bits[from >> 3]! >> (7 - (from & 7))) & 1;
      at++;
    }
  }
  return grid;
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return null; // not base64
  }
}

/** Columns from west to east, each place once. A region starts east of its widest gap; the whole globe starts half a turn west of `centre`. */
function eastward(longitudes: readonly number[], centre: MapCentre): { index: number; east: number }[] {
  const turn = (degrees: number, start: number): number => ((((degrees - start) % 360) + 360) % 360) + start;
  const from = (start: number): { index: number; east: number }[] =>
    longitudes
      .map((degrees, index) => ({ index, east: turn(degrees, start) }))
      .sort((a, b) => a.east - b.east)
      .filter(({ east }, i, all) => i === 0 || east - all[i - 1]!.east > degreesApart);
  const whole = from(centre - 180);
  const gaps = whole.map(({ east }, i) => (whole[i + 1]?.east ?? whole[0]!.east + 360) - east);
  const widest = Math.max(...gaps);
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)]!;
  if (widest <= 2 * usual && whole.length > 2) return whole;
  const first = whole[(gaps.indexOf(widest) + 1) % whole.length]!;
  return from(first.east - degreesApart / 2);
}

/** Half way between neighbours, and as far outside the first and last. */
function edges(centres: Float64Array): Float64Array {
  const n = centres.length;
  const result = new Float64Array(n + 1);
  for (let i = 1; i < n; i++) result[i] = (centres[i - 1]! + centres[i]!) / 2;
  result[0] = n > 1 ? centres[0]! - (centres[1]! - centres[0]!) / 2 : centres[0]! + 0.5;
  result[n] = n > 1 ? centres[n - 1]! + (centres[n - 1]! - centres[n - 2]!) / 2 : centres[0]! - 0.5;
  return result;
}

/** True when the two grids have the same places in the same order. */
function samePlaces(a: Grid, b: Grid): boolean {
  const near = (x: Float64Array, y: Float64Array): boolean =>
    x.length === y.length && x.every((value, i) => Math.abs(value - y[i]!) <= degreesApart);
  return near(a.latitudes, b.latitudes) && near(a.longitudes, b.longitudes);
}

const differences = new WeakMap<Grid, WeakMap<Grid, Grid | null>>();

/** a − b where both have a value; land is what either calls land. Null when the grids have different places. The same object for the same two grids. */
export function difference(a: Grid, b: Grid): Grid | null {
  let known = differences.get(a);
  if (!known) differences.set(a, (known = new WeakMap()));
  let result = known.get(b);
  if (result === undefined) known.set(b, (result = subtract(a, b)));
  return result;
}

function subtract(a: Grid, b: Grid): Grid | null {
  if (!samePlaces(a, b)) return null;
  const cells = a.values.length;
  const values = new Float32Array(cells);
  for (let i = 0; i < cells; i++) values[i] = a.values[i]! - b.values[i]!;
  if (a.land === null && b.land === null) return { ...a, values };
  const land = new Uint8Array(cells);
  for (let i = 0; i < cells; i++) land[i] = (a.land?.[i] ?? 0) | (b.land?.[i] ?? 0);
  return { ...a, values, land };
}

const statistics = new WeakMap<Grid, GridStatistics | null>();

/** Statistics over the cells off land that have a value, each cell counted once (no weights); null when there is none. Computed once a grid. */
export function statisticsOf(grid: Grid): GridStatistics | null {
  let known = statistics.get(grid);
  if (known === undefined) statistics.set(grid, (known = summarise(grid)));
  return known;
}

function summarise({ values, land }: Grid): GridStatistics | null {
  let n = 0;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // NaN and infinite values alike
    if (value - value !== 0 || (land !== null && land[i] === 1)) continue;
    n++;
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return n === 0 ? null : { n, min, mean: sum / n, max, rms: Math.sqrt(squares / n) };
}

/** The cell that holds a place, or −1 outside of the grid. */
export function cellAt({ north, west, longitudes }: Grid, latitude: number, longitude: number): number {
  const start = Math.min(west[0]!, west.at(-1)!);
  const east = ((((longitude - start) % 360) + 360) % 360) + start;
  const row = between(north, latitude);
  const column = between(west, east);
  return row < 0 || column < 0 ? -1 : row * longitudes.length + column;
}

/** Index of the interval of monotonic `steps` that holds a value, or −1. */
function between(steps: Float64Array, value: number): number {
  const last = steps.length - 1;
  const rising = steps[last]! > steps[0]!;
  if (rising ? value < steps[0]! || value > steps[last]! : value > steps[0]! || value < steps[last]!) return -1;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (rising ? steps[middle]! <= value : steps[middle]! >= value) low = middle;
    else high = middle;
  }
  return low;
}

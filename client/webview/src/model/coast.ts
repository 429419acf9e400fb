/** Coastlines for the maps: the packed data of `coast-data.ts` as lines of points, unpacked once. */
import { coastData } from './coast-data';

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const perDegree = 10;

/** One line: longitude, latitude, longitude, latitude … in degrees east (−180..180) and north. */
export type Coastline = Float32Array;

let lines: Coastline[] | null = null;

/** All coastlines of the world; the same list at every call. */
export function coastlines(): readonly Coastline[] {
  return (lines ??= coastData.split(' ').map(unpacked));
}

function unpacked(text: string): Coastline {
  const points: number[] = [];
  const at = [0, 0];
  let value = 0;
  let shift = 0;
  for (const letter of text) {
    const digit = digits.indexOf(letter);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit > 31) continue;
    const axis = points.length % 2;
    at[axis] = at[axis]! + (value % 2 === 1 ? -(value + 1) / 2 : value / 2);
    points.push(at[axis]! / perDegree);
    value = 0;
    shift = 0;
  }
  return Float32Array.from(points);
}

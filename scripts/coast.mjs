/**
 * node scripts/coast.mjs [--check]
 *
 * Writes client/webview/src/model/coast-data.ts: the coastlines of Natural Earth at 1:110 million (public domain), out of the npm package world-atlas,
 * rounded to a tenth of a degree and packed for the results page, which may not fetch anything. `--check` only says whether the file is up to date.
 *
 * Each line is a run of characters, lines are separated by a space: pairs of differences (longitude, latitude, in tenths of a degree, the first
 * point from 0,0), each zigzag-coded and cut into groups of five bits, least first, where a sixth bit says that more follow.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const target = join(fileURLToPath(new URL('..', import.meta.url)), 'client/webview/src/model/coast-data.ts');
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const perDegree = 10;

/** The arcs of a quantised TopoJSON file as lists of [longitude, latitude] in whole tenths of a degree. */
function linesOf({ arcs, transform }) {
  const [scaleX, scaleY] = transform.scale;
  const [left, bottom] = transform.translate;
  return arcs.map((arc) => {
    let x = 0;
    let y = 0;
    return arc.map(([dx, dy]) => {
      x += dx;
      y += dy;
      return [Math.round((x * scaleX + left) * perDegree), Math.round((y * scaleY + bottom) * perDegree)];
    });
  });
}

/** Edges along and across the antimeridian or at the bottom of the map are cuts of the data, not coasts: the line ends there. */
function withoutCuts(line) {
  const edge = 180 * perDegree - 1;
  const parts = [[line[0]]];
  for (let i = 1; i < line.length; i++) {
    const [x0, y0] = line[i - 1];
    const [x1, y1] = line[i];
    const cut = (Math.abs(x0) >= edge && Math.abs(x1) >= edge) || (y0 <= -85 * perDegree && y1 <= -85 * perDegree);
    if (cut || Math.abs(x1 - x0) > edge) parts.push([[x1, y1]]);
    else if (x0 !== x1 || y0 !== y1) parts.at(-1).push([x1, y1]);
  }
  return parts.filter((part) => part.length > 1);
}

function packed(line) {
  let text = '';
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of line) {
    for (const difference of [nextX - x, nextY - y]) {
      let rest = difference < 0 ? -2 * difference - 1 : 2 * difference;
      do {
        text += digits[(rest & 31) | (rest > 31 ? 32 : 0)];
        rest >>= 5;
      } while (rest > 0);
    }
    [x, y] = [nextX, nextY];
  }
  return text;
}

const require = createRequire(import.meta.url);
const atlas = require('world-atlas/land-110m.json');
const lines = linesOf(atlas).flatMap(withoutCuts).map(packed);
const source = `/** Made by scripts/coast.mjs from Natural Earth 1:110m land (public domain); the coding is described there. */
// prettier-ignore
export const coastData =
  '${lines.join(' ')}';
`;
if (process.argv.includes('--check')) {
  const same = readFileSync(target, 'utf8') === source;
  console.log(same ? 'coast-data.ts is up to date' : 'coast-data.ts is not what scripts/coast.mjs makes');
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(target, source);
  console.log(`coast-data.ts: ${lines.length} lines, ${source.length} bytes`);
}

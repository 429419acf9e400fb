/** Drawing the step times: one strip a run with every step as a dot, a box from the lower to the upper quartile, median and 95th percentile. */
import type { Words } from '../model/rows';
import type { StepKind, StepStrip } from '../model/steps';
import { ticks } from './axes';
import { fitted, fontOf } from './ink';
import { fillMarker, type RunMark } from './marks';
import type { Surface } from './surface';
import type { Palette } from './theme';

/** A step of a strip, by its place in ascending order. */
export interface StepSpot {
  strip: number;
  at: number;
}

export interface StepLook {
  strips: readonly StepStrip[];
  log: boolean;
  mark(strip: StepStrip): RunMark;
  name(strip: StepStrip): string;
}

interface Panel {
  kind: StepKind;
  /** indices of its strips */
  strips: number[];
  top: number;
  min: number;
  max: number;
}

const head = 22;
/** of a strip; lower where there are so many that the drawing would grow past `tallest` */
const usualStrip = 38;
const tallest = 7000;
const axisHeight = 40;
const labelWidth = 250;

interface StepGeometry {
  width: number;
  height: number;
  left: number;
  right: number;
  stripHeight: number;
  /** half of the height over which the dots of a strip are spread */
  spread: number;
  panels: Panel[];
  /** middle of every strip */
  middle: number[];
  toX(panel: Panel, seconds: number): number;
}

export function stepGeometry({ strips, log }: StepLook, available: number): StepGeometry {
  const width = Math.max(420, available);
  const left = Math.min(labelWidth, width * 0.35);
  const right = width - 14;
  const stripHeight = Math.max(12, Math.min(usualStrip, Math.floor(tallest / Math.max(1, strips.length))));
  const panels: Panel[] = [];
  const middle: number[] = [];
  let y = 0;
  for (const kind of ['training', 'inference'] as const) {
    const indices = strips.flatMap((strip, i) => (strip.kind === kind ? [i] : []));
    if (indices.length === 0) continue;
    const own = indices.map((i) => strips[i]!);
    const low = Math.min(...own.map(({ seconds }) => (log ? (seconds.find((value) => value > 0) ?? 1) : 0)));
    const high = Math.max(...own.map(({ seconds }) => seconds.at(-1)!), low * 1.01);
    panels.push({ kind, strips: indices, top: y, min: log ? low / 1.08 : 0, max: high * (log ? 1.08 : 1.03) || 1 });
    indices.forEach((index, i) => (middle[index] = y + head + (i + 0.5) * stripHeight));
    y += head + indices.length * stripHeight + axisHeight;
  }
  const toX = ({ min, max }: Panel, seconds: number): number => {
    const share = log ? Math.log(Math.max(seconds, min) / min) / Math.log(max / min) : (seconds - min) / (max - min);
    return left + share * (right - left);
  };
  return { width, height: Math.max(y, 1), left, right, stripHeight, spread: Math.round(stripHeight * 0.26), panels, middle, toX };
}

export function drawSteps(surface: Surface, look: StepLook, width: number, palette: Palette, words: Words): void {
  const at = stepGeometry(look, width);
  for (const panel of at.panels) {
    drawAxis(surface, look, panel, at, palette, words);
    for (const index of panel.strips) drawStrip(surface, look, index, panel, at, palette, words);
  }
}

function drawAxis(surface: Surface, { log }: StepLook, panel: Panel, at: StepGeometry, palette: Palette, { text, format }: Words): void {
  const bottom = panel.top + head + panel.strips.length * at.stripHeight;
  surface.setLineDash([]);
  surface.font = fontOf(palette, 12, '600');
  surface.fillStyle = palette.foreground;
  surface.textAlign = 'left';
  surface.textBaseline = 'middle';
  surface.fillText(text.t(`steps.${panel.kind}`), 0, panel.top + head / 2);
  surface.font = fontOf(palette, 11);
  surface.fillStyle = palette.muted;
  surface.strokeStyle = palette.grid;
  surface.lineWidth = 1;
  surface.textAlign = 'center';
  surface.textBaseline = 'top';
  surface.beginPath();
  for (const value of ticks({ extent: { min: panel.min, max: panel.max }, log }, (at.right - at.left) / 70)) {
    const x = at.toX(panel, value);
    surface.moveTo(x, panel.top + head);
    surface.lineTo(x, bottom);
    surface.fillText(format.tick(value), x, bottom + 5);
  }
  surface.stroke();
  surface.fillText(text.t(log ? 'steps.axis.log' : 'steps.axis'), (at.left + at.right) / 2, bottom + 20);
}

function drawStrip(
  surface: Surface,
  look: StepLook,
  index: number,
  panel: Panel,
  at: StepGeometry,
  palette: Palette,
  { text, format }: Words,
): void {
  const strip = look.strips[index]!;
  const y = at.middle[index]!;
  const { spread } = at;
  const twoLines = at.stripHeight >= 28;
  const mark = look.mark(strip);
  const color = palette.series[mark.color] ?? palette.foreground;
  surface.fillStyle = color;
  fillMarker(surface, mark, 7, twoLines ? y - 7 : y, 4);
  surface.fillStyle = palette.foreground;
  surface.textAlign = 'left';
  surface.textBaseline = 'middle';
  surface.font = fontOf(palette, 11);
  surface.fillText(fitted(surface, look.name(strip), at.left - 26), 17, twoLines ? y - 7 : y);
  surface.fillStyle = palette.muted;
  surface.font = fontOf(palette, 10.5);
  const facts = text.t('steps.facts', { median: format.number(strip.median), p95: format.number(strip.p95), n: format.integer(strip.of) });
  if (twoLines) surface.fillText(fitted(surface, facts, at.left - 26), 17, y + 8);

  surface.fillStyle = color;
  surface.globalAlpha = 0.75;
  surface.beginPath();
  // dots on the same pixel are one
  const drawn = new Set<number>();
  strip.seconds.forEach((seconds, i) => {
    const x = Math.round(at.toX(panel, seconds) * 2) / 2;
    const dy = jitter(i, spread);
    const key = x * 64 + dy;
    if (drawn.has(key)) return;
    drawn.add(key);
    surface.rect(x - 1.5, y + dy - 1.5, 3, 3);
  });
  surface.fill();
  surface.globalAlpha = 1;

  const [lower, upper, median, p95] = [strip.lower, strip.upper, strip.median, strip.p95].map((value) => at.toX(panel, value)) as [number, number, number, number]; // prettier-ignore
  surface.strokeStyle = palette.foreground;
  surface.lineWidth = 1.25;
  surface.strokeRect(lower, y - spread - 2, Math.max(1, upper - lower), 2 * spread + 4);
  for (const [x, wide, air] of [
    [p95, 1.25, 2],
    [median, 3, 4],
  ] as const) {
    surface.lineWidth = wide;
    surface.beginPath();
    surface.moveTo(x, y - spread - air);
    surface.lineTo(x, y + spread + air);
    surface.stroke();
  }
  // a flag tells the 95th percentile from the median
  surface.fillStyle = palette.foreground;
  surface.beginPath();
  surface.moveTo(p95, y - spread - 6);
  surface.lineTo(p95 + 6, y - spread - 3);
  surface.lineTo(p95, y - spread);
  surface.closePath();
  surface.fill();
}

/** Height of a dot above or below the middle of its strip: even over the strip, the same at every drawing. */
function jitter(index: number, spread: number): number {
  return Math.round((((index * 0.618034) % 1) * 2 - 1) * spread);
}

export function stepSpotAt(look: StepLook, width: number, x: number, y: number): StepSpot | null {
  const at = stepGeometry(look, width);
  const strip = at.middle.findIndex((middle) => Math.abs(y - middle) <= at.stripHeight / 2);
  const panel = at.panels.find(({ strips }) => strips.includes(strip));
  if (strip < 0 || !panel || x < at.left - 12 || x > at.right + 12) return null;
  const { seconds } = look.strips[strip]!;
  // of the dots near the pointer the one nearest in both directions
  let best = 0;
  let distance = Infinity;
  seconds.forEach((value, i) => {
    const away = Math.hypot(at.toX(panel, value) - x, at.middle[strip]! + jitter(i, at.spread) - y);
    if (away < distance) [best, distance] = [i, away];
  });
  return { strip, at: best };
}

export function stepPlace(look: StepLook, spot: StepSpot, width: number): { x: number; y: number } {
  const at = stepGeometry(look, width);
  const panel = at.panels.find(({ strips }) => strips.includes(spot.strip))!;
  return { x: at.toX(panel, look.strips[spot.strip]!.seconds[spot.at]!), y: at.middle[spot.strip]! + jitter(spot.at, at.spread) };
}

export function markStep(surface: Surface, look: StepLook, spot: StepSpot, width: number, palette: Palette): void {
  const { x, y } = stepPlace(look, spot, width);
  surface.strokeStyle = palette.foreground;
  surface.lineWidth = 1.5;
  surface.beginPath();
  surface.arc(x, y, 6, 0, 2 * Math.PI);
  surface.stroke();
}

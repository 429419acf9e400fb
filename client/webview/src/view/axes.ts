/** Axes, grid and labels of an exported chart, drawn without the page's chart library so that they can be written as SVG too. */
import type { Extent } from '../model/series';
import type { Surface } from './surface';
import type { Palette } from './theme';

export interface AxisSpec {
  extent: Extent;
  label: string;
  log?: boolean;
  /** tick distances that make sense for the unit, ascending */
  steps?: readonly number[];
  tick(value: number): string;
}

export interface PlotArea {
  left: number;
  top: number;
  width: number;
  height: number;
  toX(value: number): number;
  toY(value: number): number;
}

const gap = 6;

/** Draws both axes in 0..width × 0..height. @returns where the curves go */
export function drawAxes(surface: Surface, width: number, height: number, x: AxisSpec, y: AxisSpec, palette: Palette): PlotArea {
  const font = `11px ${palette.font}`;
  surface.font = font;
  const top = 8;
  const bottom = height - 42;
  const yTicks = ticks(y, (bottom - top) / 32);
  const yLabels = yTicks.map((value) => y.tick(value));
  const left = Math.ceil(Math.max(20, ...yLabels.map((label) => surface.measureText(label).width))) + gap + 22;
  const right = width - 16;
  const xTicks = ticks(x, (right - left) / 60);
  const toX = scaleOf(x, left, right);
  const toY = scaleOf(y, bottom, top);

  surface.setLineDash([]);
  surface.lineWidth = 1;
  surface.strokeStyle = palette.grid;
  surface.beginPath();
  for (const value of yTicks) {
    surface.moveTo(left, toY(value));
    surface.lineTo(right, toY(value));
  }
  for (const value of xTicks) {
    surface.moveTo(toX(value), top);
    surface.lineTo(toX(value), bottom);
  }
  surface.stroke();
  surface.strokeStyle = palette.muted;
  surface.beginPath();
  surface.moveTo(left, top);
  surface.lineTo(left, bottom);
  surface.lineTo(right, bottom);
  surface.stroke();

  surface.fillStyle = palette.muted;
  surface.textBaseline = 'middle';
  surface.textAlign = 'right';
  yTicks.forEach((value, i) => surface.fillText(yLabels[i]!, left - gap, toY(value)));
  surface.textAlign = 'center';
  surface.textBaseline = 'top';
  for (const value of xTicks) surface.fillText(x.tick(value), toX(value), bottom + gap);
  surface.font = `12px ${palette.font}`;
  surface.fillText(x.label, (left + right) / 2, bottom + 23);
  surface.save();
  surface.translate(2, (top + bottom) / 2);
  surface.rotate(-Math.PI / 2);
  surface.fillText(y.label, 0, 0);
  surface.restore();
  surface.textAlign = 'left';
  return { left, top, width: right - left, height: bottom - top, toX, toY };
}

function scaleOf({ extent: { min, max }, log }: AxisSpec, from: number, to: number): (value: number) => number {
  if (log) {
    const [low, high] = [Math.log10(min), Math.log10(max)];
    return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  }
  return (value) => from + ((value - min) / (max - min)) * (to - from);
}

/** Round values within the extent, about `most` of them at most. */
export function ticks({ extent: { min, max }, log, steps }: Pick<AxisSpec, 'extent' | 'log' | 'steps'>, most: number): number[] {
  const room = Math.max(2, most);
  if (log) {
    const decades = Math.log10(max / min);
    const digits = decades < 1.5 ? [1, 2, 3, 5, 7] : decades < room / 2 ? [1, 2, 5] : [1];
    const every = Math.max(1, Math.ceil(decades / room));
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
      if (((power % every) + every) % every !== 0) continue;
      for (const digit of digits) {
        const value = digit * 10 ** power;
        if (value >= min && value <= max) found.push(value);
      }
    }
    if (found.length > 1) return found;
  }
  const rough = (max - min) / room;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = steps?.find((given) => given >= rough) ?? [1, 2, 5, 10].map((digit) => digit * power).find((given) => given >= rough)!;
  const found: number[] = [];
  // counted, not summed: sums of 0.1 drift
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

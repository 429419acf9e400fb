/** Drawing the heat map: one row a variable and run, one column a lead time, the number in its cell where there is room. */
import { cleanText } from '../model/clean';
import { cssColour, diverging, inkOn, sequential, stepOf, type ColourTable } from '../model/colour';
import type { HeatMap, HeatRow } from '../model/heat';
import type { Words } from '../model/rows';
import { fitted, fontOf, hatch } from './ink';
import { fillMarker, type RunMark } from './marks';
import type { Surface } from './surface';
import type { Palette } from './theme';

export interface HeatSpot {
  row: number;
  column: number;
}

export interface HeatLook {
  map: HeatMap;
  mode: 'value' | 'ratio';
  mark(row: HeatRow): RunMark;
  name(row: HeatRow): string;
}

/** of a row; lower where there are so many that the drawing would grow past `tallest`, which no picture format refuses */
const usualRow = 21;
const tallest = 7000;
/** a row this low has no room for letters */
const lowestText = 11;
const variableGap = 6;
const head = 20;
const foot = 42;
const variableWidth = 110;
const nameWidth = 190;
/** sizes of the numbers in the cells, the largest that fits is taken */
const numberSizes = [11, 10, 9];
const narrowest = 9;

interface HeatGeometry {
  width: number;
  height: number;
  left: number;
  cellWidth: number;
  rowHeight: number;
  top: number[];
}

export function heatGeometry({ leads, rows }: HeatMap, available: number): HeatGeometry {
  const left = Math.min(variableWidth + nameWidth, Math.max(200, available * 0.3));
  const cellWidth = Math.min(120, Math.max(narrowest, (available - left - 2) / Math.max(1, leads.length)));
  const rowHeight = Math.max(2, Math.min(usualRow, Math.floor(tallest / Math.max(1, rows.length))));
  const top: number[] = [];
  let y = head;
  rows.forEach((row, i) => {
    if (row.first && i > 0) y += variableGap;
    top.push(y);
    y += rowHeight;
  });
  return { width: Math.max(available, left + leads.length * cellWidth + 2), height: y + foot, left, cellWidth, rowHeight, top };
}

/** Colour table and step of a cell; null where there is no number to colour. */
function heatStep({ map, mode }: HeatLook, row: HeatRow, column: number): { colours: ColourTable; step: number } | null {
  if (mode === 'ratio') {
    const ratio = row.ratios[column];
    if (ratio === null || ratio === undefined || ratio <= 0 || map.reach === null) return null;
    return { colours: diverging, step: stepOf(Math.log2(ratio), -(map.reach || 1), map.reach || 1) };
  }
  const value = row.values[column];
  const range = heatRange(map, row.variable);
  if (value === null || value === undefined || !range) return null;
  return { colours: sequential, step: stepOf(value, range.min, range.max) };
}

/** RMSE has the units of its variable and each variable a scale of its own; ACC has none and one scale for all. */
function heatRange({ group, ranges }: HeatMap, variable: string): { min: number; max: number } | undefined {
  if (group.metric === 'rmse') return ranges.get(variable);
  const all = [...ranges.values()];
  return { min: Math.min(...all.map(({ min }) => min)), max: Math.max(...all.map(({ max }) => max)) };
}

export function heatText(look: HeatLook, row: HeatRow, column: number, { format }: Words): string | null {
  const value = look.mode === 'ratio' ? row.ratios[column] : row.values[column];
  if (value === null || value === undefined) return null;
  return look.mode === 'ratio' ? format.ratio(value) : format.number(value);
}

export function drawHeat(surface: Surface, look: HeatLook, width: number, palette: Palette, words: Words): void {
  const { map } = look;
  const at = heatGeometry(map, width);
  const { rowHeight } = at;
  const lettered = rowHeight >= lowestText;
  const { text, format } = words;
  const numberSize = rowHeight < usualRow - 4 ? null : numberSizeOf(surface, look, at.cellWidth, palette, words);
  surface.setLineDash([]);
  surface.font = fontOf(palette, 11);
  surface.fillStyle = palette.muted;
  surface.textBaseline = 'middle';
  surface.textAlign = 'center';
  const every = Math.max(1, Math.ceil(38 / at.cellWidth));
  map.leads.forEach((lead, i) => {
    if (i % every === 0)
      surface.fillText(text.t('lead.hours', { lead: format.integer(lead) }), at.left + (i + 0.5) * at.cellWidth, head / 2);
  });
  map.rows.forEach((row, r) => {
    const y = at.top[r]!;
    surface.textAlign = 'left';
    surface.fillStyle = palette.foreground;
    if (row.first) {
      const units = map.group.metric === 'rmse' ? cleanText(row.units, 16) : '';
      surface.font = fontOf(palette, 12, '600');
      surface.fillText(
        fitted(surface, [cleanText(row.variable, 40), units].filter(Boolean).join(' · '), variableWidth - 8),
        0,
        y + rowHeight / 2,
      );
    }
    if (lettered) {
      const mark = look.mark(row);
      surface.fillStyle = palette.series[mark.color] ?? palette.foreground;
      fillMarker(surface, mark, variableWidth + 6, y + rowHeight / 2, 3.8);
      surface.fillStyle = palette.foreground;
      surface.font = fontOf(palette, 11);
      surface.fillText(fitted(surface, look.name(row), at.left - variableWidth - 22), variableWidth + 16, y + rowHeight / 2);
    }
    surface.textAlign = 'center';
    map.leads.forEach((_, c) => {
      // whole pixels, or seams show between the cells
      const x = Math.round(at.left + c * at.cellWidth);
      const wide = Math.round(at.left + (c + 1) * at.cellWidth) - x;
      const colour = heatStep(look, row, c);
      if (colour) {
        surface.fillStyle = cssColour(colour.colours, colour.step);
        surface.fillRect(x, y, wide, rowHeight);
      } else {
        surface.strokeStyle = palette.grid;
        surface.lineWidth = 1;
        hatch(surface, x + 1, y + 1, wide - 2, rowHeight - 2, 6);
      }
      const shown = numberSize === null ? null : heatText(look, row, c, words);
      if (shown === null) return;
      surface.fillStyle = colour ? inkOn(colour.colours, colour.step) : palette.foreground;
      surface.font = fontOf(palette, numberSize!);
      surface.fillText(shown, x + wide / 2, y + rowHeight / 2 + 0.5);
    });
  });
  drawKey(surface, look, at, palette, words);
}

/** Size at which every number fits its cell, or null: a cut number would be a wrong one. */
function numberSizeOf(surface: Surface, look: HeatLook, cellWidth: number, palette: Palette, words: Words): number | null {
  const texts = look.map.rows.flatMap((row) => row.values.map((_, c) => heatText(look, row, c, words) ?? ''));
  const longest = texts.sort((a, b) => b.length - a.length).slice(0, 20);
  const size = numberSizes.find((px) => {
    surface.font = fontOf(palette, px);
    return longest.every((text) => surface.measureText(text).width + 4 <= cellWidth);
  });
  return size ?? null;
}

function drawKey(surface: Surface, { map, mode }: HeatLook, at: HeatGeometry, palette: Palette, { text, format }: Words): void {
  const colours = mode === 'ratio' ? diverging : sequential;
  const wide = 200;
  const y = at.height - foot + 12;
  const steps = colours.length / 3;
  for (let i = 0; i < steps; i++) {
    surface.fillStyle = cssColour(colours, i);
    surface.fillRect(at.left + (i / steps) * wide, y, Math.min(wide / steps + 0.6, wide - (i / steps) * wide), 10);
  }
  surface.strokeStyle = palette.muted;
  surface.lineWidth = 1;
  surface.strokeRect(at.left + 0.5, y + 0.5, wide - 1, 9);
  surface.font = fontOf(palette, 10.5);
  surface.fillStyle = palette.foreground;
  surface.textBaseline = 'top';
  const range = map.group.metric === 'acc' ? heatRange(map, '') : undefined;
  const far = 2 ** (map.reach || 1);
  const ends =
    mode === 'ratio'
      ? [format.ratio(1 / far), format.ratio(1), format.ratio(far)]
      : range && Number.isFinite(range.min)
        ? [format.number(range.min), '', format.number(range.max)]
        : [text.t('heat.key.low'), '', text.t('heat.key.high')];
  (['left', 'center', 'right'] as const).forEach((align, i) => {
    surface.textAlign = align;
    surface.fillText(ends[i]!, at.left + (i / 2) * wide, y + 14);
  });
  surface.textAlign = 'left';
}

export function heatSpotAt(map: HeatMap, width: number, x: number, y: number): HeatSpot | null {
  const at = heatGeometry(map, width);
  const column = Math.floor((x - at.left) / at.cellWidth);
  const row = at.top.findIndex((top) => y >= top && y < top + at.rowHeight);
  return row >= 0 && column >= 0 && column < map.leads.length ? { row, column } : null;
}

export function heatPlace(map: HeatMap, { row, column }: HeatSpot, width: number): { x: number; y: number } {
  const at = heatGeometry(map, width);
  return { x: at.left + (column + 0.5) * at.cellWidth, y: at.top[row]! + at.rowHeight / 2 };
}

/** A frame around the cell, dark within light, seen on every colour. */
export function markHeat(surface: Surface, map: HeatMap, { row, column }: HeatSpot, width: number): void {
  const at = heatGeometry(map, width);
  const { rowHeight } = at;
  const x = at.left + column * at.cellWidth;
  const y = at.top[row]!;
  surface.lineWidth = 1.5;
  surface.strokeStyle = '#fff';
  surface.strokeRect(x - 1, y - 1, at.cellWidth + 2, rowHeight + 2);
  surface.strokeStyle = '#000';
  surface.strokeRect(x + 0.75, y + 0.75, at.cellWidth - 1.5, rowHeight - 1.5);
}

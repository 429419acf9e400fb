/** Drawing the maps: panels in rows of one variable, coastlines, degrees, shared colour bars and the statistics under each panel. */
import { cleanText } from '../model/clean';
import { coastlines } from '../model/coast';
import { cssColour, diverging, sequential, type ColourTable } from '../model/colour';
import { cellAt } from '../model/fields';
import { timeLabel, type Frame, type MapColumn, type MapPanel, type MapPlan, type MapRow } from '../model/map-plan';
import type { Words } from '../model/rows';
import { shownName } from '../model/run-label';
import { ticks } from './axes';
import { drawGrid } from './map-raster';
import { fitted, fontOf, hatch, label } from './ink';
import type { Surface } from './surface';
import type { Palette } from './theme';

/** A place under the cursor and the panel the cursor is in. */
export interface MapSpot {
  row: number;
  column: number;
  latitude: number;
  longitude: number;
}

export interface MapGeometry {
  width: number;
  height: number;
  panelWidth: number;
  panelHeight: number;
  /** left edge of every column, top edge of every row's panels */
  left: number[];
  top: number[];
  /** left edge of the colour bars of fields and of differences; null where there are none */
  fieldBar: number | null;
  differenceBar: number | null;
}

const degreesWidth = 34;
const barWidth = 76;
const gap = 10;
const narrowest = 150;
const widest = 440;
/** lines of text: the row's name and the panel's title; below it the degrees and the statistics */
const above = 38;
const degreesHeight = 15;
const lineHeight = 14;

export function mapGeometry(plan: MapPlan, available: number): MapGeometry {
  const { columns, rows, frame } = plan;
  const fields = columns.filter(({ kind }) => kind !== 'difference').length;
  const bars = Number(fields > 0) + Number(fields < columns.length);
  const room = (available - degreesWidth - bars * barWidth) / Math.max(1, columns.length) - gap;
  const aspect = (frame.north - frame.south) / Math.max(1e-6, frame.east - frame.west);
  const panelWidth = Math.floor(Math.min(widest, Math.max(narrowest, room)));
  const panelHeight = Math.round(Math.min(panelWidth * 1.4, Math.max(48, panelWidth * aspect)));
  const left: number[] = [];
  let x = degreesWidth;
  let fieldBar: number | null = null;
  let differenceBar: number | null = null;
  columns.forEach((column, i) => {
    left.push(x);
    x += panelWidth + gap;
    const last = columns[i + 1]?.kind !== column.kind && (column.kind === 'difference' || columns[i + 1]?.kind !== 'run');
    if (!last) return;
    if (column.kind === 'difference') differenceBar = x;
    else fieldBar = x;
    x += barWidth;
  });
  const lines = (panelWidth < 200 ? 3 : 2) + Number(fields < columns.length);
  const rowHeight = above + panelHeight + degreesHeight + lines * lineHeight + 6;
  const top = rows.map((_, i) => above + i * rowHeight);
  return { width: Math.max(available, x), height: rows.length * rowHeight, panelWidth, panelHeight, left, top, fieldBar, differenceBar };
}

export function drawMaps(surface: Surface, plan: MapPlan, width: number, palette: Palette, words: Words): void {
  const at = mapGeometry(plan, width);
  const coast = coastPainter(surface, coastOf(plan.frame, at), at);
  plan.rows.forEach((row, y) => {
    const top = at.top[y]!;
    surface.textAlign = 'left';
    surface.textBaseline = 'alphabetic';
    surface.font = fontOf(palette, 12, '600');
    surface.fillStyle = palette.foreground;
    surface.fillText(fitted(surface, rowTitle(row, plan, words), at.width), 0, top - above + 13);
    row.panels.forEach((panel, x) => {
      drawPanel(surface, panel, plan.columns[x]!, row, { ...at, x: at.left[x]!, y: top }, plan.frame, coast, palette, words);
      if (x === 0) drawLatitudes(surface, plan.frame, at, at.left[x]!, top, palette);
    });
    if (at.fieldBar !== null && row.range) drawBar(surface, sequential, row.range, at.fieldBar, top, at.panelHeight, row, palette, words);
    if (at.differenceBar !== null && row.reach !== null) {
      drawBar(surface, diverging, { min: -row.reach, max: row.reach }, at.differenceBar, top, at.panelHeight, row, palette, words);
    }
  });
}

function rowTitle({ variable, units }: MapRow, { choice }: MapPlan, { text, format }: Words): string {
  return [
    cleanText(variable, 60),
    cleanText(units, 20),
    text.t('lead.hours', { lead: format.integer(choice.lead) }),
    choice.time === null ? '' : timeLabel(choice.time),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** "Truth", "A: PyTorch · name", "A − truth", "A − B". */
export function columnTitle(column: MapColumn, { text }: Words): string {
  switch (column.kind) {
    case 'truth':
      return text.t('maps.truth');
    case 'run':
      return `${column.letter}: ${[cleanText(column.run.framework, 20), shownName(column.run, 60)].filter(Boolean).join(' · ')}`;
    case 'difference':
      return `${column.ofLetter} − ${column.toLetter ?? text.t('maps.truth.word')}`;
  }
}

interface Place {
  x: number;
  y: number;
  panelWidth: number;
  panelHeight: number;
}

function drawPanel(
  surface: Surface,
  panel: MapPanel,
  column: MapColumn,
  row: MapRow,
  { x, y, panelWidth, panelHeight }: Place,
  frame: Frame,
  coast: (x: number, y: number) => void,
  palette: Palette,
  words: Words,
): void {
  const { text } = words;
  surface.font = fontOf(palette, 11);
  surface.fillStyle = palette.foreground;
  surface.textAlign = 'left';
  surface.textBaseline = 'alphabetic';
  surface.fillText(fitted(surface, columnTitle(column, words), panelWidth), x, y - 6);
  if (!panel.grid) {
    surface.strokeStyle = palette.muted;
    surface.lineWidth = 1;
    surface.setLineDash([3, 3]);
    surface.strokeRect(x + 0.5, y + 0.5, panelWidth - 1, panelHeight - 1);
    surface.setLineDash([]);
    surface.fillStyle = palette.muted;
    surface.textAlign = 'center';
    surface.textBaseline = 'middle';
    surface.fillText(
      fitted(surface, text.t(`maps.missing.${panel.missing ?? 'absent'}`), panelWidth - 8),
      x + panelWidth / 2,
      y + panelHeight / 2,
    );
    return;
  }
  const toX = (longitude: number): number => x + ((longitude - frame.west) / (frame.east - frame.west)) * panelWidth;
  const toY = (latitude: number): number => y + ((frame.north - latitude) / (frame.north - frame.south)) * panelHeight;
  surface.save();
  surface.beginPath();
  surface.rect(x, y, panelWidth, panelHeight);
  surface.clip();
  if (panel.grid.land !== null) {
    // below the whole grid; what is not land is painted over it
    const [left, top] = [toX(panel.grid.west[0]!), toY(panel.grid.north[0]!)];
    const [wide, tall] = [toX(panel.grid.west.at(-1)!) - left, toY(panel.grid.north.at(-1)!) - top];
    surface.fillStyle = palette.grid;
    surface.fillRect(left, top, wide, tall);
    surface.strokeStyle = palette.muted;
    surface.lineWidth = 0.75;
    hatch(surface, left, top, wide, tall, 5);
  }
  const scale =
    column.kind === 'difference'
      ? { colours: diverging, min: -(row.reach ?? 0), max: row.reach ?? 0, blank: palette.background }
      : { colours: sequential, min: row.range?.min ?? 0, max: row.range?.max ?? 0, blank: palette.background };
  drawGrid(surface, panel.grid, scale, toX, toY);
  coast(x, y);
  surface.restore();
  surface.strokeStyle = palette.muted;
  surface.lineWidth = 1;
  surface.strokeRect(x + 0.5, y + 0.5, panelWidth - 1, panelHeight - 1);
  drawLongitudes(surface, frame, x, y + panelHeight, panelWidth, palette);
  drawStatistics(surface, panel, column, x, y + panelHeight + degreesHeight, panelWidth, palette, words);
}

function drawStatistics(
  surface: Surface,
  { statistics }: MapPanel,
  column: MapColumn,
  x: number,
  y: number,
  width: number,
  palette: Palette,
  { text, format }: Words,
): void {
  surface.font = fontOf(palette, 10.5);
  surface.fillStyle = palette.foreground;
  surface.textAlign = 'left';
  surface.textBaseline = 'top';
  if (!statistics) return surface.fillText(fitted(surface, text.t('maps.statistics.none'), width), x, y);
  const { min, mean, max, rms } = statistics;
  const parts = [
    text.t('maps.statistics.min', { value: format.number(min) }),
    text.t('maps.statistics.mean', { value: format.number(mean) }),
    text.t('maps.statistics.max', { value: format.number(max) }),
  ];
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length > 0 ? `${lines.at(-1)} · ${part}` : part;
    if (lines.length > 0 && surface.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  if (column.kind === 'difference') lines.push(text.t('maps.rmse', { value: format.number(rms) }));
  lines.forEach((line, i) => surface.fillText(fitted(surface, line, width), x, y + lineHeight * i));
}

const degreeSteps = [1, 2, 5, 10, 15, 30, 45, 60, 90, 120, 180, 360];

function drawLatitudes(surface: Surface, frame: Frame, { panelHeight }: MapGeometry, x: number, y: number, palette: Palette): void {
  const extent = { min: frame.south, max: frame.north };
  surface.font = fontOf(palette, 10);
  surface.fillStyle = palette.muted;
  surface.textAlign = 'right';
  surface.textBaseline = 'middle';
  for (const degrees of ticks({ extent, steps: degreeSteps }, panelHeight / 34)) {
    const at = y + ((frame.north - degrees) / (frame.north - frame.south)) * panelHeight;
    surface.fillText(latitudeText(degrees), x - 4, Math.min(y + panelHeight - 4, Math.max(y + 4, at)));
  }
}

function drawLongitudes(surface: Surface, frame: Frame, x: number, y: number, width: number, palette: Palette): void {
  const extent = { min: frame.west, max: frame.east };
  surface.font = fontOf(palette, 10);
  surface.fillStyle = palette.muted;
  surface.textBaseline = 'top';
  for (const degrees of ticks({ extent, steps: degreeSteps }, width / 60)) {
    const share = (degrees - frame.west) / (frame.east - frame.west);
    surface.textAlign = share < 0.05 ? 'left' : share > 0.95 ? 'right' : 'center';
    surface.fillText(longitudeText(degrees), x + share * width, y + 3);
  }
}

/** "30°N", "0°"; at most two decimals. */
export function latitudeText(degrees: number): string {
  const size = Math.round(Math.abs(degrees) * 100) / 100;
  return size === 0 ? '0°' : `${size}°${degrees > 0 ? 'N' : 'S'}`;
}

/** "150°W", "0°", "180°". */
export function longitudeText(degrees: number): string {
  const turned = ((((Math.round(degrees * 100) / 100 + 180) % 360) + 360) % 360) - 180;
  const size = Math.round(Math.abs(turned) * 100) / 100;
  return size === 0 || size === 180 ? `${size}°` : `${size}°${turned > 0 ? 'E' : 'W'}`;
}

function drawBar(
  surface: Surface,
  colours: ColourTable,
  { min, max }: { min: number; max: number },
  x: number,
  y: number,
  height: number,
  row: MapRow,
  palette: Palette,
  { format }: Words,
): void {
  const steps = colours.length / 3;
  const thick = 11;
  for (let i = 0; i < steps; i++) {
    surface.fillStyle = cssColour(colours, steps - 1 - i);
    // overlapping by a little, so that no seams show
    surface.fillRect(x, y + (i / steps) * height, thick, Math.min(height / steps + 0.6, height - (i / steps) * height));
  }
  surface.strokeStyle = palette.muted;
  surface.lineWidth = 1;
  surface.strokeRect(x + 0.5, y + 0.5, thick - 1, height - 1);
  surface.font = fontOf(palette, 10);
  surface.fillStyle = palette.foreground;
  surface.textAlign = 'left';
  surface.textBaseline = 'middle';
  const placed: number[] = [];
  const mark = (value: number, text: string): void => {
    const at = max > min ? y + ((max - value) / (max - min)) * height : y + height / 2;
    const inside = Math.min(y + height - 4, Math.max(y + 5, at));
    if (placed.some((other) => Math.abs(other - inside) < 12)) return;
    placed.push(inside);
    surface.fillText(fitted(surface, text, barWidth - thick - 8), x + thick + 4, inside);
  };
  // the ends are the row's extremes and said as they are; round values between them
  for (const value of max > min ? [max, min] : [min]) mark(value, format.number(value));
  if (max > min) for (const value of ticks({ extent: { min, max } }, height / 26)) mark(value, format.tick(value));
  surface.textBaseline = 'alphabetic';
  surface.fillText(fitted(surface, cleanText(row.units, 20), barWidth - 6), x, y - 6);
}

/** Paints the coast into a panel. All panels have the same: a canvas gets a picture of it, a vector graphic lines. */
function coastPainter(
  surface: Surface,
  lines: readonly number[][],
  { panelWidth, panelHeight }: MapGeometry,
): (x: number, y: number) => void {
  if (!(surface instanceof CanvasRenderingContext2D)) return (x, y) => strokeCoast(surface, lines, x, y);
  const scale = surface.getTransform().a;
  const picture = document.createElement('canvas');
  picture.width = Math.ceil(panelWidth * scale);
  picture.height = Math.ceil(panelHeight * scale);
  const context = picture.getContext('2d')!;
  context.scale(picture.width / panelWidth, picture.height / panelHeight);
  strokeCoast(context, lines, 0, 0);
  return (x, y) => surface.drawImage(picture, x, y, panelWidth, panelHeight);
}

function strokeCoast(surface: Surface, lines: readonly number[][], x: number, y: number): void {
  surface.lineJoin = 'round';
  // dark on light: seen on either end of the scale
  for (const [color, line] of [
    ['rgba(255,255,255,0.6)', 1.8],
    ['#000', 0.7],
  ] as const) {
    surface.strokeStyle = color;
    surface.lineWidth = line;
    surface.beginPath();
    for (const points of lines) {
      for (let i = 0; i < points.length; i += 2) {
        if (i === 0) surface.moveTo(x + points[i]!, y + points[i + 1]!);
        else surface.lineTo(x + points[i]!, y + points[i + 1]!);
      }
    }
    surface.stroke();
  }
}

/** The coast in pixels of a panel, thinned to what can be seen; polylines of x, y, x, y … */
function coastOf(frame: Frame, { panelWidth, panelHeight }: MapGeometry): number[][] {
  const perDegree = panelWidth / (frame.east - frame.west);
  const perDegreeDown = panelHeight / (frame.north - frame.south);
  const found: number[][] = [];
  for (const line of coastlines()) {
    for (const turn of [-360, 0, 360]) {
      let points: number[] = [];
      let before: [number, number] | null = null;
      const flush = (): void => {
        if (points.length > 2) found.push(points);
        points = [];
      };
      for (let i = 0; i < line.length; i += 2) {
        const x = (line[i]! + turn - frame.west) * perDegree;
        const y = (frame.north - line[i + 1]!) * perDegreeDown;
        const inside = x >= -20 && x <= panelWidth + 20 && y >= -20 && y <= panelHeight + 20;
        const last = i + 2 >= line.length;
        if (!inside) {
          if (points.length > 0) points.push(x, y);
          flush();
          before = [x, y];
          continue;
        }
        if (points.length === 0) {
          if (before) points.push(...before);
          points.push(x, y);
        } else if (last || Math.hypot(x - points.at(-2)!, y - points.at(-1)!) >= 0.8) points.push(x, y);
        before = [x, y];
      }
      flush();
    }
  }
  return found;
}

/** The place under a point of the drawing, or null between the panels. */
export function mapSpotAt(plan: MapPlan, width: number, x: number, y: number): MapSpot | null {
  const at = mapGeometry(plan, width);
  const column = at.left.findIndex((left) => x >= left && x <= left + at.panelWidth);
  const row = at.top.findIndex((top) => y >= top && y <= top + at.panelHeight);
  if (column < 0 || row < 0) return null;
  const { frame } = plan;
  return {
    row,
    column,
    longitude: frame.west + ((x - at.left[column]!) / at.panelWidth) * (frame.east - frame.west),
    latitude: frame.north - ((y - at.top[row]!) / at.panelHeight) * (frame.north - frame.south),
  };
}

/** Value of a panel at a place; null where there is none. */
export function valueAt({ grid }: MapPanel, { latitude, longitude }: MapSpot): number | 'land' | null {
  if (!grid) return null;
  const cell = cellAt(grid, latitude, longitude);
  if (cell < 0) return null;
  if (grid.land?.[cell] === 1) return 'land';
  const value = grid.values[cell]!;
  return Number.isFinite(value) ? value : null;
}

/** A cross at the place in every panel, with the panel's value beside it. */
export function markMaps(surface: Surface, plan: MapPlan, spot: MapSpot, width: number, palette: Palette, words: Words): void {
  const at = mapGeometry(plan, width);
  const { frame } = plan;
  const dx = ((spot.longitude - frame.west) / (frame.east - frame.west)) * at.panelWidth;
  const dy = ((frame.north - spot.latitude) / (frame.north - frame.south)) * at.panelHeight;
  plan.rows.forEach((row, r) =>
    row.panels.forEach((panel, c) => {
      if (!panel.grid) return;
      const x = at.left[c]! + dx;
      const y = at.top[r]! + dy;
      for (const [color, line] of [
        ['#fff', 3.5],
        ['#000', 1.5],
      ] as const) {
        surface.strokeStyle = color;
        surface.lineWidth = line;
        surface.beginPath();
        surface.moveTo(x - 6, y);
        surface.lineTo(x + 6, y);
        surface.moveTo(x, y - 6);
        surface.lineTo(x, y + 6);
        surface.stroke();
      }
      const here = r === spot.row && c === spot.column;
      const place = here ? ` · ${latitudeText(spot.latitude)} ${longitudeText(spot.longitude)}` : '';
      label(surface, `${valueText(panel, spot, words)}${place}`, x, y, at.width, at.height, palette);
    }),
  );
}

export function valueText(panel: MapPanel, spot: MapSpot, { text, format }: Words): string {
  const value = valueAt(panel, spot);
  return value === 'land' ? text.t('maps.land') : value === null ? text.t('maps.no_value') : format.number(value);
}

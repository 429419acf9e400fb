/** How a figure leaves the page: as picture (PNG), vector graphic (SVG) and the numbers behind it (CSV). Every figure goes through here. */
import { cleanText } from '../model/clean';
import { csvFile, type CsvValue } from '../model/csv';
import { canvasScale } from './canvas-size';
import type { PageContext } from './context';
import { h, icon } from './dom';
import { fillMarker, type RunMark } from './marks';
import { SvgSurface, type Surface } from './surface';
import type { Palette } from './theme';

/** What is drawn, unrounded; column names are the same in every language. */
export interface FigureData {
  head: readonly string[];
  rows: Iterable<readonly CsvValue[]>;
}

export interface FigureExport {
  title: string;
  /** without its ending; letters, digits and hyphens */
  fileName: string;
  /** of the drawing, in CSS pixels, without title and legend */
  width: number;
  height: number;
  /** the whole drawing in 0..width × 0..height, axes included, on a background that is already painted */
  draw(surface: Surface, width: number, height: number, palette: Palette): void;
  /** runs named below the drawing; none where colours do not stand for runs */
  legend?: readonly { name: string; mark: RunMark }[];
  data(): FigureData;
}

const formats = ['png', 'svg', 'csv'] as const;
/** pixels of a picture per CSS pixel, whatever the screen has: enough for print; fewer where the picture would be larger than a canvas can be */
const pictureScale = 2;
const margin = 16;
const titleHeight = 30;
const legendLine = 20;

/** The buttons beside a figure's title. `figure` is asked when one is pressed; null: there is nothing to save. */
export function exportButtons(title: string, fileName: string, figure: () => FigureExport | null, context: PageContext): HTMLElement[] {
  const { text } = context.words;
  return formats.map((format) =>
    h(
      'button',
      {
        type: 'button',
        class: 'mp-button mp-quiet',
        'aria-label': text.t(`figure.${format}.label`, { title }),
        'data-key': `${fileName}.${format}`,
        onclick: () => {
          const content = figure();
          if (content) void saveFigure(content, format, context);
        },
      },
      icon('download'),
      text.t(`figure.${format}`),
    ),
  );
}

async function saveFigure(figure: FigureExport, format: (typeof formats)[number], context: PageContext): Promise<void> {
  const { fileName } = figure;
  if (format === 'csv') {
    const { head, rows } = figure.data();
    return context.save(`${fileName}.csv`, 'csv', csvFile(head, rows));
  }
  if (format === 'svg') return context.save(`${fileName}.svg`, 'svg', figureSvg(figure, context.palette));
  context.save(`${fileName}.png`, 'png', await figurePng(figure, context.palette));
}

function figureSvg(figure: FigureExport, palette: Palette): string {
  const layout = layoutOf(figure, palette, (text, font) => {
    measuring ??= document.createElement('canvas').getContext('2d')!;
    measuring.font = font;
    return measuring.measureText(text).width;
  });
  const surface = new SvgSurface(layout.width, layout.height);
  compose(surface, figure, layout, palette);
  return surface.text(figure.title);
}

let measuring: CanvasRenderingContext2D | null = null;

function figurePng(figure: FigureExport, palette: Palette): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  const layout = layoutOf(figure, palette, (text, font) => {
    context.font = font;
    return context.measureText(text).width;
  });
  const scale = canvasScale(pictureScale, layout.width, layout.height);
  canvas.width = Math.round(layout.width * scale);
  canvas.height = Math.round(layout.height * scale);
  context.scale(scale, scale);
  compose(context, figure, layout, palette);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'));
}

interface Layout {
  width: number;
  height: number;
  columns: number;
  names: string[];
}

function layoutOf(figure: FigureExport, palette: Palette, measure: (text: string, font: string) => number): Layout {
  const names = (figure.legend ?? []).map(({ name }) => cleanText(name, 48));
  const widest = Math.max(0, ...names.map((name) => measure(name, `12px ${palette.font}`))) + 44;
  const columns = Math.max(1, Math.min(names.length, Math.floor(figure.width / widest)));
  return {
    width: figure.width + 2 * margin,
    height: titleHeight + figure.height + Math.ceil(names.length / columns) * legendLine + 2 * margin,
    columns,
    names,
  };
}

/** A figure that stands alone: title, drawing and legend on the page's background. */
function compose(surface: Surface, figure: FigureExport, { width, height, columns, names }: Layout, palette: Palette): void {
  surface.fillStyle = palette.background;
  surface.fillRect(0, 0, width, height);
  surface.fillStyle = palette.foreground;
  surface.textBaseline = 'middle';
  surface.textAlign = 'left';
  surface.font = `600 14px ${palette.font}`;
  surface.fillText(cleanText(figure.title, 160), margin, margin + 8);
  surface.save();
  surface.translate(margin, margin + titleHeight);
  figure.draw(surface, figure.width, figure.height, palette);
  surface.restore();
  surface.font = `12px ${palette.font}`;
  figure.legend?.forEach(({ mark }, i) => {
    const x = margin + (i % columns) * (figure.width / columns);
    const y = margin + titleHeight + figure.height + (Math.floor(i / columns) + 0.5) * legendLine;
    const color = palette.series[mark.color] ?? palette.foreground;
    surface.strokeStyle = color;
    surface.fillStyle = color;
    surface.lineWidth = 1.75;
    surface.setLineDash([]);
    surface.beginPath();
    surface.moveTo(x, y);
    surface.lineTo(x + 26, y);
    surface.stroke();
    fillMarker(surface, mark, x + 13, y, 3.6);
    surface.fillStyle = palette.foreground;
    surface.fillText(names[i] ?? '', x + 34, y);
  });
}

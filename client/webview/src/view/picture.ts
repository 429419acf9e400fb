/** A chart as a picture that stands alone: title, plot and legend on the page's background. */
import { cleanText } from '../model/clean';
import { fillMarker, runMark } from './marks';
import type { Palette } from './theme';

export async function composePicture(
  plot: HTMLCanvasElement,
  title: string,
  entries: readonly { name: string; position: number }[],
  palette: Palette,
): Promise<Blob> {
  const scale = Math.max(1, plot.width / Math.max(1, plot.clientWidth));
  const margin = 16 * scale;
  const line = 20 * scale;
  const titleHeight = 34 * scale;
  const font = (size: number, weight = ''): string => `${weight} ${size * scale}px ${palette.font}`.trim();
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  context.font = font(12);
  const names = entries.map((entry) => cleanText(entry.name, 48));
  const widest = Math.max(0, ...names.map((name) => context.measureText(name).width)) + 44 * scale;
  const columns = Math.max(1, Math.min(entries.length, Math.floor(plot.width / widest)));
  canvas.width = plot.width + 2 * margin;
  canvas.height = titleHeight + plot.height + Math.ceil(entries.length / columns) * line + 2 * margin;

  context.fillStyle = palette.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = palette.foreground;
  context.textBaseline = 'middle';
  context.font = font(14, '600');
  context.fillText(title, margin, margin + titleHeight / 2 - 6 * scale);
  context.drawImage(plot, margin, margin + titleHeight - 8 * scale);
  context.font = font(12);
  entries.forEach(({ position }, i) => {
    const mark = runMark(position);
    const x = margin + (i % columns) * (plot.width / columns);
    const y = margin + titleHeight + plot.height + (Math.floor(i / columns) + 0.5) * line;
    context.strokeStyle = palette.series[mark.color] ?? palette.foreground;
    context.fillStyle = context.strokeStyle;
    context.lineWidth = 1.75 * scale;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 26 * scale, y);
    context.stroke();
    fillMarker(context, mark, x + 13 * scale, y, 3.6 * scale);
    context.fillStyle = palette.foreground;
    context.fillText(names[i] ?? '', x + 34 * scale, y);
  });
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'));
}

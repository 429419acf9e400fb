/** Writing on a figure: texts cut to their room, and the fonts all figures use. */
import type { Surface } from './surface';
import type { Palette } from './theme';

export function fontOf(palette: Palette, size: number, weight = ''): string {
  return `${weight} ${size}px ${palette.font}`.trim();
}

/** The text, or as much of it as fits `width` with … behind it; the current font of the surface decides. */
export function fitted(surface: Surface, text: string, width: number): string {
  if (surface.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  let [low, high] = [0, letters.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (surface.measureText(letters.slice(0, middle).join('') + '…').width <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : letters.slice(0, low).join('').trimEnd() + '…';
}

/** Text in a box that stands out from whatever is below it, near a place but within 0..width × 0..height. */
export function label(surface: Surface, text: string, x: number, y: number, width: number, height: number, palette: Palette): void {
  surface.font = fontOf(palette, 11, '600');
  const wide = Math.ceil(surface.measureText(text).width) + 8;
  const tall = 17;
  const left = x + 8 + wide <= width ? x + 8 : Math.max(0, x - 8 - wide);
  const top = Math.min(Math.max(0, y - tall - 6 >= 0 ? y - tall - 6 : y + 8), Math.max(0, height - tall));
  surface.fillStyle = palette.background;
  surface.fillRect(left, top, wide, tall);
  surface.strokeStyle = palette.foreground;
  surface.lineWidth = 1;
  surface.setLineDash([]);
  surface.strokeRect(left + 0.5, top + 0.5, wide - 1, tall - 1);
  surface.fillStyle = palette.foreground;
  surface.textAlign = 'left';
  surface.textBaseline = 'middle';
  surface.fillText(text, left + 4, top + tall / 2 + 0.5);
}

/** Diagonal lines over a rectangle, `every` so many pixels: a fill that needs no colour. */
export function hatch(surface: Surface, x: number, y: number, width: number, height: number, every: number): void {
  surface.save();
  surface.beginPath();
  surface.rect(x, y, width, height);
  surface.clip();
  surface.beginPath();
  for (let at = x - height; at < x + width; at += every) {
    surface.moveTo(at, y + height);
    surface.lineTo(at + height, y);
  }
  surface.stroke();
  surface.restore();
}

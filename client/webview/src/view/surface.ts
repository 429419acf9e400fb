/**
 * What figures draw on: the part of a 2D canvas that can also be written as SVG, so that one drawing makes the page, the picture and the vector
 * graphic.
 */

import { rgbaOf } from './css-colour';

type CanvasPart =
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'lineJoin'
  | 'globalAlpha'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'save'
  | 'restore'
  | 'translate'
  | 'scale'
  | 'rotate'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'closePath'
  | 'rect'
  | 'fillRect'
  | 'strokeRect'
  | 'stroke'
  | 'setLineDash'
  | 'measureText';

export interface Surface extends Pick<CanvasRenderingContext2D, CanvasPart> {
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  clip(): void;
  fill(): void;
  fillText(text: string, x: number, y: number): void;
  /** a picture made of pixels (a field map): embedded as PNG in a vector graphic */
  drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void;
}

const outlines = new Map<string, Path2D>();

/** Fills an outline given as SVG path data around the origin, moved to x, y and enlarged, with the surface's fill style. */
export function fillOutline(surface: Surface, data: string, x: number, y: number, size: number): void {
  if (surface instanceof SvgSurface) return surface.fillOutline(data, x, y, size);
  const canvas = surface as CanvasRenderingContext2D;
  let path = outlines.get(data);
  if (!path) outlines.set(data, (path = new Path2D(data)));
  canvas.save();
  canvas.translate(x, y);
  canvas.scale(size, size);
  canvas.fill(path);
  canvas.restore();
}

/** What `save` keeps and `restore` brings back, as it is on a new canvas. */
class Pen {
  fillStyle = '#000000';
  strokeStyle = '#000000';
  lineWidth = 1;
  lineJoin: CanvasLineJoin = 'miter';
  globalAlpha = 1;
  font = '10px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  protected dash: readonly number[] = [];
  protected transform = '';
  protected clipId: string | null = null;

  protected kept(): Partial<Pen> {
    return Object.fromEntries(Object.keys(new Pen()).map((key) => [key, this[key as keyof Pen]]));
  }
}

/** What an SVG surface asks the browser for. */
export interface Browser {
  measureText(text: string, font: string): TextMetrics;
  /** any CSS colour as `#rrggbb` and its opacity */
  color(css: string): { hex: string; opacity: number };
}

/** Writes what is drawn as SVG. Foreign texts end up as escaped character data only; nothing is fetched, nothing is scripted. */
export class SvgSurface extends Pen implements Surface {
  private readonly stack: Partial<Pen>[] = [];
  private readonly parts: string[] = [];
  private path = '';
  private clips = 0;
  private openClip: string | null = null;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly browser: Browser = thisBrowser(),
  ) {
    super();
  }

  save(): void {
    this.stack.push(this.kept());
  }
  restore(): void {
    Object.assign(this, this.stack.pop());
  }
  translate(x: number, y: number): void {
    this.transform += `translate(${decimal(x)} ${decimal(y)})`;
  }
  scale(x: number, y: number): void {
    this.transform += `scale(${decimal(x)} ${decimal(y)})`;
  }
  rotate(angle: number): void {
    this.transform += `rotate(${decimal((angle * 180) / Math.PI)})`;
  }
  setLineDash(dash: readonly number[]): void {
    this.dash = dash;
  }
  measureText(text: string): TextMetrics {
    return this.browser.measureText(text, this.font);
  }

  beginPath(): void {
    this.path = '';
  }
  moveTo(x: number, y: number): void {
    this.path += `M${decimal(x)} ${decimal(y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `L${decimal(x)} ${decimal(y)}`;
  }
  closePath(): void {
    this.path += 'Z';
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${decimal(x)} ${decimal(y)}h${decimal(width)}v${decimal(height)}h${decimal(-width)}Z`;
  }
  arc(x: number, y: number, radius: number, from: number, to: number): void {
    const at = (angle: number): string => `${decimal(x + radius * Math.cos(angle))} ${decimal(y + radius * Math.sin(angle))}`;
    const r = decimal(radius);
    const whole = Math.abs(to - from) >= 2 * Math.PI - 1e-9;
    const middle = whole ? from + Math.PI : (from + to) / 2;
    this.path += `${this.path === '' ? 'M' : 'L'}${at(from)}A${r} ${r} 0 0 1 ${at(middle)}A${r} ${r} 0 0 1 ${at(to)}${whole ? 'Z' : ''}`;
  }

  stroke(): void {
    if (this.path !== '') this.emit(`<path d="${this.path}" fill="none"${this.strokes()}${this.placed()}/>`);
  }
  fill(): void {
    if (this.path !== '') this.emit(`<path d="${this.path}"${this.fills()}${this.placed()}/>`);
  }
  fillOutline(data: string, x: number, y: number, size: number): void {
    const transform = `${this.transform}translate(${decimal(x)} ${decimal(y)})scale(${decimal(size)})`;
    this.emit(`<path d="${data}"${this.fills()} transform="${transform}"/>`);
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    this.emit(`<rect ${box(x, y, width, height)}${this.fills()}${this.placed()}/>`);
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    this.emit(`<rect ${box(x, y, width, height)} fill="none"${this.strokes()}${this.placed()}/>`);
  }
  clip(): void {
    const id = `clip${++this.clips}`;
    const inner = this.clipId === null ? '' : ` clip-path="url(#${this.clipId})"`;
    this.closeClip();
    this.parts.push(`<clipPath id="${id}"${inner}><path d="${this.path}"${this.placed()}/></clipPath>`);
    this.clipId = id;
  }
  fillText(text: string, x: number, y: number): void {
    const { font, textAlign, textBaseline } = this;
    const [, weight = '', size = '10', family = 'sans-serif'] = /^(?:(\w+)\s+)?([\d.]+)px\s+(.+)$/.exec(font) ?? [];
    const anchor = { center: 'middle', right: 'end', end: 'end', left: 'start', start: 'start' }[textAlign];
    // shifts instead of dominant-baseline, which editors of vector graphics read differently
    const shift = { middle: 0.35, top: 0.8, hanging: 0.8, bottom: -0.2, ideographic: -0.1, alphabetic: 0 }[textBaseline];
    this.emit(
      `<text x="${decimal(x)}" y="${decimal(y + shift * Number(size))}" font-size="${size}" font-family="${escaped(family)}"` +
        `${weight === '' ? '' : ` font-weight="${weight}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}` +
        `${this.fills()}${this.placed()}>${escaped(text)}</text>`,
    );
  }
  drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    const href = image.toDataURL('image/png');
    this.emit(`<image ${box(x, y, width, height)} preserveAspectRatio="none" image-rendering="pixelated"${this.placed()} href="${href}"/>`);
  }

  /** The whole graphic; `title` is its accessible name. */
  text(title: string): string {
    this.closeClip();
    const size = `width="${decimal(this.width)}" height="${decimal(this.height)}" viewBox="0 0 ${decimal(this.width)} ${decimal(this.height)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">\n<title>${escaped(title)}</title>\n${this.parts.join('\n')}\n</svg>\n`;
  }

  private emit(element: string): void {
    if (this.openClip !== this.clipId) {
      this.closeClip();
      if (this.clipId !== null) this.parts.push(`<g clip-path="url(#${this.clipId})">`);
      this.openClip = this.clipId;
    }
    this.parts.push(element);
  }

  private closeClip(): void {
    if (this.openClip !== null) this.parts.push('</g>');
    this.openClip = null;
  }

  private fills(): string {
    return this.painted('fill', this.fillStyle);
  }

  private strokes(): string {
    const { lineWidth, lineJoin, dash, strokeStyle } = this;
    return (
      `${this.painted('stroke', strokeStyle)} stroke-width="${decimal(lineWidth)}"` +
      `${lineJoin === 'miter' ? '' : ` stroke-linejoin="${lineJoin}"`}` +
      `${dash.length === 0 ? '' : ` stroke-dasharray="${dash.map(decimal).join(' ')}"`}`
    );
  }

  private painted(property: 'fill' | 'stroke', css: string): string {
    const { hex, opacity } = this.browser.color(css);
    const whole = opacity * this.globalAlpha;
    return ` ${property}="${hex}"${whole < 1 ? ` ${property}-opacity="${decimal(whole)}"` : ''}`;
  }

  private placed(): string {
    return this.transform === '' ? '' : ` transform="${this.transform}"`;
  }
}

function decimal(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';
}

function box(x: number, y: number, width: number, height: number): string {
  return `x="${decimal(x)}" y="${decimal(y)}" width="${decimal(width)}" height="${decimal(height)}"`;
}

/** Character data and attribute values; characters that XML does not allow at all are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[<>&"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

function thisBrowser(): Browser {
  const context = document.createElement('canvas').getContext('2d')!;
  return {
    measureText(text, font) {
      context.font = font;
      return context.measureText(text);
    },
    color(css) {
      const { red, green, blue, alpha } = rgbaOf(css);
      return { hex: `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`, opacity: alpha };
    },
  };
}

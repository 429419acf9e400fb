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

interface State {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: readonly number[];
  transform: string;
  clip: string | null;
}

const fresh: State = {
  fillStyle: '#000000',
  strokeStyle: '#000000',
  lineWidth: 1,
  lineJoin: 'miter',
  globalAlpha: 1,
  font: '10px sans-serif',
  textAlign: 'start',
  textBaseline: 'alphabetic',
  dash: [],
  transform: '',
  clip: null,
};

/** What an SVG surface asks the browser for. */
export interface Browser {
  measureText(text: string, font: string): TextMetrics;
  /** any CSS colour as `#rrggbb` and its opacity */
  color(css: string): { hex: string; opacity: number };
}

/** Writes what is drawn as SVG. Foreign texts end up as escaped character data only; nothing is fetched, nothing is scripted. */
export class SvgSurface implements Surface {
  private state: State = { ...fresh };
  private readonly stack: State[] = [];
  private readonly parts: string[] = [];
  private path = '';
  private clips = 0;
  private openClip: string | null = null;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly browser: Browser = thisBrowser(),
  ) {}

  get fillStyle(): string {
    return this.state.fillStyle;
  }
  set fillStyle(value: string) {
    this.state.fillStyle = value;
  }
  get strokeStyle(): string {
    return this.state.strokeStyle;
  }
  set strokeStyle(value: string) {
    this.state.strokeStyle = value;
  }
  get lineWidth(): number {
    return this.state.lineWidth;
  }
  set lineWidth(value: number) {
    this.state.lineWidth = value;
  }
  get lineJoin(): CanvasLineJoin {
    return this.state.lineJoin;
  }
  set lineJoin(value: CanvasLineJoin) {
    this.state.lineJoin = value;
  }
  get globalAlpha(): number {
    return this.state.globalAlpha;
  }
  set globalAlpha(value: number) {
    this.state.globalAlpha = value;
  }
  get font(): string {
    return this.state.font;
  }
  set font(value: string) {
    this.state.font = value;
  }
  get textAlign(): CanvasTextAlign {
    return this.state.textAlign;
  }
  set textAlign(value: CanvasTextAlign) {
    this.state.textAlign = value;
  }
  get textBaseline(): CanvasTextBaseline {
    return this.state.textBaseline;
  }
  set textBaseline(value: CanvasTextBaseline) {
    this.state.textBaseline = value;
  }

  save(): void {
    this.stack.push({ ...this.state });
  }
  restore(): void {
    this.state = this.stack.pop() ?? this.state;
  }
  translate(x: number, y: number): void {
    this.state.transform += `translate(${decimal(x)} ${decimal(y)})`;
  }
  scale(x: number, y: number): void {
    this.state.transform += `scale(${decimal(x)} ${decimal(y)})`;
  }
  rotate(angle: number): void {
    this.state.transform += `rotate(${decimal((angle * 180) / Math.PI)})`;
  }
  setLineDash(dash: readonly number[]): void {
    this.state.dash = dash;
  }
  measureText(text: string): TextMetrics {
    return this.browser.measureText(text, this.state.font);
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
    const transform = `${this.state.transform}translate(${decimal(x)} ${decimal(y)})scale(${decimal(size)})`;
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
    const inner = this.state.clip === null ? '' : ` clip-path="url(#${this.state.clip})"`;
    this.closeClip();
    this.parts.push(`<clipPath id="${id}"${inner}><path d="${this.path}"${this.placed()}/></clipPath>`);
    this.state.clip = id;
  }
  fillText(text: string, x: number, y: number): void {
    const { font, textAlign, textBaseline } = this.state;
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
    if (this.openClip !== this.state.clip) {
      this.closeClip();
      if (this.state.clip !== null) this.parts.push(`<g clip-path="url(#${this.state.clip})">`);
      this.openClip = this.state.clip;
    }
    this.parts.push(element);
  }

  private closeClip(): void {
    if (this.openClip !== null) this.parts.push('</g>');
    this.openClip = null;
  }

  private fills(): string {
    return this.painted('fill', this.state.fillStyle);
  }

  private strokes(): string {
    const { lineWidth, lineJoin, dash, strokeStyle } = this.state;
    return (
      `${this.painted('stroke', strokeStyle)} stroke-width="${decimal(lineWidth)}"` +
      `${lineJoin === 'miter' ? '' : ` stroke-linejoin="${lineJoin}"`}` +
      `${dash.length === 0 ? '' : ` stroke-dasharray="${dash.map(decimal).join(' ')}"`}`
    );
  }

  private painted(property: 'fill' | 'stroke', css: string): string {
    const { hex, opacity } = this.browser.color(css);
    const whole = opacity * this.state.globalAlpha;
    return ` ${property}="${hex}"${whole < 1 ? ` ${property}-opacity="${decimal(whole)}"` : ''}`;
  }

  private placed(): string {
    return this.state.transform === '' ? '' : ` transform="${this.state.transform}"`;
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

/**
 * A figure painted by our own code (maps, heat map, step times) with a cursor for mouse and keyboard. The cursor is painted on a canvas of its own
 * over the drawing, so that moving it draws nothing else again.
 */
import { canvasScale } from './canvas-size';
import type { PageContext } from './context';
import { freshId, h } from './dom';
import { FigureFrame } from './figure';
import type { FigureExport } from './figure-export';
import type { Surface } from './surface';
import type { Palette } from './theme';

/** What a key did to the cursor: a new place, none any more, or (undefined) the key is none of the figure's. */
export type Moved<Spot> = Spot | null | undefined;

export interface Drawing<Spot> {
  title: string;
  summary: string;
  fileName: string;
  /** CSS pixels the drawing takes where `available` are free in width; it may be wider and is then scrolled */
  size(available: number): { width: number; height: number };
  draw(surface: Surface, width: number, height: number, palette: Palette): void;
  data: FigureExport['data'];
  legend?: FigureExport['legend'];
  /** how to use it by keyboard */
  keys: string;
  spotAt(x: number, y: number, width: number): Spot | null;
  move(spot: Spot | null, key: string, far: boolean): Moved<Spot>;
  /** paints the cursor */
  mark(surface: Surface, spot: Spot, width: number, height: number, palette: Palette): void;
  /** where the cursor is, to keep it in sight */
  placeOf(spot: Spot, width: number): { x: number; y: number };
  /** what is under the cursor, heading first; read out when the keyboard moved it */
  describe(spot: Spot): string[];
  /** shows `describe` in a box beside the cursor as well */
  readout: boolean;
  /** made when it is opened */
  twin(): Node;
}

export class DrawnFigure<Spot> {
  readonly element: HTMLElement;
  private readonly base = h('canvas', { class: 'mp-drawn-base' });
  private readonly over = h('canvas', { class: 'mp-drawn-over' });
  private readonly readout = h('div', { class: 'mp-readout', hidden: true });
  private readonly keys = h('span', { id: freshId('keys'), class: 'mp-hidden' });
  private readonly box: HTMLElement;
  private readonly scroll: HTMLElement;
  private readonly frame: FigureFrame;
  private readonly observer: ResizeObserver;
  private drawing: Drawing<Spot> | null = null;
  private context: PageContext | null = null;
  private spot: Spot | null = null;
  private byKeyboard = false;
  private available = 0;

  constructor(note: Node | null = null) {
    this.box = h(
      'div',
      {
        class: 'mp-drawn',
        role: 'group',
        tabindex: 0,
        'aria-describedby': this.keys.id,
        onkeydown: (event: KeyboardEvent) => this.onKey(event),
        onblur: () => this.point(null),
        onpointermove: (event: PointerEvent) => this.onPointer(event),
        onpointerleave: () => !this.byKeyboard && this.point(null),
      },
      this.base,
      this.over,
      this.readout,
    );
    this.scroll = h('div', { class: 'mp-drawn-scroll' }, this.box);
    this.frame = new FigureFrame(h('div', { class: 'mp-drawn-body' }, note, this.scroll, this.keys));
    this.element = this.frame.element;
    this.element.classList.add('mp-drawn-figure');
    this.observer = new ResizeObserver(() => {
      if (Math.abs(this.scroll.clientWidth - this.available) >= 1) this.paint();
    });
    this.observer.observe(this.scroll);
  }

  show(drawing: Drawing<Spot>, context: PageContext): void {
    const { text } = context.words;
    this.drawing = drawing;
    this.context = context;
    const { title, summary, fileName, twin } = drawing;
    this.frame.show({ title, summary, fileName, twin, picture: () => this.exported() }, context);
    this.keys.textContent = drawing.keys;
    this.box.setAttribute('aria-label', `${title}. ${summary}`);
    this.box.setAttribute('aria-roledescription', text.t('chart.role'));
    this.forget();
    this.paint();
  }

  /** Draws again with other colours. */
  retheme(context: PageContext): void {
    if (this.context) this.context = { ...this.context, palette: context.palette };
    this.paint();
  }

  dispose(): void {
    this.observer.disconnect();
  }

  private exported(): FigureExport | null {
    const { drawing } = this;
    if (!drawing) return null;
    const { title, fileName, legend, data } = drawing;
    return {
      title,
      fileName,
      ...drawing.size(Math.max(640, this.available)),
      draw: (surface, width, height, palette) => drawing.draw(surface, width, height, palette),
      ...(legend ? { legend } : {}),
      data,
    };
  }

  private paint(): void {
    const { drawing, context } = this;
    this.available = this.scroll.clientWidth;
    if (!drawing || !context || this.available === 0) return;
    const { width, height } = drawing.size(this.available);
    const scale = canvasScale(devicePixelRatio || 1, width, height);
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      // the length of a style property, which the policy lets a script set
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const surface = this.base.getContext('2d')!;
    surface.scale(scale, scale);
    drawing.draw(surface, width, height, context.palette);
    this.paintCursor();
  }

  private paintCursor(): void {
    const { drawing, context, spot } = this;
    const surface = this.over.getContext('2d')!;
    surface.setTransform(1, 0, 0, 1, 0, 0);
    surface.clearRect(0, 0, this.over.width, this.over.height);
    if (!drawing || !context || spot === null) return;
    const { width, height } = drawing.size(this.available);
    const scale = canvasScale(devicePixelRatio || 1, width, height);
    surface.scale(scale, scale);
    drawing.mark(surface, spot, width, height, context.palette);
  }

  private forget(): void {
    this.spot = null;
    this.byKeyboard = false;
    this.readout.hidden = true;
  }

  private point(spot: Spot | null): void {
    if (spot === null && this.spot === null) return;
    this.spot = spot;
    this.paintCursor();
    const { drawing } = this;
    this.readout.hidden = spot === null || !drawing?.readout;
    if (spot === null || !drawing || !drawing.readout) return;
    const [title = '', ...rest] = drawing.describe(spot);
    this.readout.replaceChildren(h('strong', {}, h('bdi', {}, title)), ...rest.map((line) => h('span', {}, line)));
    const { x, y } = drawing.placeOf(spot, this.width());
    const { offsetWidth: width, offsetHeight: height } = this.readout;
    const right = this.scroll.scrollLeft + this.scroll.clientWidth;
    this.readout.style.left = `${Math.max(0, x + 14 + width <= right ? x + 14 : x - 14 - width)}px`;
    this.readout.style.top = `${y - height - 12 >= 0 ? y - height - 12 : y + 14}px`;
  }

  private width(): number {
    return this.drawing?.size(this.available).width ?? 0;
  }

  private onPointer(event: PointerEvent): void {
    if (!this.drawing) return;
    const { left, top } = this.base.getBoundingClientRect();
    this.byKeyboard = false;
    this.point(this.drawing.spotAt(event.clientX - left, event.clientY - top, this.width()));
  }

  private onKey(event: KeyboardEvent): void {
    const { drawing, context } = this;
    if (!drawing || !context || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = event.key === 'Escape' ? null : drawing.move(this.spot, event.key, event.shiftKey);
    if (moved === undefined) return;
    event.preventDefault();
    this.byKeyboard = moved !== null;
    this.point(moved);
    if (moved === null) return;
    this.reveal(drawing.placeOf(moved, this.width()));
    context.announce(drawing.describe(moved).join(', '));
  }

  /** Scrolls so that the cursor is seen. */
  private reveal({ x, y }: { x: number; y: number }): void {
    const air = 60;
    const { scrollLeft, clientWidth } = this.scroll;
    if (x - air < scrollLeft) this.scroll.scrollLeft = Math.max(0, x - air);
    else if (x + air > scrollLeft + clientWidth) this.scroll.scrollLeft = x + air - clientWidth;
    const top = this.base.getBoundingClientRect().top + y;
    if (top < air) window.scrollBy(0, top - air);
    else if (top > window.innerHeight - air) window.scrollBy(0, top - window.innerHeight + air);
  }
}

/** What the reader wants to remember about this comparison: plain text that stays with it and goes into its exports. */
import { mostNotes } from '../protocol';
import type { PageContext, Section } from './context';
import { freshId, h } from './dom';

/** milliseconds without a key press after which a note is kept */
const rest = 400;

export class ReaderNotesSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-notes-title' });
  private readonly hint = h('p', { class: 'mp-foot', id: freshId('notes') });
  private readonly box = h('textarea', { class: 'mp-input mp-notes', rows: 4, maxlength: mostNotes, 'data-key': 'notes', 'aria-labelledby': 'mp-notes-title', 'aria-describedby': this.hint.id }); // prettier-ignore
  private context: PageContext | null = null;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.box.addEventListener('input', () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.keep(), rest);
    });
    this.box.addEventListener('change', () => this.keep());
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-notes-title' }, this.heading, this.box, this.hint);
  }

  update(context: PageContext): void {
    const { text } = context.words;
    this.context = context;
    this.heading.textContent = text.t('notes.title');
    this.hint.textContent = text.t(context.host.kind === 'vscode' ? 'notes.hint' : 'notes.hint.standalone');
    // what is being written is not disturbed
    if (document.activeElement !== this.box) this.box.value = context.state.notes;
  }

  dispose(): void {
    this.keep();
  }

  private keep(): void {
    clearTimeout(this.waiting);
    const { context } = this;
    if (!context || this.box.value === context.state.notes) return;
    context.host.send({ type: 'notes', text: this.box.value });
    context.change({ notes: this.box.value });
  }
}

/** The page as a whole: holds the document and the reader's choices, and redraws its parts after every change. */
import type { ComparisonDocument } from '../../../../runs/src/results/document';
import type { Host } from '../host';
import { checkDocument } from '../model/document-check';
import { formatFor } from '../model/format';
import { scoreMenu, settleChoice } from '../model/measures';
import { restoreState, type ViewState } from '../model/state';
import type { ExportFormat, HostMessage } from '../protocol';
import { nearestLang, textFor, type Lang } from '../text';
import { blankPage, type Blank } from './blank';
import type { PageContext, Section } from './context';
import { h } from './dom';
import { HeaderSection } from './header';
import { HeatSection } from './heatmap';
import { LossSection } from './loss';
import { MapSection } from './maps';
import { DefinitionSection, WarningSection } from './notes';
import { PaperTableSection } from './paper-tables';
import { ReaderNotesSection } from './reader-notes';
import { OriginSection } from './origin';
import { ScalingSection } from './scaling';
import { ScoreSection } from './scores';
import { StepSection } from './steps';
import { TableSection } from './table';
import { TelemetrySection } from './telemetry';
import { onThemeChange, readPalette, type Palette } from './theme';
import { startTooltips } from './tooltip';

const mimes: Record<ExportFormat, string> = {
  csv: 'text/csv',
  markdown: 'text/markdown',
  latex: 'application/x-tex',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  html: 'text/html',
};

export class Page {
  private readonly live = h('div', { class: 'mp-hidden', role: 'status', 'aria-live': 'polite' });
  private readonly body = h('div', { class: 'mp-body' });
  private lang: Lang = 'en';
  private current: { document: ComparisonDocument; source: unknown; state: ViewState } | null = null;
  private blank: Blank = { kind: 'waiting' };
  private sections: Section[] = [];
  private palette: Palette | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: Host,
  ) {
    root.classList.add('mp', `mp-${host.kind}`);
    root.replaceChildren(this.body, this.live);
    startTooltips(root);
    onThemeChange(() => this.retheme());
  }

  start(): void {
    this.speak(nearestLang(document.documentElement.lang));
    this.host.start((message) => this.receive(message));
  }

  private receive(message: HostMessage): void {
    if (message.type === 'exported') {
      const text = textFor(this.lang);
      this.announce(
        message.ok
          ? text.t('export.done', { file: message.fileName })
          : text.t('export.failed', { file: message.fileName, why: message.message ?? '' }),
      );
      return;
    }
    if (message.type === 'error') {
      this.current = null;
      this.blank = { kind: 'failed', message: message.message };
    } else {
      // null: the host has nothing to compare
      const checked = message.document === null ? null : checkDocument(message.document);
      if (checked === null) {
        this.current = null;
        this.blank = { kind: 'empty' };
      } else if ('problem' in checked) {
        this.current = null;
        this.blank = { kind: 'unreadable', ...checked.problem };
      } else {
        const { document: doc } = checked;
        this.blank = { kind: 'empty' };
        // the next version of the same comparison keeps what the reader chose
        this.current =
          doc.runs.length === 0
            ? null
            : { document: doc, source: message.document, state: restoreState(this.current?.state ?? this.host.load(), doc) };
      }
    }
    this.speak(nearestLang(message.lang));
  }

  private speak(lang: Lang): void {
    const changed = lang !== this.lang;
    this.lang = lang;
    document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN';
    if (!this.current) return this.showBlank();
    if (changed || this.sections.length === 0) this.buildSections();
    this.update();
  }

  private showBlank(): void {
    this.dropSections();
    this.body.replaceChildren(blankPage(this.blank, textFor(this.lang), this.host));
  }

  private buildSections(): void {
    this.dropSections();
    const header = new HeaderSection((lang) => this.speak(lang));
    const main: Section[] = [
      new WarningSection(),
      new TableSection(),
      new PaperTableSection(),
      new LossSection(),
      new ScoreSection(),
      new HeatSection(),
      new MapSection(),
      new StepSection(),
      new ScalingSection(),
      new TelemetrySection(),
      new OriginSection(),
      new ReaderNotesSection(),
      new DefinitionSection(),
    ];
    this.sections = [header, ...main];
    this.body.replaceChildren(header.element, h('main', {}, ...main.map((section) => section.element)));
  }

  private dropSections(): void {
    for (const section of this.sections) section.dispose?.();
    this.sections = [];
  }

  private context(): PageContext {
    const { document: doc, source, state } = this.current!;
    const text = textFor(this.lang);
    const menu = scoreMenu(doc.runs);
    const positions = new Map(doc.runs.map((run, i) => [run.id, i]));
    const hidden = new Set(state.hidden);
    return {
      document: doc,
      source,
      state,
      menu,
      choice: settleChoice(state.score, menu),
      shown: doc.runs.filter((run) => !hidden.has(run.id)),
      words: { text, format: formatFor(text.locale) },
      host: this.host,
      palette: (this.palette ??= readPalette()),
      position: (runId) => positions.get(runId) ?? 0,
      change: (patch, announcement) => this.change(patch, announcement),
      announce: (line) => this.announce(line),
      save: (fileName, format, data) =>
        void this.host.save({ fileName, format, mime: mimes[format], data }).catch((error: unknown) => {
          this.announce(text.t('export.failed', { file: fileName, why: error instanceof Error ? error.message : String(error) }));
        }),
    };
  }

  private change(patch: Partial<ViewState>, announcement?: string): void {
    if (!this.current) return;
    this.current.state = { ...this.current.state, ...patch };
    this.host.store(this.current.state);
    this.update();
    if (announcement !== undefined) this.announce(announcement);
  }

  private update(): void {
    const context = this.context();
    for (const section of this.sections) section.update(context);
  }

  private retheme(): void {
    this.palette = null;
    if (!this.current) return;
    const context = this.context();
    for (const section of this.sections) section.retheme?.(context);
  }

  private announce(line: string): void {
    this.live.textContent = line;
  }
}

/** The findings of open documents under their settings, computed once per (document version, imports, settings). */
import { type Catalog } from '../core/catalog/load';
import type { FixContext } from '../core/fixes/single';
import { namedRewrites } from '../core/fixes/rewrites/index';
import { nothingKnown, type KnownFindings } from '../core/rules/family';
import type { Finding } from '../core/rules/finding';
import { findFindings } from '../core/rules/findings';
import { DocumentPlaces, type Places } from './places';
import type { Analysed, OpenDocument, Project } from './project';
import { matchesGlob, type Settings } from './settings';

/** Everything the features read of one file in one state. */
export interface FileState {
  uri: string;
  /** of the analysed text: grows with every change of any of its documents */
  version: number;
  document: OpenDocument;
  places: Places;
  settings: Settings;
  context: FixContext;
  /** of its document */
  findings: Finding[];
  /** of the whole analysed text: in a cell of a notebook, those of all its cells */
  program: Finding[];
}

/** Documents of these schemes are views of something else: an older revision, a preview, a cell of a notebook. */
const VIEWS = new Set(['git', 'gitfs', 'mindport-migration', 'vscode-notebook-cell', 'output']);
const REMEMBERED_TIMES = 20;

interface Remembered {
  analysed: Analysed;
  settings: Settings;
  state: FileState;
  /** what was found, for as long as analyses are patched from each other */
  known: KnownFindings;
}

export class Analyses {
  private readonly states = new Map<string, Remembered>();
  /** milliseconds of the latest analyses, newest last */
  readonly times: number[] = [];

  constructor(
    private readonly project: Project,
    readonly catalog: Catalog,
  ) {}

  /**
   * null for what is not open, or not ours.
   * @param quick right after a key press: what the edit does not touch may be as it was before
   */
  of(uri: string, settings: Settings, quick = false): FileState | null {
    const document = this.project.document(uri);
    if (!document || VIEWS.has(uri.slice(0, uri.indexOf(':')))) return null;
    const started = performance.now();
    const analysed = this.project.analyse(uri, quick);
    if (!analysed) return null;
    const before = this.states.get(uri);
    if (before?.analysed === analysed && before.settings === settings) return before.state;
    const follows = before !== undefined && analysed.patchOf === before.analysed && before.settings === settings;
    const known = follows ? before.known : nothingKnown();
    const context = this.contextOf(analysed, settings);
    const on = settings.enable && !settings.exclude.some((pattern) => matchesGlob(pattern, pathOf(uri)));
    const found = on ? findFindings(context, { severity: settings.severity, known }) : [];
    const { version } = document;
    const places = new DocumentPlaces(uri, version, document.lines);
    const state: FileState = { uri, version, document, places, settings, context, findings: found, program: found };
    this.states.set(uri, { analysed, settings, state, known });
    this.times.push(performance.now() - started);
    if (this.times.length > REMEMBERED_TIMES) this.times.shift();
    return state;
  }

  forget(uri: string): void {
    this.states.delete(uri);
  }

  private contextOf({ text, module, semantics }: Analysed, settings: Settings): FixContext {
    const { chosen } = this.catalog.targets.choose(settings.targets, { mindspore: settings.mindsporeVersion });
    return { text, module, semantics, catalog: this.catalog, targets: chosen, named: namedRewrites };
  }
}

/** The path of a URI as patterns are written for it. */
export function pathOf(uri: string): string {
  const path = uri.replace(/^[^:]+:(?:\/\/[^/]*)?/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

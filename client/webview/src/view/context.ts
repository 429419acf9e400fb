/** What every part of the page is given to draw itself. */
import type { ComparisonDocument, RunSummary } from '../../../../runs/src/results/document';
import type { Host } from '../host';
import type { ScoreChoice, ScoreMenu } from '../model/measures';
import type { Words } from '../model/rows';
import type { ViewState } from '../model/state';
import type { ExportFormat } from '../protocol';
import type { Palette } from './theme';

export interface PageContext {
  document: ComparisonDocument;
  /** the document as it came, for the JSON export */
  source: unknown;
  state: ViewState;
  choice: ScoreChoice;
  menu: ScoreMenu;
  /** runs that charts and exports show, in document order */
  shown: RunSummary[];
  words: Words;
  host: Host;
  palette: Palette;
  /** the place of a run in the document decides its colour and marker, so hiding others never changes them */
  position(runId: string): number;
  /** applies a choice, redraws, and says so to those who do not see it */
  change(patch: Partial<ViewState>, announcement?: string): void;
  announce(text: string): void;
  /** saves a file, or says why not */
  save(name: string, format: ExportFormat, data: string | Blob): void;
}

/** A part of the page. `update` is called after every change and redraws what depends on it. */
export interface Section {
  element: HTMLElement;
  update(context: PageContext): void;
  /** colours, print or size of the surroundings changed */
  retheme?(context: PageContext): void;
  dispose?(): void;
}

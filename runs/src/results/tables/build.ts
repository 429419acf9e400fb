/** Which table is filled how. */
import { type ComparisonDocument } from '../document';
import { efficiencyTable } from './efficiency-table';
import { type ChipFacts, knownChips } from './hardware';
import { hardwareTable } from './hardware-table';
import { inferenceTable } from './inference-table';
import { type PaperTable, type TableId, type TableInput } from './table';
import { trainingTable } from './training-table';

export interface TableOptions {
  /** the paper's printed figures stand beside the measured ones */
  paper?: boolean;
  chips?: readonly ChipFacts[];
  /** id of the baseline when it is not the document's; null: none */
  baseline?: string | null;
  /** ids of runs that are left out; the baseline still counts */
  hidden?: readonly string[];
}

/** One of the paper's tables, filled from the runs of a comparison. */
export function buildTable(id: Exclude<TableId, 'runs'>, document: ComparisonDocument, options: TableOptions = {}): PaperTable {
  const { paper = false, chips = document.chips ?? knownChips, baseline = document.baseline, hidden = [] } = options;
  const input: TableInput = {
    runs: document.runs.filter((run) => !hidden.includes(run.id)),
    baseline: document.runs.find((run) => run.id === baseline) ?? null,
    paper,
    convergence: document.convergence,
    chips,
  };
  switch (id) {
    case '1':
      return hardwareTable(input);
    case '2':
    case '3':
      return trainingTable(id, input);
    case '4':
      return inferenceTable(input);
    case 's1':
      return efficiencyTable(input);
  }
}

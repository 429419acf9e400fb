/** The paper's figures as starting points: which choices of the page make each of them out of the reader's own runs. */
import type { ComparisonDocument, RunSummary } from '../../../../runs/src/results/document';
import type { FigureState } from './figure-state';
import type { FieldMenu } from './map-plan';
import type { ViewState } from './state';

/** Figure S1: training loss against epoch, one curve for every chip and framework. Null when no run has a loss. */
export function figureS1({ runs }: ComparisonDocument): Partial<ViewState> | null {
  const chosen = new Map<string, RunSummary>();
  for (const run of runs) {
    if (lossPoints(run) === 0) continue;
    const key = JSON.stringify([run.chip, run.framework]);
    const before = chosen.get(key);
    // of several the one that went through, and of those the longest
    if (!before || rank(run) > rank(before)) chosen.set(key, run);
  }
  if (chosen.size === 0) return null;
  const kept = new Set(chosen.values());
  return { axis: 'epoch', log: false, train: true, validation: false, hidden: runs.filter((run) => !kept.has(run)).map(({ id }) => id) };
}

function lossPoints(run: RunSummary): number {
  return run.lossColumns?.n ?? run.loss.length;
}

function rank(run: RunSummary): number {
  return (run.state === 'succeeded' ? 1e9 : 0) + lossPoints(run);
}

/** Figure 2: each field as both frameworks predict it, and the difference, at the longest lead time. */
export function figure2(menu: FieldMenu): Partial<FigureState> {
  const first = menu.runs[0]!;
  const other = menu.runs.find((run) => run.framework !== first.framework && run.chip === first.chip) ?? menu.runs.find((run) => run.framework !== first.framework); // prettier-ignore
  // U0, S0 and T0 where they go by these names
  const surface = menu.variables.filter((name) => /^(u|s|t|salt|temp|so|thetao|uo)_?0?$/i.test(name));
  return {
    mapVariables: surface.length > 0 ? surface : menu.variables.slice(0, 3),
    mapLead: menu.leads.at(-1)!,
    mapRuns: other ? [first.id, other.id] : [first.id],
    mapTruthDifferences: false,
    mapRunDifferences: true,
    mapTime: null,
  };
}

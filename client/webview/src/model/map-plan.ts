/** Which maps stand where: rows are variables, columns the truth, the chosen runs and differences, as in the paper's Figure 2. */
import type { FieldMap, RunSummary } from '../../../../runs/src/results/document';
import { cleanText } from './clean';
import type { FigureState } from './figure-state';
import { difference, gridOf, statisticsOf, type Grid, type GridStatistics, type MapCentre } from './fields';
import type { Extent } from './series';

export interface FieldMenu {
  variables: string[];
  leads: number[];
  /** points in time there are at the chosen lead time; empty where the data do not tell */
  times: string[];
  runs: RunSummary[];
}

export interface MapChoice {
  variables: string[];
  lead: number;
  time: string | null;
  runs: RunSummary[];
  truthDifferences: boolean;
  runDifferences: boolean;
  centre: MapCentre;
}

/** `letter` names a run in a difference; `of` and `to` are runs, undefined for the truth. */
export type MapColumn =
  | { kind: 'truth' }
  | { kind: 'run'; run: RunSummary; letter: string }
  | { kind: 'difference'; of: RunSummary; ofLetter: string; to?: RunSummary; toLetter?: string };

export interface MapPanel {
  grid: Grid | null;
  statistics: GridStatistics | null;
  /** why there is nothing to draw: no such field, its bytes do not fit, or the two grids differ */
  missing: 'absent' | 'unreadable' | 'grids' | null;
}

export interface MapRow {
  variable: string;
  units: string;
  /** one a column */
  panels: MapPanel[];
  /** shared by truth and predictions of the row */
  range: Extent | null;
  /** largest absolute difference of the row; null without differences */
  reach: number | null;
}

/** Part of the globe that all maps show, degrees. */
export interface Frame {
  west: number;
  east: number;
  south: number;
  north: number;
}

export interface MapPlan {
  columns: MapColumn[];
  rows: MapRow[];
  frame: Frame;
  choice: MapChoice;
  /** runs whose truth is not that of the first column, although they say it is for the same time */
  otherTruth: RunSummary[];
}

const firstVariables = 3;
const firstRuns = 2;

/** What the runs offer; null when none has a field. */
export function fieldMenu(runs: readonly RunSummary[], lead: number | null): FieldMenu | null {
  const withFields = runs.filter((run) => (run.fields?.length ?? 0) > 0);
  if (withFields.length === 0) return null;
  const fields = withFields.flatMap((run) => run.fields ?? []);
  const leads = [...new Set(fields.map((field) => field.leadHours))].sort((a, b) => a - b);
  const at = lead !== null && leads.includes(lead) ? lead : leads[0]!;
  const times = fields.filter((field) => field.leadHours === at).flatMap((field) => field.validTime ?? []);
  return { variables: [...new Set(fields.map((field) => field.variable))], leads, times: [...new Set(times)].sort(), runs: withFields };
}

/** The reader's choice as far as it is offered; else the first variables, the first lead time and time, the first two runs. */
export function settleMaps(state: FigureState, menu: FieldMenu): MapChoice {
  const offered = <T>(wanted: readonly T[], all: readonly T[], first: number): T[] => {
    const kept = all.filter((item) => wanted.includes(item));
    return kept.length > 0 ? kept : all.slice(0, first);
  };
  const runIds = offered(
    state.mapRuns,
    menu.runs.map((run) => run.id),
    firstRuns,
  );
  return {
    variables: offered(state.mapVariables, menu.variables, firstVariables),
    lead: state.mapLead !== null && menu.leads.includes(state.mapLead) ? state.mapLead : menu.leads[0]!,
    time: state.mapTime !== null && menu.times.includes(state.mapTime) ? state.mapTime : (menu.times[0] ?? null),
    runs: menu.runs.filter((run) => runIds.includes(run.id)),
    truthDifferences: state.mapTruthDifferences,
    runDifferences: state.mapRunDifferences,
    centre: state.mapCentre,
  };
}

/** @param all runs that may lend their truth to one that has none of its own */
export function planMaps(choice: MapChoice, all: readonly RunSummary[]): MapPlan {
  const { runs, centre } = choice;
  const find = (run: RunSummary, role: FieldMap['role'], variable: string): FieldMap | undefined =>
    run.fields?.find(
      (field) =>
        field.role === role &&
        field.variable === variable &&
        field.leadHours === choice.lead &&
        (choice.time === null || field.validTime === null || field.validTime === choice.time),
    );
  const letters = new Map(runs.map((run, i) => [run, letterOf(i)]));
  const lenders = [...runs, ...all.filter((run) => !runs.includes(run))];
  const truths = new Map(
    choice.variables.map((variable) => [variable, lenders.map((run) => find(run, 'truth', variable)).find((field) => field !== undefined)]),
  );
  const anyTruth = [...truths.values()].some((field) => field !== undefined);
  const columns: MapColumn[] = [
    ...(anyTruth ? [{ kind: 'truth' as const }] : []),
    ...runs.map((run) => ({ kind: 'run' as const, run, letter: letters.get(run)! })),
    ...(choice.truthDifferences && anyTruth ? runs.map((of) => ({ kind: 'difference' as const, of, ofLetter: letters.get(of)! })) : []),
    ...(choice.runDifferences
      ? runs
          .slice(1)
          .map((of) => ({ kind: 'difference' as const, of, ofLetter: letters.get(of)!, to: runs[0]!, toLetter: letters.get(runs[0]!)! }))
      : []),
  ];
  const otherTruth = new Set<RunSummary>();
  const rows = choice.variables.map((variable): MapRow => {
    const shared = truths.get(variable);
    const own = (run: RunSummary): FieldMap | undefined => find(run, 'truth', variable) ?? shared;
    for (const run of runs) if (shared && own(run)?.values !== shared.values) otherTruth.add(run);
    const panels = columns.map((column): MapPanel => {
      switch (column.kind) {
        case 'truth':
          return panelOf(shared, centre);
        case 'run':
          return panelOf(find(column.run, 'prediction', variable), centre);
        case 'difference':
          return differencePanel(
            panelOf(find(column.of, 'prediction', variable), centre),
            panelOf(column.to ? find(column.to, 'prediction', variable) : own(column.of), centre),
          );
      }
    });
    const fields = panels.filter((_, i) => columns[i]!.kind !== 'difference').flatMap(({ statistics }) => statistics ?? []);
    const differences = panels.filter((_, i) => columns[i]!.kind === 'difference').flatMap(({ statistics }) => statistics ?? []);
    return {
      variable,
      units: [shared, ...runs.map((run) => find(run, 'prediction', variable))].find((field) => field?.units)?.units ?? '',
      panels,
      range:
        fields.length === 0 ? null : { min: Math.min(...fields.map(({ min }) => min)), max: Math.max(...fields.map(({ max }) => max)) },
      reach: differences.length === 0 ? null : Math.max(...differences.flatMap(({ min, max }) => [Math.abs(min), Math.abs(max)])),
    };
  });
  return {
    columns,
    rows,
    frame: frameOf(rows.flatMap(({ panels }) => panels.flatMap(({ grid }) => grid ?? []))),
    choice,
    otherTruth: [...otherTruth],
  };
}

function panelOf(field: FieldMap | undefined, centre: MapCentre): MapPanel {
  if (!field) return { grid: null, statistics: null, missing: 'absent' };
  const grid = gridOf(field, centre);
  return { grid, statistics: grid && statisticsOf(grid), missing: grid ? null : 'unreadable' };
}

function differencePanel(of: MapPanel, to: MapPanel): MapPanel {
  if (!of.grid || !to.grid) return { grid: null, statistics: null, missing: of.missing ?? to.missing };
  const grid = difference(of.grid, to.grid);
  return { grid, statistics: grid && statisticsOf(grid), missing: grid ? null : 'grids' };
}

function frameOf(grids: readonly Grid[]): Frame {
  const first = grids[0];
  if (!first) return { west: -180, east: 180, south: -90, north: 90 };
  const frame = grids.reduce(
    (whole, { north, west }) => ({
      west: Math.min(whole.west, west[0]!),
      east: Math.max(whole.east, west.at(-1)!),
      south: Math.max(-90, Math.min(whole.south, north.at(-1)!)),
      north: Math.min(90, Math.max(whole.north, north[0]!)),
    }),
    { west: first.west[0]!, east: first.west.at(-1)!, south: 90, north: -90 },
  );
  // regions on both sides of the antimeridian do not share a frame of one turn: the first decides
  return frame.east - frame.west <= 361 ? frame : { ...frame, west: first.west[0]!, east: first.west.at(-1)! };
}

/** A … Z, then AA … */
function letterOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}

/** A valid time for people: "2018-01-02T00:00:00Z" is "2018-01-02 00:00 UTC"; another text as it is. */
export function timeLabel(time: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00(?:\.0+)?)?Z$/.exec(time);
  return parts ? `${parts[1]} ${parts[2]} UTC` : cleanText(time, 40);
}

/** Maps of saved fields: truth, predictions and differences, as the paper's Figure 2 shows them. */
import { cleanText } from '../model/clean';
import { cellAt, type Grid } from '../model/fields';
import type { FigureState } from '../model/figure-state';
import { fieldMenu, planMaps, settleMaps, timeLabel, type FieldMenu, type MapColumn, type MapPlan } from '../model/map-plan';
import type { CsvValue } from '../model/csv';
import { figure2 } from '../model/presets';
import { shownName } from '../model/run-label';
import { Chooser } from './chooser';
import type { PageContext, Section } from './context';
import { checkbox, radios, refill, select } from './controls';
import { h } from './dom';
import { DrawnFigure, type Moved } from './drawn-figure';
import { presetButton } from './preset';
import { twinTable } from './figure';
import type { FigureData } from './figure-export';
import {
  columnTitle,
  drawMaps,
  latitudeText,
  longitudeText,
  mapGeometry,
  mapSpotAt,
  markMaps,
  valueAt,
  valueText,
  type MapSpot,
} from './map-drawing';
import { Memo } from './memo';

export class MapSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-maps-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly rest = h('div', { class: 'mp-tools-rest' });
  private readonly variables = new Chooser('map-variables');
  private readonly runs = new Chooser('map-runs');
  private readonly landKey = h('span', { class: 'mp-map-key mp-land-key' });
  private readonly blankKey = h('span', { class: 'mp-map-key mp-blank-key' });
  private readonly coastKey = h('span', { class: 'mp-map-key mp-coast-key' });
  private readonly figure = new DrawnFigure<MapSpot>(h('p', { class: 'mp-map-keys' }, this.landKey, this.blankKey, this.coastKey));
  private readonly memo = new Memo();

  constructor() {
    this.tools.append(this.variables.element, this.runs.element, this.rest);
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-maps-title' }, this.heading, this.tools, this.figure.element);
  }

  update(context: PageContext): void {
    const { document: doc, state, shown, words } = context;
    const { text } = words;
    const { figures } = state;
    const map = Object.entries(figures).flatMap(([name, value]) => (name.startsWith('map') ? [JSON.stringify(value)] : []));
    if (!this.memo.changed(doc, text.lang, shown, map)) return;
    const menu = fieldMenu(shown, figures.mapLead);
    // a comparison without fields does not speak of maps
    this.element.hidden = menu === null;
    if (!menu) return;
    this.heading.textContent = text.t('maps.title');
    this.landKey.textContent = text.t('maps.key.land');
    this.blankKey.textContent = text.t('maps.no_value');
    this.coastKey.textContent = text.t('maps.key.coast');
    const choice = settleMaps(figures, menu);
    const plan = planMaps(choice, doc.runs);
    this.showTools(menu, plan, context);
    this.figure.show(
      {
        title: text.t('maps.figure', { lead: words.format.integer(choice.lead) }),
        summary: summaryOf(plan, context),
        fileName: 'mindport-maps',
        size: (available) => {
          const { width, height } = mapGeometry(plan, available);
          return { width, height };
        },
        draw: (surface, width, _, palette) => drawMaps(surface, plan, width, palette, words),
        data: () => dataOf(plan),
        keys: text.t('maps.keys'),
        spotAt: (x, y, width) => mapSpotAt(plan, width, x, y),
        move: (spot, key, far) => moved(plan, spot, key, far),
        mark: (surface, spot, width, _, palette) => markMaps(surface, plan, spot, width, palette, words),
        placeOf: (spot, width) => placeOf(plan, spot, width),
        describe: (spot) => describe(plan, spot, context),
        readout: false,
        twin: () => twinOf(plan, context),
      },
      context,
    );
  }

  retheme(context: PageContext): void {
    this.figure.retheme(context);
  }

  dispose(): void {
    this.figure.dispose();
  }

  private showTools(menu: FieldMenu, { choice, frame }: MapPlan, context: PageContext): void {
    const { text, format } = context.words;
    const change = (patch: Partial<FigureState>): void => context.change({ figures: { ...context.state.figures, ...patch } });
    const named = (run: { id: string; name: string; ordinal?: number }): { id: string; label: string } => ({
      id: run.id,
      label: shownName(run, 60),
    });
    this.variables.show(
      text.t('maps.variables'),
      menu.variables.map((id) => ({ id, label: cleanText(id, 40) })),
      choice.variables,
      (mapVariables) => change({ mapVariables }),
    );
    this.runs.show(
      text.t('maps.runs'),
      menu.runs.map(named),
      choice.runs.map((run) => run.id),
      (mapRuns) => change({ mapRuns }),
    );
    const preset = figure2(menu);
    refill(this.rest, [
      presetButton('2', () => context.change({ figures: { ...context.state.figures, ...preset } }), context),
      select(
        text.t('table.lead'),
        menu.leads.map((lead) => ({ value: String(lead), label: text.t('lead.hours', { lead: format.integer(lead) }) })),
        String(choice.lead),
        (lead) => change({ mapLead: Number(lead), mapTime: null }),
      ),
      menu.times.length > 1 && choice.time !== null
        ? select(
            text.t('maps.time'),
            menu.times.map((value) => ({ value, label: timeLabel(value) })),
            choice.time,
            (mapTime) => change({ mapTime }),
          )
        : null,
      checkbox(text.t('maps.truth_differences'), choice.truthDifferences, (mapTruthDifferences) => change({ mapTruthDifferences })),
      choice.runs.length > 1
        ? checkbox(text.t('maps.run_differences'), choice.runDifferences, (mapRunDifferences) => change({ mapRunDifferences }))
        : null,
      // a region is shown as it lies
      frame.east - frame.west < 350
        ? null
        : radios(
            text.t('maps.centre'),
            'mp-map-centre',
            [
              { value: '0', label: '0°' },
              { value: '180', label: '180°' },
            ],
            String(choice.centre),
            (centre) => change({ mapCentre: centre === '180' ? 180 : 0 }),
          ),
    ]);
  }
}

/** What is shown, and for the first variable how far each run is from the truth. */
function summaryOf(plan: MapPlan, { words }: PageContext): string {
  const { text, format } = words;
  const parts = [text.t('maps.summary', { variables: format.list(plan.rows.map(({ variable }) => cleanText(variable, 40))) })];
  const first = plan.rows[0];
  const errors = plan.columns.flatMap((column, i) => {
    const statistics = column.kind === 'difference' && !column.to ? first?.panels[i]?.statistics : null;
    return column.kind === 'difference' && statistics ? [`${column.ofLetter} ${format.number(statistics.rms)}`] : [];
  });
  if (first && errors.length > 0) {
    parts.push(text.t('maps.summary.rmse', { variable: cleanText(first.variable, 40), values: format.list(errors) }));
  }
  parts.push(text.t('maps.summary.scale'));
  if (plan.otherTruth.length > 0) {
    parts.push(text.t('maps.summary.other_truth', { runs: format.list(plan.otherTruth.map((run) => shownName(run, 60))) }));
  }
  return parts.join(text.t('sentence.space'));
}

function firstGrid(plan: MapPlan, row: number): Grid | null {
  return plan.rows[row]?.panels.find(({ grid }) => grid !== null)?.grid ?? null;
}

/** Arrow keys go from cell to cell (with Shift ten at once), Page keys from variable to variable. */
function moved(plan: MapPlan, spot: MapSpot | null, key: string, far: boolean): Moved<MapSpot> {
  const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'];
  if (!keys.includes(key)) return undefined;
  const row =
    spot?.row ??
    Math.max(
      0,
      plan.rows.findIndex((_, i) => firstGrid(plan, i) !== null),
    );
  if (key === 'PageUp' || key === 'PageDown') {
    const next = Math.min(plan.rows.length - 1, Math.max(0, row + (key === 'PageUp' ? -1 : 1)));
    if (spot) return { ...spot, row: next };
  }
  const column = spot?.column ?? plan.rows[row]!.panels.findIndex(({ grid }) => grid !== null);
  const grid = plan.rows[row]?.panels[column]?.grid ?? firstGrid(plan, row);
  if (!grid) return null;
  const { latitudes, longitudes } = grid;
  const width = longitudes.length;
  const cell = spot ? cellAt(grid, spot.latitude, spot.longitude) : -1;
  let y = cell < 0 ? Math.floor(latitudes.length / 2) : Math.floor(cell / width);
  let x = cell < 0 ? Math.floor(width / 2) : cell % width;
  const step = far ? 10 : 1;
  if (cell >= 0) {
    if (key === 'ArrowLeft') x -= step;
    else if (key === 'ArrowRight') x += step;
    else if (key === 'ArrowUp') y -= step;
    else if (key === 'ArrowDown') y += step;
    else if (key === 'Home') x = 0;
    else if (key === 'End') x = width - 1;
  }
  x = Math.min(width - 1, Math.max(0, x));
  y = Math.min(latitudes.length - 1, Math.max(0, y));
  return { row, column, latitude: latitudes[y]!, longitude: longitudes[x]! };
}

function placeOf(plan: MapPlan, spot: MapSpot, width: number): { x: number; y: number } {
  const at = mapGeometry(plan, width);
  const { frame } = plan;
  return {
    x: at.left[spot.column]! + ((spot.longitude - frame.west) / (frame.east - frame.west)) * at.panelWidth,
    y: at.top[spot.row]! + ((frame.north - spot.latitude) / (frame.north - frame.south)) * at.panelHeight,
  };
}

/** "t0, 12.5°N 30°E", then every panel of the row with its value. */
function describe(plan: MapPlan, spot: MapSpot, { words }: PageContext): string[] {
  const row = plan.rows[spot.row]!;
  const units = cleanText(row.units, 20);
  return [
    `${cleanText(row.variable, 40)} ${latitudeText(spot.latitude)} ${longitudeText(spot.longitude)}`,
    ...row.panels.flatMap((panel, i) => {
      if (!panel.grid) return [];
      const measured = typeof valueAt(panel, spot) === 'number';
      return [`${columnTitle(plan.columns[i]!, words)}: ${valueText(panel, spot, words)}${measured && units ? ` ${units}` : ''}`];
    }),
  ];
}

/** One row a cell: its place and the value of every column, unrounded as float32 holds it. */
function dataOf(plan: MapPlan): FigureData {
  const head = ['variable', 'units', 'lead_h', 'latitude', 'longitude', 'land', ...plan.columns.map(dataColumn)];
  return { head, rows: cellsOf(plan) };
}

/** One after the other: ten variables have a million of them. */
function* cellsOf(plan: MapPlan): Iterable<CsvValue[]> {
  for (const [r, row] of plan.rows.entries()) {
    const grid = firstGrid(plan, r);
    if (!grid) continue;
    for (const latitude of grid.latitudes) {
      for (const longitude of grid.longitudes) {
        const values = row.panels.map((panel) => valueAt(panel, { row: r, column: 0, latitude, longitude }));
        const east = ((((longitude + 180) % 360) + 360) % 360) - 180;
        const land = Number(values.includes('land'));
        yield [
          row.variable,
          row.units,
          plan.choice.lead,
          latitude,
          east,
          land,
          ...values.map((value) => (value === 'land' ? null : value)),
        ];
      }
    }
  }
}

/** Names of columns in data files are the same in every language. */
function dataColumn(column: MapColumn): string {
  if (column.kind === 'truth') return 'truth';
  return column.kind === 'run' ? `${column.letter}: ${column.run.name}` : `${column.ofLetter} - ${column.toLetter ?? 'truth'}`;
}

function twinOf(plan: MapPlan, { words }: PageContext): Node {
  const { text, format } = words;
  return twinTable(
    text.t('twin.label', { title: text.t('maps.title') }),
    (['scores.variable', 'maps.column', 'maps.cells', 'maps.min', 'maps.mean', 'maps.max', 'maps.rmse.head'] as const).map((key) =>
      text.t(key),
    ),
    plan.rows.flatMap((row) =>
      row.panels.map(({ statistics, missing }, i) => {
        const column = plan.columns[i]!;
        const name = [cleanText(row.variable, 40), cleanText(row.units, 20)].filter(Boolean).join(' · ');
        if (!statistics)
          return [
            name,
            columnTitle(column, words),
            text.t(missing ? `maps.missing.${missing}` : 'maps.statistics.none'),
            '–',
            '–',
            '–',
            '–',
          ];
        const { n, min, mean, max, rms } = statistics;
        return [
          name,
          columnTitle(column, words),
          format.integer(n),
          format.number(min),
          format.number(mean),
          format.number(max),
          column.kind === 'difference' ? format.number(rms) : '–',
        ];
      }),
    ),
    text.t('maps.twin.note'),
  );
}

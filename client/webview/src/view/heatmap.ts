/** RMSE and ACC over variable and lead time as a heat map. */
import { cleanText } from '../model/clean';
import type { CsvValue } from '../model/csv';
import type { FigureState } from '../model/figure-state';
import { heatMap, scoreGroups, type HeatMap, type HeatOrder, type HeatGroup } from '../model/heat';
import { runLabel } from '../model/run-label';
import { groupLabel } from '../model/definitions';
import type { PageContext, Section } from './context';
import { radios, refill, select } from './controls';
import { h } from './dom';
import { DrawnFigure, type Moved } from './drawn-figure';
import { twinTable } from './figure';
import type { FigureData } from './figure-export';
import { drawHeat, heatGeometry, heatPlace, heatSpotAt, heatText, markHeat, type HeatLook, type HeatSpot } from './heat-drawing';
import { runMark } from './marks';
import { Memo } from './memo';

const orders: readonly HeatOrder[] = ['document', 'name', 'smallest', 'largest'];

export class HeatSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-heat-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly figure = new DrawnFigure<HeatSpot>();
  private readonly memo = new Memo();

  constructor() {
    this.element = h('section', { class: 'mp-section', 'aria-labelledby': 'mp-heat-title' }, this.heading, this.tools, this.figure.element);
  }

  update(context: PageContext): void {
    const { document: doc, state, shown, words } = context;
    const { text } = words;
    const { heatGroup, heatMode, heatOrder } = state.figures;
    if (!this.memo.changed(doc, text.lang, shown, state.baseline, heatGroup, heatMode, heatOrder)) return;
    const groups = scoreGroups(shown);
    const group = groups.find(({ id }) => id === heatGroup) ?? groups[0];
    // the section of the curves says that there are no scores
    this.element.hidden = group === undefined;
    if (!group) return;
    const baseline = doc.runs.find((run) => run.id === state.baseline) ?? null;
    const map = heatMap(shown, group, baseline, heatOrder, text.locale);
    const mode = map.reach === null ? 'value' : heatMode;
    const look: HeatLook = { map, mode, mark: ({ run }) => runMark(context.position(run.id)), name: ({ run }) => runLabel(run, doc.runs) };
    this.heading.textContent = text.t('heat.title');
    this.showTools(groups, group, map, mode, context);
    const title = text.t(mode === 'ratio' ? 'heat.figure.ratio' : 'heat.figure', { metric: text.t(`column.${group.metric}`) });
    this.figure.show(
      {
        title,
        summary: summaryOf(look, baseline?.name ?? '', context),
        fileName: `mindport-${group.metric}-heatmap`,
        size: (available) => {
          const { width, height } = heatGeometry(map, available);
          return { width, height };
        },
        draw: (surface, width, _, palette) => drawHeat(surface, look, width, palette, words),
        data: () => dataOf(map),
        keys: text.t('heat.keys'),
        spotAt: (x, y, width) => heatSpotAt(map, width, x, y),
        move: (spot, key) => moved(map, spot, key),
        mark: (surface, spot, width) => markHeat(surface, map, spot, width),
        placeOf: (spot, width) => heatPlace(map, spot, width),
        describe: (spot) => describe(look, spot, context),
        readout: true,
        twin: () => twinOf(look, title, context),
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

  private showTools(groups: readonly HeatGroup[], group: HeatGroup, map: HeatMap, mode: 'value' | 'ratio', context: PageContext): void {
    const { text } = context.words;
    const change = (patch: Partial<FigureState>): void => context.change({ figures: { ...context.state.figures, ...patch } });
    refill(this.tools, [
      select(
        text.t('heat.score'),
        groups.map((one) => ({ value: one.id, label: groupLabel(one, context.document, text) })),
        group.id,
        (heatGroup) => change({ heatGroup }),
      ),
      map.reach === null
        ? null
        : radios(
            text.t('heat.show'),
            'mp-heat-mode',
            (['value', 'ratio'] as const).map((value) => ({ value, label: text.t(`heat.show.${value}`) })),
            mode,
            (heatMode) => change({ heatMode }),
          ),
      select(
        text.t('heat.order'),
        orders.map((value) => ({ value, label: text.t(`heat.order.${value}`) })),
        context.state.figures.heatOrder,
        (heatOrder) => change({ heatOrder }),
      ),
    ]);
  }
}

function summaryOf({ map, mode }: HeatLook, baseline: string, context: PageContext): string {
  const { text } = context.words;
  return [
    text.t('scores.definition', { id: groupLabel(map.group, context.document, text) }),
    mode === 'ratio'
      ? text.t('heat.summary.ratio', { run: cleanText(baseline, 60) })
      : text.t(map.group.metric === 'rmse' ? 'heat.summary.rmse' : 'heat.summary.acc'),
    text.t('heat.summary.missing'),
  ].join(text.t('sentence.space'));
}

function moved({ leads, rows }: HeatMap, spot: HeatSpot | null, key: string): Moved<HeatSpot> {
  const { row, column } = spot ?? { row: 0, column: 0 };
  const targets: Record<string, HeatSpot> = {
    ArrowRight: { row, column: column + 1 },
    ArrowLeft: { row, column: column - 1 },
    ArrowDown: { row: row + 1, column },
    ArrowUp: { row: row - 1, column },
    Home: { row, column: 0 },
    End: { row, column: leads.length - 1 },
    PageUp: { row: 0, column },
    PageDown: { row: rows.length - 1, column },
  };
  const target = targets[key];
  if (!target) return undefined;
  if (!spot) return { row: 0, column: 0 };
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
  return { row: within(target.row, rows.length), column: within(target.column, leads.length) };
}

function describe(look: HeatLook, { row, column }: HeatSpot, { words }: PageContext): string[] {
  const { text, format } = words;
  const { map } = look;
  const at = map.rows[row]!;
  const value = at.values[column] ?? null;
  const ratio = at.ratios[column] ?? null;
  const units = map.group.metric === 'rmse' ? cleanText(at.units, 20) : '';
  const n = at.n[column];
  return [
    look.name(at),
    `${cleanText(at.variable, 40)}, ${text.t('lead.hours', { lead: format.integer(map.leads[column]!) })}`,
    `${text.t(`column.${map.group.metric}`)}: ${value === null ? text.t('missing.short.not_reported') : `${format.exact(value)}${units ? ` ${units}` : ''}`}`,
    ...(ratio === null ? [] : [`${text.t('column.ratio')}: ${format.ratio(ratio)}`]),
    ...(n === undefined ? [] : [text.t('spread.samples', { n: format.integer(n) })]),
  ];
}

function dataOf({ group, leads, rows }: HeatMap): FigureData {
  const { metric, definition, by, climatology, mask } = group;
  return {
    head: ['metric', 'definition', 'by', 'climatology', 'mask', 'run', 'id', 'variable', 'units', 'lead_h', 'value', 'ratio', 'n'],
    rows: rows.flatMap(
      ({ run, variable, units, values, ratios, n }) =>
      leads.map((lead, i): CsvValue[] => [
        metric, definition, by, climatology, mask, run.name, run.id, variable, units, lead, values[i] ?? null, ratios[i] ?? null, n[i] ?? null,
      ]), // prettier-ignore
    ),
  };
}

function twinOf(look: HeatLook, title: string, { words }: PageContext): Node {
  const { text, format } = words;
  const { leads, rows } = look.map;
  return twinTable(
    text.t('twin.label', { title }),
    [text.t('scores.variable'), text.t('column.name'), ...leads.map((lead) => text.t('lead.hours', { lead: format.integer(lead) }))],
    rows.map((row) => [cleanText(row.variable, 40), look.name(row), ...leads.map((_, i) => heatText(look, row, i, words) ?? '–')]),
    null,
  );
}

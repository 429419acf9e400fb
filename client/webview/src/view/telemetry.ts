/** Device utilisation, power, memory and temperature over time, and how far the energy of each run was measured. */
import type { Measure, RunSummary } from '../../../../runs/src/results/document';
import { cleanText } from '../model/clean';
import { quantities, type FigureState, type Quantity } from '../model/figure-state';
import { runLabel } from '../model/run-label';
import { timeUnit } from '../model/series';
import { longestSample, telemetryLines } from '../model/telemetry';
import type { PageContext, Section } from './context';
import { checkbox, radios, refill } from './controls';
import { foreign, h } from './dom';
import { Figure, twinTable } from './figure';
import type { FigureData } from './figure-export';
import { runMark } from './marks';
import { Memo } from './memo';

const units: Record<Quantity, string> = { utilisation: '%', power: 'W', memory: 'MiB', temperature: '°C' };
/** Rows a twin shows at most; the CSV has every sample. */
const twinRows = 400;

export class TelemetrySection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-telemetry-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly empty = h('p', { class: 'mp-empty-note', hidden: true });
  private readonly figures = Object.fromEntries(quantities.map((quantity) => [quantity, new Figure(200)])) as Record<Quantity, Figure>;
  private readonly energy = h('div');
  private readonly memo = new Memo();

  constructor() {
    this.element = h(
      'section',
      { class: 'mp-section', 'aria-labelledby': 'mp-telemetry-title' },
      this.heading,
      this.tools,
      this.empty,
      h('div', { class: 'mp-pair' }, ...quantities.map((quantity) => this.figures[quantity].element)),
      this.energy,
    );
  }

  update(context: PageContext): void {
    const { document: doc, state, shown, words } = context;
    const { text } = words;
    const { telemetry: chosen, perDevice } = state.figures;
    if (!this.memo.changed(doc, text.lang, shown, chosen, perDevice)) return;
    // nothing was sampled beside any run of this comparison
    this.element.hidden = !doc.runs.some((run) => run.telemetry);
    if (this.element.hidden) return;
    this.heading.textContent = text.t('telemetry.title');
    const change = (patch: Partial<FigureState>): void => context.change({ figures: { ...state.figures, ...patch } });
    refill(this.tools, [
      ...quantities.map((quantity) =>
        checkbox(text.t(`telemetry.${quantity}`), chosen.includes(quantity), (on) =>
          change({ telemetry: quantities.filter((other) => (other === quantity ? on : chosen.includes(other))) }),
        ),
      ),
      radios(
        text.t('telemetry.devices'),
        'mp-telemetry-devices',
        [
          { value: 'mean', label: text.t('telemetry.mean') },
          { value: 'each', label: text.t('telemetry.each') },
        ],
        perDevice ? 'each' : 'mean',
        (value) => change({ perDevice: value === 'each' }),
      ),
    ]);
    let any = false;
    for (const quantity of quantities) any = this.figure(quantity, context) || any;
    this.empty.hidden = any;
    this.empty.textContent = text.t(chosen.length === 0 ? 'telemetry.none_chosen' : 'telemetry.none');
    this.energy.replaceChildren(energyTable(shown, context));
  }

  retheme(context: PageContext): void {
    for (const quantity of quantities) this.figures[quantity].retheme(context);
  }

  dispose(): void {
    for (const quantity of quantities) this.figures[quantity].dispose();
  }

  /** @returns whether there was something to draw */
  private figure(quantity: Quantity, context: PageContext): boolean {
    const { state, shown, words } = context;
    const { text, format } = words;
    const figure = this.figures[quantity];
    const time = timeUnit(longestSample(shown));
    const lines = state.figures.telemetry.includes(quantity) ? telemetryLines(shown, quantity, state.figures.perDevice, time) : [];
    figure.element.hidden = lines.length === 0;
    if (lines.length === 0) return false;
    const runs = shown.filter((run) => lines.some((line) => line.run === run));
    const silent = shown.filter((run) => !runs.includes(run));
    const name = text.t(`telemetry.${quantity}`);
    figure.show(
      {
        title: text.t('telemetry.figure', { quantity: name }),
        summary: [
          text.t(state.figures.perDevice ? 'telemetry.summary.each' : 'telemetry.summary.mean', { n: format.integer(runs.length) }),
          silent.length > 0 ? text.t('telemetry.summary.silent', { n: format.integer(silent.length) }) : '',
        ]
          .filter(Boolean)
          .join(text.t('sentence.space')),
        fileName: `mindport-${quantity}`,
        runs,
        plot: {
          lines: lines.map(({ run, device, devices, x, y }) => ({
            x,
            y,
            runId: run.id,
            name: runLabel(run, context.document.runs),
            part: device
              ? `${cleanText(device.node, 40)} · ${cleanText(device.device, 20)}`
              : text.t('telemetry.mean_of', { n: format.integer(devices) }),
            mark: runMark(context.position(run.id)),
            dashed: false,
            everyPoint: false,
          })),
          xLabel: text.t('telemetry.axis.time', { unit: time.unit }),
          yLabel: `${name} (${units[quantity]})`,
          log: false,
          describe: (line, i) => [
            line.name,
            line.part,
            `${format.number(line.y[i]!)} ${units[quantity]}`,
            text.t('point.time', { time: format.number(line.x[i]!), unit: time.unit }),
          ],
        },
        legendNote: null,
        twin: () => this.twin(quantity, runs, context),
        data: () => dataOf(runs, quantity),
      },
      context,
    );
    return true;
  }

  private twin(quantity: Quantity, runs: readonly RunSummary[], { document, words: { text, format } }: PageContext): Node {
    const curves = runs.flatMap((run) => (run.telemetry?.curves ?? []).map((curve) => ({ run, curve })));
    const head = (['column.name', 'telemetry.node', 'telemetry.device', 'telemetry.samples', 'maps.min', 'maps.mean', 'maps.max'] as const).map((key) => text.t(key)); // prettier-ignore
    return twinTable(
      text.t('twin.label', { title: text.t(`telemetry.${quantity}`) }),
      head,
      curves.slice(0, twinRows).map(({ run, curve }) => {
        const values = curve.points.flatMap((point) => point[quantity] ?? []);
        let [min, max, sum] = [Infinity, -Infinity, 0];
        for (const value of values) [min, max, sum] = [Math.min(min, value), Math.max(max, value), sum + value];
        return [
          runLabel(run, document.runs),
          cleanText(curve.node, 40),
          cleanText(curve.device, 20),
          format.integer(values.length),
          ...(values.length === 0
            ? ['–', '–', '–']
            : [min, sum / values.length, max].map((value) => `${format.number(value)} ${units[quantity]}`)),
        ];
      }),
      text.t('telemetry.twin.note'),
    );
  }
}

function dataOf(runs: readonly RunSummary[], quantity: Quantity): FigureData {
  return {
    head: ['run', 'id', 'node', 'device', 'chip', 't_s', quantity, 'unit'],
    rows: runs.flatMap((run) =>
      (run.telemetry?.curves ?? []).flatMap(({ node, device, chip, points }) =>
        points.map((point) => [run.name, run.id, node, device, chip, point.t, point[quantity], units[quantity]]),
      ),
    ),
  };
}

/** How far each run's energy was measured, and what was noted on the way. */
function energyTable(runs: readonly RunSummary[], { document, words }: PageContext): HTMLElement {
  const { text, format } = words;
  const measure = ({ value, missing }: Measure, unit: string): string =>
    value === null ? text.t(`missing.short.${missing ?? 'not_reported'}`) : `${format.number(value)} ${unit}`;
  const head = (
    ['column.name', 'telemetry.window', 'telemetry.coverage', 'telemetry.idle', 'column.meanPowerWatts', 'column.energyJoules', 'telemetry.sources', 'telemetry.notes'] as const
  ).map((key) => text.t(key)); // prettier-ignore
  const rows = runs.map((run) => {
    const { telemetry } = run;
    const energy = [measure(run.meanPowerWatts, 'W'), measure(run.energyJoules, 'J')];
    if (!telemetry) return [runLabel(run, document.runs), '–', text.t('telemetry.not_sampled'), '–', ...energy, '–', '–'];
    const low = telemetry.coverage < 0.95;
    const coverage = format.percent(telemetry.coverage).replace('+', '');
    return [
      runLabel(run, document.runs),
      `${format.number(telemetry.windowSeconds)} s · ${text.t(`telemetry.basis.${telemetry.basis}`)}`,
      low ? text.t('telemetry.coverage.low', { share: coverage }) : coverage,
      telemetry.idleWatts === null ? text.t('missing.short.not_reported') : `${format.number(telemetry.idleWatts)} W`,
      ...energy,
      sourcesOf(telemetry.devices, words.text, format.integer),
      telemetry.notes
        .map(({ node, what, text: note }) =>
          [node, what, note]
            .map((part) => cleanText(part, 120))
            .filter(Boolean)
            .join(': '),
        )
        .join('; ') || '–',
    ];
  });
  const label = text.t('telemetry.table');
  return h(
    'div',
    { class: 'mp-scroll mp-facts-table', tabindex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      { class: 'mp-table mp-plain' },
      h('caption', {}, `${label} ${text.t('telemetry.label')}`),
      h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
      h(
        'tbody',
        {},
        ...rows.map(([first, ...rest]) =>
          h('tr', {}, h('th', { scope: 'row' }, foreign(first ?? '')), ...rest.map((cell) => h('td', {}, foreign(cell)))),
        ),
      ),
    ),
  );
}

/** "4 devices: 2 by counter, 2 by power samples; 1 implausible sample left out". */
function sourcesOf(
  devices: readonly { by: 'counter' | 'power'; implausible: number }[],
  text: PageContext['words']['text'],
  integer: (value: number) => string,
): string {
  if (devices.length === 0) return '–';
  const counters = devices.filter(({ by }) => by === 'counter').length;
  const implausible = devices.reduce((sum, device) => sum + device.implausible, 0);
  return [
    text.t('telemetry.sources.count', {
      n: integer(devices.length),
      counter: integer(counters),
      power: integer(devices.length - counters),
    }),
    implausible > 0 ? text.t('telemetry.sources.implausible', { n: integer(implausible) }) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Throughput and efficiency over the number of devices, against perfect scaling. */
import { cleanText } from '../model/clean';
import { frameworkLabel } from '../model/columns';
import { scalingGroups, type ScalingGroup, type ScalingPoint } from '../model/scaling';
import type { PageContext, Section } from './context';
import { h } from './dom';
import type { PlotLine } from './draw';
import { Figure, twinTable } from './figure';
import type { FigureData } from './figure-export';
import { dashKey } from './dash-key';
import { runMark } from './marks';
import { Memo } from './memo';

const deviceSteps = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const kinds = ['throughput', 'efficiency'] as const;
type Kind = (typeof kinds)[number];

export class ScalingSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-scaling-title' });
  private readonly figures: Record<Kind, Figure> = { throughput: new Figure(240), efficiency: new Figure(240) };
  private readonly table = h('div');
  private readonly memo = new Memo();

  constructor() {
    this.element = h(
      'section',
      { class: 'mp-section', 'aria-labelledby': 'mp-scaling-title' },
      this.heading,
      h('div', { class: 'mp-pair' }, ...kinds.map((kind) => this.figures[kind].element)),
      this.table,
    );
  }

  update(context: PageContext): void {
    const { document: doc, shown, words } = context;
    const { text } = words;
    if (!this.memo.changed(doc, text.lang, shown)) return;
    const groups = scalingGroups(shown);
    // runs on one number of devices have no scaling to show
    this.element.hidden = groups.length === 0;
    if (groups.length === 0) return;
    this.heading.textContent = text.t('scaling.title');
    for (const kind of kinds) this.show(kind, groups, context);
    this.table.replaceChildren(tableOf(groups, text.t('scaling.title'), context));
  }

  retheme(context: PageContext): void {
    for (const kind of kinds) this.figures[kind].retheme(context);
  }

  dispose(): void {
    for (const kind of kinds) this.figures[kind].dispose();
  }

  private show(kind: Kind, all: readonly ScalingGroup[], context: PageContext): void {
    const { words } = context;
    const { text, format } = words;
    // samples and epochs cannot share an axis: throughput is shown in the measure most groups have
    const samples = all.filter(({ measure }) => measure === 'samples');
    const measure = samples.length > 0 ? 'samples' : 'epochs';
    const groups = kind === 'efficiency' ? all : all.filter((group) => group.measure === measure);
    const value = (point: ScalingPoint): number => (kind === 'efficiency' ? point.efficiency * 100 : point.throughput);
    const lines = groups.flatMap((group): PlotLine[] => {
      const { first, points } = group;
      const base = {
        runId: first.id,
        name: groupName(group, context),
        mark: runMark(context.position(first.id)),
        x: Float64Array.from(points, ({ devices }) => devices),
        everyPoint: true,
      };
      const ideal = points.map(({ devices }) => (kind === 'efficiency' ? 100 : (points[0]!.throughput * devices) / points[0]!.devices));
      return [
        { ...base, part: text.t('scaling.measured'), y: Float64Array.from(points, value), dashed: false },
        { ...base, part: text.t('scaling.ideal'), y: Float64Array.from(ideal), dashed: true, everyPoint: false },
      ];
    });
    this.figures[kind].show(
      {
        title: text.t(`scaling.${kind}`),
        summary: text.t(kind === 'efficiency' ? 'scaling.summary.efficiency' : `scaling.summary.${measure}`),
        fileName: `mindport-scaling-${kind}`,
        runs: groups.map(({ first }) => first),
        plot: {
          lines,
          xLabel: text.t('column.devices'),
          yLabel: text.t(kind === 'efficiency' ? 'scaling.y.efficiency' : `scaling.y.${measure}`),
          log: false,
          xSteps: deviceSteps,
          describe: (line, i) => {
            const point = groups.find(({ first }) => first.id === line.runId)?.points[i];
            const unit = kind === 'efficiency' ? ' %' : '';
            return [
              line.name,
              `${line.part}: ${format.number(line.y[i]!)}${unit}`,
              text.t('scaling.at', { devices: format.integer(line.x[i]!) }),
              ...(point && !line.dashed
                ? [text.t('spread.samples', { n: format.integer(point.n) }), text.t(`scaling.verdict.${point.verdict}`)]
                : []),
            ];
          },
        },
        legendNote: dashKey(text.t('scaling.measured'), text.t('scaling.ideal')),
        twin: () => tableOf(groups, text.t(`scaling.${kind}`), context),
        data: () => dataOf(groups),
      },
      context,
    );
  }
}

function groupName({ first }: ScalingGroup, { words }: PageContext): string {
  const batch = first.batch === null ? '' : `${words.text.t('column.batch')} ${words.format.integer(first.batch)}`;
  return [cleanText(first.chip, 40), frameworkLabel(first, words.text), cleanText(first.precision, 20), batch].filter(Boolean).join(' · ');
}

function dataOf(groups: readonly ScalingGroup[]): FigureData {
  return {
    head: [
      'chip',
      'framework',
      'mode',
      'precision',
      'batch',
      'devices',
      'runs',
      'n',
      'measure',
      'throughput',
      'min',
      'max',
      'speedup',
      'efficiency',
      'verdict',
    ],
    rows: groups.flatMap(
      ({ first, measure, points }) =>
      points.map(({ devices, runs, n, throughput, min, max, speedup, efficiency, verdict }) => [
        first.chip, first.framework, first.mode, first.precision, first.batch, devices, runs.map(({ name }) => name).join('; '), n,
        measure === 'samples' ? 'samples/s' : 'epochs/h', throughput, min, max, speedup, efficiency, verdict,
      ]), // prettier-ignore
    ),
  };
}

function tableOf(groups: readonly ScalingGroup[], title: string, context: PageContext): Node {
  const { text, format } = context.words;
  return twinTable(
    text.t('twin.label', { title }),
    (['scaling.group', 'column.devices', 'scaling.n', 'scaling.column', 'scaling.speedup', 'scaling.efficiency', 'scaling.verdict'] as const).map((key) => text.t(key)), // prettier-ignore
    groups.flatMap((group) =>
      group.points.map(({ devices, n, throughput, speedup, efficiency, verdict }) => [
        groupName(group, context),
        format.integer(devices),
        format.integer(n),
        `${format.number(throughput)} ${text.t(`scaling.unit.${group.measure}`)}`,
        format.ratio(speedup),
        format.percent(efficiency).replace('+', ''),
        text.t(`scaling.verdict.${verdict}`),
      ]),
    ),
    text.t('scaling.note'),
  );
}

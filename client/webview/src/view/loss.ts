/** Loss curves: training solid, validation dashed, over epochs, steps or time. */
import type { LossPoint, RunSummary } from '../../../../runs/src/results/document';
import { evenIndices } from '../model/downsample';
import { lossData } from '../model/export';
import { runLabel } from '../model/run-label';
import { longestTime, lossColumn, lossCount, lossFacts } from '../model/loss-table';
import { lossLine, timeUnit, type LossAxis, type TimeUnit } from '../model/series';
import { figureS1 } from '../model/presets';
import { lossSummary } from '../model/summary';
import type { PageContext, Section } from './context';
import { checkbox, radios, refill } from './controls';
import type { PlotLine } from './draw';
import { dashKey } from './dash-key';
import { foreign, h } from './dom';
import { Figure, twinTable } from './figure';
import { runMark } from './marks';
import { Memo } from './memo';
import { presetButton } from './preset';

/** Rows a twin shows at most over all runs; the CSV has every point. */
const twinRows = 400;
/** epochs and steps are whole */
const wholeSteps = [1, 2, 5].flatMap((digit) => Array.from({ length: 10 }, (_, power) => digit * 10 ** power)).sort((a, b) => a - b);

export class LossSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-loss-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly empty = h('p', { class: 'mp-empty-note', hidden: true });
  private readonly figure = new Figure(320);
  private readonly memo = new Memo();
  private readonly lines = new WeakMap<RunSummary, Map<string, PlotLine>>();

  constructor() {
    this.element = h(
      'section',
      { class: 'mp-section', 'aria-labelledby': 'mp-loss-title' },
      this.heading,
      this.tools,
      this.empty,
      this.figure.element,
    );
  }

  update(context: PageContext): void {
    const { state, words, shown } = context;
    const { axis, log, train, validation } = state;
    if (!this.memo.changed(context.document, words.text.lang, shown, axis, log, train, validation)) return;
    const { text, format } = words;
    this.heading.textContent = text.t('loss.title');
    const runs = shown.filter((run) => lossCount(run) > 0);
    const sides = (['train', 'validation'] as const).filter((side) => state[side]);
    const preset = figureS1(context.document);
    refill(this.tools, [
      preset && presetButton('s1', () => context.change(preset), context),
      radios(
        text.t('loss.axis'),
        'mp-axis',
        (['epoch', 'step', 'time'] as const).map((value) => ({ value, label: text.t(`axis.${value}`) })),
        state.axis,
        (axis) => context.change({ axis }),
      ),
      checkbox(text.t('loss.train'), state.train, (train) => context.change({ train })),
      checkbox(text.t('loss.validation'), state.validation, (validation) => context.change({ validation })),
      checkbox(text.t('loss.log'), state.log, (log) => context.change({ log })),
    ]);
    const nothing = runs.length === 0 || sides.length === 0;
    this.empty.hidden = !nothing;
    this.figure.element.hidden = nothing;
    this.empty.textContent = text.t(sides.length === 0 ? 'loss.none_chosen' : 'loss.none');
    if (nothing) return;

    const time = timeUnit(state.axis === 'time' ? Math.max(0, ...runs.map(longestTime)) : 0);
    // all that is asked of a run one after the other: only its own columns are held
    const lines = runs.flatMap((run) => {
      lossFacts(run);
      return sides.map((side) => this.line(run, side, state.axis, time, context));
    });
    this.figure.show(
      {
        title: text.t('loss.figure', { axis: text.t(`axis.${state.axis}.word`) }),
        summary: lossSummary(runs, state.axis, state.log, words),
        fileName: 'mindport-loss',
        runs,
        plot: {
          lines,
          xLabel: state.axis === 'time' ? text.t('axis.time.unit', { unit: time.unit }) : text.t(`axis.${state.axis}`),
          yLabel: text.t(state.log ? 'loss.y.log' : 'loss.y'),
          log: state.log,
          ...(state.axis === 'time' ? {} : { xSteps: wholeSteps }),
          describe: (line, i) => [
            line.name,
            `${line.part}: ${format.number(line.y[i]!)}`,
            state.axis === 'time'
              ? text.t('point.time', { time: format.number(line.x[i]!), unit: time.unit })
              : text.t(`point.${state.axis}`, { at: format.integer(line.x[i]!) }),
          ],
        },
        legendNote: dashKey(text.t('loss.train'), text.t('loss.validation')),
        twin: () => this.twin(runs, context),
        data: () => lossData(runs),
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

  /** Curves are built once per run, side and axis: hiding and showing runs costs nothing. */
  private line(run: RunSummary, side: 'train' | 'validation', axis: LossAxis, time: TimeUnit, context: PageContext): PlotLine {
    const key = `${side} ${axis} ${axis === 'time' ? time.unit : ''}`;
    const known = this.lines.get(run) ?? new Map<string, PlotLine>();
    this.lines.set(run, known);
    let line = known.get(key);
    if (!line) {
      line = {
        ...lossLine(run, side, axis, time),
        runId: run.id,
        name: runLabel(run, context.document.runs),
        part: '',
        mark: runMark(context.position(run.id)),
        dashed: side === 'validation',
        everyPoint: false,
      };
      known.set(key, line);
    }
    line.part = context.words.text.t(`loss.${side}`);
    return line;
  }

  /** What the chart shows, in figures: over epochs one row an epoch, else one row a point. */
  private twin(runs: readonly RunSummary[], { document, state, words }: PageContext): Node {
    const { text, format } = words;
    const share = Math.max(10, Math.floor(twinRows / runs.length));
    const number = (value: number | null | undefined): string =>
      value === null || value === undefined || Number.isNaN(value) ? '–' : format.number(value);
    const byEpoch = state.axis === 'epoch';
    let all = 0;
    const rows = runs.flatMap((run) => {
      const name = runLabel(run, document.runs);
      const points = byEpoch ? epochPoints(run) : pointsOf(run);
      all += points.n;
      return evenIndices(points.n, share).map((i) => {
        const point = points.at(i);
        const place = byEpoch ? [] : [format.integer(point.step), format.number(point.t)];
        return [foreign(name), format.integer(point.epoch), ...place, number(point.train), number(point.validation)];
      });
    });
    const head = [
      'column.name',
      'axis.epoch',
      ...(byEpoch ? [] : (['axis.step', 'twin.seconds'] as const)),
      'loss.train',
      'loss.validation',
    ] as const;
    return twinTable(
      text.t('twin.label', { title: text.t('loss.title') }),
      head.map((key) => text.t(key)),
      rows,
      rows.length < all ? text.t('twin.part', { n: format.integer(rows.length), all: format.integer(all) }) : null,
    );
  }
}

interface Points {
  n: number;
  at(index: number): LossPoint;
}

/** The points of a run, one by one. */
function pointsOf(run: RunSummary): Points {
  const [epoch, step, t, train, validation] = (['epoch', 'step', 't', 'train', 'validation'] as const).map((name) => lossColumn(run, name));
  return {
    n: lossCount(run),
    at: (i) => ({ epoch: epoch![i]!, step: step![i]!, t: t![i]!, train: train![i]!, validation: validation![i]! }),
  };
}

/** The two curves over epochs as points. */
function epochPoints(run: RunSummary): Points {
  const second: TimeUnit = { unit: 's', seconds: 1 };
  const rows = new Map<number, LossPoint>();
  for (const side of ['train', 'validation'] as const) {
    const { x, y } = lossLine(run, side, 'epoch', second);
    x.forEach((epoch, i) => {
      const row = rows.get(epoch) ?? { epoch, step: 0, t: 0, train: null, validation: null };
      row[side] = y[i]!;
      rows.set(epoch, row);
    });
  }
  const sorted = [...rows.values()].sort((a, b) => a.epoch - b.epoch);
  return { n: sorted.length, at: (i) => sorted[i]! };
}

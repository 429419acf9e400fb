/** RMSE and ACC over lead time for one variable, one curve per run. */
import { cleanText } from '../model/clean';
import { scoresData, unitText } from '../model/export';
import { scoreCurve } from '../model/measures';
import { shownName } from '../model/run-label';
import { groupLabel } from '../model/definitions';
import { groupOfKey } from '../model/score-group';
import { scoreLine } from '../model/series';
import { scoreSummary } from '../model/summary';
import type { PageContext, Section } from './context';
import { refill, select } from './controls';
import { h } from './dom';
import { Figure, twinTable } from './figure';
import { runMark } from './marks';
import { Memo } from './memo';

const metrics = ['rmse', 'acc'] as const;
/** hours: parts of a day, days, weeks */
const leadSteps = [1, 2, 3, 6, 12, 24, 48, 72, 96, 120, 168, 240, 360, 480, 720, 1440];

export class ScoreSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-scores-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly empty = h('p', { class: 'mp-empty-note', hidden: true });
  private readonly memo = new Memo();
  private readonly figures = { rmse: new Figure(260), acc: new Figure(260) };

  constructor() {
    this.element = h(
      'section',
      { class: 'mp-section', 'aria-labelledby': 'mp-scores-title' },
      this.heading,
      this.tools,
      this.empty,
      h('div', { class: 'mp-pair' }, this.figures.rmse.element, this.figures.acc.element),
    );
  }

  update(context: PageContext): void {
    const { choice, menu, words, shown } = context;
    const { text } = words;
    if (!this.memo.changed(context.document, text.lang, shown, Object.values(choice))) return;
    this.heading.textContent = text.t('scores.title');
    refill(this.tools, [
      choice.variable === null
        ? null
        : select(
            text.t('scores.variable'),
            menu.variables.map((value) => ({ value, label: cleanText(value, 40) })),
            choice.variable,
            (variable) => context.change({ score: { ...choice, variable } }),
          ),
    ]);
    let any = false;
    for (const metric of metrics) any = this.figure(metric, context) || any;
    this.empty.hidden = any;
    this.empty.textContent = text.t(menu.variables.length === 0 || shown.length === 0 ? 'scores.none' : 'scores.none_variable');
  }

  retheme(context: PageContext): void {
    for (const metric of metrics) this.figures[metric].retheme(context);
  }

  dispose(): void {
    for (const metric of metrics) this.figures[metric].dispose();
  }

  private figure(metric: (typeof metrics)[number], context: PageContext): boolean {
    const { choice, words, shown } = context;
    const { text, format } = words;
    const drawn = shown.flatMap((run) => {
      const curve = scoreCurve(run, metric, choice);
      return curve && curve.points.length > 0 ? [{ run, curve }] : [];
    });
    const figure = this.figures[metric];
    figure.element.hidden = drawn.length === 0;
    if (drawn.length === 0) return false;
    const runs = drawn.map(({ run }) => run);
    const variable = cleanText(choice.variable ?? '', 30);
    const units = unitText(drawn[0]!.curve.units);
    const name = text.t(`column.${metric}`);
    figure.show(
      {
        title: text.t('scores.figure', { metric: name, variable }),
        summary: `${scoreSummary(runs, metric, choice, words)}${text.t('sentence.space')}${text.t('scores.definition', { id: groupLabel(groupOfKey(metric, choice[metric] ?? ''), context.document, text) })}`,
        fileName: `mindport-${metric}`,
        runs,
        plot: {
          lines: drawn.map(({ run, curve }) => ({
            ...scoreLine(curve),
            runId: run.id,
            name: shownName(run, 60),
            part: name,
            mark: runMark(context.position(run.id)),
            dashed: false,
            everyPoint: true,
          })),
          xLabel: text.t('axis.lead'),
          yLabel: units ? `${name} (${units})` : name,
          log: false,
          xSteps: leadSteps,
          describe: (line, i) => [
            line.name,
            `${name}: ${format.number(line.y[i]!)}`,
            text.t('point.lead', { at: format.integer(line.x[i]!) }),
          ],
        },
        legendNote: null,
        twin: () => this.twin(metric, drawn, context),
        data: () => scoresData(runs, metric),
      },
      context,
    );
    return true;
  }

  private twin(
    metric: (typeof metrics)[number],
    drawn: readonly { run: PageContext['shown'][number]; curve: PageContext['shown'][number]['scores'][number] }[],
    { words }: PageContext,
  ): Node {
    const { text, format } = words;
    const leads = [...new Set(drawn.flatMap(({ curve }) => curve.points.map((point) => point.leadHours)))].sort((a, b) => a - b);
    const values = drawn.map(({ curve }) => new Map(curve.points.map((point) => [point.leadHours, point.value])));
    return twinTable(
      text.t('twin.label', { title: text.t(`column.${metric}`) }),
      [text.t('axis.lead'), ...drawn.map(({ run }) => shownName(run, 60))],
      leads.map((lead) => [
        text.t('lead.hours', { lead: format.integer(lead) }),
        ...values.map((byLead) => {
          const value = byLead.get(lead) ?? null;
          return value === null ? '–' : format.number(value);
        }),
      ]),
      null,
    );
  }
}

/** How long single steps took: every one of them, not only the mean. */
import { runLabel } from '../model/run-label';
import { stepStrips } from '../model/steps';
import type { PageContext, Section } from './context';
import { checkbox, refill } from './controls';
import { h } from './dom';
import { DrawnFigure, type Moved } from './drawn-figure';
import { twinTable } from './figure';
import type { FigureData } from './figure-export';
import { runMark } from './marks';
import { Memo } from './memo';
import { drawSteps, markStep, stepGeometry, stepPlace, stepSpotAt, type StepLook, type StepSpot } from './step-drawing';

export class StepSection implements Section {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { id: 'mp-steps-title' });
  private readonly tools = h('div', { class: 'mp-tools' });
  private readonly figure = new DrawnFigure<StepSpot>();
  private readonly memo = new Memo();

  constructor() {
    this.element = h(
      'section',
      { class: 'mp-section', 'aria-labelledby': 'mp-steps-title' },
      this.heading,
      this.tools,
      this.figure.element,
    );
  }

  update(context: PageContext): void {
    const { document: doc, state, shown, words } = context;
    const { text } = words;
    const log = state.figures.stepsLog;
    if (!this.memo.changed(doc, text.lang, shown, log)) return;
    const strips = stepStrips(shown);
    this.element.hidden = strips.length === 0;
    if (strips.length === 0) return;
    const look: StepLook = {
      strips,
      log,
      mark: ({ run }) => runMark(context.position(run.id)),
      name: ({ run }) => runLabel(run, doc.runs),
    };
    this.heading.textContent = text.t('steps.title');
    refill(this.tools, [checkbox(text.t('loss.log'), log, (stepsLog) => context.change({ figures: { ...state.figures, stepsLog } }))]);
    this.figure.show(
      {
        title: text.t('steps.figure'),
        summary: summaryOf(look, context),
        fileName: 'mindport-steps',
        size: (available) => {
          const { width, height } = stepGeometry(look, available);
          return { width, height };
        },
        draw: (surface, width, _, palette) => drawSteps(surface, look, width, palette, words),
        data: () => dataOf(look),
        keys: text.t('steps.keys'),
        spotAt: (x, y, width) => stepSpotAt(look, width, x, y),
        move: (spot, key, far) => moved(look, spot, key, far),
        mark: (surface, spot, width, _, palette) => markStep(surface, look, spot, width, palette),
        placeOf: (spot, width) => stepPlace(look, spot, width),
        describe: (spot) => describe(look, spot, context),
        readout: true,
        twin: () => twinOf(look, context),
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
}

function summaryOf({ strips, log }: StepLook, { words: { text, format } }: PageContext): string {
  const parts = [text.t(log ? 'steps.summary.log' : 'steps.summary')];
  const drawn = strips.filter(({ seconds, of }) => of > seconds.length);
  if (drawn.length > 0) {
    parts.push(text.t('steps.summary.drawn', { n: format.integer(Math.max(...drawn.map(({ seconds }) => seconds.length))) }));
  }
  return parts.join(text.t('sentence.space'));
}

/** Left and right: next slower or faster step (with Shift fifty at once); up and down: other strip. */
function moved({ strips }: StepLook, spot: StepSpot | null, key: string, far: boolean): Moved<StepSpot> {
  const by: Record<string, number> = { ArrowLeft: far ? -50 : -1, ArrowRight: far ? 50 : 1, Home: -Infinity, End: Infinity };
  const strip = spot?.strip ?? 0;
  const share = spot ? spot.at / Math.max(1, strips[strip]!.seconds.length - 1) : 0.5;
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    const next = spot ? within(strip + (key === 'ArrowDown' ? 1 : -1), strips.length) : 0;
    return { strip: next, at: Math.round(share * (strips[next]!.seconds.length - 1)) };
  }
  const step = by[key];
  if (step === undefined) return undefined;
  const count = strips[strip]!.seconds.length;
  return { strip, at: spot || !Number.isFinite(step) ? within((spot?.at ?? 0) + step, count) : Math.round(share * (count - 1)) };
}

function describe({ strips, name }: StepLook, { strip, at }: StepSpot, { words: { text, format } }: PageContext): string[] {
  const { kind, seconds, of, median, p95 } = strips[strip]!;
  return [
    name(strips[strip]!),
    `${text.t(`steps.${kind}`)}: ${format.number(seconds[at]!)} s`,
    text.t('steps.rank', { at: format.integer(at + 1), n: format.integer(seconds.length) }),
    text.t('steps.facts', { median: format.number(median), p95: format.number(p95), n: format.integer(of) }),
  ];
}

function dataOf({ strips }: StepLook): FigureData {
  return {
    head: ['run', 'id', 'kind', 'of', 'seconds'],
    rows: strips.flatMap(({ run, kind, of }) => {
      const steps = kind === 'training' ? run.trainingSteps : run.inferenceSteps;
      return (steps?.seconds ?? []).map((seconds) => [run.name, run.id, kind, of, seconds]);
    }),
  };
}

function twinOf({ strips, name }: StepLook, { words: { text, format } }: PageContext): Node {
  return twinTable(
    text.t('twin.label', { title: text.t('steps.title') }),
    (['column.name', 'steps.kind', 'steps.count', 'steps.shown', 'maps.min', 'steps.lower', 'steps.median', 'steps.upper', 'steps.p95', 'maps.max'] as const).map((key) => text.t(key)), // prettier-ignore
    strips.map((strip) => {
      const { kind, seconds, of, lower, upper, median, p95 } = strip;
      return [
        name(strip),
        text.t(`steps.${kind}`),
        format.integer(of),
        format.integer(seconds.length),
        ...[seconds[0]!, lower, median, upper, p95, seconds.at(-1)!].map((value) => format.number(value)),
      ];
    }),
    text.t('steps.twin.note'),
  );
}

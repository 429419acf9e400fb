/** One or two sentences that say what a chart shows, for its caption and its accessible name. */
import type { RunSummary } from '../../../../runs/src/results/document';
import { cleanText } from './clean';
import { scoreCurve, type ScoreChoice } from './measures';
import type { Words } from './rows';
import { lossFacts } from './loss-table';
import type { LossAxis } from './series';
import { shownName } from './run-label';

/** Who reached the lowest validation loss (or, without validation, ended lowest in training), and when. */
export function lossSummary(runs: readonly RunSummary[], axis: LossAxis, log: boolean, { text, format }: Words): string {
  const parts = [text.t(log ? 'loss.summary.log' : 'loss.summary', { n: format.integer(runs.length), axis: text.t(`axis.${axis}.word`) })];
  let best: { run: RunSummary; value: number; epoch: number } | null = null;
  for (const run of runs) {
    const own = lossFacts(run).best;
    if (own && (!best || own.value < best.value)) best = { run, ...own };
  }
  if (best) {
    parts.push(
      text.t('loss.summary.best', {
        run: shownName(best.run, 60),
        value: format.number(best.value),
        epoch: format.integer(best.epoch),
      }),
    );
  }
  const broken = runs.reduce((sum, run) => sum + lossFacts(run).broken, 0);
  if (broken) parts.push(text.t('loss.summary.broken', { n: format.integer(broken) }));
  return parts.join(text.t('sentence.space'));
}

/** Which run scores best at the longest lead time that several runs share. */
export function scoreSummary(runs: readonly RunSummary[], metric: 'rmse' | 'acc', choice: ScoreChoice, { text, format }: Words): string {
  const curves = runs.flatMap((run) => {
    const curve = scoreCurve(run, metric, choice);
    return curve && curve.points.some((point) => point.value !== null) ? [{ run, curve }] : [];
  });
  const parts = [
    text.t('score.summary', {
      metric: text.t(`column.${metric}`),
      variable: cleanText(choice.variable ?? '', 40),
      n: format.integer(curves.length),
    }),
  ];
  let best: { run: RunSummary; value: number } | null = null;
  for (const { run, curve } of curves) {
    const value = curve.points.find((point) => point.leadHours === choice.lead)?.value ?? null;
    if (value !== null && (!best || (metric === 'rmse' ? value < best.value : value > best.value))) best = { run, value };
  }
  if (best && choice.lead !== null) {
    parts.push(
      text.t(metric === 'rmse' ? 'score.summary.lowest' : 'score.summary.highest', {
        run: shownName(best.run, 60),
        value: format.number(best.value),
        lead: format.integer(choice.lead),
      }),
    );
  }
  return parts.join(text.t('sentence.space'));
}

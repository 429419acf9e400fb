/** Names for runs where only one line is to spare: the run's own, with the framework behind it where two runs of the comparison bear the same. */
import type { RunSummary } from '../../../../runs/src/results/document';
import { cleanText } from './clean';

export function runLabel(run: RunSummary, runs: readonly RunSummary[]): string {
  const name = cleanText(run.name, 60) || run.id;
  const shared = runs.some((other) => other !== run && other.name === run.name);
  return shared ? [name, cleanText(run.framework, 20)].filter(Boolean).join(' · ') : name;
}

/** Names for runs: the run's own, with a number where several are of one name and kind. */
import type { RunSummary } from '../../../../runs/src/results/document';
import { cleanText } from './clean';

/** The name, or the id of a run without one; `most` characters of it at most. */
export function shownName(run: Pick<RunSummary, 'id' | 'name' | 'ordinal'>, most?: number): string {
  const name = cleanText(run.name, most) || run.id;
  return run.ordinal === undefined ? name : `${name} #${run.ordinal}`;
}

/** Where only one line is to spare: with the framework behind the name where runs of several bear it. */
export function runLabel(run: RunSummary, runs: readonly RunSummary[]): string {
  const name = shownName(run, 60);
  const shared = runs.some(
    (other) => other !== run && other.name === run.name && (other.framework !== run.framework || other.ordinal === run.ordinal),
  );
  return shared ? [name, cleanText(run.framework, 20)].filter(Boolean).join(' · ') : name;
}

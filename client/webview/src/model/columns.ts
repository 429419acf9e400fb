/** The columns of the comparison table, in the order of the paper's tables: what ran, how it trained, how it infers, how good it is. */
import type { RunSummary } from '../../../../runs/src/results/document';
import type { Text } from '../text';
import { cleanText } from './clean';
import { measureIds, type MeasureId } from './measures';
import { shownName } from './run-label';

export type SetupId =
  'name' | 'chip' | 'framework' | 'precision' | 'batch' | 'devices' | 'workers' | 'parameters' | 'seed' | 'code' | 'started';
export type ColumnId = SetupId | MeasureId;

export const columnIds: readonly ColumnId[] = [
  'name',
  'chip',
  'framework',
  'precision',
  'batch',
  'devices',
  'workers',
  'parameters',
  'seed',
  'code',
  'started',
  ...measureIds,
];

/** The paper's Tables 2 to 4 and its accuracy, in one row. */
export const defaultColumns: readonly ColumnId[] = [
  'name',
  'chip',
  'framework',
  'precision',
  'batch',
  'devices',
  'secondsPerEpoch',
  'convergenceEpoch',
  'trainingSeconds',
  'inferenceSecondsPerStep',
  'rmse',
  'acc',
  'finalLoss',
  'energyJoules',
];

export function isMeasure(id: ColumnId): id is MeasureId {
  return (measureIds as readonly string[]).includes(id);
}

/** Right-aligned columns. */
export function isNumeric(id: ColumnId): boolean {
  return isMeasure(id) || id === 'batch' || id === 'devices' || id === 'workers' || id === 'parameters' || id === 'seed';
}

/** The value of a set-up column, to sort by; texts are cleaned. Null where the run did not say. */
export function setupValue(run: RunSummary, id: SetupId): string | number | null {
  switch (id) {
    case 'name':
      return shownName(run);
    case 'chip':
      return cleanText(run.chip, 60) || null;
    case 'framework':
      return cleanText([run.framework, run.frameworkVersion].filter(Boolean).join(' '), 60) || null;
    case 'precision':
      return cleanText(run.precision, 30) || null;
    case 'code':
      return run.codeHash === null ? null : cleanText(run.codeHash, 12).replace('…', '');
    case 'started':
      return run.startedAt;
    default:
      return run[id] ?? null;
  }
}

/** "MindSpore 2.10.0 · graph": framework, version and mode on one line. */
export function frameworkLabel(run: RunSummary, text: Text): string {
  const mode = modeLabel(run, text);
  const framework = setupValue(run, 'framework');
  return [framework, mode].filter((part) => part !== null && part !== '').join(' · ');
}

/** PyNative and graph mode by their names in the reader's language; other modes as they were reported. */
export function modeLabel(run: RunSummary, text: Text): string | null {
  if (run.mode === null || run.mode === '') return null;
  const key = `mode.${run.mode.toLowerCase()}`;
  return text.has(key) ? text.t(key) : cleanText(run.mode, 30);
}

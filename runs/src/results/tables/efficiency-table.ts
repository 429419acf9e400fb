/**
 * Table S1: mean power and energy efficiency of training and inference. The paper's formula is not public; ours is samples per joule, or energies
 * of equal work where samples are not told.
 */
import { type Measure, type RunSummary } from '../document';
import { efficiencyRatio, equalWorkRatio } from '../../telemetry/efficiency';
import {
  differenceNotes,
  differences,
  empty,
  label,
  measured,
  type MissingReason,
  type PaperTable,
  paperSource,
  type TableCell,
  type TableColumn,
  type TableInput,
  type TableRow,
} from './table';

const setup: TableColumn[] = [
  { name: 'name', head: 'column.name', numeric: false },
  { name: 'chip', head: 'column.chip', numeric: false },
  { name: 'framework', head: 'column.framework', numeric: false },
  { name: 'devices', head: 'column.devices', numeric: true },
];

const trainColumns: TableColumn[] = [
  { name: 'train_power_watts', head: 'column.trainPower', numeric: true },
  { name: 'train_energy_kwh', head: 'column.trainEnergy', numeric: true },
];
const inferColumns: TableColumn[] = [
  { name: 'infer_power_watts', head: 'column.inferPower', numeric: true },
  { name: 'infer_joules_per_step', head: 'column.inferEnergy', numeric: true },
];
const trainRatio: TableColumn = { name: 'train_efficiency_ratio', head: 'column.trainEfficiency', numeric: true };
const inferRatio: TableColumn = { name: 'infer_efficiency_ratio', head: 'column.inferEfficiency', numeric: true };

const notRun: Measure = { value: null, n: 0, missing: 'not_run' };

function trainPower(run: RunSummary): Measure {
  return run.kind === 'infer' ? notRun : run.meanPowerWatts;
}

function inferPower(run: RunSummary): Measure {
  if (run.kind === 'train') return notRun;
  return run.kind === 'infer' ? run.meanPowerWatts : (run.inferencePowerWatts ?? { value: null, n: 0, missing: 'not_reported' });
}

/** Joules of one forecast step. */
function joulesPerStep(run: RunSummary): number | null {
  const power = inferPower(run).value;
  const seconds = run.inferenceSecondsPerStep.value;
  return run.joulesPerStep?.value ?? (power === null || seconds === null ? null : power * seconds);
}

/** Power times the time of the whole training, so that a sampled part stands for the whole. */
function trainKilowattHours(run: RunSummary): number | null {
  const power = trainPower(run).value;
  const seconds = run.trainingSeconds.value;
  return power === null || seconds === null ? null : (power * seconds) / 3.6e6;
}

/** How many times as much work a joule does as on the baseline. Epochs of one data set are equal work. */
function trainEfficiency(run: RunSummary, baseline: RunSummary): number | null {
  const own = run.samplesPerJoule?.value ?? null;
  const base = baseline.samplesPerJoule?.value ?? null;
  if (own !== null && base !== null) return efficiencyRatio(own, base);
  const epoch = (of: RunSummary): number | null => {
    const power = trainPower(of).value;
    return power === null || of.secondsPerEpoch.value === null ? null : power * of.secondsPerEpoch.value;
  };
  return equalWorkRatio(epoch(run), epoch(baseline));
}

/** A value computed from measures: missing for the first reason among them. */
function derived(value: number | null, ...from: Measure[]): TableCell {
  if (value !== null) return { value };
  const missing: MissingReason = from.find((measure) => measure.value === null)?.missing ?? 'not_reported';
  return { value: null, missing };
}

export function efficiencyTable({ runs, baseline, paper }: TableInput): PaperTable {
  const ratio = (value: number | null, isBaseline: boolean, doubtful: boolean): TableCell => {
    if (isBaseline && value !== null) return { value, shown: value.toFixed(3) };
    return value === null ? empty : { value, shown: value.toFixed(3), ...(doubtful ? { doubtful } : {}) };
  };
  const rows = runs.map((run): TableRow => {
    const isBaseline = run.id === baseline?.id;
    const doubtful = baseline !== null && !isBaseline && differences(run, baseline).length > 0;
    const step = joulesPerStep(run);
    return {
      source: 'measured',
      run: run.id,
      baseline: isBaseline,
      cells: [
        { value: label(run) },
        { value: run.chip },
        { value: [run.framework, run.mode].filter(Boolean).join(', ') },
        { value: run.devices },
        measured(trainPower(run)),
        derived(trainKilowattHours(run), trainPower(run), run.trainingSeconds),
        ...(baseline === null ? [] : [ratio(trainEfficiency(run, baseline), isBaseline, doubtful)]),
        measured(inferPower(run)),
        derived(step, inferPower(run), run.inferenceSecondsPerStep),
        ...(baseline === null ? [] : [ratio(equalWorkRatio(step, joulesPerStep(baseline)), isBaseline, doubtful)]),
      ],
    };
  });
  const withBaseline = baseline !== null;
  return {
    id: 's1',
    columns: [...setup, ...trainColumns, ...(withBaseline ? [trainRatio] : []), ...inferColumns, ...(withBaseline ? [inferRatio] : [])],
    rows,
    notes: [
      { key: 'note.form', args: { id: 'S1', source: paperSource } },
      ...(runs.length === 0 ? [{ key: 'note.empty' as const, args: {} }] : []),
      { key: 'note.efficiency', args: {} },
      ...(baseline === null ? [] : [{ key: 'note.baseline' as const, args: { run: label(baseline) } }]),
      ...differenceNotes(runs, baseline),
      ...(paper ? [{ key: 'note.paper_s1' as const, args: { source: paperSource } }] : []),
    ],
  };
}

/**
 * What a program on this machine told TensorBoard or MLflow while it ran, as events of the run. Files are searched in the folder the program ran in;
 * those that began before the run or after its end belong to others.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventFields, type EventKind, type RunEvent } from '../events';
import { readMlflowStore } from './mlflow';
import { type TrackedPoint, type TrackedSeries, readEventFile } from './tensorboard';

export interface Tracked {
  source: 'tensorboard' | 'mlflow';
  series: TrackedSeries[];
  params: Record<string, string>;
}

const passedOver = /^(\..*|node_modules|__pycache__|venv|site-packages|kernel_meta|rank_\d+)$/;
const eventFile = /^events\.out\.tfevents\.(\d{9,11})\./;
const mostFolders = 2000;
const deepest = 5;
const largestEventFile = 268_435_456;
/** clocks and file names tell whole seconds */
const slackMs = 2000;

/** From a folder, what began between `from` and `to` (milliseconds since 1970; null: open). Never throws. */
export async function findTracked(folder: string, from: number, to: number | null): Promise<Tracked[]> {
  const within = (at: number): boolean => at >= from - slackMs && (to === null || at <= to + slackMs);
  const found: Tracked[] = [];
  let left = mostFolders;
  const scalars = new Map<string, TrackedPoint[]>();
  const walk = async (path: string, depth: number): Promise<void> => {
    if (left <= 0) return;
    left -= 1;
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const at = join(path, entry.name);
      if (entry.isDirectory() && !passedOver.test(entry.name)) {
        if (entry.name === 'mlruns') {
          for (const run of await readMlflowStore(at)) {
            if (run.startedAt !== null && within(run.startedAt)) found.push({ source: 'mlflow', series: run.series, params: run.params });
          }
        } else if (depth < deepest) {
          await walk(at, depth + 1);
        }
      } else if (entry.isFile() && within(Number(eventFile.exec(entry.name)?.[1] ?? NaN) * 1000)) {
        const bytes = await content(at);
        for (const { name, points } of bytes === null ? [] : readEventFile(bytes).series) {
          scalars.set(name, [...(scalars.get(name) ?? []), ...points]);
        }
      }
    }
  };
  await walk(folder, 0);
  if (scalars.size > 0) {
    const series = [...scalars].map(([name, points]) => ({ name, points: points.sort((a, b) => a.t - b.t) }));
    found.push({ source: 'tensorboard', series, params: {} });
  }
  return found;
}

async function content(path: string): Promise<Uint8Array | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    return (await file.stat()).size > largestEventFile ? null : await file.readFile();
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

const lossWord = /(^|[/_ .-])loss([/_ .-]|$)/i;
const validationWord = /(^|[/_ .-])(val|valid|validation|eval|test)([/_ .-]|$)/i;
const scoreForm = /^(rmse|acc)[/_ ](.{1,60}?)(?:[/_ @](\d{1,5}) ?h)?$/i;

/**
 * Series as events: losses by their names ("train/loss", "val_loss"), scores as "rmse/z500/24h", learning rates. Validation losses make the
 * epochs, in order; a training loss told at the same steps belongs to them, one told more often to single steps.
 */
export function trackedEvents({ source, series }: Tracked, host: string): RunEvent[] {
  const losses = series.filter(({ name }) => lossWord.test(name));
  const validation = losses.find(({ name }) => validationWord.test(name))?.points ?? [];
  const training = losses.find(({ name }) => !validationWord.test(name))?.points ?? [];
  const events: RunEvent[] = [];
  const add = <K extends EventKind>(ev: K, fields: EventFields[K], t: number): void => {
    const event = { v: 1, seq: events.length, t, mono: 0, src: source, rank: 0, host, attempt: 1, ev, ...fields };
    events.push(event as unknown as RunEvent);
  };
  const ends = validation.map(({ step }) => step);
  const perEpoch = training.length > 0 && (validation.length === 0 ? false : training.length <= validation.length);
  validation.forEach(({ step, t, value }, i) => add('epoch_end', { epoch: i + 1, step, val_loss: value }, t));
  if (perEpoch) {
    for (const { step, t, value } of training) {
      const at = ends.indexOf(step);
      if (at !== -1) add('epoch_end', { epoch: at + 1, step, train_loss: value }, t);
    }
  } else {
    for (const { step, t, value } of training) {
      if (step < 0) continue;
      const epoch = ends.findIndex((end) => step <= end);
      add('step', { step, loss: value, ...(ends.length === 0 ? {} : { epoch: (epoch === -1 ? ends.length : epoch) + 1 }) }, t);
    }
  }
  for (const { name, points } of series) {
    const found = scoreForm.exec(name);
    const last = points.at(-1);
    if (found?.[3] === undefined || last === undefined) continue;
    add('metric', { name: found[1]!.toLowerCase(), var: found[2]!, lead_h: Number(found[3]), value: last.value }, last.t);
  }
  return events.sort((a, b) => a.t - b.t);
}

/** Runs of an MLflow file store: `<store>/<experiment>/<run>/` with `meta.yaml`, `metrics/<key>` and `params/<key>`. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TrackedPoint, type TrackedSeries } from './tensorboard';

export interface MlflowRun {
  id: string;
  name: string;
  /** milliseconds since 1970; null where it is not told */
  startedAt: number | null;
  params: Record<string, string>;
  series: TrackedSeries[];
}

const mostRuns = 1000;
const mostKeys = 1000;
const largestMetric = 64_000_000;
const largestText = 65_536;
const idForm = /^[0-9A-Za-z_-]{1,64}$/;

/** All runs of a store; what is none is passed over, and links are not followed. Never throws. */
export async function readMlflowStore(store: string): Promise<MlflowRun[]> {
  const runs: MlflowRun[] = [];
  for (const experiment of await folders(store)) {
    for (const id of await folders(join(store, experiment))) {
      if (runs.length >= mostRuns) return runs;
      const run = await readRun(join(store, experiment, id), id);
      if (run !== null) runs.push(run);
    }
  }
  return runs;
}

async function readRun(folder: string, id: string): Promise<MlflowRun | null> {
  const meta = await text(join(folder, 'meta.yaml'), largestText);
  if (meta === null || !/^run_(id|uuid): /m.test(meta)) return null;
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const key of await keys(join(folder, 'params'))) params[key] = (await text(join(folder, 'params', key), largestText)) ?? '';
  const series: TrackedSeries[] = [];
  for (const name of await keys(join(folder, 'metrics'))) {
    const points = metricPoints((await text(join(folder, 'metrics', name), largestMetric)) ?? '');
    if (points.length > 0) series.push({ name, points });
  }
  const started = Number(yamlValue(meta, 'start_time'));
  return { id, name: yamlValue(meta, 'run_name') || id, startedAt: started > 0 ? started : null, params, series };
}

/** Lines `milliseconds value step`; a torn or strange line is passed over. */
function metricPoints(file: string): TrackedPoint[] {
  const points: TrackedPoint[] = [];
  for (const line of file.split('\n')) {
    const words = line.trim().split(' ');
    const t = Number(words[0]) / 1000;
    const value = number(words[1]);
    const step = Number(words[2] ?? '0');
    if (
      (words.length === 2 || words.length === 3) &&
      words[0] !== '' &&
      Number.isFinite(t) &&
      value !== null &&
      Number.isSafeInteger(step)
    ) {
      points.push({ step, t, value });
    }
  }
  return points;
}

function number(word: string | undefined): number | null {
  if (word === undefined || word === '') return null;
  const special = { nan: NaN, inf: Infinity, '-inf': -Infinity }[word.toLowerCase()];
  if (special !== undefined) return special;
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(word) ? Number(word) : null;
}

/** The plain value of a line of a flat YAML file, without its quotes. */
function yamlValue(yaml: string, key: string): string {
  const value = new RegExp(`^${key}: (.*)$`, 'm').exec(yaml)?.[1]?.trim() ?? '';
  const quoted = /^'(.*)'$/.exec(value)?.[1]?.replaceAll("''", "'") ?? /^"(.*)"$/.exec(value)?.[1];
  return (quoted ?? value).slice(0, 200);
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && idForm.test(entry.name)).map(({ name }) => name);
}

/** Names of the files below a folder; keys with slashes are files in folders. */
async function keys(path: string, below = '', depth = 0): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(path, below), { withFileTypes: true }).catch(() => [])) {
    if (found.length >= mostKeys) break;
    const key = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) found.push(key);
    else if (entry.isDirectory() && depth < 4) found.push(...(await keys(path, key, depth + 1)));
  }
  return found.slice(0, mostKeys);
}

/** Null for what is not there, or longer than expected. */
async function text(path: string, most: number): Promise<string | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    return (await file.stat()).size > most ? null : await file.readFile('utf8');
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

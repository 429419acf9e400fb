/**
 * Runs as an MLflow file store: a folder that `mlflow ui --backend-store-uri` shows and MLflow's client reads. Measures become metrics, what a run was
 * started with parameters, identity tags.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RunError, explainFileError } from '../errors';
import { measureColumns, textColumns } from './columns';
import { type ComparisonDocument, type LossColumns, type LossPoint, type RunSummary } from './document';
import { unpackColumn } from './loss-columns';

/** MLflow's numbers for states. */
const statuses: Record<string, number> = { running: 1, succeeded: 3, failed: 4, cancelled: 5 };

/** Folders of a run. */
const parts = ['metrics', 'params', 'tags', 'artifacts'];

/** Files of the store by path, in order. */
export function mlflowFiles(document: ComparisonDocument): Map<string, string> {
  const files = new Map<string, string>();
  const created = Date.parse(document.createdAt) || 0;
  const experiment = String(BigInt(`0x${digest(document.title).slice(0, 15)}`));
  files.set(
    `${experiment}/meta.yaml`,
    yaml({
      artifact_location: null,
      creation_time: created,
      experiment_id: experiment,
      last_update_time: created,
      lifecycle_stage: 'active',
      name: plain(document.title) || 'MindPort',
    }),
  );
  for (const run of document.runs) addRun(files, experiment, run, created);
  return files;
}

function addRun(files: Map<string, string>, experiment: string, run: RunSummary, created: number): void {
  const id = digest(run.id).slice(0, 32);
  const folder = `${experiment}/${id}`;
  const start = run.startedAt === null ? created : Date.parse(run.startedAt);
  const loss = run.lossColumns === undefined ? run.loss : lossPoints(run.lossColumns);
  const end = start + Math.round(1000 * Math.max(0, loss.at(-1)?.t ?? 0));
  files.set(
    `${folder}/meta.yaml`,
    yaml({
      artifact_uri: `./${folder}/artifacts`,
      end_time: run.state === 'running' ? null : end,
      entry_point_name: '',
      experiment_id: experiment,
      lifecycle_stage: 'active',
      run_id: id,
      run_name: plain(run.name),
      run_uuid: id,
      source_name: '',
      source_type: 4,
      source_version: run.origin?.commit ?? '',
      start_time: start,
      status: statuses[run.state] ?? 4,
      tags: [],
      user_id: '',
    }),
  );
  const tag = (name: string, value: string | null | undefined): void => {
    if (value) files.set(`${folder}/tags/${name}`, plain(value));
  };
  tag('mlflow.runName', run.name);
  tag('mlflow.source.git.commit', run.origin?.commit);
  tag('mindport.run', run.id);
  tag('mindport.state', run.state);
  tag('mindport.code', run.codeHash);
  tag('mindport.migrated_from', run.origin?.migration?.from);
  for (const { name, of } of textColumns) if (of(run) !== '') files.set(`${folder}/params/${name}`, plain(of(run)));
  for (const [name, value] of [['seed', run.seed], ['parameters', run.parameters]] as const) {
    if (value !== null) files.set(`${folder}/params/${name}`, String(value));
  } // prettier-ignore
  const metric = (name: string, points: readonly { t: number; value: number | null; step: number }[]): void => {
    const lines = points.flatMap(({ t, value, step }) => (value === null ? [] : [`${Math.round(t)} ${value} ${step}\n`]));
    if (lines.length > 0) files.set(`${folder}/metrics/${name}`, lines.join(''));
  };
  const at = (t: number): number => start + 1000 * t;
  metric('train_loss', loss.map(({ t, step, train }) => ({ t: at(t), step, value: train }))); // prettier-ignore
  metric('val_loss', loss.map(({ t, epoch, validation }) => ({ t: at(t), step: epoch, value: validation }))); // prettier-ignore
  for (const { name, of } of measureColumns) {
    if (name !== 'rmse' && name !== 'acc') metric(name, [{ t: end, value: of(run).value, step: 0 }]);
  }
  // MLflow's axis is a whole step: here the lead time in hours
  for (const { definition, variable, points, by } of run.scores) {
    const name = `${by === 'tool' ? 'tool.' : ''}${key(definition)}/${key(variable)}`;
    metric(name, points.filter(({ leadHours }) => Number.isInteger(leadHours)).map(({ leadHours, value }) => ({ t: end, value, step: leadHours }))); // prettier-ignore
  }
}

function lossPoints(columns: LossColumns): LossPoint[] {
  const of = (name: 'epoch' | 'step' | 't' | 'train' | 'validation'): Float32Array => unpackColumn(columns[name], columns.n);
  const [epoch, step, t, train, validation] = [of('epoch'), of('step'), of('t'), of('train'), of('validation')];
  const told = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return Array.from(t, (seconds, i) => ({
    epoch: epoch[i]!,
    step: step[i]!,
    t: seconds,
    train: told(train[i]!),
    validation: told(validation[i]!),
  }));
}

/** Writes the store as a new folder, whole or not at all. Throws `error.output_exists` when there is something. */
export async function writeMlflowStore(document: ComparisonDocument, folder: string): Promise<void> {
  if (await stat(folder).then(() => true, () => false)) throw new RunError('error.output_exists', { path: folder }); // prettier-ignore
  let building: string | null = null;
  try {
    await mkdir(dirname(folder), { recursive: true });
    building = await mkdtemp(join(dirname(folder), '.mindport-mlflow-'));
    for (const [path, text] of mlflowFiles(document)) {
      const place = join(building, dirname(path));
      await mkdir(place, { recursive: true });
      // MLflow takes a folder for a run only when it has all of these
      if (/^\d+\/[0-9a-f]+\/meta\.yaml$/.test(path)) for (const name of parts) await mkdir(join(place, name), { recursive: true });
      await writeFile(join(building, path), text);
    }
    await rename(building, folder);
  } catch (error) {
    if (building !== null) await rm(building, { recursive: true, force: true });
    throw explainFileError(error, folder);
  }
}

/** Names of files and keys come from programs: what MLflow and a file system take stays. */
function key(text: string): string {
  const cleaned = text
    .replace(/[^A-Za-z0-9_. -]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100);
  return cleaned === '' ? '_' : cleaned;
}

function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ').slice(0, 500);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A flat YAML document; texts in single quotes, which escape nothing but themselves. */
function yaml(members: Record<string, string | number | null | []>): string {
  const shown = (value: string | number | null | []): string =>
    Array.isArray(value) ? '[]' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  return Object.entries(members).map(([name, value]) => `${name}: ${shown(value)}\n`).join(''); // prettier-ignore
}

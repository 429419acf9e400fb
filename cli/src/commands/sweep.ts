/** `mindport sweep`: many runs as one action, with a queue that any window or process can go on with. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { RunError } from '../../../runs/src/errors';
import { sanitise } from '../../../runs/src/log';
import { type Language, type MessageKey, languageOf, render } from '../../../runs/src/messages';
import { alignColumns } from '../../../runs/src/results/align';
import { axisNames, tableNames } from '../../../runs/src/sweep/axes';
import { type RowState, type RowStatus, SweepDriver, isOver } from '../../../runs/src/sweep/drive';
import { MachinesPlace } from '../../../runs/src/sweep/place';
import { type Sweep, planSweep } from '../../../runs/src/sweep/plan';
import { sweepPreviewText } from '../../../runs/src/sweep/progress';
import { SweepStore } from '../../../runs/src/sweep/store';
import { type CommonOptions, runCommand, wholeNumber, withEngines } from './engine';

interface SweepOptions extends CommonOptions {
  kind?: string;
  name?: string;
  framework?: string[];
  chip?: string[];
  devices?: number[];
  batch?: number[];
  precision?: string[];
  seed?: number[];
  workers?: number[];
  repeats?: number;
  table?: string;
  launcher?: string;
  nodes?: number;
  minutes?: number;
  limit?: number;
  python?: string;
  cwd?: string;
  dryRun?: boolean;
  scripts?: boolean;
  hold?: boolean;
  resume?: string;
  status?: string;
  cancel?: string;
  list?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  const language = languageOf(undefined, process.env);
  const tell = (key: MessageKey): string => render(language, key, { tables: tableNames.join(', ') });
  runCommand(program, 'sweep', 'cli.sweep.description')
    .argument('[words...]', tell('cli.sweep.option.words'))
    .option('--kind <kind>', tell('cli.sweep.option.kind'))
    .option('--name <name>', tell('cli.sweep.option.name'))
    .option('--framework <list>', tell('cli.sweep.option.framework'), words)
    .option('--chip <list>', tell('cli.sweep.option.chip'), words)
    .option('--devices <list>', tell('cli.sweep.option.devices'), numbers)
    .option('--batch <list>', tell('cli.sweep.option.batch'), numbers)
    .option('--precision <list>', tell('cli.sweep.option.precision'), words)
    .option('--seed <list>', tell('cli.sweep.option.seed'), numbers)
    .option('--workers <list>', tell('cli.sweep.option.workers'), numbers)
    .option('--repeats <count>', tell('cli.sweep.option.repeats'), wholeNumber)
    .option('--table <table>', tell('cli.sweep.option.table'))
    .option('--launcher <launcher>', tell('cli.sweep.option.launcher'))
    .option('--nodes <count>', tell('cli.sweep.option.nodes'), wholeNumber)
    .option('--minutes <count>', tell('cli.sweep.option.minutes'), wholeNumber)
    .option('--limit <count>', tell('cli.sweep.option.limit'), wholeNumber)
    .option('--python <path>', tell('cli.sweep.option.python'))
    .option('--cwd <folder>', tell('cli.sweep.option.cwd'))
    .option('--dry-run', tell('cli.sweep.option.dryRun'))
    .option('--scripts', tell('cli.sweep.option.scripts'))
    .option('--hold', tell('cli.sweep.option.hold'))
    .option('--resume <sweep>', tell('cli.sweep.option.resume'))
    .option('--status <sweep>', tell('cli.sweep.option.status'))
    .option('--cancel <sweep>', tell('cli.sweep.option.cancel'))
    .option('--list', tell('cli.sweep.option.list'))
    .option('--json', tell('cli.sweep.option.json'))
    .action((given: string[], options: SweepOptions) =>
      withEngines(options, async (engines, language) => {
        const python = process.env['MINDPORT_PYTHON'] ?? null;
        const place = new MachinesPlace({
          engine: (machine) => engines.of(machine),
          settings: (machine) => engines.machine(machine),
          python: python?.includes('/') ? resolve(python) : python,
        });
        return act(given, options, { language, place, store: new SweepStore((await engines.of(null)).root) });
      }),
    );
}

interface Scene {
  language: Language;
  place: MachinesPlace;
  store: SweepStore;
}

async function act(given: string[], options: SweepOptions, scene: Scene): Promise<number> {
  const { language, place, store } = scene;
  const driver = new SweepDriver(store, place, language);
  if (options.list) return listAll(scene, driver, options);
  if (options.status !== undefined) {
    const sweep = await store.find(options.status);
    return show(sweep, await driver.status(sweep), options, language);
  }
  if (options.cancel !== undefined) {
    const sweep = await store.find(options.cancel);
    const count = await driver.cancel(sweep);
    process.stdout.write(`${render(language, 'cli.sweep.cancelled', { name: sweep.name, count: String(count) })}\n`);
    return 0;
  }
  if (options.resume !== undefined) {
    const sweep = await store.find(options.resume);
    await driver.resume(sweep);
    return goOn(sweep, driver, options, language);
  }
  const sweep = await plan(given, options);
  if (options.dryRun) return preview(sweep, options, scene);
  await store.save(sweep);
  if (options.hold) {
    process.stdout.write(options.json ? `${JSON.stringify({ id: sweep.id, rows: sweep.rows.length })}\n` : `${sweep.id}\n`);
    return 0;
  }
  return goOn(sweep, driver, options, language);
}

/** The sweep meant: a file, whose fields options replace, or options and a program. */
async function plan(given: string[], options: SweepOptions): Promise<Sweep> {
  const file = given.length === 1 && /\.json$/i.test(given[0]!) ? resolve(given[0]!) : null;
  let described: Record<string, unknown> = {};
  if (file !== null) {
    const content = await readFile(file, 'utf8').catch(() => {
      throw new RunError('sweep.unreadable', { path: file });
    });
    try {
      described = JSON.parse(content) as Record<string, unknown>;
    } catch {
      throw new RunError('sweep.unreadable', { path: file });
    }
  } else if (given.length > 0) {
    described['program'] = given;
  }
  for (const name of ['kind', 'name', 'repeats', 'table', 'launcher', 'nodes', 'minutes', 'limit'] as const) {
    if (options[name] !== undefined) described[name] = options[name];
  }
  if (options.python !== undefined) described['python'] = options.python.includes('/') ? resolve(options.python) : options.python;
  if (options.on !== undefined) described['machine'] = options.on;
  if (options.cwd !== undefined) described['folder'] = resolve(options.cwd);
  const axes = axisNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
  if (axes.length > 0) described['axes'] = { ...(described['axes'] as object | undefined), ...Object.fromEntries(axes) };
  return planSweep(described, file === null ? process.cwd() : dirname(file));
}

/** What each row would execute, exactly: the same texts go into its run directory, under another id. */
async function preview(sweep: Sweep, options: SweepOptions, { place, language }: Scene): Promise<number> {
  if (!options.json) {
    process.stdout.write(await sweepPreviewText(sweep, place, language, options.scripts ?? false));
    return 0;
  }
  const rows: object[] = [];
  for (const row of sweep.rows) {
    const { draft, delivery } = await place.draft(sweep, row);
    const { spec, contents } = await (await place.engine(row.machine)).plan(draft, delivery, row.run);
    const scripts = Object.fromEntries(Object.entries(contents.texts).filter(([name]) => !name.startsWith('lib/') && name !== 'spec.json'));
    const sent = contents.code === null ? null : { bytes: contents.code.bytes, sha256: contents.code.sha256 };
    rows.push({ name: row.name, machine: row.machine, values: row.values, spec, sent, scripts });
  }
  process.stdout.write(`${JSON.stringify({ name: sweep.name, kind: sweep.kind, rows }, null, 2)}\n`);
  return 0;
}

async function goOn(sweep: Sweep, driver: SweepDriver, options: SweepOptions, language: Language): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  if (!options.json) process.stderr.write(`${render(language, 'cli.sweep.begun', { id: sweep.id, count: String(sweep.rows.length) })}\n`);
  const before = new Map<string, RowState>();
  try {
    const statuses = await driver.drive(sweep, {
      signal: stop.signal,
      told: (rows) => {
        for (const { row, state, explanation } of rows) {
          if (before.get(row.run) === state || state === 'waiting') continue;
          before.set(row.run, state);
          if (!options.json)
            process.stderr.write(`${row.name}: ${word(state, language)}${explanation ? `. ${sanitise(explanation)}` : ''}\n`);
        }
      },
    });
    if (stop.signal.aborted && statuses.some(({ state }) => !isOver(state))) {
      process.stderr.write(`\n${render(language, 'cli.sweep.detached', { id: sweep.id })}\n`);
      return 130;
    }
    return show(sweep, statuses, options, language);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function show(sweep: Sweep, rows: readonly RowStatus[], options: SweepOptions, language: Language): number {
  if (options.json) {
    const plain = rows.map(({ row, state, explanation }) => ({ ...row, state, explanation }));
    process.stdout.write(`${JSON.stringify({ id: sweep.id, name: sweep.name, kind: sweep.kind, rows: plain }, null, 2)}\n`);
  } else {
    const keys: MessageKey[] = ['column.id', 'column.name', 'column.machine', 'column.state'];
    const lines = rows.map(({ row, state }) => [row.run, row.name, row.machine ?? render(language, 'sweep.here'), word(state, language)]);
    process.stdout.write(alignColumns([keys.map((key) => render(language, key)), ...lines]));
    for (const { row, explanation } of rows) if (explanation) process.stderr.write(`${row.name}: ${sanitise(explanation)}\n`);
  }
  return rows.every(({ state }) => state === 'succeeded') ? 0 : 1;
}

async function listAll({ store, language }: Scene, driver: SweepDriver, options: SweepOptions): Promise<number> {
  const found: { id: string; name: string; rows: number; over: number }[] = [];
  for (const sweep of (await store.all()).reverse()) {
    const rows = await driver.status(sweep);
    found.push({ id: sweep.id, name: sweep.name, rows: rows.length, over: rows.filter(({ state }) => isOver(state)).length });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else
    for (const { id, name, rows, over } of found)
      process.stdout.write(`${render(language, 'cli.sweep.line', { id, name, rows: String(rows), over: String(over) })}\n`);
  return 0;
}

function word(state: RowState, language: Language): string {
  return render(language, `state.${state}`);
}

function words(text: string): string[] {
  return text.split(',').map((each) => each.trim());
}

function numbers(text: string): number[] {
  return words(text).map((each) => {
    if (!/^\d{1,12}$/.test(each)) throw new InvalidArgumentError('whole numbers with commas between are wanted');
    return Number(each);
  });
}

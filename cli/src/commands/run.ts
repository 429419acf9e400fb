/** `mindport run`: makes a run, starts it and, when asked, follows it. */
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type RunEngine } from '../../../runs/src/engine';
import { RunError } from '../../../runs/src/errors';
import { type Launcher, type LaunchDraft } from '../../../runs/src/launch/launch';
import { chipKind } from '../../../runs/src/launch/chips';
import { connect, sshOptions } from '../../../runs/src/machines/connect';
import { type DeviceChoice, choiceLine, chooseDevices, deviceAsker, onDevices, stillFree } from '../../../runs/src/machines/device-choice';
import { type Prepared, prepare } from '../../../runs/src/machines/prepare';
import { leftOutLines, previewJson, previewText } from '../../../runs/src/machines/preview';
import { type Language, render } from '../../../runs/src/messages';
import { noteRun } from '../../../runs/src/machines/seen';
import { pythonCommand } from '../../../runs/src/preflight';
import { type Framework, type RunDraft, type RunKind, type RunSpec, type ScoreDefinition } from '../../../runs/src/spec';
import { statedBy } from '../../../runs/src/stated';
import { withDevices } from '../../../runs/src/sweep/devices';
import { sshWords } from '../../../runs/src/transports/ssh/command';
import { type CommonOptions, type Engines, positiveNumber, runCommand, wholeNumber, withEngines } from './engine';
import { follow } from './follow';

interface RunOptions extends CommonOptions {
  kind?: RunKind;
  name?: string;
  group?: string;
  framework: Framework;
  chip?: string;
  devices: number;
  python?: string;
  cwd: string;
  remoteCwd?: string;
  environment?: string;
  launcher?: Launcher;
  nodes?: number;
  telemetry?: number;
  env: string[];
  mode?: string;
  precision?: string;
  batch?: number;
  seed?: number;
  workers?: number;
  hoursPerStep: number;
  warmup: number;
  scores: ScoreDefinition;
  start?: string;
  dryRun?: boolean;
  follow?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  runCommand(program, 'run', 'cli.run.description')
    .argument('[program...]', 'after --: a Python script with its arguments, or any program')
    .addOption(new Option('--kind <kind>', 'what the program does').choices(['train', 'infer']))
    .option('--name <name>', 'name of the run (default: the folder)')
    .option('--group <name>', 'train and infer runs of one group, framework and chip are one row of the results (default: the name)')
    .addOption(new Option('--framework <framework>', 'what the program uses').choices(['torch', 'torch_npu', 'mindspore']).default('torch'))
    .option('--chip <chip>', 'accelerator (default: the first one of the machine, else cpu)')
    .option('--devices <count>', 'number of accelerators', wholeNumber, 1)
    .option('--python <path>', 'interpreter for Python programs (default: MINDPORT_PYTHON; on another machine that of the environment)')
    .option('--cwd <folder>', 'working folder of the program; with --on it is sent', '.')
    .option('--remote-cwd <folder>', 'with --on: an absolute folder of the machine, and nothing is sent; else a folder within --cwd')
    .option('--environment <name>', 'with --on: environment of the machine settings (default: the one named like the framework)')
    .addOption(new Option('--launcher <launcher>', 'what starts the program on its devices').choices(['plain', 'torchrun', 'msrun']))
    .option('--nodes <count>', 'number of nodes, for Slurm', wholeNumber)
    .option('--telemetry <seconds>', 'sample power and load of the devices this often', positiveNumber)
    .option('--env <name=value>', 'environment variable, any number of times', (value: string, all: string[]) => [...all, value], [])
    .option('--mode <mode>', 'PyNative or graph')
    .option('--precision <precision>', 'for example fp32 or fp16-mixed')
    .option('--batch <size>', 'batch size (default: as the arguments of the program state it)', wholeNumber)
    .option('--seed <number>', 'random seed (default: as the arguments state it)', wholeNumber)
    .option('--workers <count>', 'processes that load data (default: as the arguments state it)', wholeNumber)
    .option('--hours-per-step <hours>', 'length of a forecast step', positiveNumber, 6)
    .option('--warmup <steps>', 'inference steps left out of the timing', wholeNumber, 1)
    .addOption(
      new Option('--scores <definition>', 'how the program computes RMSE and ACC').choices(['fcn', 'wb1', 'wb2', 'program']).default('fcn'),
    )
    .option('--start <run>', 'start a run that was made and not started; safe to repeat')
    .option('--dry-run', 'show what would be sent and executed, and do nothing')
    .option('-f, --follow', 'print the log and wait for the end')
    .option('--json', 'print the id and folder as JSON')
    .action((words: string[], options: RunOptions) =>
      withEngines(options, async (engines, language) => {
        const engine = await engines.of(options.on ?? null);
        if (options.start !== undefined) return started(engine, await engine.find(options.start), options, language);
        const prepared = await preparedFor(engines, words, options);
        const { delivery, choice } = prepared;
        const devices = await devicesFor(engines, engine, prepared.draft, options);
        if (devices !== null) prepared.draft = onDevices(prepared.draft, devices);
        if (options.dryRun) return preview(engines, engine, prepared, devices, options, language);
        if (devices !== null) process.stderr.write(`${choiceLine(devices, language)}\n`);
        if (choice !== null) for (const line of leftOutLines(choice, language)) process.stderr.write(`${line}\n`);
        const make = (): Promise<RunSpec> => engine.createRun(prepared.draft, delivery);
        const spec =
          devices === null
            ? await make()
            : await withDevices(engine.root, options.on ?? null, async () => {
                stillFree(prepared.draft.target?.chip ?? 'cpu', devices, (await engine.list()).runs);
                return make();
              });
        return started(engine, spec.id, options, language);
      }),
    );
}

async function started(engine: RunEngine, id: string, options: RunOptions, language: Language): Promise<number> {
  let run;
  try {
    run = await engine.start(id);
  } catch (error) {
    // whether it was started is not known; asking again finds out and starts it at most once
    if (error instanceof RunError) {
      const on = options.on === undefined ? '' : ` --on ${options.on}`;
      process.stderr.write(`${render(language, 'cli.start_again', { command: `mindport run${on} --start ${id}` })}\n`);
    }
    throw error;
  }
  process.stdout.write(
    options.json ? `${JSON.stringify({ id, directory: run.dir, machine: engine.machine, first: run.first })}\n` : `${id}\n`,
  );
  if (!options.json) process.stderr.write(`${render(language, 'cli.started', { id })}\n`);
  await tellWindows(engine, id);
  return options.follow ? follow(engine, id, language) : 0;
}

/** Windows of the editor learn of a run on another machine by a note here; what goes wrong with that is no trouble of the run. */
async function tellWindows(engine: RunEngine, id: string): Promise<void> {
  if (engine.machine === null) return;
  try {
    await noteRun(engine.root, engine.machine, await engine.status(id));
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
  }
}

/** What was asked for, as the engine of the machine wants it. */
async function preparedFor(engines: Engines, words: string[], options: RunOptions): Promise<Prepared> {
  if (options.kind === undefined) throw new RunError('error.no_kind');
  const cwd = resolve(options.cwd);
  const stated = statedBy(words, options.devices);
  const workers = options.workers ?? stated.workers;
  const described = {
    name: options.name ?? basename(cwd),
    group: options.group ?? null,
    kind: options.kind,
    env: variables(options.env),
    mode: options.mode ?? null,
    precision: options.precision ?? null,
    batch: options.batch ?? stated.batch ?? null,
    seed: options.seed ?? stated.seed ?? null,
    ...(workers === undefined ? {} : { workers }),
    hoursPerStep: options.hoursPerStep,
    warmupSteps: options.warmup,
    scores: options.scores,
  };
  const launch = launchOf(options);
  if (options.on === undefined) {
    const python = options.python ?? process.env['MINDPORT_PYTHON'] ?? null;
    const interpreter = python === null ? null : located(python);
    const target = { framework: options.framework, chip: options.chip ?? 'cpu', devices: options.devices };
    const draft = { ...described, argv: pythonCommand(words, interpreter), cwd, python: interpreter, target, launch };
    return { draft, delivery: { folder: null, code: null, links: {} }, choice: null };
  }
  const remote = options.remoteCwd ?? null;
  return prepare(await engines.machine(options.on), {
    ...described,
    words,
    folder: remote?.startsWith('/') ? null : cwd,
    cwd: remote,
    python: options.python ?? null,
    environment: options.environment ?? null,
    target: { framework: options.framework, devices: options.devices, ...(options.chip === undefined ? {} : { chip: options.chip }) },
    launch,
  });
}

function launchOf({ launcher, nodes, telemetry }: RunOptions): LaunchDraft | null {
  if (launcher === undefined && nodes === undefined && telemetry === undefined) return null;
  return {
    ...(launcher === undefined ? {} : { launcher }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(telemetry === undefined ? {} : { telemetry: { seconds: telemetry } }),
  };
}

/** Free devices for a run; null where nothing is to be chosen. */
async function devicesFor(engines: Engines, engine: RunEngine, draft: RunDraft, { on }: RunOptions): Promise<DeviceChoice | null> {
  const machine = on === undefined ? null : await engines.machine(on);
  if (chipKind(draft.target?.chip ?? 'cpu') === 'cpu' || machine?.slurm != null) return null;
  const shell = machine === null ? null : connect(machine, await engines.machines()).shell;
  try {
    return await chooseDevices(draft, { machine, runs: (await engine.list()).runs, run: deviceAsker(shell) });
  } finally {
    await shell?.close();
  }
}

async function preview(
  engines: Engines,
  engine: RunEngine,
  prepared: Prepared,
  devices: DeviceChoice | null,
  options: RunOptions,
  language: Language,
): Promise<number> {
  const { spec, contents } = await engine.plan(prepared.draft, prepared.delivery);
  const machine = options.on === undefined ? null : await engines.machine(options.on);
  const shown = {
    machine: options.on ?? null,
    connection: machine?.host == null ? null : sshWords(sshOptions(machine, await engines.machines())),
    directory: engine.transport.location(spec.id),
    spec,
    contents,
    choice: prepared.choice,
    devices,
  };
  process.stdout.write(options.json ? previewJson(shown) : previewText(shown, language));
  return 0;
}

/** A path is taken from where the user stands, not from the program's folder; a bare name is looked up in PATH. */
function located(python: string): string {
  return python.includes('/') ? resolve(python) : python;
}

function variables(pairs: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new RunError('error.bad_option', { option: '--env', value: pair.slice(0, 80) });
    found[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return found;
}

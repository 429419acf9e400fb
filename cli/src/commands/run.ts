/** `mindport run`: makes a run, starts it and, when asked, follows it. */
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { RunError } from '../../../runs/src/errors';
import { render } from '../../../runs/src/messages';
import { pythonCommand } from '../../../runs/src/preflight';
import { type Framework, type RunKind, type ScoreDefinition } from '../../../runs/src/spec';
import { type CommonOptions, positiveNumber, runCommand, wholeNumber, withEngine } from './engine';
import { follow } from './follow';

interface RunOptions extends CommonOptions {
  kind: RunKind;
  name?: string;
  group?: string;
  framework: Framework;
  chip: string;
  devices: number;
  python?: string;
  cwd: string;
  env: string[];
  mode?: string;
  precision?: string;
  batch?: number;
  seed?: number;
  hoursPerStep: number;
  warmup: number;
  scores: ScoreDefinition;
  follow?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  runCommand(program, 'run', 'cli.run.description')
    .argument('[program...]', 'after --: a Python script with its arguments, or any program')
    .addOption(new Option('--kind <kind>', 'what the program does').choices(['train', 'infer']).makeOptionMandatory())
    .option('--name <name>', 'name of the run (default: the folder)')
    .option('--group <name>', 'train and infer runs of one group, framework and chip are one row of the results (default: the name)')
    .addOption(new Option('--framework <framework>', 'what the program uses').choices(['torch', 'torch_npu', 'mindspore']).default('torch'))
    .option('--chip <chip>', 'accelerator', 'cpu')
    .option('--devices <count>', 'number of accelerators', wholeNumber, 1)
    .option('--python <path>', 'interpreter for Python programs (default: MINDPORT_PYTHON)')
    .option('--cwd <folder>', 'working folder of the program', '.')
    .option('--env <name=value>', 'environment variable, any number of times', (value: string, all: string[]) => [...all, value], [])
    .option('--mode <mode>', 'PyNative or graph')
    .option('--precision <precision>', 'for example fp32 or fp16-mixed')
    .option('--batch <size>', 'batch size', wholeNumber)
    .option('--seed <number>', 'random seed', wholeNumber)
    .option('--hours-per-step <hours>', 'length of a forecast step', positiveNumber, 6)
    .option('--warmup <steps>', 'inference steps left out of the timing', wholeNumber, 1)
    .addOption(
      new Option('--scores <definition>', 'how the program computes RMSE and ACC').choices(['fcn', 'wb1', 'wb2', 'program']).default('fcn'),
    )
    .option('-f, --follow', 'print the log and wait for the end')
    .option('--json', 'print the id and folder as JSON')
    .action((words: string[], options: RunOptions) =>
      withEngine(options, async (engine, language) => {
        const python = options.python ?? process.env['MINDPORT_PYTHON'] ?? null;
        const argv = pythonCommand(words, python === null ? null : located(python));
        const cwd = resolve(options.cwd);
        const started = await engine.launch({
          name: options.name ?? basename(cwd),
          group: options.group ?? null,
          kind: options.kind,
          argv,
          cwd,
          env: variables(options.env),
          python: python === null ? null : located(python),
          target: { framework: options.framework, chip: options.chip, devices: options.devices },
          mode: options.mode ?? null,
          precision: options.precision ?? null,
          batch: options.batch ?? null,
          seed: options.seed ?? null,
          hoursPerStep: options.hoursPerStep,
          warmupSteps: options.warmup,
          scores: options.scores,
        });
        process.stdout.write(options.json ? `${JSON.stringify({ id: started.id, directory: started.dir })}\n` : `${started.id}\n`);
        if (!options.json) process.stderr.write(`${render(language, 'cli.started', { id: started.id })}\n`);
        return options.follow ? follow(engine, started.id, language) : 0;
      }),
    );
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

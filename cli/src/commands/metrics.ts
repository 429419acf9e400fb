/** `mindport metrics`: RMSE and ACC over variable and lead time from saved fields, through `python -m mindport_metrics`. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command } from 'commander';
import { RunError } from '../../../runs/src/errors';
import { savedFiles } from '../../../runs/src/results/saved';
import { PythonError, execute, interpreter } from '../python';
import { wordsOf } from '../words';
import { type CommonOptions, type Engines, installation, runCommand, withEngines } from './engine';
import { metricsWords } from './metrics-words';

/** Options with a value that are passed on as they are, with the form of the value. */
const PASSED = {
  climatology: '<file[:name]>',
  'climatology-by': '<mean|dayofyear>',
  mask: '<file[:name]>',
  dims: '<axes>',
  'truth-dims': '<axes>',
  'climatology-dims': '<axes>',
  channels: '<names>',
  variables: '<names>',
  units: '<units>',
  leads: '<hours>',
  'hours-per-step': '<hours>',
  latitudes: '<from:to|file[:name]>',
  longitudes: '<from:to|file[:name]>',
  std: '<x|file[:name]>',
  mean: '<x|file[:name]>',
  'map-leads': '<hours>',
  'map-variables': '<names>',
  'map-sample': '<index>',
  memory: '<MiB>',
} as const;

const SWITCHES = ['mask-is-sea', 'allow-missing', 'no-maps'] as const;

export type PassedOption = keyof typeof PASSED | (typeof SWITCHES)[number];

interface MetricsOptions extends CommonOptions, Record<string, unknown> {
  prediction: string;
  truth: string;
  definition?: string[];
  run?: string;
  out?: string;
  python?: string;
  json?: boolean;
}

/** Arguments of `python -m mindport_metrics`, with values bound by `=` so that none is read as an option. */
function metricsArguments(options: MetricsOptions, out: string, language: 'en' | 'zh'): string[] {
  const named = (option: string): unknown => options[option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  return [
    '-m',
    'mindport_metrics',
    `--prediction=${options.prediction}`,
    `--truth=${options.truth}`,
    ...(options.definition ?? []).map((definition) => `--definition=${definition}`),
    ...Object.keys(PASSED).flatMap((option) => (named(option) === undefined ? [] : [`--${option}=${String(named(option))}`])),
    // the option --no-maps is told as "maps", which it makes false
    ...SWITCHES.filter((option) => (option === 'no-maps' ? options['maps'] === false : named(option) === true)).map(
      (option) => `--${option}`,
    ),
    `--out=${out}`,
    `--lang=${language === 'zh' ? 'zh-cn' : 'en'}`,
    ...(options.json ? ['--json'] : []),
  ];
}

/** Adds `metrics` to the command line. */
export function register(program: Command): void {
  const words = metricsWords[wordsOf(process.argv).language];
  const command = runCommand(program, 'metrics', 'cli.metrics.description')
    .requiredOption('--prediction <file[:name]>', words.prediction)
    .requiredOption('--truth <file[:name]>', words.truth)
    .option('--definition <names>', words.definition, (name: string, before: string[] | undefined) => [...(before ?? []), name])
    .option('--run <run>', words.run)
    .option('--out <folder>', words.out);
  for (const [option, value] of Object.entries(PASSED)) command.option(`--${option} ${value}`, words.passed[option as PassedOption]);
  for (const option of SWITCHES) command.option(`--${option}`, words.passed[option]);
  command
    .option('--python <path>', words.python)
    .option('--json', words.json)
    .action((options: MetricsOptions) => withEngines(options, (engines, language) => metrics(engines, options, language)));
}

async function metrics(engines: Engines, options: MetricsOptions, language: 'en' | 'zh'): Promise<number> {
  const words = metricsWords[language];
  if ((options.run === undefined) === (options.out === undefined)) throw new RunError('metrics.where');
  const root = installation();
  try {
    if (!existsSync(join(root, 'python', 'mindport_metrics', '__main__.py'))) throw new PythonError(words.noTool);
    const python = interpreter(root, options.python, words);
    const compute = (out: string): Promise<number> => execute(python, root, metricsArguments(options, out, language), words);
    if (options.run === undefined) return await compute(resolve(options.out!));
    const engine = await engines.of(options.on ?? null);
    const id = await engine.find(options.run);
    if (engine.machine === null) return await compute(join(engine.transport.location(id), 'results'));
    const folder = await mkdtemp(join(tmpdir(), 'mindport-metrics-'));
    try {
      const code = await compute(folder);
      if (code !== 0) return code;
      for (const file of Object.values(savedFiles)) {
        const text = await readFile(join(folder, file.slice('results/'.length)), 'utf8').catch(() => null);
        if (text !== null) await engine.transport.write(id, file, text);
      }
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    if (error.message) process.stderr.write(`mindport: ${error.message}\n`);
    return 2;
  }
}

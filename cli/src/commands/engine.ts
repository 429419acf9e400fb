/** What the run commands share: their common options, the engine they talk to, and how they end. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { RunEngine } from '../../../runs/src/engine';
import { RunError } from '../../../runs/src/errors';
import { connect } from '../../../runs/src/machines/connect';
import { type MachineSettings, type Settings, findMachine, readSettings, settingsPath } from '../../../runs/src/machines/settings';
import { type Language, type MessageKey, languageOf, render } from '../../../runs/src/messages';
import { type RunState } from '../../../runs/src/state';
import { libraryBundle, travellingPackages } from '../../../runs/src/sync/bundle';

export interface CommonOptions {
  root?: string;
  lang?: string;
  /** machine; this one when it is not given */
  on?: string;
}

/** A command of the run engine with the options all of them take. */
export function runCommand(program: Command, usage: string, description: MessageKey): Command {
  return program
    .command(usage)
    .description(render(languageOf(undefined, process.env), description))
    .option('--on <machine>', 'a machine of the settings, an alias of the ssh configuration or user@host (default: this machine)')
    .option('--root <folder>', 'where runs of this machine are kept (default: the user state folder)')
    .option('--lang <language>', 'en or zh-cn (default: the locale)');
}

/** The folder of this installation: the one that holds the helper package, beside or above the program. */
export function installation(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'python', 'mindport_run', '__init__.py')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The engines of one command, made when they are asked for. */
export class Engines {
  private readonly made = new Map<string, RunEngine>();
  private settings: Promise<Settings> | null = null;

  constructor(
    private readonly options: CommonOptions,
    readonly language: Language,
  ) {}

  /** The user's machine settings; nothing of a workspace is read. */
  machines(): Promise<Settings> {
    this.settings ??= readSettings(settingsPath());
    return this.settings;
  }

  async machine(name: string): Promise<MachineSettings> {
    return findMachine(await this.machines(), name);
  }

  /** The engine of a machine; of this one for null. */
  async of(name: string | null): Promise<RunEngine> {
    const known = this.made.get(name ?? '');
    if (known !== undefined) return known;
    const common = { root: this.options.root, helper: join(installation(), 'python', 'mindport_run'), language: this.language };
    const python = join(installation(), 'python');
    const engine =
      name === null
        ? new RunEngine(common)
        : new RunEngine({
            ...common,
            transport: connect(await this.machine(name), await this.machines()).transport,
            library: () => libraryBundle(python, travellingPackages),
          });
    this.made.set(name ?? '', engine);
    return engine;
  }

  async close(): Promise<void> {
    for (const engine of this.made.values()) await engine.close();
  }
}

/** Does the work of a command; what a user can act on becomes one line on stderr and exit status 2. */
export async function withEngines(options: CommonOptions, work: (engines: Engines, language: Language) => Promise<number>): Promise<void> {
  const language = languageOf(options.lang, process.env);
  const engines = new Engines(options, language);
  try {
    process.exitCode = await work(engines, language);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    process.stderr.write(`mindport: ${error.text(language)}\n`);
    process.exitCode = 2;
  } finally {
    await engines.close();
  }
}

/** As `withEngines`, with the engine of the machine that `--on` names. */
export async function withEngine(options: CommonOptions, work: (engine: RunEngine, language: Language) => Promise<number>): Promise<void> {
  return withEngines(options, async (engines, language) => work(await engines.of(options.on ?? null), language));
}

/** Exit status for the end of a run. */
export function exitStatus(state: RunState): number {
  return state === 'succeeded' ? 0 : 1;
}

/** An option's value as a whole number. */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted');
  return Number(text);
}

/** An option's value as a positive number. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('a positive number is wanted');
  return value;
}

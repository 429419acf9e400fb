/** What the run commands share: their common options, the engine they talk to, and how they end. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { RunEngine } from '../../../runs/src/engine';
import { RunError } from '../../../runs/src/errors';
import { type Language, type MessageKey, languageOf, render } from '../../../runs/src/messages';
import { type RunState } from '../../../runs/src/state';

export interface CommonOptions {
  root?: string;
  lang?: string;
}

/** A command of the run engine with the options all of them take. */
export function runCommand(program: Command, usage: string, description: MessageKey): Command {
  return program
    .command(usage)
    .description(render(languageOf(undefined, process.env), description))
    .option('--root <folder>', 'where runs are kept (default: the user state folder)')
    .option('--lang <language>', 'en or zh-cn (default: the locale)');
}

/** The folder of this installation: the one that holds the helper package, beside or above the program. */
export function installation(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'python', 'mindport_run', '__init__.py')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Does the work of a command; what a user can act on becomes one line on stderr and exit status 2. */
export async function withEngine(options: CommonOptions, work: (engine: RunEngine, language: Language) => Promise<number>): Promise<void> {
  const language = languageOf(options.lang, process.env);
  try {
    const engine = new RunEngine({ root: options.root, helper: join(installation(), 'python', 'mindport_run'), language });
    process.exitCode = await work(engine, language);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    process.stderr.write(`mindport: ${error.text(language)}\n`);
    process.exitCode = 2;
  }
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

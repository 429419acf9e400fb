/** `mindport prove`: executes the catalog's examples in both frameworks and writes the evidence. */
import { availableParallelism } from 'node:os';
import { type Command } from 'commander';
import { findRoot, UsageError } from '../prove/checkout';
import { proveExamples, type ExampleOptions } from '../prove/examples';
import { words } from '../prove/words';

interface Options extends ExampleOptions {
  jobs: string;
}

/** A whole number of at least `least`, as an option was given. */
function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new UsageError(`--${name} ${text}`);
  return value;
}

/** Adds `prove` to the command line. */
export function register(program: Command): void {
  const text = words();
  program
    .command('prove')
    .description(text.description)
    .argument('[names...]', text.names)
    .option('--changed', text.changed)
    .option('--mindspore <version>', text.mindspore)
    .option('--python <path>', text.python)
    .option('--jobs <n>', text.jobs, String(Math.min(2, availableParallelism())))
    .option('--json', text.json)
    .option('--lang <language>', text.lang)
    .action(async (names: string[], options: Options) => {
      try {
        const workers = wholeNumber('jobs', options.jobs, 1);
        process.exitCode = await proveExamples(findRoot(), names, workers, options);
      } catch (error) {
        const { message } = error as Error;
        if (message) process.stderr.write(`mindport: ${message}\n`);
        process.exitCode = 2;
      }
    });
}

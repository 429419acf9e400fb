/** `mindport prove`: executes the catalog's examples in both frameworks and writes the evidence. */
import { availableParallelism } from 'node:os';
import { type Command } from 'commander';
import { findRoot, UsageError } from '../prove/checkout';
import { proveExamples, type ExampleOptions } from '../prove/examples';
import { fuzz } from '../prove/fuzz/fuzz';
import { proveSignatures } from '../prove/signatures/signatures';
import { proveOn, type MachineOptions } from '../prove/machine/machine';
import { words } from '../prove/words';
import { withEngines } from './engine';

interface Options extends ExampleOptions, MachineOptions {
  root?: string;
  lang?: string;
  jobs: string;
  fuzz?: boolean;
  signatures?: boolean;
  calls: string;
  seed: string;
  limit?: string;
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
    .option('--variants', text.onlyVariants)
    .option('--no-variants', text.noVariants)
    .option('--packages', text.packages)
    .option('--mindspore <version>', text.mindspore)
    .option('--python <path>', text.python)
    .option('--jobs <n>', text.jobs, String(Math.min(2, availableParallelism())))
    .option('--fuzz', text.fuzz)
    .option('--calls <n>', text.calls, '20')
    .option('--seed <n>', text.seed, '1')
    .option('--limit <seconds>', text.limit)
    .option('--signatures', text.signatures)
    .option('--target <target>', text.target)
    .option('--on <machine>', text.on)
    .option('--environment <name>', text.environment)
    .option('--collect <run>', text.collect)
    .option('--detach', text.detach)
    .option('--root <folder>', text.runsFolder)
    .option('--json', text.json)
    .option('--lang <language>', text.lang)
    .action(async (names: string[], options: Options) => {
      try {
        const workers = wholeNumber('jobs', options.jobs, 1);
        const { on, target } = options;
        if (on !== undefined)
          await withEngines(options, (engines, language) => proveOn(findRoot(), names, { ...options, on }, engines, language));
        else if (target !== undefined && target !== 'mindspore@cpu') throw new UsageError(text.onlyHere(target));
        else if (options.signatures) process.exitCode = await proveSignatures(findRoot(), names, options);
        else if (options.fuzz) {
          const limit = options.limit === undefined ? Infinity : wholeNumber('limit', options.limit, 1);
          const plan = { calls: wholeNumber('calls', options.calls, 1), seed: wholeNumber('seed', options.seed, 0), limit, workers };
          process.exitCode = await fuzz(findRoot(), names, plan, options);
        } else process.exitCode = await proveExamples(findRoot(), names, workers, options);
      } catch (error) {
        const { message } = error as Error;
        if (message) process.stderr.write(`mindport: ${message}\n`);
        process.exitCode = 2;
      }
    });
}

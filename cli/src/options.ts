/** Options that several commands share. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Catalog } from '../../server/src/core/catalog/load';
import type { ChosenTarget } from '../../server/src/core/catalog/targets';
import type { Words } from './words';

export interface TargetOptions {
  target: string[];
  records: string[];
  mindspore?: string;
}

/** Something the user must mend: exit status 2. */
export class UsageError extends Error {}

export function targetOptions(command: Command, words: Words): Command {
  return command
    .addOption(
      new Option('--target <target>', words.tell('cli.target'))
        .argParser((value: string, all: string[]) => [...all, value])
        .default([], words.tell('cli.target.default')),
    )
    .addOption(
      new Option('--records <folder>', words.tell('cli.records'))
        .argParser((value: string, all: string[]) => [...all, value])
        .default([], words.tell('cli.records.default')),
    )
    .option('--mindspore <version>', words.tell('cli.mindspore'))
    .addOption(
      new Option('--lang <language>', words.tell('cli.lang')).argParser((value: string) => {
        if (!/^(?:en|zh)(?:[-_.]|$)/i.test(value)) throw new InvalidArgumentError(words.tell('usage.language', { value }));
        return value;
      }),
    );
}

/** `--threads n`; without it there are as many as cores when there is much to do. */
export function threadsOption(words: Words): Option {
  return new Option('--threads <n>', words.tell('cli.threads')).argParser((value: string) => {
    if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError(words.tell('usage.threads', { value }));
    return Number(value);
  });
}

/**
 * The chosen targets with their versions.
 * @throws UsageError for a target or version that is not one
 */
export function chooseTargets({ target, mindspore }: TargetOptions, catalog: Catalog, words: Words): ChosenTarget[] {
  if (mindspore !== undefined && !/^\d+\.\d+(?:\.\d+)?$/.test(mindspore))
    throw new UsageError(words.tell('usage.version', { version: mindspore }));
  const { chosen, unknown } = catalog.targets.choose(target, mindspore === undefined ? {} : { mindspore });
  if (unknown.length > 0) {
    const known = [...catalog.targets.byId.keys()].join(', ');
    throw new UsageError(words.tell('usage.target', { targets: unknown.join(', '), known }));
  }
  if (mindspore !== undefined && !catalog.targets.knowsVersion('mindspore', mindspore)) {
    const known = catalog.targets.data.frameworks['mindspore']!.versions.join(', ');
    process.stderr.write(`mindport: ${words.tell('usage.unknownVersion', { version: mindspore, known })}
`);
  }
  return chosen;
}

/** Runs the work of a command: what the user can mend becomes one line on stderr and exit status 2. */
export async function guarded(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`mindport: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** `mindport fix`: applies the fixes of files and folders, or shows what they would change. */
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { loadKnowledge } from '../analyse';
import { collect, isProblem, type Problem } from '../files';
import { chooseTargets, guarded, targetOptions, threadsOption, type TargetOptions } from '../options';
import { digestOf } from '../result-cache';
import { runTask } from '../run-task';
import { layUserRecords } from '../user-records';
import type { Words } from '../words';

interface FixOptions extends TargetOptions {
  review?: boolean;
  safeOnly?: boolean;
  diff?: boolean;
  write?: boolean;
  threads?: number;
}

export function register(program: Command, words: Words): void {
  const command = program
    .command('fix')
    .description(words.tell('cli.fix.description'))
    .argument('<path...>', words.tell('cli.paths'))
    .addOption(new Option('--safe-only', words.tell('cli.fix.safeOnly')).conflicts('review'))
    .option('--review', words.tell('cli.fix.review'))
    .addOption(new Option('--diff', words.tell('cli.fix.diff')).conflicts('write'))
    .option('--write', words.tell('cli.fix.write'))
    .addOption(threadsOption(words));
  targetOptions(command, words).action((paths: string[], options: FixOptions) => guarded(() => fix(paths, options, words)));
}

/** Exit status: 0 nothing (left) to change, 1 a diff was shown, 2 when something could not be read or written. */
async function fix(paths: string[], options: FixOptions, words: Words): Promise<number> {
  const knowledge = loadKnowledge();
  const own = layUserRecords(knowledge.catalog, paths, options.records, words);
  const targets = chooseTargets(options, knowledge.catalog, words);
  const { sources, problems } = collect(paths);
  const tell = (problem: Problem): void => void process.stderr.write(`mindport: ${words.say(problem.message)}\n`);
  problems.unshift(...own);
  problems.forEach(tell);
  const pending: { path: string; shown: string; text: string; of: string; fixes: number }[] = [];
  const task = { kind: 'fix', review: options.review === true } as const;
  for await (const outcome of runTask(task, sources, {
    known: () => ({ knowledge, targets }),
    words,
    threads: options.threads ?? null,
    cache: null,
  })) {
    if (isProblem(outcome)) {
      tell(outcome);
      problems.push(outcome);
      continue;
    }
    const { source, result } = outcome;
    if (result.text === null) continue;
    if (!options.write) process.stdout.write(result.diff);
    // written when all files are analysed: they are analysed with what they import as it was
    pending.push({ path: source.path, shown: source.shown, text: result.text, of: result.of, fixes: result.fixes });
  }
  const done = options.write ? pending.filter(writes) : pending;
  const args = { files: String(done.length), fixes: String(done.reduce((sum, { fixes }) => sum + fixes, 0)) };
  const outcome = pending.length === 0 ? 'fix.none' : options.write ? 'fix.written' : 'fix.pending';
  process.stderr.write(`${words.tell(outcome, args)}\n`);
  if (problems.some(({ skipped }) => skipped)) return 2;
  return options.write || pending.length === 0 ? 0 : 1;

  /** Whether the new text of a file could be written; where not, it is said why. */
  function writes({ path, shown, text, of }: (typeof pending)[number]): boolean {
    try {
      if (replaceFile(path, text, of)) return true;
      refuse({ id: 'file.changed', args: { file: shown } });
    } catch (error) {
      refuse({ id: 'file.unwritable', args: { file: shown, reason: (error as NodeJS.ErrnoException).code ?? String(error) } });
    }
    return false;

    function refuse(message: Problem['message']): void {
      problems.push({ file: shown, message, skipped: true });
      tell(problems.at(-1)!);
    }
  }
}

/**
 * Writes beside the file and renames, so that an interruption leaves the old or the new text, never half of one. What a link points at is replaced, not the link.
 * @returns false when the file is no longer the one that was analysed: nothing is written then
 */
function replaceFile(link: string, text: string, of: string): boolean {
  const path = realpathSync(link);
  const beside = `${path}.mindport-${process.pid}`;
  try {
    writeFileSync(beside, text);
    chmodSync(beside, statSync(path).mode);
    if (digestOf(readFileSync(path)) !== of) {
      rmSync(beside);
      return false;
    }
    renameSync(beside, path);
    return true;
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

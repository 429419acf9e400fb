/** `mindport check`: the findings of files and folders, or every reference in them. */
import { Option, type Command } from 'commander';
import { statSync } from 'node:fs';
import { assetPath } from '../../../server/src/node-assets';
import { loadKnowledge, type Knowledge } from '../analyse';
import { collect, isProblem, type Problem } from '../files';
import { findingsDocument } from '../formats/json';
import { sarifDocument } from '../formats/sarif';
import { summaryText } from '../formats/text';
import type { ChosenTarget } from '../../../server/src/core/catalog/targets';
import { chooseTargets, guarded, targetOptions, threadsOption, type TargetOptions } from '../options';
import { digestOf, ResultCache } from '../result-cache';
import { runTask, THREAD } from '../run-task';
import type { CheckResult, CheckTask } from '../tasks';
import { findUserRecords, layFound, type UserFiles } from '../user-records';
import { VERSION } from '../version';
import type { Words } from '../words';

interface CheckOptions extends TargetOptions {
  format: 'text' | 'json' | 'sarif';
  references?: boolean;
  threads?: number;
  cache: boolean;
}

export function register(program: Command, words: Words): void {
  const command = program
    .command('check')
    .description(words.tell('cli.check.description'))
    .argument('<path...>', words.tell('cli.paths'))
    .addOption(new Option('--format <format>', words.tell('cli.check.format')).choices(['text', 'json', 'sarif']).default('text'))
    .option('--references', words.tell('cli.check.references'))
    .addOption(threadsOption(words))
    .option('--no-cache', words.tell('cli.check.noCache'));
  targetOptions(command, words).action((paths: string[], options: CheckOptions) => guarded(() => check(paths, options, words)));
}

/** Prints and returns the exit status: 0 no finding, 1 findings, 2 when something could not be checked. */
async function check(paths: string[], options: CheckOptions, words: Words): Promise<number> {
  const { format } = options;
  const task: CheckTask = { kind: 'check', format, references: options.references === true && format !== 'sarif' };
  const userFiles = findUserRecords(paths, options.records, words);
  const cache = options.cache ? new ResultCache(settingsDigest(task, options, userFiles, words)) : null;
  const { own, targets, known } = settle(options, userFiles, cache, words);
  const { sources, problems } = collect(paths);
  const tell = (problem: Problem): void => void process.stderr.write(`mindport: ${words.say(problem.message)}\n`);
  problems.unshift(...own);
  problems.forEach(tell);
  const results: CheckResult[] = [];
  for await (const outcome of runTask(task, sources, { known, words, threads: options.threads ?? null, cache })) {
    if (isProblem(outcome)) {
      tell(outcome);
      problems.push(outcome);
      continue;
    }
    const { result } = outcome;
    if (task.references || format === 'text') {
      process.stdout.write(result.text);
      results.push({ ...result, text: '' });
    } else results.push(result);
  }
  const members = results.map(({ text }) => text);
  if (format === 'sarif') process.stdout.write(sarifDocument(members, problems, words));
  else if (!task.references && format === 'json') {
    process.stdout.write(findingsDocument(results.length, members, problems, targets, words));
  } else if (!task.references && (results.length > 0 || problems.length === 0)) process.stdout.write(summaryText(results, words));
  if (problems.some(({ skipped }) => skipped)) return 2;
  return results.some(({ findings }) => findings > 0) ? 1 : 0;
}

/** Everything but the analysed files that a result depends on: the program that makes it, its knowledge, what was asked for. */
function settingsDigest(task: CheckTask, { target, mindspore }: CheckOptions, { sources }: UserFiles, words: Words): string {
  const made = [__filename, THREAD, assetPath(__dirname, 'catalog.json', 'dist/catalog.json')].map((path) => {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
    return [size, mtimeMs];
  });
  return digestOf(JSON.stringify([VERSION, made, task, words.language, target, mindspore ?? null, sources]));
}

interface Settled {
  /** what is wrong with the user's own records */
  own: Problem[];
  targets: readonly ChosenTarget[];
  known: () => { knowledge: Knowledge; targets: readonly ChosenTarget[] };
}

/** The chosen targets. The catalog is loaded when something needs it: where results are kept, these settings were found to be valid before. */
function settle(options: CheckOptions, userFiles: UserFiles, cache: ResultCache | null, words: Words): Settled {
  let loaded: { knowledge: Knowledge; own: Problem[]; targets: readonly ChosenTarget[] } | null = null;
  const load = (): NonNullable<typeof loaded> => {
    if (loaded) return loaded;
    const knowledge = loadKnowledge();
    const own = layFound(knowledge.catalog, userFiles, words);
    return (loaded = { knowledge, own, targets: chooseTargets(options, knowledge.catalog, words) });
  };
  const kept = userFiles.sources.length === 0 ? (cache?.read('targets') as readonly ChosenTarget[] | null | undefined) : null;
  if (kept) return { own: userFiles.problems, targets: kept, known: load };
  const { own, targets } = load();
  cache?.write('targets', targets);
  return { own, targets, known: load };
}

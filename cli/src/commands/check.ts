/** `mindport check`: the findings of files and folders, or every reference in them. */
import { Option, type Command } from 'commander';
import { loadKnowledge } from '../analyse';
import { collect, isProblem, type Problem } from '../files';
import { findingsDocument } from '../formats/json';
import { sarifDocument } from '../formats/sarif';
import { summaryText } from '../formats/text';
import { chooseTargets, guarded, targetOptions, threadsOption, type TargetOptions } from '../options';
import { runTask } from '../run-task';
import type { CheckResult, CheckTask } from '../tasks';
import { layUserRecords } from '../user-records';
import type { Words } from '../words';

interface CheckOptions extends TargetOptions {
  format: 'text' | 'json' | 'sarif';
  references?: boolean;
  threads?: number;
}

export function register(program: Command, words: Words): void {
  const command = program
    .command('check')
    .description(words.tell('cli.check.description'))
    .argument('<path...>', words.tell('cli.paths'))
    .addOption(new Option('--format <format>', words.tell('cli.check.format')).choices(['text', 'json', 'sarif']).default('text'))
    .option('--references', words.tell('cli.check.references'))
    .addOption(threadsOption(words));
  targetOptions(command, words).action((paths: string[], options: CheckOptions) => guarded(() => check(paths, options, words)));
}

/** Prints and returns the exit status: 0 no finding, 1 findings, 2 when something could not be checked. */
async function check(paths: string[], options: CheckOptions, words: Words): Promise<number> {
  const knowledge = loadKnowledge();
  const own = layUserRecords(knowledge.catalog, paths, options.records, words);
  const targets = chooseTargets(options, knowledge.catalog, words);
  const { sources, problems } = collect(paths);
  const tell = (problem: Problem): void => void process.stderr.write(`mindport: ${words.say(problem.message)}\n`);
  problems.unshift(...own);
  problems.forEach(tell);
  const { format } = options;
  const task: CheckTask = { kind: 'check', format, references: options.references === true && format !== 'sarif' };
  const results: CheckResult[] = [];
  for await (const outcome of runTask(task, sources, { knowledge, targets, words, threads: options.threads ?? null })) {
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
  } else if (!task.references) process.stdout.write(summaryText(results, words));
  if (problems.some(({ skipped }) => skipped)) return 2;
  return results.some(({ findings }) => findings > 0) ? 1 : 0;
}

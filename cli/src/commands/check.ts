/** `mindport check`: the findings of files and folders, or every reference in them. */
import { Option, type Command } from 'commander';
import { analyseFiles, loadKnowledge, loadParser, type Checked } from '../analyse';
import { collect, isProblem, type Problem } from '../files';
import { findingsJson } from '../formats/json';
import { referenceLines, referenceText } from '../formats/references';
import { sarif } from '../formats/sarif';
import { findingText, summaryText } from '../formats/text';
import { chooseTargets, guarded, targetOptions, type TargetOptions } from '../options';
import type { Words } from '../words';

interface CheckOptions extends TargetOptions {
  format: 'text' | 'json' | 'sarif';
  references?: boolean;
}

export function register(program: Command, words: Words): void {
  const command = program
    .command('check')
    .description(words.tell('cli.check.description'))
    .argument('<path...>', words.tell('cli.paths'))
    .addOption(new Option('--format <format>', words.tell('cli.check.format')).choices(['text', 'json', 'sarif']).default('text'))
    .option('--references', words.tell('cli.check.references'));
  targetOptions(command, words).action((paths: string[], options: CheckOptions) => guarded(() => check(paths, options, words)));
}

/** Prints and returns the exit status: 0 no finding, 1 findings, 2 when something could not be checked. */
async function check(paths: string[], options: CheckOptions, words: Words): Promise<number> {
  const knowledge = loadKnowledge();
  const targets = chooseTargets(options, knowledge.catalog, words);
  const { sources, problems } = collect(paths);
  const tell = (problem: Problem): void => void process.stderr.write(`mindport: ${words.say(problem.message)}\n`);
  problems.forEach(tell);
  const parser = await loadParser();
  const checked: Checked[] = [];
  let findings = 0;
  for (const result of analyseFiles(sources, knowledge, parser, targets)) {
    if (isProblem(result)) {
      tell(result);
      problems.push(result);
      continue;
    }
    findings += result.findings.length;
    if (options.references && options.format !== 'sarif') {
      process.stdout.write(options.format === 'json' ? referenceLines(result, words) : referenceText(result, words));
    } else if (options.format === 'text') {
      for (const finding of result.findings) process.stdout.write(findingText(finding, result, words));
      checked.push({ ...result, context: null as never }); // the tree may go
    } else checked.push(result);
  }
  if (options.format === 'sarif') process.stdout.write(`${JSON.stringify(sarif(checked, problems, words), null, 2)}\n`);
  else if (!options.references && options.format === 'json') {
    process.stdout.write(`${JSON.stringify(findingsJson(checked, problems, targets, words), null, 2)}\n`);
  } else if (!options.references) process.stdout.write(summaryText(checked, words));
  if (problems.some(({ skipped }) => skipped)) return 2;
  return findings > 0 ? 1 : 0;
}

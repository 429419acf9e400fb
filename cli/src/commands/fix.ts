/** `mindport fix`: applies the fixes of files and folders, or shows what they would change. */
import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { composeAll } from '../../../server/src/core/fixes/fix-all';
import { analyseFiles, loadKnowledge, loadParser, type Checked } from '../analyse';
import { collect, isProblem, type Problem } from '../files';
import { chooseTargets, guarded, targetOptions, type TargetOptions } from '../options';
import { unifiedDiff } from '../unified-diff';
import type { Words } from '../words';

interface FixOptions extends TargetOptions {
  review?: boolean;
  safeOnly?: boolean;
  diff?: boolean;
  write?: boolean;
}

export function register(program: Command, words: Words): void {
  const command = program
    .command('fix')
    .description(words.tell('cli.fix.description'))
    .argument('<path...>', words.tell('cli.paths'))
    .addOption(new Option('--safe-only', words.tell('cli.fix.safeOnly')).conflicts('review'))
    .option('--review', words.tell('cli.fix.review'))
    .addOption(new Option('--diff', words.tell('cli.fix.diff')).conflicts('write'))
    .option('--write', words.tell('cli.fix.write'));
  targetOptions(command, words).action((paths: string[], options: FixOptions) => guarded(() => fix(paths, options, words)));
}

/** Exit status: 0 nothing (left) to change, 1 a diff was shown, 2 when something could not be read or written. */
async function fix(paths: string[], options: FixOptions, words: Words): Promise<number> {
  const knowledge = loadKnowledge();
  const targets = chooseTargets(options, knowledge.catalog, words);
  const { sources, problems } = collect(paths);
  const tell = (problem: Problem): void => void process.stderr.write(`mindport: ${words.say(problem.message)}\n`);
  problems.forEach(tell);
  const parser = await loadParser();
  const pending: { checked: Checked; text: string }[] = [];
  let fixes = 0;
  for (const checked of analyseFiles(sources, knowledge, parser, targets)) {
    if (isProblem(checked)) {
      tell(checked);
      problems.push(checked);
      continue;
    }
    // what is suppressed has no finding, and is not fixed either
    const wanted = new Set(checked.findings.map(({ reference }) => reference));
    const safety = options.review ? 'review' : 'safe';
    const composition = composeAll(checked.context, { safety, only: (reference) => wanted.has(reference) });
    if (composition.edits.length === 0) continue;
    fixes += checked.findings.filter((finding) => finding.fix && (finding.fix.safety === 'safe' || finding.fix.safety === safety)).length;
    if (!options.write) process.stdout.write(unifiedDiff(checked.source.shown, checked.text, composition.edits));
    // written when all files are analysed: they are analysed with what they import as it was
    pending.push({ checked, text: composition.text() });
  }
  let written = 0;
  if (options.write) {
    for (const { checked, text } of pending) {
      const path = checked.source.path;
      try {
        replaceFile(path, (checked.marked ? '\ufeff' : '') + text);
        written++;
      } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        const problem = {
          file: checked.source.shown,
          message: { id: 'file.unwritable', args: { file: checked.source.shown, reason } },
          skipped: true,
        };
        tell(problem);
        problems.push(problem);
      }
    }
  }
  const args = { files: String(options.write ? written : pending.length), fixes: String(fixes) };
  const outcome = pending.length === 0 ? 'fix.none' : options.write ? 'fix.written' : 'fix.pending';
  process.stderr.write(`${words.tell(outcome, args)}\n`);
  if (problems.some(({ skipped }) => skipped)) return 2;
  return options.write || pending.length === 0 ? 0 : 1;
}

/** Writes beside the file and renames, so that an interruption leaves the old or the new text, never half of one. */
function replaceFile(path: string, text: string): void {
  const beside = `${path}.mindport-${process.pid}`;
  try {
    writeFileSync(beside, text);
    chmodSync(beside, statSync(path).mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

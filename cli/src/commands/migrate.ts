/** `mindport migrate SRC -o OUT`: a whole program rewritten into another folder, with what it needs to run beside it. */
import { Option, type Command } from 'commander';
import { statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { leftReason } from '../../../server/src/core/fixes/migrate/left-over';
import { migrateFile, type MigratedFile } from '../../../server/src/core/fixes/migrate/migrate-program';
import { migrateNotebook } from '../../../server/src/core/notebook/migrate-notebook';
import { Program } from '../../../server/src/core/project/program';
import type { Reference } from '../../../server/src/core/semantics/reference';
import { LineIndex } from '../../../server/src/core/syntax/line-index';
import { loadKnowledge, loadParser, parseFile } from '../analyse';
import { collect, isProblem, readSource, shownPath, type Contents, type Problem } from '../files';
import { copyOthers, type MigrationNote, OutputFolder, OutputInUse, vendorOperators } from '../migration-output';
import { placeOf } from '../places';
import { chooseTargets, guarded, targetOptions, UsageError, type TargetOptions } from '../options';
import { unifiedDiff } from '../unified-diff';
import { layUserRecords } from '../user-records';
import { VERSION } from '../version';
import type { Words } from '../words';

interface MigrateOptions extends TargetOptions {
  output: string;
  diff?: boolean;
}

export function register(program: Command, words: Words): void {
  const command = program
    .command('migrate')
    .description(words.tell('cli.migrate.description'))
    .argument('<folder>', words.tell('cli.migrate.folder'))
    .addOption(new Option('-o, --output <folder>', words.tell('cli.migrate.output')).makeOptionMandatory())
    .option('--diff', words.tell('cli.migrate.diff'));
  targetOptions(command, words).action((folder: string, options: MigrateOptions) => guarded(() => migrate(folder, options, words)));
}

/** Exit status: 0 nothing is left to do by hand, 1 something is, 2 when something could not be read or written. */
async function migrate(folder: string, options: MigrateOptions, words: Words): Promise<number> {
  const knowledge = loadKnowledge();
  const own = layUserRecords(knowledge.catalog, [folder], options.records, words);
  const targets = chooseTargets(options, knowledge.catalog, words);
  const source = resolve(folder);
  const output = resolve(options.output);
  // a program may be one file
  const root = statSync(source, { throwIfNoEntry: false })?.isFile() ? dirname(source) : source;
  if (output === root || (root === source && output.startsWith(join(source, sep))))
    throw new UsageError(words.tell('migrate.inside', { output: shownPath(output) }));
  const { sources, problems } = collect([source]);
  const tell = (problem: Problem): void => void process.stderr.write(`mindport: ${words.say(problem.message)}\n`);
  problems.unshift(...own);
  problems.forEach(tell);
  const files = sources.flatMap(({ path }) => {
    const read = readSource(path);
    if (!isProblem(read)) return [{ path: relativeTo(root, path), ...read }];
    tell(read);
    problems.push(read);
    return [];
  });
  if (files.length === 0) return 2;
  const parser = await loadParser();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const program = new Program(files, (text, { path }) => parseFile(parser, text, byPath.get(path)!.notebook), knowledge.catalog);
  const migrated = files.flatMap((contents) => {
    const file = program.file(contents.path);
    return file
      ? [
          contents.notebook
            ? migrateNotebook(contents.notebook, file, { catalog: knowledge.catalog, targets })
            : migrateFile(file, { catalog: knowledge.catalog, targets }),
        ]
      : [];
  });
  if (options.diff) for (const { path, before, edits } of migrated) process.stdout.write(unifiedDiff(path, before, edits));
  else {
    try {
      const about = {
        from: basename(source),
        target: targets.map(({ id, version }) => `${id} ${version}`).join(', '),
        version: VERSION,
        files: migrated.length,
        manual: migrated.reduce((sum, { left }) => sum + left.length, 0),
      };
      write(source, output, migrated, new Set(files.filter(({ marked }) => marked).map(({ path }) => path)), about);
    } catch (error) {
      if (error instanceof OutputInUse)
        throw new UsageError(words.tell('migrate.inUse', { output: shownPath(output), files: error.files.slice(0, 5).join(', ') }));
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === undefined || path === undefined) throw error;
      throw new UsageError(words.tell('file.unwritable', { file: shownPath(path), reason: code }));
    }
  }
  return report(migrated, byPath, options.diff ? null : output, problems, words);
}

function write(source: string, output: string, migrated: readonly MigratedFile[], marked: ReadonlySet<string>, about: MigrationNote): void {
  const folder = new OutputFolder(output);
  for (const { path, after } of migrated) folder.add(path, (marked.has(path) ? '\ufeff' : '') + after);
  if (statSync(source).isDirectory()) copyOthers(source, folder, new Set(migrated.map(({ path }) => path)));
  if (migrated.some(({ after }) => /\bmindport_ops\b/.test(after))) vendorOperators(__dirname, folder);
  folder.write(about);
}

/** With more left than this, what is left most often is said at the end. */
const MANY = 20;

function report(
  migrated: readonly MigratedFile[],
  contents: ReadonlyMap<string, Contents>,
  output: string | null,
  problems: readonly Problem[],
  words: Words,
): number {
  const left = new Map<string, number>();
  // what differs in the same way is said once, at its first place
  const differing = new Map<string, { place: string; name: string; note: string; count: number }>();
  for (const file of migrated) {
    const { text, notebook } = contents.get(file.path)!;
    const analysed = { source: { path: file.path, shown: file.path }, text, lines: new LineIndex(text), notebook };
    const placed = ({ span: whole }: Reference): string => {
      const { shown, lines, span } = placeOf(analysed, whole);
      const { line, character } = lines.positionAt(span.start);
      return `${shown}:${line + 1}:${character + 1}`;
    };
    for (const one of file.left) {
      const { reference } = one;
      left.set(reference.name, (left.get(reference.name) ?? 0) + 1);
      process.stdout.write(`${placed(reference)} ${reference.name}: ${leftReason(one, words)}\n`);
    }
    for (const { reference, note } of file.differences) {
      const said = words.choose(note);
      const known = differing.get(said);
      if (known) known.count++;
      else differing.set(said, { place: placed(reference), name: reference.name, note: said, count: 1 });
    }
  }
  for (const { place, name, note, count } of differing.values()) {
    const id = count > 1 ? 'migrate.differsOften' : 'migrate.differs';
    process.stdout.write(`${place} ${name}: ${words.tell(id, { note, more: String(count - 1) })}\n`);
  }
  const manual = [...left.values()].reduce((sum, count) => sum + count, 0);
  if (manual > MANY) {
    const most = [...left].sort((a, b) => b[1] - a[1]).slice(0, 5);
    process.stdout.write(`${words.tell('migrate.most', { names: most.map(([name, count]) => `${name} (${count})`).join(', ') })}\n`);
  }
  const args = {
    files: String(migrated.length),
    changed: String(migrated.filter(({ edits }) => edits.length > 0).length),
    rewritten: String(migrated.reduce((sum, { rewritten }) => sum + rewritten, 0)),
    left: String(manual),
    output: output === null ? '' : shownPath(output),
  };
  process.stdout.write(`${words.tell(output === null ? 'migrate.preview' : 'migrate.written', args)}\n`);
  if (problems.some(({ skipped }) => skipped)) return 2;
  return manual > 0 ? 1 : 0;
}

const relativeTo = (root: string, path: string): string =>
  path
    .slice(root.length + 1)
    .split('\\')
    .join('/');

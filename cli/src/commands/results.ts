/** `mindport results`: runs compared, as a table, CSV, Markdown, LaTeX, JSON or one HTML file; or one of the paper's tables filled from them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { renderStandalone } from '../../../client/webview/standalone/render';
import { writeAtomic } from '../../../runs/src/directory';
import { type RunEngine } from '../../../runs/src/engine';
import { RunError } from '../../../runs/src/errors';
import { settingsPath } from '../../../runs/src/machines/settings';
import { type Language, render } from '../../../runs/src/messages';
import { convergenceRule } from '../../../runs/src/metrics/training';
import { type Comparable, compare } from '../../../runs/src/results/compare';
import { type ComparisonDocument } from '../../../runs/src/results/document';
import { toCsv, toJson, toMarkdown, toTable } from '../../../runs/src/results/export';
import { writeMlflowStore } from '../../../runs/src/results/mlflow-store';
import { buildTable } from '../../../runs/src/results/tables/build';
import { type ChipFacts, parseChips, withUserChips } from '../../../runs/src/results/tables/hardware';
import { tableLatex } from '../../../runs/src/results/tables/latex';
import { tableCsv, tableJson, tableLines, tableMarkdown, textTable } from '../../../runs/src/results/tables/render';
import { runsTable } from '../../../runs/src/results/tables/runs-table';
import { type TableId, tableIds } from '../../../runs/src/results/tables/table';
import { type CommonOptions, type Engines, installation, positiveNumber, runCommand, wholeNumber, withEngines } from './engine';

const formats = ['table', 'csv', 'markdown', 'latex', 'json', 'html', 'mlflow'] as const;

interface ResultsOptions extends CommonOptions {
  baseline?: string;
  format: (typeof formats)[number];
  table?: TableId;
  paper?: boolean;
  chips?: string;
  output?: string;
  out?: string;
  title?: string;
  all?: boolean;
  window: number;
  epsilon: number;
}

export function register(program: Command): void {
  runCommand(program, 'results', 'cli.results.description')
    .argument(
      '[runs...]',
      'ids, beginnings of ids, names or groups, with MACHINE: in front for another machine; of a name the newest run of each kind and set-up',
    )
    .option('--baseline <run>', 'run the others are compared with (default: the first)')
    .addOption(new Option('--format <format>', 'form of the output').choices([...formats]).default('table'))
    .addOption(
      new Option('--table <table>', "one of the paper's tables filled from these runs, or all runs in one").choices([...tableIds, 'runs']),
    )
    .option('--paper', 'with --table: the figures the paper printed beside the measured ones')
    .option('--chips <file>', 'facts about chips that correct those of MindPort (default: chips.json beside machines.json)')
    .option('-o, --output <file>', 'write to a file')
    .option('--out <folder>', 'with --format mlflow: the new folder of the store')
    .option('--title <title>', 'title of the comparison')
    .option('--all', 'compare all runs')
    .option('--window <epochs>', 'convergence: epochs looked ahead', epochCount, convergenceRule.window)
    .option('--epsilon <fraction>', 'convergence: least relative improvement that counts', positiveNumber, convergenceRule.epsilon)
    .action((references: string[], options: ResultsOptions) =>
      withEngines(options, async (engines, language) => {
        const chosen = options.all ? await all(engines, options.on ?? null) : await named(engines, references, options.on ?? null);
        if (chosen.length === 0) throw new RunError('error.no_runs_given');
        const baseline = options.baseline === undefined ? null : await baselineAmong(engines, chosen, options.baseline, options.on ?? null);
        const rule = { window: options.window, epsilon: options.epsilon };
        const rows: Comparable[] = [];
        for (const { engine, id } of chosen) rows.push(await engine.comparable(id, rule));
        const title = options.title ?? render(language, 'export.title');
        const document = compare(rows, { title, createdAt: new Date(), baseline: baseline ?? rows[0]!.summary.id, rule });
        const chips = await userChips(options.chips);
        if (chips.length > 0) document.chips = withUserChips(chips);
        if (options.format === 'mlflow') {
          const folder = options.out ?? options.output;
          if (folder === undefined) throw new RunError('error.mlflow_out');
          await writeMlflowStore(document, resolve(folder));
          process.stderr.write(`${render(language, 'cli.written', { path: folder })}\n`);
          return 0;
        }
        const text = await exported(document, options, language);
        if (options.output === undefined) {
          process.stdout.write(text);
        } else {
          await writeAtomic(resolve(options.output), text);
          process.stderr.write(`${render(language, 'cli.written', { path: options.output })}\n`);
        }
        return 0;
      }),
    );
}

function epochCount(text: string): number {
  return positiveNumber(String(wholeNumber(text)));
}

interface Chosen {
  engine: RunEngine;
  id: string;
}

async function all(engines: Engines, on: string | null): Promise<Chosen[]> {
  const engine = await engines.of(on);
  return (await engine.list()).runs.map(({ id }) => ({ engine, id })).reverse();
}

/** The engine and the run meant by `MACHINE:RUN`, or by `RUN` on the machine of `--on`. */
async function meant(engines: Engines, reference: string, on: string | null): Promise<{ engine: RunEngine; reference: string }> {
  const at = reference.indexOf(':');
  const machine = at > 0 ? (await engines.machines()).machines.find(({ name }) => name === reference.slice(0, at)) : undefined;
  if (machine === undefined) return { engine: await engines.of(on), reference };
  return { engine: await engines.of(machine.name), reference: reference.slice(at + 1) };
}

/** Runs in the order given; a name with several runs stands for the newest of each kind and set-up. */
async function named(engines: Engines, references: string[], on: string | null): Promise<Chosen[]> {
  const chosen = new Map<string, Chosen>();
  for (const given of references) {
    const { engine, reference } = await meant(engines, given, on);
    const newest = new Map<string, string>();
    for (const id of await engine.findAll(reference)) {
      const { kind, name, target, mode, batch, precision, workers } = await engine.spec(id);
      newest.set(JSON.stringify([kind, name, target, mode, batch, precision, workers]), id);
    }
    for (const id of newest.values()) chosen.set(id, { engine, id });
  }
  return [...chosen.values()];
}

async function baselineAmong(engines: Engines, chosen: readonly Chosen[], given: string, on: string | null): Promise<string> {
  const { engine, reference } = await meant(engines, given, on);
  const ids = new Set(chosen.map(({ id }) => id));
  const found = (await engine.findAll(reference)).findLast((id) => ids.has(id));
  if (found === undefined) throw new RunError('error.baseline_absent', { run: given });
  return found;
}

/** The user's own facts about chips; none when there is no file and none was named. */
async function userChips(given: string | undefined): Promise<ChipFacts[]> {
  const path = given === undefined ? join(dirname(settingsPath()), 'chips.json') : resolve(given);
  if (given === undefined && !existsSync(path)) return [];
  try {
    return parseChips(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new RunError('error.bad_chips', { path, reason: error instanceof Error ? error.message.slice(0, 200) : '' });
  }
}

async function exported(document: ComparisonDocument, options: ResultsOptions, language: Language): Promise<string> {
  const { format, table } = options;
  // the page holds all tables
  if (format !== 'html' && (table !== undefined || format === 'latex')) return exportedTable(document, table ?? 'runs', options, language);
  switch (format) {
    case 'csv':
      return toCsv(document);
    case 'markdown':
      return toMarkdown(document, language);
    case 'json':
      return toJson(document);
    case 'html':
      return renderStandalone(document, await pageAssets(), language === 'zh' ? 'zh-cn' : 'en');
    default:
      return toTable(document, language);
  }
}

function exportedTable(document: ComparisonDocument, id: TableId, { format, paper = false }: ResultsOptions, language: Language): string {
  const baseline = document.runs.find((run) => run.id === document.baseline) ?? null;
  const table = id === 'runs' ? runsTable({ ...document, baseline }) : buildTable(id, document, { paper });
  switch (format) {
    case 'csv':
      return tableCsv(table);
    case 'json':
      return tableJson(table, language);
    case 'markdown':
      return tableMarkdown(textTable(table, language));
    case 'latex':
      return tableLatex(textTable(table, language));
    default:
      return tableLines(textTable(table, language));
  }
}

async function pageAssets(): Promise<{ js: string; css: string }> {
  const folder = join(installation(), 'dist');
  const [js, css] = [join(folder, 'webview.js'), join(folder, 'webview.css')];
  for (const path of [js, css]) if (!existsSync(path)) throw new RunError('error.no_page', { path });
  return { js: await readFile(js, 'utf8'), css: await readFile(css, 'utf8') };
}

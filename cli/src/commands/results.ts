/** `mindport results`: runs compared, as a table, CSV, Markdown, JSON or one HTML file. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { renderStandalone } from '../../../client/webview/standalone/render';
import { writeAtomic } from '../../../runs/src/directory';
import { type RunEngine } from '../../../runs/src/engine';
import { RunError } from '../../../runs/src/errors';
import { type Language, render } from '../../../runs/src/messages';
import { convergenceRule } from '../../../runs/src/metrics/training';
import { type ComparisonDocument } from '../../../runs/src/results/document';
import { toCsv, toJson, toMarkdown, toTable } from '../../../runs/src/results/export';
import { type CommonOptions, installation, positiveNumber, runCommand, wholeNumber, withEngine } from './engine';

interface ResultsOptions extends CommonOptions {
  baseline?: string;
  format: 'table' | 'csv' | 'markdown' | 'json' | 'html';
  output?: string;
  title?: string;
  all?: boolean;
  window: number;
  epsilon: number;
}

export function register(program: Command): void {
  runCommand(program, 'results', 'cli.results.description')
    .argument('[runs...]', 'ids, beginnings of ids, names or groups; of a name the newest run of each kind and set-up')
    .option('--baseline <run>', 'run the others are compared with (default: the first)')
    .addOption(new Option('--format <format>', 'form of the output').choices(['table', 'csv', 'markdown', 'json', 'html']).default('table'))
    .option('-o, --output <file>', 'write to a file')
    .option('--title <title>', 'title of the comparison')
    .option('--all', 'compare all runs')
    .option('--window <epochs>', 'convergence: epochs looked ahead', epochCount, convergenceRule.window)
    .option('--epsilon <fraction>', 'convergence: least relative improvement that counts', positiveNumber, convergenceRule.epsilon)
    .action((references: string[], options: ResultsOptions) =>
      withEngine(options, async (engine, language) => {
        const ids = await chosen(engine, references, options.all ?? false);
        if (ids.length === 0) throw new RunError('error.no_runs_given');
        const baseline = options.baseline === undefined ? null : await baselineAmong(engine, ids, options.baseline);
        const rule = { window: options.window, epsilon: options.epsilon };
        const document = await engine.compare(ids, { title: options.title, baseline, rule });
        const text = await exported(document, options.format, language);
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

/** Ids in the order given; a name with several runs stands for the newest of each kind and set-up. */
async function chosen(engine: RunEngine, references: string[], all: boolean): Promise<string[]> {
  if (all) return (await engine.list()).runs.map((run) => run.id).reverse();
  const ids = new Set<string>();
  for (const reference of references) {
    const newest = new Map<string, string>();
    for (const id of await engine.findAll(reference)) {
      const { kind, name, target, mode, batch, precision } = await engine.spec(id);
      newest.set(JSON.stringify([kind, name, target, mode, batch, precision]), id);
    }
    for (const id of newest.values()) ids.add(id);
  }
  return [...ids];
}

async function baselineAmong(engine: RunEngine, ids: string[], reference: string): Promise<string> {
  const meant = await engine.findAll(reference);
  const found = meant.findLast((id) => ids.includes(id));
  if (found === undefined) throw new RunError('error.baseline_absent', { run: reference });
  return found;
}

async function exported(document: ComparisonDocument, format: ResultsOptions['format'], language: Language): Promise<string> {
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

async function pageAssets(): Promise<{ js: string; css: string }> {
  const folder = join(installation(), 'dist');
  const [js, css] = [join(folder, 'webview.js'), join(folder, 'webview.css')];
  for (const path of [js, css]) if (!existsSync(path)) throw new RunError('error.no_page', { path });
  return { js: await readFile(js, 'utf8'), css: await readFile(css, 'utf8') };
}

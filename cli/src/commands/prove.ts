/** `mindport prove`: executes the catalog's examples in both frameworks and writes the evidence. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command } from 'commander';
import { merge, outcomeOf, readEvidence, writeEvidence, type Outcome } from '../prove/evidence';
import { provable, readRecords, select, type Provable } from '../prove/jobs';
import { execute, versionsOf, type Answer } from '../prove/prover';
import { wordsOf } from '../words';

const WORDS = {
  en: {
    description: 'execute catalog examples in PyTorch and MindSpore and record the evidence',
    names: 'APIs, by qualified name or alias; * stands for anything (default: all)',
    changed: 'only APIs whose evidence is missing, stale or failed',
    python: 'interpreter with both frameworks (default: MINDPORT_PYTHON, or the environment made for it)',
    jobs: 'processes with both frameworks, about 700 MB each',
    json: 'print the outcome as JSON',
    lang: 'language of the output: en or zh-cn',
    root: 'No mappings/records above the current folder: run it in a checkout of MindPort.',
    unknown: (names: string) => `No API with executable examples is named ${names}.`,
    nothing: 'Nothing to prove: all evidence is fresh.',
    head: ['API', 'examples', 'forward', 'gradient', 'modes', 'calls'],
    disagree: 'Examples that disagree:',
    total: (apis: number, examples: number, failed: number, seconds: string) =>
      `${apis} APIs, ${examples} examples, ${failed} failed, ${seconds} s`,
    wrote: (path: string) => `evidence: ${path}`,
  },
  zh: {
    description: '在 PyTorch 与 MindSpore 中执行映射目录的示例并记录证据',
    names: '接口全名或别名，* 代表任意内容（默认全部）',
    changed: '仅证据缺失、过期或失败的接口',
    python: '装有两个框架的解释器（默认 MINDPORT_PYTHON，或自动创建的环境）',
    jobs: '同时加载两个框架的进程数，每个约占 700 MB',
    json: '以 JSON 输出结果',
    lang: '输出语言：en 或 zh-cn',
    root: '当前目录及其上级没有 mappings/records：请在 MindPort 的代码仓库中运行。',
    unknown: (names: string) => `没有带可执行示例的接口名为 ${names}。`,
    nothing: '无需验证：所有证据均为最新。',
    head: ['接口', '示例', '前向', '梯度', '模式', '调用'],
    disagree: '不一致的示例：',
    total: (apis: number, examples: number, failed: number, seconds: string) =>
      `${apis} 个接口，${examples} 个示例，${failed} 个失败，用时 ${seconds} 秒`,
    wrote: (path: string) => `证据：${path}`,
  },
};

function words(): (typeof WORDS)['en'] {
  return WORDS[wordsOf(process.argv).language];
}

interface Options {
  changed?: boolean;
  python?: string;
  jobs: string;
  json?: boolean;
}

/** Something the caller must mend: exit status 2. */
class UsageError extends Error {}

/** The checkout whose catalog is proved: the nearest folder above that has one. */
function findRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'mappings', 'records'))) return folder;
    if (dirname(folder) === folder) throw new UsageError(words().root);
  }
}

/** The interpreter given, or that of the environment both frameworks are in; making it shows its progress on stderr. */
function interpreter(root: string, given: string | undefined): string {
  if (given) return given;
  try {
    return execFileSync(process.execPath, [join(root, 'scripts', 'python-env.mjs')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  } catch {
    throw new UsageError(''); // it has said why
  }
}

const figure = (value: number | null): string => (value === null ? '–' : value === 0 ? '0' : value.toExponential(1));

/** Columns a text takes on a terminal: Chinese characters take two. */
const width = (text: string): number => [...text].reduce((sum, character) => sum + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0);

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column]!))));
  const cell = (text: string, column: number): string => {
    const space = ' '.repeat(widths[column]! - width(text));
    return column === 0 ? text + space : space + text;
  };
  return rows.map((row) => row.map(cell).join('  ')).join('\n');
}

function report(outcomes: Record<string, Outcome>, answers: Answer[], seconds: string): string {
  const text = words();
  const rows = Object.entries(outcomes).map(([name, o]) => [
    `${o.ok ? ' ' : '✗'} ${name}`,
    String(o.examples),
    figure(o.forward),
    figure(o.grad),
    o.modes.join('+') || '–',
    String(o.calls),
  ]);
  const failed = answers.filter(({ ok }) => !ok);
  return [
    table([[`  ${text.head[0]}`, ...text.head.slice(1)], ...rows]),
    ...(failed.length > 0 ? ['', text.disagree, ...failed.map(({ id, error }) => `  ${id}: ${error}`)] : []),
    '',
    text.total(rows.length, answers.length, failed.length, seconds),
  ].join('\n');
}

/** Proves the chosen APIs. Returns the exit status: 0 all agreed, 1 not. */
async function prove(patterns: string[], options: Options): Promise<number> {
  const root = findRoot();
  const workers = Number(options.jobs);
  if (!Number.isInteger(workers) || workers < 1) throw new UsageError(`--jobs ${options.jobs}`);
  const all = provable(readRecords(root));
  const { chosen: named, unknown } = select(all, patterns);
  if (unknown.length > 0) throw new UsageError(words().unknown(unknown.join(', ')));
  const python = interpreter(root, options.python);
  const versions = versionsOf(python, root);
  const version = versions.mindspore;
  const path = join(root, 'mappings', 'evidence', `mindspore-${version}-cpu.json`);
  const old = readEvidence(path);
  const stale = ({ name, digest }: Provable): boolean => !old[name]?.ok || old[name].digest !== digest;
  const chosen = options.changed ? named.filter(stale) : named;
  const started = Date.now();
  const jobs = chosen.flatMap((api) => api.jobs);
  let done = 0;
  const answers =
    jobs.length === 0
      ? []
      : await execute(python, root, jobs, Math.min(workers, jobs.length), (answer) => {
          done += 1;
          if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done}/${jobs.length} ${answer.ok ? '' : '✗ '}${answer.id}`);
        });
  if (process.stderr.isTTY && jobs.length > 0) process.stderr.write('\r\x1b[K');
  const order = new Map(jobs.map(({ id }, index) => [id, index]));
  answers.sort((a, b) => order.get(a.id)! - order.get(b.id)!);
  const today = new Date().toLocaleDateString('sv'); // ISO form, local day
  const answered = (api: Provable): Answer[] => answers.filter(({ id }) => api.jobs.some((job) => job.id === id));
  const outcomes = Object.fromEntries(chosen.map((api) => [api.name, outcomeOf(api, answered(api), today)]));
  // read anew: another run may have written, and records been added, while this one executed
  const known = new Set(provable(readRecords(root)).map(({ name }) => name));
  const apis = merge(readEvidence(path), outcomes, known);
  writeEvidence(path, { framework: 'mindspore', version, chip: 'cpu', torch: versions.torch.split('+')[0]!, apis });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (options.json) process.stdout.write(`${JSON.stringify({ versions, seconds: Number(seconds), apis: outcomes, answers })}\n`);
  else if (chosen.length === 0) process.stdout.write(`${words().nothing}\n`);
  else process.stdout.write(`${report(outcomes, answers, seconds)}\n${words().wrote(path)}\n`);
  return answers.every(({ ok }) => ok) ? 0 : 1;
}

/** Adds `prove` to the command line. */
export function register(program: Command): void {
  const text = words();
  program
    .command('prove')
    .description(text.description)
    .argument('[names...]', text.names)
    .option('--changed', text.changed)
    .option('--python <path>', text.python)
    .option('--jobs <n>', text.jobs, String(Math.min(2, availableParallelism())))
    .option('--json', text.json)
    .option('--lang <language>', text.lang)
    .action(async (names: string[], options: Options) => {
      try {
        process.exitCode = await prove(names, options);
      } catch (error) {
        const { message } = error as Error;
        if (message) process.stderr.write(`mindport: ${message}\n`);
        process.exitCode = 2;
      }
    });
}

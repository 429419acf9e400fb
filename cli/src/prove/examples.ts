/** Executes the examples of the chosen APIs and writes the evidence, as it comes: an interrupted run keeps what it had. */
import { join } from 'node:path';
import { UsageError, interpreter } from './checkout';
import { merge, outcomeOf, readEvidence, writeEvidence, type Outcome } from './evidence';
import { provable, readRecords, select, type Job, type Provable } from './jobs';
import { execute, versionsOf, type Answer } from './prover';
import { Rewriter } from './rewriting';
import { figure, table } from './table';
import { words } from './words';

/** The version the examples of the records are written for. */
const RECORDED = '2.10.0';
/** Evidence is written each time that many APIs more are answered. */
const PORTION = 40;

export interface ExampleOptions {
  changed?: boolean;
  mindspore?: string;
  python?: string;
  json?: boolean;
}

/** An API's jobs as they are in another version: rewritten for it; those that no route says there are left out and counted. */
async function inVersion(root: string, apis: Provable[], version: string): Promise<{ apis: Provable[]; without: number }> {
  const rewriter = await Rewriter.load(root, readRecords(root));
  const target = rewriter.target('mindspore@cpu', version);
  let without = 0;
  const rewritten = apis.map((api) => {
    const jobs = api.jobs.flatMap((job): Job[] => {
      const { text, left } = rewriter.rewrite(job, target, 'review');
      if (left.length === 0) return [{ ...job, mindspore: text }];
      without += 1;
      return [];
    });
    return { ...api, jobs };
  });
  return { apis: rewritten.filter(({ jobs }) => jobs.length > 0), without };
}

function report(outcomes: Record<string, Outcome>, answers: Answer[], seconds: string): string {
  const text = words();
  const rows = Object.entries(outcomes).map(([name, o]) => [
    `${o.ok ? ' ' : '✗'} ${name}`,
    String(o.examples),
    figure(o.forward ?? null),
    figure(o.grad ?? null),
    o.modes?.join('+') || '–',
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

/** Proves the chosen APIs. Returns the exit status: 0 all agreed, 1 not. Throws UsageError. */
export async function proveExamples(root: string, patterns: string[], workers: number, options: ExampleOptions): Promise<number> {
  const all = provable(readRecords(root));
  const { chosen: named, unknown } = select(all, patterns);
  if (unknown.length > 0) throw new UsageError(words().unknown(unknown.join(', ')));
  const python = interpreter(root, options.python, options.mindspore);
  const versions = versionsOf(python, root);
  const version = versions.mindspore;
  if (options.mindspore !== undefined && options.mindspore !== version)
    throw new UsageError(words().wrongVersion(python, version, options.mindspore));
  const path = join(root, 'mappings', 'evidence', `mindspore-${version}-cpu.json`);
  const old = readEvidence(path);
  const stale = ({ name, digest }: Provable): boolean => !old[name]?.ok || old[name].digest !== digest;
  const wanted = options.changed ? named.filter(stale) : named;
  const { apis: chosen, without } = version === RECORDED ? { apis: wanted, without: 0 } : await inVersion(root, wanted, version);
  const started = Date.now();
  const jobs = chosen.flatMap((api) => api.jobs);
  const today = new Date().toLocaleDateString('sv'); // ISO form, local day
  const byId = new Map<string, Answer>();
  const answersOf = (api: Provable): Answer[] => api.jobs.flatMap(({ id }) => byId.get(id) ?? []);
  const outcomesOf = (apis: Provable[]): Record<string, Outcome> =>
    Object.fromEntries(apis.map((api) => [api.name, outcomeOf(api, answersOf(api), today)]));
  const written = new Set<string>();
  const write = (): void => {
    const answered = chosen.filter((api) => api.jobs.every(({ id }) => byId.has(id)));
    // what was written before stays as it is: another run may have written something newer in its place
    const news = answered.filter(({ name }) => !written.has(name));
    if (answered.length < chosen.length && news.length < PORTION) return;
    for (const { name } of news) written.add(name);
    // read anew: another run may have written, and records been added, while this one executed
    const known = new Set(provable(readRecords(root)).map(({ name }) => name));
    for (const { name } of wanted) if (!chosen.some((api) => api.name === name)) known.delete(name); // this version has no route for it
    const apis = merge(readEvidence(path), outcomesOf(news), known);
    writeEvidence(path, { framework: 'mindspore', version, chip: 'cpu', torch: versions.torch.split('+')[0]!, apis });
  };
  if (jobs.length > 0)
    await execute(python, root, jobs, Math.min(workers, jobs.length), (answer) => {
      byId.set(answer.id, answer);
      write();
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${byId.size}/${jobs.length} ${answer.ok ? '' : '✗ '}${answer.id}`);
    });
  else write();
  if (process.stderr.isTTY && jobs.length > 0) process.stderr.write('\r\x1b[K');
  const answers = jobs.map(({ id }) => byId.get(id)!);
  const outcomes = outcomesOf(chosen);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (options.json) process.stdout.write(`${JSON.stringify({ versions, seconds: Number(seconds), without, apis: outcomes, answers })}\n`);
  else if (chosen.length === 0) process.stdout.write(`${words().nothing}\n`);
  else process.stdout.write(`${report(outcomes, answers, seconds)}\n${words().wrote(path)}\n`);
  if (without > 0 && !options.json) process.stdout.write(`${words().without(without, version)}\n`);
  return answers.every(({ ok }) => ok) ? 0 : 1;
}

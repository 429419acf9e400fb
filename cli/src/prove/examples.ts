/** Executes the examples of the chosen APIs and writes the evidence, as it comes: an interrupted run keeps what it had. */
import { join } from 'node:path';
import { UsageError, interpreter } from './checkout';
import { concerned } from './concerned';
import { merge, outcomeOf, readEvidence, writeEvidence, type Outcome } from './evidence';
import { provable, readRecords, select, type Job, type Provable } from './jobs';
import { execute, versionsOf, type Answer } from './prover';
import { Rewriter } from './rewriting';
import { figure, table } from './table';
import { variantJobs, variantsOf, type Variants } from './variants';
import { words } from './words';

/** The version the examples of the records are written for. */
export const RECORDED = '2.10.0';
/** Evidence is written each time that many APIs more are answered. */
const PORTION = 40;

export interface ExampleOptions {
  changed?: boolean;
  /** only what needs packages beside PyTorch, in an environment with them; without it, only the rest */
  packages?: boolean;
  /** true: the variants alone, for evidence that is fresh; false: without them; absent: both */
  variants?: boolean;
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

type ReadVariants = (api: Provable, answers: readonly Answer[], jobs: ReadonlyMap<string, Job>) => Partial<Variants>;

/** The variants of each API that has any, and what their answers say. */
async function variantsByApi(root: string, apis: Provable[]): Promise<{ jobs: Map<string, Job[]>; read: ReadVariants }> {
  const records = readRecords(root);
  const rewriter = await Rewriter.load(root, records);
  const byName = new Map(records.map((record) => [record.torch, record]));
  const read: ReadVariants = (api, answers, jobs) => {
    const found = variantsOf(answers, jobs);
    return { ...found, ...concerned(api, byName.get(api.name)!, found, rewriter) };
  };
  return { jobs: new Map(apis.map((api) => [api.name, variantJobs(api, byName.get(api.name)!, rewriter)])), read };
}

/** Whether an API is executed; `changed` and `variants` choose by what is known of it. */
function isWanted(api: Provable, known: Outcome | undefined, withVariants: boolean, { changed, variants }: ExampleOptions): boolean {
  const fresh = known?.digest === api.digest;
  if (variants === true) return fresh && known.ok && !(changed && known.tried !== undefined);
  return !changed || !fresh || !known.ok || (withVariants && known.tried === undefined);
}

/** One field of an object, where it has it. */
const pick = <T extends object, K extends keyof T>(from: T | null, key: K): Partial<T> =>
  from && key in from ? ({ [key]: from[key] } as unknown as Partial<T>) : {};

/** The outcomes as a table, with the examples that disagree. */
export function report(outcomes: Record<string, Outcome>, answers: Answer[], seconds: string): string {
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
  const python = interpreter(root, options.python, options.mindspore, options.packages);
  const versions = versionsOf(python, root);
  const version = versions.mindspore;
  if (options.mindspore !== undefined && options.mindspore !== version)
    throw new UsageError(words().wrongVersion(python, version, options.mindspore));
  const path = join(root, 'mappings', 'evidence', `mindspore-${version}-cpu.json`);
  const old = readEvidence(path);
  const withVariants = version === RECORDED && options.variants !== false;
  const only = options.variants === true;
  const wanted = named.filter(
    (api) => (api.packages ?? false) === (options.packages ?? false) && isWanted(api, old[api.name], withVariants, options),
  );
  const { apis: chosen, without } = version === RECORDED ? { apis: wanted, without: 0 } : await inVersion(root, wanted, version);
  const started = Date.now();
  const other = withVariants ? await variantsByApi(root, chosen) : null;
  const variants = other?.jobs ?? new Map<string, Job[]>();
  const examples = only ? [] : chosen.flatMap((api) => api.jobs);
  // variants last: one that reaches beyond its memory (0-d softmax on the CPU) must not spoil an example in the same process
  const jobs = [...examples, ...chosen.flatMap(({ name }) => variants.get(name) ?? [])];
  const jobById = new Map(jobs.map((job) => [job.id, job]));
  const today = new Date().toLocaleDateString('sv'); // ISO form, local day
  const byId = new Map<string, Answer>();
  const answersOf = (list: readonly Job[]): Answer[] => list.flatMap(({ id }) => byId.get(id) ?? []);
  const outcomeNow = (api: Provable): Outcome => {
    const before = old[api.name]?.digest === api.digest ? old[api.name]! : null;
    const kept: Partial<Outcome> = { ...pick(before, 'tried'), ...pick(before, 'also'), ...pick(before, 'not'), ...pick(before, 'of') };
    const tried = variants.get(api.name) ?? [];
    const more = other && isAnswered(tried) ? other.read(api, answersOf(tried), jobById) : kept;
    if (!only) return outcomeOf(api, answersOf(api.jobs), today, more);
    const { tried: _, also: __, not: ___, of: ____, ...own } = before!;
    return { ...own, ...more };
  };
  const outcomesOf = (apis: Provable[]): Record<string, Outcome> => Object.fromEntries(apis.map((api) => [api.name, outcomeNow(api)]));
  const isAnswered = (list: readonly Job[]): boolean => list.every(({ id }) => byId.has(id));
  // how far an API is: its examples are answered, all is
  const stage = ({ name, jobs }: Provable): number => {
    const rest = isAnswered(variants.get(name) ?? []);
    return rest && (only || isAnswered(jobs)) ? 2 : !only && isAnswered(jobs) ? 1 : 0;
  };
  const written = new Map<string, number>();
  const write = (): void => {
    const stages = new Map(chosen.map((api) => [api.name, stage(api)]));
    // what was written before stays as it is: another run may have written something newer in its place
    const news = chosen.filter(({ name }) => stages.get(name)! > (written.get(name) ?? 0));
    if (chosen.some(({ name }) => stages.get(name)! < 2) && news.length < PORTION) return;
    for (const { name } of news) written.set(name, stages.get(name)!);
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
  const answers = answersOf(examples);
  const tried = answersOf([...variants.values()].flat()).filter(({ refused }) => !refused);
  const outcomes = outcomesOf(chosen);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ versions, seconds: Number(seconds), without, apis: outcomes, answers, variants: tried })}\n`);
  else if (chosen.length === 0) process.stdout.write(`${words().nothing}\n`);
  else process.stdout.write(`${report(outcomes, answers, seconds)}\n${words().wrote(path)}\n`);
  if (withVariants && chosen.length > 0 && !options.json)
    process.stdout.write(
      `${words().variants(tried.length, tried.filter(({ ok }) => ok).length, tried.filter(({ raised }) => raised).length)}\n`,
    );
  if (without > 0 && !options.json) process.stdout.write(`${words().without(without, version)}\n`);
  return answers.every(({ ok }) => ok) ? 0 : 1;
}

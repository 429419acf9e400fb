/** Random calls of safe routes, executed in both frameworks: what disagrees makes the route not safe, or an example. */
import { join } from 'node:path';
import { interpreter, UsageError } from '../checkout';
import { readEvidence } from '../evidence';
import { provable, readRecords, select } from '../jobs';
import { execute, versionsOf } from '../prover';
import { Rewriter } from '../rewriting';
import { table } from '../table';
import { words } from '../words';
import { drawCalls, type DrawnCall } from './draw';
import { compared, disagreements, emptyTally, foremost, isSaid, isSilent, verdictOf, type Finding, type Tally } from './verdict';

export interface FuzzOptions {
  mindspore?: string;
  python?: string;
  json?: boolean;
}

/** How many calls of each API, from which seed, within how many seconds (Infinity: no limit). */
export interface FuzzPlan {
  calls: number;
  seed: number;
  limit: number;
  workers: number;
}

/** One call of each API in turn: whenever the time is up, all had as many. */
function interleaved(lists: readonly DrawnCall[][]): DrawnCall[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, round) => lists.flatMap((list) => list[round] ?? [])).flat();
}

function report(tallies: ReadonlyMap<string, Tally>, findings: readonly Finding[], seconds: string): string {
  const text = words();
  const rows = [...tallies].map(([name, tally]) => [
    `${disagreements(tally) > 0 ? '✗' : ' '} ${name}`,
    String(compared(tally) + tally.refused),
    String(compared(tally)),
    String(tally.refused),
    String(tally.unsaid),
    String(tally.raises),
    String(tally.precision),
    String(tally.extreme),
    String(disagreements(tally)),
  ]);
  const all = [...tallies.values()];
  const sum = (count: (tally: Tally) => number): number => all.reduce((total, tally) => total + count(tally), 0);
  const lines = foremost(findings).map(({ verdict, job, error }) =>
    [`  ${job.id} ${verdict}: ${error}`, `    ${JSON.stringify(job.given)}`, `    ${job.torch}`, `    ${job.mindspore}`].join('\n'),
  );
  return [
    table([[`  ${text.fuzzHead[0]}`, ...text.fuzzHead.slice(1)], ...rows]),
    ...(lines.length > 0 ? ['', text.fuzzFound, ...lines] : []),
    '',
    text.fuzzTotal(
      all.length,
      sum((tally) => compared(tally) + tally.refused),
      sum(compared),
      sum(({ refused }) => refused),
      sum(disagreements),
      seconds,
    ),
  ].join('\n');
}

/** Draws and compares. Returns the exit status: 0 nothing disagrees, 1 something does. Throws UsageError, also when no call could be compared. */
export async function fuzz(root: string, patterns: string[], plan: FuzzPlan, options: FuzzOptions): Promise<number> {
  const records = readRecords(root);
  const { chosen, unknown } = select(
    provable(records).filter((api) => !api.packages),
    patterns,
  );
  if (unknown.length > 0) throw new UsageError(words().unknown(unknown.join(', ')));
  const python = interpreter(root, options.python, options.mindspore);
  const versions = versionsOf(python, root);
  const rewriter = await Rewriter.load(root, records);
  const target = rewriter.target('mindspore@cpu', versions.mindspore);
  const wanted = new Set(chosen.map(({ name }) => name));
  const drawings = records
    .filter(({ torch }) => wanted.has(torch))
    .map((record) => ({ record, drawing: drawCalls(record, rewriter, target, plan.calls, plan.seed) }));
  const tallies = new Map(drawings.map(({ record, drawing }) => [record.torch, emptyTally(drawing.unsaid)]));
  const calls = interleaved(drawings.map(({ drawing }) => drawing.calls));
  const byId = new Map(calls.map((call) => [call.job.id, call]));
  const findings: Finding[] = [];
  const started = Date.now();
  const jobs = calls.map(({ job }) => job);
  if (jobs.length > 0)
    await execute(
      python,
      root,
      jobs,
      Math.min(plan.workers, jobs.length),
      (answer) => {
        const call = byId.get(answer.id)!;
        const verdict = verdictOf(answer, call.job);
        tallies.get(call.record)![verdict] += 1;
        if (verdict !== 'agrees' && verdict !== 'refused') findings.push({ ...call, verdict, error: answer.error ?? '' });
      },
      plan.limit,
    );
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  // in the order of the calls, whoever answered first
  const order = new Map(jobs.map(({ id }, index) => [id, index]));
  findings.sort((a, b) => order.get(a.job.id)! - order.get(b.job.id)!);
  const evidence = readEvidence(join(root, 'mappings', 'evidence', `mindspore-${versions.mindspore}-cpu.json`));
  const limits = new Set(records.flatMap((record) => (record.limits ? [record.torch] : [])));
  const disagreeing = findings.filter(({ verdict }) => isSilent(verdict) || verdict === 'crashes');
  const wrong = disagreeing.filter((finding) => !isSaid(finding, limits, evidence));
  const said = disagreeing.length - wrong.length;
  if (options.json) {
    const apis = Object.fromEntries(tallies);
    process.stdout.write(`${JSON.stringify({ versions, seed: plan.seed, seconds: Number(seconds), said, apis, findings })}\n`);
  } else process.stdout.write(`${report(tallies, wrong, seconds)}\n${said > 0 ? `${words().fuzzSaid(said)}\n` : ''}`);
  if ([...tallies.values()].every((tally) => compared(tally) === 0)) throw new UsageError(words().fuzzNothing);
  return wrong.length > 0 ? 1 : 0;
}

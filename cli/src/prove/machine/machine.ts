/** `mindport prove --target mindspore@ascend910b --on HOST`: the examples executed on the user's own machine, as a run of the run engine. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunEngine, type RunStatus } from '../../../../runs/src/engine';
import { sanitise } from '../../../../runs/src/log';
import { prepare } from '../../../../runs/src/machines/prepare';
import { type Language, render } from '../../../../runs/src/messages';
import type { TargetsData } from '../../../../server/src/core/catalog/targets';
import { evidenceDigest } from '../../../../scripts/evidence-digest.mjs';
import { type Engines } from '../../commands/engine';
import { UsageError } from '../checkout';
import { merge, outcomeOf, readEvidence, writeEvidence, type Outcome } from '../evidence';
import { RECORDED, report } from '../examples';
import { matching, readRecords } from '../jobs';
import { Rewriter } from '../rewriting';
import { words } from '../words';
import { AnswerReader, type ProverHead } from './answers';
import { fill, jobsFor, note, noted, PROGRAM, type Asked } from './asked';

export interface MachineOptions {
  target?: string;
  on?: string;
  mindspore?: string;
  environment?: string;
  /** a run whose answers are merged, in place of a new one */
  collect?: string;
  /** start it and do not wait */
  detach?: boolean;
  json?: boolean;
}

/** Starts a proof on another machine, or takes up one that was started; waits for it and merges what it answers. Returns the exit status. */
export async function proveOn(
  root: string,
  patterns: string[],
  options: MachineOptions & { on: string },
  engines: Engines,
  language: Language,
): Promise<number> {
  const engine = await engines.of(options.on);
  if (options.collect !== undefined) {
    const id = await engine.find(options.collect);
    const asked = await noted(engine.root, id);
    if (asked === null) throw new UsageError(words().notAsked(id));
    return collected(root, engine, id, asked, options, language);
  }
  const { asked, id } = await started(root, patterns, options, engines, engine);
  process.stderr.write(`${words().proofStarted(id, options.on, asked.apis.length)}\n`);
  if (!options.detach) return collected(root, engine, id, asked, options, language);
  process.stdout.write(`${id}\n`);
  return 0;
}

async function started(
  root: string,
  patterns: string[],
  { target: id = `mindspore@cpu`, on, mindspore, environment }: MachineOptions & { on: string },
  engines: Engines,
  engine: RunEngine,
): Promise<{ asked: Asked; id: string }> {
  const records = readRecords(root);
  const { chosen, unknown } = matching(records, patterns);
  if (unknown.length > 0) throw new UsageError(words().unknown(unknown.join(', ')));
  const { framework, chip } = executableTarget(root, id);
  const rewriter = await Rewriter.load(root, records);
  const version = mindspore ?? RECORDED;
  const apis = jobsFor(chosen, rewriter.target(id, version), rewriter);
  if (apis.length === 0) throw new UsageError(words().unknown(patterns.join(', ')));
  const asked: Asked = {
    framework,
    version,
    chip,
    apis: apis.map(({ name, digest, jobs }) => ({ name, digest, ids: jobs.map((job) => job.id) })),
  };
  const folder = await mkdtemp(join(tmpdir(), 'mindport-proof-'));
  try {
    await fill(folder, root, apis);
    const { draft, delivery } = await prepare(await engines.machine(on), {
      name: 'prove',
      group: null,
      kind: 'infer',
      env: { OMP_NUM_THREADS: '1' },
      mode: null,
      precision: null,
      batch: null,
      seed: null,
      hoursPerStep: 6,
      warmupSteps: 1,
      scores: 'program',
      words: [PROGRAM],
      folder,
      cwd: null,
      python: null,
      environment: environment ?? null,
      target: { framework: 'mindspore', devices: 1, ...(chip === 'cpu' ? {} : { chip }) },
      launch: null,
    });
    const spec = await engine.createRun(draft, delivery);
    await note(engine.root, spec.id, asked);
    await engine.start(spec.id);
    return { asked, id: spec.id };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Targets of MindSpore are executed; another framework has nothing to compare. */
function executableTarget(root: string, id: string): { framework: string; chip: string } {
  const { targets } = JSON.parse(readFileSync(join(root, 'mappings', 'targets.json'), 'utf8')) as TargetsData;
  const found = targets.find((target) => `${target.framework}@${target.chip}` === id);
  if (found?.framework !== 'mindspore') throw new UsageError(words().noTarget(id));
  return { framework: found.framework, chip: found.chip };
}

/** Follows the run to its end, reading what it answers; an interrupt leaves it going on. */
async function read(engine: RunEngine, id: string, reader: AnswerReader, jobs: number): Promise<RunStatus | null> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  let last: RunStatus | null = null;
  try {
    for await (const update of engine.watch(id, { signal: stop.signal })) {
      if (update.type === 'state') last = update.status;
      if (update.type === 'link' && update.error !== null && !update.error.transient) throw update.error;
      if (update.type !== 'log' || update.stream !== 'stdout') continue;
      reader.push(update.text, update.replaced);
      if (reader.tooMuch) throw new UsageError(words().tooMuch(id));
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${reader.answers.size}/${jobs}`);
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
  return stop.signal.aborted ? null : last;
}

/** Waits for the answers of a run and merges them. Returns the exit status: 0 all agree, 1 not, 130 interrupted. */
async function collected(
  root: string,
  engine: RunEngine,
  id: string,
  asked: Asked,
  { on, json }: MachineOptions,
  language: Language,
): Promise<number> {
  const startedAt = Date.now();
  const ids = new Set(asked.apis.flatMap((api) => api.ids));
  const reader = new AnswerReader(ids);
  const status = await read(engine, id, reader, ids.size);
  if (status === null) {
    process.stderr.write(`${words().collectLater(id, on ?? '')}\n`);
    return 130;
  }
  if (reader.head === null) {
    const why = status.explanation ? ` ${sanitise(status.explanation)}` : '';
    throw new UsageError(`${words().noAnswer(id, render(language, `state.${status.state}`))}${why}`);
  }
  checkHead(reader.head, asked, on ?? '');
  const { outcomes, changed } = outcomesOf(root, asked, reader);
  const path = join(root, 'mappings', 'evidence', `${asked.framework}-${asked.version}-${asked.chip}.json`);
  const { framework, version, chip } = asked;
  const known = new Set(readRecords(root).map(({ torch }) => torch));
  writeEvidence(path, {
    framework,
    version,
    chip,
    torch: reader.head.torch.split('+')[0]!,
    apis: merge(readEvidence(path), outcomes, known),
  });
  const answers = [...reader.answers.values()];
  const missing = ids.size - answers.length;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ run: id, head: reader.head, apis: outcomes, answers, missing, refused: reader.refused, changed })}\n`,
    );
  } else {
    process.stdout.write(`${report(outcomes, answers, seconds)}\n${words().wrote(path)}\n`);
    if (missing + reader.refused + changed > 0) process.stdout.write(`${words().leftOut(missing, reader.refused, changed)}\n`);
  }
  return missing === 0 && answers.every(({ ok }) => ok) ? 0 : 1;
}

/** What executed must be what was asked for. Throws UsageError. */
function checkHead({ mindspore, device, chip: name }: ProverHead, { version, chip }: Asked, on: string): void {
  if (mindspore !== version) throw new UsageError(words().wrongVersion(on, mindspore, version));
  const fits = chip.startsWith('ascend') ? device === 'Ascend' : device.toLowerCase() === chip;
  // drivers say Ascend910B1, targets ascend910b
  const named = name === null || !chip.startsWith('ascend') || name.toLowerCase().replaceAll(' ', '').startsWith(chip);
  if (!fits || !named) throw new UsageError(words().wrongChip(on, name ?? device, chip));
}

/** Outcomes of the APIs whose every job was answered, and how many records are not any more what was executed. */
function outcomesOf(root: string, asked: Asked, { answers }: AnswerReader): { outcomes: Record<string, Outcome>; changed: number } {
  const today = new Date().toLocaleDateString('sv');
  const digests = new Map(readRecords(root).map((record) => [record.torch, evidenceDigest(record)]));
  const answered = asked.apis.filter(({ ids }) => ids.every((id) => answers.has(id)));
  const fresh = answered.filter(({ name, digest }) => digests.get(name) === digest);
  const outcomes = fresh.map(({ name, digest, ids }): [string, Outcome] => [
    name,
    outcomeOf(
      { name, names: [name], digest, jobs: [] },
      ids.map((id) => answers.get(id)!),
      today,
    ),
  ]);
  return { outcomes: Object.fromEntries(outcomes), changed: answered.length - fresh.length };
}

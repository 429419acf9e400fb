/** The immutable description of a run. Every field is checked when it is made and again when it is read back. */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { isRunId } from './directory';
import { RunError } from './errors';
import { type Launch, type LaunchDraft, checkLaunch, makeLaunch } from './launch/launch';
import { isPassable } from './quote';
import { type RunOrigin } from './results/document';

export type RunKind = 'train' | 'infer';
export type Framework = 'torch' | 'torch_npu' | 'mindspore';
/** How RMSE and ACC printed by the program are computed; ids of `metrics/definitions.ts`. */
export type ScoreDefinition = 'fcn' | 'wb1' | 'wb2' | 'program';

export interface RunSpec {
  version: 1;
  id: string;
  name: string;
  /** runs of one group, framework and chip are shown as one row (train beside infer); the name when null */
  group: string | null;
  kind: RunKind;
  /** the program and its arguments, handed over without a shell */
  argv: string[];
  /** absolute on the machine, or `work` and folders below it: inside the run directory, where code that was sent is put */
  cwd: string;
  /** what is set besides the passed-through variables; secrets are refused */
  env: Record<string, string>;
  /** interpreter used to look at the environment; null for programs that are not Python */
  python: string | null;
  target: { framework: Framework; chip: string; devices: number };
  /** "PyNative" or "graph" for MindSpore, null where it has no meaning or is not known */
  mode: string | null;
  /** as the caller says it, e.g. "fp32", "fp16-mixed"; null when not told */
  precision: string | null;
  batch: number | null;
  seed: number | null;
  /** processes that load data beside each process of the program; absent when not told */
  workers?: number;
  /** hours between two forecast steps */
  hoursPerStep: number;
  /** inference steps dropped before timing when the program does not mark them itself */
  warmupSteps: number;
  scores: ScoreDefinition;
  /** how it is started; null: the program itself, directly on the machine */
  launch: Launch | null;
  /** digest over the program's files by content */
  code: { hash: string; files: number } | null;
  /** what made the program; null when that is not known */
  origin: RunOrigin | null;
  /** name of the machine in the user's settings; null for this one */
  machine: string | null;
  /** shell lines that make the framework usable, sourced before the program; empty for none */
  setup: string;
  /** words put in front of the program or its launcher, such as those that start a container */
  within: string[];
  createdAt: string;
  /** over the canonical JSON of all other fields */
  sha256: string;
}

/** What a caller must give; the rest has defaults. */
export type RunDraft = Pick<RunSpec, 'name' | 'kind' | 'argv' | 'cwd'> &
  Partial<Omit<RunSpec, 'version' | 'id' | 'createdAt' | 'sha256' | 'target' | 'launch'>> & {
    target?: Partial<RunSpec['target']>;
    launch?: LaunchDraft | null;
  };

const frameworks = ['torch', 'torch_npu', 'mindspore'];
const scoreDefinitions = ['fcn', 'wb1', 'wb2', 'program'];
const inWork = /^work(\/|$)/;
const secretName = /TOKEN|SECRET|PASSW|CREDENTIAL|(API|ACCESS|PRIVATE|ACCOUNT|AUTH)_?KEY/i;
// the kernel's limit for one argument (128 KiB with its final NUL)
const longestWord = 131_071;

/** Makes the spec of a new run. Throws a `spec.*` RunError that names the field at fault. */
export function makeSpec(draft: RunDraft, id: string, createdAt: Date = new Date()): RunSpec {
  const { framework = 'torch', chip = 'cpu', devices = 1 } = draft.target ?? {};
  const spec: RunSpec = {
    version: 1,
    id,
    name: draft.name,
    group: draft.group ?? null,
    kind: draft.kind,
    argv: structuredClone(draft.argv),
    cwd: draft.cwd,
    env: { ...draft.env },
    python: draft.python ?? null,
    target: { framework, chip, devices },
    mode: draft.mode ?? null,
    precision: draft.precision ?? null,
    batch: draft.batch ?? null,
    seed: draft.seed ?? null,
    ...(draft.workers == null ? {} : { workers: draft.workers }),
    hoursPerStep: draft.hoursPerStep ?? 6,
    warmupSteps: draft.warmupSteps ?? 1,
    scores: draft.scores ?? 'fcn',
    launch: makeLaunch(draft.launch, devices, chip),
    code: draft.code ?? null,
    origin: draft.origin ?? null,
    machine: draft.machine ?? null,
    setup: draft.setup ?? '',
    within: [...(draft.within ?? [])],
    createdAt: createdAt.toISOString(),
    sha256: '',
  };
  spec.sha256 = digest(spec);
  validate(spec);
  return spec;
}

/** Reads a spec back. Throws `spec.unreadable` for what is no spec, `spec.changed` when its digest does not fit. */
export function parseSpec(text: string, path: string): RunSpec {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunError('spec.unreadable', { path });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RunError('spec.unreadable', { path });
  const spec = value as RunSpec;
  if (spec.version !== 1) throw new RunError('spec.unreadable', { path });
  // fields that came later are absent in older runs; the digest is over what was written
  const full: RunSpec = { ...later, ...spec };
  validate(full);
  if (digest(spec) !== spec.sha256) throw new RunError('spec.changed', { path });
  return full;
}

const later: Pick<RunSpec, 'launch' | 'machine' | 'setup' | 'within' | 'origin'> = {
  launch: null,
  machine: null,
  setup: '',
  within: [],
  origin: null,
};

function digest(spec: RunSpec): string {
  const { sha256: _, ...rest } = spec;
  return createHash('sha256').update(canonical(rest)).digest('hex');
}

/** JSON with sorted keys, so that the digest does not depend on the order of writing. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function validate(spec: RunSpec): void {
  const bad = (field: string): never => {
    throw new RunError('spec.bad_field', { field });
  };
  const label = (value: unknown, field: string): void => {
    if (typeof value !== 'string' || value.trim() === '' || value.length > 200 || /[\u0000-\u001f\u007f-\u009f]/.test(value)) bad(field);
    if (!isPassable(value as string)) throw new RunError('spec.bad_text', { field });
  };
  const word = (value: unknown, field: string): void => {
    if (typeof value !== 'string') bad(field);
    if (!isPassable(value as string)) throw new RunError('spec.bad_text', { field });
    if (Buffer.byteLength(value as string) > longestWord) throw new RunError('spec.too_long', { field });
  };
  const whole = (value: unknown, least: number, most: number, field: string): void => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) bad(field);
  };
  const short = (value: unknown, field: string): void => {
    if (typeof value !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(value)) bad(field);
  };

  if (!isRunId(spec.id)) throw new RunError('error.bad_id', { id: String(spec.id) });
  label(spec.name, 'name');
  if (spec.group !== null) label(spec.group, 'group');
  if (spec.kind !== 'train' && spec.kind !== 'infer') bad('kind');
  if (!Array.isArray(spec.argv) || spec.argv.length === 0 || spec.argv.length > 4096) bad('argv');
  spec.argv.forEach((argument, i) => word(argument, `argv[${i}]`));
  // a program name that starts with a dash would be read as an option of whatever starts it
  if (/^-|^\s*$|\/$/.test(spec.argv[0]!)) bad('argv[0]');
  word(spec.cwd, 'cwd');
  // the machine is a POSIX one, whatever this one is
  if (spec.machine === null ? !isAbsolute(spec.cwd) && !inWork.test(spec.cwd) : !/^\//.test(spec.cwd) && !inWork.test(spec.cwd)) bad('cwd');
  if (/(^|\/)\.\.(\/|$)/.test(spec.cwd) && inWork.test(spec.cwd)) bad('cwd');
  if (typeof spec.env !== 'object' || spec.env === null) bad('env');
  for (const [name, value] of Object.entries(spec.env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) || /^MINDPORT_|^(IFS|LD_PRELOAD|ENV|BASH_ENV)$/.test(name)) {
      throw new RunError('spec.bad_env', { name: name.slice(0, 80) });
    }
    if (secretName.test(name)) throw new RunError('spec.secret', { name });
    word(value, `env.${name}`);
  }
  if (spec.python !== null) {
    word(spec.python, 'python');
    if (/^-|^\s*$|[\n\r]/.test(spec.python)) bad('python');
  }
  if (typeof spec.target !== 'object' || spec.target === null) bad('target');
  if (!frameworks.includes(spec.target.framework)) bad('target.framework');
  short(spec.target.chip, 'target.chip');
  whole(spec.target.devices, 1, 1_000_000, 'target.devices');
  if (spec.mode !== null) short(spec.mode, 'mode');
  if (spec.precision !== null) short(spec.precision, 'precision');
  if (spec.batch !== null) whole(spec.batch, 1, 2 ** 31, 'batch');
  if (spec.seed !== null) whole(spec.seed, -(2 ** 53) + 1, 2 ** 53 - 1, 'seed');
  if (spec.workers !== undefined) whole(spec.workers, 0, 10_000, 'workers');
  if (typeof spec.hoursPerStep !== 'number' || !(spec.hoursPerStep > 0 && spec.hoursPerStep <= 87_600)) bad('hoursPerStep');
  whole(spec.warmupSteps, 0, 1_000_000, 'warmupSteps');
  if (!scoreDefinitions.includes(spec.scores)) bad('scores');
  if (spec.launch != null) checkLaunch(spec.launch, spec.target.devices);
  if (spec.code !== null && (typeof spec.code !== 'object' || !/^[0-9a-f]{64}$/.test(spec.code.hash))) bad('code');
  if (spec.code !== null) whole(spec.code.files, 0, 2 ** 31, 'code.files');
  if (spec.origin !== null) checkOrigin(spec.origin, bad);
  if (spec.machine !== null) label(spec.machine, 'machine');
  word(spec.setup, 'setup');
  if (!Array.isArray(spec.within) || spec.within.length > 200) bad('within');
  spec.within.forEach((argument, i) => word(argument, `within[${i}]`));
  if (spec.within.length > 0 && /^-|^\s*$|\/$/.test(spec.within[0]!)) bad('within[0]');
  if (typeof spec.createdAt !== 'string' || Number.isNaN(Date.parse(spec.createdAt))) bad('createdAt');
}

function checkOrigin({ commit, dirty, migration }: RunOrigin, bad: (field: string) => never): void {
  if (commit !== null && !/^[0-9a-f]{40,64}$/.test(String(commit))) bad('origin.commit');
  if (typeof dirty !== 'boolean') bad('origin.dirty');
  if (migration === null) return;
  for (const text of [migration.from ?? '', migration.target, migration.version]) {
    if (typeof text !== 'string' || text.length > 200 || /[\u0000-\u001f\u007f-\u009f]/.test(text)) bad('origin.migration');
  }
  for (const count of [migration.files, migration.manual]) if (!Number.isSafeInteger(count) || count < 0) bad('origin.migration');
}

/** What a run asks of Slurm. Every value is checked against the characters Slurm's own words are made of, and still enters a shell by `quote` only. */
import { RunError } from '../errors';

export interface SlurmRequest {
  partition: string | null;
  account: string | null;
  qos: string | null;
  /** devices of each node in the site's words, e.g. `dcu:4`, `npu:8`, `gpu:a100:4`; null: by the chip; `none` asks for none */
  gres: string | null;
  /** time limit; null leaves the partition's */
  minutes: number | null;
  cpusPerNode: number | null;
  memoryMiB: number | null;
  constraint: string | null;
  exclusive: boolean;
  /** names of further variables of the login shell the job takes over */
  exports: string[];
}

/** Variables every job takes over from the login shell: where things are, nothing of the person. */
const exported = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'PYTHONPATH',
  'MODULEPATH',
  'MODULESHOME',
  'LOADEDMODULES',
  'SLURM_CONF',
];

const secret = /TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$/i;

/** Throws `spec.bad_field` naming what is wrong. */
export function checkSlurm(request: SlurmRequest): void {
  const bad = (field: string): never => {
    throw new RunError('spec.bad_field', { field: `launch.slurm.${field}` });
  };
  const words: [keyof SlurmRequest, RegExp][] = [
    ['partition', /^[A-Za-z0-9_][\w.,@+-]{0,199}$/],
    ['account', /^[A-Za-z0-9_][\w.@+-]{0,199}$/],
    ['qos', /^[A-Za-z0-9_][\w.@+-]{0,199}$/],
    ['gres', /^[A-Za-z][\w.:,=-]{0,199}$/],
    ['constraint', /^[A-Za-z0-9_([][\w.&|*,()[\]@+!-]{0,199}$/],
  ];
  if (typeof request !== 'object' || request === null) bad('');
  for (const [field, form] of words) {
    const value = request[field];
    if (value !== null && (typeof value !== 'string' || !form.test(value))) bad(field);
  }
  const counts: [keyof SlurmRequest, number][] = [
    ['minutes', 527_040],
    ['cpusPerNode', 65_536],
    ['memoryMiB', 2 ** 31],
  ];
  for (const [field, most] of counts) {
    const value = request[field];
    if (value !== null && (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most)) bad(field);
  }
  if (typeof request.exclusive !== 'boolean') bad('exclusive');
  if (!Array.isArray(request.exports) || request.exports.length > 200) bad('exports');
  for (const name of request.exports) {
    if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) || /^(ALL|NONE|NIL)$/.test(name)) bad('exports');
    if (secret.test(name)) throw new RunError('spec.secret', { name });
  }
}

/** The name a run's job bears: unique, so that a job is found again whatever became of the answer to its submission. */
export function jobName(id: string): string {
  return `mindport-${id}`;
}

/** Options of `sbatch` for run `id` on `nodes` nodes, without those that name files. */
export function sbatchOptions(id: string, nodes: number, request: SlurmRequest): string[] {
  const option = (name: string, value: string | number | null): string[] => (value === null ? [] : [`--${name}=${value}`]);
  return [
    '--parsable',
    `--job-name=${jobName(id)}`,
    '--no-requeue',
    '--open-mode=append',
    '--signal=B:TERM@60',
    `--export=${[...new Set([...exported, ...request.exports])].join(',')}`,
    `--nodes=${nodes}`,
    '--ntasks-per-node=1',
    ...option('gres', request.gres === 'none' ? null : request.gres),
    ...option('partition', request.partition),
    ...option('account', request.account),
    ...option('qos', request.qos),
    ...option('time', request.minutes),
    ...option('cpus-per-task', request.cpusPerNode),
    ...option('mem', request.memoryMiB === null ? null : `${request.memoryMiB}M`),
    ...option('constraint', request.constraint),
    ...(request.exclusive ? ['--exclusive'] : []),
  ];
}

/** The words that start a command once on every node of the job. */
export function srunWords(nodes: number, request: SlurmRequest): string[] {
  return [
    'srun',
    '--kill-on-bad-exit=1',
    '--unbuffered',
    '--quiet',
    `--nodes=${nodes}`,
    `--ntasks=${nodes}`,
    '--ntasks-per-node=1',
    ...(request.cpusPerNode === null ? [] : [`--cpus-per-task=${request.cpusPerNode}`]),
    '--export=ALL',
    '--mpi=none',
  ];
}

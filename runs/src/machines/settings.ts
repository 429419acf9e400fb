/**
 * The machines a person runs on: user settings, never those of a workspace. The editor's settings `mindport.machines` and `mindport.ssh` have the form of the
 * two members of `mindport/machines.json` in the user's configuration folder.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { writeAtomic } from '../directory';
import { RunError } from '../errors';
import { type Launcher, makeLaunch } from '../launch/launch';
import { isPassable } from '../quote';
import { type SlurmRequest, checkSlurm } from '../slurm/request';
import { type SyncLimits, usualLimits } from '../sync/choose';
import { checkHost } from '../transports/ssh/command';

/** How a framework becomes usable on a machine; the parts are done in this order. */
export interface EnvironmentSettings {
  /** words of `module load`, each a module */
  modules: string[];
  /** scripts to source, for example the set_env.sh of a toolkit */
  source: string[];
  /** folder of a conda installation and the environment in it */
  conda: { folder: string; name: string } | null;
  /** folder of a virtual environment */
  venv: string | null;
  /** words put in front of the program, for example apptainer exec image.sif */
  container: string[];
  variables: Record<string, string>;
  /** the interpreter in it */
  python: string;
}

export interface MachineSettings {
  name: string;
  /** alias of the user's ssh configuration, or [user@]host; null: this machine */
  host: string | null;
  /** folder there for runs and code; `~` at its beginning is the home folder */
  root: string;
  /** chip, as targets name it → devices of one node */
  chips: Record<string, number>;
  /** by framework (torch, torch_npu, mindspore) or a name of the user's own */
  environments: Record<string, EnvironmentSettings>;
  launcher: Launcher;
  /** null: programs are started on the host itself */
  slurm: SlurmRequest | null;
  /** name inside the program's folder → absolute path on the machine */
  data: Record<string, string>;
  sync: SyncLimits;
}

export interface Settings {
  machines: MachineSettings[];
  ssh: { program?: string; config?: string };
}

type Fields = Record<string, unknown>;

/** Where the command line looks for the settings. */
export function settingsPath(env: Record<string, string | undefined> = process.env): string {
  const config = env['XDG_CONFIG_HOME'];
  return join(config !== undefined && isAbsolute(config) ? config : join(homedir(), '.config'), 'mindport', 'machines.json');
}

/** Reads the settings of a file; a missing one means no machines. Throws `machine.*` with the field at fault. */
export async function readSettings(path: string): Promise<Settings> {
  let text: string;
  try {
    // whoever may write this file may run programs as its owner
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o022) !== 0) throw new RunError('machine.writable', { path });
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { machines: [], ssh: {} };
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RunError('machine.unreadable', { path, reason: error instanceof Error ? error.message.slice(0, 200) : '' });
  }
  return parseSettings(value);
}

/** Checks the value of the settings. Throws `machine.bad_field` or `machine.unknown_field` with its place. */
export function parseSettings(value: unknown): Settings {
  const top = fields(value, 'settings', ['machines', 'ssh']);
  const ssh = fields(top['ssh'] ?? {}, 'ssh', ['program', 'config']);
  const machines = fields(top['machines'] ?? {}, 'machines', null);
  return {
    machines: Object.entries(machines).map(([name, machine]) => parseMachine(name, machine)),
    ssh: {
      ...(ssh['program'] === undefined ? {} : { program: text(ssh['program'], 'ssh.program') }),
      ...(ssh['config'] === undefined ? {} : { config: text(ssh['config'], 'ssh.config') }),
    },
  };
}

/**
 * Machines of the file and of the editor's setting together. Where both have one of a name, the file's counts: a name means the same machine in the editor and
 * on the command line. `hidden` names those of the setting that do not count.
 */
export function joinSettings(file: Settings, editor: Settings): Settings & { fromEditor: string[]; hidden: string[] } {
  const inFile = new Set(file.machines.map(({ name }) => name));
  const added = editor.machines.filter(({ name }) => !inFile.has(name));
  const names = (machines: readonly MachineSettings[]): string[] => machines.map(({ name }) => name);
  return {
    machines: [...file.machines, ...added],
    ssh: { ...editor.ssh, ...file.ssh },
    fromEditor: names(added),
    hidden: names(editor.machines.filter(({ name }) => inFile.has(name))),
  };
}

/** Puts a machine into the settings file, which is made when there is none. What is there stays; throws as `readSettings` when it cannot be read. */
export async function addMachine(path: string, name: string, machine: object | null): Promise<void> {
  await readSettings(path);
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const value = JSON.parse(text) as { machines?: Record<string, unknown> };
  const machines = machine === null || value.machines?.[name] !== undefined ? {} : { [name]: machine };
  const all = { ...value, machines: { ...value.machines, ...machines } };
  parseSettings(all);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeAtomic(path, `${JSON.stringify(all, null, 2)}\n`);
}

/** The machine called `name`; one that is not in the settings is taken for a host without further settings. */
export function findMachine(settings: Settings, name: string): MachineSettings {
  return settings.machines.find((machine) => machine.name === name) ?? parseMachine(checkHost(name), { host: name });
}

const machineFields = ['host', 'root', 'chips', 'environments', 'launcher', 'slurm', 'data', 'sync'];

function parseMachine(name: string, value: unknown): MachineSettings {
  const machine = fields(value, name, machineFields);
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.:@ -]{0,63}$/u.test(name)) bad(name.slice(0, 80));
  const at = (field: string): string => `${name}.${field}`;
  const host = machine['host'] == null ? null : checkHost(text(machine['host'], at('host')));
  const root = machine['root'] === undefined ? '~/.mindport' : text(machine['root'], at('root'));
  if (!/^(~|~\/.*|\/.+)$/.test(root) || /[\n\r]/.test(root)) bad(at('root'));
  const launcher = machine['launcher'] ?? 'plain';
  if (launcher !== 'plain' && launcher !== 'torchrun' && launcher !== 'msrun') bad(at('launcher'));
  return {
    name,
    host,
    root: root.replace(/\/+$/, ''),
    chips: entries(machine['chips'], at('chips'), (devices, place, chip) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(chip)) bad(place);
      return whole(devices, place, 1, 4096);
    }),
    environments: entries(machine['environments'], at('environments'), parseEnvironment),
    launcher: launcher as Launcher,
    slurm: machine['slurm'] == null ? null : parseSlurm(machine['slurm'], at('slurm')),
    data: entries(machine['data'], at('data'), (path, place, link) => {
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99})?$/.test(link)) bad(place);
      const target = text(path, place);
      return target.startsWith('/') ? target : bad(place);
    }),
    sync: parseSync(machine['sync'], at('sync')),
  };
}

function parseEnvironment(value: unknown, at: string): EnvironmentSettings {
  const it = fields(value, at, ['modules', 'source', 'conda', 'venv', 'container', 'variables', 'python']);
  const conda = it['conda'] == null ? null : fields(it['conda'], `${at}.conda`, ['folder', 'name']);
  const python = it['python'] === undefined ? 'python3' : text(it['python'], `${at}.python`);
  if (python.startsWith('-')) bad(`${at}.python`);
  return {
    modules: words(it['modules'], `${at}.modules`).map((word) => (/^[A-Za-z0-9][\w./+:=-]*$/.test(word) ? word : bad(`${at}.modules`))),
    source: words(it['source'], `${at}.source`),
    conda: conda && { folder: text(conda['folder'], `${at}.conda.folder`), name: text(conda['name'], `${at}.conda.name`) },
    venv: it['venv'] == null ? null : text(it['venv'], `${at}.venv`),
    container: words(it['container'], `${at}.container`),
    variables: entries(it['variables'], `${at}.variables`, (variable, place) => text(variable, place, true)),
    python,
  };
}

const slurmFields = ['partition', 'account', 'qos', 'gres', 'minutes', 'cpusPerNode', 'memoryMiB', 'constraint', 'exclusive', 'exports'];

function parseSlurm(value: unknown, at: string): SlurmRequest {
  const request = makeLaunch({ slurm: fields(value, at, slurmFields) as Partial<SlurmRequest> }, 1)!.slurm!;
  try {
    checkSlurm(request);
  } catch (error) {
    if (error instanceof RunError && error.key === 'spec.bad_field') bad(error.args['field']!.replace(/^launch\.slurm/, at));
    throw error;
  }
  return request;
}

function parseSync(value: unknown, at: string): SyncLimits {
  const sync = fields(value ?? {}, at, ['largestFileMB', 'largestMB', 'ignore']);
  const size = (field: string, usual: number): number =>
    sync[field] === undefined ? usual : whole(sync[field], `${at}.${field}`, 1, 1_000_000) * 1e6;
  return {
    largestFile: size('largestFileMB', usualLimits.largestFile),
    largestAll: size('largestMB', usualLimits.largestAll),
    ignore: words(sync['ignore'], `${at}.ignore`),
  };
}

function bad(field: string): never {
  throw new RunError('machine.bad_field', { field });
}

function fields(value: unknown, at: string, known: readonly string[] | null): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) bad(at);
  for (const name of Object.keys(value as Fields)) {
    if (known !== null && !known.includes(name))
      throw new RunError('machine.unknown_field', { field: `${at}.${name}`, known: known.join(', ') });
  }
  return value as Fields;
}

function text(value: unknown, at: string, empty = false): string {
  if (typeof value !== 'string' || (!empty && value.trim() === '') || value.length > 4096 || !isPassable(value)) bad(at);
  return value as string;
}

function words(value: unknown, at: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > 200) bad(at);
  return (value as unknown[]).map((word, i) => text(word, `${at}[${i}]`));
}

function entries<T>(value: unknown, at: string, parse: (value: unknown, at: string, name: string) => T): Record<string, T> {
  const found = fields(value ?? {}, at, null);
  return Object.fromEntries(Object.entries(found).map(([name, entry]) => [name, parse(entry, `${at}.${name.slice(0, 80)}`, name)]));
}

function whole(value: unknown, at: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) bad(at);
  return value as number;
}

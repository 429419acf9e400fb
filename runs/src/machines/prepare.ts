/** From what a person wants to run and the settings of a machine to what is sent there. */
import { basename } from 'node:path';
import { RunError } from '../errors';
import { type Delivery } from '../engine';
import { type LaunchDraft } from '../launch/launch';
import { type RunDraft } from '../spec';
import { bundleOf } from '../sync/bundle';
import { type Choice, chooseFiles } from '../sync/choose';
import { setupText } from './environment';
import { type EnvironmentSettings, type MachineSettings } from './settings';

export interface Wish extends Omit<RunDraft, 'cwd' | 'python' | 'launch' | 'argv'> {
  /** as typed: a Python script with its arguments, or any program */
  words: readonly string[];
  /** folder of this machine that is sent; null: `cwd` is a folder of the machine */
  folder: string | null;
  /** folder of the machine, or one below `folder` */
  cwd: string | null;
  /** interpreter there, in place of the environment's */
  python: string | null;
  /** name of an environment; null: the framework's */
  environment: string | null;
  launch: LaunchDraft | null;
}

export interface Prepared {
  draft: RunDraft;
  delivery: Delivery;
  /** what is sent and what is left out; null when nothing is */
  choice: Choice | null;
}

const plainEnvironment: EnvironmentSettings = {
  modules: [],
  source: [],
  conda: null,
  venv: null,
  container: [],
  variables: {},
  python: 'python3',
};

/** Reads and packs the folder; sends nothing. Throws `machine.no_environment`, `machine.too_many_devices`, `sync.*`. */
export async function prepare(machine: MachineSettings, wish: Wish): Promise<Prepared> {
  const { words, folder, cwd, python: asked, environment: named, launch, ...draft } = wish;
  const framework = draft.target?.framework ?? 'torch';
  const environment = machine.environments[named ?? framework] ?? (named === null ? plainEnvironment : missing(machine, named));
  const devices = draft.target?.devices ?? 1;
  const chip = draft.target?.chip ?? Object.keys(machine.chips)[0] ?? 'cpu';
  const nodes = launch?.nodes ?? 1;
  const perNode = machine.chips[chip];
  if (perNode !== undefined && devices > perNode * nodes) {
    const args = { machine: machine.name, chip, devices: String(perNode), wanted: String(devices) };
    throw new RunError('machine.too_many_devices', args);
  }
  const python = asked ?? environment.python;
  const choice = folder === null ? null : await chooseFiles(folder, machine.sync);
  const code = folder === null || choice === null ? null : await bundleOf(folder, choice.files);
  const started: LaunchDraft | null =
    launch === null && machine.slurm === null && machine.launcher === 'plain'
      ? null
      : { launcher: machine.launcher, ...launch, slurm: machine.slurm === null ? null : { ...machine.slurm, ...launch?.slurm } };
  return {
    draft: {
      ...draft,
      name: draft.name || basename(folder ?? cwd ?? machine.name),
      argv: remoteCommand(words, python),
      cwd: folder === null ? (cwd ?? missingFolder()) : cwd === null ? 'work' : `work/${cwd}`,
      python: words.some((word) => /\.py$|^python3?$|^-[mc]$/.test(word)) ? python : asked,
      env: { ...environment.variables, ...draft.env },
      setup: setupText(environment),
      within: environment.container,
      target: { framework, chip, devices },
      launch: started,
      ...(folder === null ? { code: null } : {}),
    },
    delivery: { folder, code, links: folder === null ? {} : machine.data },
    choice,
  };
}

function missing(machine: MachineSettings, name: string): never {
  const known = Object.keys(machine.environments).join(', ') || '-';
  throw new RunError('machine.no_environment', { machine: machine.name, name, known });
}

function missingFolder(): never {
  throw new RunError('machine.no_folder');
}

/** The command over there: a script or an option gets the interpreter of the environment in front, the word "python" becomes it. */
function remoteCommand(words: readonly string[], python: string): string[] {
  const first = words[0];
  if (first === undefined) throw new RunError('error.no_program');
  if (/\.py$/i.test(first) || first.startsWith('-')) return [python, ...words];
  return /^python3?$/.test(first) ? [python, ...words.slice(1)] : [...words];
}

/** What a person chose in a form, as a run on this machine or on another one. */
import { type Launcher, type LaunchDraft } from '../launch/launch';
import { chipKind } from '../launch/chips';
import { pythonCommand } from '../preflight';
import { type Framework, type RunKind } from '../spec';
import { hasEnergyCounter } from './here';
import { type Prepared, prepare } from './prepare';
import { type MachineSettings } from './settings';

export interface RunChoice {
  kind: RunKind;
  name: string;
  group: string;
  /** the script and its arguments, as typed */
  words: readonly string[];
  /** folder of this machine with the program; it is sent to another machine */
  folder: string;
  framework: Framework;
  chip: string;
  devices: number;
  precision: string | null;
  batch: number | null;
  seed?: number;
  workers?: number;
  /** null: the machine's */
  launcher: Launcher | null;
  nodes: number;
  /** name of an environment of the machine; null: the framework's */
  environment: string | null;
  env: Record<string, string>;
  /** seconds between two samples of power and load; null: none */
  telemetry: number | null;
}

/** Whether power is measured without being asked for: accelerators have sensors, a processor's counter mostly is root's alone. */
export async function hasSampler(machine: MachineSettings | null, chip: string): Promise<boolean> {
  return chipKind(chip) !== 'cpu' || (machine === null && (await hasEnergyCounter()));
}

/** The launcher that is usual for a number of devices. */
export function usualLauncher(framework: Framework, devices: number): Launcher {
  return devices === 1 ? 'plain' : framework === 'mindspore' ? 'msrun' : 'torchrun';
}

/**
 * Makes the draft of a run and packs what is sent. `machine` null is this machine, where `python` runs Python programs. Throws as `prepare`, or
 * `error.no_python`.
 */
export async function preparedChoice(choice: RunChoice, machine: MachineSettings | null, python: string | null): Promise<Prepared> {
  const { words, folder, framework, chip, devices, launcher, nodes, environment, telemetry, ...described } = choice;
  const target = { framework, chip, devices };
  const launch: LaunchDraft | null =
    (launcher === null || launcher === 'plain') && telemetry === null && nodes === 1
      ? null
      : {
          ...(launcher === null ? {} : { launcher }),
          ...(nodes === 1 ? {} : { nodes }),
          telemetry: telemetry === null ? null : { seconds: telemetry },
        };
  if (machine !== null)
    return prepare(machine, {
      ...described,
      words,
      folder,
      cwd: null,
      python: null,
      environment,
      target,
      launch: plainAsked(launcher, launch),
    });
  return {
    draft: { ...described, argv: pythonCommand(words, python), cwd: folder, python, target, launch },
    delivery: { folder: null, code: null, links: {} },
    choice: null,
  };
}

/** A machine may have a launcher of its own: who chose none at all is heard. */
function plainAsked(launcher: Launcher | null, launch: LaunchDraft | null): LaunchDraft | null {
  return launcher === 'plain' && launch === null ? { launcher } : launch;
}

/** How a program is started: by which launcher, on how many nodes, measured how, through a scheduler or not. A part of the run's description. */
import { RunError } from '../errors';
import { type SlurmRequest, checkSlurm } from '../slurm/request';
import { chipKind, defaultGres } from './chips';

export type Launcher = 'plain' | 'torchrun' | 'msrun';

export interface Launch {
  /** plain: the program as it is, once a node */
  launcher: Launcher;
  nodes: number;
  /** processes on each node, one a device; 1 for plain */
  perNode: number;
  /** ids of the devices to use on each node; null: those the scheduler gives, else the first ones */
  deviceIds: number[] | null;
  /** sampling of power and load beside the program; null: none */
  telemetry: { seconds: number } | null;
  /** null: started directly on the machine */
  slurm: SlurmRequest | null;
}

export type LaunchDraft = Partial<Omit<Launch, 'slurm'>> & { slurm?: Partial<SlurmRequest> | null };

const noSlurm: SlurmRequest = {
  partition: null,
  account: null,
  qos: null,
  gres: null,
  minutes: null,
  cpusPerNode: null,
  memoryMiB: null,
  constraint: null,
  exclusive: false,
  exports: [],
};

/** A launch with its defaults. `devices` is the number of the whole run; it is shared out evenly over the nodes, and asked for in the usual words. */
export function makeLaunch(draft: LaunchDraft | null | undefined, devices: number, chip = 'cpu'): Launch | null {
  if (draft === null || draft === undefined) return null;
  const { launcher = 'plain', nodes = 1, deviceIds = null, telemetry = null } = draft;
  const share = Math.max(1, Math.ceil(devices / Math.max(1, nodes)));
  const slurm = draft.slurm ? { ...noSlurm, ...draft.slurm } : null;
  if (slurm !== null) slurm.gres ??= defaultGres(chipKind(chip), share);
  return { launcher, nodes, perNode: draft.perNode ?? (launcher === 'plain' ? 1 : share), deviceIds, telemetry, slurm };
}

/** Throws `spec.bad_field` naming what is wrong. */
export function checkLaunch(launch: Launch, devices: number): void {
  const bad = (field: string): never => {
    throw new RunError('spec.bad_field', { field: `launch.${field}` });
  };
  const count = (value: unknown, most: number): boolean =>
    Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most;
  if (typeof launch !== 'object' || launch === null) bad('launcher');
  if (!['plain', 'torchrun', 'msrun'].includes(launch.launcher)) bad('launcher');
  if (!count(launch.nodes, 100_000)) bad('nodes');
  if (!count(launch.perNode, 4096)) bad('perNode');
  if (launch.launcher !== 'plain' && launch.nodes * launch.perNode !== devices) bad('perNode');
  if (launch.nodes > 1 && launch.slurm === null) bad('nodes');
  if (launch.deviceIds !== null) {
    if (!Array.isArray(launch.deviceIds) || launch.deviceIds.length === 0 || launch.deviceIds.length > 4096) bad('deviceIds');
    if (!launch.deviceIds.every((id) => Number.isSafeInteger(id) && id >= 0 && id < 4096)) bad('deviceIds');
  }
  const { telemetry } = launch;
  if (telemetry !== null) {
    if (typeof telemetry !== 'object' || typeof telemetry.seconds !== 'number') bad('telemetry');
    if (!(telemetry.seconds >= 0.1 && telemetry.seconds <= 3600)) bad('telemetry.seconds');
  }
  if (launch.slurm !== null) checkSlurm(launch.slurm);
}

/** Rows on this machine and on those of the user's settings. */
import { type Delivery, type RunEngine } from '../engine';
import { chipKind, visibleVariable } from '../launch/chips';
import { devicesHere } from '../machines/here';
import { prepare } from '../machines/prepare';
import { type MachineSettings } from '../machines/settings';
import { pythonCommand } from '../preflight';
import { type RunDraft } from '../spec';
import { statedBy } from '../stated';
import { type DevicePool, devicesOfVariable } from './devices';
import { type SweepPlace } from './drive';
import { type Sweep, type SweepRow } from './plan';

/** Engines and settings, wherever they are kept. */
export interface Machines {
  /** of this machine for null */
  engine(machine: string | null): Promise<RunEngine>;
  settings(machine: string): Promise<MachineSettings>;
  /** interpreter for rows of this machine that name none */
  python: string | null;
}

export class MachinesPlace implements SweepPlace {
  constructor(private readonly machines: Machines) {}

  engine(machine: string | null): Promise<RunEngine> {
    return this.machines.engine(machine);
  }

  /** The devices rows of this kind share on their machine; null where nothing is shared out: on the processor, by a scheduler, by the row itself. */
  async pool({ machine, values, env, launch }: SweepRow): Promise<DevicePool | null> {
    const kind = chipKind(values.chip);
    const variable = visibleVariable(kind);
    if (variable === null || env[variable] !== undefined || launch?.deviceIds != null) return null;
    if (machine === null) return { ids: devicesOfVariable(process.env[variable]) ?? (await devicesHere(kind)) };
    const { slurm, chips, environments } = await this.machines.settings(machine);
    if (slurm !== null) return null;
    const set = devicesOfVariable(environments[values.framework]?.variables[variable]);
    const count = chips[values.chip];
    return { ids: set ?? (count === undefined ? null : Array.from({ length: count }, (_, i) => i)) };
  }

  async draft(sweep: Sweep, row: SweepRow): Promise<{ draft: RunDraft; delivery: Delivery }> {
    const { framework, chip, devices, precision } = row.values;
    const stated = statedBy(row.words, devices);
    const batch = row.values.batch ?? stated.batch ?? null;
    const seed = row.values.seed ?? stated.seed ?? null;
    const workers = row.values.workers ?? stated.workers ?? null;
    const common = {
      name: row.name,
      group: row.name,
      kind: sweep.kind,
      env: row.env,
      target: { framework, chip, devices },
      batch,
      precision,
      seed,
      ...(workers === null ? {} : { workers }),
      launch: row.launch,
    };
    if (row.machine !== null) {
      const machine = await this.machines.settings(row.machine);
      const wish = { ...common, words: row.words, folder: row.folder, cwd: null, python: row.python, environment: null };
      // a time limit is Slurm's: a machine without it has none
      const launch = row.launch !== null && machine.slurm === null ? { ...row.launch, slurm: null } : row.launch;
      return prepare(machine, { ...wish, launch });
    }
    const python = row.python ?? this.machines.python;
    return {
      draft: { ...common, argv: pythonCommand(row.words, python), cwd: row.folder, python, launch: { ...row.launch, slurm: null } },
      delivery: { folder: null, code: null, links: {} },
    };
  }
}

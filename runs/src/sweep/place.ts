/** Rows on this machine and on those of the user's settings. */
import { join } from 'node:path';
import { type Delivery, RunEngine } from '../engine';
import { connect } from '../machines/connect';
import { prepare } from '../machines/prepare';
import { type Settings, findMachine } from '../machines/settings';
import { type Language } from '../messages';
import { pythonCommand } from '../preflight';
import { type RunDraft } from '../spec';
import { libraryBundle } from '../sync/bundle';
import { type SweepPlace } from './drive';
import { type Sweep, type SweepRow } from './plan';

export interface Places {
  local: RunEngine;
  settings: Settings;
  /** interpreter for rows of this machine that name none */
  python: string | null;
  /** folder of this installation that holds the Python packages */
  packages: string;
  language: Language;
}

export class MachinesPlace implements SweepPlace {
  private readonly engines = new Map<string, RunEngine>();

  constructor(private readonly places: Places) {}

  engine(machine: string | null): Promise<RunEngine> {
    const { local, settings, packages, language } = this.places;
    if (machine === null) return Promise.resolve(local);
    const known = this.engines.get(machine);
    if (known !== undefined) return Promise.resolve(known);
    const { transport } = connect(findMachine(settings, machine), settings);
    const library = (): ReturnType<typeof libraryBundle> => libraryBundle(packages, ['mindport_run']);
    const engine = new RunEngine({ root: local.root, helper: join(packages, 'mindport_run'), transport, library, language });
    this.engines.set(machine, engine);
    return Promise.resolve(engine);
  }

  async draft(sweep: Sweep, row: SweepRow): Promise<{ draft: RunDraft; delivery: Delivery }> {
    const { framework, chip, devices, batch, precision, seed } = row.values;
    const common = {
      name: row.name,
      group: row.name,
      kind: sweep.kind,
      env: row.env,
      target: { framework, chip, devices },
      batch,
      precision,
      seed,
      launch: row.launch,
    };
    if (row.machine !== null) {
      const machine = findMachine(this.places.settings, row.machine);
      const wish = { ...common, words: row.words, folder: row.folder, cwd: null, python: row.python, environment: null };
      // a time limit is Slurm's: a machine without it has none
      const launch = row.launch !== null && machine.slurm === null ? { ...row.launch, slurm: null } : row.launch;
      return prepare(machine, { ...wish, launch });
    }
    const python = row.python ?? this.places.python;
    return {
      draft: { ...common, argv: pythonCommand(row.words, python), cwd: row.folder, python, launch: { ...row.launch, slurm: null } },
      delivery: { folder: null, code: null, links: {} },
    };
  }

  async close(): Promise<void> {
    for (const engine of this.engines.values()) await engine.close();
  }
}

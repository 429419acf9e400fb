/** Which devices a single run gets where no scheduler gives them: free ones, that neither another run of the person nor another program uses. */
import { execFile } from 'node:child_process';
import { RunError } from '../errors';
import { chipKind, visibleVariable } from '../launch/chips';
import { type RunStatus } from '../look';
import { type Language, render } from '../messages';
import { type RunDraft } from '../spec';
import { busyDevices, devicesOfVariable, freeDevices, holderOf } from '../sweep/devices';
import { type Shell } from '../transport';
import { devicesHere } from './here';
import { type ToolLook, parseUse, useScript } from './device-use';
import { type MachineSettings } from './settings';

export interface DeviceChoice {
  ids: number[];
  /** devices that were passed over: number → name of the run there; null: another program */
  taken: Map<number, string | null>;
  /** whether the vendor's tool told what others use */
  told: boolean;
}

/** Where a run would be, and what is known of it. */
export interface DevicePlace {
  /** null: this machine */
  machine: MachineSettings | null;
  /** runs there, as they are now */
  runs: readonly RunStatus[];
  /** runs a script there and gives its output; empty where it failed */
  run: (script: string) => Promise<string>;
}

/**
 * Chooses devices for `draft`; null where nothing is to be chosen: on the processor, under a scheduler, by a variable or a number the person has set. Throws
 * `devices.not_free` with what is in the way.
 */
export async function chooseDevices(draft: RunDraft, { machine, runs, run }: DevicePlace): Promise<DeviceChoice | null> {
  const { chip = 'cpu', devices = 1, framework = 'torch' } = draft.target ?? {};
  const variable = visibleVariable(chipKind(chip));
  const script = useScript(chip);
  if (variable === null || script === null || machine?.slurm != null || draft.launch?.deviceIds != null) return null;
  const settings = machine?.environments[framework]?.variables[variable];
  if (draft.env?.[variable] !== undefined && draft.env[variable] !== settings) return null;
  // named in another way than by number: the program keeps to it
  const site = machine === null ? process.env[variable] : settings;
  if (site !== undefined && site !== '' && devicesOfVariable(site) === null) return null;
  const look = parseUse(chip, await run(script));
  const pool = await poolOf(machine, chip, settings, look);
  const busy = busyDevices(chip, runs, '');
  const free = freeDevices({ ids: pool }, devices, new Set([...busy, ...look.busy]));
  const asked = pool ?? [...new Set([...busy, ...look.busy])].sort((a, b) => a - b);
  const taken = new Map(asked.filter((id) => busy.has(id) || look.busy.has(id)).map((id) => [id, holderOf(id, chip, runs)]));
  if (free === null)
    throw new RunError('devices.not_free', {
      wanted: String(devices),
      chip,
      taken: takenText(taken, 'en'),
      count: String(asked.length - taken.size),
    });
  return { ids: free, taken, told: look.all !== null };
}

/** Devices that may be given out, by number; null: nobody tells how many there are. */
async function poolOf(
  machine: MachineSettings | null,
  chip: string,
  variable: string | undefined,
  look: ToolLook,
): Promise<number[] | null> {
  const set = devicesOfVariable(machine === null ? process.env[visibleVariable(chipKind(chip))!] : variable);
  if (set !== null) return set;
  const count = machine?.chips[chip];
  if (count !== undefined) return Array.from({ length: count }, (_, i) => i);
  return look.all ?? (machine === null ? devicesHere(chipKind(chip)) : null);
}

/** `draft` on these devices. */
export function onDevices(draft: RunDraft, { ids }: DeviceChoice): RunDraft {
  return { ...draft, launch: { ...draft.launch, deviceIds: ids } };
}

/** What was chosen and why, for the preview. */
export function choiceLine({ ids, taken, told }: DeviceChoice, language: Language): string {
  const parts = [render(language, 'devices.chosen', { ids: ids.join(', ') })];
  if (taken.size > 0) parts.push(render(language, 'devices.passed_over', { taken: takenText(taken, language) }));
  if (!told) parts.push(render(language, 'devices.not_told'));
  return parts.join(language === 'zh' ? '' : ' ');
}

function takenText(taken: DeviceChoice['taken'], language: Language): string {
  const shown = [...taken].slice(0, 32).map(([id, name]) => `${id}: ${name ?? render(language, 'devices.other_program')}`);
  return shown.join('; ');
}

/** Throws `devices.taken` when a run has taken one of the devices since they were chosen. */
export function stillFree(chip: string, { ids }: DeviceChoice, runs: readonly RunStatus[]): void {
  const busy = busyDevices(chip, runs, '');
  const lost = ids.filter((id) => busy.has(id));
  if (lost.length > 0) throw new RunError('devices.taken', { ids: lost.join(', ') });
}

/** Runs a script on a machine behind a shell, or on this one; what fails tells nothing. */
export function deviceAsker(shell: Shell | null): DevicePlace['run'] {
  if (shell !== null) return async (script) => (await shell.run(script, { timeoutMs: 60_000, most: 400_000 })).stdout.toString();
  const limits = { timeout: 60_000, maxBuffer: 400_000 };
  return (script) => new Promise((done) => execFile('/bin/sh', ['-c', script], limits, (_, stdout) => done(stdout)));
}

/** What this machine is made of, as far as it can be told without starting a program. */
import { access, constants, readdir } from 'node:fs/promises';
import { type ChipKind } from '../launch/chips';

/** Names of device files by kind. Those of DCUs are those of AMD GPUs and tell neither. */
const deviceFiles: Partial<Record<ChipKind, RegExp>> = { gpu: /^nvidia(\d+)$/, npu: /^davinci(\d+)$/ };

/** The devices of a kind this machine has, by number; null where that cannot be told. */
export async function devicesHere(kind: ChipKind, folder = '/dev'): Promise<number[] | null> {
  const form = deviceFiles[kind];
  if (form === undefined) return null;
  const names = await readdir(folder).catch(() => [] as string[]);
  const found = names.flatMap((name) => (form.test(name) ? [Number(form.exec(name)![1])] : []));
  return found.length === 0 ? null : found.sort((a, b) => a - b);
}

/** Chips of this machine as settings would name them: chip → devices; the processor is not among them. */
export async function chipsHere(folder = '/dev'): Promise<Record<string, number>> {
  const chips: Record<string, number> = {};
  const [gpus, npus] = [await devicesHere('gpu', folder), await devicesHere('npu', folder)];
  if (gpus !== null) chips['nvidia'] = gpus.length;
  if (npus !== null) chips['ascend910b'] = npus.length;
  return chips;
}

/** Whether the processor's energy counter can be read here; mostly it is root's alone. */
export async function hasEnergyCounter(folder = '/sys/class/powercap'): Promise<boolean> {
  return access(`${folder}/intel-rapl:0/energy_uj`, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Which devices of a machine are at work, as its vendor's tool tells: what other people and programs use is not known to any run directory. */
import { chipKind } from '../launch/chips';

/** Above these a device is taken for used, where no process is shown: other containers hide theirs. */
const busyMemoryMB = 1500;
const busyMemoryPercent = 5;
const busyPercent = 20;
const mostDevices = 4096;

export interface ToolLook {
  /** numbers of all devices the tool shows, as `*_VISIBLE_DEVICES` counts them; null: there is no such tool, or it failed */
  all: number[] | null;
  busy: Set<number>;
}

/** The sh text that asks the tool for devices of `chip`'s kind; null for the processor. It only reads. */
export function useScript(chip: string): string | null {
  switch (chipKind(chip)) {
    case 'gpu':
      return `timeout 20 nvidia-smi --query-gpu=index,uuid,memory.used,utilization.gpu --format=csv,noheader,nounits
echo @apps
timeout 20 nvidia-smi --query-compute-apps=gpu_uuid --format=csv,noheader`;
    case 'npu':
      return 'timeout 20 npu-smi info';
    case 'dcu':
      return 'for tool in hy-smi /opt/hyhal/bin/hy-smi rocm-smi; do timeout 20 "$tool" --showuse --showmemuse --json && break; done';
    case 'cpu':
      return null;
  }
}

/** Reads what `useScript` printed; text of another kind tells of no device. */
export function parseUse(chip: string, text: string): ToolLook {
  const read = { gpu: nvidia, npu: ascend, dcu: hygon, cpu: () => [] }[chipKind(chip)](text.slice(0, 400_000));
  const found = read.filter(({ id }) => Number.isSafeInteger(id) && id < mostDevices);
  if (found.length === 0) return { all: null, busy: new Set() };
  return { all: found.map(({ id }) => id), busy: new Set(found.filter(({ busy }) => busy).map(({ id }) => id)) };
}

type Used = { id: number; busy: boolean }[];

function nvidia(text: string): Used {
  const [devices = '', apps = ''] = text.split(/^@apps$/m);
  const working = new Set(apps.split('\n').map((line) => line.trim()));
  return [...devices.matchAll(/^\s*(\d{1,4}), *(\S+?), *(\S+), *(.+)$/gm)].map(([, id, uuid, memory, load]) => ({
    id: Number(id),
    busy: working.has(uuid!) || Number(memory) > busyMemoryMB || Number(load) > busyPercent,
  }));
}

/** The table of `npu-smi info`: two lines a chip, then the processes by card and chip. Chips are counted in the order of the table. */
function ascend(text: string): Used {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
  const chips: { card: string; chip: string; id: number; load: number }[] = [];
  const working = new Set<string>();
  let card = '';
  for (const [first = '', second = '', third = ''] of rows) {
    const [one = '', two = ''] = first.split(/\s+/);
    if (/^(OK|Warning|Alarm|Critical|UNKNOWN)$/i.test(second)) card = one;
    else if (/^([\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.\d|NA)$/i.test(second) && /^\d{1,4}$/.test(one)) {
      const id = /^\d{1,4}$/.test(two) ? Number(two) : chips.length;
      chips.push({ card, chip: one, id, load: Number(third.split(/\s+/)[0]) });
    } else if (/^\d{1,4}\s+\d{1,4}$/.test(first) && /^\d+$/.test(second)) working.add(`${one} ${two}`);
  }
  return chips.map(({ card: of, chip, id, load }) => ({ id, busy: working.has(`${of} ${chip}`) || load > busyPercent }));
}

/** JSON that may lack commas: read by its keys. */
function hygon(text: string): Used {
  const cards = text.split(/"card(?=\d{1,4}"\s*:)/).slice(1);
  const percent = (card: string, key: RegExp): number => Number(key.exec(card)?.[1] ?? 0);
  return cards.map((card) => ({
    id: Number.parseInt(card, 10),
    busy:
      percent(card, /"(?:DCU|HCU|GPU) use \(%\)"\s*:\s*"([\d.]+)"/) > busyPercent ||
      percent(card, /"(?:DCU|HCU|GPU) memory use \(%\)"\s*:\s*"([\d.]+)"/) > busyMemoryPercent,
  }));
}

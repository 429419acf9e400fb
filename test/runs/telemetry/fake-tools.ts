/** Stand-ins for the vendors' tools: shell programs that print the known layouts, with their traps, in a folder for PATH. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from '../scene';
import * as outputs from './outputs';

/** A folder of programs, to be put first in PATH. */
export function fakeTools(tools: Record<string, string>): string {
  const bin = folder();
  for (const [name, body] of Object.entries(tools)) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }
  return bin;
}

const text = (lines: string): string => `cat <<'END'\n${lines}\nEND\n`;

/** Prints a header once, then rows for ever, one of them torn. */
export const npuWatch = `[ "$1 $2" = 'info watch' ] || exit 1
echo '${outputs.npuWatchHeader}'
echo '0           0           29'
while :; do
  echo '0           0           300.0       57          71          0           4           63          38'
  echo '0           1           -           58          73          0           3           63          40'
  sleep 0.1
done`;

/** Knows no watch; the table tells no power, the cards do. */
export const npuByCard = `case "$*" in
  info) ${text(outputs.npuTable.replace('201.5', 'NA   '))} ;;
  'info -t common -i 0') ${text(outputs.npuCommon)} ;;
  *) echo 'Error parameter of -t'; exit 1 ;;
esac`;

export const npuNone = `echo 'There is no NPU card on this server.'; exit 1`;

/** A release that takes no --showmemuse and forgets commas. */
export const hySmi = `case "$*" in
  *--showmemuse*) echo 'unrecognized option' >&2; exit 2 ;;
  *--json*) ${text(outputs.hyBrokenJson)} ;;
esac`;

/** Shows the same cards as \`hy-smi\`. */
export const rocmSmi = text(outputs.hyTable);

/** Two cards, one without a sensor; then the driver is gone. */
export const nvidiaSmi = `case "$*" in *--query-gpu=timestamp,*) ;; *) exit 9 ;; esac
i=0
while [ "$i" -lt "\${ROUNDS:-100000}" ]; do
${outputs.nvidiaRows.map((each) => `  echo '${each}'`).join('\n')}
  i=$((i + 1))
  sleep 0.1
done
echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
exit 9`;

/** The driver's library with two functions the sampler uses, in C: a counter of a hundred joules more at each look. */
export const nvml = `
#include <string.h>
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) { *device = (void *)uuid; return strcmp(uuid, "GPU-aaaa") ? 6 : 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy) { static unsigned long long at; *energy = at += 100000; return device ? 0 : 2; }
`;

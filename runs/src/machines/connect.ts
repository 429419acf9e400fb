/** From the settings of a machine to the way there. */
import { SlurmTransport } from '../transports/slurm';
import { type Shell, type Transport } from '../transport';
import { functions } from '../transports/remote/functions';
import { LocalShell, type ShellTimings } from '../transports/remote/kept-shell';
import { ShellTransport } from '../transports/remote/transport';
import { UnavailableTransport, canRunHere } from '../transports/unavailable';
import { type SshOptions } from '../transports/ssh/command';
import { SshShell } from '../transports/ssh/shell';
import { type MachineSettings, type Settings } from './settings';

export interface Connection {
  transport: Transport;
  shell: Shell;
}

/** How ssh is called for a machine. */
export function sshOptions(machine: MachineSettings, settings: Settings): SshOptions {
  return { host: machine.host ?? '', ...settings.ssh };
}

/** Nothing is connected until the first call. */
export function connect(
  machine: MachineSettings,
  settings: Settings,
  timings?: ShellTimings,
  platform: string = process.platform,
): Connection {
  const taught = functions(machine.root);
  const shell =
    machine.host === null
      ? new LocalShell(machine.name, taught, timings)
      : new SshShell(machine.name, sshOptions(machine, settings), taught, timings);
  if (machine.host === null && !canRunHere(platform)) return { shell, transport: new UnavailableTransport(machine.name, platform) };
  const place = machine.host === null ? '' : `${machine.host}:`;
  const direct = new ShellTransport(shell, machine.root, place);
  return { shell, transport: machine.slurm === null ? direct : new SlurmTransport(direct, shell) };
}

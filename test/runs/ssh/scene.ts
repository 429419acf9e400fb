/** Engines that reach this machine through a real sshd and, when asked, a faulty link. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { RunEngine } from '../../../runs/src/engine';
import { processesOfRun, signal } from '../../../runs/src/processes';
import { functions } from '../../../runs/src/transports/remote/functions';
import { type ShellTimings } from '../../../runs/src/transports/remote/kept-shell';
import { ShellTransport } from '../../../runs/src/transports/remote/transport';
import { type SshOptions, controlWords } from '../../../runs/src/transports/ssh/command';
import { SshShell } from '../../../runs/src/transports/ssh/shell';
import { folder, helper } from '../scene';
import { FaultyLink } from './faulty-link';
import { type LoginShell, SshServer } from './server';

export interface Machine {
  engine: RunEngine;
  shell: SshShell;
  transport: ShellTransport;
  options: SshOptions;
  /** folder of the machine that holds `runs/` */
  root: string;
  /** directory of a run, as this machine sees it */
  dir: (id: string) => string;
}

export interface MachineOptions {
  login?: LoginShell;
  link?: FaultyLink;
  /** a machine that was there before, seen by another client */
  root?: string;
  /** whether channels share a connection */
  shared?: boolean;
  config?: string[];
  timings?: ShellTimings;
}

/** Short times, so that faults are noticed while a test runs; what is right or wrong does not depend on them. */
const timings: ShellTimings = { connectMs: 10_000, answerMs: 1500 };
const waits = [20, 40, 80, 160];

/** What the tests of one file share. */
export function sshScene(): {
  server: () => SshServer;
  machine: (options?: MachineOptions) => Machine;
  link: (login?: LoginShell) => Promise<FaultyLink>;
} {
  let server: SshServer;
  const machines: Machine[] = [];
  const links: FaultyLink[] = [];
  let count = 0;

  beforeAll(async () => {
    server = await SshServer.start();
  });

  afterAll(async () => {
    for (const link of links) link.close();
    for (const { engine, options, root } of machines) {
      await engine.close();
      const words = controlWords(options, 'exit');
      if (words !== null) spawnSync(words[0]!, words.slice(1), { timeout: 3000 });
      const local = new RunEngine({ root, helper: null });
      for (const { id } of (await local.list()).runs) for (const pid of await processesOfRun(id)) signal(pid, 'SIGKILL');
    }
    server?.stop();
  });

  return {
    server: () => server,
    link: async (login = 'sh') => {
      const link = await FaultyLink.to(server.ports[login]);
      links.push(link);
      return link;
    },
    machine: ({ login = 'sh', link, root = folder(), shared = true, config = [], timings: times = timings } = {}) => {
      count += 1;
      const options: SshOptions = {
        host: 'host',
        config: server.config(String(count), link?.port ?? server.ports[login], config),
        controlFolder: shared ? folder() : null,
      };
      const shell = new SshShell('machine', options, functions(root), times);
      const transport = new ShellTransport(shell, root, 'host:');
      const engine = new RunEngine({ root: folder(), helper, transport, backoff: waits });
      const machine = { engine, shell, transport, options, root, dir: (id: string) => join(root, 'runs', id) };
      machines.push(machine);
      return machine;
    },
  };
}

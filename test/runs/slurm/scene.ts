/** What the Slurm tests share: a shell on the "login node" (this machine) and an engine over it. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunEngine } from '../../../runs/src/engine';
import { type Shell, type ShellAnswer, type ShellOptions } from '../../../runs/src/transport';
import { LocalTransport } from '../../../runs/src/transports/local';
import { functions } from '../../../runs/src/transports/remote/functions';
import { SlurmTransport, type SlurmOptions } from '../../../runs/src/transports/slurm';
import { folder, helper } from '../scene';
import { type Cluster } from './cluster';

/** Runs each script in a shell of its own on this machine, in the environment of a login on the cluster; counts the calls. */
export class LoginShell implements Shell {
  readonly machine = null;
  readonly scripts: string[] = [];

  constructor(
    private readonly root: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  run(script: string, options: ShellOptions = {}): Promise<ShellAnswer> {
    this.scripts.push(script);
    return new Promise((done) => {
      const settings = {
        env: this.env,
        timeout: options.timeoutMs ?? 60_000,
        encoding: 'buffer' as const,
        maxBuffer: options.most ?? 4_194_304,
      };
      const child = execFile('/bin/sh', ['-c', `${functions(this.root)}\n${script}`], settings, (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 255, stdout, stderr: stderr.toString() }),
      );
      child.stdin?.end();
    });
  }

  send(): Promise<ShellAnswer> {
    throw new Error('nothing is sent to this machine');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface Login {
  engine: RunEngine;
  shell: LoginShell;
  transport: SlurmTransport;
  root: string;
}

/** An engine that submits to `cluster`, looking often. */
export function login(cluster: Pick<Cluster, 'env'>, options: SlurmOptions & { root?: string; env?: NodeJS.ProcessEnv } = {}): Login {
  const root = options.root ?? folder();
  const env = { ...cluster.env, ...options.env };
  const shell = new LoginShell(root, env);
  const pace = { shortest: 50, longest: 200, patience: 2 };
  const transport = new SlurmTransport(new LocalTransport(root, env), shell, { pace, settleMs: 4000, ...options });
  return { engine: new RunEngine({ root, helper, transport }), shell, transport, root };
}

/** Commands of Slurm that do as the test says: a script named as the command in `fake.dir` takes its place while it is there. */
export class FakeCommands {
  readonly dir = folder();
  readonly env: NodeJS.ProcessEnv;

  constructor(names: readonly string[]) {
    const bin = folder();
    for (const name of names) {
      const body = `if [ -f '${this.dir}/${name}' ]; then exec sh '${this.dir}/${name}' "$@"; fi\nexec /usr/bin/${name} "$@"`;
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    this.env = { PATH: `${bin}:${process.env['PATH']}` };
  }

  /** From now on the command is this script. */
  set(name: string, script: string): void {
    writeFileSync(join(this.dir, name), script);
  }

  /** From now on the command is the real one. */
  clear(name: string): void {
    rmSync(join(this.dir, name), { force: true });
  }
}

/** Names and states of all jobs the controller knows, as "name state". */
export async function jobsOf(cluster: Cluster): Promise<string[]> {
  return (await cluster.command('squeue', '-h', '-t', 'all', '-o', '%j %T')).split('\n').filter(Boolean);
}

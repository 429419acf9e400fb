/** What the Slurm tests share: a shell on the "login node" (this machine) and an engine over it. */
import { execFile } from 'node:child_process';
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
  const pace = { shortest: 50, longest: 200 };
  const transport = new SlurmTransport(new LocalTransport(root, env), shell, { pace, settleMs: 4000, ...options });
  return { engine: new RunEngine({ root, helper, transport }), shell, transport, root };
}

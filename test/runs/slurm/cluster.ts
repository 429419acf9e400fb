/**
 * A throw-away Slurm cluster of several virtual nodes on this machine, from Debian's packages: its own munged, slurmctld and one slurmd a node,
 * with no systemd, cgroups or system configuration. Needs root, and the packages slurmctld, slurmd, slurm-client and munge; with `database` also slurmdbd,
 * slurm-wlm-mysql-plugin and mariadb-server.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { statOf } from '../../../runs/src/processes';
import { until } from '../until';

const host = hostname().split('.')[0]!;

export interface ClusterOptions {
  nodes: number;
  database?: boolean;
  /** seconds until the controller forgets a job that has ended */
  minJobAge?: number;
}

/** The user of a daemon, as Debian's package makes it; anyone else runs it as himself. */
function account(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`no user ${name}: is the package installed?`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The first of `count` ports in a row that nobody listens on. */
async function freePorts(count: number): Promise<number> {
  const isFree = (port: number): Promise<boolean> =>
    new Promise((done) => {
      const server = createServer();
      server.once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
    });
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = 12_000 + Math.floor(Math.random() * 7000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports');
}

export class Cluster {
  readonly dir = mkdtempSync(join(tmpdir(), 'mindport-slurm-'));
  readonly env: NodeJS.ProcessEnv = { ...process.env, SLURM_CONF: join(this.dir, 'slurm.conf') };
  private readonly daemons = new Map<string, ChildProcess>();

  private constructor(
    private readonly options: ClusterOptions,
    private readonly port: number,
  ) {}

  static async start(options: ClusterOptions): Promise<Cluster> {
    if (process.getuid?.() !== 0) throw new Error('the daemons of a cluster belong to several users: these tests are run as root');
    const cluster = new Cluster(options, await freePorts(options.nodes + 2));
    try {
      await cluster.up();
    } catch (error) {
      const said = [...cluster.daemons.keys()].map((name) => `${name}: ${cluster.said(name)}`).join('\n');
      await cluster.stop();
      throw new Error(`${String(error)}\n${said}`, { cause: error });
    }
    return cluster;
  }

  private folder(name: string, owner?: string): string {
    const path = join(this.dir, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o755);
    if (owner !== undefined) {
      const { uid, gid } = account(owner);
      chownSync(path, uid, gid);
    }
    return path;
  }

  /** Starts a daemon in the foreground, so that it is a child of ours and ends with us. */
  private daemon(name: string, user: string | null, command: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
    const log = join(this.dir, `${name}.out`);
    const redirected = ['-c', 'exec "$@" >>"$0" 2>&1 </dev/null', log, command, ...args];
    writeFileSync(log, '', { flag: 'a', mode: 0o666 });
    chmodSync(log, 0o666);
    const owner = user === null ? {} : account(user);
    this.daemons.set(name, spawn('/bin/sh', redirected, { env: { ...this.env, ...env }, stdio: 'ignore', ...owner }));
  }

  private async up(): Promise<void> {
    chmodSync(this.dir, 0o755);
    this.folder('run');
    const munge = this.folder('munge', 'munge');
    const key = join(munge, 'key');
    writeFileSync(key, randomBytes(1024), { mode: 0o400 });
    chownSync(key, account('munge').uid, account('munge').gid);
    const mungeFiles = ['key-file=key', 'socket=sock', 'pid-file=pid', 'log-file=log', 'seed-file=seed'];
    const mungeArgs = mungeFiles.map((pair) => `--${pair.replace('=', `=${munge}/`)}`);
    this.daemon('munged', 'munge', '/usr/sbin/munged', ['--foreground', '--force', ...mungeArgs]);
    await until('munged', () => existsSync(join(munge, 'sock')));
    for (const name of ['state', 'log']) this.folder(name, 'slurm');
    for (let i = 1; i <= this.options.nodes; i += 1) this.folder(`spool/n${i}`);
    if (this.options.database) await this.databaseUp();
    this.configure();
    this.controllerUp();
    for (let i = 1; i <= this.options.nodes; i += 1) this.nodeUp(i);
    await this.idle();
  }

  private configure(): void {
    const { nodes, database, minJobAge = 300 } = this.options;
    const { dir, port } = this;
    const lines = [
      'ClusterName=throwaway',
      `SlurmctldHost=${host}(127.0.0.1)`,
      'SlurmUser=slurm',
      'AuthType=auth/munge',
      'CredType=cred/munge',
      `AuthInfo=socket=${dir}/munge/sock`,
      `StateSaveLocation=${dir}/state`,
      `SlurmdSpoolDir=${dir}/spool/%n`,
      `SlurmctldPidFile=${dir}/state/slurmctld.pid`,
      `SlurmdPidFile=${dir}/run/slurmd-%n.pid`,
      `SlurmctldPort=${port}`,
      // no systemd and no cgroups where tests run
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'JobAcctGatherType=jobacct_gather/none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core',
      'SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1',
      'SlurmdParameters=config_overrides',
      'ReturnToService=2',
      `MinJobAge=${minJobAge}`,
      'KillWait=5',
      'MessageTimeout=5',
      'SlurmdTimeout=10',
      'InactiveLimit=0',
      'JobRequeue=1',
      'GresTypes=npu,dcu,gpu',
      database
        ? `AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=${host}\nAccountingStoragePort=${port + nodes + 1}\nAccountingStoragePass=${dir}/munge/sock`
        : 'AccountingStorageType=accounting_storage/none',
      `NodeName=n[1-${nodes}] NodeHostname=${host} NodeAddr=127.0.0.1 Port=[${port + 1}-${port + nodes}] CPUs=4 RealMemory=2000 Gres=npu:8,dcu:4,gpu:4 State=UNKNOWN`,
      'PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO',
    ];
    writeFileSync(this.env['SLURM_CONF']!, `${lines.join('\n')}\n`);
    // Slurm takes GPUs with device files only, and then tells the job which are its own; other words are counted
    const devices = this.folder('dev');
    for (let i = 0; i < 4; i += 1) writeFileSync(join(devices, `gpu${i}`), '');
    const gres = ['npu Count=8', 'dcu Count=4', `gpu File=${devices}/gpu[0-3]`].map((each) => `NodeName=n[1-${nodes}] Name=${each}`);
    writeFileSync(join(dir, 'gres.conf'), `${gres.join('\n')}\n`);
  }

  private async databaseUp(): Promise<void> {
    const data = this.folder('db', 'mysql');
    const run = this.folder('dbrun', 'mysql');
    const socket = join(run, 'socket');
    const install = [
      '--user=mysql',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
    ];
    execFileSync('mariadb-install-db', install, { stdio: 'ignore', timeout: 60_000 });
    const small = ['--skip-networking', '--innodb-buffer-pool-size=32M', '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'];
    this.daemon('mariadbd', 'mysql', '/usr/sbin/mariadbd', ['--no-defaults', `--datadir=${data}`, `--socket=${socket}`, ...small]);
    const sql = (text: string): Promise<unknown> => promisify(execFile)('mariadb', [`--socket=${socket}`, '-u', 'root', '-e', text]);
    await until('mariadbd', () => sql('select 1').then(Boolean, () => false));
    await sql(
      `create database accounting; create user 'slurm'@'localhost' identified by 'throwaway'; grant all on accounting.* to 'slurm'@'localhost'`,
    );
    const lines = [
      `DbdHost=${host}`,
      'DbdAddr=127.0.0.1',
      `DbdPort=${this.port + this.options.nodes + 1}`,
      'AuthType=auth/munge',
      `AuthInfo=socket=${this.dir}/munge/sock`,
      'SlurmUser=slurm',
      'StorageType=accounting_storage/mysql',
      'StorageHost=localhost',
      'StorageUser=slurm',
      'StoragePass=throwaway',
      'StorageLoc=accounting',
      `PidFile=${this.dir}/state/slurmdbd.pid`,
    ];
    const path = join(this.dir, 'slurmdbd.conf');
    writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
    chownSync(path, account('slurm').uid, account('slurm').gid);
    this.configure();
    this.daemon('slurmdbd', 'slurm', '/usr/sbin/slurmdbd', ['-D'], { MYSQL_UNIX_PORT: socket });
    await until('slurmdbd', () =>
      this.command('sacctmgr', '-n', 'list', 'cluster').then(
        () => true,
        () => false,
      ),
    );
    await this.command('sacctmgr', '-i', '-Q', 'add', 'cluster', 'throwaway').catch(() => undefined);
  }

  /** Runs a Slurm command against this cluster and gives its stdout; rejects when it fails. */
  async command(name: string, ...args: string[]): Promise<string> {
    return (await promisify(execFile)(name, args, { env: this.env, timeout: 30_000 })).stdout;
  }

  controllerUp(): void {
    this.daemon('slurmctld', 'slurm', '/usr/sbin/slurmctld', ['-D', '-f', this.env['SLURM_CONF']!]);
  }

  nodeUp(i: number): void {
    this.daemon(`slurmd-n${i}`, null, '/usr/sbin/slurmd', ['-D', '-f', this.env['SLURM_CONF']!, '-N', `n${i}`]);
  }

  async idle(): Promise<void> {
    await until('idle nodes', async () => {
      const states = await this.command('sinfo', '-h', '-N', '-o', '%t').catch(() => '');
      return states.split('\n').filter((state) => state === 'idle').length === this.options.nodes;
    });
  }

  /** Ends a daemon at once ("slurmctld", "slurmd-n1") and waits until it is gone. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.daemons.get(name);
    this.daemons.delete(name);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  /** The end of what a daemon said, for the message of a test that failed. */
  private said(name: string): string {
    return readFileSync(join(this.dir, `${name}.out`), 'utf8').slice(-2000);
  }

  async stop(): Promise<void> {
    // steps live on without their slurmd: they are ended through it
    if (this.daemons.has('slurmctld'))
      await this.command('scancel', '--quiet', '--signal=KILL', '--full', '--state=RUNNING').catch(() => undefined);
    for (const name of [...this.daemons.keys()].reverse()) await this.kill(name, name === 'mariadbd' ? 'SIGKILL' : 'SIGTERM');
    for (const pid of await this.leftSteps()) process.kill(pid, 'SIGKILL');
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Step daemons of this cluster that still live, known by the folder of their socket. */
  private async leftSteps(): Promise<number[]> {
    const { stdout } = await promisify(execFile)('sh', ['-c', `grep -lzs "^SLURM_CONF=${this.dir}/" /proc/[0-9]*/environ || true`]);
    const pids = [...stdout.matchAll(/\/proc\/(\d+)\//g)].map((match) => Number(match[1])).filter((pid) => pid !== process.pid);
    const living: number[] = [];
    for (const pid of pids) if ((await statOf(pid)) !== null) living.push(pid);
    return living;
  }
}

/** A real sshd on the loopback interface with keys and accounts of its own, started by whoever runs the tests. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { folder, until } from '../scene';

export const loginShells = ['sh', 'bash', 'tcsh', 'fish'] as const;
export type LoginShell = (typeof loginShells)[number];

/** programs of the system */
const tools = { keygen: 'ssh-keygen' };
const daemon = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'].find((path) => existsSync(path));

export function hasShell(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((place) => existsSync(join(place, name)));
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export interface ServerOptions {
  /** lets in whoever types a one-time code (`newCode`) into keyboard-interactive authentication, by PAM, and no key */
  codes?: boolean;
}

export class SshServer {
  private constructor(
    readonly folder: string,
    /** login shell → port where one gets it */
    readonly ports: Record<LoginShell, number>,
    /** what PAM does for this daemon: a file of the system's own folder, which goes with it; null where it asks PAM nothing */
    private readonly pam: string | null,
    private child: ChildProcess,
  ) {}

  /** The home folder of a login through `shell`: its rc files go here. */
  home(shell: LoginShell): string {
    return join(this.folder, 'home', shell);
  }

  static async start({ codes = false }: ServerOptions = {}): Promise<SshServer> {
    if (daemon === undefined) throw new Error('sshd is missing: install openssh-server');
    const base = folder();
    for (const name of ['host_key', 'id', 'other_id']) {
      execFileSync(tools.keygen, ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(base, name)]);
    }
    writeFileSync(join(base, 'authorized_keys'), readFileSync(join(base, 'id.pub')));
    const numbers = await freePorts(loginShells.length);
    const ports = Object.fromEntries(loginShells.map((shell, i) => [shell, numbers[i]!])) as Record<LoginShell, number>;
    const config = [
      'ListenAddress 127.0.0.1',
      ...numbers.map((port) => `Port ${port}`),
      `HostKey ${join(base, 'host_key')}`,
      `AuthorizedKeysFile ${join(base, 'authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      `UsePAM ${codes ? 'yes' : 'no'}`,
      'PasswordAuthentication no',
      `KbdInteractiveAuthentication ${codes ? 'yes' : 'no'}`,
      `PubkeyAuthentication ${codes ? 'no' : 'yes'}`,
      `PermitRootLogin ${codes ? 'yes' : 'prohibit-password'}`,
      'MaxStartups 200',
      'MaxSessions 200',
      'UseDNS no',
    ];
    for (const shell of loginShells) {
      const home = join(base, 'home', shell);
      mkdirSync(home, { recursive: true });
      // exactly what sshd does for an account with this login shell and home folder
      const login = join(base, `login-${shell}`);
      writeFileSync(
        login,
        `#!/bin/sh\nexport HOME='${home}'\nunset SHLVL XDG_CONFIG_HOME\ncd "$HOME"\nexec ${shell} -c "$SSH_ORIGINAL_COMMAND"\n`,
      );
      chmodSync(login, 0o755);
      config.push(`Match LocalPort ${ports[shell]}`, `  ForceCommand ${login}`);
    }
    writeFileSync(join(base, 'sshd_config'), `${config.join('\n')}\n`);
    writeFileSync(join(base, 'known_hosts'), `mindport-test ${readFileSync(join(base, 'host_key.pub'), 'utf8')}`);
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const pam = codes ? askForCodes(base) : null;
    const server = new SshServer(base, ports, pam, launch(base, pam));
    await server.listening();
    return server;
  }

  private async listening(): Promise<void> {
    await until('sshd to listen', () => {
      if (this.child.exitCode !== null) throw new Error(readFileSync(join(this.folder, 'sshd.log'), 'utf8'));
      return readFileSync(join(this.folder, 'sshd.log'), 'utf8').split('Server listening').length > loginShells.length;
    });
  }

  /** A client configuration with one alias, `host`, for `port`; further lines as given. */
  config(name: string, port: number, lines: readonly string[] = []): string {
    const path = join(this.folder, `ssh_config-${name}`);
    const usual = [
      'Host host',
      ...lines.map((line) => `  ${line}`),
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      `  User ${userInfo().username}`,
      ...(lines.some((line) => line.startsWith('IdentityFile')) ? [] : [`  IdentityFile ${join(this.folder, 'id')}`]),
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      '  HostKeyAlias mindport-test',
      `  UserKnownHostsFile ${join(this.folder, 'known_hosts')}`,
      '  GlobalKnownHostsFile none',
      '  StrictHostKeyChecking yes',
    ];
    writeFileSync(path, `${usual.join('\n')}\n`);
    return path;
  }

  /** Ends the daemon and everything that hangs on it, as a machine does that loses its network for good; runs go on. */
  stop(): void {
    this.child.kill('SIGTERM');
    if (this.pam !== null) rmSync(this.pam, { force: true });
  }

  /** A code that lets somebody in once. */
  newCode(): string {
    const code = String(randomInt(100_000, 1_000_000));
    writeFileSync(join(this.folder, 'codes', code), '');
    return code;
  }

  /** What the daemon has told so far. */
  log(): string {
    return readFileSync(join(this.folder, 'sshd.log'), 'utf8');
  }

  async again(): Promise<void> {
    this.stop();
    await until('end of sshd', () => this.child.exitCode !== null || this.child.signalCode !== null);
    this.child = launch(this.folder, this.pam);
    await this.listening();
  }
}

/** PAM's description of a daemon that asks for a code and forgets it. The daemon's name, which is that of its file, names the description. */
function askForCodes(base: string): string {
  if (process.getuid?.() !== 0) throw new Error('only root can tell PAM what to ask: this test is run as root');
  const name = `mindport-test-${process.pid}`;
  symlinkSync(daemon!, join(base, name));
  mkdirSync(join(base, 'codes'));
  const verify = join(base, 'verify');
  const script = `code=$(tr -d '\\000')\ncase "$code" in '' | *[!0-9]*) exit 1 ;; esac\nrm '${base}/codes/'"$code"\n`;
  writeFileSync(verify, `#!/bin/sh\n${script}`, { mode: 0o755 });
  const pam = join('/etc/pam.d', name);
  const rest = ['auth', 'account', 'session'].map((kind) => `${kind} required pam_permit.so\n`).join('');
  writeFileSync(pam, `auth required pam_exec.so quiet expose_authtok ${verify}\n${rest}`);
  return pam;
}

function launch(base: string, pam: string | null): ChildProcess {
  writeFileSync(join(base, 'sshd.log'), '');
  return spawn(pam === null ? daemon! : join(base, basename(pam)), ['-D', '-f', join(base, 'sshd_config'), '-E', join(base, 'sshd.log')], {
    stdio: 'ignore',
  });
}

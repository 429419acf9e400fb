/** Another machine for the suites: this one behind a real sshd on the loopback interface, with keys and a client configuration of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { remove } from './vscode-server.mjs';
import { until } from './workbench.mjs';

const DAEMONS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'];

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/**
 * Starts sshd. The client configuration names `box`, which works, `stranger`, whose host key is not known, `impostor`, whose key has changed,
 * `locked`, whose key has a passphrase, and `gone`, where nothing listens.
 * @param {object | null} cluster a Slurm cluster whose login node it is: `hpc` of the settings
 * @returns {Promise<{ settings: object, root: string, config: string, passphrase: string, cluster: object | null, stop: () => Promise<void> }>}
 * `settings`: the editor's settings that describe `box` (and `hpc`)
 */
export async function startSshMachine(cluster = null) {
  const daemon = DAEMONS.find((path) => existsSync(path));
  if (daemon === undefined) throw new Error('sshd is missing: install openssh-server');
  const folder = mkdtempSync(join(tmpdir(), 'mindport-ssh-'));
  const path = (name) => join(folder, name);
  for (const name of ['host_key', 'other_key', 'id'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path(name)]);
  const passphrase = 'open sesame';
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '1', '-N', passphrase, '-C', 'locked', '-f', path('locked')]);
  const [port, closed] = [await freePort(), await freePort()];
  const authorized = ['id.pub', 'locked.pub'].map((name) => readFileSync(path(name), 'utf8'));
  writeFileSync(path('authorized_keys'), authorized.join(''));
  const daemonLines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${path('host_key')}`,
    `AuthorizedKeysFile ${path('authorized_keys')}`,
  ];
  const usual = [
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UseDNS no',
    ...(cluster === null ? [] : [`SetEnv SLURM_CONF=${cluster.env.SLURM_CONF}`]),
  ];
  writeFileSync(
    path('sshd_config'),
    [...daemonLines, ...usual, 'PermitRootLogin prohibit-password', 'MaxStartups 100', 'MaxSessions 100', ''].join('\n'),
  );
  const key = (name) => readFileSync(path(`${name}.pub`), 'utf8');
  writeFileSync(path('known_hosts'), `box,locked ${key('host_key')}impostor ${key('other_key')}`);
  const host = (name, at, identity = 'id') => [
    `Host ${name}`,
    '  HostName 127.0.0.1',
    `  Port ${at}`,
    `  User ${userInfo().username}`,
    `  IdentityFile ${path(identity)}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  HostKeyAlias ${name}`,
    `  UserKnownHostsFile ${path('known_hosts')}`,
    '  GlobalKnownHostsFile none',
    '  StrictHostKeyChecking yes',
    '  ConnectTimeout 3',
  ];
  const config = path('config');
  writeFileSync(
    config,
    `${[...host('box', port), ...host('stranger', port), ...host('impostor', port), ...host('locked', port, 'locked'), ...host('gone', closed)].join('\n')}\n`,
  );
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(path('sshd.log'), '');
  const child = spawn(daemon, ['-D', '-f', path('sshd_config'), '-E', path('sshd.log')], { stdio: 'ignore' });
  await until('sshd to listen', () => {
    if (child.exitCode !== null) throw new Error(readFileSync(path('sshd.log'), 'utf8'));
    return readFileSync(path('sshd.log'), 'utf8').includes('Server listening');
  });
  const root = path('root');
  const python = process.env.MINDPORT_PYTHON ?? 'python3';
  const environments = { torch: { python } };
  const end = () => {
    child.kill('SIGTERM');
    remove(folder);
  };
  process.on('exit', end);
  const stop = async () => {
    await cluster?.stop();
    end();
  };
  const box = { host: 'box', root, chips: { nvidia: 4 }, environments };
  const hpc = { host: 'box', root: path('shared'), chips: { npu: 8 }, environments, slurm: { partition: 'debug', minutes: 5 } };
  return {
    settings: { 'mindport.ssh': { config }, 'mindport.machines': cluster === null ? { box } : { box, hpc } },
    root,
    config,
    passphrase,
    cluster,
    stop,
  };
}

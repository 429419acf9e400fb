/** How the user's own OpenSSH is called: never through a local shell, never with a host that could be read as an option. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, win32 } from 'node:path';
import { RunError } from '../../errors';
import { quote } from '../../quote';

export interface SshOptions {
  /** an alias of the user's ssh configuration, or [user@]host */
  host: string;
  /** the ssh program; default `ssh` */
  program?: string;
  /** configuration file to use in place of the user's own */
  config?: string;
  /** where control sockets are kept; null: every channel connects by itself. Default: by platform */
  controlFolder?: string | null;
  connectTimeoutS?: number;
}

const hostForm = /^[A-Za-z0-9_][\w.:@\-[\]%]*$/;

/** Throws `error.bad_host` unless the text can be nothing but a host. */
export function checkHost(host: string): string {
  if (!hostForm.test(host) || host.length > 255) throw new RunError('error.bad_host', { host: host.slice(0, 80) });
  return host;
}

/**
 * The ssh program: the one that is named, else that of PATH. Windows has one of its own that PATH may lack; `exists` tells whether a file is there.
 */
export function sshProgram(
  options: Pick<SshOptions, 'program'>,
  env: Record<string, string | undefined> = process.env,
  platform: string = process.platform,
  exists: (path: string) => boolean = existsSync,
): string {
  if (options.program !== undefined) return options.program;
  if (platform !== 'win32') return 'ssh';
  // names of variables are of any case there
  const value = (name: string): string => Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1] ?? '';
  const inPath = value('PATH').split(';').filter(Boolean).some((folder) => exists(win32.join(folder.replaceAll('"', ''), 'ssh.exe'))); // prettier-ignore
  const ofWindows = win32.join(value('SYSTEMROOT') || 'C:\\Windows', 'System32', 'OpenSSH', 'ssh.exe');
  return !inPath && exists(ofWindows) ? ofWindows : 'ssh';
}

/** longest path of a socket on macOS, less what ssh appends while it makes one, and the end */
const longestSocket = 104 - 18 - 1;

/**
 * A folder for control sockets that belongs to this user alone; null on Windows, where OpenSSH cannot share connections, and where no folder is
 * short and private enough.
 */
export function defaultControlFolder(env: Record<string, string | undefined> = process.env, platform = process.platform): string | null {
  if (platform === 'win32') return null;
  const uid = process.getuid?.() ?? 0;
  const runtime = env['XDG_RUNTIME_DIR'];
  const places = [
    ...(runtime?.startsWith('/') ? [join(runtime, 'mindport')] : []),
    join(tmpdir(), `mindport-${uid}`),
    `/tmp/mindport-${uid}`,
  ];
  for (const place of places) {
    if (Buffer.byteLength(place) + 1 + 16 > longestSocket) continue;
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const entry = lstatSync(place);
      // somebody else's folder, or one others may write to, could hold somebody else's connection
      if (entry.isDirectory() && entry.uid === uid && (entry.mode & 0o077) === 0) return place;
    } catch {
      // the next place
    }
  }
  return null;
}

/** The socket of the shared connection; null where there is none. */
function controlPath(options: SshOptions): string | null {
  const folder = options.controlFolder === undefined ? defaultControlFolder() : options.controlFolder;
  if (folder === null) return null;
  const key = JSON.stringify([options.host, options.config ?? '', options.program ?? '']);
  return join(folder, createHash('sha256').update(key).digest('hex').slice(0, 16));
}

/** The words of a call that runs `command` at the host, in the user's login shell there. Without a command it is left out. */
export function sshWords(options: SshOptions, command?: string, more: readonly string[] = []): string[] {
  const host = checkHost(options.host);
  const settings = [
    'BatchMode=yes',
    `ConnectTimeout=${options.connectTimeoutS ?? 10}`,
    // Debian makes this 300 s in batch mode
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'RequestTTY=no',
    'Compression=yes',
    // failures are told apart by what ssh says
    'LogLevel=INFO',
    ...controlSettings(options),
  ];
  return [
    sshProgram(options),
    '-T',
    ...(options.config === undefined ? [] : ['-F', options.config]),
    ...settings.flatMap((setting) => ['-o', setting]),
    ...more,
    '--',
    host,
    ...(command === undefined ? [] : [command]),
  ];
}

function controlSettings(options: SshOptions): string[] {
  const path = controlPath(options);
  return path === null ? [] : ['ControlMaster=auto', `ControlPath=${path.replaceAll('%', '%%')}`, 'ControlPersist=60'];
}

/** The words of a call to the shared connection itself (`exit`, `check`); null where there is none. */
export function controlWords(options: SshOptions, request: 'exit' | 'check'): string[] | null {
  const path = controlPath(options);
  if (path === null) return null;
  const config = options.config === undefined ? [] : ['-F', options.config];
  return [sshProgram(options), ...config, '-o', `ControlPath=${path.replaceAll('%', '%%')}`, '-O', request, '--', checkHost(options.host)];
}

/**
 * The words of a login with a terminal, for password or second factor, whose connection all that follows shares.
 * @param more further options, as `-f` and `-N`: only log in, and come back
 */
export function loginWords(options: SshOptions, more: readonly string[] = []): string[] {
  const path = controlPath(options);
  const share = path === null ? [] : ['-M', '-S', path.replaceAll('%', '%%'), '-o', 'ControlPersist=8h'];
  return [sshProgram(options), ...(options.config === undefined ? [] : ['-F', options.config]), ...share, ...more, checkHost(options.host)];
}

/** What a person types for that. */
export function loginCommand(options: SshOptions): string {
  return loginWords(options)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word)))
    .join(' ');
}

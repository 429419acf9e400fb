/** Host keys that are not known yet: shown by their fingerprint, noted only when a person has named it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RunError } from '../../errors';
import { type SshOptions, checkHost, sshProgram, sshWords } from './command';

export interface HostKey {
  /** for example ssh-ed25519 */
  kind: string;
  /** SHA256:… */
  fingerprint: string;
}

const fingerprintForm = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** The key the host shows now; null when it is not reached. Nothing is noted. */
export async function shownHostKey(options: SshOptions): Promise<HostKey | null> {
  const { stderr } = await called(options, ['-v', '-o', 'StrictHostKeyChecking=yes', '-o', 'LogLevel=DEBUG1'], process.env);
  // the last one is that of the host behind all jump hosts
  const found = [...stderr.matchAll(/Server host key: (\S+) (SHA256:[A-Za-z0-9+/]{43})/g)].at(-1);
  return found === undefined ? null : { kind: found[1]!, fingerprint: found[2]! };
}

/**
 * Lets ssh note the host's key, provided it has `fingerprint`: ssh itself compares them. Throws `link.fingerprint_differs` when the host shows
 * another one.
 */
export async function trustHostKey(options: SshOptions, fingerprint: string, platform: string = process.platform): Promise<void> {
  if (!fingerprintForm.test(fingerprint))
    throw new RunError('error.bad_option', { option: '--fingerprint', value: fingerprint.slice(0, 80) });
  const folder = await mkdtemp(join(tmpdir(), 'mindport-trust-'));
  try {
    // no script can answer ssh there
    if (platform === 'win32') return await noteHostKey(options, fingerprint, join(folder, 'seen'));
    // ssh takes a fingerprint for an answer and compares it with what it sees; where it differs, ssh asks again
    const answer = join(folder, 'answer');
    await writeFile(answer, `#!/bin/sh\nmkdir "$0.asked" 2>/dev/null && echo '${fingerprint}' || echo no\n`);
    await chmod(answer, 0o700);
    const env = { ...process.env, SSH_ASKPASS: answer, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: process.env['DISPLAY'] ?? ':' };
    const more = ['-o', 'BatchMode=no', '-o', 'StrictHostKeyChecking=ask', '-o', 'NumberOfPasswordPrompts=0', '-o', 'UpdateHostKeys=no'];
    await called(options, more, env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { stderr } = await called(options, ['-o', 'StrictHostKeyChecking=yes'], process.env);
  if (/Host key verification failed/i.test(stderr)) throw new RunError('link.fingerprint_differs', { host: options.host, fingerprint });
}

/** Lets ssh note whatever key it is shown in a file of its own, and takes the line over where its key has the fingerprint. */
async function noteHostKey(options: SshOptions, fingerprint: string, path: string): Promise<void> {
  const own = ['-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile="${path}"`, '-o', 'GlobalKnownHostsFile=none'];
  await called(options, [...own, '-o', 'UpdateHostKeys=no'], process.env);
  const seen = (await readFile(path, 'utf8').catch(() => '')).split(/\r?\n/);
  const lines = seen.filter((line) => fingerprintOf(line) === fingerprint);
  if (lines.length === 0) throw new RunError('link.fingerprint_differs', { host: options.host, fingerprint });
  const place = await knownHosts(options);
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  const before = await readFile(place, 'utf8').catch(() => '');
  await appendFile(place, `${before === '' || before.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`, { mode: 0o600 });
}

/** The fingerprint of the key in a line of known hosts: "names kind key [comment]"; null for other lines. */
function fingerprintOf(line: string): string | null {
  const key = /^(?:@\S+ )?\S+ [a-z0-9@.-]+ ([A-Za-z0-9+/]+=*)/.exec(line)?.[1];
  return key === undefined ? null : `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** The first file in which ssh looks for known hosts, and notes new ones. */
async function knownHosts(options: SshOptions): Promise<string> {
  const words = [...(options.config === undefined ? [] : ['-F', options.config]), '-G', '--', checkHost(options.host)];
  const told = await new Promise<string>((done) =>
    execFile(sshProgram(options), words, { timeout: 10_000, windowsHide: true }, (_, stdout) => done(stdout)),
  );
  const listed = /^userknownhostsfile (.+)$/im.exec(told)?.[1] ?? '~/.ssh/known_hosts';
  // ssh tells them without quotes: the next one begins where a path does
  const path = listed.split(/\s+(?=[~/]|[A-Za-z]:)/)[0]!.trim();
  return path.replace(/^~(?=[/\\])/, homedir());
}

/** One call that does nothing there and shares no connection. What stands first counts for ssh, so `more` does. */
async function called(options: SshOptions, more: readonly string[], env: NodeJS.ProcessEnv): Promise<{ stderr: string }> {
  const [program, ...usual] = sshWords({ ...options, controlFolder: null }, 'exit 0') as [string, ...string[]];
  const limit = { timeout: 30_000, killSignal: 'SIGKILL' as const, env, maxBuffer: 1_000_000, windowsHide: true };
  return new Promise((done) => {
    const child = execFile(program, [...more, ...usual], limit, (_error, _stdout, stderr) => done({ stderr }));
    child.stdin?.end();
  });
}

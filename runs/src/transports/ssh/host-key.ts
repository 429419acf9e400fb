/** Host keys that are not known yet: shown by their fingerprint, noted only when a person has named it. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../../errors';
import { type SshOptions, sshWords } from './command';

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
export async function trustHostKey(options: SshOptions, fingerprint: string): Promise<void> {
  if (!fingerprintForm.test(fingerprint))
    throw new RunError('error.bad_option', { option: '--fingerprint', value: fingerprint.slice(0, 80) });
  const folder = await mkdtemp(join(tmpdir(), 'mindport-trust-'));
  try {
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

/** One call that does nothing there and shares no connection. What stands first counts for ssh, so `more` does. */
async function called(options: SshOptions, more: readonly string[], env: NodeJS.ProcessEnv): Promise<{ stderr: string }> {
  const [program, ...usual] = sshWords({ ...options, controlFolder: null }, 'exit 0') as [string, ...string[]];
  const limit = { timeout: 30_000, killSignal: 'SIGKILL' as const, env, maxBuffer: 1_000_000 };
  return new Promise((done) => {
    const child = execFile(program, [...more, ...usual], limit, (_error, _stdout, stderr) => done({ stderr }));
    child.stdin?.end();
  });
}

/** Shells on another machine over ssh: all of them share one connection where OpenSSH can do that. */
import { execFile } from 'node:child_process';
import { type LinkError } from '../../link';
import { KeptShell, type ShellTimings, usualTimings } from '../remote/kept-shell';
import { type SessionFailure } from '../remote/session';
import { type SshOptions, checkHost, controlWords, loginCommand, sshWords } from './command';
import { classify } from './failures';
import { shownHostKey } from './host-key';

export class SshShell extends KeptShell {
  /**
   * @param machine name of the machine in the settings
   * @param taught functions every session is taught first
   */
  constructor(
    readonly machine: string,
    private readonly options: SshOptions,
    taught: string,
    timings: ShellTimings = usualTimings,
  ) {
    super(taught, timings);
    checkHost(options.host);
  }

  protected override words(command: string): string[] {
    return sshWords(this.options, command);
  }

  protected override explain(failure: SessionFailure): LinkError {
    const error = classify(this.options.host, failure, loginCommand(this.options));
    if (error.key === 'link.hostkey_unknown') error.args['fingerprint'] = this.fingerprint;
    return error;
  }

  private fingerprint = '';

  /** A shared connection that went silent would swallow every later channel until its own alarm goes off. */
  protected override async broken(failure: SessionFailure): Promise<void> {
    if (this.explain(failure).key === 'link.hostkey_unknown') {
      const shown = await shownHostKey(this.options);
      if (shown !== null) this.fingerprint = `${shown.kind} ${shown.fingerprint}`;
    }
    if (failure.why !== 'timeout') return;
    const words = controlWords(this.options, 'exit');
    if (words === null) return;
    const [program, ...rest] = words as [string, ...string[]];
    await new Promise<void>((done) => execFile(program, rest, { timeout: 3000, killSignal: 'SIGKILL' }, () => done()));
  }
}

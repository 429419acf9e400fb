/** Shells on another machine over ssh: all of them share one connection where OpenSSH can do that. */
import { execFile } from 'node:child_process';
import { type LinkError } from '../../link';
import { KeptShell, type ShellTimings, usualTimings } from '../remote/kept-shell';
import { type SessionFailure } from '../remote/session';
import { type SshOptions, checkHost, controlWords, loginCommand, sshWords } from './command';
import { classify } from './failures';

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
    return classify(this.options.host, failure, loginCommand(this.options));
  }

  /** A shared connection that went silent would swallow every later channel until its own alarm goes off. */
  protected override async broken(failure: SessionFailure): Promise<void> {
    if (failure.why !== 'timeout') return;
    const words = controlWords(this.options, 'exit');
    if (words === null) return;
    const [program, ...rest] = words as [string, ...string[]];
    await new Promise<void>((done) => execFile(program, rest, { timeout: 3000, killSignal: 'SIGKILL' }, () => done()));
  }
}

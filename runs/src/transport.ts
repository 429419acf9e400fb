/**
 * The way to the machine where runs live. The run directory is the same everywhere (`directory.ts`); a transport makes it, looks at it and
 * starts and ends what runs in it. Runs are named by id and files by their name inside the run directory, so no caller makes paths. Times are
 * milliseconds by that machine's clock.
 *
 * Every method may throw `LinkError` (the machine was not reached: nothing is known of the run) or `RunError` (it was, and said no). All
 * methods may be repeated after a lost answer.
 */

export type StartAnswer = { outcome: 'started' | 'already' } | { outcome: 'refused'; reason: string };

/** What can be seen of a run in one look, enough to decide its state. */
export interface Observation {
  now: number;
  /** the number in `exit.<rc>`, null while there is none */
  exit: number | null;
  /** when the start lock was taken */
  startedAt: number | null;
  finishedAt: number | null;
  cancelled: boolean;
  /** the run's processes: `unidentified` means none has said who it is yet */
  process: 'alive' | 'dead' | 'rebooted' | 'unidentified';
  heartbeatAt: number | null;
  /** the scheduler's word for the run, where there is a scheduler */
  scheduler: string | null;
  /** why it waits, as the scheduler says it; null where it does not wait or no reason is told */
  reason: string | null;
  /** no space is left where the run writes; looked for when a run has failed */
  diskFull: boolean;
}

/** A wish to read on in a file of a run. */
export interface ReadAsk {
  /** name inside the run directory, of `files` or below one of its folders */
  file: string;
  offset: number;
  /** most bytes wanted */
  max: number;
  /** `tag` of the piece seen last: a file that still has it is answered 'unchanged' */
  tag: string | null;
}

export interface Piece {
  /** size of the whole file */
  size: number;
  /** stands for this content of the file: changes whenever it is written to or replaced */
  tag: string;
  /** its first 256 bytes, to notice that another file took its place */
  head: Uint8Array;
  /** from `offset` on */
  bytes: Uint8Array;
}

/** null: there is no such file */
export type ReadAnswer = Piece | 'unchanged' | null;

export interface PollAsk {
  id: string;
  reads: readonly ReadAsk[];
}

export interface PollAnswer {
  id: string;
  /** null: there is no such run */
  seen: Observation | null;
  /** in the order of `reads` */
  pieces: ReadAnswer[];
}

export interface StopReport {
  /** processes that were asked to end, and those that had to be killed */
  terminated: number;
  killed: number;
  /** processes still there at the end: 0 is the proof */
  remaining: number;
}

/** A folder packed for another machine: kept there once under its digest, however many runs use it. */
export interface Bundle {
  /** sha256 over the bytes of `open()` */
  sha256: string;
  /** length of the tar stream */
  bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/** What goes into a new run directory. */
export interface RunContents {
  /** name inside the run directory → text */
  texts: Record<string, string>;
  /** copied to `work/`, where the program runs; null when it runs in a folder of the machine */
  code: Bundle | null;
  /** linked as `lib/`: the Python packages that travel along; null when they are among the texts */
  library: Bundle | null;
  /** name inside `work/` → absolute path on the machine it stands for */
  links: Record<string, string>;
}

export interface Transport {
  readonly kind: 'local' | 'ssh' | 'slurm';
  /** name of the machine in the settings; null for this machine */
  readonly machine: string | null;
  /** where a run's directory is, for people to read */
  location(id: string): string;
  /** Ids of all runs there, oldest first. */
  list(): Promise<string[]>;
  /** Makes a run directory, whole or not at all; one that is there already stays as it is. */
  create(id: string, contents: RunContents): Promise<void>;
  /** Starts the run at most once. */
  start(id: string): Promise<StartAnswer>;
  /** Ends a run that nobody has started yet, so that nobody ever will; false when it has been started. */
  abandon(id: string): Promise<boolean>;
  /** Looks at any number of runs at once and reads on in their files. */
  poll(asks: readonly PollAsk[]): Promise<PollAnswer[]>;
  /** Ends every process of the run, asking first and killing after `graceMs`. */
  stop(id: string, graceMs: number): Promise<StopReport>;
  /** Writes a whole file of a run, all or nothing. */
  write(id: string, file: string, data: string): Promise<void>;
  /** Lets the connection go; the next call makes a new one. */
  close(): Promise<void>;
}

export interface ShellAnswer {
  /** exit status of the script */
  code: number;
  stdout: Buffer;
  stderr: string;
}

export interface ShellOptions {
  /** the answer must be there in this time, milliseconds */
  timeoutMs?: number;
  /** most bytes of answer */
  most?: number;
}

/**
 * Runs POSIX sh texts on a machine, one at a time over a kept connection: `LocalShell` for this machine, `SshShell` for others. Values enter a
 * script through `quote` only. Standard input of a script is empty; what its rc files print never reaches the answer. The functions of
 * `transports/remote/functions.ts` are defined before the first script.
 */
export interface Shell {
  /** name of the machine in the settings; null for this one */
  readonly machine: string | null;
  /** Throws `LinkError` when no whole answer came; the script may have run or not. */
  run(script: string, options?: ShellOptions): Promise<ShellAnswer>;
  /** As `run`, with `data` on the standard input of the script. */
  send(script: string, data: AsyncIterable<Uint8Array>, options?: ShellOptions): Promise<ShellAnswer>;
  close(): Promise<void>;
}

/**
 * The way to the machine where a run lives. Only start, alive and stop differ between local, ssh and Slurm; the run directory is the same.
 * Paths are absolute on that machine and made from fixed templates. Times are milliseconds by that machine's clock.
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
  /** no space is left where the run writes; looked for when a run has failed */
  diskFull: boolean;
}

export interface Piece {
  /** size of the whole file */
  size: number;
  modifiedAt: number;
  /** its first 256 bytes, to notice that another file took its place */
  head: Uint8Array;
  bytes: Uint8Array;
}

export interface StopReport {
  /** processes that were asked to end, and those that had to be killed */
  terminated: number;
  killed: number;
  /** processes still there at the end: 0 is the proof */
  remaining: number;
}

export interface Transport {
  readonly kind: 'local' | 'ssh' | 'slurm';
  /** Starts the run at most once; safe to repeat after a lost answer. */
  start(dir: string): Promise<StartAnswer>;
  alive(dir: string, id: string): Promise<Observation>;
  /** Ends every process of the run, asking first and killing after `graceMs`. */
  stop(dir: string, id: string, graceMs: number): Promise<StopReport>;
  /** At most `max` bytes from `offset`; null when there is no such file. */
  read(path: string, offset: number, max: number): Promise<Piece | null>;
  /** Writes a whole file, all or nothing. */
  write(path: string, data: string): Promise<void>;
}

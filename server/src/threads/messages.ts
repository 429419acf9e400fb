/** What the main thread and the threads that analyse say to each other. Plain data. */
import type { ImportEdges } from '../core/project/import-graph';
import type { Unit } from '../core/project/schedule';
import type { ModuleRead } from '../core/project/program';
import type { ComponentOutcome, FileSpec, ProgramSpec, Scanned } from '../core/project/work';

/** `workerData` of a thread. */
export interface ThreadData {
  /** for whoever makes the work */
  setup: unknown;
  /** program and file under way, -1 when none: what to blame when the thread dies */
  current: Int32Array;
}

export type Request =
  | { kind: 'scan'; id: number; files: readonly FileSpec[] }
  | { kind: 'programs'; programs: readonly (ProgramSpec & { edges: ImportEdges })[]; reads: boolean }
  | { kind: 'analyse'; units: readonly Unit[]; summaries: readonly Summary[]; abandoned: readonly Abandoned[] };

/** JSON; null where there is none */
export type Summary = [program: number, file: number, summary: string | null];
export type Abandoned = [program: number, file: number, why: string];

export type Reply<R> =
  | { kind: 'ready' }
  | { kind: 'scanned'; id: number; scanned: Scanned[] }
  /** a whole batch, unit by unit in its order: messages one by one would cost more than what they bring forward */
  | { kind: 'analysed'; units: UnitReply<R>[] };

export interface UnitReply<R> extends ComponentOutcome<R> {
  /** empty where no store asks for them */
  reads: ModuleRead[];
}

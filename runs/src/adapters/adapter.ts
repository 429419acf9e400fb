/** What a log adapter is: one printed form, recognised in one line, turned into observations. Adapters keep no state. */

/** A fact read in a line; the epoch it belongs to may only follow from its neighbours (`assemble.ts`). */
export type Observed =
  | { what: 'epoch_seconds'; epoch: number; seconds: number }
  | { what: 'losses'; train: number | null; validation: number | null; epoch?: number }
  | { what: 'times'; data?: number; train?: number; step?: number; validation?: number }
  | { what: 'infer_step'; seconds: number }
  | { what: 'score'; name: 'rmse' | 'acc'; variable: string; step: number; value: number }
  | { what: 'parameters'; count: number };

export interface Adapter {
  id: string;
  /** a text every line of interest holds; looked for before the pattern, since logs are long */
  hint: string;
  read(line: string): Observed[];
}

import type { RunsApi } from './runs/register';

/** What `activate` returns. Nothing outside the tests reads it. */
export interface MindPortApi {
  host: 'node' | 'web';
  /** milliseconds from the call of `activate` to its return */
  activationMs: number;
  /** resolves when the language server answers */
  ready: Promise<void>;
  /** the titles of the results panels that are open */
  resultPanels: () => string[];
  /** lines of the views of machines and runs; null where programs cannot be run */
  runs: RunsApi | null;
}

/** Files of a scan in Node, and the threads that read them. */
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isNotebookPath } from '../core/notebook/notebook-file';
import { scanFile, type ProgramSpec } from '../core/project/work';
import { AnalysisPool } from '../threads/pool';
import type { ThreadedScan } from './scan';
import { ScannedFile, type FileScan, type ScanSetup } from './scan-work';

const MOST_BYTES = 10_000_000;
/** Outputs are most of a notebook, and are passed over. */
const MOST_NOTEBOOK_BYTES = 100_000_000;

/** The text of a file; null for what is none: no file, too large, binary, not UTF-8. */
export function readFileAt(uri: string): string | null {
  if (!uri.startsWith('file:')) return null;
  try {
    const path = fileURLToPath(uri);
    if (statSync(path).size > (isNotebookPath(path) ? MOST_NOTEBOOK_BYTES : MOST_BYTES)) return null;
    const bytes = readFileSync(path);
    if (bytes.subarray(0, 8192).includes(0)) return null;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** With fewer files one thread is enough. */
const FILES_A_THREAD = 50;
/** An editor's memory is shared with much else. */
const MOST_THREADS = 4;
const LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 };

/** Scans in threads that run `script`; they end with the scan. */
export function scanInThreads(script: string, setup: ScanSetup, programs: readonly ProgramSpec[]): ThreadedScan {
  const files = programs.reduce((sum, program) => sum + program.files.length, 0);
  const threads = Math.max(1, Math.min(MOST_THREADS, availableParallelism(), Math.ceil(files / FILES_A_THREAD)));
  const pool = new AnalysisPool<FileScan>({ script, threads, setup, resourceLimits: LIMITS });
  return {
    outcomes: pool.run(programs, (spec) => scanFile(new ScannedFile(spec, readFileAt))),
    stop: () => void pool.close(),
  };
}

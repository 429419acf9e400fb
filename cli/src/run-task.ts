/** Runs a task over files: in this thread when there is little to do, else in as many as there are cores. */
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { UserLayer } from '../../server/src/core/catalog/load';
import type { ChosenTarget } from '../../server/src/core/catalog/targets';
import { scanFile, workHere, type Outcome } from '../../server/src/core/project/work';
import { AnalysisPool } from '../../server/src/threads/pool';
import { loadParser, openFile, workOn, type Knowledge, type Report } from './analyse';
import type { Problem, Source } from './files';
import { KeptResults } from './kept-results';
import { programsOf } from './programs';
import type { ResultCache } from './result-cache';
import { perform, type ResultOf, type Task } from './tasks';
import type { Words } from './words';

/** What a thread makes its work from. */
export interface ThreadSetup {
  task: Task;
  targets: readonly ChosenTarget[];
  /** the user's own records and chips */
  user: UserLayer;
  language: Words['language'];
}

/** The bundle of `thread.ts`. */
export const THREAD = join(__dirname, 'cli-thread.js');
/** Less than this is done sooner than a second thread is ready. */
const LEAST_BYTES = 1_000_000;

export interface TaskOptions {
  /** asked for when something is to be analysed */
  known: () => { knowledge: Knowledge; targets: readonly ChosenTarget[] };
  words: Words;
  /** null: as many as there are cores */
  threads: number | null;
  /** results of earlier runs of this task with these settings */
  cache: ResultCache | null;
}

/** The outcome of each file, in the order of the files. */
export async function* runTask<T extends Task>(
  task: T,
  sources: readonly Source[],
  { known, words, threads, cache }: TaskOptions,
): AsyncGenerator<Problem | { source: Source; result: ResultOf<T> }> {
  // the threads load while the files are sought that others import; where results may be at hand it is not known yet whether any are needed
  const early = cache === null || cache.isNew ? startThreads(isLarge(sources)) : null;
  const { specs, places } = programsOf(sources);
  const kept = cache && new KeptResults<ResultOf<T>>(cache, specs);
  const all = kept ? kept.all() : Infinity;
  if (typeof all !== 'number') await early?.close();
  const reports = new Map<number, Report<ResultOf<T>>>();
  let next = 0;
  for await (const { program, file, report } of typeof all === 'number' ? analysed(all) : all) {
    reports.set(places[program]!.get(file)!, report);
    for (let ready = reports.get(next); ready; ready = reports.get(++next)) {
      reports.delete(next);
      yield* ready.problems;
      if (ready.result) yield { source: sources[next]!, result: ready.result };
    }
  }
  cache?.close();

  function startThreads(large: boolean): AnalysisPool<Report<ResultOf<T>>> | null {
    const count = threads ?? (large && existsSync(THREAD) ? availableParallelism() : 1);
    if (count === 1) return null;
    const { knowledge, targets } = known();
    const setup: ThreadSetup = { task, targets, user: knowledge.catalog.user, language: words.language };
    return new AnalysisPool<Report<ResultOf<T>>>({ script: THREAD, threads: count, setup });
  }

  function analysed(characters: number): AsyncGenerator<Outcome<Report<ResultOf<T>>>> {
    const pool = early ?? (kept ? startThreads(characters > LEAST_BYTES) : null);
    return pool ? pool.run(specs, (spec) => scanFile(openFile(spec)), kept) : inThisThread();
  }

  async function* inThisThread(): AsyncGenerator<Outcome<Report<ResultOf<T>>>> {
    const { knowledge, targets } = known();
    const parser = await loadParser();
    const work = workOn(knowledge.catalog, parser, targets, (checked) => perform(task, checked, words));
    yield* workHere(specs, work, kept);
  }
}

function isLarge(sources: readonly Source[]): boolean {
  let bytes = 0;
  for (const { path } of sources) {
    try {
      bytes += statSync(path).size;
    } catch {
      // it is reported when it is read
    }
    if (bytes > LEAST_BYTES) return true;
  }
  return false;
}

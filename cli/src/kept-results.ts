/**
 * Which results of earlier runs hold for the files of this one. A component of files (one, mostly) comes to the same results when its files have the
 * same texts at the same places and every module it asked for is the same file, with the same summary, as then: its own texts make the key, what it
 * asked for stands beside its results. What other files pass to its functions belongs to the key of results made with that. So a change reaches those who import the file only if what they may know of it has changed.
 */
import { ImportGraph, visibleFile } from '../../server/src/core/project/import-graph';
import { ModuleIndex } from '../../server/src/core/project/module-index';
import type { ModuleRead } from '../../server/src/core/project/program';
import { neededComponents } from '../../server/src/core/project/schedule';
import { importedModules } from '../../server/src/core/project/import-scan';
import {
  edgesOf,
  type ComponentOutcome,
  type ComponentStore,
  type Outcome,
  type ProgramSpec,
  type Scanned,
} from '../../server/src/core/project/work';
import { replaced, SecondLook, type Callers } from '../../server/src/core/project/second-look';
import type { Passed } from '../../server/src/core/semantics/call-sites';
import type { Report } from './analyse';
import { isProblem, readSource, shownPath } from './files';
import { digestOf, type ResultCache } from './result-cache';

/** What is kept of a component; its files by their place in it. */
interface Kept<R> {
  reports: [member: number, report: Report<R>][];
  /** empty when nobody imported it */
  summaries: (string | null)[];
  /** name, module that says it, path of the file it was (null: none), digest of that one's summary (null: none, or a file of the component itself) */
  reads: [name: string, from: string | null, path: string | null, summary: string | null][];
  passed: [member: number, passed: Passed][];
  asks: boolean;
}

/** One program of this run. */
interface Part<R> {
  spec: ProgramSpec;
  index: ModuleIndex;
  graph: ImportGraph;
  needed: Uint8Array;
  wanted: ReadonlySet<number> | null;
  /** digest of the bytes by file; null for one that cannot be read */
  digests: (string | null)[];
  /** digest of the summary by file, once it is known; null for a file that has none */
  summaries: (string | null | undefined)[];
  /** by component, once it was looked for */
  kept: (Kept<R> | null | undefined)[];
}

export class KeptResults<R> implements ComponentStore<Report<R>> {
  readonly scanned: Scanned[][] = [];
  private readonly parts: Part<R>[] = [];

  /** Reads every file. */
  constructor(
    private readonly cache: ResultCache,
    programs: readonly ProgramSpec[],
  ) {
    for (const spec of programs) {
      const digests: (string | null)[] = [];
      const scanned = spec.files.map(({ location }): Scanned => {
        let digest: string | null = null;
        const read = readSource(location, (bytes) => (digest = digestOf(bytes)));
        digests.push(isProblem(read) ? null : digest);
        return isProblem(read) ? { imports: [], size: 0 } : { imports: importedModules(read.text), size: read.text.length };
      });
      this.scanned.push(scanned);
      const index = new ModuleIndex(spec.files.map(({ path }) => path));
      const graph = new ImportGraph(edgesOf(spec, scanned));
      const wanted = spec.wanted && new Set(spec.wanted);
      this.parts.push({ spec, index, graph, needed: neededComponents(graph, spec.wanted), wanted, digests, summaries: [], kept: [] });
    }
  }

  /** Everything there is to report, when all of it is known; else how many characters are to be analysed at least. */
  all(): Outcome<Report<R>>[] | number {
    const outcomes: Outcome<Report<R>>[] = [];
    let lacking = 0;
    const size = (program: number, files: readonly number[]): number =>
      files.reduce((sum, file) => sum + this.scanned[program]![file]!.size, 1);
    for (const [program, { graph, needed, index }] of this.parts.entries()) {
      const later = new SecondLook<Report<R>>(index, graph);
      const report = (reports: readonly [number, Report<R>][]): void => {
        for (const [file, one] of reports) outcomes.push({ program, file, report: one });
      };
      for (const [component, files] of graph.components.entries()) {
        if (!needed[component]) continue;
        const known = this.recall(program, component);
        if (!known) lacking += size(program, files);
        else later.add(component, known);
        if (known && !known.asks) report(known.reports);
      }
      if (lacking > 0) continue;
      for (const { component, callers, reports } of later.rest()) {
        const anew = callers && this.recallAgain(program, component, callers);
        if (callers && !anew) lacking += size(program, graph.components[component]!);
        else report(replaced(reports, anew ?? []));
      }
    }
    return lacking > 0 ? lacking : outcomes;
  }

  recall(program: number, component: number): ComponentOutcome<Report<R>> | null {
    const part = this.parts[program]!;
    let kept = part.kept[component];
    if (kept === undefined) part.kept[component] = kept = this.find(part, component, null);
    const files = part.graph.components[component]!;
    if (!kept || (part.graph.isShared(component) && kept.summaries.length === 0) || !stillHolds(kept, part, component)) return null;
    const summaries = kept.summaries.map((summary, i): [number, string | null] => [files[i]!, summary]);
    note(part, summaries);
    return {
      reports: byFile(kept.reports, files),
      summaries,
      passed: byFile(kept.passed, files),
      asks: kept.asks,
    };
  }

  keep(program: number, component: number, outcome: ComponentOutcome<Report<R>>, reads: readonly ModuleRead[]): void {
    note(this.parts[program]!, outcome.summaries);
    this.write(program, component, null, outcome, reads);
  }

  recallAgain(program: number, component: number, callers: Callers): [file: number, report: Report<R>][] | null {
    const part = this.parts[program]!;
    const kept = this.find(part, component, callers);
    return kept && stillHolds(kept, part, component) ? byFile(kept.reports, part.graph.components[component]!) : null;
  }

  keepAgain(
    program: number,
    component: number,
    callers: Callers,
    reports: [file: number, report: Report<R>][],
    reads: readonly ModuleRead[],
  ): void {
    this.write(program, component, callers, { reports, summaries: [], passed: [], asks: false }, reads);
  }

  private write(
    program: number,
    component: number,
    callers: Callers | null,
    { reports, summaries, passed, asks }: ComponentOutcome<Report<R>>,
    reads: readonly ModuleRead[],
  ): void {
    const part = this.parts[program]!;
    const { graph, spec } = part;
    const key = keyOf(part, component, callers);
    // a mistake of ours is tried again
    if (key === null || reports.some(([, { problems }]) => problems.some(({ message }) => message.id === 'file.internal'))) return;
    const files = graph.components[component]!;
    this.cache.write(key, {
      reports: byMember(reports, files),
      summaries: summaries.map(([, summary]) => summary),
      passed: byMember(passed, files),
      asks,
      reads: reads.map(([name, from, file]) => [
        name,
        from,
        file < 0 ? null : spec.files[file]!.path,
        file < 0 || graph.componentOf[file] === component ? null : (part.summaries[file] ?? null),
      ]),
    } satisfies Kept<R>);
  }

  private find(part: Part<R>, component: number, callers: Callers | null): Kept<R> | null {
    const key = keyOf(part, component, callers);
    return key === null ? null : (this.cache.read(key) as Kept<R> | null);
  }
}

const byMember = <T>(of: readonly [file: number, one: T][], files: readonly number[]): [member: number, one: T][] =>
  of.map(([file, one]) => [files.indexOf(file), one]);
const byFile = <T>(of: readonly [member: number, one: T][], files: readonly number[]): [file: number, one: T][] =>
  of.map(([member, one]) => [files[member]!, one]);

/** From the texts and places of a component's files, and what others pass to their functions; null when one of them cannot be read. */
function keyOf<R>({ spec, graph, wanted, digests }: Part<R>, component: number, callers: Callers | null): string | null {
  const parts: string[] = [];
  for (const file of graph.components[component]!) {
    const digest = digests[file];
    if (digest === null || digest === undefined) return null;
    const { path, location } = spec.files[file]!;
    parts.push(path, wanted === null || wanted.has(file) ? shownPath(location) : '', digest);
  }
  if (callers) for (const [file, from] of callers) parts.push(spec.files[file]!.path, JSON.stringify(from));
  return digestOf(...parts);
}

/** Whether every module that was asked for is what it was. */
function stillHolds<R>({ reads }: Kept<R>, { index, graph, spec, summaries }: Part<R>, component: number): boolean {
  return reads.every(([name, from, path, summary]) => {
    const file = visibleFile(index, graph, component, name, from);
    if (file < 0 || path === null) return file < 0 && path === null;
    return spec.files[file]!.path === path && (graph.componentOf[file] === component || summaries[file] === summary);
  });
}

function note<R>(part: Part<R>, summaries: readonly (readonly [file: number, summary: string | null])[]): void {
  for (const [file, summary] of summaries) part.summaries[file] = summary === null ? null : digestOf(summary);
}

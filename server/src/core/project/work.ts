/** A whole program analysed file by file, by one thread or by many: what is to be done, and doing it in one. */
import type { ApiKnowledge } from '../semantics/analyze';
import type { Passed } from '../semantics/call-sites';
import type { Module } from '../syntax/ast';
import { ImportGraph, resolveImports, type ImportEdges } from './import-graph';
import { importedModules } from './import-scan';
import { ModuleIndex } from './module-index';
import { Program, type AnalysedFile, type ModuleRead, type ProgramFile } from './program';
import { neededComponents } from './schedule';
import { replaced, SecondLook, type Callers } from './second-look';

/** A file by name: plain data that crosses threads. */
export interface FileSpec {
  /** relative to the program's root, `/` between folders */
  path: string;
  /** where its text is, in the words of whoever reads it: an absolute path, a URI */
  location: string;
  /** its text where that is not what is stored there */
  text?: string;
}

export interface ProgramSpec {
  files: readonly FileSpec[];
  /** places in `files` that are to be reported; the others are there to be imported. null: all */
  wanted: readonly number[] | null;
}

/** A file that is read when its text is first asked for, and forgets it when told to. */
export interface SourceFile extends ProgramFile {
  release(): void;
}

/** How files are read, analysed and reported. `R` is plain data. */
export interface Work<R> {
  knowledge: ApiKnowledge;
  parse(text: string, file: ProgramFile): Module;
  open(spec: FileSpec): SourceFile;
  /** @param analyse gives the file's analysis, or throws what went wrong in it */
  report(source: SourceFile, spec: FileSpec, analyse: () => AnalysedFile, program: number): R;
}

/** What came out for one file. */
export interface Outcome<R> {
  program: number;
  file: number;
  report: R;
}

/** What a file imports, and how long it is. */
export interface Scanned {
  imports: string[];
  size: number;
}

/** What came out for one component of files, plain data. */
export interface ComponentOutcome<R> {
  /** of the files that are to be reported */
  reports: [file: number, report: R][];
  /** JSON, null for a file whose analysis failed; none when nobody imports them */
  summaries: [file: number, summary: string | null][];
  /** by files that pass something to functions of others which asked for it */
  passed: [file: number, passed: Passed][];
  /** its files want to know what others pass to their functions */
  asks: boolean;
}

/** Results of earlier runs: what is known of a component need not be analysed. */
export interface ComponentStore<R> {
  /** by program and file */
  readonly scanned: readonly (readonly Scanned[])[];
  /** Asked once all that the component imports was recalled or kept. */
  recall(program: number, component: number): ComponentOutcome<R> | null;
  keep(program: number, component: number, outcome: ComponentOutcome<R>, reads: readonly ModuleRead[]): void;
  /** The reports made with what others pass. */
  recallAgain(program: number, component: number, callers: Callers): [file: number, report: R][] | null;
  keepAgain(
    program: number,
    component: number,
    callers: Callers,
    reports: readonly [file: number, report: R][],
    reads: readonly ModuleRead[],
  ): void;
}

/** With more text than this, files are read twice rather than kept. */
const MOST_KEPT = 50_000_000;

export function scanFile(source: SourceFile): Scanned {
  const { text } = source;
  return { imports: importedModules(text), size: text.length };
}

export function edgesOf(spec: ProgramSpec, scanned: readonly Scanned[]): ImportEdges {
  const index = new ModuleIndex(spec.files.map(({ path }) => path));
  return resolveImports(
    index,
    scanned.map(({ imports }) => imports),
  );
}

/** One program as one thread has it. */
export class ProgramWork<R> {
  readonly program: Program;
  readonly graph: ImportGraph;
  private readonly wanted: ReadonlySet<number> | null;
  /** what the latest component asked of others */
  reads: ModuleRead[] = [];

  constructor(
    private readonly spec: ProgramSpec,
    edges: ImportEdges,
    private readonly sources: readonly SourceFile[],
    private readonly work: Work<R>,
    private readonly number: number,
  ) {
    this.graph = new ImportGraph(edges);
    this.program = new Program(sources, (text, file) => work.parse(text, file), work.knowledge, this.graph);
    this.wanted = spec.wanted && new Set(spec.wanted);
  }

  /** Whether a component holds a file that is to be reported. */
  isWanted(component: number): boolean {
    return this.wanted === null || this.graph.components[component]!.some((file) => this.wanted!.has(file));
  }

  /** Analyses the files of one component and lets go of them; their reports are made one by one as they are asked for, all before anything else is. */
  begin(component: number): { reports: Iterable<[file: number, report: R]>; asks: boolean; passed: [file: number, passed: Passed][] } {
    this.program.settle(component);
    this.reads = this.program.readsOf(component);
    const asks = this.isWanted(component) && this.program.asks(component);
    return { reports: this.reports(component, this.graph.components[component]!), asks, passed: this.program.passedBy(component) };
  }

  /** Reports files of a component again, with what others pass to their functions. */
  again(component: number, callers: Callers): [file: number, report: R][] {
    this.program.again(component, callers);
    this.reads = this.program.readsOf(component);
    return [
      ...this.reports(
        component,
        callers.map(([file]) => file),
      ),
    ];
  }

  private *reports(component: number, files: readonly number[]): Generator<[file: number, report: R]> {
    for (const file of files) {
      if (this.wanted !== null && !this.wanted.has(file)) continue;
      this.program.onFile?.(file);
      const analyse = (): AnalysedFile => this.program.first(file)!;
      yield [file, this.work.report(this.sources[file]!, this.spec.files[file]!, analyse, this.number)];
    }
    this.program.release(component);
    for (const file of this.graph.components[component]!) this.sources[file]!.release();
  }

  /** The summaries of a reported component's files as JSON, for other threads; none when nobody imports them. */
  summaries(component: number): [file: number, summary: string | null][] {
    if (!this.graph.isShared(component)) return [];
    return this.graph.components[component]!.map((file) => {
      const summary = this.program.summaryOf(file);
      return [file, summary ? JSON.stringify(summary) : null];
    });
  }
}

/** Does the work in this thread, program by program, every file after what it imports. */
export function* workHere<R>(
  programs: readonly ProgramSpec[],
  work: Work<R>,
  store: ComponentStore<R> | null = null,
): Generator<Outcome<R>> {
  for (const [program, spec] of programs.entries()) {
    const sources = spec.files.map((file) => work.open(file));
    const here = new ProgramWork(spec, edgesOf(spec, store?.scanned[program] ?? scanAll(sources)), sources, work, program);
    // of what is imported it counts, too, what it passes to the functions of others
    const needed = neededComponents(here.graph, spec.wanted);
    const later = new SecondLook<R>(here.program.index, here.graph);
    for (let component = 0; component < here.graph.components.length; component++) {
      if (!needed[component]) continue;
      const known = store?.recall(program, component);
      if (known) {
        for (const [file, summary] of known.summaries) here.program.learn(file, summary);
        later.add(component, known);
        if (!known.asks) for (const [file, report] of known.reports) yield { program, file, report };
        continue;
      }
      const { asks, passed, reports: made } = here.begin(component);
      const reports: [number, R][] = [];
      for (const one of made) {
        if (!asks) yield { program, file: one[0], report: one[1] };
        if (asks || store) reports.push(one);
      }
      const outcome = { reports, summaries: store ? here.summaries(component) : [], passed, asks };
      later.add(component, outcome);
      store?.keep(program, component, outcome, here.reads);
    }
    for (const { component, callers, reports } of later.rest()) {
      let anew = callers && (store?.recallAgain(program, component, callers) ?? null);
      if (callers && !anew) {
        anew = here.again(component, callers);
        store?.keepAgain(program, component, callers, anew, here.reads);
      }
      for (const [file, report] of replaced(reports, anew ?? [])) yield { program, file, report };
    }
  }
}

function scanAll(sources: readonly SourceFile[]): Scanned[] {
  let kept = 0;
  return sources.map((source) => {
    const result = scanFile(source);
    kept += result.size;
    if (kept > MOST_KEPT) source.release();
    return result;
  });
}

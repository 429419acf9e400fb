/** A whole program analysed file by file, by one thread or by many: what is to be done, and doing it in one. */
import type { ApiKnowledge } from '../semantics/analyze';
import type { Module } from '../syntax/ast';
import { ImportGraph, resolveImports, type ImportEdges } from './import-graph';
import { importedModules } from './import-scan';
import { ModuleIndex } from './module-index';
import { Program, type AnalysedFile, type ProgramFile } from './program';

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

  /** Analyses and reports the files of one component, then lets go of them. */
  *component(component: number): Generator<[file: number, report: R]> {
    this.program.settle(component);
    for (const file of this.graph.components[component]!) {
      if (this.wanted !== null && !this.wanted.has(file)) continue;
      this.program.onFile?.(file);
      const analyse = (): AnalysedFile => this.program.at(file)!;
      yield [file, this.work.report(this.sources[file]!, this.spec.files[file]!, analyse, this.number)];
    }
    this.program.release(component);
    for (const file of this.graph.components[component]!) this.sources[file]!.release();
  }

  /** The summaries of a component's files as JSON, for other threads; none when nobody imports them. */
  summaries(component: number): [file: number, summary: string | null][] {
    if (!this.graph.imported[component]) return [];
    return this.graph.components[component]!.map((file) => {
      const summary = this.program.summaryOf(file);
      return [file, summary ? JSON.stringify(summary) : null];
    });
  }
}

/** Does the work in this thread, program by program, every file after what it imports. */
export function* workHere<R>(programs: readonly ProgramSpec[], work: Work<R>): Generator<Outcome<R>> {
  for (const [program, spec] of programs.entries()) {
    const sources = spec.files.map((file) => work.open(file));
    let kept = 0;
    const scanned = sources.map((source) => {
      const result = scanFile(source);
      kept += result.size;
      if (kept > MOST_KEPT) source.release();
      return result;
    });
    const here = new ProgramWork(spec, edgesOf(spec, scanned), sources, work, program);
    for (let component = 0; component < here.graph.components.length; component++) {
      if (!here.isWanted(component)) continue;
      for (const [file, report] of here.component(component)) yield { program, file, report };
    }
  }
}

/**
 * The files of one program: parsed and analysed lazily, each with the summaries of the modules it imports. What a file is found to hold does not
 * depend on the order in which files are asked for: files that import each other in a circle are analysed together, twice, the second time with
 * the summaries of the first; and those that do not know what others pass to their functions once more, when the others are analysed.
 */
import { analyzeModule } from '../semantics/analyze';
import type { ApiKnowledge, ModuleSemantics, ModuleSummary } from '../semantics/analyze';
import type { FromCallers, Passed } from '../semantics/call-sites';
import type { Module } from '../syntax/ast';
import { ImportGraph, resolveImports, visibleFile } from './import-graph';
import { importedModules } from './import-scan';
import { ModuleIndex } from './module-index';
import { asksCallers, callersByComponent, type Callers } from './second-look';

export { moduleName } from './module-index';

export interface ProgramFile {
  /** relative to the program's root, `/` between folders */
  path: string;
  text: string;
}

/** A module that the analysis of a component asked for: its name, the module that says it, the file it is (-1: none that may be known). */
export type ModuleRead = [name: string, from: string | null, file: number];

export interface AnalysedFile extends ProgramFile {
  module: Module;
  semantics: ModuleSemantics;
}

/** Files of a circle that are analysed inside each other; a longer way round is cut as if it came back here. */
const MOST_OPEN = 50;

export class Program {
  readonly index: ModuleIndex;
  private readonly byPath = new Map<string, number>();
  private readonly analysed = new Map<number, AnalysedFile>();
  private readonly failed = new Map<number, unknown>();
  /** of files analysed here or elsewhere; JSON until somebody asks */
  private readonly summaries = new Map<number, ModuleSummary | string>();
  /** what the files analysed here pass to functions of others that asked for it */
  private readonly passed = new Map<number, Passed>();
  /** by component, once everything was analysed */
  private callers: Map<number, Callers> | null = null;
  /** components analysed with what others pass */
  private readonly complete = new Set<number>();
  /** components that are analysed or under way */
  private readonly settled = new Set<number>();
  /** files whose analysis is under way */
  private readonly open = new Set<number>();
  /** components in which an import circle was cut: someone asked for a file under way */
  private readonly cut = new Set<number>();
  /** by component: the modules that were asked for, by the module that says the name and by name */
  private readonly asked = new Map<number, Map<string | null, Map<string, number>>>();
  private lazyGraph: ImportGraph | null;
  /** Called when the analysis of a file begins. */
  onFile: ((file: number) => void) | null = null;

  /**
   * @param parse text → AST; the caller owns the parser and its wasm
   * @param graph when it is known already, else read from the texts
   */
  constructor(
    readonly files: readonly ProgramFile[],
    private readonly parse: (text: string, file: ProgramFile) => Module,
    private readonly knowledge: ApiKnowledge,
    graph: ImportGraph | null = null,
  ) {
    this.index = new ModuleIndex(files.map(({ path }) => path));
    files.forEach(({ path }, file) => this.byPath.set(path, file));
    this.lazyGraph = graph;
  }

  get graph(): ImportGraph {
    return (this.lazyGraph ??= new ImportGraph(
      resolveImports(
        this.index,
        this.files.map((file) => importedModules(file.text)),
      ),
    ));
  }

  /**
   * The analysis of a file; undefined when the program has none at this path, or when it was released.
   * @throws what its analysis threw
   */
  file(path: string): AnalysedFile | undefined {
    const file = this.byPath.get(path);
    return file === undefined ? undefined : this.at(file);
  }

  /** The same by the file's place in `files`. */
  at(file: number): AnalysedFile | undefined {
    const component = this.graph.componentOf[file]!;
    const first = this.first(file);
    if (this.complete.has(component)) return first;
    if (!this.asks(component)) {
      this.complete.add(component);
      return first;
    }
    if (!this.callers) {
      for (let other = 0; other < this.graph.components.length; other++) this.settle(other);
      this.callers = callersByComponent(this.index, this.graph, this.passed);
    }
    const callers = this.callers.get(component);
    if (callers) this.again(component, callers);
    this.complete.add(component);
    return this.first(file);
  }

  /** The analysis of a file without what others pass to its functions. */
  first(file: number): AnalysedFile | undefined {
    this.settle(this.graph.componentOf[file]!);
    if (this.failed.has(file)) throw this.failed.get(file);
    return this.analysed.get(file);
  }

  /** What other files may know of this one; undefined when its analysis failed. */
  summaryOf(file: number): ModuleSummary | undefined {
    const known = this.summaries.get(file);
    if (known !== undefined) {
      const summary = typeof known === 'string' ? (JSON.parse(known) as ModuleSummary) : known;
      if (summary !== known) this.summaries.set(file, summary);
      return summary;
    }
    return this.analysed.get(file)?.semantics.summary;
  }

  /** A file that must not be analysed again: it brought a thread down. */
  abandon(file: number, why: unknown): void {
    this.failed.set(file, why);
  }

  /** Takes the summary of a file that was analysed elsewhere: JSON, null where there is none. */
  learn(file: number, summary: string | null): void {
    this.settled.add(this.graph.componentOf[file]!);
    if (summary !== null) this.summaries.set(file, summary);
  }

  /** Lets go of the trees of a component's files; their summaries stay where somebody imports them. */
  release(component: number): void {
    for (const file of this.graph.components[component]!) {
      const summary = this.graph.isShared(component) ? this.summaryOf(file) : undefined;
      if (summary) this.summaries.set(file, summary);
      this.analysed.delete(file);
    }
    this.asked.delete(component);
  }

  /** Analyses the files of a component, unless that was done here or elsewhere. */
  settle(component: number): void {
    if (this.settled.has(component)) return;
    this.settled.add(component);
    const members = this.graph.components[component]!;
    for (const file of members) if (!this.analysed.has(file) && !this.failed.has(file)) this.analyse(file);
    if (!this.cut.has(component)) return;
    for (const file of members) if (!this.failed.has(file)) this.analyse(file);
  }

  /** Whether files of an analysed component want to know what others pass to their functions. */
  asks(component: number): boolean {
    return (
      this.graph.isShared(component) &&
      this.graph.components[component]!.some((file) => {
        const summary = this.summaryOf(file);
        return summary !== undefined && asksCallers(summary);
      })
    );
  }

  /** What the files of an analysed component pass to functions of others. */
  passedBy(component: number): [file: number, passed: Passed][] {
    return this.graph.components[component]!.flatMap((file): [number, Passed][] => {
      const passed = this.passed.get(file);
      return passed ? [[file, passed]] : [];
    });
  }

  /** Analyses files of a component again, with what others pass to their functions; what is known of them elsewhere stays. */
  again(component: number, callers: Callers): void {
    for (const file of this.graph.components[component]!) {
      const summary = this.summaryOf(file);
      if (summary) this.summaries.set(file, summary);
    }
    for (const [file, from] of callers) if (!this.failed.has(file)) this.analyse(file, from);
  }

  private analyse(file: number, callers?: FromCallers): void {
    const { path } = this.files[file]!;
    this.onFile?.(file);
    this.open.add(file);
    try {
      const text = this.files[file]!.text;
      const module = this.analysed.get(file)?.module ?? this.parse(text, this.files[file]!);
      const semantics = analyzeModule(module, {
        knowledge: this.knowledge,
        moduleName: this.index.names[file]!,
        summaries: { module: (name, from) => this.summaryFor(file, name, from) },
        ...(callers ? { callers } : {}),
      });
      this.analysed.set(file, { path, text, module, semantics });
      if (!callers && Object.keys(semantics.passed).length > 0) this.passed.set(file, semantics.passed);
    } catch (error) {
      // a mistake of ours in one file must not take those that import it along
      this.failed.set(file, error);
    } finally {
      this.open.delete(file);
    }
  }

  /** What `importer` may know of a module: one it imports, directly or through others. */
  private summaryFor(importer: number, dottedName: string, from: string | null): ModuleSummary | undefined {
    const { componentOf } = this.graph;
    const own = componentOf[importer]!;
    const target = this.moduleFor(own, dottedName, from);
    if (target < 0) return undefined;
    const component = componentOf[target]!;
    if (component === own && !this.summaries.has(target)) {
      if (!this.analysed.has(target)) {
        if (this.open.has(target) || this.open.size >= MOST_OPEN) {
          if (target !== importer) this.cut.add(component);
          return undefined;
        }
        if (!this.failed.has(target)) this.analyse(target);
      }
    } else if (component !== own) this.settle(component);
    return this.summaryOf(target);
  }

  /** As `visibleFile`; what was asked is kept. */
  private moduleFor(component: number, name: string, from: string | null): number {
    let asked = this.asked.get(component);
    if (!asked) this.asked.set(component, (asked = new Map()));
    let names = asked.get(from);
    if (!names) asked.set(from, (names = new Map()));
    let file = names.get(name);
    if (file === undefined) names.set(name, (file = visibleFile(this.index, this.graph, component, name, from)));
    return file;
  }

  /** Every module that the analysis of a component asked for: with the same texts and the same answers it comes to the same results. */
  readsOf(component: number): ModuleRead[] {
    const reads: ModuleRead[] = [];
    for (const [from, names] of this.asked.get(component) ?? []) for (const [name, file] of names) reads.push([name, from, file]);
    return reads;
  }
}

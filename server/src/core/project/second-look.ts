/**
 * What the functions of a file are passed by other files is known when those are analysed, and they come after it. So the reports of a file that asks
 * for it wait until everything is analysed once; where calls were found it is analysed again, with them. Once: what comes of that changes nothing that
 * others were told.
 */
import { gatherPassed, type FromCallers, type Passed } from '../semantics/call-sites';
import type { ModuleSummary } from '../semantics/summary';
import type { ImportGraph } from './import-graph';
import type { ModuleIndex } from './module-index';

/** What files of one component are passed by others. Plain data. */
export type Callers = [file: number, from: FromCallers][];

/** Whether a module has functions of which it does not know what they are passed. */
export function asksCallers({ exports }: ModuleSummary): boolean {
  for (const name in exports) {
    const entry = exports[name]!;
    if ((entry.kind === 'function' && entry.asked) || (entry.kind === 'class' && entry.summary.asked)) return true;
  }
  return false;
}

/** By component what its files are passed; equal for every order of `passed`. */
export function callersByComponent(
  index: ModuleIndex,
  graph: ImportGraph,
  passed: Iterable<readonly [file: number, passed: Passed]>,
): Map<number, Callers> {
  const found = new Map<number, Callers>();
  const named = [...passed].map(([file, one]) => ({ module: index.names[file]!, passed: one }));
  for (const [module, from] of gatherPassed(named)) {
    const file = index.fileOf(module);
    if (file === undefined) continue;
    const component = graph.componentOf[file]!;
    const known = found.get(component);
    if (known) known.push([file, from]);
    else found.set(component, [[file, from]]);
  }
  for (const callers of found.values()) callers.sort(([a], [b]) => a - b);
  return found;
}

/** The reports of one program on their way. */
export class SecondLook<R> {
  private readonly passed: (readonly [number, Passed])[] = [];
  private readonly waiting = new Map<number, [file: number, report: R][]>();

  constructor(
    private readonly index: ModuleIndex,
    private readonly graph: ImportGraph,
  ) {}

  /** Takes what came out of a component. */
  add(
    component: number,
    outcome: { passed: readonly (readonly [file: number, passed: Passed])[]; asks: boolean; reports: [file: number, report: R][] },
  ): void {
    this.passed.push(...outcome.passed);
    if (outcome.asks && outcome.reports.length > 0) this.waiting.set(component, outcome.reports);
  }

  /** The reports that waited, when everything is analysed once; with what calls pass where the component is to be analysed again. */
  *rest(): Generator<{ component: number; callers: Callers | null; reports: [file: number, report: R][] }> {
    const callers = callersByComponent(this.index, this.graph, this.passed);
    for (const [component, reports] of [...this.waiting].sort(([a], [b]) => a - b))
      yield { component, callers: callers.get(component) ?? null, reports };
  }
}

/** Reports of a component with those of some of its files made anew. */
export function replaced<R>(
  reports: readonly [file: number, report: R][],
  anew: readonly [file: number, report: R][],
): [file: number, report: R][] {
  const byFile = new Map(anew);
  return reports.map(([file, report]) => [file, byFile.get(file) ?? report]);
}

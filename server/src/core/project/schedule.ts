/**
 * The order in which several threads analyse the components of programs: each after those it imports from, the longest chain of importers first,
 * so that at the end nobody waits for a chain that one thread works off. Keeps account of which summaries a thread already holds.
 */
import type { ImportGraph } from './import-graph';
import type { Callers } from './second-look';

export interface Unit {
  program: number;
  component: number;
  /** what others pass to its functions: it is analysed again */
  callers?: Callers;
}

export interface Scheduled {
  graph: ImportGraph;
  /** characters by file */
  sizes: readonly number[];
  /** files to report; null: all */
  wanted: readonly number[] | null;
}

export class Schedule {
  private readonly units: Unit[] = [];
  /** size of the unit, by its number */
  private readonly sizes: number[] = [];
  /** size of the longest chain of units that wait for this one */
  private readonly weights: number[] = [];
  private readonly importers: number[][] = [];
  private readonly waitsFor: number[] = [];
  /** numbers of units that can be worked on, the heaviest last */
  private readonly ready: number[] = [];
  private readonly firstOf: number[] = [];
  private undone = 0;

  constructor(private readonly programs: readonly Scheduled[]) {
    for (const [program, { graph, sizes, wanted }] of programs.entries()) {
      const first = this.units.length;
      this.firstOf.push(first);
      const needed = neededComponents(graph, wanted);
      graph.components.forEach((files, component) => {
        this.units.push({ program, component });
        this.sizes.push(files.reduce((sum, file) => sum + sizes[file]!, 1));
        this.importers.push([]);
        this.waitsFor.push(needed[component] ? graph.imports[component]!.length : -1);
        if (needed[component]) this.undone++;
      });
      graph.imports.forEach((imports, component) => {
        if (needed[component]) for (const other of imports) this.importers[first + other]!.push(first + component);
      });
    }
    // importers have higher numbers
    for (let unit = this.units.length - 1; unit >= 0; unit--)
      this.weights[unit] = this.importers[unit]!.reduce((most, importer) => Math.max(most, this.weights[importer]!), 0) + this.sizes[unit]!;
    for (let unit = 0; unit < this.units.length; unit++) if (this.waitsFor[unit] === 0) this.makeReady(unit);
  }

  /** Whether everything was done. */
  get finished(): boolean {
    return this.undone === 0;
  }

  /** Units that can be worked on now, about `most` characters in all; none when all that is left waits for units under way. */
  take(most: number): Unit[] {
    const taken: Unit[] = [];
    for (let size = 0; size < most && this.ready.length > 0;) {
      const unit = this.ready.pop()!;
      size += this.sizes[unit]!;
      taken.push(this.units[unit]!);
    }
    return taken;
  }

  /** Gives a unit back that was taken and not done. */
  putBack(unit: Unit): void {
    this.makeReady(this.numberOf(unit));
  }

  done(unit: Unit): void {
    this.undone--;
    for (const importer of this.importers[this.numberOf(unit)]!) if (--this.waitsFor[importer]! === 0) this.makeReady(importer);
  }

  /**
   * The components whose files' summaries a thread lacks to work on a unit; they count as held from now on.
   * @param held units that the thread holds, by number; with each of them it holds all that one imports
   */
  lacking({ program, component }: Unit, held: Set<number>): number[] {
    const { graph } = this.programs[program]!;
    const first = this.firstOf[program]!;
    const lacking: number[] = [];
    const waiting = [...graph.imports[component]!];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (held.has(first + next)) continue;
      held.add(first + next);
      lacking.push(next);
      waiting.push(...graph.imports[next]!);
    }
    return lacking;
  }

  numberOf({ program, component }: Unit): number {
    return this.firstOf[program]! + component;
  }

  private makeReady(unit: number): void {
    const weight = this.weights[unit]!;
    let low = 0;
    let high = this.ready.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.weights[this.ready[middle]!]! < weight) low = middle + 1;
      else high = middle;
    }
    this.ready.splice(low, 0, unit);
  }
}

/** By component: 1 when it holds a wanted file, or one of those imports it. */
export function neededComponents(graph: ImportGraph, wanted: readonly number[] | null): Uint8Array {
  const needed = new Uint8Array(graph.components.length);
  if (wanted === null) return needed.fill(1);
  for (const file of wanted) needed[graph.componentOf[file]!] = 1;
  for (let component = needed.length - 1; component >= 0; component--)
    if (needed[component]) for (const other of graph.imports[component]!) needed[other] = 1;
  return needed;
}

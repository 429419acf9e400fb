/**
 * Who imports whom in a program, and an order in which every file comes after what it imports. Files that import each other in a circle form one
 * component. Both depend on the files alone, never on which of them is asked for first: one thread and many come to the same results.
 */
import type { ModuleIndex } from './module-index';

/** Imports between files as plain data (it crosses threads): file `i` imports `targets[starts[i]] … targets[starts[i + 1] - 1]`. */
export interface ImportEdges {
  starts: Int32Array;
  targets: Int32Array;
}

/** @param imports by file: the names `importedModules` gives */
export function resolveImports(index: ModuleIndex, imports: readonly (readonly string[])[]): ImportEdges {
  const starts = new Int32Array(imports.length + 1);
  const targets: number[] = [];
  imports.forEach((names, file) => {
    const found = new Set<number>();
    for (const name of names) {
      const target = index.find(name, index.names[file]!);
      if (target !== undefined && target !== file) found.add(target);
    }
    targets.push(...found);
    starts[file + 1] = targets.length;
  });
  return { starts, targets: Int32Array.from(targets) };
}

/**
 * The file that a module name means to the files of a component, as far as they may know it: one of their own, or one they import, directly or through
 * others. -1: none.
 * @param from the module that says the name
 */
export function visibleFile(index: ModuleIndex, graph: ImportGraph, component: number, name: string, from: string | null): number {
  const file = index.find(name, from);
  if (file === undefined) return -1;
  const other = graph.componentOf[file]!;
  return other === component || graph.reaches(component, other) ? file : -1;
}

/** So many sets of what a component reaches are kept. */
const MOST_REACHES = 64;

export class ImportGraph {
  /** Files by component, dependencies first; the files of a component in the program's order. */
  readonly components: readonly (readonly number[])[];
  /** The component of each file. */
  readonly componentOf: Int32Array;
  /** The components each component imports from, itself not included. */
  readonly imports: readonly (readonly number[])[];
  /** By component: 1 when another one imports from it. */
  private readonly imported: Uint8Array;
  private readonly reached = new Map<number, ReadonlySet<number>>();

  constructor(readonly edges: ImportEdges) {
    const { components, componentOf } = stronglyConnected(edges);
    this.components = components;
    this.componentOf = componentOf;
    this.imports = components.map((files, component) => {
      const found = new Set<number>();
      for (const file of files)
        for (let i = edges.starts[file]!; i < edges.starts[file + 1]!; i++) found.add(componentOf[edges.targets[i]!]!);
      found.delete(component);
      return [...found];
    });
    this.imported = new Uint8Array(components.length);
    for (const imports of this.imports) for (const component of imports) this.imported[component] = 1;
  }

  /** Whether what is known of a component's files is needed after its analysis: others import them, or they each other. */
  isShared(component: number): boolean {
    return this.imported[component] === 1 || this.components[component]!.length > 1;
  }

  /** Whether a component imports another, directly or through others. */
  reaches(from: number, to: number): boolean {
    if (to >= from) return false;
    const direct = this.imports[from]!;
    return direct.includes(to) || (direct.length > 0 && this.allFrom(from).has(to));
  }

  private allFrom(component: number): ReadonlySet<number> {
    const known = this.reached.get(component);
    if (known) return known;
    const found = new Set<number>();
    const waiting = [...this.imports[component]!];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(...this.imports[next]!);
    }
    if (this.reached.size >= MOST_REACHES) this.reached.clear();
    this.reached.set(component, found);
    return found;
  }
}

/** Strongly connected components, those without dependencies first (Tarjan's algorithm, with a stack of its own: chains of imports may be long). */
function stronglyConnected({ starts, targets }: ImportEdges): { components: number[][]; componentOf: Int32Array } {
  const count = starts.length - 1;
  const components: number[][] = [];
  const componentOf = new Int32Array(count).fill(-1);
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const next = new Int32Array(count);
  const open: number[] = [];
  const path: number[] = [];
  let met = 0;
  const enter = (file: number): void => {
    order[file] = low[file] = met++;
    next[file] = starts[file]!;
    open.push(file);
    path.push(file);
  };
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    enter(root);
    while (path.length > 0) {
      const file = path[path.length - 1]!;
      if (next[file]! < starts[file + 1]!) {
        const target = targets[next[file]!++]!;
        if (order[target] === -1) enter(target);
        else if (componentOf[target] === -1) low[file] = Math.min(low[file]!, order[target]!);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[file]!);
      if (low[file] !== order[file]) continue;
      const members: number[] = [];
      for (let member = open.pop()!; ; member = open.pop()!) {
        componentOf[member] = components.length;
        members.push(member);
        if (member === file) break;
      }
      components.push(members.sort((a, b) => a - b));
    }
  }
  return { components, componentOf };
}

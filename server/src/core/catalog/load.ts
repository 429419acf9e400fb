/**
 * The catalog in memory: records by name with O(1) look-up. Building it only fills maps; signatures and templates are parsed when a file first
 * asks for the API, since a file uses some dozens of thousands of records.
 */
import type { ApiFact, ApiKnowledge } from '../semantics/analyze';
import type { ApiRecord, Route } from './record';
import { parseSignature, type Signature } from './signature';
import { Targets, type TargetData, type TargetsData } from './targets';
import { parseTemplate, type ImportRoots, type Template } from './template';

/** Parsed JSON; the core reads no files. */
export interface CatalogData {
  /** one array per file of `mappings/records/` */
  records: readonly (readonly ApiRecord[])[];
  targets: TargetsData;
  /** the user's own records and chips, layered on top: for an API in both, the user's routes are tried first */
  user?: { records?: readonly ApiRecord[]; targets?: readonly TargetData[] };
}

/** A route with its templates parsed; `broken` says why one could not be. */
export interface CompiledRoute {
  route: Route;
  to: Template | null;
  value: Template | null;
  check: Template | null;
  broken: string | null;
}

/** One API as a reference names it. */
export class CatalogEntry {
  private parsed: { signatures: Signature[]; routes: CompiledRoute[] } | null = null;

  /** @param shared the name is a tensor method that shares the record of a function: the receiver is its first parameter */
  constructor(
    readonly record: ApiRecord,
    readonly name: string,
    readonly shared: boolean,
    private readonly roots: (framework: string) => ImportRoots,
  ) {}

  /** The overloads of the API's signature, in record order; unreadable ones are left out. */
  get signatures(): readonly Signature[] {
    return this.parse().signatures;
  }

  get routes(): readonly CompiledRoute[] {
    return this.parse().routes;
  }

  private parse(): { signatures: Signature[]; routes: CompiledRoute[] } {
    this.parsed ??= {
      signatures: paramsOf(this.record).flatMap((text) => attempt(() => parseSignature(text))),
      routes: this.record.routes.map((route) => compileRoute(route, this.roots)),
    };
    return this.parsed;
  }
}

function attempt<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}

export function paramsOf(record: ApiRecord): readonly string[] {
  return record.params === undefined ? [] : typeof record.params === 'string' ? [record.params] : record.params;
}

function compileRoute(route: Route, roots: (framework: string) => ImportRoots): CompiledRoute {
  const framework = route.on[0]?.split('@')[0] ?? '';
  try {
    const parse = (source: string | undefined) => (source === undefined ? null : parseTemplate(source, roots(framework)));
    return { route, to: parse(route.to), value: parse(route.value), check: parse(route.check), broken: null };
  } catch (error) {
    return { route, to: null, value: null, check: null, broken: error instanceof Error ? error.message : String(error) };
  }
}

export class Catalog implements ApiKnowledge {
  readonly targets: Targets;
  private readonly entries = new Map<string, CatalogEntry>();
  private readonly exactSpellings = new Map<string, string>();
  private readonly patternSpellings: [prefix: string, to: string][] = [];

  constructor(data: CatalogData) {
    this.targets = new Targets(data.targets, data.user?.targets);
    for (const [from, to] of Object.entries(data.targets.spellings)) {
      if (from.endsWith('.*')) this.patternSpellings.push([from.slice(0, -1), to]);
      else this.exactSpellings.set(from, to);
    }
    for (const file of data.records) for (const record of file) this.add(record);
    for (const record of data.user?.records ?? []) this.addLayered(record);
  }

  /** Records under their own names, in load order. */
  *records(): Generator<ApiRecord> {
    for (const [name, entry] of this.entries) if (name === entry.record.torch) yield entry.record;
  }

  entry(name: string): CatalogEntry | undefined {
    return this.entries.get(name) ?? this.entries.get(this.canonical(name));
  }

  lookup(name: string): ApiFact | undefined {
    const entry = this.entries.get(name);
    if (!entry) return undefined;
    const { record } = entry;
    return { kind: entry.shared ? 'method' : record.kind, returns: record.returns ?? null, params: paramsOf(record)[0] ?? null };
  }

  canonical(name: string): string {
    const dot = name.lastIndexOf('.');
    if (dot < 0) return name;
    const whole = this.exactSpellings.get(name);
    if (whole !== undefined && !this.entries.has(name)) return whole;
    const module = name.slice(0, dot);
    const to = this.exactSpellings.get(module) ?? this.patternSpellings.find(([prefix]) => isOneBelow(module, prefix))?.[1];
    if (to === undefined) return name;
    // a record of its own under the long name counts, another name of a record does not
    const known = this.entries.get(name);
    return known?.record.torch === name ? name : to + name.slice(dot);
  }

  private add(record: ApiRecord): void {
    const roots = (framework: string) => this.targets.importRoots(framework);
    const entry = new CatalogEntry(record, record.torch, false, roots);
    this.entries.set(record.torch, entry);
    for (const alias of record.aliases ?? []) if (!this.entries.has(alias)) this.entries.set(alias, entry);
    if (record.method === undefined) return;
    const own = this.entries.get(record.method);
    // a method's own record wins, in whatever order they come
    if (!own || own.shared) this.entries.set(record.method, new CatalogEntry(record, record.method, true, roots));
  }

  private addLayered(record: ApiRecord): void {
    const below = this.entries.get(record.torch);
    const sameParams = below && (record.params === undefined || JSON.stringify(record.params) === JSON.stringify(below.record.params));
    this.add(
      below && sameParams && !below.shared ? { ...below.record, ...record, routes: [...record.routes, ...below.record.routes] } : record,
    );
  }
}

function isOneBelow(module: string, prefix: string): boolean {
  return module.startsWith(prefix) && !module.includes('.', prefix.length);
}

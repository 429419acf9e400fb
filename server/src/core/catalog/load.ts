/**
 * The catalog in memory: records by name with O(1) look-up. Building it only fills maps; signatures and templates are parsed when a file first
 * asks for the API, since a file uses some dozens of thousands of records.
 */
import type { ApiFact, ApiKnowledge } from '../semantics/analyze';
import { Families } from '../semantics/families';
import type { EvidenceFile } from './evidence';
import type { ApiRecord, Route, StepPart, Text } from './record';
import { parseSignature, type Signature } from './signature';
import { Targets, type TargetData, type TargetsData } from './targets';
import { parseTemplate, type ImportRoots, type Template } from './template';

/** Parsed JSON; the core reads no files. */
export interface CatalogData {
  /** one array per file of `mappings/records/` */
  records: readonly (readonly ApiRecord[])[];
  targets: TargetsData;
  user?: UserLayer;
  /** what was executed; without it no dtype is held against a route */
  evidence?: readonly EvidenceFile[];
}

/** Where a record of the user stands. */
export interface Origin {
  /** as shown to the user */
  file: string;
  /** false: its routes are never applied without a look */
  trusted: boolean;
}

/** The user's own records and chips (docs/catalog.md, "Records of your own"). For an API that the catalog has too, the user's routes are tried first. */
export interface UserLayer {
  records: readonly { record: ApiRecord; origin: Origin }[];
  targets: readonly TargetData[];
  /** packages of the user's own whose names are references too */
  packages: readonly string[];
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
  private known: ApiFact | null = null;
  private parsed: { signatures: Signature[]; routes: CompiledRoute[] } | null = null;

  /** @param shared the name is a tensor method that shares the record of a function: the receiver is its first parameter */
  constructor(
    readonly record: ApiRecord,
    readonly name: string,
    readonly shared: boolean,
    private readonly roots: (framework: string) => ImportRoots,
  ) {}

  /** What the type inference knows of it. */
  get fact(): ApiFact {
    const { record } = this;
    this.known ??= { kind: this.shared ? 'method' : record.kind, returns: record.returns ?? null, params: paramsOf(record)[0] ?? null };
    return this.known;
  }

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

/** Said of a safe route that comes with a workspace nobody trusts. */
const UNTRUSTED: Text = {
  en: 'This form comes with the workspace, which is not trusted: look at the change.',
  zh: '此写法来自未受信任的工作区：请检查改动。',
};

export class Catalog implements ApiKnowledge {
  private entries: Map<string, CatalogEntry>;
  private chips: Targets;
  private origins = new WeakMap<Route, Origin>();
  private layer: UserLayer = { records: [], targets: [], packages: [] };
  private packages: Families;
  private readonly roots = (framework: string): ImportRoots => this.chips.importRoots(framework);
  private readonly shipped = new Map<string, CatalogEntry>();
  private readonly exactSpellings = new Map<string, string>();
  private readonly patternSpellings: [prefix: string, to: string][] = [];

  constructor(private readonly data: CatalogData) {
    this.chips = new Targets(data.targets);
    this.packages = new Families(data.targets.packages);
    for (const [from, to] of Object.entries(data.targets.spellings)) {
      if (from.endsWith('.*')) this.patternSpellings.push([from.slice(0, -1), to]);
      else this.exactSpellings.set(from, to);
    }
    this.entries = this.shipped;
    for (const file of data.records) for (const record of file) this.add(record);
    if (data.user) this.setUser(data.user);
  }

  /** The targets that ship and the user's own. */
  get targets(): Targets {
    return this.chips;
  }

  /** The packages that ship and the user's own. */
  get families(): Families {
    return this.packages;
  }

  /** What was executed, of the records that ship. */
  get evidence(): readonly EvidenceFile[] {
    return this.data.evidence ?? [];
  }

  /** The user's records and chips, as they were put. */
  get user(): UserLayer {
    return this.layer;
  }

  /** Puts the user's records and chips in the place of those before. What was judged with the old ones is stale. */
  setUser(layer: UserLayer): void {
    const { records, targets, packages } = layer;
    this.layer = layer;
    this.chips = new Targets(this.data.targets, targets);
    this.packages = new Families([...this.data.targets.packages, ...packages]);
    this.entries = records.length > 0 ? new Map(this.shipped) : this.shipped;
    this.origins = new WeakMap();
    for (const { record, origin } of records) this.addLayered(record, origin);
  }

  /** Where a route comes from when it is the user's own. */
  originOf(route: Route): Origin | undefined {
    return this.origins.get(route);
  }

  /** Records under their own names, in load order. */
  *records(): Generator<ApiRecord> {
    for (const [name, entry] of this.entries) if (name === entry.record.torch) yield entry.record;
  }

  /** @param own the name is of the program's own files: what is said of a whole package is not said of it */
  entry(name: string, own = false): CatalogEntry | undefined {
    const known = this.entries.get(name) ?? this.entries.get(this.canonical(name)) ?? this.entryOfPresentName(name);
    return known ?? (own ? undefined : this.entryOfPackage(name));
  }

  /** What an API does in a training step, whatever the target; null for most. */
  partOf(name: string): StepPart | null {
    return this.entry(name)?.record.routes.find(({ part }) => part)?.part ?? null;
  }

  /** What is said of every name of a package (`torch_harmonics.*`) that has no record of its own; the nearest package counts. */
  private entryOfPackage(name: string): CatalogEntry | undefined {
    for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
      const found = this.entries.get(`${name.slice(0, end)}.*`);
      if (found) return found;
    }
    return undefined;
  }

  private entryOfPresentName(name: string): CatalogEntry | undefined {
    const dot = name.lastIndexOf('.');
    const present = this.data.targets.formerly[name.slice(0, Math.max(dot, 0))];
    return present === undefined ? undefined : this.entries.get(present + name.slice(dot));
  }

  lookup(name: string): ApiFact | undefined {
    const entry = this.entries.get(name);
    return entry?.fact;
  }

  canonical(name: string): string {
    const dot = name.lastIndexOf('.');
    if (dot < 0) return name;
    const whole = this.exactSpellings.get(name);
    if (whole !== undefined && this.entries.get(name)?.record.torch !== name) return whole;
    const module = name.slice(0, dot);
    const to = this.exactSpellings.get(module) ?? this.patternSpellings.find(([prefix]) => isOneBelow(module, prefix))?.[1];
    if (to === undefined) return name;
    // a record of its own under the long name counts, another name of a record does not
    const known = this.entries.get(name);
    return known?.record.torch === name ? name : to + name.slice(dot);
  }

  private add(record: ApiRecord): void {
    const { torch, aliases, method } = record;
    const entry = new CatalogEntry(record, torch, false, this.roots);
    this.entries.set(torch, entry);
    if (aliases) for (const alias of aliases) if (!this.entries.has(alias)) this.entries.set(alias, entry);
    if (method === undefined) return;
    const own = this.entries.get(method);
    // a method's own record wins, in whatever order they come
    if (!own || own.shared) this.entries.set(method, new CatalogEntry(record, method, true, this.roots));
  }

  private addLayered(record: ApiRecord, origin: Origin): void {
    const routes = origin.trusted ? record.routes : record.routes.map(withoutTrust);
    for (const route of routes) this.origins.set(route, origin);
    const entry = this.entries.get(record.torch);
    const below = entry && !entry.shared ? entry.record : null;
    if (!below || (record.params !== undefined && JSON.stringify(record.params) !== JSON.stringify(below.params))) {
      this.add({ ...record, routes });
      return;
    }
    const { params, returns, method, aliases } = below;
    const said = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
    this.add({ params, returns, method, aliases, ...(said as unknown as ApiRecord), routes: [...routes, ...below.routes] });
  }
}

function withoutTrust(route: Route): Route {
  return route.safety === 'safe' ? { ...route, safety: 'review', note: route.note ?? UNTRUSTED } : { ...route };
}

function isOneBelow(module: string, prefix: string): boolean {
  return module.startsWith(prefix) && !module.includes('.', prefix.length);
}

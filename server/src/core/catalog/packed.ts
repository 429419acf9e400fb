/**
 * Reads the packed catalog, `dist/catalog.json` (docs/catalog.md, "The packed catalog"; written by `scripts/catalog.mjs`). Total: rows that are none are
 * left out, numbers that point nowhere count as absent. Records are put together when they are first asked for their routes.
 */
import { EvidenceFile, EvidenceTables } from './evidence';
import type { ApiKind, ApiRecord, Route, Safety, Text, Verdict } from './record';
import type { TargetsData } from './targets';

/** What `dist/catalog.json` holds. */
export interface CatalogDocument {
  records: readonly ApiRecord[];
  targets: TargetsData;
  evidence: readonly EvidenceFile[];
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** @param value the parsed JSON; anything else than a packed catalog gives an empty one */
export function unpackCatalog(value: unknown): CatalogDocument {
  const document = isObject(value) && value.format === 2 ? value : {};
  const tables = new Tables(document);
  const records: ApiRecord[] = [];
  const names: (string | null)[] = [];
  for (const row of listOf(document.records)) {
    const record = Array.isArray(row) && typeof row[0] === 'string' ? new PackedRecord(row, tables) : null;
    names.push(record?.torch ?? null);
    if (record) records.push(record);
  }
  const known = isObject(document.evidence) ? document.evidence : {};
  const shared = new EvidenceTables(known);
  const evidence = listOf(known.files).flatMap((file) => (isObject(file) ? [new EvidenceFile(file, names, shared)] : []));
  return { records, targets: targetsOf(document.targets), evidence };
}

function targetsOf(value: unknown): TargetsData {
  const given = isObject(value) ? (value as Partial<TargetsData>) : {};
  return {
    frameworks: given.frameworks ?? {},
    targets: [...(given.targets ?? [])],
    default: [...(given.default ?? [])],
    packages: [...(given.packages ?? [])],
    spellings: given.spellings ?? {},
    formerly: given.formerly ?? {},
  };
}

/** The tables that rows point into. */
class Tables {
  readonly words: readonly unknown[];
  readonly signatures: readonly unknown[];
  readonly sources: readonly unknown[];
  private readonly targetLists: readonly unknown[];
  private readonly notes: readonly unknown[];
  private readonly routes: readonly unknown[];
  private readonly routeLists: readonly unknown[];
  private readonly unpacked = new Map<number, Route | null>();

  constructor(document: Json) {
    this.words = listOf(document.words);
    this.signatures = listOf(document.signatures);
    this.sources = listOf(document.sources);
    this.targetLists = listOf(document.targetLists);
    this.notes = listOf(document.notes);
    this.routes = listOf(document.routes);
    this.routeLists = listOf(document.routeLists);
  }

  routesOf(index: unknown): Route[] {
    return listOf(this.routeLists[index as number]).flatMap((number) => {
      const route = this.route(number as number);
      return route ? [route] : [];
    });
  }

  private route(index: number): Route | null {
    let route = this.unpacked.get(index);
    if (route === undefined) {
      route = this.unpackRoute(this.routes[index]);
      this.unpacked.set(index, route);
    }
    return route;
  }

  /** A sentence in both languages. */
  note(index: number | undefined): Text | undefined {
    const text = index === undefined ? null : this.notes[index];
    return Array.isArray(text) ? { en: String(text[0]), zh: String(text[1]) } : undefined;
  }

  private unpackRoute(row: unknown): Route | null {
    if (!Array.isArray(row)) return null;
    const [on, verdict, safety, note, more] = row as [number, number, number, number, unknown];
    const said = this.note(note);
    return {
      on: [...listOf(this.targetLists[on])] as string[],
      verdict: (this.words[verdict] ?? 'unknown') as Verdict,
      safety: (this.words[safety] ?? 'manual') as Safety,
      ...(isObject(more) ? (more as Partial<Route>) : {}),
      ...(said ? { note: said } : {}),
    };
  }
}

/** A record whose parts are looked up when they are asked for. */
class PackedRecord implements ApiRecord {
  readonly torch: string;
  private known: Route[] | null = null;

  constructor(
    private readonly row: readonly unknown[],
    private readonly tables: Tables,
  ) {
    this.torch = row[0] as string;
  }

  get kind(): ApiKind {
    return (this.tables.words[this.row[1] as number] ?? 'function') as ApiKind;
  }

  get params(): string | string[] | undefined {
    return this.tables.signatures[this.row[2] as number] as string | string[] | undefined;
  }

  get returns(): string | undefined {
    return this.tables.words[this.row[3] as number] as string | undefined;
  }

  get routes(): Route[] {
    return (this.known ??= this.tables.routesOf(this.row[4]));
  }

  get sources(): string[] {
    return listOf(this.tables.sources[this.row[5] as number]) as string[];
  }

  get aliases(): string[] | undefined {
    return (this.row[6] as { aliases?: string[] } | undefined)?.aliases;
  }

  get method(): string | undefined {
    return (this.row[6] as { method?: string } | undefined)?.method;
  }

  get limits(): Text | undefined {
    return this.tables.note((this.row[6] as { limits?: number } | undefined)?.limits);
  }

  get examples(): [] {
    return [];
  }
}
